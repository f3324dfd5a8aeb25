"""Evaluating cases: who may, on which form, from which side; and how it goes over a rotation."""

import uuid
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.evaluation_form import EvaluationForm, sections_of_lines
from caselog.domain.signal import PERFECT_EVALUATIONS, SignalKind
from caselog.extensions import db
from caselog.services import evaluation_forms, signals
from caselog.services.actor import NotFoundError, RefusedError
from caselog.services.case_evaluations import Side, evaluate, evaluations_of, trends
from caselog.services.evaluation_forms import Assignment, FormDetails
from caselog.services.signals import SignalFilter
from caselog.store.audit import AuditEntry
from caselog.store.cases import LoggedCase
from caselog.store.evaluations import CaseEvaluation
from caselog.store.session import transaction
from tests.support.cast import Cast
from tests.support.log import put_case, put_rotation

LINES = "Patient work-up: 10\nConduct of bypass: 50\nWeaning: 40"
DETAILS = FormDetails("Pump cases", EvaluationForm(sections_of_lines(LINES)), "Our handbook", date(2026, 9, 1))
ALL_GOOD = {"patient-work-up": 4, "conduct-of-bypass": 4, "weaning": 4}


def put_on_rotation(rotation: uuid.UUID, **changes: Any) -> uuid.UUID:
    with transaction() as session:
        return put_case(session, rotation_id=rotation, **changes)


@pytest.fixture
def rotation(app_context: Flask, cast: Cast) -> uuid.UUID:
    """A rotation of Ann's that uses the form."""
    with transaction() as session:
        uid = put_rotation(session, cast.student, cast.site, "fall-2026")
    form_id = evaluation_forms.save_form(cast.director.actor, DETAILS)
    evaluation_forms.assign(cast.director.actor, form_id, Assignment(cast.program.cohort_id, None, None))
    return uid


def form_of(cast: Cast) -> uuid.UUID:
    (listed,) = evaluation_forms.forms(cast.director.actor)
    return listed.id


def test_the_preceptor_and_the_student_stand_beside_each_other(rotation: uuid.UUID, cast: Cast) -> None:
    uid = put_on_rotation(rotation)
    before = evaluations_of(cast.preceptor.actor, uid)
    assert (before.form, before.side, before.by_preceptor, before.by_student) == (
        DETAILS,
        Side.PRECEPTOR,
        None,
        None,
    )
    outcome = evaluate(cast.preceptor.actor, uid, ALL_GOOD | {"weaning": 2}, "Earlier with the heparin.")
    assert outcome.score == Fraction(40 + 200 + 80, 100)
    evaluate(cast.student.actor, uid, {"weaning": 5}, "")
    for who in ("student", "preceptor", "director"):
        found = evaluations_of(cast.member(who).actor, uid)
        assert found.by_preceptor is not None
        assert found.by_student is not None
        assert (found.by_preceptor.by, found.by_preceptor.comment) == (
            "Pat Preceptor",
            "Earlier with the heparin.",
        )
        assert (found.by_student.by, found.by_student.scores) == ("Ann Student", {"weaning": 5})
        assert found.earlier == 0
    assert evaluations_of(cast.director.actor, uid).side is None
    told = db.session.execute(
        sa.select(AuditEntry.actor_id, AuditEntry.action, AuditEntry.about_id).where(
            AuditEntry.subject == str(uid), AuditEntry.action.endswith("evaluate")
        )
    )
    assert {tuple(row) for row in told} == {
        (cast.preceptor.id, "case.evaluate", cast.student.id),
        (cast.student.id, "case.self_evaluate", cast.student.id),
    }


def test_who_evaluates_again_loses_nothing_and_the_newest_counts(rotation: uuid.UUID, cast: Cast) -> None:
    uid = put_on_rotation(rotation)
    evaluate(cast.preceptor.actor, uid, {"weaning": 2}, "")
    evaluate(cast.preceptor.actor, uid, {"weaning": 3}, "")
    found = evaluations_of(cast.student.actor, uid)
    assert found.by_preceptor is not None
    assert (found.by_preceptor.scores, found.earlier) == ({"weaning": 3}, 1)
    (trend,) = trends(cast.student.actor, cast.student.id)
    assert sum(trend.by_preceptor.evaluations) == 1


@pytest.mark.parametrize("who", ["other_student", "other_preceptor", "outsider_director"])
def test_nobody_else_sees_or_evaluates_it(rotation: uuid.UUID, cast: Cast, who: str) -> None:
    uid = put_on_rotation(rotation)
    with pytest.raises(NotFoundError):
        evaluations_of(cast.member(who).actor, uid)
    with pytest.raises(NotFoundError):
        evaluate(cast.member(who).actor, uid, ALL_GOOD, "")


def test_a_director_looks_on(rotation: uuid.UUID, cast: Cast) -> None:
    uid = put_on_rotation(rotation)
    with pytest.raises(NotFoundError):
        evaluate(cast.director.actor, uid, ALL_GOOD, "")


