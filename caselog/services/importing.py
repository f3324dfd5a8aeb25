"""Spreadsheets of any make on their way into a student's log: what each column and word means, row by row, then all.

The page, the command and the API share this way. Nothing of a file is stored but the entries that come of it.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from caselog.domain import case
from caselog.domain.arranging import ALWAYS, Arranged, Reading, arrange, order_in
from caselog.domain.cells import RowFault
from caselog.domain.codes import CLOSED_LISTS, CodeList
from caselog.domain.sheet import Sheet
from caselog.domain.sheet_columns import Guess, fields_of, guess_columns, identifies, is_own, plain_heading
from caselog.domain.sheet_values import Order
from caselog.domain.sheet_words import Vocabulary, folded
from caselog.exports.from_anything import Received, read_table
from caselog.services.activity_references import load_activity_references
from caselog.services.actor import Actor, Operator
from caselog.services.arrival import ImportReport, Manner
from caselog.services.kinds import ACTIVITIES, CASES, EntryKind
from caselog.services.references import References, load_references
from caselog.services.transfer import import_entries
from caselog.store import imports as store
from caselog.store.session import reading, transaction

KINDS: Mapping[str, EntryKind[Any]] = {
    CASES.noun: CASES,
    ACTIVITIES.noun: ACTIVITIES,
}
_SAMPLE = 60  # cells of a column by which it is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody says of a sheet; what they leave unsaid is guessed.

    `columns` are the fields of all columns by place, without those left out, or None; `chosen` those of single columns.
    `meanings` are the codes of words, by field and folded word.
    """

    columns: Mapping[int, str] | None = None
    chosen: Mapping[int, str] = field(default_factory=dict)
    order: Order | None = None
    meanings: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    always: Mapping[str, str] = field(default_factory=dict)
    submit: bool = False
    twice: bool = False
    texts_checked: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How a sheet is understood, and what would become of each of its rows.

    `vocabulary` holds what may stand in each field that has a list.
    """

    noun: str
    sheet: Sheet
    guesses: tuple[Guess, ...]
    reading: Reading
    vocabulary: Vocabulary
    arranged: Arranged
    report: ImportReport

    @property
    def asks_order(self) -> bool:
        return order_in(self.sheet, self.reading.columns)[0]

    @property
    def refused(self) -> frozenset[int]:
        """The lines of rows that cannot be imported as they are."""
        return frozenset(fault.line for fault in self.report.bad)


def receive(data: bytes, noun: str) -> Received:
    """The table of a file, without what stands in columns that say who a patient is. Raises FileFaultError."""
    received = read_table(data, noun)
    return replace(received, sheet=without_identities(received.sheet, noun))


def without_identities(sheet: Sheet, noun: str) -> Sheet:
    """The sheet, with every column empty that says who a patient is; its heading stays, to be told of."""
    places = {
        place
        for place, heading in enumerate(sheet.header)
        if heading not in fields_of(noun) and identifies(heading, ())
    }
    if not places:
        return sheet
    rows = tuple(
        (line, tuple("" if place in places else cell for place, cell in enumerate(cells)))
        for line, cells in sheet.rows
    )
    return replace(sheet, rows=rows)


def plan(
    actor: Actor | Operator,
    student_id: uuid.UUID,
    sheet: Sheet,
    noun: str,
    asked: Asked,
    progress: Callable[[int], None] = lambda rows: None,
) -> Plan:
    """What would become of a sheet; stores nothing. Raises NotFoundError."""
    return carry_out(actor, student_id, sheet, noun, asked, Manner(dry_run=True, progress=progress))


def bring_in(
    actor: Actor | Operator,
    student_id: uuid.UUID,
    sheet: Sheet,
    noun: str,
    asked: Asked,
    *,
    good_only: bool,
    progress: Callable[[int], None] = lambda rows: None,
) -> Plan:
    """Add the rows of a sheet to a student's log: all, or all that are good, or none if one is bad.

    What was said of its columns and words is remembered for the person. Raises NotFoundError, RefusedError.
    """
    done = carry_out(actor, student_id, sheet, noun, asked, Manner(skip_bad=good_only, progress=progress))
    if isinstance(actor, Actor) and done.report.stored:
        _remember(actor, done)
    return done


def carry_out(
    actor: Actor | Operator, student_id: uuid.UUID, sheet: Sheet, noun: str, asked: Asked, manner: Manner
) -> Plan:
    """Read a sheet, find out about each row, and add what is to be added. Raises NotFoundError, RefusedError."""
    with reading() as session:
        vocabulary = load_vocabulary(session, actor, student_id, noun)
        known = _recalled(session, actor, sheet, noun)
    guesses = _guesses(sheet, noun, vocabulary, known)
    how = _reading(sheet, noun, asked, guesses, known)
    arranged = arrange(sheet, how, vocabulary)
    manner = replace(manner, twice=asked.twice or how.own, texts_checked=asked.texts_checked)
    report = import_entries(KINDS[noun], actor, student_id, arranged.rows, manner, sheet.format)
    return Plan(noun, sheet, guesses, how, vocabulary, arranged, report)


def _reading(
    sheet: Sheet, noun: str, asked: Asked, guesses: tuple[Guess, ...], known: Mapping[str, str]
) -> Reading:
    chosen = asked.columns
    if chosen is None:
        chosen = {place: guess.field for place, guess in enumerate(guesses) if guess.field}
        again = set(asked.chosen.values()) - case.LIST_FIELDS
        chosen = {place: name for place, name in chosen.items() if name not in again} | dict(asked.chosen)
    columns = {
        place: name for place, name in chosen.items() if name in fields_of(noun) and not guesses[place].identifying
    }
    return Reading(
        noun=noun,
        columns=columns,
        order=asked.order,
        meanings={**_known_meanings(sheet, columns, known), **asked.meanings},
        always={name: code for name, code in asked.always.items() if name in ALWAYS[noun]},
        submit=asked.submit,
        own=is_own(sheet, noun),
    )


def _guesses(sheet: Sheet, noun: str, vocabulary: Vocabulary, known: Mapping[str, str]) -> tuple[Guess, ...]:
    """What the columns are taken for: as this person took them before, else by name and content; ours as they are."""
    if is_own(sheet, noun):
        return tuple(map(Guess, sheet.header))
    guesses = []
    for heading, guess in zip(sheet.header, guess_columns(sheet, noun, vocabulary), strict=True):
        before = known.get(_digest_of_column(heading))
        if before is not None and not guess.identifying:
            guess = Guess(before or None, "as you chose before")  # noqa: PLW2901 (what was chosen goes before it)
        guesses.append(guess)
    return tuple(guesses)


def vocabulary_of(actor: Actor, noun: str) -> Vocabulary:
    """What the actor's own entries of a kind may say."""
    with reading() as session:
        return load_vocabulary(session, actor, actor.person_id, noun)


