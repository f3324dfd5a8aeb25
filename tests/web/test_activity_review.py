"""The reviewer's pages of learning activities: beside the cases in one queue, settled with the same two buttons."""

import uuid
from datetime import date, timedelta

from flask import Flask

from caselog.domain.codes import Status
from tests.support import log
from tests.support import page as pages
from tests.support.activities import put, row_of, typed
from tests.support.cast import Cast
from tests.support.client import Page
from tests.support.log import signed_in, stored


def waiting(page: Page) -> list[str]:
    """Where the rows of the queue lead, in its order."""
    rows = page.all("li", class_="confirm-row")
    return [link.get("href", "") for row in rows for link in pages.elements(row, "a")]


def test_a_submitted_activity_stands_beside_cases_is_verified_and_is_gone(app: Flask) -> None:
    student, preceptor = signed_in(app, "student"), signed_in(app, "preceptor")
    assert "Nothing to review" in preceptor.get("/review").text
    uid = uuid.uuid4()
    student.post("/activities/new", typed(uid, action="submit"))
    assert waiting(preceptor.get("/review")) == [f"/review/activities/{uid}"]
    (case,) = log.put(app, status="submitted")
    assert waiting(preceptor.get("/review")) == [f"/review/{case}", f"/review/activities/{uid}"]
    page = preceptor.get(f"/review/activities/{uid}")
    assert "Emergency water drill" in page.heading
    decision = {"version": page.value("version"), "decision": "verify", "comment": ""}
    after = preceptor.post(f"/review/activities/{uid}", decision, follow=True)
    assert "Verified." in after.text
    assert waiting(after) == [f"/review/{case}"]
    assert row_of(app, uid).status == "verified"
    assert "Verified by Pat Preceptor" in student.get(f"/activities/{uid}").text


def test_an_activity_goes_back_with_a_comment_is_mended_and_comes_again(app: Flask) -> None:
    student, preceptor = signed_in(app, "student"), signed_in(app, "preceptor")
    (uid,) = put(app, status="submitted")
    page = preceptor.post(f"/review/activities/{uid}", {"version": "1", "decision": "return"}, status=400)
    assert "the activity goes back with this comment" in pages.text(page.find("div", id="comment-error"))
    back = {"version": "1", "decision": "return", "comment": "How many hours?"}
    assert "Returned to the student." in preceptor.post(f"/review/activities/{uid}", back, follow=True).text
    form = student.get(f"/activities/{uid}/edit")
    assert "Returned by Pat Preceptor: How many hours?" in form.text
    student.post(f"/activities/{uid}/edit", typed(uid, version="2", action="submit"))
    assert waiting(preceptor.get("/review")) == [f"/review/activities/{uid}"]


def test_what_was_decided_or_changed_meanwhile_is_not_decided(app: Flask) -> None:
    preceptor = signed_in(app, "preceptor")
    (uid,) = put(app, status="submitted")
    before = stored(app)
    for version in ("0", "2", ""):
        sent = {"version": version, "decision": "verify"}
        page = preceptor.post(f"/review/activities/{uid}", sent, status=409)
        assert "This activity was changed since you opened it." in page.text
    preceptor.post(f"/review/activities/{uid}", {"version": "1", "decision": "void"}, status=400)
    assert stored(app) == before
    preceptor.post(f"/review/activities/{uid}", {"version": "1", "decision": "verify"})
    page = preceptor.post(f"/review/activities/{uid}", {"version": "2", "decision": "verify"}, status=409)
    assert "This activity is already verified" in page.text
    assert "there is nothing to decide" in preceptor.get(f"/review/activities/{uid}").text


def test_nobody_but_the_supervisor_it_names_decides_an_activity(app: Flask) -> None:
    (uid,) = put(app, status="submitted")
    (draft,) = put(app, status="draft")
    before = stored(app)
    sent = {"version": "1", "decision": "verify"}
    for who, status in (
        ("other_preceptor", 404), ("director", 404), ("outsider_preceptor", 404), ("student", 403),
    ):  # fmt: skip
        somebody = signed_in(app, who)
        somebody.get(f"/review/activities/{uid}", status=status)
        somebody.post(f"/review/activities/{uid}", sent, status=status)
    preceptor = signed_in(app, "preceptor")
    for missing in (draft, uuid.uuid4()):
        preceptor.get(f"/review/activities/{missing}", status=404)
        preceptor.post(f"/review/activities/{missing}", sent, status=404)
    assert stored(app) == before


def test_a_director_whom_an_activity_names_reviews_it(app: Flask) -> None:
    (uid,) = put(app, supervisor=Cast.director, status="submitted")
    director = signed_in(app, "director")
    assert director.get(f"/activities/{uid}").links()["Verify or return"] == f"/review/activities/{uid}"
    director.post(f"/review/activities/{uid}", {"version": "1", "decision": "verify"})
    assert row_of(app, uid).status == "verified"


def test_cases_and_activities_have_pages_of_their_own(app: Flask) -> None:
    days = [date(2026, 6, 30) - timedelta(days=n) for n in range(26)]
    cases = [
        f"/review/{uid}"
        for uid in reversed(log.put(app, *({"case_date": day} for day in days), status="submitted"))
    ]
    uids = [
        f"/review/activities/{uid}"
        for uid in reversed(put(app, *({"date": day} for day in days), status="submitted"))
    ]
    put(app, *({"status": status} for status in set(Status) - {Status.SUBMITTED}))
    preceptor = signed_in(app, "preceptor")
    page = preceptor.get("/review?page=2&activities_page=1")
    assert waiting(page) == cases[25:] + uids[:25]
    assert "26 activities" in pages.text(page.find("nav", aria_label="Pages of activities"))
    assert waiting(preceptor.get("/review?page=2&activities_page=2")) == cases[25:] + uids[25:]
    (following,) = [link.get("href", "") for link in page.all("a", rel="next")]
    assert waiting(preceptor.get(following)) == cases[25:] + uids[25:]
