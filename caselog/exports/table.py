"""The columns of cases and of learning activities described once, for every format in which they leave."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any

from caselog.domain import activity, case

# What a spreadsheet would run as a formula, or could after it trims the cell: = + - @ and their full-width forms,
# a tab, a line break.
_RUNS = re.compile(r"\s*[=+\-@＝＋－＠\t\r\n]")

_ToText = Mapping[str, Callable[[Any], str]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, and how its value becomes text; None where that is simply its `str`."""

    name: str
    to_text: Callable[[Any], str] | None


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
    # Most texts begin with a letter or digit; only the others are worth a closer look.
    return f"'{text}" if text and not text[0].isalnum() and _RUNS.match(text.lstrip("'")) else text


def unguard(text: str) -> str:
    return text[1:] if text.startswith("'") and _RUNS.match(text.lstrip("'")) else text


@lru_cache
def _name(value: str | None) -> str:
    return guard(value) if value else ""


def _uid(value: object) -> str:
    text = str(value)
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}" if len(text) == 32 else text


@lru_cache(2_000)
def _time(value: object) -> str:
    return "" if value is None else str(value)[: len("07:30")]


@lru_cache
def _decimal(value: float | None) -> str:
    if value is None:
        return ""
    text = repr(value).removesuffix(".0")
    return f"{Decimal(text):f}" if "e" in text else text


def _table(columns: Iterable[str], free_text: Iterable[str], to_text: _ToText) -> FileTable:
    guarded = dict.fromkeys(free_text, _name)
    texts: _ToText = {**guarded, **to_text}
    return FileTable(tuple(Column(name, texts.get(name)) for name in columns), frozenset(guarded))


CASES = _table(
    case.COLUMNS,
    ("site", "rotation", "preceptor", "note"),
    {
        **dict.fromkeys(case.DECIMAL_FIELDS, _decimal),
        "case_uid": _uid,
        "start_time": _time,
        "redo": ("no", "yes").__getitem__,
        "note": guard,
    },
)
ACTIVITIES = _table(
    activity.COLUMNS,
    ("title", "category", "provider", "supervisor"),
    {**dict.fromkeys(activity.NUMBER_FIELDS, _decimal), "activity_uid": _uid, "title": guard},
)


def text_chunks(table: FileTable, rows: Iterable[Sequence[Any]], size: int) -> Iterator[Iterable[tuple[Any, ...]]]:
    """Rows of values in the order of the table's columns, as texts and as values whose `str` is their text.

    A value is the entry's or what a database holds for it: lists are joined by `;` already, and an identifier may
    lack its hyphens. Worked on by column, in chunks of `size` rows: that spares most of the time per cell.
    """
    source = iter(rows)
    while chunk := list(islice(source, size)):
        by_column: list[Iterable[Any]] = list(zip(*chunk, strict=True))
        for place, column in enumerate(table.columns):
            if column.to_text:
                by_column[place] = map(column.to_text, by_column[place])
        yield zip(*by_column, strict=True)
