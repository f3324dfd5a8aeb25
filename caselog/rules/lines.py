"""Where in the text of a rule file each key stands, so that a message can be shown at its line.

A walk over text that tomllib has read already: what it cannot follow ends it, and what came before still stands.
"""

import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_LONG = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}' + r"|'''.*?'{3,5}", re.DOTALL)
_PLAIN = re.compile(r"[^,\]}#\n]+")  # a number, a day, true or false
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_DEEPEST = 100  # brackets within brackets; a condition ends far sooner


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key stands: its line, counted from 1, and from where to where its value goes in the text."""

    line: int
    begin: int
    end: int


def line_of(text: str, key: str, fault: str) -> int | None:
    """The line that a complaint about `key` means; None where it is about the whole text.

    A key that is missing means the table that lacks it. What is no TOML says its own line in the fault.
    """
    if key == "TOML":
        found = _AT_LINE.search(fault)
        if found:
            return int(found[1])
        return text.rstrip().count("\n") + 1 if "end of document" in fault else None
    known = places(text)
    while key:
        if key in known:
            return known[key].line
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    return None


def places(text: str) -> Mapping[str, Place]:
    """The place of each key, spelled as the loader's complaints spell it: `requirement[2].where.role`."""
    walk = _Walk(text)
    with suppress(_LostError, RecursionError):
        walk.file()
    return walk.found


def with_values(text: str, values: Mapping[str, str]) -> str:
    """The same text with other texts as the values of some keys; keys that it does not have are left out."""
    known = places(text)
    for key in sorted(known.keys() & values.keys(), key=lambda key: known[key].begin, reverse=True):
        place = known[key]
        text = text[: place.begin] + json.dumps(values[key], ensure_ascii=False) + text[place.end :]
    return text


class _LostError(ValueError):
    """The walk does not know how to go on."""


@dataclass
class _Walk:
    text: str
    at: int = 0
    found: dict[str, Place] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)  # how many tables each [[header]] has so far

    def __post_init__(self) -> None:
        self._breaks = [found.start() for found in re.finditer("\n", self.text)]

    def file(self) -> None:
        self.at = int(self.text.startswith("\ufeff"))
        table = ""
        while self._skip() < len(self.text):
            table = self._header() if self._sees("[") else self._pair(table, 0)

    def _header(self) -> str:
        begin, many = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        *steps, last = self._key()
        path = ""
        for step in steps:
            path = self._latest(_joined(path, step))
        path = _joined(path, last)
        if many:
            self.counted[path] = self.counted.get(path, 0) + 1
            path = self._latest(path)
        self._take("]]" if many else "]")
        self._note(path, begin, begin)
        return path

    def _latest(self, path: str) -> str:
        """Of an array of tables the one that was begun last."""
        return f"{path}[{self.counted[path]}]" if path in self.counted else path

    def _pair(self, table: str, depth: int) -> str:
        """A key with its value; the table goes on."""
        begin = self.at
        steps = list(self._key())
        self._take("=")
        path = table
        for step in steps[:-1]:
            path = _joined(path, step)
            self.found.setdefault(path, Place(self._line(begin), begin, begin))
        path = _joined(path, steps[-1])
        self._skip()
        self._note(path, begin, self.at)
        value = self.at
        self._value(path, depth)
        self.found[path] = Place(self._line(begin), value, self.at)
        return table

    def _key(self) -> Iterator[str]:
        while True:
            self._skip()
            yield self._step()
            self._skip()
            if not self._sees("."):
                return
            self.at += 1

    def _step(self) -> str:
        if found := _BARE.match(self.text, self.at):
            self.at = found.end()
            return found[0]
        if found := _LITERAL.match(self.text, self.at):
            self.at = found.end()
            return found[0][1:-1]
        if found := _BASIC.match(self.text, self.at):
            self.at = found.end()
            try:
                return str(json.loads(found[0]))
            except ValueError:
                return found[0][1:-1]
        raise _LostError

    def _value(self, path: str, depth: int) -> None:
        if depth > _DEEPEST:
            raise _LostError
        if self._sees("["):
            self._list(path, depth)
        elif self._sees("{"):
            self._inline(path, depth)
        else:
            found = next(
                filter(None, (each.match(self.text, self.at) for each in (_LONG, _BASIC, _LITERAL))), None
            )
            found = found or _PLAIN.match(self.text, self.at)
            if found is None:
                raise _LostError
            self.at = found.end()

    def _list(self, path: str, depth: int) -> None:
        self.at += 1
        number = 0
        self._skip()
        while not self._sees("]"):
            number += 1
            begin = self.at
            self._note(f"{path}[{number}]", begin, begin)
            self._value(f"{path}[{number}]", depth + 1)
            self._comma("]")
        self.at += 1

    def _inline(self, path: str, depth: int) -> None:
        self.at += 1
        self._skip()
        while not self._sees("}"):
            self._pair(path, depth + 1)
            self._comma("}")
        self.at += 1

    def _comma(self, closing: str) -> None:
        self._skip()
        if not self._sees(closing):
            self._take(",")
            self._skip()

    def _skip(self) -> int:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at

    def _sees(self, mark: str) -> bool:
        return self.text.startswith(mark, self.at)

    def _take(self, mark: str) -> None:
        self._skip()
        if not self._sees(mark):
            raise _LostError
        self.at += len(mark)

    def _note(self, path: str, begin: int, value: int) -> None:
        self.found[path] = Place(self._line(begin), value, value)

    def _line(self, at: int) -> int:
        return bisect_left(self._breaks, at) + 1


def _joined(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step
