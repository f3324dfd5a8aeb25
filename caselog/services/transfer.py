"""A student's log leaves and arrives as rows: all of them or none, and the same rows twice add nothing."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypedDict, Unpack, cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.cells import FileRow
from caselog.domain.chain import Head
from caselog.domain.codes import Status
from caselog.services import digests, trail
from caselog.services.actor import Actor, NotFoundError, Operator, RefusedError
from caselog.services.arrival import Arrival, ImportReport, Manner
from caselog.services.confirming import confirm_texts
from caselog.services.export_rows import rows_of
from caselog.services.kinds import ACTIVITIES, CASES, E, EntryKind
from caselog.store.bulk import insert_rows
from caselog.store.imports import LogImport
from caselog.store.people import Student
from caselog.store.session import reading, transaction

__all__ = ["NEEDED", "NEEDED_OF_ACTIVITIES", "ImportReport", "import_activities", "import_cases"]

# A file must have these columns; the others may be missing.
NEEDED = (*CASES.needed, "status")
NEEDED_OF_ACTIVITIES = (*ACTIVITIES.needed, "status")

_STEP = 200  # rows between two reports of progress
_AT_ONCE = 1_000  # identifiers in one question to the database


def note_export(operator: Actor | Operator, student_id: uuid.UUID) -> Head:
    """Note in the trail that a student's log is being exported; the head to print on the export.

    Raises NotFoundError.
    """
    with transaction() as session:
        _require_student(session, operator, student_id)
        trail.record(operator, "log.export", student_id, about=student_id)
    return trail.head(operator)


def export_cases(operator: Actor | Operator, student_id: uuid.UUID) -> Iterator[Sequence[Any]]:
    """A student's cases by date, each as its values in the order of the columns, as the database holds them.

    That is the form that `exports.table` takes. Raises NotFoundError.
    """
    return _export(CASES, operator, student_id)


def export_activities(operator: Actor | Operator, student_id: uuid.UUID) -> Iterator[Sequence[Any]]:
    """A student's learning activities, as `export_cases` gives cases. Raises NotFoundError."""
    return _export(ACTIVITIES, operator, student_id)


def _export(kind: EntryKind[E], operator: Actor | Operator, student_id: uuid.UUID) -> Iterator[Sequence[Any]]:
    with reading() as session:
        _require_student(session, operator, student_id)
        yield from rows_of(session, kind, operator, [student_id])


class How(TypedDict, total=False):
    """How to import: see `import_cases`."""

    skip_bad: bool
    dry_run: bool
    texts_checked: bool
    twice: bool
    progress: Callable[[int], None]


def import_cases(
    operator: Actor | Operator, student_id: uuid.UUID, rows: Iterable[FileRow], **how: Unpack[How]
) -> ImportReport:
    """Add the cases of a file to a student's log, unless a row is bad; `progress` is told of rows done.

    `skip_bad` adds the good rows although others are bad, `dry_run` nothing at all. A text in which something doubtful
    was found is a fault unless somebody says that the texts were checked (`texts_checked`). `twice` adds also what
    looks like another entry without being the same.
    Raises NotFoundError, and RefusedError when somebody else changed the log meanwhile.
    """
    return import_entries(CASES, operator, student_id, rows, Manner(**how))


def import_activities(
    operator: Actor | Operator, student_id: uuid.UUID, rows: Iterable[FileRow], **how: Unpack[How]
) -> ImportReport:
    """Add the learning activities of a file to a student's log, as `import_cases` adds cases."""
    return import_entries(ACTIVITIES, operator, student_id, rows, Manner(**how))


def import_entries(
    kind: EntryKind[E],
    actor: Actor | Operator,
    student_id: uuid.UUID,
    rows: Iterable[FileRow],
    manner: Manner,
    form: str = "csv",
) -> ImportReport:
    """Add entries of either kind to a student's log; `form` is what kind of file they come from."""
    with reading() as session:
        _require_student(session, actor, student_id)
        confirm_texts(confirmed=manner.texts_checked)
        arrival = Arrival(kind, session, actor, student_id, manner)
    for number, row in enumerate(rows, 1):
        arrival.take(row)
        if number % _STEP == 0:
            manner.progress(_STEP)
    manner.progress(arrival.rows % _STEP)
    with reading() as session:
        arrival.refuse_those_of_others(session)
    added = _add(kind, actor, student_id, arrival, form) if arrival.keeps and arrival.arriving else None
    return arrival.report(added)


def _add(
    kind: EntryKind[E], actor: Actor | Operator, student_id: uuid.UUID, arrival: Arrival[E], form: str
) -> uuid.UUID:
    with transaction() as session:
        _require_student(session, actor, student_id)
        made = LogImport(
            program_id=actor.program_id,
            id=uuid.uuid4(),
            student_id=student_id,
            imported_by=actor.person_id if isinstance(actor, Actor) else None,
            kind=kind.noun,
            format=form,
            added=len(arrival.arriving),
            imported_at=clock.now(),
        )
        columns = arrival.columns(made.id)
        _insert(session, cast("sa.Table", kind.table.__table__), columns)
        trail.record_import(actor, f"{kind.noun}.import", kind.table, columns, made)
        session.add(made)
        trail.record(actor, "log.import", student_id, about=student_id)
        reviewers = {row[f"{kind.reviewer}_id"] for row in columns if row["status"] == Status.SUBMITTED}
        digests.piled_up(session, actor, reviewers)
        return made.id


def _insert(session: Session, table: sa.Table, columns: Sequence[dict[str, Any]]) -> None:
    try:
        insert_rows(session.connection(), table, columns)
    except IntegrityError as error:
        raise RefusedError("The log was changed meanwhile; nothing was added. Import the file again.") from error


def _of_student(kind: EntryKind[E], operator: Actor | Operator, student_id: uuid.UUID) -> sa.ColumnElement[bool]:
    return sa.and_(kind.table.program_id == operator.program_id, kind.table.student_id == student_id)


def _require_student(session: Session, operator: Actor | Operator, student_id: uuid.UUID) -> None:
    if session.get(Student, (operator.program_id, student_id)) is None:
        raise NotFoundError
