"""The pages of outcomes and of the yearly report."""

import uuid

import pytest
from flask import Flask

from caselog.domain.outcomes import Exam, GraduateOutcome, Placement
from tests.support import page as pages
from tests.support.cast import Cast
from tests.support.graduates import put_class, put_graduate
from tests.support.log import signed_in

ANN = f"/students/{Cast.student.id}/outcomes"
FILES = {"workbook": "yearly-report-2025.xlsx", "measures": "yearly-report-2025-measures.csv"}


@pytest.fixture
def gwen(app: Flask) -> uuid.UUID:
    with app.app_context():
        put_class()
        put_graduate("Hugo Graduate")
        return put_graduate("Gwen Graduate", GraduateOutcome(pbse=Exam.PASSED_FIRST, placement=Placement.EMPLOYED))


def test_what_a_director_enters_the_student_sees_and_who_entered_it(app: Flask) -> None:
    director, student = signed_in(app, "director"), signed_in(app, "student")
    assert student.get("/outcomes").text.count("Not known yet") == 3
    form = {"pbse": "passed_later", "pbse_passed_on": "2026-10-17", "cape": "not_taken", "placement": "education"}
    assert "Saved." in director.post(ANN, form, follow=True).text
    text = student.get("/outcomes").text
    assert "Passed at a later attempt, 17 Oct 2026" in text
    assert "Not taken" in text
    assert "Continues education" in text
    assert f"Last changed by {Cast.director.name}" in text
    assert "examinations and placement" in student.get("/looks").text


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"left_on": "2026-03-01"}, "Why: Say why the student left."),
        ({"left_why": "personal"}, "Left on: Give the day on which the student left"),
        ({"pbse_passed_on": "2026-04-18"}, "PBSE passed on: Say at which attempt it was passed"),
        ({"cape": "not_taken", "cape_passed_on": "2026-04-18"}, "CAPE passed on: Say at which attempt"),
        ({"placement": "elsewhere", "placed_on": "2026-07-01"}, "Since: Choose a placement that has begun"),
        ({"pbse": "passed_first", "pbse_passed_on": "2027-04-18"}, "is in the future; today is 2026-11-21"),
        ({"pbse": "brilliant"}, "“brilliant” is not a code for pbse"),
        ({"left_on": "1 May"}, "is not a date such as"),
    ],
)
def test_what_does_not_fit_together_is_said_beside_the_field_and_nothing_changes(
    app: Flask, form: dict[str, str], says: str
) -> None:
    director = signed_in(app, "director")
    director.post(ANN, {"cape": "passed_first"})
    assert says in director.post(ANN, form, status=400).text
    chosen = director.get(ANN).find("select", name="cape")
    assert [option.get("value") for option in chosen if option.get("selected") is not None] == ["passed_first"]


def test_only_a_director_of_the_program_may_see_report_and_form(app: Flask) -> None:
    for who in ("student", "preceptor"):
        signed_in(app, who).get("/program/report", status=403)
        signed_in(app, who).get(ANN, status=403)
    signed_in(app, "outsider_director").get(ANN, status=404)
    signed_in(app, "director").get("/outcomes", status=403)


def test_the_report_says_how_each_threshold_stands_and_who_is_missing(app: Flask, gwen: uuid.UUID) -> None:
    page = signed_in(app, "director").get("/program/report")
    assert "Yearly report: graduates of 2025" in page.text
    cards = [pages.text(each) for each in page.all("li") if "requirement" in (each.get("class") or "").split()]
    assert len(cards) == 4
    assert "Not enough data" in cards[0]
    assert "1 of 1" in cards[0]
    assert "Not known: Hugo Graduate" in cards[0]
    assert "At least 70 % · 2023 to 2025 · nobody to count in 2023, 2024" in cards[0]
    assert "ac-pe.org/forprograms/new-programsgetting-started/, read 22 Nov 2026" in cards[0]
    assert "Met" in cards[2]
    assert "2 of 2" in cards[2]
    assert any(link.get("href") == f"/students/{gwen}/outcomes" for link in page.all("a"))


def test_a_year_without_graduates_says_so_and_a_strange_year_is_not_found(app: Flask, gwen: uuid.UUID) -> None:
    director = signed_in(app, "director")
    assert "Nobody graduated in 2024" in director.get("/program/report?year=2024").text
    for strange in ("1066", "20x5", "２０２５", "99999"):
        director.get(f"/program/report?year={strange}", status=404)


@pytest.mark.parametrize("file", FILES)
def test_a_file_needs_a_reason_and_leaves_under_a_safe_name(app: Flask, gwen: uuid.UUID, file: str) -> None:
    director = signed_in(app, "director")
    page = director.post("/program/report/2025", {"file": file, "reason": ""}, status=400)
    assert "Say what the file is for" in page.text
    page = director.post("/program/report/2025", {"file": file, "reason": "the accreditors"}, status=200)
    headers = page.response.headers
    assert headers["Content-Disposition"] == f"attachment; filename={FILES[file]}"
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")
