"""Entering learning activities: once only, whole when submitted, and only while they are the student's to change."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.activity import NEEDED_TO_SUBMIT, LearningActivity
from caselog.domain.codes import Status
from caselog.extensions import db
from caselog.services.activity_entry import (
    change_activity,
    log_activity,
    open_activity,
    references_of,
    submit_activity,
)
from caselog.services.activity_log import activity_view
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.entry import FaultsError, Logged
from caselog.services.review import Decision, decide_activity
from caselog.store.audit import AuditEntry
from caselog.store.session import transaction
from tests.support.activities import an_activity, put_activity
from tests.support.cast import Cast
from tests.support.log import put_case

pytestmark = pytest.mark.usefixtures("app_context")


def stored(actor: Actor, uid: str | uuid.UUID) -> LearningActivity:
    return activity_view(actor, uuid.UUID(str(uid))).listed.activity


def trail(subject: str) -> list[str]:
    return sorted(db.session.scalars(sa.select(AuditEntry.action).where(AuditEntry.subject == subject)))


def faults_of(act: Callable[..., object], *arguments: Any, **named: Any) -> dict[str, str]:
    """The message at each field that an act is refused with."""
    with pytest.raises(FaultsError) as caught:
        act(*arguments, **named)
    return {fault.field: fault.message for fault in caught.value.faults}


def test_a_submitted_activity_is_stored_exactly_as_given(cast: Cast) -> None:
    activity = an_activity()
    assert log_activity(cast.student.actor, activity, submit=True) == Logged(Status.SUBMITTED, fresh=True)
    assert stored(cast.student.actor, activity.uid) == activity
    assert trail(activity.uid) == ["activity.submit"]


def test_a_draft_may_lack_everything_and_cannot_be_submitted_so(cast: Cast) -> None:
    empty = LearningActivity(activity_uid=str(uuid.uuid4()))
    assert log_activity(cast.student.actor, empty, submit=False) == Logged(Status.DRAFT, fresh=True)
    assert stored(cast.student.actor, empty.uid) == empty
    assert set(faults_of(submit_activity, cast.student.actor, uuid.UUID(empty.uid))) == set(NEEDED_TO_SUBMIT)
    assert set(faults_of(change_activity, cast.student.actor, empty, version=1, submit=True)) == set(
        NEEDED_TO_SUBMIT
    )
    assert stored(cast.student.actor, empty.uid).status == "draft"


def test_the_same_activity_twice_is_one_and_another_students_is_not_there(cast: Cast) -> None:
    activity = an_activity()
    log_activity(cast.student.actor, activity, submit=True)
    again = log_activity(cast.student.actor, replace(activity, title="other"), submit=False)
    assert again == Logged(Status.SUBMITTED, fresh=False)
    with pytest.raises(NotFoundError):
        log_activity(cast.other_student.actor, activity, submit=True)
    assert stored(cast.student.actor, activity.uid) == activity
    other = replace(activity, supervisor=cast.outsider_preceptor.email)
    assert log_activity(cast.outsider_student.actor, other, submit=True).fresh


def test_a_case_and_an_activity_may_have_the_same_identifier(cast: Cast) -> None:
    with transaction() as session:
        uid = put_case(session)
    assert log_activity(cast.student.actor, an_activity(uid), submit=True).fresh


def test_a_returned_activity_is_mended_and_submitted_again(cast: Cast) -> None:
    activity = an_activity()
    uid = uuid.UUID(activity.uid)
    log_activity(cast.student.actor, activity, submit=True)
    decide_activity(cast.preceptor.actor, Decision(uid, verified=False, comment="hours?", version=1))
    mended = replace(activity, hours=4.0)
    assert change_activity(cast.student.actor, mended, version=2, submit=False) == "returned"
    submit_activity(cast.student.actor, uid)
    assert stored(cast.student.actor, uid) == mended
    assert trail(activity.uid) == ["activity.change", "activity.return", "activity.submit", "activity.submit"]


def test_what_is_no_longer_open_or_was_changed_elsewhere_is_refused(cast: Cast) -> None:
    actor = cast.student.actor
    with transaction() as session:
        placed = {status: put_activity(session, status=status) for status in ("submitted", "verified", "void")}
        draft = put_activity(session, status="draft")
    for status, uid in placed.items():
        acts: list[Callable[[], object]] = [
            partial(open_activity, actor, uid),
            partial(submit_activity, actor, uid),
            partial(change_activity, actor, an_activity(uid), version=1, submit=False),
        ]
        for act in acts:
            with pytest.raises(
                RefusedError, match=f"This activity is {status} and cannot be changed; only drafts and"
            ):
                act()
    with pytest.raises(RefusedError, match="This activity was changed in another window"):
        change_activity(actor, an_activity(draft), version=2, submit=False)


def test_only_its_student_changes_an_activity(cast: Cast) -> None:
    with transaction() as session:
        uid = put_activity(session, status="draft")
    for who in ("other_student", "outsider_student", "director", "preceptor"):
        actor = cast.member(who).actor
        with pytest.raises(NotFoundError):
            open_activity(actor, uid)
        with pytest.raises(NotFoundError):
            submit_activity(actor, uid)
        with pytest.raises(NotFoundError):
            change_activity(actor, an_activity(uid), version=1, submit=False)


def test_a_supervisor_is_a_preceptor_or_director_of_the_program(cast: Cast) -> None:
    names = [each.name for each in references_of(cast.student.actor).supervisors.values()]
    assert names == ["Dana Director", "Pat Preceptor", "Quinn Preceptor"]
    for email in (cast.other_student.email, cast.outsider_director.email, "nobody@north.example"):
        found = faults_of(log_activity, cast.student.actor, an_activity(supervisor=email), submit=False)
        assert found["supervisor"].startswith(
            f"“{email}” is not a code for supervisor; use one of: dana.director@"
        )


def test_today_is_the_programs_own_day(cast: Cast) -> None:
    assert log_activity(cast.student.actor, an_activity(date=date(2026, 11, 21)), submit=True).fresh
    found = faults_of(log_activity, cast.student.actor, an_activity(date=date(2026, 11, 22)), submit=False)
    assert found == {"date": "2026-11-22 is in the future; today is 2026-11-21."}


def test_whoever_may_not_see_an_activity_finds_none(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        submitted, draft = put_activity(session, status="submitted"), put_activity(session, status="draft")
    seen = {
        "student": 2,
        "director": 2,
        "preceptor": 1,
        "other_preceptor": 0,
        "other_student": 0,
        "outsider_director": 0,
    }
    for who, many in seen.items():
        found = 0
        for uid in (submitted, draft):
            try:
                activity_view(cast.member(who).actor, uid)
            except NotFoundError:
                continue
            found += 1
        assert found == many, who
