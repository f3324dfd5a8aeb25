"""Strict reading of TOML tables: every complaint names the file, the key, the fault and the fix."""

import difflib
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

MOST = 100_000  # the largest number that a rule may hold; ours, far above any that boards publish
_TABLE = "Write a table: { … } or a [section] of its own."
# Line breaks and tabs are text; what other control characters would do to a page or a file, nobody wants.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class RuleFileError(ValueError):
    """A rule file is wrong. The message names the file, the key, what is wrong and what would be right."""

    def __init__(self, file: str, key: str, fault: str, fix: str) -> None:
        super().__init__(f"{file}: {key}: {fault} {fix}")
        self.file, self.key, self.fault, self.fix = file, key, fault, fix
        self.line: int | None = None  # counted from 1; None where no single line is meant


def closest(word: str, known: Iterator[str] | list[str]) -> str:
    """A hint for a word nobody knows: the likely intended one, or all there are."""
    options = sorted(known)
    near = difflib.get_close_matches(word, options, n=1, cutoff=0.7)
    return f"Did you mean “{near[0]}”?" if near else f"Use one of: {', '.join(options)}."


class Table:
    """One table of the file. Keys are taken out one by one; `finish` refuses those that nobody asked for."""

    def __init__(self, file: str, key: str, values: object, fix: str = _TABLE) -> None:
        self.file, self.key = file, key
        if not isinstance(values, dict):
            raise RuleFileError(file, key, f"is {kind_of(values)}.", fix)
        self._left: dict[str, Any] = dict(values)
        self._known: set[str] = set()

    def path(self, key: str) -> str:
        return f"{self.key}.{key}" if self.key else key

    def error(self, key: str, fault: str, fix: str) -> RuleFileError:
        return RuleFileError(self.file, self.path(key), fault, fix)

    def wrong(self, fault: str, fix: str) -> RuleFileError:
        """A complaint about the table itself."""
        return RuleFileError(self.file, self.key, fault, fix)

    def has(self, key: str) -> bool:
        self._known.add(key)
        return key in self._left

    def take(self, key: str, fix: str) -> Any:
        """The value of a key that must be there."""
        self._known.add(key)
        if key not in self._left:
            near = difflib.get_close_matches(key, self._left, n=1, cutoff=0.75)
            if near:
                raise self.error(key, f"is missing, but there is “{near[0]}”.", f"Did you mean “{key}”? {fix}")
            raise self.error(key, "is missing.", fix)
        return self._left.pop(key)

    def peek(self, key: str) -> object:
        """The value of a key, without taking it; None if it is missing."""
        return self._left.get(key)

    def rest(self) -> list[str]:
        """The keys not yet taken, in file order."""
        return list(self._left)

    def text(self, key: str, fix: str, *, default: str | None = None) -> str:
        if default is not None and not self.has(key):
            return default
        value = self.take(key, fix)
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, f"is {kind_of(value)}.", fix)
        if _CONTROL.search(value):
            raise self.error(key, "contains a control character.", "Retype the text.")
        return value

    def day(self, key: str, fix: str) -> date:
        value = self.take(key, fix)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.error(key, f"is {kind_of(value)}, not a date.", fix)
        return value

    def table(self, key: str, fix: str) -> "Table":
        return Table(self.file, self.path(key), self.take(key, fix), fix)

    def tables(self, key: str, fix: str) -> "list[Table]":
        """An array of tables; none if the key is missing."""
        if not self.has(key):
            return []
        values = self.take(key, fix)
        if not isinstance(values, list):
            raise self.error(key, f"is {kind_of(values)}.", fix)
        return [Table(self.file, f"{self.path(key)}[{n}]", value, fix) for n, value in enumerate(values, 1)]

    def named_tables(self, key: str, fix: str) -> "dict[str, Table]":
        """A table of tables, by name; none if the key is missing."""
        if not self.has(key):
            return {}
        inner = self.table(key, fix)
        return {name: inner.table(name, fix) for name in inner.rest()}

    def finish(self) -> None:
        """Refuse what is left: a misspelt key must not be silently without effect."""
        for key in self._left:
            raise self.error(key, "is not a key that belongs here.", closest(key, list(self._known)))


def kind_of(value: object) -> str:
    match value:
        case bool():
            return f"{str(value).lower()} (yes/no)"
        case str() if not value.strip():
            return "an empty text"
        case str():
            return f"the text “{value[:40]}”"
        case int() if abs(value) > 10**15:  # Python refuses to print integers of thousands of digits
            return "a number that is far too large"
        case int() | float():
            return f"the number {value}"
        case datetime():
            return f"the date and time {value}"
        case date():
            return f"the date {value}"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "empty" if value is None else f"a {type(value).__name__}"