def load_vocabulary(session: Session, actor: Actor | Operator, student_id: uuid.UUID, noun: str) -> Vocabulary:
    """What a student's entries of a kind may say in each field that has a list."""
    if noun == ACTIVITIES.noun:
        people = load_activity_references(session, actor.program_id, student_id).supervisors
        return Vocabulary(
            {
                "kind": _closed("kind"),
                "status": _closed("status"),
                "supervisor": {each.email: each.name for each in people.values()},
            }
        )
    return _of_cases(load_references(session, actor.program_id, student_id))


def _of_cases(references: References) -> Vocabulary:
    lists: dict[str, Mapping[str, str]] = {
        str(name): {code: references.codes.label(name, code) for code in references.codes.offered(name)}
        for name in CodeList
    }
    lists |= {name: _closed(name) for name in CLOSED_LISTS if name in case.LABELS}
    lists["site"] = {code: site.name for code, site in references.sites.items()}
    lists["preceptor"] = {email: each.name for email, each in references.preceptors.items()}
    lists["rotation"] = {code: code for code in references.rotations}
    return Vocabulary(lists)


def _closed(name: str) -> Mapping[str, str]:
    return {str(code): str(code).replace("_", " ") for code in CLOSED_LISTS[name]}


# What is remembered stands under a digest of what the file said: neither headings nor cells are stored.


def _digest(*said: str) -> str:
    return hashlib.sha256("\x1f".join(said).encode("utf-8", "replace")).hexdigest()[:40]


def _digest_of_column(heading: str) -> str:
    return _digest("column", plain_heading(heading) or heading)


def _digest_of_word(word: str) -> str:
    return _digest("word", folded(word))


def _recalled(session: Session, actor: Actor | Operator, sheet: Sheet, noun: str) -> Mapping[str, str]:
    if not isinstance(actor, Actor):
        return {}
    said = {_digest_of_column(heading) for heading in sheet.header if heading}
    said |= {_digest_of_word(word) for place in range(len(sheet.header)) for word in _words(sheet, place)}
    return store.recall(session, actor.program_id, actor.person_id, noun, said)


def _words(sheet: Sheet, place: int) -> Iterable[str]:
    return list(dict.fromkeys(map(folded, sheet.column(place))))[: 2 * _SAMPLE]


def _known_meanings(
    sheet: Sheet, columns: Mapping[int, str], known: Mapping[str, str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for place, name in columns.items():
        for word in _words(sheet, place):
            meaning = known.get(_digest_of_word(word))
            if meaning is not None and meaning.partition(" ")[0] == name:
                found[name, word] = tuple(filter(None, meaning.partition(" ")[2].split(";")))
    return found


def _remember(actor: Actor, done: Plan) -> None:
    columns = {
        _digest_of_column(heading): done.reading.columns.get(place, "")
        for place, heading in enumerate(done.sheet.header)
        if heading and not done.guesses[place].identifying
    }
    words = {
        _digest_of_word(word): f"{name} {';'.join(codes)}"[: store.MEANING_MOST]
        for (name, word), codes in done.reading.meanings.items()
    }
    if not done.reading.own:
        with transaction() as session:
            store.remember(session, actor.program_id, actor.person_id, done.noun, {**columns, **words})


def refused_rows(done: Plan) -> tuple[list[str], list[list[str]]]:
    """The rows that were refused, as a table: their line, why, and what of them was read; header first.

    Columns that nobody mapped are not in it.
    """
    reasons: dict[int, list[RowFault]] = {}
    for fault in (*done.report.bad, *done.report.alike):
        reasons.setdefault(fault.line, []).append(fault)
    places = sorted(done.reading.columns)
    header = ["line", "reasons", *(done.sheet.header[place] for place in places)]
    rows = [
        [
            str(line),
            " ".join(f"{each.field}: {each.message}" for each in reasons[line]),
            *(cells[place] for place in places),
        ]
        for line, cells in done.sheet.rows
        if line in reasons
    ]
    return header, rows
