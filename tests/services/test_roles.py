"""The role is asked before the claim is shown; a difference is kept, and ends by agreement or not at all."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.transitions import Act, Stage
from caselog.extensions import db
from caselog.services import case_log, trail
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.amendments import amend, make_void
from caselog.services.case_log import LogFilter, case_view, page_of_log
from caselog.services.history import page_of_record
from caselog.services.kinds import CASES
from caselog.services.progress import student_record
from caselog.services.redaction import texts_of
from caselog.services.review import Decision, agreement_queue, decide, queue
from caselog.services.role_agreement import accept_role, keep_role
from caselog.services.role_figures import claimed_and_confirmed
from caselog.store.cases import CaseReview, LoggedCase
from caselog.store.people import PreceptorSite
from caselog.store.role_checks import RoleCheck
from caselog.store.session import transaction
from tests.support.cast import Cast, Member
from tests.support.clock import TestClock
from tests.support.log import a_case, put_case


def submitted(session: sa.orm.Session, student: Member = Cast.student, **changes: Any) -> uuid.UUID:
    row: dict[str, Any] = {"status": "submitted", "share_percent": 70, **changes}
    return put_case(session, student, **row)


def saw(uid: uuid.UUID, role: str | None, version: int = 1) -> str:
    return decide(Cast.preceptor.actor, Decision(uid, verified=True, comment="", version=version, role=role))


@pytest.fixture
def uid(app_context: Flask) -> uuid.UUID:
    with transaction() as session:
        return submitted(session)


@pytest.fixture
def differing(uid: uuid.UUID) -> uuid.UUID:
    assert saw(uid, "first_assistant") == "differs"
    return uid


def row(uid: uuid.UUID) -> LoggedCase:
    db.session.rollback()
    return db.session.get_one(LoggedCase, (Cast.program.id, uid))


def check(uid: uuid.UUID) -> RoleCheck:
    return db.session.scalars(sa.select(RoleCheck).where(RoleCheck.case_uid == uid)).one()


def test_the_same_role_verifies_at_once_and_is_kept(uid: uuid.UUID, cast: Cast) -> None:
    assert saw(uid, "primary") == "verified"
    kept = check(uid)
    assert (kept.claimed, kept.picked, kept.ended, kept.agreed_role, kept.case_version) == (
        "primary", "primary", "matched", "primary", 1,
    )  # fmt: skip
    review = db.session.scalars(sa.select(CaseReview)).one()
    assert (review.role, review.check_id) == ("primary", kept.id)


def test_without_a_role_nothing_is_verified(uid: uuid.UUID) -> None:
    for role in (None, "", "captain"):
        with pytest.raises(RefusedError, match="Choose the role that you saw"):
            saw(uid, role)
    assert row(uid).status == "submitted"


def test_another_role_waits_for_agreement_outside_the_queue(differing: uuid.UUID, cast: Cast) -> None:
    assert row(differing).status == "submitted"
    assert queue(cast.preceptor.actor, 1).total == 0
    (listed,) = agreement_queue(cast.preceptor.actor, 1).cases
    assert listed.difference
    assert (listed.difference.claimed, listed.difference.picked) == ("primary", "first_assistant")
    for role in ("first_assistant", "observed"):
        with pytest.raises(RefusedError, match="You have said already"):
            saw(differing, role)


def test_the_student_takes_the_reviewers_role_and_the_case_is_verified_by_agreement(
    differing: uuid.UUID, cast: Cast
) -> None:
    accept_role(cast.student.actor, differing, version=1)
    logged, kept = row(differing), check(differing)
    assert (logged.status, logged.role, logged.version) == ("verified", "first_assistant", 2)
    assert (kept.ended, kept.agreed_role, kept.ended_by) == ("accepted", "first_assistant", cast.student.id)
    review = db.session.scalars(sa.select(CaseReview)).one()
    assert (review.way, review.reviewer_id, review.check_id, review.role, review.case_version) == (
        "agreement", cast.preceptor.id, kept.id, "first_assistant", 2,
    )  # fmt: skip
    with transaction() as session:
        assert review.content_hash == trail.content_hash(session, session.merge(logged, load=False))
    (change,) = case_view(cast.student.actor, differing).changes
    assert [(each.field, each.before, each.after) for each in change.differences] == [
        ("role", "primary", "first_assistant")
    ]
    assert not case_view(cast.student.actor, differing).reviews[0].outdated


def test_the_student_keeps_the_claim_and_the_reviewer_sees_both_and_has_the_last_word(
    differing: uuid.UUID, cast: Cast
) -> None:
    with pytest.raises(RefusedError, match="Give the reason"):
        keep_role(cast.student.actor, differing, version=1, reason="")
    keep_role(cast.student.actor, differing, version=1, reason="I ran it all.")
    (listed,) = queue(cast.preceptor.actor, 1).cases
    assert (listed.stage, listed.hidden, listed.case.role) == (Stage.KEPT, False, "primary")
    assert listed.difference
    assert listed.difference.kept_reason == "I ran it all."
    with pytest.raises(RefusedError, match="Agree to the student's, or return"):
        saw(differing, "first_assistant")
    assert saw(differing, "primary") == "verified"
    assert (check(differing).ended, row(differing).role) == ("agreed", "primary")
    assert db.session.scalars(sa.select(CaseReview.role)).one() == "primary"


def test_the_reviewer_returns_a_case_whose_roles_differ(differing: uuid.UUID, cast: Cast) -> None:
    decide(cast.preceptor.actor, Decision(differing, False, "Let us talk.", 1))
    assert (row(differing).status, check(differing).ended) == ("returned", "returned")


def test_a_change_of_the_case_ends_an_open_check(differing: uuid.UUID, cast: Cast) -> None:
    case = case_view(cast.student.actor, differing).listed.case
    mended = a_case(differing, note="Mended.", role="first_assistant")
    assert case.role == "primary"
    amend(CASES, cast.student.actor, mended, version=1, reason="You were right.")
    assert check(differing).ended == "changed"
    assert queue(cast.preceptor.actor, 1).total == 1
    assert saw(differing, "first_assistant", version=2) == "verified"


def test_void_ends_it_too(differing: uuid.UUID, cast: Cast) -> None:
    make_void(CASES, cast.director.actor, differing, version=1, reason="Logged twice.")
    assert (row(differing).status, check(differing).ended) == ("void", "void")


def test_only_the_student_answers_and_only_while_it_waits(uid: uuid.UUID, cast: Cast) -> None:
    student = cast.student.actor
    answers: tuple[Callable[[Actor], None], ...] = (
        lambda who: accept_role(who, uid, version=1),
        lambda who: keep_role(who, uid, version=1, reason="mine"),
    )
    for answer in answers:
        with pytest.raises(RefusedError, match="No difference of roles waits for you"):
            answer(student)
        for who in ("other_student", "preceptor", "director", "outsider_student"):
            with pytest.raises(NotFoundError):
                answer(cast.member(who).actor)
    saw(uid, "observed")
    with pytest.raises(RefusedError, match="changed since you opened it"):
        accept_role(student, uid, version=2)
    keep_role(student, uid, version=1, reason="mine")
    with pytest.raises(RefusedError):
        accept_role(student, uid, version=1)


def test_its_reviewer_sees_no_claim_before_saying_which_role_they_saw(uid: uuid.UUID, cast: Cast) -> None:
    for view in (case_view(cast.preceptor.actor, uid).listed, *queue(cast.preceptor.actor, 1).cases):
        assert view.hidden
        assert (view.case.role, view.case.share_percent) == (None, None)
    for who in ("student", "director"):
        assert case_view(cast.member(who).actor, uid).listed.case.role == "primary"
    saw(uid, "observed")
    assert case_view(cast.preceptor.actor, uid).listed.case.role == "primary"


def test_a_returned_case_does_not_show_its_reviewer_what_it_will_claim_again(uid: uuid.UUID, cast: Cast) -> None:
    decide(cast.preceptor.actor, Decision(uid, False, "the clamp?", 1))
    assert case_view(cast.preceptor.actor, uid).listed.case.role is None


def test_an_amended_case_is_blind_again_and_its_changes_tell_no_role(
    uid: uuid.UUID, cast: Cast, clock: TestClock
) -> None:
    saw(uid, "primary")
    clock.advance(hours=1)
    mended = a_case(uid, role="first_assistant", note="Mended.")
    amend(CASES, cast.student.actor, mended, version=2, reason="I was the first assistant.")
    seen = case_view(cast.preceptor.actor, uid)
    told = repr((seen.listed, seen.changes, seen.reviews))
    assert "first_assistant" not in told
    assert "primary" not in told
    assert "I was the first assistant." not in told
    assert [each.field for each in seen.changes[0].differences]
    assert seen.reviews[0].outdated
    assert case_view(cast.student.actor, uid).changes[0].reason == "I was the first assistant."


def test_a_director_who_is_the_reviewer_reads_the_claim_in_no_history_and_no_reason(
    app_context: Flask, cast: Cast
) -> None:
    with transaction() as session:
        session.add(PreceptorSite(program_id=cast.program.id, person_id=cast.director.id, site_id=cast.site.id))
        uid = submitted(session, preceptor_id=cast.director.id)
    mended = replace(case_view(cast.student.actor, uid).listed.case, role="first_assistant", note="Mended.")
    amend(CASES, cast.student.actor, mended, version=1, reason="I was the first assistant.")
    told = repr(
        (page_of_record(cast.director.actor, cast.student.id, 1), texts_of(CASES, cast.director.actor, uid))
    )
    assert "Mended." in told
    assert "assistant" not in told
    assert "assistant" in repr(texts_of(CASES, cast.student.actor, uid))


def test_a_director_who_is_the_reviewer_reads_the_claim_in_no_progress(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        mine = submitted(session, preceptor_id=cast.director.id)
        other = submitted(session)
    director = cast.director.actor

    def entries(actor: Actor) -> set[str]:
        return {each.uid for each in student_record(actor, cast.student.id).entries}

    assert entries(director) == {str(other)}
    assert entries(cast.student.actor) == {str(mine), str(other)}
    decide(director, Decision(mine, verified=True, comment="", version=1, role="observed"))
    assert entries(director) == {str(mine), str(other)}


def test_a_director_who_is_the_reviewer_finds_the_claim_by_no_filter(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        mine = submitted(session, preceptor=cast.director)
        other = submitted(session)
    director = cast.director.actor
    found = page_of_log(director, cast.student.id, LogFilter(role="primary"), 1)
    assert [each.case.case_uid for each in found.cases] == [str(other)]
    every = page_of_log(director, cast.student.id, LogFilter(), 1)
    assert {each.case.case_uid: each.case.role for each in every.cases} == {str(mine): None, str(other): "primary"}


def test_what_a_view_allows_is_what_the_table_says(differing: uuid.UUID, cast: Cast) -> None:
    assert case_view(cast.student.actor, differing).may == {Act.ACCEPT, Act.KEEP, Act.AMEND, Act.VOID}
    assert case_view(cast.preceptor.actor, differing).may == {Act.AGREE, Act.RETURN}
    assert case_view(cast.director.actor, differing).may == {Act.AMEND, Act.VOID}
    assert case_log.case_view(cast.student.actor, differing).stage is Stage.DIFFERS


def test_the_director_sees_how_often_claims_and_confirmations_differ(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        ann = [submitted(session) for _ in range(4)]
        ben = submitted(session, cast.other_student, role="observed")
    for uid, role in zip(ann, ("primary", "first_assistant", "first_assistant", "observed"), strict=True):
        saw(uid, role)
    saw(ben, "first_assistant")
    accept_role(cast.student.actor, ann[1], version=1)
    figures = claimed_and_confirmed(cast.director.actor)
    assert (figures.total.asked, figures.total.differing, figures.total.higher) == (5, 4, 3)
    assert (figures.total.open, figures.total.ended) == (3, {"accepted": 1})
    by_student = {each.name: (each.asked, each.differing, round(each.share)) for each in figures.students}
    assert by_student == {"Ben Student": (1, 1, 100), "Ann Student": (4, 3, 75)}
    (pat,) = figures.reviewers
    assert (pat.name, pat.pairs[0]) == ("Pat Preceptor", ("primary", "first_assistant", 2))
    assert claimed_and_confirmed(cast.outsider_director.actor).total.asked == 0
    for who in ("student", "preceptor"):
        with pytest.raises(NotFoundError):
            claimed_and_confirmed(cast.member(who).actor)
