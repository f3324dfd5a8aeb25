"""A student asks for confirmation; a director sees mail and links, ends a link, and sets when mail is sent."""

import pytest
from flask import Flask

from caselog.domain.settings import RANGES, Settings
from caselog.extensions import db
from caselog.services.settings import settings_of
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.log import put, signed_in
from tests.support.mail import link_rows, make_link, outbox, put_mail

GOOD = {
    "confirm_over": "20", "confirm_after_days": "14", "digest_pause_days": "3", "link_days": "7",
    "late_entry_hours": "48", "free_text": "yes",
}  # fmt: skip


def test_a_student_sees_who_has_what_and_asks_once(app: Flask) -> None:
    put(app, {}, {}, status="submitted")
    client = signed_in(app, "student")
    page = client.get("/cases")
    assert "Waiting for confirmation: 2" in page.text
    assert "Pat Preceptor: 2 entries" in page.text
    (form,) = page.all("form", action=f"/cases/ask/{Cast.preceptor.id}")
    page = client.post(form.get("action", ""), follow=True)
    assert "Pat Preceptor will get a mail with a link" in page.text
    assert "A mail to Pat Preceptor is on its way." in page.text
    assert page.all("form", action=f"/cases/ask/{Cast.preceptor.id}") == []
    assert "on its way" in client.post(f"/cases/ask/{Cast.preceptor.id}", follow=True).text
    with app.app_context():
        assert len(outbox()) == 1


def test_nothing_waits_and_nothing_is_said(app: Flask) -> None:
    put(app, status="verified")
    assert "Waiting for confirmation" not in signed_in(app, "student").get("/cases").text


@pytest.mark.parametrize("who", ["preceptor", "director"])
def test_only_students_ask(app: Flask, who: str) -> None:
    put(app, status="submitted")
    signed_in(app, who).post(f"/cases/ask/{Cast.preceptor.id}", status=403)


def test_a_student_asks_nobody_with_whom_nothing_waits(app: Flask) -> None:
    put(app, status="submitted")
    signed_in(app, "student").post(f"/cases/ask/{Cast.other_preceptor.id}", status=404)


def test_a_director_sees_what_became_of_each_mail_in_words_and_never_a_token(app: Flask) -> None:
    put(app, status="submitted")
    with app.app_context():
        put_mail(outcome="sent")
        put_mail(outcome="failed", attempts=2)
        put_mail(cause="student")
        put_mail(attempts=3)
        token = make_link()
    page = signed_in(app, "director").get("/program/mail")
    for words in (
        "Pat Preceptor", "1 entry", "Sent 21 Nov 2026", "Given up", "Ann Student asked", "Waits to be sent",
        "Tried 3 times, again 21 Nov 2026", "The mail server refused the address for now (450).",
    ):  # fmt: skip
        assert words in page.text
    assert token not in page.html


def test_a_director_ends_a_link(app: Flask, client: Client) -> None:
    put(app, status="submitted")
    with app.app_context():
        token = make_link()
        (row,) = link_rows()
    director = signed_in(app, "director")
    page = director.post(f"/program/links/{row.id}/revoke", follow=True)
    assert "nobody can use it any more" in page.text
    client.get(f"/confirm/{token}", status=404)
    assert "ended already" in director.post(f"/program/links/{row.id}/revoke", follow=True).text
    signed_in(app, "outsider_director").post(f"/program/links/{row.id}/revoke", status=404)


def test_a_director_learns_that_somebody_deactivated_gets_no_mail(app: Flask) -> None:
    put(app, status="submitted")
    director = signed_in(app, "director")
    form = director.get(f"/program/people/{Cast.preceptor.id}")
    sent = {
        "name": Cast.preceptor.name,
        "email": Cast.preceptor.email,
        "position": "preceptor",
        "sites": ["harbor"],
    }
    assert form.status == 200
    director.post(f"/program/people/{Cast.preceptor.id}", sent)
    assert "None: deactivated" in director.get("/program/mail").text


def test_settings_are_changed_and_hold(app: Flask) -> None:
    director = signed_in(app, "director")
    assert director.get("/program/settings").value("confirm_over") == "25"
    page = director.post("/program/settings", {**GOOD, "free_text": ""}, follow=True)
    assert "Saved." in page.text
    with app.app_context():
        assert settings_of(db.session(), Cast.program.id) == Settings(
            confirm_over=20, confirm_after_days=14, digest_pause_days=3, link_days=7, late_entry_hours=48,
            free_text=False,
        )  # fmt: skip
        assert settings_of(db.session(), Cast.outsider_program.id) == Settings()
        db.session.rollback()


@pytest.mark.parametrize("name", RANGES)
def test_a_setting_outside_of_its_range_is_refused_at_its_field(app: Flask, name: str) -> None:
    least, most = RANGES[name]
    director = signed_in(app, "director")
    for wrong in (str(least - 1), str(most + 1), "", "many"):
        page = director.post("/program/settings", {**GOOD, name: wrong}, status=400)
        assert page.find("div", id=f"{name}-error") is not None
        assert page.value(name) == wrong
    with app.app_context():
        assert settings_of(db.session(), Cast.program.id) == Settings()
        db.session.rollback()


@pytest.mark.parametrize("who", ["student", "preceptor"])
def test_only_directors_see_and_set(app: Flask, who: str) -> None:
    client = signed_in(app, who)
    for path in ("/program/mail", "/program/settings"):
        client.get(path, status=403)
    client.post("/program/settings", GOOD, status=403)
