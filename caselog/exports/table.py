"""The columns of cases and of learning activities described once, for every format in which they leave."""

import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from caselog.domain import activity, case

# What a spreadsheet would run as a formula, or could after it trims the cell: = + - @ and their full-width forms,
# a tab, a line break.
_RUNS = re.compile(r"\s*[=+\-@＝＋－＠\t\r\n]")

_DIGITS = struct.Struct("8s4s4s4s12s")  # of an identifier, between its hyphens

Texts = Callable[[Sequence[Any]], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, and how its values become texts; None is not given, which is the empty text.

    Many values at a time, since a call for each cell would take most of the time of an export.
    """

    name: str
    to_texts: Texts


@dataclass(frozen=True, slots=True)
class FileTable:
    """What a file of one kind of entry looks like.

    `free_text` are the columns whose text people choose; the others hold numbers, dates and codes, which are
    never touched.
    """

    columns: tuple[Column, ...]
    free_text: frozenset[str]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def guard(text: str) -> str:
    """Text that a spreadsheet shows and does not run; `unguard` gives back exactly what it was."""
    return f"'{text}" if _RUNS.match(text.lstrip("'")) else text


def unguard(text: str) -> str:
    return text[1:] if text.startswith("'") and _RUNS.match(text.lstrip("'")) else text


def _plain(values: Sequence[object]) -> Iterable[str]:
    return ["" if value is None else str(value) for value in values]


def _identifiers(values: Sequence[object]) -> Iterable[str]:
    if not isinstance(values[0], str) or len(values[0]) != _DIGITS.size:
        return _plain(values)
    digits = "".join(map(str, values)).encode()
    return [b"-".join(parts).decode() for parts in _DIGITS.iter_unpack(digits)]


def _free(values: Sequence[str | None]) -> Iterable[str]:
    # Most texts begin with a letter or digit; only the others are worth a closer look.
    return ["" if not value else value if value[0].isalnum() else guard(value) for value in values]


def _times(values: Sequence[object]) -> Iterable[str]:
    return ["" if value is None else str(value)[: len("07:30")] for value in values]


def _decimals(values: Sequence[float | None]) -> Iterable[str]:
    return ["" if value is None else _decimal(value) for value in values]


def _decimal(value: float) -> str:
    text = repr(value).removesuffix(".0")
    return f"{Decimal(text):f}" if "e" in text else text


def _yes_or_no(values: Sequence[object]) -> Iterable[str]:
    return ["yes" if value else "no" for value in values]


def _table(columns: Iterable[str], free_text: Iterable[str], to_texts: Mapping[str, Texts]) -> FileTable:
    guarded = dict.fromkeys(free_text, _free)
    texts: Mapping[str, Texts] = {**guarded, **to_texts}
    return FileTable(tuple(Column(name, texts.get(name, _plain)) for name in columns), frozenset(guarded))


CASES = _table(
    case.COLUMNS,
    ("site", "rotation", "preceptor", "note"),
    {
        **dict.fromkeys(case.DECIMAL_FIELDS, _decimals),
        "case_uid": _identifiers,
        "start_time": _times,
        "redo": _yes_or_no,
    },
)
ACTIVITIES = _table(
    activity.COLUMNS,
    ("title", "category", "provider", "supervisor"),
    {**dict.fromkeys(activity.NUMBER_FIELDS, _decimals), "activity_uid": _identifiers},
)


def text_chunks(table: FileTable, rows: Iterable[Sequence[Any]], size: int) -> Iterator[Iterable[tuple[str, ...]]]:
    """Rows of values in the order of the table's columns, as texts, in chunks of `size` rows.

    A value is the entry's or what a database holds for it; lists are joined by `;` already, and identifiers may
    lack their hyphens, as they do in SQLite.
    """
    source = iter(rows)
    while chunk := list(islice(source, size)):
        by_column = zip(table.columns, zip(*chunk, strict=True), strict=True)
        yield zip(*(column.to_texts(values) for column, values in by_column), strict=True)


TRAIL = _table(
    (
        "program", "seq", "at", "actor", "actor_name", "way", "action", "subject", "about", "about_name", "digests",
        "previous", "hash",
    ),
    free_text=("actor_name", "about_name"),
    to_texts={},
)  # fmt: skip
