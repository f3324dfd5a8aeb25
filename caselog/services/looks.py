"""Looks at another person's record: noted in the trail before anything of it is shown, and told to the student.

Whoever looks at their own record leaves no note. Raises NotFoundError for what the actor may not see.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from caselog.services import trail
from caselog.services.actor import Actor, NotFoundError, Permission
from caselog.services.entry_pages import PAGE_SIZE, Place, place
from caselog.services.kinds import ACTIVITIES, CASES, EntryKind
from caselog.services.review import submitted_to, waiting_for
from caselog.services.visible import entries_visible_to, fetch_student
from caselog.store.audit import AuditEntry
from caselog.store.people import Person, Student
from caselog.store.programs import Cohort
from caselog.store.session import reading, transaction

# The acts that are looks, in words for the student.
LOOKS = {
    "log.look": "the case log",
    "activities.look": "the learning activities",
    "progress.look": "the progress",
    "waivers.look": "the waivers",
    "evaluations.look": "the evaluations",
    "signal.look": "cases that a signal is about",
    "person.look": "the details in the program",
    "case.look": "a case",
    "activity.look": "a learning activity",
    "review.look": "cases or activities that wait for verification",
    "roles.look": "how often the role that was claimed and the one that was seen differ",
    "cohort.look": "the standing of the whole cohort",
    "log.export": "the whole log, as a file",
    "cohort.export": "the logs of the whole cohort, as a file",
    "program.export": "the logs of the whole program, as a file",
    "outcomes.look": "examinations and placement",
    "report.look": "what the program’s yearly report says",
    "report.export": "what the program’s yearly report says, as a file",
}


def at_student(actor: Actor, student_id: uuid.UUID, action: str) -> None:
    """A look at a part of a student's record, such as `log.look`."""
    with transaction() as session:
        fetch_student(session, actor, student_id)
        if student_id != actor.person_id:
            trail.record(actor, action, student_id, about=student_id)


def at_person(actor: Actor, person_id: uuid.UUID) -> None:
    """A look at what the program knows of somebody, if they are a student."""
    with transaction() as session:
        student = session.get(Student, (actor.program_id, person_id))
        if student and actor.may(Permission.VIEW_PROGRAM):
            trail.record(actor, "person.look", person_id, about=person_id)


def at_entry(kind: EntryKind[Any], actor: Actor, uid: uuid.UUID) -> None:
    """A look at one entry of a student's log."""
    with transaction() as session:
        student_id = session.scalar(
            sa.select(kind.table.student_id).where(entries_visible_to(actor, kind.table), kind.table.uid == uid)
        )
        if student_id is None:
            raise NotFoundError
        if student_id != actor.person_id:
            trail.record(actor, f"{kind.noun}.look", uid, about=student_id)


def at_cases_of_signal(actor: Actor, key: str, cases: Collection[uuid.UUID]) -> None:
    """A look at the cases that a signal is about: at the record of each student who logged one."""
    table = CASES.table
    with transaction() as session:
        students = set(
            session.scalars(
                sa.select(table.student_id)
                .where(entries_visible_to(actor, table), table.uid.in_(cases))
                .distinct()
            )
        )
        for student_id in sorted(students - {actor.person_id}):
            trail.record(actor, "signal.look", key, about=student_id)


def at_signals(actor: Actor) -> None:
    """A look at the list of signals of the whole program."""
    trail.looked(actor, "signals.look", actor.program_id)


def at_waiting(actor: Actor, named: Collection[uuid.UUID] | None = None) -> None:
    """A look at the entries that name the actor and are not decided: at the record of each student who has one there.

    Who came by a link sees only what is `named` there.
    """
    with transaction() as session:
        students: set[uuid.UUID] = set()
        for kind in (CASES, ACTIVITIES):
            seen = submitted_to(actor, kind.table)
            if named is not None:
                seen = sa.and_(waiting_for(actor, kind.table), kind.table.uid.in_(named))
            students.update(session.scalars(sa.select(kind.table.student_id).where(seen).distinct()))
        for student_id in sorted(students - {actor.person_id}):
            trail.record(actor, "review.look", actor.person_id, about=student_id)


def at_students(actor: Actor, action: str, students: Collection[uuid.UUID]) -> None:
    """A look at something of several students, on a page that the actor may open."""
    with transaction():
        for student_id in sorted(set(students)):
            trail.record(actor, action, student_id, about=student_id)


def at_cohort(actor: Actor, cohort_id: uuid.UUID, action: str = "cohort.look") -> None:
    """A look at the standing of a whole cohort, or its logs taken away."""
    with transaction() as session:
        cohort = session.get(Cohort, (actor.program_id, cohort_id))
        if cohort is None or not actor.may(Permission.VIEW_STUDENTS):
            raise NotFoundError
        trail.record(actor, action, cohort_id)


def at_program(actor: Actor, action: str) -> None:
    """A look at all students of the program."""
    trail.looked(actor, action, actor.program_id)


@dataclass(frozen=True, slots=True)
class Look:
    """A look at a student's record; `who` is empty where it was the operator."""

    at: datetime
    who: str | None
    way: str
    at_what: str
    subject: str | None  # of a look at one case


@dataclass(frozen=True, slots=True)
class Looks:
    """A page of the looks at one's record, the latest first."""

    looks: tuple[Look, ...]
    number: int
    pages: int
    total: int


def at_mine(actor: Actor, number: int) -> Looks:
    """Who looked at the actor's own record, and when."""
    with reading() as session:
        cohort_id = session.scalar(
            sa.select(Student.cohort_id).where(
                Student.program_id == actor.program_id, Student.person_id == actor.person_id
            )
        )
        found: sa.Select[*tuple[Any, ...]] = (
            sa.select(AuditEntry, Person.name)
            .outerjoin(
                Person, sa.and_(Person.program_id == AuditEntry.program_id, Person.id == AuditEntry.actor_id)
            )
            .where(_looks_at(actor, cohort_id, LOOKS), AuditEntry.actor_id.is_distinct_from(actor.person_id))
        )
        where: Place = place(session, found, number)
        rows = session.execute(
            found.order_by(AuditEntry.seq.desc()).limit(PAGE_SIZE).offset((where.number - 1) * PAGE_SIZE)
        )
        looks = tuple(
            Look(entry.at, name, entry.way, LOOKS[entry.action], _one_case(entry)) for entry, name in rows
        )
        return Looks(looks, where.number, where.pages, where.total)


def _looks_at(actor: Actor, cohort_id: uuid.UUID | None, actions: Collection[str]) -> sa.ColumnElement[bool]:
    of_many = sa.or_(
        sa.and_(AuditEntry.action.in_(("cohort.look", "cohort.export")), AuditEntry.subject == str(cohort_id)),
        AuditEntry.action == "program.export",
    )
    return sa.and_(
        AuditEntry.program_id == actor.program_id,
        sa.or_(sa.and_(AuditEntry.about_id == actor.person_id, AuditEntry.action.in_(actions)), of_many),
    )


def _one_case(entry: AuditEntry) -> str | None:
    return entry.subject if entry.action == "case.look" else None
