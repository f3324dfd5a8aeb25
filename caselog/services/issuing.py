"""A record of each export: issued under a code, made to its end, withdrawn; and what a stranger may be told of it."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from caselog import clock
from caselog.domain.chain import Head
from caselog.domain.codes import Position
from caselog.domain.export import FULL, Dates, Format, Precision, Sites, Use, code_of
from caselog.services import trail
from caselog.services.actor import Actor, NotFoundError, Operator, Permission, RefusedError
from caselog.services.kinds import ACTIVITIES, CASES, EntryKind
from caselog.store.audit import AuditEntry
from caselog.store.exports import IssuedExport
from caselog.store.people import Person, Student
from caselog.store.programs import Cohort, Program
from caselog.store.session import reading, transaction

LISTED_MOST = 200
_SECRET_BYTES = 16  # 128 bits: nobody guesses a code


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a file prints of its own record before that is written."""

    id: uuid.UUID
    code: str
    head: Head
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What is to leave: of a student, of a cohort, or of the whole program where neither is given."""

    use: Use
    format: Format
    student_id: uuid.UUID | None = None
    cohort_id: uuid.UUID | None = None
    reason: str = ""
    precision: Precision = FULL


@dataclass(frozen=True, slots=True)
class Made:
    """A file made to its end: the SHA-256 of its bytes in hexadecimal, and how many entries are in it."""

    sha256: str
    cases: int
    activities: int


@dataclass(frozen=True, slots=True)
class Issued:
    """An export as a page lists it. `may_withdraw` is the asker's; `by` is None for the operator."""

    id: uuid.UUID
    code: str
    issue: Issue
    made: Made | None
    at: datetime
    by: str | None
    student: str | None
    cohort: str | None
    head: Head
    withdrawn_at: datetime | None
    withdrawn_why: str
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a stranger is told about a code; nothing of it names a person or says what a case holds.

    `amended` counts the entries in it that were changed or made void since; `removed` those that are gone.
    """

    program: str
    is_demo: bool
    use: Use
    format: Format
    precision: Precision
    at: datetime
    timezone: str
    made: Made | None
    amended: int
    removed: int
    withdrawn_at: datetime | None


def prepare(actor: Actor | Operator) -> Prepared:
    """The code and the head for a file that is about to be made; writes nothing."""
    return Prepared(uuid.uuid4(), code_of(secrets.token_bytes(_SECRET_BYTES)), trail.head(actor), clock.now())


def issue(actor: Actor | Operator, prepared: Prepared, wanted: Issue, made: Made | None = None) -> None:
    """Note that something leaves, before it does; without `made`, `finish` follows when its last byte is known."""
    with transaction() as session:
        session.add(
            IssuedExport(
                program_id=actor.program_id,
                id=prepared.id,
                code=prepared.code,
                use=wanted.use,
                format=wanted.format,
                student_id=wanted.student_id,
                cohort_id=wanted.cohort_id,
                reason=wanted.reason,
                dates=wanted.precision.dates,
                sites=wanted.precision.sites,
                cases=made.cases if made else None,
                activities=made.activities if made else None,
                sha256=made.sha256 if made else None,
                issued_at=prepared.at,
                issued_by=actor.person_id if isinstance(actor, Actor) else None,
                head_seq=prepared.head.seq,
                head_hash=prepared.head.hash,
                withdrawn_why="",
            )
        )
        trail.record(actor, "export.issue", prepared.id, about=wanted.student_id)


def finish(actor: Actor | Operator, issued_id: uuid.UUID, made: Made) -> None:
    """Note what a file turned out to be that was issued before it was made."""
    with transaction() as session:
        row = session.get_one(IssuedExport, (actor.program_id, issued_id))
        row.sha256, row.cases, row.activities = made.sha256, made.cases, made.activities
        trail.record(actor, "export.made", issued_id, about=row.student_id)


def withdraw(actor: Actor, issued_id: uuid.UUID, why: str) -> None:
    """Let whoever asks about an export know that it no longer stands. Raises NotFoundError and RefusedError."""
    with transaction() as session:
        row = session.scalar(
            sa.select(IssuedExport).where(_visible_to(actor), IssuedExport.id == issued_id).with_for_update()
        )
        if row is None:
            raise NotFoundError
        if not _may_withdraw(actor, row):
            raise RefusedError("Only who made this export can withdraw it, or a director what the program made.")
        if row.withdrawn_at is not None:
            raise RefusedError("This export was withdrawn already.")
        row.withdrawn_at, row.withdrawn_why = clock.now(), why
        trail.record(actor, "export.withdraw", issued_id, about=row.student_id)


def issued_of(
    actor: Actor,
    student_id: uuid.UUID | None = None,
    *,
    cohort_id: uuid.UUID | None = None,
    export_id: uuid.UUID | None = None,
) -> tuple[Issued, ...]:
    """What left, the newest first, at most `LISTED_MOST`: all that a student is in, or of a director's program.

    `student_id` narrows a director's list to what one student is in, `cohort_id` to what was taken of a cohort as one,
    and `export_id` to one export.
    """
    by, student = aliased(Person), aliased(Person)
    query = (
        sa.select(IssuedExport, by.name, student.name, Cohort.name)
        .outerjoin(by, _same(by, IssuedExport.issued_by))
        .outerjoin(student, _same(student, IssuedExport.student_id))
        .outerjoin(Cohort, _same(Cohort, IssuedExport.cohort_id))
        .where(_visible_to(actor))
        .order_by(IssuedExport.issued_at.desc(), IssuedExport.id)
        .limit(LISTED_MOST)
    )
    if student_id is not None:
        query = query.where(_concerns(actor.program_id, student_id))
    if cohort_id is not None:
        query = query.where(IssuedExport.cohort_id == cohort_id)
    if export_id is not None:
        query = query.where(IssuedExport.id == export_id)
    with reading() as session:
        return tuple(_issued(actor, *row) for row in session.execute(query))


def look_up(code: str) -> Found | None:
    """What anybody may know about an export, by its code as `domain.export.read_code` gives it."""
    with reading() as session:
        row = session.scalar(sa.select(IssuedExport).where(IssuedExport.code == code))
        if row is None:
            return None
        program = session.get_one(Program, row.program_id)
        amended = sum(_amended(session, row, kind) for kind in (CASES, ACTIVITIES))
        return Found(
            program=program.name,
            is_demo=program.is_demo,
            use=Use(row.use),
            format=Format(row.format),
            precision=_precision(row),
            at=row.issued_at,
            timezone=program.timezone,
            made=_made(row),
            amended=amended,
            removed=_removed(session, row),
            withdrawn_at=row.withdrawn_at,
        )


def _amended(session: Session, row: IssuedExport, kind: EntryKind[Any]) -> int:
    """How many entries of an export were changed since: what was handed in tells of its changes, a draft when."""
    changed = sa.exists().where(
        kind.changes.program_id == kind.table.program_id,
        kind.changes.entry_uid == kind.table.uid,
        kind.changes.at > row.issued_at,
    )
    # A packet holds nothing that was not handed in; in other files a draft may be, whatever became of it since.
    with_drafts = sa.true() if row.format != Format.PDF else sa.false()
    redrafted = sa.and_(with_drafts, kind.table.changed_at > row.issued_at)
    found = session.scalar(
        sa.select(sa.func.count())
        .select_from(kind.table)
        .where(
            _in_scope(row, kind),
            kind.table.created_at <= row.issued_at,
            sa.or_(changed, redrafted, _redacted(session, row, kind)),
        )
    )
    return found or 0


def _redacted(session: Session, row: IssuedExport, kind: EntryKind[Any]) -> sa.ColumnElement[bool]:
    """Entries that lost a text since without having been handed in again; only an archive holds what others said."""
    subjects = session.scalars(
        sa.select(AuditEntry.subject)
        .where(
            AuditEntry.program_id == row.program_id,
            AuditEntry.seq > row.head_seq,
            AuditEntry.action == "text.redact",
        )
        .distinct()
    )
    named = kind.table.uid.in_([uuid.UUID(subject) for subject in subjects])
    if row.use == Use.ARCHIVE:
        return named
    return sa.and_(named, kind.table.changed_at > row.issued_at, kind.table.status != "draft")


def _removed(session: Session, row: IssuedExport) -> int:
    """How many entries of a whole log are gone since; what holds only a part of a log cannot be counted again.

    Of that nothing goes: `import_undo` makes void what stands in a packet.
    """
    if row.format == Format.PDF or row.use == Use.REPORT:
        return 0
    gone = 0
    for kind, then in ((CASES, row.cases), (ACTIVITIES, row.activities)):
        now = session.scalar(
            sa.select(sa.func.count())
            .select_from(kind.table)
            .where(_in_scope(row, kind), kind.table.created_at <= row.issued_at)
        )
        gone += max((then or 0) - (now or 0), 0)
    return gone


def _in_scope(row: IssuedExport, kind: EntryKind[Any]) -> sa.ColumnElement[bool]:
    of_program = kind.table.program_id == row.program_id
    if row.student_id is not None:
        return sa.and_(of_program, kind.table.student_id == row.student_id)
    if row.cohort_id is None:
        return of_program
    members = sa.select(Student.person_id).where(
        Student.program_id == row.program_id, Student.cohort_id == row.cohort_id
    )
    return sa.and_(of_program, kind.table.student_id.in_(members))


def _visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    if actor.may(Permission.EXPORT_PROGRAM):
        return IssuedExport.program_id == actor.program_id
    return _concerns(actor.program_id, actor.person_id)


def _concerns(program_id: uuid.UUID, student_id: uuid.UUID) -> sa.ColumnElement[bool]:
    """Exports that a student is in: one's own, those of the cohort, and those of the whole program."""
    cohort = (
        sa.select(Student.cohort_id)
        .where(Student.program_id == program_id, Student.person_id == student_id)
        .scalar_subquery()
    )
    of_all = sa.and_(IssuedExport.student_id.is_(None), IssuedExport.cohort_id.is_(None))
    return sa.and_(
        IssuedExport.program_id == program_id,
        sa.or_(IssuedExport.student_id == student_id, IssuedExport.cohort_id == cohort, of_all),
    )


