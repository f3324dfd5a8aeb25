"""The preceptor's part: what waits for them, and a decision that is made once, on what they saw."""

import uuid
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.codes import Status
from caselog.extensions import db
from caselog.services.actor import NotFoundError, RefusedError
from caselog.services.case_entry import change_case
from caselog.services.review import Decision, activity_queue, decide, decide_activity, queue
from caselog.store.activities import ActivityReview, LoggedActivity
from caselog.store.cases import CaseReview, LoggedCase
from caselog.store.session import transaction
from tests.support.activities import put_activity
from tests.support.cast import Cast
from tests.support.log import a_case, put_case
from tests.support.trail import acts


def status_of(uid: uuid.UUID) -> tuple[str, int]:
    status, version = db.session.execute(
        sa.select(LoggedCase.status, LoggedCase.version).where(LoggedCase.case_uid == uid)
    ).one()
    return status, version


def verify(uid: uuid.UUID, version: int = 1, comment: str = "", role: str | None = "primary") -> Decision:
    return Decision(uid, verified=True, comment=comment, version=version, role=role)


def give_back(uid: uuid.UUID, comment: str = "the clamp time?") -> Decision:
    return Decision(uid, verified=False, comment=comment, version=1)


def test_the_queue_holds_submitted_cases_that_name_the_actor_oldest_first(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        newer = put_case(session, status="submitted")
        older = put_case(session, cast.other_student, status="submitted", case_date=date(2026, 3, 1))
        put_case(session, preceptor=cast.other_preceptor, status="submitted")
        put_case(session, cast.outsider_student, cast.outsider_preceptor, status="submitted")
        for status in set(Status) - {Status.SUBMITTED}:
            put_case(session, status=status)
    page = queue(cast.preceptor.actor, 1)
    assert [listed.case.case_uid for listed in page.cases] == [str(older), str(newer)]
    assert [listed.student for listed in page.cases] == ["Ben Student", "Ann Student"]
    assert queue(cast.director.actor, 1).total == 0


@pytest.mark.parametrize(
    ("verified", "comment", "status"),
    [(True, "", "verified"), (True, "well run", "verified"), (False, "the clamp time?", "returned")],
)
def test_a_decision_is_kept_with_its_comment_who_and_which_version(
    app_context: Flask, cast: Cast, verified: bool, comment: str, status: str
) -> None:
    with transaction() as session:
        uid = put_case(session, status="submitted")
    assert decide(cast.preceptor.actor, Decision(uid, verified, comment, 1, "primary")) == status
    assert status_of(uid) == (status, 2)
    review = db.session.scalars(sa.select(CaseReview)).one()
    assert (review.decision, review.comment, review.reviewer_id, review.case_version) == (
        status, comment, cast.preceptor.id, 1,
    )  # fmt: skip
    (entry,) = acts()
    assert (entry.action, entry.subject, entry.actor_id) == (
        "case.verify" if verified else "case.return", str(uid), cast.preceptor.id,
    )  # fmt: skip


def test_a_case_does_not_go_back_without_a_word(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        uid = put_case(session, status="submitted")
    with pytest.raises(RefusedError, match="what the student should mend"):
        decide(cast.preceptor.actor, give_back(uid, comment=""))
    assert status_of(uid) == ("submitted", 1)


def test_a_decided_case_is_not_decided_again(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        placed = {status: put_case(session, status=status) for status in ("verified", "returned", "void")}
    for status, uid in placed.items():
        for decision in (verify(uid), give_back(uid)):
            with pytest.raises(RefusedError, match=f"already {status}; nothing was changed"):
                decide(cast.preceptor.actor, decision)
        assert status_of(uid) == (status, 1)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(CaseReview)) == 0


def test_a_case_that_changed_since_it_was_seen_is_looked_at_again(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        uid = put_case(session, status="returned")
    change_case(cast.student.actor, a_case(uid), version=1, submit=True)
    for version in (0, 1, 3):
        with pytest.raises(RefusedError, match="This case was changed since you opened it"):
            decide(cast.preceptor.actor, verify(uid, version=version))
    assert decide(cast.preceptor.actor, verify(uid, version=2)) == "verified"


def test_only_the_preceptor_whom_the_case_names_decides_it(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        uid = put_case(session, status="submitted")
    for who in ("other_preceptor", "director", "student", "outsider_preceptor", "outsider_director"):
        for decision in (verify(uid), give_back(uid)):
            with pytest.raises(NotFoundError):
                decide(cast.member(who).actor, decision)
    assert status_of(uid) == ("submitted", 1)


def test_a_draft_is_not_there_for_the_preceptor_whom_it_names(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        uid = put_case(session, status="draft")
    for missing in (uid, uuid.uuid4()):
        with pytest.raises(NotFoundError):
            decide(cast.preceptor.actor, verify(missing))


def test_a_director_whom_a_case_names_decides_it_as_a_preceptor_does(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        uid = put_case(session, preceptor=cast.director, status="submitted")
    assert queue(cast.director.actor, 1).total == 1
    assert decide(cast.director.actor, verify(uid)) == "verified"


def test_activities_wait_for_their_supervisor_oldest_first(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        newer = put_activity(session, status="submitted")
        older = put_activity(session, cast.other_student, status="submitted", date=date(2026, 3, 1))
        put_activity(session, supervisor=cast.other_preceptor, status="submitted")
        put_activity(session, cast.outsider_student, cast.outsider_preceptor, status="submitted")
        put_case(session, status="submitted")
        for status in set(Status) - {Status.SUBMITTED}:
            put_activity(session, status=status)
    page = activity_queue(cast.preceptor.actor, 1)
    assert [listed.activity.activity_uid for listed in page.activities] == [str(older), str(newer)]
    assert [listed.student for listed in page.activities] == ["Ben Student", "Ann Student"]
    assert queue(cast.preceptor.actor, 1).total == 1


@pytest.mark.parametrize(("verified", "status"), [(True, "verified"), (False, "returned")])
def test_a_decision_on_an_activity_is_kept_with_its_comment_who_and_which_version(
    app_context: Flask, cast: Cast, verified: bool, status: str
) -> None:
    with transaction() as session:
        uid = put_activity(session, status="submitted")
    assert decide_activity(cast.preceptor.actor, Decision(uid, verified, "seen", 1)) == status
    review = db.session.scalars(sa.select(ActivityReview)).one()
    assert (review.decision, review.comment, review.reviewer_id, review.activity_version) == (
        status, "seen", cast.preceptor.id, 1,
    )  # fmt: skip
    assert db.session.get_one(LoggedActivity, (cast.program.id, uid)).version == 2
    (entry,) = acts()
    assert (entry.action, entry.subject) == (f"activity.{'verify' if verified else 'return'}", str(uid))
    with pytest.raises(
        RefusedError, match=f"This activity is already {status} by Pat Preceptor; nothing was changed"
    ):
        decide_activity(cast.preceptor.actor, Decision(uid, verified, "again", 2))


def test_only_the_supervisor_decides_an_activity_and_never_a_draft_or_a_case_of_the_same_name(
    app_context: Flask, cast: Cast
) -> None:
    with transaction() as session:
        uid = put_activity(session, status="submitted")
        draft = put_activity(session, status="draft")
    for who in ("other_preceptor", "director", "student", "outsider_preceptor"):
        with pytest.raises(NotFoundError):
            decide_activity(cast.member(who).actor, verify(uid))
    with pytest.raises(NotFoundError):
        decide_activity(cast.preceptor.actor, verify(draft))
    with pytest.raises(NotFoundError):
        decide(cast.preceptor.actor, verify(uid))
    with pytest.raises(RefusedError, match="This activity was changed since you opened it"):
        decide_activity(cast.preceptor.actor, verify(uid, version=2))
    with pytest.raises(RefusedError, match="what the student should mend"):
        decide_activity(cast.preceptor.actor, give_back(uid, comment=""))
