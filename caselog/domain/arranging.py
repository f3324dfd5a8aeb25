"""The rows of a spreadsheet as rows of our own files: each column under its field, each word as its code."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from caselog.domain import activity, case
from caselog.domain.cells import FileRow, UnreadableError, shown
from caselog.domain.codes import Status
from caselog.domain.fields import Fault
from caselog.domain.sheet import Sheet
from caselog.domain.sheet_columns import fields_of
from caselog.domain.sheet_values import (
    NOTHING,
    Order,
    order_of,
    read_answer,
    read_clock,
    read_count,
    read_day,
    read_decimal,
)
from caselog.domain.sheet_words import Vocabulary, codes_of, folded

NEEDED: Final = {"case": case.NEEDED_TO_SUBMIT, "activity": activity.NEEDED_TO_SUBMIT}
DAYS: Final = frozenset({"case_date", "date"})
# What may be said once for all rows that do not say it.
ALWAYS: Final = {
    "case": ("site", "preceptor", "activity", "role", "setting", "age_group", "urgency"),
    "activity": ("kind", "supervisor"),
}
MEANINGS_MOST: Final = 200  # words of a file that somebody is asked about


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a sheet of entries (`case` or `activity`) is to be read.

    `columns` are the fields by the place of the column; `meanings` the codes of a word, by field and folded word, an
    empty tuple for one that says nothing; `always` is the code for rows that say none. Where `submit` is not set,
    everything arrives as a draft, unless the sheet is one of ours and says otherwise.
    """

    noun: str
    columns: Mapping[int, str]
    order: Order | None = None
    meanings: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    always: Mapping[str, str] = field(default_factory=dict)
    submit: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Arranged:
    """What came of reading a sheet.

    `unknown` are the words that mean nothing yet, by field, with how often each stands there and what of it was
    understood; `asks_order` says that some day could be two.
    """

    rows: tuple[FileRow, ...]
    unknown: Mapping[str, Mapping[str, tuple[int, tuple[str, ...]]]]
    asks_order: bool


def order_in(sheet: Sheet, columns: Mapping[int, str]) -> tuple[bool, Order | None]:
    """Whether somebody must be asked which of month and day comes first, and what the sheet itself says."""
    return order_of(text for place, name in columns.items() if name in DAYS for text in sheet.column(place))


def arrange(sheet: Sheet, reading: Reading, vocabulary: Vocabulary) -> Arranged:
    """The rows as our files have them; what is wrong with a cell stands with its row."""
    asks, proven = order_in(sheet, reading.columns)
    reader = _Reader(sheet.header, reading, reading.order or proven, vocabulary)
    rows = tuple(reader.row(line, cells) for line, cells in sheet.rows)
    return Arranged(rows, reader.unknown, asks and reading.order is None)


class _Reader:
    """Reads row by row, and each different cell of a column only once."""

    def __init__(
        self, header: Sequence[str], reading: Reading, order: Order | None, vocabulary: Vocabulary
    ) -> None:
        self._header, self._reading, self._order, self._vocabulary = header, reading, order, vocabulary
        self._places = sorted(reading.columns.items())
        self._known: dict[tuple[int, str], str | UnreadableError] = {}
        self._needed = NEEDED[reading.noun]
        self._always = {name: code for name, code in reading.always.items() if code}
        self.unknown: dict[str, dict[str, tuple[int, tuple[str, ...]]]] = {}

    def row(self, line: int, cells: Sequence[str]) -> FileRow:
        found: dict[str, str] = {}
        faults: list[Fault] = []
        for place, name in self._places:
            text = cells[place]
            if not text:
                continue
            key = (place, text)
            known = self._known.get(key)
            if known is None:
                known = self._known[key] = self._read(place, name, text)
            if isinstance(known, UnreadableError):
                faults.append(Fault(name, str(known)))
                self._count(name, text)
            elif known:
                found[name] = f"{found[name]};{known}" if name in case.LIST_FIELDS and name in found else known
        for name, code in self._always.items():
            found.setdefault(name, code)
        if not self._reading.own or "status" not in found:
            found["status"] = self._status(found)
        return FileRow(line, found, tuple(faults))

    def _status(self, found: Mapping[str, str]) -> str:
        whole = self._reading.submit and all(name in found for name in self._needed)
        if found.get("status") in (Status.DRAFT, Status.VOID):
            return found["status"]
        return Status.SUBMITTED if whole else Status.DRAFT

    def _count(self, name: str, text: str) -> None:
        if name in self.unknown and text in self.unknown[name]:
            number, understood = self.unknown[name][text]
            self.unknown[name][text] = (number + 1, understood)

    def _read(self, place: int, name: str, text: str) -> str | UnreadableError:
        try:
            if self._reading.own:
                return text
            if name in self._vocabulary:
                return ";".join(self._codes(place, name, text))
            return _plain(name, text, self._order)
        except UnreadableError as error:
            return error

    def _codes(self, place: int, name: str, text: str) -> tuple[str, ...]:
        said = self._reading.meanings.get((name, folded(text)))
        if said is not None:
            return said
        codes, whole = codes_of(name, text, self._vocabulary, self._header[place])
        if whole:
            return codes
        self.unknown.setdefault(name, {})[text] = (0, codes)
        raise UnreadableError(f"{shown(text)} is not known here as {_LABELS[name]}; say what it means.")


_LABELS: Mapping[str, str] = {**activity.LABELS, **case.LABELS}


def _plain(name: str, text: str, order: Order | None) -> str:
    if folded(text) in NOTHING and name not in _TEXTS:
        return ""
    if name in DAYS:
        return read_day(text, order)
    reader = _READERS.get(name)
    return reader(text) if reader else text


_TEXTS = frozenset({"note", "title"})
_READERS: Mapping[str, Callable[[str], str]] = {
    "start_time": read_clock,
    "redo": read_answer,
    **dict.fromkeys(case.INTEGER_FIELDS, read_count),
    **dict.fromkeys(case.DECIMAL_FIELDS, read_decimal),
    **dict.fromkeys(activity.NUMBER_FIELDS, read_decimal),
}


def choices(noun: str) -> Iterator[str]:
    """The fields that somebody can choose for a column, in the order of files."""
    yield from (name for name in fields_of(noun) if name != "site_country")
