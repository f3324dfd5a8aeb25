"""What an actor may fetch. Every query of a service goes through one of these, so fetching is authorizing."""

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.services.actor import Actor, NotFoundError, Permission
from caselog.store.activities import LoggedActivity
from caselog.store.cases import LoggedCase
from caselog.store.entries import LogEntry
from caselog.store.people import Person, Student
from caselog.store.programs import Cohort
from caselog.store.session import read_rows

_STUDENT = (
    sa.select(*Student.__table__.columns, Person.name, Cohort.name.label("cohort"))
    .join(Person, sa.and_(Person.program_id == Student.program_id, Person.id == Student.person_id))
    .join(Cohort, sa.and_(Cohort.program_id == Student.program_id, Cohort.id == Student.cohort_id))
    .where(Student.program_id == sa.bindparam("program_id"), Student.person_id == sa.bindparam("student_id"))
)


def cases_visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """A student's own cases, those that name a preceptor, or all of a director's program."""
    return entries_visible_to(actor, LoggedCase)


def activities_visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """A student's own learning activities, those that name a supervisor, or all of a director's program."""
    return entries_visible_to(actor, LoggedActivity)


def entries_visible_to(actor: Actor, table: type[LogEntry]) -> sa.ColumnElement[bool]:
    """The entries of one kind that the actor may see."""
    if actor.may(Permission.VIEW_STUDENTS):
        concerned: sa.ColumnElement[bool] = sa.true()
    else:
        names_them = sa.and_(table.reviewer_id == actor.person_id, table.status != "draft")
        concerned = sa.or_(table.student_id == actor.person_id, names_them)
    return sa.and_(table.program_id == actor.program_id, concerned)


def students_visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """Oneself, or all students of a director's program."""
    own = sa.and_(Student.program_id == actor.program_id, Student.person_id == actor.person_id)
    return Student.program_id == actor.program_id if actor.may(Permission.VIEW_STUDENTS) else own


def fetch_student(session: Session, actor: Actor, student_id: uuid.UUID) -> tuple[Student, Person]:
    """A student whom the actor may see, with their person. Raises NotFoundError."""
    row = session.execute(
        sa.select(Student, Person)
        .join(Person, sa.and_(Person.program_id == Student.program_id, Person.id == Student.person_id))
        .where(students_visible_to(actor), Student.person_id == student_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError
    return row[0], row[1]


def read_student(session: Session, actor: Actor, student_id: uuid.UUID) -> Any:
    """The columns of a student whom the actor may see, with their `name` and `cohort`. Raises NotFoundError.

    Who may see a student may see the whole log.
    """
    if actor.may(Permission.VIEW_STUDENTS) or student_id == actor.person_id:
        asked = {"program_id": actor.program_id, "student_id": student_id}
        if row := read_rows(session, _STUDENT, asked).one_or_none():
            return row
    raise NotFoundError


def list_students(session: Session, actor: Actor) -> list[tuple[uuid.UUID, str, str]]:
    """The students whom the actor may see: id, name and cohort, by name."""
    rows = session.execute(
        sa.select(Student.person_id, Person.name, Cohort.name)
        .join(Person, sa.and_(Person.program_id == Student.program_id, Person.id == Student.person_id))
        .join(Cohort, sa.and_(Cohort.program_id == Student.program_id, Cohort.id == Student.cohort_id))
        .where(students_visible_to(actor))
        .order_by(Person.name, Student.person_id)
    )
    return [(student_id, name, cohort) for student_id, name, cohort in rows]
