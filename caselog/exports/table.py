"""The columns of a case described once, for every format in which cases leave."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any

from caselog.domain.case import COLUMNS, DECIMAL_FIELDS

# Columns whose text people choose freely. The others hold numbers, dates and codes, which are never touched.
FREE_TEXT = frozenset({"site", "rotation", "preceptor", "note"})

# What a spreadsheet would run as a formula, or could after it trims the cell: = + - @ and their full-width forms,
# a tab, a line break.
_RUNS = re.compile(r"\s*[=+\-@＝＋－＠\t\r\n]")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, and how its value becomes text; None where that is simply its `str`."""

    name: str
    to_text: Callable[[Any], str] | None


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


def _to_text(name: str) -> Callable[[Any], str] | None:
    if name in DECIMAL_FIELDS:
        return _decimal
    return _ODD_ONES.get(name)


_ODD_ONES: Mapping[str, Callable[[Any], str]] = {
    "case_uid": _uid,
    "start_time": _time,
    "site": _name,
    "rotation": _name,
    "preceptor": _name,
    "redo": ("no", "yes").__getitem__,
    "note": guard,
}
CASE_COLUMNS: tuple[Column, ...] = tuple(Column(name, _to_text(name)) for name in COLUMNS)


def text_chunks(rows: Iterable[Sequence[Any]], size: int) -> Iterator[Iterable[tuple[Any, ...]]]:
    """Rows of values in the order of CASE_COLUMNS, as texts and as values whose `str` is their text.

    A value is a Case's or what a database holds for it: lists are joined by `;` already, and an identifier may
    lack its hyphens. Worked on by column, in chunks of `size` rows: that spares most of the time per cell.
    """
    source = iter(rows)
    while chunk := list(islice(source, size)):
        by_column: list[Iterable[Any]] = list(zip(*chunk, strict=True))
        for place, column in enumerate(CASE_COLUMNS):
            if column.to_text:
                by_column[place] = map(column.to_text, by_column[place])
        yield zip(*by_column, strict=True)
