"""The pages on which an entry is amended, made void, or agreed on; and what a second edit is shown."""

import uuid

import pytest
from flask import Flask

from tests.support import activities
from tests.support import page as pages
from tests.support.cast import Cast
from tests.support.client import Page
from tests.support.log import TYPED, put, row_of, signed_in, stored, typed


def test_an_amendment_says_what_it_costs_and_the_case_waits_again(app: Flask) -> None:
    student, preceptor = signed_in(app, "student"), signed_in(app, "preceptor")
    uid = uuid.uuid4()
    student.post("/cases/new", typed(uid, action="submit"))
    preceptor.post(f"/review/{uid}", {"version": "1", "decision": "verify", "role": "primary"})
    page = student.get(student.get(f"/cases/{uid}").links()["Amend"])
    assert "does not count as verified until Pat Preceptor confirms it anew" in page.text
    sent = typed(uid, version=page.value("version"), cpb_minutes="130", reason="")
    refused = student.post(f"/cases/{uid}/amend", sent, status=400)
    assert "Say why it is changed" in pages.text(refused.find("div", id="reason-error"))
    assert refused.value("cpb_minutes") == "130"
    done = student.post(f"/cases/{uid}/amend", {**sent, "reason": "Read it wrong."}, follow=True)
    assert "It waits for verification by its preceptor." in done.text
    assert "of version 1; it was changed since" in done.text
    assert "Read it wrong." in done.text
    assert (row_of(app, uid).status, row_of(app, uid).cpb_minutes) == ("submitted", 130)


def test_a_director_amends_a_students_case_and_a_preceptor_finds_no_such_page(app: Flask) -> None:
    (uid,) = put(app)
    director = signed_in(app, "director")
    assert "of Ann Student" in director.get(f"/cases/{uid}/amend").heading
    director.post(f"/cases/{uid}/amend", typed(uid, version="1", reason="By letter."))
    assert row_of(app, uid).status == "submitted"
    signed_in(app, "preceptor").get(f"/cases/{uid}/amend", status=404)
    for who, status in (("other_student", 404), ("outsider_director", 404), ("preceptor", 403)):
        somebody = signed_in(app, who)
        somebody.post(f"/cases/{uid}/amend", typed(uid, version="2", reason="mine"), status=status)
        somebody.post(f"/cases/{uid}/void", {"version": "2", "reason": "mine"}, status=status)


def test_a_director_who_is_to_verify_a_case_is_not_shown_its_role_by_amending_it(app: Flask) -> None:
    (uid,) = put(app, preceptor=Cast.director, status="submitted")
    director = signed_in(app, "director")
    assert "say first which role you saw" in director.get(f"/cases/{uid}/amend", status=409).text
    assert "Amend" not in director.get(f"/cases/{uid}").links()


def test_an_activity_is_amended_likewise(app: Flask) -> None:
    (uid,) = activities.put(app)
    student = signed_in(app, "student")
    sent = activities.typed(uid, version="1", reason="Another drill.")
    assert "Another drill." in student.post(f"/activities/{uid}/amend", sent, follow=True).text
    assert activities.row_of(app, uid).status == "submitted"


@pytest.mark.parametrize("kind", ["cases", "activities"])
def test_void_asks_why_and_says_it_on_the_page_and_in_the_list(app: Flask, kind: str) -> None:
    (uid,) = put(app) if kind == "cases" else activities.put(app)
    student = signed_in(app, "student")
    path = student.get(f"/{kind}/{uid}").links()["Make void"]
    assert "This is final." in student.get(path).text
    page = student.post(path, {"version": "1", "reason": "  "}, status=400)
    assert "Say why it is made void" in page.text
    assert "was changed since" in student.post(path, {"version": "3", "reason": "twice"}, status=409).text
    done = student.post(path, {"version": "1", "reason": "Logged <b>twice</b>."}, follow=True)
    for told in (done, student.get(f"/{kind}")):
        assert "Logged <b>twice</b>." in told.text
    student.get(path, status=409)
    assert "Amend" not in done.links()


