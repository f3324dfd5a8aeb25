"""What the screen of identifiers finds in the labelled texts, as a table: `python -m tests.support.screening`.

The texts stand in `tests/domain/screening`: one example a line, line breaks and the like spelled out as in Python, what
identifies somebody in `{{…}}`. `labelled` was written before the patterns, `held-out` after them, and
`last` after they were mended for that.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from caselog.domain.screening import Category, findings

TEXTS = Path(__file__).parents[1] / "domain" / "screening"
SETS = ("labelled", "held-out", "last")
_MARKED = re.compile(r"\{\{(.*?)\}\}")
_ESCAPE = re.compile(r"\\(n|t|u[0-9a-f]{4})")


@dataclass(frozen=True)
class Example:
    """A text with the stretches of it that identify somebody."""

    text: str
    marked: tuple[tuple[int, int], ...]


def _spelled(match: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t"}.get(match[1]) or chr(int(match[1][1:], 16))


@cache
def examples(which: str, name: str) -> tuple[Example, ...]:
    lines = (TEXTS / which / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(_example(_ESCAPE.sub(_spelled, line)) for line in lines if line)


def _example(line: str) -> Example:
    text, marked, at = "", [], 0
    for match in _MARKED.finditer(line):
        text += line[at : match.start()]
        marked.append((len(text), len(text) + len(match[1])))
        text += match[1]
        at = match.end()
    return Example(text + line[at:], tuple(marked))


@dataclass(frozen=True)
class Measured:
    """What became of the examples of one category; `wrong` are the clinical texts in which it was found."""

    category: Category
    marked: int
    found: int
    so_named: int
    strong: int
    missed: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def recall(self) -> float:
        return self.found / self.marked


@dataclass(frozen=True)
class Measurement:
    """All categories of one set; `alarmed` are the clinical texts in which anything was found."""

    by_category: tuple[Measured, ...]
    negatives: int
    alarmed: tuple[str, ...]
    refused: tuple[str, ...]

    @property
    def marked(self) -> int:
        return sum(each.marked for each in self.by_category)

    @property
    def recall(self) -> float:
        return sum(each.found for each in self.by_category) / self.marked

    @property
    def false_positives(self) -> float:
        return len(self.alarmed) / self.negatives


@cache
def measured(which: str) -> Measurement:
    clinical = [(each.text, findings(each.text)) for each in examples(which, "negatives")]
    return Measurement(
        tuple(
            _measured(
                which,
                category,
                tuple(text for text, found in clinical if category in {each.category for each in found}),
            )
            for category in Category
        ),
        len(clinical),
        tuple(text for text, found in clinical if found),
        tuple(text for text, found in clinical if any(each.strong for each in found)),
    )


def _measured(which: str, category: Category, wrong: tuple[str, ...]) -> Measured:
    marked = found = named = strong = 0
    missed = []
    for example in examples(which, category):
        seen = findings(example.text)
        for start, end in example.marked:
            over = [each for each in seen if each.start < end and each.end > start]
            marked += 1
            found += bool(over)
            named += any(each.category == category for each in over)
            strong += any(each.strong for each in over)
            if not over:
                missed.append(example.text)
    return Measured(category, marked, found, named, strong, tuple(missed), wrong)


def table(which: str) -> Iterator[str]:
    """The measurement as lines: found of those marked, how many under that name, how many refused; then errors."""
    whole = measured(which)
    yield f"{which}: {whole.marked} identifiers, {whole.negatives} clinical texts"
    yield f"{'category':15}{'marked':>8}{'found':>8}{'recall':>9}{'so named':>10}{'strong':>8}{'false':>7}"
    for each in whole.by_category:
        yield (
            f"{each.category:15}{each.marked:8}{each.found:8}{each.recall:9.3f}{each.so_named:10}{each.strong:8}"
            f"{len(each.wrong):7}"
        )
    yield f"recall {whole.recall:.4f}; false positives {whole.false_positives:.4f}, refused {len(whole.refused)}"


def errors(which: str) -> Iterator[str]:
    """What was missed, and in which clinical texts something was found."""
    for each in measured(which).by_category:
        yield from (f"missed as {each.category}: {text!r}" for text in each.missed)
    for text in measured(which).alarmed:
        found = ", ".join(f"{each.category} ({each.strength})" for each in findings(text))
        yield f"found {found}: {text!r}"


def main(arguments: list[str]) -> None:
    for which in SETS:
        lines = [*table(which), *(errors(which) if "--errors" in arguments else ()), ""]
        sys.stdout.write("\n".join([*lines, ""]))


if __name__ == "__main__":
    main(sys.argv[1:])
