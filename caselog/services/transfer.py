"""A student's log leaves and arrives as rows: all of them or none, and the same rows twice add nothing."""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Generic

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.cells import FileRow, RowFault
from caselog.domain.chain import Head
from caselog.domain.codes import Status
from caselog.domain.fields import Fault
from caselog.services import digests, trail
from caselog.services.actor import Actor, NotFoundError, Operator, RefusedError
from caselog.services.confirming import confirm_texts
from caselog.services.file_evaluation import said_twice
from caselog.services.kinds import ACTIVITIES, CASES, E, EntryKind
from caselog.services.screen import entry_faults
from caselog.store.cases import REFERENCES, LoggedCase
from caselog.store.people import Person, Student
from caselog.store.session import reading, transaction

# A file must have these columns; the others may be missing.
NEEDED = (*CASES.needed, "status")
NEEDED_OF_ACTIVITIES = (*ACTIVITIES.needed, "status")

# Only a reviewer verifies, and only an entry that stands in the log can have been returned.
_ARRIVES_AS: Mapping[str, Status] = {Status.VERIFIED: Status.SUBMITTED, Status.RETURNED: Status.DRAFT}
# The site says its country, and a status changes in the log: neither makes it another entry.
_NOT_CONTENT = frozenset({CASES.uid, ACTIVITIES.uid, "site_country", "status"})
# What files call the references of an entry: the rows that spell them, which `spelled_out` joins.
_SPELLED: Mapping[str, Any] = {**REFERENCES, "supervisor": Person.email}
_STEP = 200  # rows between two reports of progress
_AT_ONCE = 1_000  # identifiers in one question to the database


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the rows of a file; counts are rows.

    `differing` are rows whose entry stood in the log with other values, which it kept.
    `stored` is False after a dry run, and where a row is bad that was not to be skipped: then nothing was added.
    """

    rows: int
    added: int
    already_there: int
    from_verified: int  # added as submitted
    from_returned: int  # added as drafts
    differing: tuple[RowFault, ...]
    bad: tuple[RowFault, ...]
    stored: bool


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
    return _export(CASES, operator, student_id, LoggedCase.start_time.nulls_first())


def export_activities(operator: Actor | Operator, student_id: uuid.UUID) -> Iterator[Sequence[Any]]:
    """A student's learning activities, as `export_cases` gives cases. Raises NotFoundError."""
    return _export(ACTIVITIES, operator, student_id)


def _export(
    kind: EntryKind[E], operator: Actor | Operator, student_id: uuid.UUID, *then_by: sa.ColumnElement[Any]
) -> Iterator[Sequence[Any]]:
    own = kind.table.__table__.c
    as_held = [
        _SPELLED[name] if name in _SPELLED else sa.type_coerce(own[name], sa.types.NULLTYPE)
        for name in kind.columns
    ]
    query = (
        kind.spelled_out()
        .with_only_columns(*as_held)
        .where(_of_student(kind, operator, student_id))
        .order_by(kind.table.on.nulls_first(), *then_by, kind.table.uid)
        .execution_options(yield_per=_AT_ONCE)
    )
    with reading() as session:
        _require_student(session, operator, student_id)
        # Below the session, which would take half as long again to make of each row what it already is.
        yield from session.connection().execute(query)


