"""A case as text in the row of a file: reading the texts of its columns, and saying what cannot be read.

What a text must look like: dates ISO 8601, times HH:MM, lists separated by `;`, yes/no as `yes` or `no`, decimals
with a point, nothing where nothing is given.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from caselog.domain.case import COLUMNS, DECIMAL_FIELDS, INTEGER_FIELDS, LIST_FIELDS, UNITS, Case, Fault

SHOWN = 60  # characters of a cell that a message repeats

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}")
_INTEGER = re.compile(r"-?[0-9]{1,9}")
_DECIMAL = re.compile(r"-?[0-9]{1,9}(\.[0-9]+)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row of a file: the line on which it begins, its cells by column, and what already is wrong with it."""

    line: int
    cells: Mapping[str, str]
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one field of the row that begins on a line of a file."""

    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.field}: {self.message}"


class _UnreadableError(ValueError):
    """A cell does not say what its column holds."""


def parse_row(cells: Mapping[str, str]) -> tuple[Case, list[Fault]]:
    """The case that the cells say, and everything in them that cannot be read.

    What is missing or cannot be read is in the case as not given. Whether its codes are known and its numbers
    possible is not looked at here: that is `domain.case.faults`.
    """
    values: dict[str, Any] = {}
    found: list[Fault] = []
    for name, text in cells.items():
        try:
            values[name] = _READERS[name](text)
        except _UnreadableError as error:
            found.append(Fault(name, str(error)))
    return Case(**values), found


def shown(text: str) -> str:
    """The cell as a message repeats it."""
    return f"“{text[:SHOWN]}…”" if len(text) > SHOWN else f"“{text}”"


def _read_text(text: str) -> str:
    control = _CONTROL.search(text)
    if control:
        raise _UnreadableError(f"The text contains the control character U+{ord(control[0]):04X}; retype it.")
    return text.strip()


def _read_code(text: str) -> str | None:
    return _read_text(text) or None


def _read_status(text: str) -> str:
    status = _read_text(text)
    if not status:
        raise _UnreadableError("The status is empty; write draft or submitted, or what the case is.")
    return status


def _read_codes(text: str) -> tuple[str, ...]:
    return tuple(sorted({code for each in text.split(";") if (code := _read_text(each))})) if text else ()


def _read_date(text: str) -> date | None:
    text = text.strip()
    if not text:
        return None
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise _UnreadableError(f"{shown(text)} is no day of the calendar.") from None
    raise _UnreadableError(f"{shown(text)} is not a date; write year-month-day, such as 2026-11-21.")


def _read_time(text: str) -> time | None:
    text = text.strip()
    if not text:
        return None
    if _TIME.fullmatch(text):
        try:
            return time.fromisoformat(text)
        except ValueError:
            pass
    raise _UnreadableError(f"{shown(text)} is not a time of day; write it as HH:MM, such as 07:30.")


def _read_yes_no(text: str) -> bool:
    text = text.strip()
    if text not in ("yes", "no", ""):
        raise _UnreadableError(f"{shown(text)} is neither yes nor no; write yes or no.")
    return text == "yes"


def _integer_reader(unit: str) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        text = text.strip()
        if not text:
            return None
        if not _INTEGER.fullmatch(text):
            raise _UnreadableError(
                f"{shown(text)} is not a whole number of {unit}; write digits only, such as 95."
            )
        return int(text)

    return read


def _decimal_reader(unit: str) -> Callable[[str], float | None]:
    def read(text: str) -> float | None:
        text = text.strip()
        if not text:
            return None
        if not _DECIMAL.fullmatch(text):
            raise _UnreadableError(
                f"{shown(text)} is not a number of {unit}; write it with a point, such as 28.5."
            )
        return float(text)

    return read


def _reader(name: str) -> Callable[[str], Any]:
    if name in LIST_FIELDS:
        return _read_codes
    if name in INTEGER_FIELDS:
        return _integer_reader(UNITS[name])
    if name in DECIMAL_FIELDS:
        return _decimal_reader(UNITS[name])
    return _ODD_ONES.get(name, _read_code)


_ODD_ONES: Mapping[str, Callable[[str], Any]] = {
    "case_uid": _read_text,
    "case_date": _read_date,
    "start_time": _read_time,
    "redo": _read_yes_no,
    "note": str,
    "status": _read_status,
}
_READERS: Mapping[str, Callable[[str], Any]] = {name: _reader(name) for name in COLUMNS}
