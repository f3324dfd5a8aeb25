"""The student's progress: each number with the cases behind it."""

import re
import uuid
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask

from caselog.domain.codes import Status
from caselog.domain.ruleset import AnyRequirement, CountRequirement, RuleSet, SetRequirement
from caselog.rules import library
from caselog.services.progress import student_progress
from caselog.store.session import transaction
from caselog.web.progress import days_in_words
from tests.support import page as pages
from tests.support.activities import put_activity
from tests.support.cast import Cast
from tests.support.client import Page
from tests.support.log import put, put_case, put_rotation, signed_in, typed
from tests.support.sets import judge_by_whole_set

pytestmark = pytest.mark.usefixtures("every_set")


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
    for name in ("counted", "waiting-for-verification", "not-counted"):
        (section,) = [each for each in page.all("section") if each.get("aria-labelledby") == name]
        (heading,) = pages.elements(section, "h2")
        rows = [
            [pages.text(cell) for cell in pages.elements(row, "td", "th")]
            for body in pages.elements(section, "tbody")
            for row in pages.elements(body, "tr")
        ]
        found[pages.text(heading)] = rows
    return found


SVG = "{http://www.w3.org/2000/svg}"
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
    preceptor.post(f"/review/{uid}", {"version": "2", "decision": "verify", "role": "primary"})
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
    addresses = {link.get("href") for link in overview.all("a")}
    for ruleset in library.newest():
        assert ruleset.title in overview.text
        for requirement in ruleset.requirements:
            path = f"/progress/{ruleset.id}/{requirement.id}"
            assert path in addresses
            page = student.get(path)
            assert page.heading == requirement.title
            for words in (requirement.says, requirement.source.title, requirement.source.address):
                assert words in page.text, path
            if isinstance(requirement, CountRequirement):
                assert "Counts: " in page.text
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


def paths_of(ruleset: RuleSet, before: str = "") -> Iterator[tuple[str, AnyRequirement]]:
    """The address of each requirement of a set, those of inner sets included."""
    start = before or f"/progress/{ruleset.id}"
    for requirement in ruleset.requirements:
        path = f"{start}/{requirement.id}"
        yield path, requirement
        if isinstance(requirement, SetRequirement):
            yield from paths_of(requirement.ruleset, path)


def a_full_log(app: Flask) -> None:
    """Cases and activities of many kinds and every status."""
    with app.app_context(), transaction() as session:
        put_rotation(session, Cast.student, Cast.site, "fall-2026")
        for number, status in enumerate([*["verified"] * 12, *Status]):
            day = date(2026, 11, 20) - timedelta(days=11 * number)
            for changes in (
                {}, {"procedures": ("mitral_valve",), "redo": True}, {"role": "observed", "age_group": "infant"},
                {"activity": "ecmo", "procedures": (), "support_hours": 9.0, "role": "instructor"},
                {"setting": "simulation"}, {"role": "independent", "urgency": "salvage"},
            ):  # fmt: skip
                put_case(session, status=status, case_date=day, **changes)
            put_activity(session, status=status, date=day, hours=1.25)


def charts(page: Page) -> list[str]:
    """What each chart of a page is called, and what it says in words."""
    found = []
    for chart in page.all(f"{SVG}svg", class_="burn"):
        title, words = (next(pages.elements(chart, f"{SVG}{tag}")) for tag in ("title", "desc"))
        assert chart.get("aria-labelledby") == f"{title.get('id')} {words.get('id')}"
        found.append(f"{pages.text(title)}. {pages.text(words)}")
    return found


def test_every_page_of_every_set_opens_for_the_student_and_the_director(app: Flask) -> None:
    a_full_log(app)
    with app.app_context():
        judge_by_whole_set()
        own = library.newest()
        whole = student_progress(Cast.student.actor, Cast.student.id).evaluations[-1][1].ruleset
    assert whole.id == "whole-set"
    student, director = signed_in(app, "student"), signed_in(app, "director")
    for number, (path, requirement) in enumerate(each for ruleset in (*own, whole) for each in paths_of(ruleset)):
        page = student.get(path)
        assert page.heading == requirement.title
        assert len(charts(page)) == isinstance(requirement, CountRequirement), path
        if number % 5 == 0:  # the same function answers
            seen = director.get(f"/students/{Cast.student.id}{path}")
            assert verdicts_or_none(seen) == verdicts_or_none(page)


def verdicts_or_none(page: Page) -> dict[str, list[list[str]]] | None:
    return verdicts(page) if page.all("section") and "Not counted (" in page.text else None


def test_the_overview_has_a_chart_in_words_and_a_forecast_for_each_requirement_that_counts(app: Flask) -> None:
    a_full_log(app)
    page = signed_in(app, "student").get("/progress")
    counting = [
        requirement.title
        for ruleset in library.newest()
        for requirement in ruleset.requirements
        if isinstance(requirement, CountRequirement)
    ]
    assert [each.split(": what counted over time. ")[0] for each in charts(page)] == counting
    item = next(each for each in page.all("li", class_="requirement") if "Open-heart cases" in pages.text(each))
    assert "Behind by 10 cases At this pace on " in pages.text(item)
    assert not re.search(r"\d{4}-\d{2}-\d{2}", pages.text(next(pages.elements(item, "p"))))
    assert "Behind by 10 cases" not in signed_in(app, "other_student").get("/progress").text


def test_the_pace_of_a_requirement_is_told_against_the_share_of_the_program(app: Flask) -> None:
    a_full_log(app)
    page = signed_in(app, "student").get(OPEN_HEART)
    # 446 of 637 days of the program ask for 52 of 75.
    assert "At 70 % of the program: " in page.text
    assert "of what is needed; behind by" in page.text


