"""Learning activities in the browser: log one, find it, change it while it is open, hand it in, look at a student's."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from caselog.store.people import Person
from caselog.store.session import transaction
from tests.support import page as pages
from tests.support.activities import TYPED, put, row_of, typed
from tests.support.cast import Cast
from tests.support.client import Page
from tests.support.log import signed_in, stored

FACTS = {
    "Date of the activity": "12 Oct 2026",
    "Kind": "Wet lab",
    "Title": "Emergency water drill",
    "Hours": "2.5 h",
    "Credit units": "3",
    "Category": "I",
    "Provider": "Test Society",
    "Supervisor": "Pat Preceptor",
}


def facts(page: Page) -> dict[str, str]:
    terms = [pages.text(term) for term in page.all("dt")]
    return dict(zip(terms, [pages.text(said) for said in page.all("dd")], strict=True))


def listed(page: Page) -> list[str]:
    """The uids of the activities that a list links to, in its order."""
    links = [link.get("href", "") for body in page.all("tbody") for link in pages.elements(body, "a")]
    return [link.removeprefix("/activities/") for link in links]


def test_a_student_submits_an_activity_and_its_page_says_all_that_was_typed(app: Flask) -> None:
    student = signed_in(app, "student")
    assert student.get("/progress").links()["Activities"] == "/activities"
    assert "No activities yet" in student.get("/activities").text
    uid = uuid.uuid4()
    page = student.post("/activities/new", typed(uid, action="submit"), follow=True)
    assert page.response.request.path == f"/activities/{uid}"
    assert "Activity submitted. It counts as soon as your supervisor verifies it." in page.text
    assert facts(page) == FACTS
    assert "Change" not in page.links()
    assert row_of(app, uid).status == "submitted"
    assert listed(student.get("/activities")) == [str(uid)]


def test_half_an_activity_is_kept_as_a_draft_then_finished_and_submitted(app: Flask) -> None:
    student = signed_in(app, "student")
    uid = uuid.uuid4()
    half = {"activity_uid": str(uid), "title": "To be finished", "action": "draft"}
    page = student.post("/activities/new", half, follow=True)
    assert "Draft saved. Submit it when it is complete." in page.text
    assert facts(page) == {
        "Date of the activity": "–", "Kind": "–", "Title": "To be finished", "Hours": "–", "Supervisor": "–",
    }  # fmt: skip
    form = student.get(page.links()["Change"])
    assert (form.value("title"), form.value("kind"), form.value("hours")) == ("To be finished", None, "")
    page = student.post(f"/activities/{uid}/edit", typed(uid, version="1", action="draft"), follow=True)
    assert "Draft saved." in page.text
    form = student.get(f"/activities/{uid}/edit")
    assert {name: form.value(name) for name in TYPED} == dict(TYPED)
    page = student.post(f"/activities/{uid}/edit", typed(uid, version="2", action="submit"), follow=True)
    assert "Activity submitted." in page.text
    assert (row_of(app, uid).status, row_of(app, uid).version) == ("submitted", 3)


def test_a_draft_is_submitted_from_its_page_or_says_what_it_lacks(app: Flask) -> None:
    student = signed_in(app, "student")
    whole, half = put(app, {}, {"title": ""}, status="draft")
    page = student.post(f"/activities/{half}/submit", follow=True)
    assert page.response.request.path == f"/activities/{half}/edit"
    assert "Not submitted yet: Title is needed before the activity can be submitted." in page.text
    assert row_of(app, half).status == "draft"
    assert "Activity submitted." in student.post(f"/activities/{whole}/submit", follow=True).text
    assert row_of(app, whole).status == "submitted"


def test_a_form_that_is_sent_twice_is_one_activity(app: Flask) -> None:
    student = signed_in(app, "student")
    uid = uuid.uuid4()
    student.post("/activities/new", typed(uid, action="submit"))
    before = stored(app)
    page = student.post("/activities/new", typed(uid, action="draft", title="other"), follow=True)
    assert "This activity is in your log already; nothing was changed." in page.text
    signed_in(app, "other_student").post("/activities/new", typed(uid, action="submit"), status=404)
    assert stored(app) == before


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"date": "2026-11-22"}, "2026-11-22 is in the future; today is 2026-11-21."),
        ({"date": "soon"}, "“soon” is not a date"),
        ({"kind": "party"}, "“party” is not a code for kind"),
        ({"kind": None}, "Kind is needed before the activity can be submitted."),
        ({"title": " "}, "Title is needed before the activity can be submitted."),
        ({"title": "é" * 201}, "Title has 201 characters; at most 200 fit."),
        ({"hours": "two"}, "“two” is not a number in digits"),
        ({"hours": "-1"}, "Hours must be between 0 and 10,000 hours, not -1.0."),
        ({"units": "10001"}, "Credit units must be between 0 and 10,000 units"),
        ({"category": "I" * 41}, "Category has 41 characters; at most 40 fit."),
        ({"provider": "a\x00b"}, "A character that cannot be stored was taken out"),
        ({"supervisor": ""}, "Supervisor is needed before the activity can be submitted."),
        ({"supervisor": Cast.other_student.email}, "is not a code for supervisor"),
        ({"supervisor": Cast.outsider_preceptor.email}, "is not a code for supervisor"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_stored(
    app: Flask, changes: dict[str, Any], says: str
) -> None:
    student = signed_in(app, "student")
    before = stored(app)
    page = student.post("/activities/new", typed(**changes, action="submit"), status=400)
    (name,) = changes
    assert says in pages.text(page.find("div", id=f"{name}-error"))
    assert page.value("title") == (changes["title"].strip() if "title" in changes else TYPED["title"])
    assert stored(app) == before


def test_what_was_changed_elsewhere_is_refused_and_what_was_typed_stays(app: Flask) -> None:
    student = signed_in(app, "student")
    (uid,) = put(app, status="draft")
    student.post(f"/activities/{uid}/edit", typed(uid, version="1", action="draft"))
    before = stored(app)
    for version in ("1", "3", ""):
        sent = typed(uid, version=version, title="typed late", action="draft")
        page = student.post(f"/activities/{uid}/edit", sent, status=409)
        assert (
            "This activity was changed in another window, or by somebody else, since you opened it." in page.text
        )
        assert page.value("title") == "typed late"
    assert stored(app) == before


def test_what_was_submitted_or_verified_is_not_changed_any_more(app: Flask) -> None:
    student = signed_in(app, "student")
    for uid in put(app, {"status": "submitted"}, {"status": "verified"}, {"status": "void"}):
        before = stored(app)
        student.get(f"/activities/{uid}/edit", status=409)
        student.post(f"/activities/{uid}/edit", typed(uid, version="1", action="draft"), status=409)
        student.post(f"/activities/{uid}/submit", status=409)
        assert stored(app) == before


def test_an_edit_changes_the_activity_of_its_address_whatever_else_is_sent(app: Flask) -> None:
    mine, other = put(app, {}, {}, status="draft")
    page = signed_in(app, "student").post(
        f"/activities/{mine}/edit", typed(other, version="1", title="mine", action="draft"), follow=True
    )
    assert page.response.request.path == f"/activities/{mine}"
    assert (row_of(app, mine).title, row_of(app, other).title) == ("mine", "Oxygenators")


def test_the_list_is_narrowed_by_what_the_address_asks(app: Flask) -> None:
    student = signed_in(app, "student")
    lecture, lab, draft = map(
        str,
        put(
            app,
            {"date": date(2026, 5, 1)},
            {"kind": "wet_lab", "date": date(2026, 6, 1), "status": "submitted"},
            {"date": None, "title": "", "kind": None, "supervisor_id": None, "status": "draft"},
        ),
    )
    assert listed(student.get("/activities")) == [draft, lab, lecture]
    page = student.get("/activities")
    assert page.links()["1 submitted"] == "/activities?status=submitted"
    for query, found in (
        ({"status": "submitted"}, [lab]), ({"kind": "didactic"}, [lecture]), ({"since": "2026-06-01"}, [lab]),
        ({"until": "2026-05-31"}, [lecture]), ({"kind": "course"}, []),
    ):  # fmt: skip
        assert listed(student.get("/activities", query=query)) == found, query
    assert "No activity fits" in student.get("/activities?kind=course").text
    page = student.get("/activities?since=soon", status=400)
    assert "is not a date" in page.text


def test_many_activities_fill_pages(app: Flask) -> None:
    days = [{"date": date(2026, 1, 1) + timedelta(days=n)} for n in range(26)]
    uids = [str(uid) for uid in reversed(put(app, *days))]
    student = signed_in(app, "student")
    first = student.get("/activities")
    assert listed(first) == uids[:25]
    assert "Page 1 of 2 · 26 activities" in pages.text(first.find("nav", aria_label="Pages"))
    assert listed(student.get(first.links()["Next page"])) == uids[25:]


def test_an_activity_is_for_its_student_its_supervisor_and_the_director_only(app: Flask) -> None:
    (uid,) = put(app, status="submitted")
    before = stored(app)
    for who, status in (
        ("student", 200), ("preceptor", 200), ("director", 200), ("other_student", 404), ("other_preceptor", 404),
        ("outsider_student", 404), ("outsider_director", 404), ("outsider_preceptor", 404),
    ):  # fmt: skip
        signed_in(app, who).get(f"/activities/{uid}", status=status)
    for who, status in (
        ("other_student", 404), ("outsider_student", 404), ("preceptor", 403), ("director", 403),
    ):  # fmt: skip
        somebody = signed_in(app, who)
        somebody.get(f"/activities/{uid}/edit", status=status)
        somebody.post(f"/activities/{uid}/edit", typed(uid, version="1", action="draft"), status=status)
        somebody.post(f"/activities/{uid}/submit", status=status)
    assert stored(app) == before


def test_a_director_sees_a_students_activities_and_nobody_elses(app: Flask) -> None:
    (uid,) = put(app)
    put(app, student=Cast.other_student)
    director = signed_in(app, "director")
    url = f"/students/{Cast.student.id}/activities"
    assert director.get(f"/students/{Cast.student.id}/progress").links()["Learning activities"] == url
    page = director.get(url)
    assert page.heading == "Learning activities of Ann Student"
    assert listed(page) == [str(uid)]
    assert director.get(f"/activities/{uid}").links()["Learning activities of Ann Student"] == url
    assert "has not logged" not in page.text
    for who, status in (("student", 403), ("preceptor", 403), ("outsider_director", 404)):
        signed_in(app, who).get(url, status=status)
    director.get(f"/students/{Cast.outsider_student.id}/activities", status=404)
    director.get("/activities", status=403)
    director.get("/activities/new", status=403)


def test_an_inactive_supervisor_is_offered_only_where_named_already(app: Flask) -> None:
    (uid,) = put(app, status="draft")
    with app.app_context(), transaction() as session:
        session.get_one(Person, (Cast.program.id, Cast.preceptor.id)).active = False
    student = signed_in(app, "student")
    offered = [
        {
            option.get("value")
            for option in pages.elements(student.get(url).find("select", name="supervisor"), "option")
        }
        for url in ("/activities/new", f"/activities/{uid}/edit")
    ]
    others = {"", Cast.director.email, Cast.other_preceptor.email}
    assert offered == [others, {*others, Cast.preceptor.email}]


def test_a_requirement_of_activities_shows_which_count_which_wait_and_which_do_not(
    app: Flask, every_set: None
) -> None:
    counted, pending, other = put(
        app,
        {"title": "Oxygenators"},
        {"title": "Cannulas", "status": "submitted"},
        {"kind": "course", "title": "Ethics"},
    )
    for who, base in (("student", "/progress"), ("director", f"/students/{Cast.student.id}/progress")):
        page = signed_in(app, who).get(f"{base}/ecmo-specialist-wa/didactic-hours")
        assert listed(page) == [str(counted), str(pending), str(other)]
        assert "Oxygenators 2 h 2 hours Verified" in page.text
        assert "Cannulas 2 h 2 hours Submitted" in page.text
        assert pages.text(page.find("section", aria_labelledby="not-counted")).startswith("Not counted (1)")
