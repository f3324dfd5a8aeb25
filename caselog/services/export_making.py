"""Making what leaves: every door (page, API, command) asks here, and what is made is on record before it leaves."""

import hashlib
import io
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice
from typing import IO, Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from caselog.domain.codes import Position
from caselog.domain.export import Format, Precision, Use
from caselog.exports.as_csv import csv_chunks
from caselog.exports.as_json import json_chunks
from caselog.exports.as_xlsx import Sheet, TooLongError, write_workbook
from caselog.exports.file_names import file_name
from caselog.exports.table import ACTIVITIES, CASES, FileTable, at_precision, text_chunks, with_students
from caselog.services import export_policy, issuing, kinds, looks, trail
from caselog.services.actor import Actor, Operator, RefusedError
from caselog.services.archive import archive, counts_of
from caselog.services.export_rows import Member, members, rows_of, rows_with_students
from caselog.services.export_summary import summary
from caselog.services.issuing import Issue, Made, Prepared
from caselog.services.kinds import EntryKind
from caselog.services.packets import packet
from caselog.store.session import reading, transaction

PREVIEW_ROWS = 3
_PIECE = 64 * 1024  # bytes
_MEDIA_TYPES: Mapping[Format, str] = {
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSON: "application/json",
    Format.PDF: "application/pdf",
}


class Entries(StrEnum):
    """Which entries a file holds that has room for one table only; the others hold both."""

    CASES = "cases"
    ACTIVITIES = "activities"