@pytest.mark.parametrize("status", ["draft", "void"])
def test_drafts_and_void_cases_are_not_evaluated(rotation: uuid.UUID, cast: Cast, status: str) -> None:
    uid = put_on_rotation(rotation, status=status)
    with pytest.raises(NotFoundError):
        evaluate(cast.student.actor, uid, ALL_GOOD, "")
    assert evaluations_of(cast.student.actor, uid).side is None


def test_a_case_without_a_form_is_not_evaluated(rotation: uuid.UUID, cast: Cast) -> None:
    with transaction() as session:
        uid = put_case(session)
    assert not evaluations_of(cast.preceptor.actor, uid).any
    with pytest.raises(RefusedError, match="uses no evaluation form"):
        evaluate(cast.preceptor.actor, uid, ALL_GOOD, "")


def test_a_retired_form_is_used_no_more_and_what_was_said_stays(rotation: uuid.UUID, cast: Cast) -> None:
    uid = put_on_rotation(rotation)
    evaluate(cast.preceptor.actor, uid, ALL_GOOD, "")
    evaluation_forms.retire_form(cast.director.actor, form_of(cast), retired=True)
    found = evaluations_of(cast.student.actor, uid)
    assert (found.form, found.side) == (None, None)
    assert found.by_preceptor is not None
    with pytest.raises(RefusedError, match="uses no evaluation form"):
        evaluate(cast.student.actor, uid, ALL_GOOD, "")
    with pytest.raises(RefusedError, match="retired"):
        evaluation_forms.assign(cast.director.actor, form_of(cast), Assignment(cast.program.cohort_id, None, None))
    evaluation_forms.retire_form(cast.director.actor, form_of(cast), retired=False)
    evaluate(cast.student.actor, uid, ALL_GOOD, "")


@pytest.mark.parametrize("scores", [{}, {"nothing": 3}, {"weaning": 6}, {"weaning": 0}])
def test_scores_that_are_none_are_refused(rotation: uuid.UUID, cast: Cast, scores: dict[str, int]) -> None:
    uid = put_on_rotation(rotation)
    with pytest.raises(RefusedError):
        evaluate(cast.preceptor.actor, uid, scores, "")
    assert db.session.scalars(sa.select(CaseEvaluation)).all() == []


def test_the_trend_of_a_rotation_goes_by_week_and_shows_both_sides(rotation: uuid.UUID, cast: Cast) -> None:
    first = put_on_rotation(rotation, case_date=date(2026, 9, 2))
    third = put_on_rotation(rotation, case_date=date(2026, 9, 16))
    void = put_on_rotation(rotation, case_date=date(2026, 9, 16), status="submitted")
    evaluate(cast.preceptor.actor, first, {"weaning": 2}, "")
    evaluate(cast.preceptor.actor, third, ALL_GOOD, "")
    evaluate(cast.preceptor.actor, void, ALL_GOOD, "")
    evaluate(cast.student.actor, first, ALL_GOOD, "")
    with transaction() as session:
        session.get_one(LoggedCase, (cast.program.id, void)).status = "void"
    for who in ("student", "director"):
        (trend,) = trends(cast.member(who).actor, cast.student.id)
        assert (trend.rotation, trend.site, trend.form) == ("fall-2026", "Harbor Test Hospital", DETAILS)
        assert trend.by_preceptor.evaluations == (1, 0, 1)
        assert list(trend.by_preceptor.graded) == [Fraction(100, 3), None, Fraction(100)]
        assert trend.by_student.evaluations == (1, 0, 0)
    with pytest.raises(NotFoundError):
        trends(cast.other_student.actor, cast.student.id)
    with pytest.raises(NotFoundError):
        trends(cast.preceptor.actor, cast.student.id)
    assert trends(cast.director.actor, cast.other_student.id) == []


def perfect(cast: Cast) -> list[tuple[set[uuid.UUID], tuple[str, ...]]]:
    page = signals.review_list(cast.director.actor, SignalFilter(kind=SignalKind.PERFECT), 1)
    return [
        ({uuid.UUID(uid) for uid in each.signal.cases}, tuple(name for _, name in each.people))
        for each in page.signals
    ]


def test_the_best_scores_throughout_are_a_signal_and_one_lower_score_ends_it(
    rotation: uuid.UUID, cast: Cast
) -> None:
    uids = [put_on_rotation(rotation) for _ in range(PERFECT_EVALUATIONS)]
    best = dict.fromkeys(ALL_GOOD, 5)
    for uid in uids[1:]:
        evaluate(cast.preceptor.actor, uid, best, "")
        evaluate(cast.preceptor.actor, uid, best, "")  # again, which is not another case
        evaluate(cast.student.actor, uid, best, "")  # of themselves, which does not count
    assert perfect(cast) == []
    evaluate(cast.preceptor.actor, uids[0], best, "")
    assert perfect(cast) == [(set(uids), ("Pat Preceptor",))]
    evaluate(cast.preceptor.actor, uids[0], {"weaning": 4}, "")
    assert perfect(cast) == []