def test_a_second_window_gets_the_difference_and_can_save_on_purpose(app: Flask) -> None:
    student = signed_in(app, "student")
    (uid,) = put(app, status="draft")
    student.post(f"/cases/{uid}/edit", typed(uid, version="1", note="First.", action="draft"))
    late = typed(uid, version="1", note="Second.", cpb_minutes="125", action="draft")
    page = student.post(f"/cases/{uid}/edit", late, status=409)
    assert differing(page) == [["CPB time", "124", "125"], ["Learning note", "First.", "Second."]]
    assert {name: page.value(name) for name in TYPED} == {**TYPED, "note": "Second.", "cpb_minutes": "125"}
    student.post(f"/cases/{uid}/edit", {**late, "version": page.value("version")})
    assert row_of(app, uid).note == "Second."


def test_what_was_typed_becomes_an_amendment_when_the_case_was_handed_in_meanwhile(app: Flask) -> None:
    student = signed_in(app, "student")
    (uid,) = put(app, status="returned")
    student.post(f"/cases/{uid}/submit")
    before = stored(app)
    page = student.post(f"/cases/{uid}/edit", typed(uid, version="1", note="Late."), status=409)
    assert page.heading == "Amend a case"
    assert page.value("note") == "Late."
    assert page.all("form", action=f"/cases/{uid}/amend")
    assert stored(app) == before
    student.post(f"/cases/{uid}/amend", typed(uid, version=page.value("version"), note="Late.", reason="Late."))
    assert row_of(app, uid).note == "Late."


def differing(page: Page) -> list[list[str]]:
    """The rows of the table of differences."""
    (section,) = page.all("section", class_="confirm-differs")
    rows = [row for body in pages.elements(section, "tbody") for row in pages.elements(body, "tr")]
    return [[pages.text(cell) for cell in row] for row in rows]


def test_the_student_answers_who_saw_another_role(app: Flask) -> None:
    student, preceptor = signed_in(app, "student"), signed_in(app, "preceptor")
    taken, kept = put(app, {}, {}, status="submitted")
    for uid in (taken, kept):
        sent = {"version": "1", "decision": "verify", "role": "first_assistant"}
        assert "The student claims another role" in preceptor.post(f"/review/{uid}", sent, follow=True).text
    page = student.get(f"/cases/{taken}")
    assert "Differs: Pat Preceptor said first assistant" in page.text
    assert "Differs: Pat Preceptor said first assistant" in student.get("/cases").text
    path = f"/cases/{taken}/role"
    student.post(path, {"version": "1", "answer": "accept"})
    assert (row_of(app, taken).status, row_of(app, taken).role) == ("verified", "first_assistant")
    assert "by agreement with Pat Preceptor as first assistant" in student.get(f"/cases/{taken}").text
    path = f"/cases/{kept}/role"
    assert "Say why you keep your role" in student.post(path, {"version": "1", "answer": "keep"}, status=400).text
    student.post(path, {"version": "1"}, status=400)
    student.post(path, {"version": "1", "answer": "keep", "reason": "I ran it all."})
    student.get(path, status=409)
    queue = preceptor.get("/review")
    assert "I ran it all." in queue.text
    assert "Agree: primary" in queue.text
    preceptor.post(f"/review/{kept}", {"version": "1", "decision": "verify", "role": "primary"})
    assert row_of(app, kept).status == "verified"


def test_the_director_reads_how_often_roles_differ(app: Flask) -> None:
    director, preceptor = signed_in(app, "director"), signed_in(app, "preceptor")
    assert "Nothing to compare yet" in director.get("/roles").text
    first, second = put(app, {}, {}, status="submitted")
    for uid, role in ((first, "primary"), (second, "observed")):
        preceptor.post(f"/review/{uid}", {"version": "1", "decision": "verify", "role": role})
    page = director.get(director.get("/cohorts").links()["Roles: claimed and confirmed"])
    assert "1 differed (50 %)" in page.text
    assert "Primary → observed" in page.text
    preceptor.get("/roles", status=403)
