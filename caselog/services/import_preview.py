"""What a person is shown of a sheet before anything is added: columns, words to be explained, and each row to be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from caselog.domain.arranging import MEANINGS_MOST
from caselog.domain.case import LIST_FIELDS
from caselog.domain.cells import shown
from caselog.domain.sheet_columns import LABELS
from caselog.domain.sheet_words import folded
from caselog.services.importing import Plan

ROWS_ON_PAGE = 50
_EXAMPLES = 3  # cells of a column that are shown


class Fate(StrEnum):
    """What would become of a row."""

    REFUSED = "refused"
    ALIKE = "left out"
    THERE = "in the log"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column with some of its cells, and the field it is taken for; `why` says why it is left out."""

    place: int
    heading: str
    examples: tuple[str, ...]
    field: str | None
    why: str
    identifying: bool


@dataclass(frozen=True, slots=True)
class ShownWord:
    """A word of the file whose codes are asked for; `chosen` is what is taken for it now."""

    field: str
    label: str
    word: str
    rows: int
    chosen: tuple[str, ...]
    choices: Mapping[str, str]
    said: bool
    several: bool


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as it would be, its cells in the order of the preview's columns."""

    line: int
    fate: Fate
    cells: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A page of rows, those with something to be said first."""

    labels: tuple[str, ...]
    rows: tuple[ShownRow, ...]
    number: int
    pages: int
    counts: Mapping[Fate, int]


def shown_columns(plan: Plan) -> list[ShownColumn]:
    return [
        ShownColumn(
            place,
            heading or f"Column {place + 1}",
            ()
            if guess.identifying
            else tuple(dict.fromkeys(cell[:40] for cell in plan.sheet.column(place)))[:_EXAMPLES],
            plan.reading.columns.get(place),
            guess.why if guess.identifying or place not in plan.reading.columns else "",
            guess.identifying,
        )
        for place, (heading, guess) in enumerate(zip(plan.sheet.header, plan.guesses, strict=True))
    ]


def shown_words(plan: Plan) -> list[ShownWord]:
    """The words to be explained, those that already are at the end."""
    return list(_words(plan))[:MEANINGS_MOST]


def _words(plan: Plan) -> Iterator[ShownWord]:
    labels = LABELS[plan.noun]
    for name, words in plan.arranged.unknown.items():
        asked: dict[str, tuple[str, int, tuple[str, ...]]] = {}
        for word, (number, understood) in words.items():
            known = asked.get(folded(word), (word, 0, understood))
            asked[folded(word)] = (known[0], known[1] + number, understood)
        for word, number, understood in sorted(asked.values(), key=lambda each: -each[1]):
            choices = plan.vocabulary.lists[name]
            several = name in LIST_FIELDS
            yield ShownWord(name, labels[name], word, number, understood, choices, said=False, several=several)
    for (name, word), codes in plan.reading.meanings.items():
        if name in plan.reading.columns.values():
            choices = plan.vocabulary.lists[name]
            several = name in LIST_FIELDS
            yield ShownWord(name, labels[name], word, 0, codes, choices, said=True, several=several)


def preview(plan: Plan, number: int) -> Preview:
    """A page of the rows as they would be; a page beyond the last is the last."""
    reasons: dict[int, list[str]] = {}
    labels = LABELS[plan.noun]
    for fault in (*plan.report.bad, *plan.report.alike, *plan.report.differing):
        reasons.setdefault(fault.line, []).append(f"{labels.get(fault.field, fault.field)}: {fault.message}")
    fates = _fates(plan)
    order = list(Fate)
    rows = sorted(
        plan.arranged.rows, key=lambda row: (order.index(fates[row.line]), row.line not in reasons, row.line)
    )
    pages = max(1, -(-len(rows) // ROWS_ON_PAGE))
    number = min(max(1, number), pages)
    names = _names(plan)
    part = rows[(number - 1) * ROWS_ON_PAGE : number * ROWS_ON_PAGE]
    return Preview(
        tuple(labels[name] for name in names),
        tuple(
            ShownRow(
                row.line,
                fates[row.line],
                tuple(_in_words(plan, name, row.cells.get(name, "")) for name in names),
                tuple(reasons.get(row.line, ())),
            )
            for row in part
        ),
        number,
        pages,
        {fate: sum(each is fate for each in fates.values()) for fate in Fate},
    )


def _fates(plan: Plan) -> dict[int, Fate]:
    fates = {row.line: Fate.NEW for row in plan.arranged.rows}
    fates |= dict.fromkeys(plan.report.there, Fate.THERE)
    fates |= {fault.line: Fate.ALIKE for fault in plan.report.alike}
    fates |= dict.fromkeys(plan.refused, Fate.REFUSED)
    return fates


def _names(plan: Plan) -> list[str]:
    """The fields that any row says, in the order of files."""
    said = {name for row in plan.arranged.rows for name in row.cells}
    return [name for name in LABELS[plan.noun] if name in said and not name.endswith("_uid")]


def _in_words(plan: Plan, name: str, text: str) -> str:
    if name in plan.vocabulary.lists:
        codes = plan.vocabulary.lists[name]
        return ", ".join(codes.get(code, code) for code in text.split(";") if code)
    return shown(text)[1:-1] if len(text) > 60 else text
