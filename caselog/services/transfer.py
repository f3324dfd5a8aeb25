"""A student's log leaves and arrives as rows: all of them or none, and the same rows twice add nothing."""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.case import COLUMNS, NEEDED_TO_SUBMIT, Case, Fault
from caselog.domain.case_file import FileRow, RowFault, parse_row
from caselog.domain.codes import Status
from caselog.services import trail
from caselog.services.actor import NotFoundError, Operator, RefusedError
from caselog.services.file_evaluation import said_twice
from caselog.services.references import load_references
from caselog.store.cases import REFERENCES, LoggedCase, read_cases, spelled_out
from caselog.store.people import Student
from caselog.store.session import reading, transaction

# A file must have these columns; the others may be missing.
NEEDED = (*NEEDED_TO_SUBMIT, "status")

# Only a preceptor verifies, and only a case that stands in the log can have been returned.
_ARRIVES_AS: Mapping[str, Status] = {Status.VERIFIED: Status.SUBMITTED, Status.RETURNED: Status.DRAFT}
# The site says its country, and a status changes in the log: neither makes it another case.
_NOT_CONTENT = frozenset({"case_uid", "site_country", "status"})
_STEP = 200  # rows between two reports of progress
_AT_ONCE = 1_000  # identifiers in one question to the database


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the rows of a file; counts are rows.

    `differing` are rows whose case stood in the log with other values, which it kept.
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


def export_cases(operator: Operator, student_id: uuid.UUID) -> Iterator[Sequence[Any]]:
    """A student's cases by date, each as its values in the order of COLUMNS, as the database holds them.

    That is the form that `exports.table` takes. Raises NotFoundError.
    """
    own = LoggedCase.__table__.c
    as_held = [
        REFERENCES[name] if name in REFERENCES else sa.type_coerce(own[name], sa.types.NULLTYPE)
        for name in COLUMNS
    ]
    query = (
        spelled_out()
        .with_only_columns(*as_held)
        .where(_of_student(operator, student_id))
        .order_by(LoggedCase.case_date.nulls_first(), LoggedCase.start_time.nulls_first(), LoggedCase.case_uid)
        .execution_options(yield_per=_AT_ONCE)
    )
    with reading() as session:
        _require_student(session, operator, student_id)
        # Below the session, which would take half as long again to make of each row what it already is.
        yield from session.connection().execute(query)


