"""The columns of a case described once, for every format in which cases leave."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any

from caselog.domain.case import COLUMNS, DECIMAL_FIELDS, LIST_FIELDS

# Columns whose text people choose freely. The others hold numbers, dates and codes, which are never touched.
FREE_TEXT = frozenset({"site", "rotation", "preceptor", "note"})

# What a spreadsheet would run as a formula, or could after it trims the cell: = + - @ and their full-width forms,
# a tab, a line break.
_RUNS = re.compile(r"\s*[=+\-@＝＋－＠\t\r\n]")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, and how its value becomes text; None where the format's own way (str) is right."""

    name: str
    to_text: Callable[[Any], str] | None


def guard(text: str) -> str:
    """Text that a spreadsheet shows and does not run; `unguard` gives back exactly what it was."""
    return f"'{text}" if _RUNS.match(text.lstrip("'")) else text


def unguard(text: str) -> str:
    return text[1:] if text.startswith("'") and _RUNS.match(text.lstrip("'")) else text


def _guarded(text: str | None) -> str:
    # Most texts begin with a letter or digit; only the others are worth a closer look.
    return text if text and text[0].isalnum() else guard(text or "")


def _time(value: time | None) -> str:
    return f"{value:%H:%M}" if value else ""


def _decimal(value: float | None) -> str:
    if value is None:
        return ""
    text = repr(value).removesuffix(".0")
    return f"{Decimal(text):f}" if "e" in text else text


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


def _codes(value: Sequence[str]) -> str:
    return ";".join(value)


def _to_text(name: str) -> Callable[[Any], str] | None:
    if name in FREE_TEXT:
        return _guarded
    if name in DECIMAL_FIELDS:
        return _decimal
    if name in LIST_FIELDS:
        return _codes
    return _ODD_ONES.get(name)


_ODD_ONES: Mapping[str, Callable[[Any], str]] = {"start_time": _time, "redo": _yes_no}
CASE_COLUMNS: tuple[Column, ...] = tuple(Column(name, _to_text(name)) for name in COLUMNS)


def text_rows(rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    """Rows of values in the order of CASE_COLUMNS, as texts and as values whose `str` is their text."""
    steps = [(place, column.to_text) for place, column in enumerate(CASE_COLUMNS) if column.to_text]
    for row in rows:
        cells = list(row)
        for place, to_text in steps:
            cells[place] = to_text(cells[place])
        yield cells
