"""The student's progress: each number with the cases behind it."""

import uuid
from datetime import date

from flask import Flask

from caselog.rules import library
from tests.support import page as pages
from tests.support.client import Page
from tests.support.log import put, signed_in, typed


def tallies(page: Page) -> dict[str, str]:
    """The figures of each requirement that is counted in cases, by the end of its address."""
    found = {}
    for item in page.all("li", class_="requirement"):
        (link,) = pages.elements(next(pages.elements(item, "h3")), "a")
        tally = [element for element in pages.elements(item, "p") if element.get("class") == "tally"]
        if tally:
            found[link.get("href", "").removeprefix("/progress/")] = pages.text(tally[0])
    return found


def verdicts(page: Page) -> dict[str, list[list[str]]]:
    """The rows of each of the three lists of a requirement, by its heading."""
    found = {}
    for section in page.all("section"):
        (heading,) = pages.elements(section, "h2")
        rows = [
            [pages.text(cell) for cell in pages.elements(row, "td", "th")]
            for body in pages.elements(section, "tbody")
            for row in pages.elements(body, "tr")
        ]
        found[pages.text(heading)] = rows
    return found


OPEN_HEART = "/progress/accredited-minimums/open-heart"


def test_a_number_moves_from_nothing_to_waiting_to_counted(app: Flask) -> None:
    student, preceptor = signed_in(app, "student"), signed_in(app, "preceptor")
    assert tallies(student.get("/progress"))["accredited-minimums/open-heart"] == "0 of 75 75 to go"
    uid = uuid.uuid4()
    student.post("/cases/new", typed(uid, action="draft"))
    assert tallies(student.get("/progress"))["accredited-minimums/open-heart"] == "0 of 75 75 to go"
    assert verdicts(student.get(OPEN_HEART))["Not counted (1)"][0][-1] == "draft: not submitted yet"
    student.post(f"/cases/{uid}/submit")
    assert tallies(student.get("/progress"))["accredited-minimums/open-heart"] == "0 of 75 + 1 waiting 75 to go"
    assert len(verdicts(student.get(OPEN_HEART))["Waiting for verification (1)"]) == 1
    preceptor.post(f"/review/{uid}", {"version": "2", "decision": "verify"})
    page = student.get("/progress")
    assert tallies(page)["accredited-minimums/open-heart"] == "1 of 75 74 to go"
    assert tallies(page)["accredited-minimums/valve"] == "1 of 40 39 to go"
    assert tallies(page)["accredited-minimums/pediatric"] == "0 counted"
    detail = student.get(OPEN_HEART)
    assert verdicts(detail) == {
        "Counted (1)": [["2 Nov 2026", "CPB (pump run): Aortic valve, CABG (redo)", "Primary", "Verified"]],
        "Waiting for verification (0)": [],
        "Not counted (0)": [],
    }
    assert detail.links()["CPB (pump run): Aortic valve, CABG (redo)"] == f"/cases/{uid}"


def test_a_case_that_does_not_count_says_why(app: Flask) -> None:
    put(
        app,
        {"role": "observed", "case_date": date(2026, 1, 1)},
        {"activity": "ecmo", "case_date": date(2026, 1, 2)},
        {"setting": "simulation", "case_date": date(2026, 1, 3)},
        {"status": "returned", "case_date": date(2026, 1, 4)},
    )
    detail = verdicts(signed_in(app, "student").get(OPEN_HEART))
    reasons = [row[-1] for row in detail["Not counted (4)"]]
    assert reasons == [
        "returned by the preceptor: mend it and submit it again",
        "simulation: only clinical cases count",
        "ECMO: only open-heart cases count",
        "observed: only performed cases count",
    ]
    assert detail["Counted (0)"] == []


def test_each_requirement_of_each_set_says_what_counts_and_where_it_is_from(app: Flask) -> None:
    student = signed_in(app, "student")
    overview = student.get("/progress")
    for ruleset in library.newest():
        assert ruleset.title in overview.text
        for requirement in ruleset.requirements:
            path = f"/progress/{ruleset.id}/{requirement.id}"
            assert path in overview.links().values()
            page = student.get(path)
            assert page.heading == requirement.title
            for words in (requirement.says, requirement.source.title, requirement.source.address, "Counts: "):
                assert words in page.text, path
            assert "read 21 Nov 2026" in page.text
            if requirement.note:
                assert requirement.note in page.text


def test_a_requirement_that_no_set_of_the_student_has_is_not_there(app: Flask) -> None:
    student = signed_in(app, "student")
    for path in (
        "accredited-minimums/nothing",
        "nobody/open-heart",
        "abcp-pbse/open-heart",
        "%C3%A9/%20",
        "a/b%2Fc",
    ):
        student.get(f"/progress/{path}", status=404)


def test_a_cohort_that_no_set_judges_yet_says_so(app: Flask) -> None:
    director = signed_in(app, "director")
    path = next(iter(link for text, link in director.get("/program/cohorts").links().items() if "2027" in text))
    dates = {"name": "Class of 2027", "starts_on": "2025-09-01", "graduates_on": "2027-05-31"}
    director.post(path, dates)
    assert "No rule set yet" in signed_in(app, "student").get("/progress").text
    assert "No rule set yet" in director.get(path.replace("/program", "")).text


def test_only_a_student_has_progress_of_their_own(app: Flask) -> None:
    for who in ("preceptor", "director"):
        insider = signed_in(app, who)
        insider.get("/progress", status=403)
        insider.get(OPEN_HEART, status=403)


def test_another_students_cases_do_not_count(app: Flask) -> None:
    put(app, {}, {"status": "submitted"})
    assert (
        tallies(signed_in(app, "other_student").get("/progress"))["accredited-minimums/open-heart"]
        == "0 of 75 75 to go"
    )
    assert (
        tallies(signed_in(app, "student").get("/progress"))["accredited-minimums/open-heart"]
        == "1 of 75 + 1 waiting 74 to go"
    )