def import_cases(
    operator: Operator,
    student_id: uuid.UUID,
    rows: Iterable[FileRow],
    *,
    skip_bad: bool = False,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> ImportReport:
    """Add the cases of a file to a student's log, unless a row is bad; `progress` is told of rows done.

    Raises NotFoundError, and RefusedError when somebody else changed the log meanwhile.
    """
    scope: AbstractContextManager[Session] = reading() if dry_run else transaction()
    with scope as session:
        _require_student(session, operator, student_id)
        arrival = _Arrival(session, operator, student_id)
        for number, row in enumerate(rows, 1):
            arrival.take(row)
            if number % _STEP == 0:
                progress(_STEP)
        progress(arrival.rows % _STEP)
        arrival.refuse_those_of_others()
        stored = not dry_run and (skip_bad or not arrival.bad)
        report = arrival.report(stored=stored)
        if stored and report.added:
            _insert(session, arrival.columns())
            counts = f"{report.added} added, {report.already_there} there already"
            trail.record(operator, "case.import", f"{student_id}: {counts}")
    return report


def _insert(session: Session, columns: Sequence[dict[str, Any]]) -> None:
    try:
        session.execute(sa.insert(LoggedCase.__table__), columns)  # type: ignore[arg-type]  # a table is a FromClause
    except IntegrityError as error:
        raise RefusedError("The log was changed meanwhile; nothing was added. Import the file again.") from error


class _Arrival:
    """The rows of one file on their way into one student's log."""

    def __init__(self, session: Session, operator: Operator, student_id: uuid.UUID) -> None:
        self.session, self.operator, self.student_id = session, operator, student_id
        self.references = load_references(session, operator.program_id, student_id)
        self.today = clock.today(operator.timezone)
        self.in_log = {case.case_uid: case for case in read_cases(session, _of_student(operator, student_id))}
        self.rows = 0
        self.already_there = 0
        # By case_uid, with the line and with the status that the file says.
        self.arriving: dict[str, tuple[int, Case]] = {}
        self.alike: dict[str, int] = {}  # how often the same content came without a case_uid
        self.differing: list[RowFault] = []
        self.bad: list[RowFault] = []

    def take(self, row: FileRow) -> None:
        """Find out whether a row is bad, there already, or a case to add."""
        self.rows += 1
        found = list(row.faults)
        if not found:
            case, found = parse_row({**row.cells, "preceptor": row.cells.get("preceptor", "").lower()})
            unreadable = {fault.field for fault in found}
            if unreadable:
                found += (fault for fault in self._impossible(case) if fault.field not in unreadable)
            else:
                found = self._place(row.line, case)
        self.bad += (RowFault(row.line, fault.field, fault.message) for fault in found)

    def _impossible(self, case: Case) -> list[Fault]:
        return self.references.faults(_as_it_arrives(case), today=self.today)

    def _place(self, line: int, case: Case) -> list[Fault]:
        try:
            identifier = self._identifier(case)
        except ValueError:
            message = "The identifier is not a UUID; leave it empty, and the case gets one of its own."
            return [Fault("case_uid", message), *self._impossible(case)]
        if identifier in self.in_log:
            return self._compare(line, case, self.in_log[identifier])
        case = case if case.case_uid == identifier else replace(case, case_uid=identifier)
        found = self._impossible(case)
        if not found:
            earlier, known = self.arriving.setdefault(identifier, (line, case))
            if known != case:
                return [Fault("case_uid", said_twice(identifier, earlier))]
            self.already_there += earlier != line
        return found

    def _compare(self, line: int, case: Case, stands: Case) -> list[Fault]:
        """A case that is in the log stays as it is; a row that says something impossible of it is bad all the same."""
        ours, theirs = _content(stands), _content(case)
        names = [name for name in COLUMNS if ours.get(name) != theirs.get(name)]
        found = self._impossible(case) if names else []
        if not found:
            self.already_there += 1
        if names and not found:
            message = f"The log has other values in {', '.join(names)}, and keeps them."
            self.differing.append(RowFault(line, names[0], message))
        return found

    def _identifier(self, case: Case) -> str:
        """The case's own identifier in one spelling, or one made of the student and of what the case says.

        Raises ValueError for an identifier that is not a UUID.
        """
        if case.case_uid:
            return str(uuid.UUID(case.case_uid))
        content = json.dumps(_content(case), sort_keys=True, default=str)
        self.alike[content] = self.alike.get(content, 0) + 1
        return str(uuid.uuid5(self.student_id, f"{self.alike[content]} {content}"))

    def refuse_those_of_others(self) -> None:
        """A case of another student in the program is not this student's."""
        for start in range(0, len(self.arriving), _AT_ONCE):
            wanted = list(self.arriving)[start : start + _AT_ONCE]
            taken = self.session.scalars(
                sa.select(LoggedCase.case_uid).where(
                    LoggedCase.program_id == self.operator.program_id,
                    LoggedCase.case_uid.in_(map(uuid.UUID, wanted)),
                )
            )
            for case_uid in map(str, taken):
                message = f"{case_uid} is a case of another student; remove the row."
                self.bad.append(RowFault(self.arriving[case_uid][0], "case_uid", message))
        lines = {fault.line for fault in self.bad}
        self.arriving = {uid: (line, case) for uid, (line, case) in self.arriving.items() if line not in lines}
        self.bad.sort(key=lambda fault: fault.line)

    def columns(self) -> list[dict[str, Any]]:
        """The cases to add, as column values."""
        now = clock.now()
        return [
            {
                **self.references.columns(_as_it_arrives(case)),
                "program_id": self.operator.program_id,
                "student_id": self.student_id,
                "case_uid": uuid.UUID(case_uid),
                "created_at": now,
                "changed_at": now,
                "version": 1,
            }
            for case_uid, (_, case) in self.arriving.items()
        ]

    def report(self, *, stored: bool) -> ImportReport:
        in_file = [case.status for _, case in self.arriving.values()]
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


def _as_it_arrives(case: Case) -> Case:
    status = _ARRIVES_AS.get(case.status)
    return replace(case, status=status) if status else case


def _content(case: Case) -> dict[str, Any]:
    """What of a case is given, so that a column added one day leaves today's cases what they are."""
    given = {name: getattr(case, name) for name in COLUMNS if name not in _NOT_CONTENT}
    return {name: value for name, value in given.items() if value not in (None, "", (), False)}


def _of_student(operator: Operator, student_id: uuid.UUID) -> sa.ColumnElement[bool]:
    return sa.and_(LoggedCase.program_id == operator.program_id, LoggedCase.student_id == student_id)


def _require_student(session: Session, operator: Operator, student_id: uuid.UUID) -> None:
    if session.get(Student, (operator.program_id, student_id)) is None:
        raise NotFoundError