def import_cases(
    operator: Actor | Operator,
    student_id: uuid.UUID,
    rows: Iterable[FileRow],
    *,
    skip_bad: bool = False,
    dry_run: bool = False,
    texts_checked: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> ImportReport:
    """Add the cases of a file to a student's log, unless a row is bad; `progress` is told of rows done.

    A text in which something doubtful was found is a fault unless somebody says that the texts were checked.
    Raises NotFoundError, and RefusedError when somebody else changed the log meanwhile.
    """
    return _import(CASES, operator, student_id, rows, _Manner(skip_bad, dry_run, texts_checked, progress))


def import_activities(
    operator: Actor | Operator,
    student_id: uuid.UUID,
    rows: Iterable[FileRow],
    *,
    skip_bad: bool = False,
    dry_run: bool = False,
    texts_checked: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> ImportReport:
    """Add the learning activities of a file to a student's log, as `import_cases` adds cases."""
    return _import(ACTIVITIES, operator, student_id, rows, _Manner(skip_bad, dry_run, texts_checked, progress))


@dataclass(frozen=True, slots=True)
class _Manner:
    """How to import: see `import_cases`."""

    skip_bad: bool
    dry_run: bool
    texts_checked: bool
    progress: Callable[[int], None]


def _import(
    kind: EntryKind[E], operator: Actor | Operator, student_id: uuid.UUID, rows: Iterable[FileRow], manner: _Manner
) -> ImportReport:
    scope: AbstractContextManager[Session] = reading() if manner.dry_run else transaction()
    with scope as session:
        _require_student(session, operator, student_id)
        confirm_texts(confirmed=manner.texts_checked)
        arrival = _Arrival(kind, session, operator, student_id)
        for number, row in enumerate(rows, 1):
            arrival.take(row)
            if number % _STEP == 0:
                manner.progress(_STEP)
        manner.progress(arrival.rows % _STEP)
        arrival.refuse_those_of_others()
        stored = not manner.dry_run and (manner.skip_bad or not arrival.bad)
        report = arrival.report(stored=stored)
        if stored and report.added:
            columns = arrival.columns()
            _insert(session, kind.table.__table__, columns)
            trail.record_rows(operator, f"{kind.noun}.import", kind.table, columns, subject=kind.uid)
            trail.record(operator, "log.import", student_id, about=student_id)
            reviewers = {row[f"{kind.reviewer}_id"] for row in columns if row["status"] == Status.SUBMITTED}
            digests.piled_up(session, operator, reviewers)
    return report


def _insert(session: Session, table: sa.FromClause, columns: Sequence[dict[str, Any]]) -> None:
    try:
        session.execute(sa.insert(table), columns)  # type: ignore[arg-type]  # a table is a FromClause
    except IntegrityError as error:
        raise RefusedError("The log was changed meanwhile; nothing was added. Import the file again.") from error


class _Arrival(Generic[E]):
    """The rows of one file on their way into one student's log."""

    def __init__(
        self, kind: EntryKind[E], session: Session, operator: Actor | Operator, student_id: uuid.UUID
    ) -> None:
        self.kind, self.session, self.operator, self.student_id = kind, session, operator, student_id
        self.references = kind.references(session, operator.program_id, student_id)
        self.today = clock.today(operator.timezone)
        self.in_log = {each.uid: each for each in kind.read(session, _of_student(kind, operator, student_id))}
        self.rows = 0
        self.already_there = 0
        # By identifier, with the line and with the status that the file says.
        self.arriving: dict[str, tuple[int, E]] = {}
        self.alike: dict[str, int] = {}  # how often the same content came without an identifier
        self.differing: list[RowFault] = []
        self.bad: list[RowFault] = []

    def take(self, row: FileRow) -> None:
        """Find out whether a row is bad, there already, or an entry to add."""
        self.rows += 1
        found = list(row.faults)
        if not found:
            reviewer = self.kind.reviewer
            entry, found = self.kind.parse_row({**row.cells, reviewer: row.cells.get(reviewer, "").lower()})
            unreadable = {fault.field for fault in found}
            if unreadable:
                found += (fault for fault in self._impossible(entry) if fault.field not in unreadable)
            else:
                found = self._place(row.line, entry)
        self.bad += (RowFault(row.line, fault.field, fault.message) for fault in found)

    def _impossible(self, entry: E) -> list[Fault]:
        return [
            *self.references.faults(_as_it_arrives(entry), today=self.today),
            *entry_faults(self.session, self.operator.program_id, entry),
        ]

    def _place(self, line: int, entry: E) -> list[Fault]:
        try:
            identifier = self._identifier(entry)
        except ValueError:
            message = (
                f"The identifier is not a UUID; leave it empty, and the {self.kind.noun} gets one of its own."
            )
            return [Fault(self.kind.uid, message), *self._impossible(entry)]
        if identifier in self.in_log:
            return self._compare(line, entry, self.in_log[identifier])
        entry = entry if entry.uid == identifier else self.kind.identified(entry, identifier)
        found = self._impossible(entry)
        if not found:
            earlier, known = self.arriving.setdefault(identifier, (line, entry))
            if known != entry:
                return [Fault(self.kind.uid, said_twice(self.kind.uid, identifier, earlier))]
            self.already_there += earlier != line
        return found

    def _compare(self, line: int, entry: E, stands: E) -> list[Fault]:
        """An entry in the log stays as it is; a row that says something impossible of it is bad all the same."""
        ours, theirs = _content(self.kind, stands), _content(self.kind, entry)
        names = [name for name in self.kind.columns if ours.get(name) != theirs.get(name)]
        found = self._impossible(entry) if names else []
        if not found:
            self.already_there += 1
        if names and not found:
            message = f"The log has other values in {', '.join(names)}, and keeps them."
            self.differing.append(RowFault(line, names[0], message))
        return found

    def _identifier(self, entry: E) -> str:
        """The entry's own identifier in one spelling, or one made of the student and of what the entry says.

        Raises ValueError for an identifier that is not a UUID.
        """
        if entry.uid:
            return str(uuid.UUID(entry.uid))
        content = json.dumps(_content(self.kind, entry), sort_keys=True, default=str)
        self.alike[content] = self.alike.get(content, 0) + 1
        return str(uuid.uuid5(self.student_id, f"{self.alike[content]} {content}"))

    def refuse_those_of_others(self) -> None:
        """An entry of another student in the program is not this student's."""
        for start in range(0, len(self.arriving), _AT_ONCE):
            wanted = list(self.arriving)[start : start + _AT_ONCE]
            taken = self.session.scalars(
                sa.select(self.kind.table.uid).where(
                    self.kind.table.program_id == self.operator.program_id,
                    self.kind.table.uid.in_(map(uuid.UUID, wanted)),
                )
            )
            for uid in map(str, taken):
                message = f"{uid} is {self.kind.a_noun} of another student; remove the row."
                self.bad.append(RowFault(self.arriving[uid][0], self.kind.uid, message))
        lines = {fault.line for fault in self.bad}
        self.arriving = {uid: (line, entry) for uid, (line, entry) in self.arriving.items() if line not in lines}
        self.bad.sort(key=lambda fault: fault.line)

    def columns(self) -> list[dict[str, Any]]:
        """The entries to add, as column values."""
        now = clock.now()
        return [
            {
                **self.references.columns(_as_it_arrives(entry)),
                "program_id": self.operator.program_id,
                "student_id": self.student_id,
                self.kind.uid: uuid.UUID(uid),
                "created_at": now,
                "changed_at": now,
                "version": 1,
            }
            for uid, (_, entry) in self.arriving.items()
        ]

    def report(self, *, stored: bool) -> ImportReport:
        in_file = [entry.status for _, entry in self.arriving.values()]
        return ImportReport(
            rows=self.rows,
            added=len(in_file),
            already_there=self.already_there,
            from_verified=in_file.count(Status.VERIFIED),
            from_returned=in_file.count(Status.RETURNED),
            differing=tuple(self.differing),
            bad=tuple(self.bad),
            stored=stored,
        )


def _as_it_arrives(entry: E) -> E:
    status = _ARRIVES_AS.get(entry.status)
    return replace(entry, status=status) if status else entry


def _content(kind: EntryKind[E], entry: E) -> dict[str, Any]:
    """What of an entry is given, so that a column added one day leaves today's entries what they are."""
    given = {name: getattr(entry, name) for name in kind.columns if name not in _NOT_CONTENT}
    return {name: value for name, value in given.items() if value not in (None, "", (), False)}


def _of_student(kind: EntryKind[E], operator: Actor | Operator, student_id: uuid.UUID) -> sa.ColumnElement[bool]:
    return sa.and_(kind.table.program_id == operator.program_id, kind.table.student_id == student_id)


def _require_student(session: Session, operator: Actor | Operator, student_id: uuid.UUID) -> None:
    if session.get(Student, (operator.program_id, student_id)) is None:
        raise NotFoundError