def test_too_little_to_project_from_says_so(app: Flask) -> None:
    put(app, {"case_date": date(2026, 9, 1)}, {"case_date": date(2026, 10, 1)})
    page = signed_in(app, "student").get(OPEN_HEART)
    assert "Only 2 entries have counted toward it: 3 are needed to project from." in page.text
    assert "On pace" not in page.text


def test_months_stand_in_a_table_beside_the_chart(app: Flask) -> None:
    put(app, {"case_date": date(2026, 9, 1)}, {"case_date": date(2026, 11, 1), "status": "submitted"})
    page = signed_in(app, "student").get(OPEN_HEART)
    rows = [
        [pages.text(cell) for cell in pages.elements(row, "th", "td")]
        for section in page.all("section")
        if section.get("aria-labelledby") == "over-time"
        for body in pages.elements(section, "tbody")
        for row in pages.elements(body, "tr")
    ]
    assert rows == [["November 2026", "1", "1"], ["October 2026", "1", "0"], ["September 2026", "1", "0"]]


def test_reasons_are_counted_and_each_shows_its_cases_alone(app: Flask) -> None:
    put(app, *[{}] * 13, *[{"role": "observed"}] * 3, {"activity": "ecmo"})
    student = signed_in(app, "student")
    page = student.get(OPEN_HEART)
    (reasons,) = page.all("ul", class_="reasons")
    assert [pages.text(each) for each in pages.elements(reasons, "li")] == [
        "3 observed: only performed cases count",
        "1 ECMO: only open-heart cases count",
    ]
    links = [each.get("href", "") for each in pages.elements(reasons, "a")]
    chosen = student.get(OPEN_HEART + links[1].partition("#")[0])
    assert not [each for each in chosen.all("details") if "open" in each.attrib]  # none of the long lists above it
    shown = verdicts(chosen)
    assert [row[-1] for row in shown["Not counted (4)"]] == ["ECMO: only open-heart cases count"]
    assert len(verdicts(student.get(OPEN_HEART, query={"why": "nothing of the kind"}))["Not counted (4)"]) == 4


def test_credit_parts_and_years_are_shown_where_a_rule_has_them(app: Flask) -> None:
    a_full_log(app)
    with app.app_context():
        judge_by_whole_set()
    student = signed_in(app, "student")
    hours = student.get("/progress/ecmo-specialist-wa/didactic-hours")
    assert "1.25 hours" in hours.text
    assert "of 24 hours" in hours.text
    parts = student.get("/progress/abcp-recertification/clinical-activities")
    assert "secondary activities" in tables(parts)["Parts of it (table)"]
    years = tables(student.get("/progress/whole-set/yearly"))["Year by year (table)"]
    assert years.count("Not yet") == 4
    group = student.get("/progress/whole-set/either")
    assert {"/progress/whole-set/valve", "/progress/whole-set/rotations"} <= {
        each.get("href") for each in group.all("a")
    }
    inner = student.get("/progress/ccp-eligibility/pbse/primary-cpb")
    assert inner.links()["PBSE readiness"] == "/progress/ccp-eligibility/pbse"


def tables(page: Page) -> dict[str, str]:
    """The text of each table by its name."""
    return {each.get("aria-label", ""): pages.text(each) for each in page.all("div", class_="scroll-region")}


def test_what_next_says_the_least_set_and_what_each_kind_adds(app: Flask) -> None:
    put(app, *[{}] * 75)
    student = signed_in(app, "student")
    overview = student.get("/progress")
    assert "What next: No next case completes what is still open: Didactic sessions, " in overview.text
    assert "What next: 10 more cases complete it: 10 observed pediatric." in overview.text
    assert "Not by cases: Official transcript, Competency statement" in overview.text
    page = student.get("/progress/next")
    assert "10 more cases complete it. No fewer would do." in page.text
    assert "10 × Pediatric congenital repair, observed" in page.text
    assert "Official transcript: a document or signature is missing, not a case" in page.text
    rows = tables(page)["What one more case would add to Barry University graduation (table)"]
    assert "Pediatric bypass cases, performed or observed10 to go" in rows
    assert "Pediatric congenital repair, observed – +1 Pediatric bypass cases" in rows
    ecmo = next(each for each in page.all("section") if each.get("aria-labelledby") == "set-ecmo-specialist-wa")
    assert "No kind of next case adds to it." in pages.text(ecmo)
    seen = signed_in(app, "director").get(f"/students/{Cast.student.id}/progress/next")
    assert seen.heading == "What next for Ann Student"
    assert tables(seen) == tables(page)


def test_what_next_is_the_students_own_and_their_directors(app: Flask) -> None:
    for who in ("preceptor", "director"):
        signed_in(app, who).get("/progress/next", status=403)
    signed_in(app, "student").get(f"/students/{Cast.student.id}/progress/next", status=403)
    signed_in(app, "outsider_director").get(f"/students/{Cast.student.id}/progress/next", status=404)


def test_a_day_in_a_sentence_reads_as_everywhere() -> None:
    assert days_in_words("Met on 2026-03-04, not 12026-03-04.") == "Met on 4 Mar 2026, not 12026-03-04."


def test_what_looks_like_a_day_and_is_none_stays_as_it_is() -> None:
    assert days_in_words("2026-13-45, 0000-01-01 and ٢٠٢٦-٠٣-٠٤.") == "2026-13-45, 0000-01-01 and ٢٠٢٦-٠٣-٠٤."
