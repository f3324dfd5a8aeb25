"""A token acts as its person, as far as its scopes allow and as long as it is good; nothing else opens the API."""

import logging
import re
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.api import door
from caselog.domain.scopes import Scope
from caselog.extensions import db
from caselog.services import accounts, api_tokens, people
from caselog.services.accounts import PasswordChange
from caselog.services.actor import RefusedError
from caselog.services.api_tokens import DAYS_MOST, TOKENS_MOST, TokenWish
from caselog.store.api_tokens import ApiToken
from caselog.store.audit import AuditEntry
from tests.support.api import Api, make_token
from tests.support.cast import Cast
from tests.support.clock import TestClock
from tests.support.log import signed_in
from tests.web.test_pages import on_both


def test_a_token_is_made_on_its_page_and_shown_once(app: Flask) -> None:
    client = signed_in(app, "student")
    form = {"name": "my spreadsheet", "scopes": ["log:read"], "days": "30"}
    page = client.post("/account/tokens", form, status=200)
    (token,) = re.findall(r"caselog_[\w-]{43}\b", page.html)
    listed = client.get("/account/tokens")
    assert token not in listed.html
    assert "my spreadsheet" in listed.text
    with app.app_context():
        row = db.session.scalars(sa.select(ApiToken)).one()
        assert token not in {str(value) for value in vars(row).values()}
        assert (row.expires_at - row.created_at).days == 30
    asked = app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert asked.get_json() == {
        "person_id": str(Cast.student.id), "name": Cast.student.name, "position": "student",
        "timezone": Cast.program.timezone, "scopes": ["log:read"],
    }  # fmt: skip
    assert "last" in client.get("/account/tokens").text
    client.post(f"/account/tokens/{row.id}/end")
    assert app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    with app.app_context():
        acts = db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.seq)).all()
    assert [act for act in acts if act.startswith("token.")] == ["token.make", "token.revoke"]


def test_only_a_good_token_in_its_header_opens_the_api(app: Flask) -> None:
    api = Api(app)
    for header in ("", "Bearer", "Bearer caselog_", f"Bearer {api.token}x", f"Basic {api.token}", "Bearer \xe9"):
        refused = api.ask("GET", "/me", headers={"Authorization": header}, status=401)
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    browser = signed_in(app, "student").http
    assert browser.get("/api/v1/me").status_code == 401
    assert browser.post("/api/v1/cases", json={}).status_code == 401
    api.ask("GET", "/me", headers={"Authorization": f"bearer {api.token}"})


def test_a_token_reaches_no_further_than_its_scopes_nor_than_its_person(app: Flask) -> None:
    reader = Api(app, scopes={Scope.READ_LOG})
    reader.get("/cases")
    refused = reader.ask("POST", "/cases", {}, status=403)
    assert "log:write" in refused.get_json()["detail"]
    reader.ask("POST", "/exports", {"reason": "mine"}, status=403)
    Api(app, scopes={Scope.WRITE_LOG}).ask("GET", "/cases", status=403)
    director = Api(app, "director", {Scope.READ_LOG})
    director.ask("GET", "/students", status=403)
    director.ask("GET", "/progress", status=403)
    with app.app_context():
        with pytest.raises(RefusedError, match="position"):
            api_tokens.make_token(Cast.student.actor, TokenWish("x", frozenset({Scope.READ_STUDENTS})))
        with pytest.raises(RefusedError, match="at least one"):
            api_tokens.make_token(Cast.student.actor, TokenWish("x", frozenset()))
        wish = TokenWish("x", frozenset({Scope.READ_LOG}), DAYS_MOST + 1)
        with pytest.raises(RefusedError, match="365"):
            api_tokens.make_token(Cast.student.actor, wish)


def test_a_token_ends_with_its_time_and_stays_on_the_page_for_a_while(app: Flask, clock: TestClock) -> None:
    api = Api(app)
    clock.advance(days=89)
    api.get("/me")
    clock.advance(days=1)
    api.ask("GET", "/me", status=401)
    assert "ran out" in signed_in(app, "student").get("/account/tokens").text
    clock.advance(days=91)
    make_token(app)
    with app.app_context():
        assert len(api_tokens.tokens(Cast.student.actor)) == 1


@on_both
def test_all_tokens_end_with_the_password_and_with_the_place_in_the_program(app: Flask, cast: Cast) -> None:
    student, preceptor, director = Api(app), Api(app, "preceptor"), Api(app, "director")
    with app.app_context():
        change = PasswordChange(cast.password, "seven quiet pumps at dawn", None)
        accounts.change_password(cast.student.actor, change)
    student.ask("GET", "/me", status=401)
    with app.app_context():
        details = people.person_details(cast.director.actor, cast.preceptor.id)
        away = people.PersonDetails(
            name=details.name, email=details.email, position=details.position, sites=details.sites, active=False
        )
        people.change_person(cast.director.actor, cast.preceptor.id, away)
    preceptor.ask("GET", "/me", status=401)
    director.get("/me")


def test_nobody_ends_anothers_token_nor_has_more_than_fit(app: Flask) -> None:
    make_token(app)
    with app.app_context():
        (token,) = api_tokens.tokens(Cast.student.actor)
    other = signed_in(app, "other_student")
    other.post(f"/account/tokens/{token.id}/end", status=404)
    other.post(f"/account/tokens/{uuid.uuid4()}/end", status=404)
    for _ in range(TOKENS_MOST - 1):
        make_token(app)
    page = signed_in(app, "student").post(
        "/account/tokens", {"name": "one more", "scopes": ["log:read"], "days": "1"}, status=400
    )
    assert "end one that you do not use" in page.text


def test_a_token_that_asks_too_often_has_to_wait(
    app: Flask, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "API_REQUESTS_A_MINUTE", 2)
    api, other = Api(app), Api(app)
    for _ in range(2):
        api.get("/me")
    clock.advance(seconds=20)
    assert api.ask("GET", "/me", status=429).headers["Retry-After"] == "40"
    other.get("/me")
    clock.advance(seconds=40)
    api.get("/me")
    assert door.REQUESTS_A_MINUTE == 600


def test_that_a_token_was_used_is_written_at_most_once_a_minute(app: Flask, clock: TestClock) -> None:
    api = Api(app)
    used = []
    for seconds in (0, 59, 1):
        clock.advance(seconds=seconds)
        api.get("/me")
        with app.app_context():
            used.append(api_tokens.tokens(Cast.student.actor)[0].last_used_at)
    assert used[0] == used[1]
    assert None is not used[2] != used[1]


def test_no_log_holds_a_token(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Api(app)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)

    def breaks(_actor: object, _student: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("caselog.services.progress.student_progress", breaks)
    with caplog.at_level(logging.DEBUG):
        broken = api.ask("GET", "/progress", status=500)
        api.ask("GET", "/nothing/here", status=404)
    assert "Traceback" not in broken.text
    assert "ZeroDivisionError" in caplog.text
    assert api.token not in caplog.text
    assert "caselog_" not in caplog.text
