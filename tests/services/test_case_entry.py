"""Entering cases: once only, whole when submitted, and only while they are the student's to change."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.case import NEEDED_TO_SUBMIT, Case
from caselog.domain.codes import CodeList, Position, Status
from caselog.extensions import db
from caselog.services import case_log, entry, program, review
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.case_entry import change_case, log_case, open_case, submit_case
from caselog.services.entry import FaultsError, Logged
from caselog.services.review import Decision
from caselog.store.audit import AuditEntry
from caselog.store.cases import LoggedCase
from caselog.store.session import end_request, start_request, transaction
from tests.support.cast import Cast
from tests.support.log import a_case, put_case, put_rotation

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def stored(actor: Actor, case_uid: str | uuid.UUID) -> Case:
    return case_log.case_view(actor, uuid.UUID(str(case_uid))).listed.case


def version(case_uid: str | uuid.UUID) -> int:
    return db.session.scalars(
        sa.select(LoggedCase.version).where(LoggedCase.case_uid == uuid.UUID(str(case_uid)))
    ).one()


def trail(subject: str) -> list[str]:
    found = db.session.scalars(sa.select(AuditEntry.action).where(AuditEntry.subject == subject))
    return sorted(found)


def faults_of(act: Callable[..., object], *arguments: Any, **named: Any) -> dict[str, str]:
    """The message at each field that an act is refused with."""
    with pytest.raises(FaultsError) as caught:
        act(*arguments, **named)
    return {fault.field: fault.message for fault in caught.value.faults}


def test_a_submitted_case_is_stored_exactly_as_given(app_context: Flask, cast: Cast) -> None:
    case = a_case()
    assert log_case(cast.student.actor, case, submit=True) == Logged(Status.SUBMITTED, fresh=True)
    assert stored(cast.student.actor, case.case_uid) == case
    assert trail(case.case_uid) == ["case.submit"]


def test_a_draft_may_lack_everything(app_context: Flask, cast: Cast) -> None:
    case = Case(case_uid=str(uuid.uuid4()))
    assert log_case(cast.student.actor, case, submit=False) == Logged(Status.DRAFT, fresh=True)
    assert stored(cast.student.actor, case.case_uid) == case
    assert trail(case.case_uid) == ["case.draft"]


def test_each_field_that_a_submission_needs_is_asked_for(app_context: Flask, cast: Cast) -> None:
    found = faults_of(log_case, cast.student.actor, Case(case_uid=str(uuid.uuid4())), submit=True)
    assert set(found) == set(NEEDED_TO_SUBMIT)
    assert found["age_group"] == "Age group is needed before the case can be submitted."
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LoggedCase)) == 0


def test_what_is_impossible_is_refused_in_a_draft_too(app_context: Flask, cast: Cast) -> None:
    found = faults_of(log_case, cast.student.actor, a_case(cpb_minutes=60), submit=False)
    assert found == {
        "cross_clamp_minutes": "Cross-clamp time (88 min) cannot be longer than the CPB time (60 min)."
    }


def test_a_second_arrival_of_a_case_changes_nothing_whatever_it_says(app_context: Flask, cast: Cast) -> None:
    first = a_case()
    log_case(cast.student.actor, first, submit=True)
    for second in (first, a_case(uuid.UUID(first.case_uid), note="another", case_date=None)):
        for submit in (True, False):
            again = log_case(cast.student.actor, second, submit=submit)
            assert again == Logged(Status.SUBMITTED, fresh=False)
    assert stored(cast.student.actor, first.case_uid) == first
    assert version(first.case_uid) == 1
    assert trail(first.case_uid) == ["case.submit"]


def test_a_second_arrival_after_verification_leaves_it_verified(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        uid = put_case(session, status="verified")
    assert log_case(cast.student.actor, a_case(uid), submit=True) == Logged(Status.VERIFIED, fresh=False)
    assert stored(cast.student.actor, uid).cpb_minutes is None


def test_the_identifier_of_anothers_case_is_not_taken_over(app_context: Flask, cast: Cast) -> None:
    case = a_case()
    log_case(cast.student.actor, case, submit=True)
    with pytest.raises(NotFoundError):
        log_case(cast.other_student.actor, case, submit=True)


def test_two_programs_may_hold_the_same_identifier(app_context: Flask, cast: Cast) -> None:
    uid = uuid.uuid4()
    log_case(cast.student.actor, a_case(uid), submit=True)
    log_case(cast.outsider_student.actor, Case(case_uid=str(uid), note="of the south"), submit=False)
    assert stored(cast.student.actor, uid) == a_case(uid)
    assert stored(cast.outsider_student.actor, uid).note == "of the south"


def test_what_belongs_to_another_program_or_student_is_not_known(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        put_rotation(session, cast.outsider_student, cast.outsider_site, "south-1")
        put_rotation(session, cast.other_student, cast.site, "ben-1")
        put_rotation(session, cast.student, cast.site, "ann-1")
    for field, value in (
        ("site", cast.outsider_site.code),
        ("preceptor", cast.outsider_preceptor.email),
        ("rotation", "south-1"),
        ("rotation", "ben-1"),
    ):
        for submit in (True, False):
            found = faults_of(log_case, cast.student.actor, a_case(**{field: value}), submit=submit)
            assert found[field].startswith(f"“{value}” is not a code for {field}; use one of: ")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LoggedCase)) == 0


def test_a_case_may_name_a_rotation_of_the_students_own(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        put_rotation(session, cast.student, cast.site, "fall")
    case = a_case(rotation="fall")
    log_case(cast.student.actor, case, submit=True)
    assert stored(cast.student.actor, case.case_uid) == case


def test_a_preceptor_is_named_on_cases_of_their_own_sites(app_context: Flask, cast: Cast) -> None:
    case = a_case(site=cast.other_site.code)
    assert faults_of(log_case, cast.student.actor, case, submit=True) == {
        "preceptor": "Pat Preceptor is not a preceptor at Hill Test Hospital; choose one who is."
    }


def test_the_date_is_the_programs_own_and_not_the_servers(app_context: Flask, cast: Cast, clock: Any) -> None:
    clock.advance(hours=13)  # 04:00 UTC on the 22nd: still the 21st in New York
    log_case(cast.student.actor, a_case(case_date=clock.today("America/New_York")), submit=True)
    found = faults_of(log_case, cast.student.actor, a_case(case_date=clock.today("UTC")), submit=True)
    assert found == {"case_date": "2026-11-22 is in the future; today is 2026-11-21."}


def test_a_draft_is_changed_then_submitted_and_is_then_closed(app_context: Flask, cast: Cast) -> None:
    actor, uid = cast.student.actor, uuid.uuid4()
    log_case(actor, Case(case_uid=str(uid), activity="ecmo"), submit=False)
    assert change_case(actor, a_case(uid, urgency=None), version=1, submit=False) == Status.DRAFT
    assert stored(actor, uid) == a_case(uid, urgency=None, status="draft")
    assert set(faults_of(submit_case, actor, uid)) == {"urgency"}
    assert change_case(actor, a_case(uid), version=2, submit=True) == Status.SUBMITTED
    assert stored(actor, uid) == a_case(uid)
    assert trail(str(uid)) == ["case.change", "case.draft", "case.submit"]
    for act in (open_case, submit_case):
        with pytest.raises(RefusedError, match="This case is submitted and cannot be changed"):
            act(actor, uid)
    with pytest.raises(RefusedError, match="submitted"):
        change_case(actor, a_case(uid), version=version(uid), submit=True)


def test_a_whole_draft_is_submitted_as_it_stands(app_context: Flask, cast: Cast) -> None:
    case = a_case()
    log_case(cast.student.actor, case, submit=False)
    submit_case(cast.student.actor, uuid.UUID(case.case_uid))
    assert stored(cast.student.actor, case.case_uid) == case


def test_a_returned_case_is_saved_as_returned_and_submitted_again(app_context: Flask, cast: Cast) -> None:
    actor = cast.student.actor
    with transaction() as session:
        uid = put_case(session, status="returned")
    assert change_case(actor, a_case(uid), version=1, submit=False) == Status.RETURNED
    assert set(faults_of(change_case, actor, a_case(uid, site=None), version=2, submit=False)) == {"site"}
    assert change_case(actor, a_case(uid), version=version(uid), submit=True) == Status.SUBMITTED


def test_a_case_that_is_closed_is_not_the_students_to_change(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        placed = {status: put_case(session, status=status) for status in ("submitted", "verified", "void")}
    for status, uid in placed.items():
        for act in (open_case, submit_case):
            with pytest.raises(RefusedError, match=f"This case is {status} and cannot be changed"):
                act(cast.student.actor, uid)
        with pytest.raises(RefusedError, match=status):
            change_case(cast.student.actor, a_case(uid), version=1, submit=False)
        assert stored(cast.student.actor, uid).status == status
        assert version(uid) == 1


def test_a_change_made_from_an_older_view_is_refused(app_context: Flask, cast: Cast) -> None:
    actor, uid = cast.student.actor, uuid.uuid4()
    log_case(actor, a_case(uid), submit=False)
    change_case(actor, a_case(uid, note="from one window"), version=1, submit=False)
    for known in (0, 1, 3):
        with pytest.raises(RefusedError, match="changed in another window"):
            change_case(actor, a_case(uid, note="from the other"), version=known, submit=False)
    assert stored(actor, uid).note == "from one window"


def test_nobody_else_opens_changes_or_submits_a_students_draft(app_context: Flask, cast: Cast) -> None:
    case = a_case(status="draft")
    log_case(cast.student.actor, case, submit=False)
    uid = uuid.UUID(case.case_uid)
    for who in ("other_student", "preceptor", "director", "outsider_student", "outsider_director"):
        actor = cast.member(who).actor
        for act in (open_case, submit_case):
            with pytest.raises(NotFoundError):
                act(actor, uid)
        with pytest.raises(NotFoundError):
            change_case(actor, a_case(uid, note="not mine"), version=1, submit=False)
    assert stored(cast.student.actor, uid) == case


def test_there_is_no_case_to_change_where_there_is_none(app_context: Flask, cast: Cast) -> None:
    for act in (open_case, submit_case):
        with pytest.raises(NotFoundError):
            act(cast.student.actor, uuid.uuid4())


def test_a_retired_code_stays_on_the_case_that_has_it(app_context: Flask, cast: Cast) -> None:
    case = a_case()
    log_case(cast.student.actor, case, submit=False)
    program.retire_code(cast.director.actor, CodeList.PROCEDURES, "aortic_valve", retired=True)
    submit_case(cast.student.actor, uuid.UUID(case.case_uid))
    assert "aortic_valve" in stored(cast.student.actor, case.case_uid).procedures


def meanwhile(app: Flask, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Have somebody else do `act` once, wholly, between what the next entry of a case reads and what it writes."""
    did: list[object] = []

    def elsewhere() -> None:
        with app.app_context():
            try:
                did.append(act())
            except Exception as error:  # shown by the assertion below
                did.append(error)

    checked = entry.checked

    def check(*arguments: Any) -> Any:
        if not did:
            did.append("began")
            other = threading.Thread(target=elsewhere)
            other.start()
            other.join(20)
        return checked(*arguments)

    monkeypatch.setattr(entry, "checked", check)


