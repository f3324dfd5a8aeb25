"""What comes twice under one Idempotency-Key is done once."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.extensions import db
from caselog.store import api_tokens as store
from caselog.store.accounts import digest
from caselog.store.api_tokens import ApiAnswer
from caselog.store.audit import AuditEntry
from caselog.store.cases import LoggedCase
from tests.support.api import CASE, Api
from tests.support.cast import Cast
from tests.support.clock import TestClock
from tests.web.test_pages import on_both

KEY = {"Idempotency-Key": "a key of mine"}


def number_of_cases(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(LoggedCase)) or 0


@on_both
def test_the_same_request_gets_the_same_answer_and_logs_one_case(app: Flask) -> None:
    api = Api(app)
    first = api.ask("POST", "/cases", {**CASE, "note": "Zebrafinch."}, status=201, headers=KEY)
    again = api.ask("POST", "/cases", {**CASE, "note": "Zebrafinch."}, status=201, headers=KEY)
    assert again.data == first.data
    assert all(again.headers[name] == first.headers[name] for name in ("ETag", "Location"))
    assert number_of_cases(app) == 1
    with app.app_context():
        kept = db.session.scalars(sa.select(ApiAnswer)).one()
    assert "mine" not in kept.key_hash
    assert "Zebrafinch" not in kept.answer


def test_another_request_under_the_same_key_is_refused_and_other_peoples_keys_are_their_own(app: Flask) -> None:
    api = Api(app)
    api.ask("POST", "/cases", CASE, status=201, headers=KEY)
    api.ask("POST", "/cases", {**CASE, "redo": True}, status=422, headers=KEY)
    api.ask("POST", "/activities", {}, status=422, headers=KEY)
    Api(app, "other_student").ask("POST", "/cases", CASE, status=201, headers=KEY)
    api.ask("POST", "/cases", CASE, status=400, headers={"Idempotency-Key": "x" * 201})


def test_what_was_refused_may_be_mended_under_its_key(app: Flask) -> None:
    api = Api(app)
    api.ask("POST", "/cases", {**CASE, "site": "nowhere"}, status=422, headers=KEY)
    api.ask("POST", "/cases", CASE, status=201, headers=KEY)


def test_an_answer_is_forgotten_after_a_day(app: Flask, clock: TestClock) -> None:
    api = Api(app)
    api.ask("POST", "/cases", CASE, status=201, headers=KEY)
    clock.advance(days=1)
    api.ask("POST", "/cases", CASE, status=201, headers=KEY)
    assert number_of_cases(app) == 2
    assert timedelta(days=1) == store.ANSWER_LIFE


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_request_whose_twin_is_being_carried_out_is_told_so(app: Flask) -> None:
    api = Api(app)
    held = digest(f"{Cast.student.id} {KEY['Idempotency-Key']}")
    with app.app_context(), db.engine.connect() as other:
        number = int.from_bytes(bytes.fromhex(held)[:8], signed=True)
        other.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))
        answer = api.ask("POST", "/cases", CASE, status=409, headers=KEY)
        assert "being carried out" in answer.get_json()["detail"]
        other.rollback()
    api.ask("POST", "/cases", CASE, status=201, headers=KEY)


def test_a_look_at_anothers_case_stays_noted_although_the_act_is_refused(app: Flask) -> None:
    path, _ = Api(app).logged(status="submitted")
    sent = {"redo": True, "reason": "Typed wrong.", "site": "nowhere"}
    Api(app, "director").ask("POST", f"{path}/amend", sent, status=422, headers=KEY | {"If-Match": "*"})
    with app.app_context():
        looks = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "case.look")).all()
    assert len(looks) == 1


def test_an_export_is_made_once_and_its_file_is_not_kept(app: Flask) -> None:
    api = Api(app)
    api.logged(case_uid=str(uuid.uuid4()))
    api.ask("POST", "/exports", {"reason": "For my application."}, headers=KEY)
    again = api.ask("POST", "/exports", {"reason": "For my application."}, headers=KEY, status=409)
    assert "done already" in again.get_json()["detail"]