def _same(table: Any, column: Any) -> sa.ColumnElement[bool]:
    return sa.and_(table.program_id == IssuedExport.program_id, table.id == column)


def _issued(actor: Actor, row: IssuedExport, by: str | None, student: str | None, cohort: str | None) -> Issued:
    return Issued(
        id=row.id,
        code=row.code,
        issue=Issue(
            use=Use(row.use),
            format=Format(row.format),
            student_id=row.student_id,
            cohort_id=row.cohort_id,
            reason=row.reason,
            precision=_precision(row),
        ),
        made=_made(row),
        at=row.issued_at,
        by=by,
        student=student,
        cohort=cohort,
        head=Head(row.head_seq, row.head_hash),
        withdrawn_at=row.withdrawn_at,
        withdrawn_why=row.withdrawn_why,
        may_withdraw=row.withdrawn_at is None and _may_withdraw(actor, row),
    )


def _precision(row: IssuedExport) -> Precision:
    return Precision(Dates(row.dates), Sites(row.sites))


def _made(row: IssuedExport) -> Made | None:
    return Made(row.sha256, row.cases or 0, row.activities or 0) if row.sha256 else None


def _may_withdraw(actor: Actor, row: IssuedExport) -> bool:
    """Who made it; a director also what others of the program made, but never a student's own copy."""
    if row.issued_by == actor.person_id:
        return True
    return actor.position is Position.DIRECTOR and row.issued_by != row.student_id
