"""The columns of cases and of learning activities described once, for every format in which they leave."""

import re
import struct
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from itertools import islice
from typing import Any

from caselog.domain import activity, case
from caselog.domain.export import FULL, Dates, Precision, Sites, date_text, pseudonym

# What a spreadsheet would run as a formula, or could after it trims the cell: = + - @ and their full-width forms,
# a tab, a line break.
_RUNS = re.compile(r"\s*[=+\-@＝＋－＠\t\r\n]")

_DIGITS = struct.Struct("8s4s4s4s12s")  # of an identifier, between its hyphens

Texts = Callable[[Sequence[Any]], Iterable[str]]


class Kind(Enum):
    """What a column holds; every format writes it in its own way."""

    TEXT = "text"  # codes and identifiers: ours, so no spreadsheet runs them
    FREE_TEXT = "free text"  # people chose it
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    YES_NO = "yes or no"
    LIST = "list"  # of codes, joined by `;`


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what it holds, and how its values become texts; None is not given, the empty text.

    The texts are not guarded yet. Many values at a time, since a call for each cell would take most of the time of
    an export.
    """

    name: str
    kind: Kind
    to_texts: Texts


@dataclass(frozen=True, slots=True)
class FileTable:
    """What a file of one kind of entry looks like."""

    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def free_text(self) -> frozenset[str]:
        """The columns whose text is guarded; the others hold numbers, dates and codes, which are never touched."""
        return frozenset(column.name for column in self.columns if column.kind is Kind.FREE_TEXT)


def runs(text: str) -> bool:
    """Whether a spreadsheet might run a text that is typed into it, or that a file of texts has."""
    return _RUNS.match(text.lstrip("'")) is not None


def guard(text: str) -> str:
    """Text that a spreadsheet shows and does not run; `unguard` gives back exactly what it was."""
    return f"'{text}" if runs(text) else text


def unguard(text: str) -> str:
    return text[1:] if text.startswith("'") and runs(text) else text


_TEXTS_AS_THEY_ARE = frozenset({str, type(None)})


def _plain(values: Sequence[Any]) -> Iterable[str]:
    # Most columns hold texts already, and to look at their types takes a fifth of what making texts of them takes.
    if _TEXTS_AS_THEY_ARE.issuperset(map(type, values)):
        return [value or "" for value in values] if None in values else values
    return ["" if value is None else str(value) for value in values]


def _identifiers(values: Sequence[object]) -> Iterable[str]:
    if not isinstance(values[0], str) or len(values[0]) != _DIGITS.size:
        return _plain(values)
    digits = "".join(map(str, values)).encode()
    return [b"-".join(parts).decode() for parts in _DIGITS.iter_unpack(digits)]


def _times(values: Sequence[object]) -> Iterable[str]:
    return ["" if value is None else str(value)[: len("07:30")] for value in values]


def _numbers(values: Sequence[float | None]) -> Iterable[str]:
    return ["" if value is None else str(value) if type(value) is int else decimal_text(value) for value in values]


def decimal_text(value: float) -> str:
    """A number with all its digits and no exponent."""
    text = repr(value).removesuffix(".0")
    return f"{Decimal(text):f}" if "e" in text else text


def _yes_or_no(values: Sequence[object]) -> Iterable[str]:
    return ["yes" if value else "no" for value in values]


_TEXTS: Mapping[Kind, Texts] = {
    Kind.NUMBER: _numbers,
    Kind.TIME: _times,
    Kind.YES_NO: _yes_or_no,
}


def _column(name: str, kind: Kind) -> Column:
    return Column(name, kind, _identifiers if name.endswith("_uid") else _TEXTS.get(kind, _plain))


def _table(names: Iterable[str], kinds: Mapping[Kind, Iterable[str]]) -> FileTable:
    known = {name: kind for kind, each in kinds.items() for name in each}
    return FileTable(tuple(_column(name, known.get(name, Kind.TEXT)) for name in names))


CASES = _table(
    case.COLUMNS,
    {
        Kind.FREE_TEXT: ("site", "rotation", "preceptor", "note"),
        Kind.NUMBER: (*case.INTEGER_FIELDS, *case.DECIMAL_FIELDS),
        Kind.DATE: ("case_date",),
        Kind.TIME: ("start_time",),
        Kind.YES_NO: ("redo",),
        Kind.LIST: case.LIST_FIELDS,
    },
)
ACTIVITIES = _table(
    activity.COLUMNS,
    {
        Kind.FREE_TEXT: ("title", "category", "provider", "supervisor"),
        Kind.NUMBER: activity.NUMBER_FIELDS,
        Kind.DATE: ("date",),
    },
)
# Whose entry it is, in a file of several students.
STUDENT_COLUMNS = (_column("student", Kind.FREE_TEXT), _column("cohort", Kind.FREE_TEXT))
# Named by a stable pseudonym where hospitals do not leave by name: a rotation or an address names one too.
PSEUDONYMS: Mapping[str, str] = {
    "site": "site", "rotation": "rotation", "preceptor": "person", "supervisor": "person",
}  # fmt: skip
# In people's own words, which may name a day or a hospital.
OWN_WORDS = frozenset({"note", "title", "category", "provider"})


def with_students(table: FileTable) -> FileTable:
    """The same with the student in front."""
    return FileTable((*STUDENT_COLUMNS, *table.columns))


def at_precision(table: FileTable, precision: Precision) -> FileTable:
    """The table with its days and hospitals only as exactly as they may leave.

    The columns stay. Where a site leaves under a pseudonym, the values of such columns are to be identifiers of the
    rows that they name. A start time leaves with its day only, and people's own words only in full precision.
    """
    if precision == FULL:
        return table
    return FileTable(tuple(_at_precision(column, precision) for column in table.columns))


def _at_precision(column: Column, precision: Precision) -> Column:
    if column.name in OWN_WORDS or (column.kind is Kind.TIME and precision.dates is not Dates.DAY):
        return Column(column.name, column.kind, _left_out)
    if column.kind is Kind.DATE and precision.dates is not Dates.DAY:
        return Column(column.name, Kind.TEXT, _Coarse(precision.dates))
    if column.name in PSEUDONYMS and precision.sites is Sites.PSEUDONYM:
        return Column(column.name, Kind.TEXT, _Pseudonyms(PSEUDONYMS[column.name]))
    return column


def _left_out(values: Sequence[object]) -> Iterable[str]:
    return [""] * len(values)


class _Coarse:
    """Days as months or terms."""

    def __init__(self, dates: Dates) -> None:
        self.text = lru_cache(maxsize=1_000)(lambda value: date_text(as_date(value), dates))

    def __call__(self, values: Sequence[Any]) -> Iterable[str]:
        return list(map(self.text, values))


class _Pseudonyms:
    """Identifiers of sites, rotations and people as what stands for them outside."""

    def __init__(self, prefix: str) -> None:
        self.text = lru_cache(maxsize=1_000)(
            lambda value: pseudonym(prefix, uuid.UUID(str(value))) if value else ""
        )

    def __call__(self, values: Sequence[Any]) -> Iterable[str]:
        return list(map(self.text, values))


def as_date(value: Any) -> date | None:
    """A day as the database holds it."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def text_chunks(table: FileTable, rows: Iterable[Sequence[Any]], size: int) -> Iterator[Iterable[tuple[str, ...]]]:
    """Rows of values in the order of the table's columns, as texts that nothing runs, in chunks of `size` rows.

    A value is the entry's or what a database holds for it; lists are joined by `;` already, and identifiers may
    lack their hyphens, as they do in SQLite.
    """
    for columns in columns_of(table, rows, size):
        yield zip(*(_guarded(column, values) for column, values in columns), strict=True)


def columns_of(
    table: FileTable, rows: Iterable[Sequence[Any]], size: int
) -> Iterator[Iterable[tuple[Column, Sequence[Any]]]]:
    """The same rows column by column, the values as they came, in chunks of `size` rows."""
    source = iter(rows)
    while chunk := list(islice(source, size)):
        yield zip(table.columns, zip(*chunk, strict=True), strict=True)


def _guarded(column: Column, values: Sequence[Any]) -> Iterable[str]:
    texts = column.to_texts(values)
    # Most texts begin with a letter or digit and stand there again and again; the others are worth a closer look.
    if column.kind is not Kind.FREE_TEXT or all(not text or text[0].isalnum() for text in set(texts)):
        return texts
    return [guard(text) for text in texts]


TRAIL = _table(
    (
        "program", "seq", "at", "actor", "actor_name", "way", "action", "subject", "about", "about_name", "digests",
        "previous", "hash",
    ),
    {Kind.FREE_TEXT: ("actor_name", "about_name"), Kind.NUMBER: ("seq",)},
)  # fmt: skip
