"""A director waives or substitutes what is asked of a student, and everybody sees it beside the number."""

import uuid
from typing import Any

import pytest
from flask import Flask

from tests.support import page as pages
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.clock import TestClock
from tests.support.log import put, signed_in, stored

PATH = f"/students/{Cast.student.id}/waivers"
WHOLE = {
    "requirement": "accredited-minimums open-heart", "granted": "all", "minimum": "", "entry": "",
    "reason": "The site closed in March.", "until": "2027-05-31",
}  # fmt: skip
DETAIL = "progress/accredited-minimums/open-heart"


def test_a_waiver_is_shown_beside_the_number_to_student_and_director_and_never_hidden_in_it(app: Flask) -> None:
    director, student = signed_in(app, "director"), signed_in(app, "student")
    put(app, {})
    page = director.post(PATH, WHOLE, follow=True)
    assert "Granted; it is shown beside the number from now on." in page.text
    said = "The requirement is waived, granted by Dana Director on 21 Nov 2026 until 31 May 2027: The site closed"
    for client, path in (
        (student, "/progress"), (student, f"/{DETAIL}"),
        (director, f"/students/{Cast.student.id}/progress"), (director, f"/students/{Cast.student.id}/{DETAIL}"),
    ):  # fmt: skip
        text = client.get(path).text
        assert said in text
        assert "Waived" in text
        assert "1 of 75" in text


def test_another_number_stands_beside_the_rules_own(app: Flask) -> None:
    director, student = signed_in(app, "director"), signed_in(app, "student")
    put(app, {})
    director.post(PATH, WHOLE | {"granted": "number", "minimum": "1"})
    text = student.get(f"/{DETAIL}").text
    assert "1 instead of the rule’s number, granted by Dana Director" in text
    assert "Met" in text


@pytest.mark.parametrize("given", ["{}", "http://localhost/cases/{}", " /cases/{}/?page=2#top "])
def test_an_entry_is_named_by_its_identifier_or_its_address(app: Flask, given: str) -> None:
    director, student = signed_in(app, "director"), signed_in(app, "student")
    (uid,) = put(app, role="observed")
    assert "0 of 75" in student.get(f"/{DETAIL}").text
    director.post(PATH, WHOLE | {"granted": "entry", "entry": given.format(str(uid).upper())})
    text = student.get(f"/{DETAIL}").text
    assert "1 of 75" in text
    assert "1 entry that would not count otherwise" in text


