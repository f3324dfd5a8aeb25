"""The cells of a file's row: reading what each column holds, and saying what cannot be read.

What a text must look like: dates ISO 8601, times HH:MM, lists separated by `;`, yes/no as `yes` or `no`, decimals
with a point, nothing where nothing is given.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from caselog.domain.fields import Fault

SHOWN = 60  # characters of a cell that a message repeats
_REMEMBERED = 2_000  # texts of a column

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


Readers = Mapping[str, Callable[[str], Any]]


class UnreadableError(ValueError):
    """A cell does not say what its column holds."""


def read_cells(cells: Mapping[str, str], readers: Readers) -> tuple[dict[str, Any], list[Fault]]:
    """The values that can be read, by column, and everything in the cells that cannot be.

    Whether codes are known and numbers possible is not looked at here.
    """
    try:
        return {name: readers[name](text) for name, text in cells.items()}, []
    except UnreadableError:
        pass  # which of them cannot be read is found out one by one
    values: dict[str, Any] = {}
    found: list[Fault] = []
    for name, text in cells.items():
        try:
            values[name] = readers[name](text)
        except UnreadableError as error:
            found.append(Fault(name, str(error)))
    return values, found


def remembering(readers: Readers) -> Readers:
    """The same readers, which read a short text once only: the columns of a log hold few different words."""
    return {name: _Memory(reader).__getitem__ for name, reader in readers.items()}


class _Memory(dict[str, Any]):
    """What a reader made of each text so far."""

    def __init__(self, reader: Callable[[str], Any]) -> None:
        super().__init__()
        self._reader = reader

    def __missing__(self, text: str) -> Any:
        value = self._reader(text)
        if len(text) <= SHOWN and len(self) < _REMEMBERED:
            self[text] = value
        return value


def shown(text: str) -> str:
    """The cell as a message repeats it."""
    return f"“{text[:SHOWN]}…”" if len(text) > SHOWN else f"“{text}”"


def read_text(text: str) -> str:
    control = _CONTROL.search(text)
    if control:
        raise UnreadableError(f"The text contains the control character U+{ord(control[0]):04X}; retype it.")
    return text.strip()


def read_code(text: str) -> str | None:
    return read_text(text) or None


def status_reader(noun: str) -> Callable[[str], str]:
    """Reads the status of an entry, a `noun`, which may not be empty."""

    def read(text: str) -> str:
        status = read_text(text)
        if not status:
            raise UnreadableError(f"The status is empty; write draft or submitted, or what the {noun} is.")
        return status

    return read


def read_codes(text: str) -> tuple[str, ...]:
    return tuple(sorted({code for each in read_text(text).split(";") if (code := each.strip())})) if text else ()


def read_date(text: str) -> date | None:
    text = text.strip()
    if not text:
        return None
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise UnreadableError(f"{shown(text)} is no day of the calendar.") from None
    raise UnreadableError(f"{shown(text)} is not a date; write year-month-day, such as 2026-11-21.")


def read_time(text: str) -> time | None:
    text = text.strip()
    if not text:
        return None
    if _TIME.fullmatch(text):
        try:
            return time.fromisoformat(text)
        except ValueError:
            pass
    raise UnreadableError(f"{shown(text)} is not a time of day; write it as HH:MM, such as 07:30.")


def read_yes_no(text: str) -> bool:
    text = text.strip()
    if text not in ("yes", "no", ""):
        raise UnreadableError(f"{shown(text)} is neither yes nor no; write yes or no.")
    return text == "yes"


def integer_reader(unit: str) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        text = text.strip()
        if not text:
            return None
        if not _INTEGER.fullmatch(text):
            raise UnreadableError(f"{shown(text)} is not a whole number of {unit}; write digits only, such as 95.")
        return int(text)

    return read


def decimal_reader(unit: str) -> Callable[[str], float | None]:
    def read(text: str) -> float | None:
        text = text.strip()
        if not text:
            return None
        if not _DECIMAL.fullmatch(text):
            raise UnreadableError(f"{shown(text)} is not a number of {unit}; write it with a point, such as 28.5.")
        return float(text)

    return read
