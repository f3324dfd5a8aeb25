"""The director's view of cohorts and students: the same numbers that the student reads."""

import re
import uuid
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask

from caselog.domain.ruleset import RuleSet
from caselog.extensions import db
from caselog.store.people import Attestation, Person, Student
from caselog.store.session import transaction
from tests.support import page as pages
from tests.support.cast import Cast, judged_under
from tests.support.client import Page
from tests.support.log import put, signed_in, stored

TABLE = f"/cohorts/{Cast.program.cohort_id}"
ANN = f"/students/{Cast.student.id}"
CELL = re.compile(r"(?P<word>[^:]+): (?P<counted>\d+)(?:/(?P<required>\d+))?(?: \+(?P<pending>\d+) waiting)?")


def matrix(page: Page) -> dict[str, list[str]]:
    """The cells of the cohort's table by student."""
    found = {}
    for row in pages.elements(page.find("tbody"), "tr"):
        name, *cells = [pages.text(cell) for cell in pages.elements(row, "th", "td")]
        found[name] = cells
    return found


def of_progress(page: Page) -> list[tuple[str, str, str | None, str]]:
    """Each requirement of a progress page: how it stands, what counts, what is required, what waits."""
    found = []
    for item in page.all("li", class_="requirement"):
        badge = next(each for each in pages.elements(item, "span") if "status" in each.get("class", "").split())
        bars = [
            each.get("aria-label", "")
            for each in pages.elements(item, "{http://www.w3.org/2000/svg}svg")
            if "bar" in each.get("class", "").split()
        ]
        counted, required, pending = "", None, "0"
        if bars:
            (bar,) = bars
            numbers = re.search(r": (\d+)(?: of (\d+))? counted(?:, (\d+) waiting)?", bar)
            assert numbers, bar
            counted, required, pending = numbers[1], numbers[2], numbers[3] or "0"
        found.append((pages.text(badge), counted, required, pending))
    return found


def test_the_cohorts_table_shows_the_numbers_of_each_students_page(app: Flask) -> None:
    ann: list[dict[str, Any]] = [
        {}, {"status": "submitted"}, {"procedures": ("mitral_valve",)}, {"activity": "ecmo", "procedures": ()},
        {"age_group": "infant"}, {"urgency": "salvage", "status": "submitted"}, {"role": "observed"},
    ]  # fmt: skip
    put(app, *ann)
    put(app, {"redo": True}, {"status": "draft"}, student=Cast.other_student)
    director = signed_in(app, "director")
    director.post("/program/numbers", {"ruleset": "accredited-minimums", "key": "complex", "value": "1"})
    table = matrix(director.get(TABLE))
    assert list(table) == ["Ann Student", "Ben Student"]
    for who, name in (("student", "Ann Student"), ("other_student", "Ben Student")):
        own = of_progress(signed_in(app, who).get("/progress"))
        seen = of_progress(director.get(f"/students/{Cast().member(who).id}/progress"))
        assert own == seen
        short_of, *cells = table[name]
        assert len(cells) == len(own) == sum(len(each.requirements) for each in judged_under())
        for cell, (word, counted, required, pending) in zip(cells, own, strict=True):
            assert cell.startswith(f"{word}: ")
            if counted:  # what is not counted in cases has no bar on the student's page
                found = CELL.fullmatch(cell)
                assert found, cell
                numbers = found["counted"], found["required"], found["pending"] or "0"
                assert numbers == (counted, required, pending)
        not_met = sum(word == "Not yet" for word, *_ in own)
        assert short_of == (f"{not_met} requirements" if not_met > 1 else "1 requirement")
    assert table["Ben Student"] != table["Ann Student"]


