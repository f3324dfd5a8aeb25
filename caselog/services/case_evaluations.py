"""Evaluating a case: the preceptor on the form of its rotation, the student beside them; and how it goes over time."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.codes import Status
from caselog.domain.evaluation_form import SCORES, Outcome, outcome_of
from caselog.domain.evaluation_trend import GivenScores, Trend, trend_of, week_of
from caselog.extensions import db
from caselog.services import trail
from caselog.services.actor import Actor, NotFoundError, Permission, RefusedError
from caselog.services.evaluation_forms import FormDetails, details_of
from caselog.services.visible import cases_visible_to, fetch_student
from caselog.store.cases import LoggedCase
from caselog.store.evaluations import COMMENT_MOST, CaseEvaluation, EvaluationForm, RotationEvaluation, Side
from caselog.store.people import Person
from caselog.store.programs import Rotation, Site
from caselog.store.session import transaction

__all__ = ["COMMENT_MOST", "Side"]


@dataclass(frozen=True, slots=True)
class Given:
    """An evaluation as it was given."""

    side: Side
    by: str
    at: datetime
    form: FormDetails
    scores: Mapping[str, int]
    comment: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class CaseEvaluations:
    """What stands on the page of a case: the newest evaluation of each side, and whose turn it may be.

    `form` is the one that the rotation uses; `side` is the actor's, None when they only look on.
    """

    form: FormDetails | None
    side: Side | None
    by_preceptor: Given | None
    by_student: Given | None
    earlier: int

    @property
    def any(self) -> bool:
        """Whether there is anything to show or to do."""
        return bool(self.by_preceptor or self.by_student or (self.form and self.side))

    @property
    def own(self) -> Given | None:
        return (
            {Side.PRECEPTOR: self.by_preceptor, Side.SELF: self.by_student}.get(self.side) if self.side else None
        )


@dataclass(frozen=True, slots=True)
class RotationTrend:
    """How the evaluations of a rotation go on one form: by the preceptors, and by the student."""

    rotation: str
    site: str
    starts_on: date
    ends_on: date
    form: FormDetails
    by_preceptor: Trend
    by_student: Trend


def evaluations_of(actor: Actor, case_uid: uuid.UUID) -> CaseEvaluations:
    """The evaluations of a case that the actor may see. Raises NotFoundError."""
    session = db.session()
    logged = _case(session, actor, case_uid)
    given = _given(session, actor.program_id, case_uid)
    newest = {side: next((each for each in given if each.side is side), None) for side in Side}
    form_row = _form_row(session, logged)
    return CaseEvaluations(
        details_of(form_row) if form_row else None,
        _side(actor, logged) if form_row else None,
        newest[Side.PRECEPTOR],
        newest[Side.SELF],
        len(given) - sum(each is not None for each in newest.values()),
    )


def evaluate(actor: Actor, case_uid: uuid.UUID, scores: Mapping[str, int], comment: str) -> Outcome:
    """Evaluate a case, as its preceptor or as its student, on the form of its rotation.

    Raises NotFoundError for who is neither, RefusedError for a case without a form or scores that are none.
    """
    if not actor.may(Permission.EVALUATE_CASE):
        raise NotFoundError
    with transaction() as session:
        logged = _case(session, actor, case_uid)
        side, form_row = _side(actor, logged), _form_row(session, logged)
        if side is None:
            raise NotFoundError
        if form_row is None:
            raise RefusedError("The rotation of this case uses no evaluation form.")
        form = details_of(form_row).definition
        if not scores:
            raise RefusedError("Grade at least one section; leave the others open.")
        if not set(scores) <= {each.id for each in form.sections} or not set(scores.values()) <= set(SCORES):
            raise RefusedError("The form was changed since you opened it. Look at it again.")
        row = CaseEvaluation(
            program_id=actor.program_id,
            id=uuid.uuid4(),
            case_uid=case_uid,
            case_version=logged.version,
            form_id=form_row.id,
            side=side,
            given_by=actor.person_id,
            scores=json.dumps(dict(sorted(scores.items()))),
            lowest=min(scores.values()),
            comment=comment,
            at=clock.now(),
        )
        session.add(row)
        action = "case.evaluate" if side is Side.PRECEPTOR else "case.self_evaluate"
        trail.record(actor, action, case_uid, about=logged.student_id)
        return outcome_of(form, scores)


def trends(actor: Actor, student_id: uuid.UUID) -> list[RotationTrend]:
    """How a student's evaluations go over each rotation that has any, the latest first. Raises NotFoundError."""
    session = db.session()
    fetch_student(session, actor, student_id)
    rows = session.execute(
        sa.select(CaseEvaluation, LoggedCase.case_date, Rotation, Site.name, EvaluationForm)
        .join(LoggedCase, _same(LoggedCase, LoggedCase.case_uid == CaseEvaluation.case_uid))
        .join(
            Rotation, sa.and_(Rotation.program_id == LoggedCase.program_id, Rotation.id == LoggedCase.rotation_id)
        )
        .join(Site, sa.and_(Site.program_id == Rotation.program_id, Site.id == Rotation.site_id))
        .join(EvaluationForm, _same(EvaluationForm, EvaluationForm.id == CaseEvaluation.form_id))
        .where(
            CaseEvaluation.program_id == actor.program_id,
            LoggedCase.student_id == student_id,
            LoggedCase.status.notin_((Status.DRAFT, Status.VOID)),
        )
        .order_by(Rotation.starts_on.desc(), Rotation.id, EvaluationForm.id, CaseEvaluation.at)
    )
    found: dict[tuple[uuid.UUID, uuid.UUID], list[Any]] = {}
    for row in rows:
        found.setdefault((row[2].id, row[4].id), []).append(row)
    return [_trend(of_rotation) for of_rotation in found.values()]


