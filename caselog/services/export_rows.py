"""The rows of an export: of one student or of many, student by student, as exactly as they may leave."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.domain.codes import Position
from caselog.domain.export import FULL, Precision, Sites
from caselog.exports.table import PSEUDONYMS
from caselog.services.actor import Actor, NotFoundError, Operator, Permission
from caselog.services.case_log import TELLS_ROLE, is_hidden_from
from caselog.services.issuing import Issue
from caselog.services.kinds import CASES, EntryKind
from caselog.services.visible import students_visible_to
from caselog.store.cases import REFERENCES, LoggedCase
from caselog.store.people import Person, Student
from caselog.store.programs import Cohort

_AT_ONCE = 1_000  # rows
# What files call the references of an entry: the rows that spell them, which `spelled_out` joins.
_SPELLED: Mapping[str, Any] = {**REFERENCES, "supervisor": Person.email}


@dataclass(frozen=True, slots=True)
class Member:
    """A student whose entries leave."""

    id: uuid.UUID
    name: str
    cohort: str


def members(session: Session, actor: Actor | Operator, issue: Issue) -> list[Member]:
    """The students of an export, by cohort and name. Raises NotFoundError for what the actor may not see."""
    query = (
        sa.select(Student.person_id, Person.name, Cohort.name)
        .join(Person, sa.and_(Person.program_id == Student.program_id, Person.id == Student.person_id))
        .join(Cohort, sa.and_(Cohort.program_id == Student.program_id, Cohort.id == Student.cohort_id))
        .where(_visible(actor))
        .order_by(Cohort.graduates_on, Cohort.name, Person.name, Person.id)
    )
    if issue.student_id is not None:
        query = query.where(Student.person_id == issue.student_id)
    elif isinstance(actor, Actor) and not actor.may(Permission.EXPORT_PROGRAM):
        raise NotFoundError
    elif issue.cohort_id is not None:
        if session.get(Cohort, (actor.program_id, issue.cohort_id)) is None:
            raise NotFoundError
        query = query.where(Student.cohort_id == issue.cohort_id)
    found = [Member(*row) for row in session.execute(query)]
    if issue.student_id is not None and not found:
        raise NotFoundError
    return found


def _visible(actor: Actor | Operator) -> sa.ColumnElement[bool]:
    return students_visible_to(actor) if isinstance(actor, Actor) else Student.program_id == actor.program_id


def rows_with_students(
    session: Session,
    kind: EntryKind[Any],
    actor: Actor | Operator,
    students: Iterable[Member],
    precision: Precision,
) -> Iterator[Sequence[Any]]:
    """The rows of several students, each with the student's name and cohort in front."""
    query = _query(kind, actor, precision)
    for student in students:
        for row in _rows(session, query, actor, student.id):
            yield (student.name, student.cohort, *row)


def rows_of(
    session: Session,
    kind: EntryKind[Any],
    actor: Actor | Operator,
    students: Iterable[uuid.UUID],
    precision: Precision = FULL,
) -> Iterator[Sequence[Any]]:
    """Students' entries, each student's by date, as values in the order of the kind's columns.

    The values are as the database holds them, which is what `exports.table` takes; what leaves under a pseudonym
    is the identifier of the row that it names. The role of a case that the actor is yet to judge is empty.
    """
    query = _query(kind, actor, precision)
    for student_id in students:
        yield from _rows(session, query, actor, student_id)


def _rows(
    session: Session, query: sa.Select[Any], actor: Actor | Operator, student_id: uuid.UUID
) -> Iterator[Sequence[Any]]:
    # Below the session, which would take half as long again to make of each row what it already is.
    asked = {"of_program": actor.program_id, "of_student": student_id}
    with session.connection().execute(query, asked) as found:
        for some in found.partitions():
            yield from some


def _query(kind: EntryKind[Any], actor: Actor | Operator, precision: Precision) -> sa.Select[Any]:
    then_by = [LoggedCase.start_time.nulls_first()] if kind is CASES else []
    query: sa.Select[Any] = (
        kind.spelled_out()
        .with_only_columns(*(_column(kind, name, actor, precision) for name in kind.columns))
        .where(
            kind.table.program_id == sa.bindparam("of_program"),
            kind.table.student_id == sa.bindparam("of_student"),
        )
        .order_by(kind.table.on.nulls_first(), *then_by, kind.table.uid)
        .execution_options(yield_per=_AT_ONCE)
    )
    return query


def _column(kind: EntryKind[Any], name: str, actor: Actor | Operator, precision: Precision) -> Any:
    own = kind.table.__table__.c
    if precision.sites is Sites.PSEUDONYM and name in PSEUDONYMS:
        return _as_held(own[f"{name}_id"])
    if name in _SPELLED:
        return _SPELLED[name]
    # By position: who takes a file with a token, which is not for reviewing, is to judge the case all the same.
    if name in TELLS_ROLE and isinstance(actor, Actor) and actor.position is not Position.STUDENT:
        return sa.case((is_hidden_from(actor), sa.null()), else_=_as_held(own[name]))
    return _as_held(own[name])


def _as_held(column: Any) -> Any:
    return sa.type_coerce(column, sa.types.NULLTYPE)
