"""The pages of evaluations: a director writes a form in plain lines, a case is evaluated on it, a rotation is read."""

from typing import Any

import pytest
from flask import Flask

from caselog.store.session import transaction
from tests.support import page as pages
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.log import put, put_rotation, row_of, signed_in, stored

FORM: dict[str, Any] = {
    "name": "Pump cases",
    "sections": "Patient work-up: 10\nConduct of bypass: 50\nWeaning: 40",
    "scale": "Critical error: Somebody stepped in.\nUnsatisfactory\nSatisfactory\nGood\nExcellent: Fast and calm.",
    "fails_at": "2",
    "least_score": "",
    "source": "Our handbook",
    "source_read_on": "2026-09-01",
}


@pytest.fixture
def director(app: Flask) -> Client:
    return signed_in(app, "director")


def written(director: Client, **changes: str) -> str:
    """The address of a form that is written now."""
    return director.post("/program/evaluations/new", {**FORM, **changes}).location


def case_on_form(app: Flask, director: Client) -> str:
    """The address of a case of Ann's whose rotation uses the form."""
    with app.app_context(), transaction() as session:
        rotation = put_rotation(session, Cast.student, Cast.site, "fall-2026")
    director.post(written(director), {"cohort": str(Cast.program.cohort_id)})
    (uid,) = put(app, rotation_id=rotation)
    return f"/cases/{uid}"


def test_a_new_form_is_filled_in_with_the_published_scale_and_names_no_section(director: Client) -> None:
    page = director.get("/program/evaluations/new")
    assert page.value("sections") == ""
    assert str(page.value("scale")).startswith("Critical error: ")
    assert page.value("fails_at") == "2"
    assert "academicdepartments.musc.edu/chp/clined/cvp/evaluation.htm" in page.text
    assert "the sections are yours to name" in page.text


def test_a_form_is_written_shown_and_changed(director: Client) -> None:
    path = written(director)
    page = director.get(path)
    assert page.heading == "Pump cases"
    assert "Conduct of bypass 50 %" in page.text
    assert "2 critical errors or more fail the case." in page.text
    assert "Source: Our handbook, read 1 Sep 2026." in page.text
    edit = director.get(f"{path}/edit")
    assert edit.value("sections") == FORM["sections"]
    assert edit.value("scale") == FORM["scale"]
    director.post(f"{path}/edit", {**FORM, "name": "Bypass", "least_score": "2.5"})
    assert "so does a score by weight below 2.5" in director.get(path).text
    assert "Bypass" in director.get("/program/evaluations").links()


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"name": ""}, "name", "Give the form a name"),
        ({"sections": "Weaning"}, "sections", "Line 1: write the section’s name".replace("’", "'")),
        ({"sections": ""}, "sections", "Name at least one section"),
        ({"scale": "a\nb"}, "scale", "There are 2 lines; write five"),
        ({"fails_at": "0"}, "fails_at", "must be at least 1"),
        ({"least_score": "6"}, "least_score", "must be at most 5"),
        ({"source_read_on": "yesterday"}, "source_read_on", "is not a date"),
    ],
)
def test_a_form_that_cannot_be_read_says_where_and_keeps_what_was_typed(
    app: Flask, director: Client, changes: dict[str, str], field: str, says: str
) -> None:
    before = stored(app)
    page = director.post("/program/evaluations/new", {**FORM, **changes}, status=400)
    assert says in page.text
    assert page.value(field) == changes[field]
    assert page.value("source") == "Our handbook"
    assert stored(app) == before


def test_a_name_that_is_taken_is_refused(director: Client) -> None:
    written(director)
    assert "choose another name" in director.post("/program/evaluations/new", FORM, status=400).text


def test_rotations_use_a_form_and_are_released(app: Flask, director: Client) -> None:
    with app.app_context(), transaction() as session:
        put_rotation(session, Cast.student, Cast.site, "fall-2026")
    path = written(director)
    assert "No rotation uses this form yet." in director.get(path).text
    page = director.post(path, {"cohort": str(Cast.program.cohort_id), "site": "harbor"}, follow=True)
    assert "1 rotation uses this form now." in page.text
    release = next(each.get("action") for each in page.all("form") if str(each.get("action")).endswith("/release"))
    assert "uses no form any more" in director.post(str(release), follow=True).text
    director.post(path, {"cohort": ""}, status=400)


