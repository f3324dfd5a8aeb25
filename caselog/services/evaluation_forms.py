"""The forms on which a program evaluates cases, and the rotations that use them."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.evaluation_form import EvaluationForm as Definition
from caselog.domain.evaluation_form import read, written
from caselog.extensions import db
from caselog.services import trail
from caselog.services.actor import Actor, NotFoundError, Permission, RefusedError
from caselog.store.evaluations import CaseEvaluation, EvaluationForm, RotationEvaluation
from caselog.store.people import Person, Student
from caselog.store.programs import Rotation, Site
from caselog.store.session import transaction

ROTATIONS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class FormDetails:
    """A form as its director writes it; `source` says whose it is, read on which day."""

    name: str
    definition: Definition
    source: str = ""
    source_read_on: date | None = None


@dataclass(frozen=True, slots=True)
class ListedForm:
    """A form of the program, and how much it is used."""

    id: uuid.UUID
    details: FormDetails
    retired: bool
    written_by: str
    changed_at: datetime
    rotations: int
    evaluations: int


@dataclass(frozen=True, slots=True)
class UsingRotation:
    """A rotation that uses a form."""

    id: uuid.UUID
    code: str
    student: str
    site: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which rotations shall use a form: those of a cohort, perhaps at one site only, that end on a day or later."""

    cohort_id: uuid.UUID
    site: str | None
    ending_from: date | None


def forms(actor: Actor) -> list[ListedForm]:
    """The program's forms by name, retired ones last."""
    return _forms(db.session(), actor, sa.true())


def form(actor: Actor, form_id: uuid.UUID) -> ListedForm:
    """A form of the program. Raises NotFoundError."""
    found = _forms(db.session(), actor, EvaluationForm.id == form_id)
    if not found:
        raise NotFoundError
    return found[0]


def save_form(actor: Actor, details: FormDetails, *, changing: uuid.UUID | None = None) -> uuid.UUID:
    """Add a form or change one that was never used.

    Raises NotFoundError, RefusedError for a name that is taken or a form that cases were evaluated on.
    """
    _may_manage(actor)
    with transaction() as session:
        taken = session.scalar(
            sa.select(EvaluationForm.id).where(
                EvaluationForm.program_id == actor.program_id, EvaluationForm.name == details.name
            )
        )
        if taken is not None and taken != changing:
            raise RefusedError(f"There is a form “{details.name}” already; choose another name.")
        if changing is None:
            row = EvaluationForm(program_id=actor.program_id, id=uuid.uuid4(), retired=False)
        else:
            row = _row(session, actor, changing)
            if _used(session, actor, changing):
                raise RefusedError(
                    "Cases were evaluated on this form, so it does not change any more. Write another one like it."
                )
        row.name, row.definition = details.name, written(details.definition)
        row.source, row.source_read_on = details.source, details.source_read_on
        row.written_by, row.changed_at = actor.person_id, clock.now()
        session.add(row)
        trail.record(actor, "evaluation_form.add" if changing is None else "evaluation_form.change", row.id)
        return row.id


def retire_form(actor: Actor, form_id: uuid.UUID, *, retired: bool) -> None:
    """Evaluate no more cases on a form, or again; what was said on it stays. Raises NotFoundError."""
    _may_manage(actor)
    with transaction() as session:
        _row(session, actor, form_id).retired = retired
        trail.record(actor, "evaluation_form.retire" if retired else "evaluation_form.restore", form_id)


def rotations_of_form(actor: Actor, form_id: uuid.UUID) -> list[UsingRotation]:
    """The rotations that use a form, the latest first; at most `ROTATIONS_SHOWN`. Raises NotFoundError."""
    form(actor, form_id)
    session = db.session()
    rows = session.execute(
        sa.select(Rotation, Person.name, Site.name)
        .join(RotationEvaluation, _both(RotationEvaluation, RotationEvaluation.rotation_id == Rotation.id))
        .join(Person, _both(Person, Person.id == Rotation.student_id))
        .join(Site, _both(Site, Site.id == Rotation.site_id))
        .where(Rotation.program_id == actor.program_id, RotationEvaluation.form_id == form_id)
        .order_by(Rotation.starts_on.desc(), Person.name)
        .limit(ROTATIONS_SHOWN)
    )
    return [
        UsingRotation(rotation.id, rotation.code, student, site, rotation.starts_on, rotation.ends_on)
        for rotation, student, site in rows
    ]


