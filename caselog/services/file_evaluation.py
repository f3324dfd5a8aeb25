"""Evaluating files: cases and facts that stand in no database."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from caselog.domain import activity, case
from caselog.domain.activity import LearningActivity
from caselog.domain.case import Case
from caselog.domain.cells import FileRow, RowFault
from caselog.domain.codes import CodeBook
from caselog.domain.fields import Fault
from caselog.domain.ruleset import RuleSet
from caselog.domain.student import Attestation, StudentFacts
from caselog.rules.reading import MOST, RuleFileError, Table, kind_of
from caselog.services.kinds import ACTIVITIES, CASES, E, EntryKind

# Without these an entry cannot be judged; the other columns may be missing.
NEEDED = ("case_uid", "case_date", "activity", "role", "status")
NEEDED_OF_ACTIVITIES = ("activity_uid", "date", "kind", "status")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OBJECT = "The file must be one JSON object: { … }."
_DAY = "Write a day as “2026-11-21”."


class RowFaultsError(ValueError):
    """Rows of a file are wrong; `faults` says which and how."""

    def __init__(self, found: list[RowFault]) -> None:
        super().__init__("\n".join(map(str, found)))
        self.faults = found


def read_cases(rows: Iterable[FileRow], codes: CodeBook) -> list[Case]:
    """The cases of a file, each once; one without a `case_uid` is named after its line. Raises RowFaultsError.

    Sites, preceptors and rotations are any text here. A date in the future is no fault: the engine leaves out
    what lies after the day that is asked about.
    """
    return _read(CASES, rows, lambda entry: case.faults(entry, today=date.max, codes=codes))


def read_activities(rows: Iterable[FileRow]) -> list[LearningActivity]:
    """The learning activities of a file, read as `read_cases` reads cases; supervisors are any text."""
    return _read(ACTIVITIES, rows, lambda entry: activity.faults(entry, today=date.max))


def _read(kind: EntryKind[E], rows: Iterable[FileRow], faults: Callable[[E], list[Fault]]) -> list[E]:
    found: list[RowFault] = []
    entries: dict[str, tuple[int, E]] = {}
    for row in rows:
        entry, unreadable = kind.parse_row(row.cells)
        wrong = [*row.faults, *unreadable, *faults(entry)]
        if not entry.uid:
            entry = kind.identified(entry, f"line {row.line}")
        if not wrong:
            line, known = entries.setdefault(entry.uid, (row.line, entry))
            if known != entry:
                wrong = [Fault(kind.uid, said_twice(kind.uid, entry.uid, line))]
        found += (RowFault(row.line, fault.field, fault.message) for fault in wrong)
    if found:
        raise RowFaultsError(found)
    return [entry for _, entry in entries.values()]


def said_twice(field: str, uid: str, line: int) -> str:
    """The message for an identifier, in this field, that two rows with other values have."""
    return f"{uid} stands on line {line} already, with other values; remove one of the two or give one its own {field}."


def read_facts(text: str, file: str, ruleset: RuleSet) -> tuple[StudentFacts, list[str]]:
    """What a JSON text says of a student, and notes on what of it has no effect; `file` is its name in messages.

    Raises RuleFileError, whose message names file, key, fault and fix; of broken JSON it names line and column.
    """
    values = _parsed(text, file)
    if not isinstance(values, dict):
        raise RuleFileError(file, "JSON", f"is {kind_of(values)}.", _OBJECT)
    table = Table(file, "", values)
    day = {
        name: _day(table, name)
        for name in ("program_start", "expected_graduation", "graduated_on", "certified_on")
    }
    numbers, notes = _numbers(table, ruleset)
    facts = StudentFacts(
        **day, enrolled=_enrolled(table), attestations=tuple(_attestations(table)), program_minimums=numbers
    )
    table.finish()
    for name in ("expected_graduation", "graduated_on"):
        if facts.program_start and (day[name] or date.max) < facts.program_start:
            raise table.error(
                name, f"{day[name]} is before the start, {facts.program_start}.", "Swap or mend them."
            )
    return facts, notes


def _parsed(text: str, file: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in pairs:
            if key in values:
                raise RuleFileError(file, key, "stands twice.", "Remove one of the two.")
            values[key] = value
        return values

    try:
        return json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise RuleFileError(file, place, f"{error.msg}.", _OBJECT) from error
    except RuleFileError:
        raise
    except (ValueError, RecursionError) as error:
        fix = "Shorten the number, or flatten the lists."
        raise RuleFileError(file, "JSON", "has a number too long or lists too deep to read.", fix) from error


def _given(table: Table, key: str) -> Any:
    """The value of a key that may be missing; null says the same as missing."""
    return table.take(key, "") if table.has(key) else None


def _day(table: Table, key: str) -> date | None:
    value = _given(table, key)
    return None if value is None else _as_day(table, key, value)


def _as_day(table: Table, key: str, value: object) -> date:
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        raise table.error(key, f"is {kind_of(value)}.", _DAY)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise table.error(key, f"“{value}” is no day of the calendar.", _DAY) from None


def _enrolled(table: Table) -> bool | None:
    value = _given(table, "enrolled")
    if value is not None and not isinstance(value, bool):
        raise table.error("enrolled", f"is {kind_of(value)}.", "Write true or false.")
    return value


def _attestations(table: Table) -> Iterator[Attestation]:
    fix = "Write a list: [{ “id”: …, “by”: …, “on”: … }]."
    values = _given(table, "attestations")
    if values is not None and not isinstance(values, list):
        raise table.error("attestations", f"is {kind_of(values)}.", fix)
    for number, value in enumerate(values or (), 1):
        each = Table(table.file, f"attestations[{number}]", value)
        yield Attestation(
            id=each.text("id", "Name the requirement that it meets, such as “transcript”."),
            by=each.text("by", "Say who attested it."),
            on=_as_day(each, "on", each.take("on", _DAY)),
        )
        each.finish()


def _numbers(table: Table, ruleset: RuleSet) -> tuple[Mapping[str, int], list[str]]:
    fix = f"Write requirement ids with whole numbers from 0 to {MOST:,}."
    values = _given(table, "program_minimums")
    inner = Table(table.file, "program_minimums", {} if values is None else values)
    settable = {number.key for _, number, _ in ruleset.program_numbers()}
    numbers: dict[str, int] = {}
    notes: list[str] = []
    for key in inner.rest():
        value = inner.take(key, fix)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
            raise inner.error(key, f"is {kind_of(value)}.", fix)
        if key in settable:
            numbers[key] = value
        else:
            notes.append(
                f"{table.file}: program_minimums.{key}: {ruleset.id} leaves no such number to the program; ignored."
            )
    return numbers, notes