def test_a_waiver_is_ended_today_and_is_over_tomorrow(app: Flask, clock: TestClock) -> None:
    director = signed_in(app, "director")
    page = director.post(PATH, WHOLE, follow=True)
    (form,) = [each for each in page.all("form") if each.get("action", "").endswith("/end")]
    assert "End today Open-heart cases" in pages.text(form)
    page = director.post(form.get("action", ""), follow=True)
    assert "It ends with today." in page.text
    assert not [each for each in page.all("form") if each.get("action", "").endswith("/end")]
    director.post(form.get("action", ""), status=409)
    assert "The requirement is waived" in director.get(f"/students/{Cast.student.id}/{DETAIL}").text
    clock.advance(days=1)
    director = signed_in(app, "director")
    assert "Over" in pages.text(director.get(PATH).find("table"))
    assert "The requirement is waived" not in director.get(f"/students/{Cast.student.id}/{DETAIL}").text


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"requirement": ""}, "requirement", "Choose the requirement."),
        ({"requirement": "accredited-minimums"}, "requirement", "is not a code for requirement"),
        ({"requirement": "accredited-minimums nothing"}, "requirement", "is not a code for requirement"),
        ({"requirement": "\x00"}, "requirement", "is not a code for requirement"),
        ({"granted": ""}, "granted", "Choose what is granted."),
        ({"granted": "everything"}, "granted", "is not a code for granted"),
        ({"granted": "number"}, "minimum", "Give the number that is asked for instead."),
        ({"granted": "number", "minimum": "-1"}, "minimum", "must be at least 0"),
        ({"granted": "number", "minimum": "100001"}, "minimum", "must be at most 100,000"),
        ({"granted": "number", "minimum": "9" * 5000}, "minimum", "cannot be such a large number"),
        (
            {"minimum": "5"},
            "granted",
            "Choose “Put another number in its place”, or empty the box “Number instead”.",
        ),
        (
            {"entry": "x"},
            "granted",
            "Choose “Let one case or activity count”, or empty the box “Case or activity”.",
        ),
        ({"granted": "entry"}, "entry", "Give the identifier"),
        ({"granted": "entry", "entry": "x" * 100}, "entry", "Give the identifier"),
        ({"granted": "entry", "entry": str(uuid.UUID(int=7))}, None, "The student's log has no such entry"),
        (
            {"granted": "number", "minimum": "1", "requirement": "abcp-pbse enrolled-or-graduated"},
            None,
            "has no number to put another in the place of",
        ),
        ({"reason": ""}, "reason", "Say why; the student sees it beside the number."),
        ({"reason": "r" * 1001}, "reason", "at most 1,000 fit"),
        ({"reason": "a\x00b"}, "reason", "A character that cannot be stored was taken out"),
        ({"until": ""}, "until", "Say until when it holds"),
        ({"until": "2026-11-20"}, None, "2026-11-20 is over; a waiver ends today, 2026-11-21, or later."),
        ({"until": "2027-02-30"}, "until", "is no day of the calendar"),
    ],
)
def test_a_grant_that_is_wrong_says_so(app: Flask, changes: dict[str, str], field: str | None, says: str) -> None:
    director = signed_in(app, "director")
    before = stored(app)
    page = director.post(PATH, WHOLE | changes, status=400)
    assert says in pages.text(page.find("div", class_="error-summary"))
    if field:
        assert says in pages.text(page.find("div", id=f"{field}-error"))
    assert page.value("until") == changes.get("until", WHOLE["until"])
    assert stored(app) == before


def test_a_waiver_of_what_is_no_longer_asked_says_so(app: Flask) -> None:
    director = signed_in(app, "director")
    director.post(PATH, WHOLE)
    cohort: dict[str, Any] = {
        "name": "Class of 2027", "starts_on": "2025-09-01", "graduates_on": "2027-05-31",
        "editions": ["abcp-pbse 2026-11"],
    }  # fmt: skip
    director.post(f"/program/cohorts/{Cast.program.cohort_id}", cohort)
    row = pages.text(director.get(PATH).find("table"))
    assert "open-heart (accredited-minimums)" in row
    assert "Not asked of this student at present." in row


def test_only_a_director_of_the_program_sees_and_grants(app: Flask) -> None:
    director = signed_in(app, "director")
    page = director.post(PATH, WHOLE, follow=True)
    (end,) = [each.get("action", "") for each in page.all("form") if each.get("action", "").endswith("/end")]
    before = stored(app)
    for who, status in (("student", 403), ("preceptor", 403), ("outsider_director", 404)):
        other = signed_in(app, who)
        other.get(PATH, status=status)
        other.post(PATH, WHOLE, status=status)
        other.post(end, status=status)
    assert "/sign-in" in Client(app).get(PATH, status=302).location
    director.post(PATH, WHOLE, status=400, csrf=False)
    director.post(end, status=400, csrf=False)
    for student in (Cast.other_student, Cast.outsider_student):
        director.post(end.replace(str(Cast.student.id), str(student.id)), status=404)
    for strange in (Cast.outsider_student.id, Cast.preceptor.id, uuid.uuid4()):
        director.get(f"/students/{strange}/waivers", status=404)
        director.post(f"/students/{strange}/waivers", WHOLE, status=404)
    director.post(f"{PATH}/{uuid.uuid4()}/end", status=404)
    assert stored(app) == before


def test_the_page_opens_with_the_requirement_that_a_link_names(app: Flask) -> None:
    page = signed_in(app, "director").get(PATH, query={"requirement": WHOLE["requirement"]})
    assert page.value("requirement") == WHOLE["requirement"]
    assert "Nothing was ever waived" in page.text