def assign(actor: Actor, form_id: uuid.UUID, wanted: Assignment) -> int:
    """Have rotations use a form, in place of another one they used; returns how many do so now.

    Raises NotFoundError, RefusedError for a retired form.
    """
    _may_manage(actor)
    with transaction() as session:
        row = _row(session, actor, form_id)
        if row.retired:
            raise RefusedError("This form is retired; take it back into use first.")
        query = (
            sa.select(Rotation.id, RotationEvaluation)
            .join(
                Student,
                sa.and_(Student.program_id == Rotation.program_id, Student.person_id == Rotation.student_id),
            )
            .join(Site, _both(Site, Site.id == Rotation.site_id))
            .outerjoin(
                RotationEvaluation, _both(RotationEvaluation, RotationEvaluation.rotation_id == Rotation.id)
            )
            .where(Rotation.program_id == actor.program_id, Student.cohort_id == wanted.cohort_id)
        )
        if wanted.site is not None:
            query = query.where(Site.code == wanted.site)
        if wanted.ending_from is not None:
            query = query.where(Rotation.ends_on >= wanted.ending_from)
        found: list[Any] = list(session.execute(query))
        for rotation_id, used in found:
            if used is None:
                session.add(
                    RotationEvaluation(program_id=actor.program_id, rotation_id=rotation_id, form_id=form_id)
                )
            else:
                used.form_id = form_id
        trail.record(actor, "evaluation_form.assign", form_id)
        return len(found)


def release(actor: Actor, form_id: uuid.UUID, rotation_id: uuid.UUID) -> None:
    """Have a rotation use no form any more; what was said stays. Raises NotFoundError."""
    _may_manage(actor)
    with transaction() as session:
        row = session.get(RotationEvaluation, (actor.program_id, rotation_id))
        if row is None or row.form_id != form_id:
            raise NotFoundError
        session.delete(row)
        trail.record(actor, "evaluation_form.release", f"{form_id} {rotation_id}")


def _may_manage(actor: Actor) -> None:
    if not actor.may(Permission.MANAGE_PROGRAM):
        raise NotFoundError


def _both(table: type[RotationEvaluation | Person | Site], same: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.and_(table.program_id == Rotation.program_id, same)


def _row(session: Session, actor: Actor, form_id: uuid.UUID) -> EvaluationForm:
    row = session.get(EvaluationForm, (actor.program_id, form_id))
    if row is None:
        raise NotFoundError
    return row


def _used(session: Session, actor: Actor, form_id: uuid.UUID) -> bool:
    used = sa.select(CaseEvaluation.id).where(
        CaseEvaluation.program_id == actor.program_id, CaseEvaluation.form_id == form_id
    )
    return session.scalar(used.limit(1)) is not None


def _counted(table: type[RotationEvaluation | CaseEvaluation]) -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.count())
        .select_from(table)
        .where(table.program_id == EvaluationForm.program_id, table.form_id == EvaluationForm.id)
        .correlate(EvaluationForm)
        .scalar_subquery()
    )


def _forms(session: Session, actor: Actor, condition: sa.ColumnElement[bool]) -> list[ListedForm]:
    if not actor.may(Permission.VIEW_PROGRAM):
        raise NotFoundError
    rows = session.execute(
        sa.select(EvaluationForm, Person.name, _counted(RotationEvaluation), _counted(CaseEvaluation))
        .join(
            Person,
            sa.and_(Person.program_id == EvaluationForm.program_id, Person.id == EvaluationForm.written_by),
        )
        .where(EvaluationForm.program_id == actor.program_id, condition)
        .order_by(EvaluationForm.retired, EvaluationForm.name)
    )
    return [
        ListedForm(row.id, details_of(row), row.retired, writer, row.changed_at, rotations, evaluations)
        for row, writer, rotations, evaluations in rows
    ]


def details_of(row: EvaluationForm) -> FormDetails:
    """What a stored form says."""
    return FormDetails(row.name, read(row.definition), row.source, row.source_read_on)