class Chunks(Protocol):
    """The bytes of a file, piece by piece; to be closed by whoever does not want the rest."""

    def __iter__(self) -> Iterator[bytes]: ...

    def __next__(self) -> bytes: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Export:
    """A file on its way out: its bytes come as they are made, and can be taken once. Close it when it is taken."""

    filename: str
    media_type: str
    chunks: Chunks
    prepared: Prepared

    def close(self) -> None:
        self.chunks.close()


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of what would leave, as texts under the names of their columns."""

    entries: Entries
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    precision: Precision


@dataclass(slots=True)
class _Leaving:
    """What is on its way out: for whom, what of whom, and how many entries have left so far."""

    actor: Actor | Operator
    issue: Issue
    entries: Entries
    students: list[Member]
    counts: dict[Entries, int] = field(default_factory=lambda: dict.fromkeys(Entries, 0))

    def table(self, entries: Entries) -> FileTable:
        table = at_precision(_TABLES[entries], self.issue.precision)
        return table if self.issue.student_id else with_students(table)

    def rows(self, session: Session, entries: Entries) -> Generator[Sequence[Any]]:
        """The rows, which are counted as they go."""
        kind, precision = _KINDS[entries], self.issue.precision
        if self.issue.student_id:
            found = rows_of(session, kind, self.actor, [self.issue.student_id], precision)
        else:
            found = rows_with_students(session, kind, self.actor, self.students, precision)
        for row in found:
            self.counts[entries] += 1
            yield row

    def made(self, sha256: str) -> Made:
        return Made(sha256, self.counts[Entries.CASES], self.counts[Entries.ACTIVITIES])


Maker = Callable[[_Leaving, Prepared], Chunks]
_TABLES = {Entries.CASES: CASES, Entries.ACTIVITIES: ACTIVITIES}
_KINDS: Mapping[Entries, EntryKind[Any]] = {Entries.CASES: kinds.CASES, Entries.ACTIVITIES: kinds.ACTIVITIES}


def make(actor: Actor | Operator, wanted: Issue, entries: Entries = Entries.CASES) -> Export:
    """Begin an export, which is on record from now on; the precision is the program's for this use.

    An operator, who has the database itself, takes the precision that is asked for. Raises NotFoundError for what
    the actor may not see, and RefusedError for a file that there is not of this.
    """
    maker = _MAKERS.get((wanted.use, wanted.format)) or _MAKERS.get((None, wanted.format))
    if maker is None:
        raise RefusedError(f"There is no {wanted.format.upper()} of this; choose another kind of file.")
    if wanted.use is Use.ARCHIVE and isinstance(actor, Actor) and wanted.student_id != actor.person_id:
        raise RefusedError(
            "A full copy is the student’s own, and nobody else takes it; choose a spreadsheet, or ask the student."
        )
    leaving = _leaving(actor, wanted, entries)
    _note_looks(actor, leaving.issue)
    prepared = issuing.prepare(actor)
    name = _file_name(leaving, prepared)
    return Export(name, _MEDIA_TYPES[wanted.format], maker(leaving, prepared), prepared)


def is_made(use: Use, format_: Format) -> bool:
    """Whether there is such a file for this use."""
    return (use, format_) in _MAKERS or (None, format_) in _MAKERS


def previews(actor: Actor, wanted: Issue, tables: Iterable[Entries]) -> list[Preview]:
    """The first rows of each table as they would leave; looks at the records of many are noted here.

    Raises NotFoundError.
    """
    leaving = _leaving(actor, wanted, Entries.CASES)
    leaving.students = leaving.students[:PREVIEW_ROWS]
    if wanted.student_id is None:
        looks.at_students(actor, "log.look", [student.id for student in leaving.students])
    return [_preview(leaving, entries) for entries in tables]


def _preview(leaving: _Leaving, entries: Entries) -> Preview:
    table = leaving.table(entries)
    with reading() as session, closing(leaving.rows(session, entries)) as rows:
        first = list(islice(rows, PREVIEW_ROWS))
    texts = tuple(row for chunk in text_chunks(table, first, PREVIEW_ROWS) for row in chunk)
    return Preview(entries, table.names, texts, leaving.issue.precision)


def _leaving(actor: Actor | Operator, wanted: Issue, entries: Entries) -> _Leaving:
    if isinstance(actor, Actor):
        wanted = replace(wanted, precision=export_policy.precision_of(actor, wanted.use))
    with reading() as session:
        return _Leaving(actor, wanted, entries, members(session, actor, wanted))


def _note_looks(actor: Actor | Operator, issue: Issue) -> None:
    """That a record of others leaves is told to them, as if it had been looked at."""
    if isinstance(actor, Operator):
        with transaction():
            trail.record(actor, "log.export", issue.student_id or actor.program_id, about=issue.student_id)
    elif issue.student_id is not None:
        looks.at_student(actor, issue.student_id, "log.export")
    elif issue.cohort_id is not None:
        looks.at_cohort(actor, issue.cohort_id, "cohort.export")
    else:
        looks.at_program(actor, "program.export")


def _file_name(leaving: _Leaving, prepared: Prepared) -> str:
    issue = leaving.issue
    first = next(iter(leaving.students), None)
    of = "program" if not (issue.student_id or issue.cohort_id) else "cohort"
    if first is not None and of != "program":
        of = first.name if issue.student_id else first.cohort
    what = {Format.CSV: leaving.entries.value, Format.PDF: f"{issue.use}-packet"}.get(issue.format, "log")
    day = prepared.at.astimezone(ZoneInfo(leaving.actor.timezone))
    return file_name(["caselog", what, of, f"{day:%Y-%m-%d}"], issue.format)


def _csv(leaving: _Leaving, prepared: Prepared) -> Chunks:
    entries = leaving.entries
    return _streamed(
        leaving, prepared, lambda session: csv_chunks(leaving.rows(session, entries), leaving.table(entries))
    )


def _json(leaving: _Leaving, prepared: Prepared) -> Chunks:
    issue = leaving.issue
    about = {
        "exported_at": prepared.at.isoformat(timespec="seconds"),
        "use": issue.use,
        "precision": {"dates": issue.precision.dates, "sites": issue.precision.sites},
        "code": prepared.code,
        "head": str(prepared.head),
    }
    return _streamed(
        leaving,
        prepared,
        lambda session: json_chunks(
            about, [(each, leaving.table(each), leaving.rows(session, each)) for each in Entries]
        ),
    )


def _archive(leaving: _Leaving, prepared: Prepared) -> Chunks:
    student_id = leaving.students[0].id
    chunks = archive(leaving.actor, student_id, prepared)
    leaving.counts = dict(zip(Entries, counts_of(leaving.actor, student_id), strict=True))
    return _streamed(leaving, prepared, lambda _session: chunks)


def _streamed(leaving: _Leaving, prepared: Prepared, body: Callable[[Session], Iterable[bytes]]) -> Chunks:
    issuing.issue(leaving.actor, prepared, leaving.issue)
    return _finished_at_the_end(leaving, prepared, body)


def _finished_at_the_end(
    leaving: _Leaving, prepared: Prepared, body: Callable[[Session], Iterable[bytes]]
) -> Generator[bytes]:
    """The chunks; the last one leaves when what was made is on record, so no whole file is without its digest."""
    digest, last = hashlib.sha256(), b""
    with reading() as session:
        for chunk in body(session):
            if last:
                yield last
            digest.update(chunk)
            last = chunk
    issuing.finish(leaving.actor, prepared.id, leaving.made(digest.hexdigest()))
    yield last


def _xlsx(leaving: _Leaving, prepared: Prepared) -> Chunks:
    file = tempfile.TemporaryFile()  # noqa: SIM115 (who reads it closes it)
    try:
        with reading() as session:
            sheets = [
                Sheet(each.capitalize(), leaving.table(each), leaving.rows(session, each)) for each in Entries
            ]
            front = summary(_reader(leaving), leaving.issue, prepared, leaving.students)
            write_workbook(file, front, sheets, prepared.at)
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        issuing.issue(leaving.actor, prepared, leaving.issue, leaving.made(sha256))
    except TooLongError as error:
        file.close()
        raise RefusedError(f"{error} Take the table as CSV, which has no limit.") from error
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return _Pieces(file)


def _pdf(leaving: _Leaving, prepared: Prepared) -> Chunks:
    issue = leaving.issue
    if issue.student_id is None:
        raise RefusedError("A packet is about one student; choose one, or make packets for each of a cohort.")
    data, made = packet(_reader(leaving), issue.student_id, issue.use, prepared, issue.precision)
    issuing.issue(leaving.actor, prepared, issue, made)
    return _Pieces(io.BytesIO(data))


def _reader(leaving: _Leaving) -> Actor:
    """Who reads the progress of an export: who asked, or for an operator the student."""
    if isinstance(leaving.actor, Actor):
        return leaving.actor
    student = leaving.students[0]
    return Actor(leaving.actor.program_id, student.id, Position.STUDENT, student.name, leaving.actor.timezone)


class _Pieces:
    """A whole file, piece by piece, closed at its end or when nobody wants the rest."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __iter__(self) -> "_Pieces":
        return self

    def __next__(self) -> bytes:
        if not self._file.closed and (piece := self._file.read(_PIECE)):
            return piece
        self.close()
        raise StopIteration

    def close(self) -> None:
        self._file.close()


# What makes a file of a format; for one use only, where the use is named.
_MAKERS: Mapping[tuple[Use | None, Format], Maker] = {
    (None, Format.CSV): _csv,
    (None, Format.XLSX): _xlsx,
    (Use.ARCHIVE, Format.JSON): _archive,
    (Use.COHORT, Format.JSON): _json,
    (Use.SPREADSHEET, Format.JSON): _json,
    **{(use, Format.PDF): _pdf for use in (Use.APPLICATION, Use.PROGRAM_FILE, Use.BOARD)},
}
