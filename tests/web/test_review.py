"""The preceptor's pages: what waits, and two buttons that settle it in seconds."""

import uuid
from datetime import date, timedelta

from flask import Flask

from caselog.domain.codes import Status
from tests.support import page as pages
from tests.support.cast import Cast
from tests.support.client import Page
from tests.support.log import put, row_of, signed_in, stored, typed


def waiting(page: Page) -> list[str]:
    """The uids of the cases in the queue, in its order."""
    rows = page.all("li", class_="confirm-row")
    links = [link.get("href", "") for row in rows for link in pages.elements(row, "a")]
    return [link.removeprefix("/review/") for link in links]


def test_a_submitted_case_appears_is_verified_and_is_gone_from_the_queue(app: Flask) -> None:
    student, preceptor = signed_in(app, "student"), signed_in(app, "preceptor")
    assert "Nothing to review" in preceptor.get("/review").text
    uid = uuid.uuid4()
    student.post("/cases/new", typed(uid, action="submit"))
    queue = preceptor.get("/review")
    assert waiting(queue) == [str(uid)]
    assert "Ann Student" in queue.text
    page = preceptor.get(f"/review/{uid}")
    assert "Aortic valve, CABG" in page.text
    assert "Responsible for the conduct of perfusion for at least 60 %" in page.text
    decision = {"version": page.value("version"), "decision": "verify", "role": "primary", "comment": ""}
    after = preceptor.post(f"/review/{uid}", decision, follow=True)
    assert after.response.request.path == "/review"
    assert "Verified." in after.text
    assert waiting(after) == []
    assert row_of(app, uid).status == "verified"
    assert "Verified by Pat Preceptor" in student.get(f"/cases/{uid}").text


def test_a_case_goes_back_with_a_comment_that_its_student_reads(app: Flask) -> None:
    preceptor = signed_in(app, "preceptor")
    (uid,) = put(app, status="submitted")
    back = {"version": "1", "decision": "return", "comment": "The clamp time?\n<b>88</b>?"}
    after = preceptor.post(f"/review/{uid}", back, follow=True)
    assert "Returned to the student." in after.text
    page = signed_in(app, "student").get(f"/cases/{uid}")
    assert "Returned by Pat Preceptor" in page.text
    assert "The clamp time? <b>88</b>?" in page.text
    assert "Change" in page.links()


def test_a_return_without_a_comment_is_refused_at_the_comment(app: Flask) -> None:
    preceptor = signed_in(app, "preceptor")
    (uid,) = put(app, status="submitted")
    before = stored(app)
    for comment in ("", "  \n "):
        back = {"version": "1", "decision": "return", "comment": comment}
        page = preceptor.post(f"/review/{uid}", back, status=400)
        assert "Say what the student should mend" in pages.text(page.find("div", id="comment-error"))
    assert stored(app) == before


def test_a_comment_that_cannot_be_kept_stays_in_the_form(app: Flask) -> None:
    preceptor = signed_in(app, "preceptor")
    (uid,) = put(app, status="submitted")
    before = stored(app)
    for comment, shown in (("é" * 3000, "é" * 3000), ("a\x00b", "ab")):
        for decision in ("verify", "return"):
            sent = {"version": "1", "decision": decision, "comment": comment}
            page = preceptor.post(f"/review/{uid}", sent, status=400)
            assert page.value("comment") == shown
            assert page.value("version") == "1"
    for data in ({"comment": "kept"}, {"comment": "kept", "decision": "void"}):
        page = preceptor.post(f"/review/{uid}", {"version": "1", **data}, status=400)
        assert "Press Verify or Return." in page.text
        assert page.value("comment") == "kept"
    preceptor.post(f"/review/{uid}", {"version": "one", "decision": "verify", "role": "primary"}, status=400)
    assert stored(app) == before


def test_what_was_decided_or_changed_meanwhile_is_not_decided(app: Flask) -> None:
    preceptor, student = signed_in(app, "preceptor"), signed_in(app, "student")
    uid = uuid.uuid4()
    student.post("/cases/new", typed(uid, action="submit"))
    preceptor.post(f"/review/{uid}", {"version": "1", "decision": "return", "comment": "the clamp?"})
    student.post(f"/cases/{uid}/edit", typed(uid, version="2", action="submit"))
    before = stored(app)
    for version in ("1", "2", "", None):
        sent = (
            {"version": version, "decision": "verify", "role": "primary"}
            if version is not None
            else {"decision": "verify", "role": "primary"}
        )
        page = preceptor.post(f"/review/{uid}", sent | {"comment": "Well run."}, status=409)
        assert "This case was changed since you opened it." in page.text
        assert (page.value("version"), page.value("comment")) == ("3", "Well run.")
    assert stored(app) == before
    preceptor.post(f"/review/{uid}", {"version": "3", "decision": "verify", "role": "primary"})
    before = stored(app)
    for decision in ("verify", "return"):
        sent = {"version": "4", "decision": decision, "comment": "again", "role": "primary"}
        assert "already verified" in preceptor.post(f"/review/{uid}", sent, status=409).text
    assert "there is nothing to decide" in preceptor.get(f"/review/{uid}").text
    assert stored(app) == before


def test_nobody_but_the_preceptor_it_names_decides_a_case(app: Flask) -> None:
    (uid,) = put(app, status="submitted")
    before = stored(app)
    sent = {"version": "1", "decision": "verify", "role": "primary", "comment": "not mine"}
    for who, status in (
        ("other_preceptor", 404), ("director", 404), ("outsider_preceptor", 404), ("outsider_director", 404),
        ("student", 403), ("outsider_student", 403),
    ):  # fmt: skip
        somebody = signed_in(app, who)
        somebody.get(f"/review/{uid}", status=status)
        somebody.post(f"/review/{uid}", sent, status=status)
        if status == 404:
            assert waiting(somebody.get("/review")) == []
        else:
            somebody.get("/review", status=403)
    assert stored(app) == before


def test_a_draft_and_a_case_that_is_not_there_are_not_there(app: Flask) -> None:
    preceptor = signed_in(app, "preceptor")
    (draft,) = put(app, status="draft")
    for uid in (draft, uuid.uuid4()):
        preceptor.get(f"/review/{uid}", status=404)
        preceptor.post(f"/review/{uid}", {"version": "1", "decision": "verify", "role": "primary"}, status=404)


def test_a_director_whom_a_case_names_reviews_it(app: Flask, cast: Cast) -> None:
    (uid,) = put(app, preceptor=cast.director, status="submitted")
    director = signed_in(app, "director")
    assert waiting(director.get("/review")) == [str(uid)]
    assert director.get(f"/cases/{uid}").links()["Verify or return"] == f"/review/{uid}"
    director.post(f"/review/{uid}", {"version": "1", "decision": "verify", "role": "primary"})
    assert row_of(app, uid).status == "verified"


def test_the_queue_is_oldest_first_in_pages_and_only_of_what_waits(app: Flask) -> None:
    days = [{"case_date": date(2026, 6, 30) - timedelta(days=n)} for n in range(30)]
    uids = [str(uid) for uid in reversed(put(app, *days, status="submitted"))]
    put(app, *({"status": status} for status in set(Status) - {Status.SUBMITTED}))
    preceptor = signed_in(app, "preceptor")
    first = preceptor.get("/review")
    assert waiting(first) == uids[:25]
    assert "Page 1 of 2 · 30 cases" in pages.text(first.find("nav", aria_label="Pages"))
    assert waiting(preceptor.get(first.links()["Next page"])) == uids[25:]