def test_the_director_goes_from_cohorts_to_a_student_to_a_requirement_to_a_case(app: Flask) -> None:
    (uid,) = put(app)
    director = signed_in(app, "director")
    page = director.get("/cohorts")
    assert "2 students" in page.text
    page = director.get(page.links()["Class of 2027"])
    page = director.get(page.links()["Ann Student"])
    assert page.heading == "Progress of Ann Student"
    log = director.get(page.links()["Case log"])
    assert log.heading == "Case log of Ann Student"
    assert f"/cases/{uid}" in log.links().values()
    requirement = director.get(page.links()["Open-heart cases"])
    assert requirement.heading == "Open-heart cases"
    case = director.get(requirement.links()["CPB (pump run): CABG"])
    assert "Ann Student" in case.text


def test_a_directors_filter_and_pages_stay_with_the_student(app: Flask) -> None:
    put(app, *({} for _ in range(26)), {"status": "draft"})
    director = signed_in(app, "director")
    page = director.get(f"{ANN}/cases?status=verified")
    assert page.links()["Next page"] == f"{ANN}/cases?status=verified&page=2"
    assert page.links()["1 draft"] == f"{ANN}/cases?status=draft"
    director.get(f"{ANN}/cases?status=bogus", status=400)


def test_a_student_who_has_logged_nothing_is_said_to_have(app: Flask) -> None:
    page = signed_in(app, "director").get(f"{ANN}/cases")
    assert "Ann Student has not logged a case." in page.text
    assert "/cases/new" not in page.links().values()


def test_what_is_not_the_directors_program_is_not_there(app: Flask, cast: Cast) -> None:
    put(app)
    theirs = (cast.outsider_program.cohort_id, cast.outsider_student.id)
    ours = (cast.program.cohort_id, cast.student.id)
    for who, (cohort, student) in (("director", theirs), ("outsider_director", ours)):
        director = signed_in(app, who)
        other_cast = (cast.preceptor.id, cast.director.id, uuid.uuid4())
        director.get(f"/cohorts/{cohort}", status=404)
        for uid in (student, *other_cast):
            for path in ("cases", "progress", "progress/accredited-minimums/open-heart"):
                director.get(f"/students/{uid}/{path}", status=404)
            given = {"attested": "transcript", "by": "registrar", "on": "2026-09-01"}
            director.post(f"/students/{uid}/attestations", given, status=404)
    assert stored(app)["attestation"] == []


def test_students_and_preceptors_have_no_business_with_cohorts(app: Flask) -> None:
    for who in ("student", "preceptor"):
        insider = signed_in(app, who)
        for path in ("/cohorts", TABLE, f"{ANN}/cases", f"{ANN}/progress", f"{ANN}/progress/abcp-pbse/transcript"):
            insider.get(path, status=403)
        given = {"attested": "transcript", "by": "me", "on": "2026-09-01"}
        insider.post(f"{ANN}/attestations", given, status=403)
    assert stored(app)["attestation"] == []


def test_a_document_on_file_is_recorded_and_shown_to_both(app: Flask) -> None:
    director = signed_in(app, "director")
    given = {"attested": "transcript", "by": "the registrar", "on": "2026-09-01"}
    page = director.post(f"{ANN}/attestations", given, follow=True)
    assert page.response.request.path == f"{ANN}/progress"
    assert "Recorded." in page.text
    for path, who in (("/progress", "student"), (f"{ANN}/progress", "director")):
        assert "the registrar, 1 Sep 2026" in signed_in(app, who).get(path).text
    later = given | {"by": "the dean", "on": "2026-11-21"}
    director.post(f"{ANN}/attestations", later)
    with app.app_context():
        found = db.session.scalars(sa.select(Attestation).order_by(Attestation.on))
        assert [row.by for row in found] == ["the registrar", "the dean"]
    assert "Met" in pages.text(director.get(f"{ANN}/progress/abcp-pbse/transcript").find("main"))