def test_a_form_is_retired_and_taken_into_use_again(director: Client) -> None:
    path = written(director)
    assert "Retired" in director.post(f"{path}/retire", follow=True).text
    assert "Have rotations use it" not in director.get(path).text
    director.post(path, {"cohort": str(Cast.program.cohort_id)}, status=400)
    assert "In use again." in director.post(f"{path}/restore", follow=True).text
    director.post(f"{path}/burn", status=404)


def test_the_preceptor_evaluates_from_the_case_and_the_student_beside(app: Flask, director: Client) -> None:
    path = case_on_form(app, director)
    preceptor, student = signed_in(app, "preceptor"), signed_in(app, "student")
    assert preceptor.get(path).links()["Evaluate this case"] == f"{path}/evaluate"
    (waiting,) = put(app, rotation_id=row_of(app, path.removeprefix("/cases/")).rotation_id, status="submitted")
    assert preceptor.get(f"/review/{waiting}").links()["Evaluate this case"] == f"/cases/{waiting}/evaluate"
    page = preceptor.get(f"{path}/evaluate")
    assert "Conduct of bypass (50 %)" in page.text
    assert page.value("section-1") == "open"
    sent = {"section-1": "5", "section-2": "3", "section-3": "open", "comment": "Earlier with the heparin."}
    assert preceptor.post(f"{path}/evaluate", sent).location == path
    assert (
        "3.33 of 5 by weight, 2 of 3 sections graded. No critical error. Pat Preceptor" in student.get(path).text
    )
    assert student.get(path).links()["Evaluate yourself on this case"] == f"{path}/evaluate"
    student.post(f"{path}/evaluate", {"section-1": "1", "section-2": "1", "section-3": "1"})
    both = director.get(f"{path}/evaluate")
    assert "Conduct of bypass 50 % 3 Satisfactory 1 Critical error" in both.text
    assert "3 critical errors; 2 or more fail the case." in both.text
    assert "Earlier with the heparin." in both.text
    assert both.all("textarea") == []
    again = preceptor.get(f"{path}/evaluate")
    assert (again.value("section-1"), again.value("section-3"), again.value("comment")) == (
        "5", "open", "Earlier with the heparin.",
    )  # fmt: skip
    signed_in(app, "other_preceptor").get(f"{path}/evaluate", status=404)


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"comment": "Calm."}, "Grade at least one section"),
        ({"section-1": "6", "comment": "Calm."}, "6"),
        ({"section-1": "4", "comment": "x" * 2_001}, "at most 2,000 fit"),
    ],
)
def test_an_evaluation_that_cannot_be_read_keeps_what_was_typed(
    app: Flask, director: Client, sent: dict[str, str], says: str
) -> None:
    path = case_on_form(app, director)
    preceptor = signed_in(app, "preceptor")
    before = stored(app)
    page = preceptor.post(f"{path}/evaluate", sent, status=400)
    assert says in page.text
    assert page.value("comment") == sent["comment"]
    assert stored(app) == before


def test_a_form_with_evaluations_is_not_changed_but_written_anew(app: Flask, director: Client) -> None:
    path = case_on_form(app, director)
    signed_in(app, "student").post(f"{path}/evaluate", {"section-1": "4"})
    form = director.get("/program/evaluations").links()["Pump cases"]
    edit = director.get(f"{form}/edit")
    assert "does not change any more" in edit.text
    director.post(f"{form}/edit", FORM, status=400)
    like = director.get(next(href for href in edit.links().values() if "like=" in href))
    assert like.value("sections") == FORM["sections"]
    director.get("/program/evaluations/new?like=nonsense", status=404)


def test_a_rotation_is_read_by_its_student_and_by_the_director(app: Flask, director: Client) -> None:
    student = signed_in(app, "student")
    assert "No evaluation yet" in student.get("/evaluations").text
    path = case_on_form(app, director)
    signed_in(app, "preceptor").post(f"{path}/evaluate", {"section-1": "4"})
    student.post(f"{path}/evaluate", {"section-1": "2", "section-2": "2", "section-3": "2"})
    for page in (student.get("/evaluations"), director.get(f"/students/{Cast.student.id}/evaluations")):
        assert "fall-2026, Harbor Test Hospital" in [pages.text(each) for each in page.all("h2")]
        assert "4 self 2" in page.text
        assert "33 % of the sections were graded" in page.text
    assert student.get("/progress").links()["Evaluations"] == "/evaluations"


def test_a_case_without_a_form_does_not_speak_of_evaluation(app: Flask) -> None:
    (uid,) = put(app)
    assert "Evaluat" not in signed_in(app, "preceptor").get(f"/cases/{uid}").text
    assert "This case is not evaluated." in signed_in(app, "student").get(f"/cases/{uid}/evaluate").text