@on_postgresql
def test_of_two_first_arrivals_at_once_one_is_kept_and_neither_fails(
    app_context: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = a_case(note="the one that came through")
    actor = cast.student.actor
    meanwhile(app_context, monkeypatch, lambda: log_case(actor, case, submit=True))
    late = log_case(actor, a_case(uuid.UUID(case.case_uid), note="the late one"), submit=False)
    assert late == Logged(Status.SUBMITTED, fresh=False)
    assert stored(actor, case.case_uid) == case
    assert trail(case.case_uid) == ["case.submit"]


@on_postgresql
def test_an_identifier_that_another_takes_at_the_same_moment_is_not_found(
    app_context: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = a_case()
    meanwhile(app_context, monkeypatch, lambda: log_case(cast.other_student.actor, case, submit=True))
    with pytest.raises(NotFoundError):
        log_case(cast.student.actor, case, submit=True)


@on_postgresql
def test_a_case_that_was_read_before_somebody_decided_it_is_refused_and_not_a_fault(
    app: Flask, cast: Cast
) -> None:
    with app.app_context(), transaction() as session:
        submitted, returned = put_case(session, status="submitted"), put_case(session, status="returned")

    def elsewhere() -> None:
        with app.app_context():
            review.decide(cast.preceptor.actor, Decision(submitted, True, "", 1, "primary"))
            submit_case(cast.student.actor, returned)

    with app.app_context():
        start_request(writes=True)  # as a POST does: what it has read it keeps
        case_log.case_view(cast.preceptor.actor, submitted)
        open_case(cast.student.actor, returned)
        other = threading.Thread(target=elsewhere)
        other.start()
        other.join(20)
        with pytest.raises(RefusedError, match="already verified"):
            review.decide(
                cast.preceptor.actor, Decision(submitted, verified=False, comment="the clamp?", version=1)
            )
        with pytest.raises(RefusedError, match="submitted"):
            change_case(cast.student.actor, a_case(returned), version=1, submit=False)
        end_request()


def test_only_a_student_has_a_log_of_their_own(app_context: Flask, cast: Cast) -> None:
    assert cast.preceptor.position is not Position.STUDENT
    with pytest.raises(RefusedError, match="Only the student may do this"):
        log_case(cast.preceptor.actor, a_case(), submit=True)