def test_a_document_that_is_wrong_says_where_and_keeps_what_was_typed(app: Flask) -> None:
    director = signed_in(app, "director")
    before = stored(app)
    given = {"attested": "transcript", "by": "the registrar", "on": "2026-09-01"}
    for name, value, message in (
        ("on", "2026-11-22", "2026-11-22 is in the future; say on which day it was put on file."),
        ("on", "2026-02-30", "2026-02-30 is no day of the calendar"),
        ("on", "", "Say on which day it was put on file."),
        ("by", "", "Say who issued or signed it."),
        ("by", "r" * 201, "By whom has 201 characters; at most 200 fit."),
        ("attested", "", "Say which document it is."),
        ("attested", "open-heart", "“open-heart” is not a code for attested"),
        (
            "attested",
            "diploma",
            "“diploma” is not a code for attested; use one of: transcript, competency-statement.",
        ),
    ):
        page = director.post(f"{ANN}/attestations", given | {name: value}, status=400)
        assert message in pages.text(page.find("div", id=f"{name}-error")), name
        for other in set(given) - {"attested" if name == "attested" else ""}:
            assert page.value(other) == (given | {name: value})[other]
    director.post(f"{ANN}/attestations", {}, status=400)
    assert stored(app) == before


def test_who_is_deactivated_stays_in_the_table_and_is_marked(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.execute(sa.update(Person).where(Person.id == Cast.other_student.id).values(active=False))
    assert list(matrix(signed_in(app, "director").get(TABLE))) == ["Ann Student", "Ben Student (inactive)"]


def test_a_case_of_tomorrow_counts_for_nobody_today(app: Flask) -> None:
    director = signed_in(app, "director")
    before = matrix(director.get(TABLE))
    put(app, case_date=date(2026, 11, 22))
    assert matrix(director.get(TABLE)) == before
    put(app, case_date=date(2026, 11, 21))
    assert matrix(director.get(TABLE)) != before


def heading(page: Page, title: str) -> pages.Element:
    (found,) = [each for each in page.all("th", scope="col") if pages.text(each).startswith(f"{title} Sort")]
    return found


def links_of(element: pages.Element) -> list[str]:
    return [each.get("href", "") for each in pages.elements(element, "a")]


def test_the_table_is_sorted_by_the_links_of_its_heads(app: Flask) -> None:
    put(app, {}, {})
    put(app, {}, student=Cast.other_student)
    director = signed_in(app, "director")
    page = director.get(TABLE)
    assert heading(page, "Student").get("aria-sort") == "ascending"
    assert heading(page, "Open-heart cases").get("aria-sort") is None
    assert list(matrix(page)) == ["Ann Student", "Ben Student"]
    page = director.get(links_of(heading(page, "Open-heart cases"))[1])
    assert heading(page, "Open-heart cases").get("aria-sort") == "ascending"
    assert heading(page, "Student").get("aria-sort") is None
    assert list(matrix(page)) == ["Ben Student", "Ann Student"]
    assert "Sort ↑ by Open-heart cases, farthest first" in pages.text(heading(page, "Open-heart cases"))
    page = director.get(links_of(heading(page, "Open-heart cases"))[1])
    assert heading(page, "Open-heart cases").get("aria-sort") == "descending"
    assert list(matrix(page)) == ["Ann Student", "Ben Student"]
    page = director.get(links_of(heading(page, "Short of"))[0])
    assert heading(page, "Short of").get("aria-sort") == "descending"


def test_an_order_that_there_is_not_is_the_order_by_name(app: Flask) -> None:
    director = signed_in(app, "director")
    for query in ("sort=bogus", "sort=abcp-pbse/bogus&order=desc", "sort=", "order=desc", "sort=name&order=up"):
        page = director.get(f"{TABLE}?{query}")
        assert list(matrix(page)) == ["Ann Student", "Ben Student"], query
        assert heading(page, "Student").get("aria-sort") == "ascending", query
    assert list(matrix(director.get(f"{TABLE}?sort=name&order=desc"))) == ["Ben Student", "Ann Student"]


def test_the_foot_of_the_table_has_the_spread_of_each_requirement(app: Flask) -> None:
    put(app, *[{}] * 3)
    put(app, *[{}] * 6, student=Cast.other_student)
    page = signed_in(app, "director").get(TABLE)
    foot = {}
    for row in pages.elements(page.find("tfoot"), "tr"):
        name, _, *cells = [pages.text(cell) for cell in pages.elements(row, "th", "td")]
        foot[name] = cells
    asked = [each for ruleset in _adopted() for each in ruleset.requirements]
    place = [each.id for each in asked].index("open-heart")
    assert {name: cells[place] for name, cells in foot.items()} == {
        "Met it": "0 of 2", "Most": "6", "Median": "4.5", "Least": "3",
    }  # fmt: skip
    place = [each.id for each in asked].index("complex")  # whose number the program has not set
    assert [cells[place] for cells in foot.values()] == ["not set", "0", "0", "0"]


def _adopted() -> list[RuleSet]:
    return sorted(judged_under(), key=lambda ruleset: ruleset.id)


def test_from_a_cell_to_the_students_requirement_and_from_a_head_to_the_cohorts(app: Flask) -> None:
    put(app, *[{}] * 2)
    put(app, {}, student=Cast.other_student)
    director = signed_in(app, "director")
    table = director.get(TABLE)
    cell = f"{ANN}/progress/accredited-minimums/open-heart"
    assert cell in links_of(table.find("tbody"))
    assert director.get(cell).heading == "Open-heart cases"
    page = director.get(links_of(heading(table, "Open-heart cases"))[0])
    assert page.response.request.path == f"{TABLE}/accredited-minimums/open-heart"
    assert page.heading == "Open-heart cases"
    rows = {name: (counted, missing) for name, (_, counted, missing) in matrix(page).items()}
    assert rows == {
        "Ben Student": ("1 of 75 counted", "74 to go"), "Ann Student": ("2 of 75 counted", "73 to go"),
    }  # fmt: skip
    assert list(rows) == ["Ben Student", "Ann Student"]  # who lacks most first
    facts = [pages.text(each) for each in pages.elements(page.find("dl"), "div")]
    assert facts == ["Met it0 of 2", "Least counted1", "Median1.5", "Most counted2"]
    for missing in ("accredited-minimums/bogus", "bogus/open-heart", "abcp-pbse/open-heart"):
        director.get(f"{TABLE}/{missing}", status=404)


def test_who_is_at_risk_is_listed_with_the_reasons(app: Flask) -> None:
    put(app, *({"case_date": date(2026, 9, 1) + timedelta(days=3 * n)} for n in range(27)))
    director = signed_in(app, "director")
    with app.app_context(), transaction() as session:
        ben = sa.update(Student).where(Student.person_id == Cast.other_student.id)
        session.execute(ben.values(graduated_on=date(2026, 11, 1)))
    page = director.get(TABLE)
    assert "1 student behind the pace." in page.text
    page = director.get(page.links()["Who is at risk, and why"])
    assert page.heading == "Who is at risk"
    assert "These thresholds are Caselog’s, not a board’s" in page.text
    (card,) = page.all("ul", class_="lags")
    reasons = [pages.text(each) for each in pages.elements(card, "li")]
    # 446 of 637 days have passed: of 75 cases 52 are asked.
    (open_heart,) = [each for each in reasons if each.startswith("Open-heart cases")]
    assert "27 of 75 cases done, 25 behind the pace. At the present rate" in open_heart
    assert f"{ANN}/progress/accredited-minimums/open-heart" in links_of(card)
    assert "At 70 % of the program." in page.text
    assert "Graduated: Ben Student" in page.text
    assert "1 student judged" in page.text


def test_of_another_programs_cohort_and_to_others_than_directors_nothing_is_said(app: Flask, cast: Cast) -> None:
    for path in ("at-risk", "accredited-minimums/open-heart"):
        signed_in(app, "director").get(f"/cohorts/{cast.outsider_program.cohort_id}/{path}", status=404)
        for who in ("student", "preceptor"):
            signed_in(app, who).get(f"{TABLE}/{path}", status=403)
