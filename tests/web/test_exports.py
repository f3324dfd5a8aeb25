"""The pages of what leaves: seen before it does, sent safely, listed with its code, withdrawn."""

import uuid

import pytest
from flask import Flask

from caselog.domain.export import shown_code
from caselog.services import issuing
from caselog.services.issuing import Issued
from tests.support.cast import Cast
from tests.support.client import Client, Page
from tests.support.log import put, signed_in

CSV = {"file": "spreadsheet-csv-cases", "reason": "my application to Hill"}
COARSE = {
    f"{part}_{use}": value
    for use in ("spreadsheet", "application", "program_file", "board", "cohort")
    for part, value in (("dates", "month"), ("sites", "pseudonym"))
}
# What a page looks like and where it leads does not hang on the database.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def take(client: Client, path: str, **form: str) -> Page:
    return client.post(path, form, status=200)


def left(app: Flask, who: str = "student") -> list[Issued]:
    with app.app_context():
        return list(issuing.issued_of(Cast().member(who).actor))


def test_a_file_is_sent_to_be_saved_under_a_safe_name_and_is_kept_nowhere(app: Flask) -> None:
    put(app)
    answer = take(signed_in(app, "student"), "/exports", **CSV).response
    name = "caselog-cases-Ann-Student-2026-11-21.csv"
    assert answer.headers["Content-Disposition"] == f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    (found,) = left(app)
    assert answer.headers["Caselog-Verification-Code"] == shown_code(found.code)
    assert found.made is not None
    assert answer.text.count("\r\n") == 2


@on_sqlite
def test_a_student_sees_what_leaves_before_it_does_and_who_set_how_exactly(app: Flask) -> None:
    put(app, note="I ran the pump at Harbor.")
    signed_in(app, "director").post("/program/exports/precision", COARSE)
    page = signed_in(app, "student").get("/exports", query={"file": "spreadsheet-xlsx"})
    assert "by month" in page.text
    assert "under pseudonyms" in page.text
    assert "2026-11" in page.text
    assert "2026-11-02" not in page.text
    assert "I ran the pump" not in page.text
    assert "Your program’s director sets how dates and sites leave" in page.text
    assert left(app) == [], "looking at what would leave is no export"


@on_sqlite
def test_why_must_be_said(app: Flask) -> None:
    page = signed_in(app, "student").post("/exports", {**CSV, "reason": ""}, status=400)
    assert "Say in a few words what it is for" in page.text
    page = signed_in(app, "student").post("/exports", {**CSV, "file": "cohort-json"}, status=400)
    assert page.value("file") == "spreadsheet-xlsx"
    assert left(app) == []


@on_sqlite
def test_all_that_left_is_listed_with_who_took_it_and_why(app: Flask) -> None:
    student = signed_in(app, "student")
    take(student, "/exports", **CSV)
    director = signed_in(app, "director")
    take(director, f"/students/{Cast.student.id}/exports", file="program_file-xlsx", reason="the file")
    take(director, "/program/exports", file="cohort-json", reason="the self-study")
    text = student.get("/exports").text
    for found in left(app):
        assert shown_code(found.code) in text
    for said in (Cast.director.name, "the self-study", "with the whole program", "my application to Hill"):
        assert said in text
    looked = student.get("/looks").text
    assert "the whole log, as a file" in looked
    assert "the logs of the whole program, as a file" in looked


@on_sqlite
def test_an_export_is_withdrawn_once_with_a_reason(app: Flask) -> None:
    student = signed_in(app, "student")
    take(student, "/exports", **CSV)
    (found,) = left(app)
    way = student.get("/exports").links()
    path = next(target for words, target in way.items() if words.startswith("Withdraw"))
    assert path == f"/exports/{found.id}/withdraw"
    assert "Say why" in student.post(path, {"why": ""}, status=400).text
    assert "Withdrawn" in student.post(path, {"why": "A newer one went out."}, follow=True).text
    assert left(app)[0].withdrawn_why == "A newer one went out."
    assert "withdrawn already" in student.get(path).text
    assert "withdrawn already" in student.post(path, {"why": "Again."}, status=400).text


@on_sqlite
def test_nobody_withdraws_what_another_made(app: Flask) -> None:
    take(signed_in(app, "student"), "/exports", **CSV)
    (found,) = left(app)
    director = signed_in(app, "director")
    assert "Only who made this export" in director.get(f"/program/exports/{found.id}/withdraw").text
    director.post(f"/program/exports/{found.id}/withdraw", {"why": "No."}, status=400)
    signed_in(app, "other_student").get(f"/exports/{found.id}/withdraw", status=404)
    signed_in(app, "outsider_director").get(f"/program/exports/{found.id}/withdraw", status=404)
    signed_in(app, "student").get(f"/exports/{uuid.uuid4()}/withdraw", status=404)
    assert left(app)[0].withdrawn_at is None


@on_sqlite
def test_a_director_takes_a_cohort_and_a_student_only_oneself(app: Flask) -> None:
    put(app)
    director = signed_in(app, "director")
    path = f"/cohorts/{Cast.program.cohort_id}/exports"
    page = director.get(path, query={"file": "cohort-csv-cases"})
    assert "Ann Student" in page.text
    assert "student,cohort,case_uid" in take(director, path, file="cohort-csv-cases", reason="a look").html
    student = signed_in(app, "student")
    for closed in (path, "/program/exports", f"/students/{Cast.student.id}/exports"):
        student.get(closed, status=403)
        student.post(closed, CSV, status=403)
    signed_in(app, "preceptor").get("/exports", status=403)
    signed_in(app, "outsider_director").post(path, {"file": "cohort-json", "reason": "x"}, status=404)


@on_sqlite
def test_how_exactly_things_leave_is_set_for_each_use(app: Flask) -> None:
    director = signed_in(app, "director")
    page = director.get("/program/exports/precision")
    assert page.value("dates_board") == "day"
    assert "a rotation or an e-mail address names the hospital too" in page.text
    director.post("/program/exports/precision", {**COARSE, "dates_board": "term"}, follow=True)
    page = director.get("/program/exports/precision")
    assert (page.value("dates_board"), page.value("sites_cohort")) == ("term", "pseudonym")
    bad = director.post("/program/exports/precision", {**COARSE, "dates_board": "hour"}, status=400)
    assert "hour" in bad.text