def _trend(rows: list[Any]) -> RotationTrend:
    _, _, rotation, site, form_row = rows[0]
    details = details_of(form_row)
    # Who evaluated a case again changed their mind: the rows are in the order of time, and the last one counts.
    newest = {(row[0].side, row[0].case_uid): GivenScores(row[1], json.loads(row[0].scores)) for row in rows}
    weeks = range(1, max(week_of(each.day, rotation.starts_on) for each in newest.values()) + 1)
    by_side = {
        side: trend_of(
            details.definition,
            [each for (given_by, _), each in newest.items() if given_by == side],
            rotation.starts_on,
            weeks,
        )
        for side in Side
    }
    return RotationTrend(
        rotation.code,
        site,
        rotation.starts_on,
        rotation.ends_on,
        details,
        by_side[Side.PRECEPTOR],
        by_side[Side.SELF],
    )


def _same(table: type[LoggedCase | EvaluationForm], same: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.and_(table.program_id == CaseEvaluation.program_id, same)


def _case(session: Session, actor: Actor, case_uid: uuid.UUID) -> LoggedCase:
    logged = session.scalars(
        sa.select(LoggedCase).where(cases_visible_to(actor), LoggedCase.case_uid == case_uid)
    ).one_or_none()
    if logged is None:
        raise NotFoundError
    return logged


def _side(actor: Actor, logged: LoggedCase) -> Side | None:
    """From which side the actor may evaluate a case."""
    if logged.status in (Status.DRAFT, Status.VOID):
        return None
    if logged.student_id == actor.person_id:
        return Side.SELF
    return Side.PRECEPTOR if logged.preceptor_id == actor.person_id else None


def _form_row(session: Session, logged: LoggedCase) -> EvaluationForm | None:
    """The form that the case's rotation uses, unless it is retired."""
    if logged.rotation_id is None:
        return None
    used = session.get(RotationEvaluation, (logged.program_id, logged.rotation_id))
    row = session.get(EvaluationForm, (logged.program_id, used.form_id)) if used else None
    return row if row and not row.retired else None


def _given(session: Session, program_id: uuid.UUID, case_uid: uuid.UUID) -> list[Given]:
    """All evaluations of a case, the newest first."""
    rows = session.execute(
        sa.select(CaseEvaluation, Person.name, EvaluationForm)
        .join(
            Person, sa.and_(Person.program_id == CaseEvaluation.program_id, Person.id == CaseEvaluation.given_by)
        )
        .join(EvaluationForm, _same(EvaluationForm, EvaluationForm.id == CaseEvaluation.form_id))
        .where(CaseEvaluation.program_id == program_id, CaseEvaluation.case_uid == case_uid)
        .order_by(CaseEvaluation.at.desc())
    )
    found = []
    for row, name, form_row in rows:
        details, scores = details_of(form_row), json.loads(row.scores)
        found.append(
            Given(
                Side(row.side),
                name,
                row.at,
                details,
                scores,
                row.comment,
                outcome_of(details.definition, scores),
            )
        )
    return found
