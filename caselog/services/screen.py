"""The screen at every door: no text that may identify somebody is stored, whoever sends it.

It stands where the session hands rows to the database, so a form, an import or a page that is added later cannot pass
beside it. Forms screen as well, to mark what was found where it was typed.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapper, Session

from caselog.domain.fields import Fault
from caselog.domain.screening import Category, Finding, findings
from caselog.services.actor import RefusedError
from caselog.services.confirming import note_confirmed, texts_confirmed
from caselog.services.entry import FaultsError
from caselog.services.settings import settings_of


class Treatment(Enum):
    """How a text is screened."""

    FREE = auto()  # for everything
    NAMES = auto()  # names people or places by design, so only for what no such name holds
    NUMBERS = auto()  # the same, where long numbers are to be expected


# By column, in whichever table it stands.
SCREENED: Mapping[str, Treatment] = {
    "note": Treatment.FREE,
    "comment": Treatment.FREE,
    "reason": Treatment.FREE,
    "kept_reason": Treatment.FREE,
    "withdrawn_why": Treatment.FREE,
    "words": Treatment.FREE,
    "title": Treatment.FREE,
    "category": Treatment.FREE,
    "provider": Treatment.NAMES,  # who gave a course is often a lecturer or a university
    "label": Treatment.NAMES,  # operations carry names
    "by": Treatment.NAMES,  # who signed a document
    "name": Treatment.NAMES,  # people, sites, cohorts
    "text": Treatment.NUMBERS,  # rule sets, whose sources name authors and places, and whose addresses hold numbers
    "shared_code": Treatment.NUMBERS,  # such as the public number of a hospital
}
# What no name of a person or a place holds.
_NEVER_IN_NAMES = frozenset(
    {
        Category.RECORD_NUMBER,
        Category.BIRTH_DATE,
        Category.EXACT_AGE,
        Category.PHONE,
        Category.SSN,
        Category.LONG_NUMBER,
    }
)
# Texts that are no notes: a program without free text does without them.
OPTIONAL_TEXTS = frozenset({"note"})
SWITCHED_OFF = "This program takes no notes; nothing was stored. Send it without one."
_STRONG = "It holds what {}."
_WEAK = "It holds what {}, or confirm that it names no patient."


class IdentifiersError(FaultsError, RefusedError):
    """A text may say who a patient is; the faults say in which field, and never what stood there."""


def found_in(text: str, treatment: Treatment = Treatment.FREE) -> tuple[Finding, ...]:
    """What a text of that treatment may not hold."""
    if treatment is Treatment.FREE:
        return findings(text)
    never = _NEVER_IN_NAMES - {Category.LONG_NUMBER} if treatment is Treatment.NUMBERS else _NEVER_IN_NAMES
    return tuple(each for each in findings(text) if each.strong and each.category in never)


def refused(found: Sequence[Finding], *, confirmed: bool) -> list[Finding]:
    """Those that keep a text from being stored: all strong ones, and weak ones that nobody confirmed."""
    return [each for each in found if each.strong or not confirmed]


def text_faults(texts: Mapping[str, str], *, confirmed: bool) -> list[Fault]:
    """What is wrong with texts by column, each kind once."""
    return [
        Fault(name, words)
        for name, text in texts.items()
        if text and name in SCREENED
        for words in dict.fromkeys(
            (_STRONG if each.strong else _WEAK).format(each.words)
            for each in refused(found_in(text, SCREENED[name]), confirmed=confirmed)
        )
    ]


def entry_faults(entry: Any, *, takes_notes: bool) -> list[Fault]:
    """What is wrong with the texts of an entry that goes past the ORM, as an import's do."""
    texts = {
        name: text
        for name in _texts_of(entry.__class__)
        if (text := getattr(entry, name)) and isinstance(text, str)
    }
    if not texts:
        return []
    found: list[Fault] = []
    if not takes_notes and not OPTIONAL_TEXTS.isdisjoint(texts):
        found = [Fault(name, SWITCHED_OFF) for name in sorted(OPTIONAL_TEXTS & texts.keys())]
    confirmed = texts_confirmed()
    found += text_faults(texts, confirmed=confirmed)
    if confirmed and not found:
        _note_doubtful(texts)
    return found


@cache
def _texts_of(kind: type) -> tuple[str, ...]:
    """The screened texts that entries of a kind have: all are fields of their class."""
    return tuple(name for name in SCREENED if hasattr(kind, name))


def _note_doubtful(texts: Mapping[str, str]) -> None:
    kinds = {each.category for name, text in texts.items() for each in found_in(text, SCREENED[name])}
    if kinds:
        note_confirmed(frozenset(kinds))


@cache
def _columns(mapper: Mapper[Any]) -> tuple[tuple[str, str], ...]:
    """The attributes of a table's rows that are screened, with the names of their columns."""
    return tuple(
        (attribute.key, attribute.columns[0].name)
        for attribute in mapper.column_attrs
        if attribute.columns[0].name in SCREENED and isinstance(attribute.columns[0].type, sa.String)
    )


def _written(instance: Any) -> Iterator[tuple[str, str]]:
    """The screened texts of a row that are new or changed; what stood there before is not asked about again."""
    state = sa.inspect(instance)
    for key, column in _columns(state.mapper):
        added = state.attrs[key].history.added
        if added and isinstance(added[0], str) and added[0]:
            yield column, added[0]


def stand_at_the_door() -> None:
    """Screen whatever any session hands to the database from now on."""
    if not event.contains(Session, "before_flush", _screen):
        event.listen(Session, "before_flush", _screen)


def _screen(session: Session, _context: object, _instances: object) -> None:
    confirmed = texts_confirmed()
    for instance in (*session.new, *session.dirty):
        for column, text in _written(instance):
            _pass(session, instance, column, text, confirmed=confirmed)


def _pass(session: Session, instance: Any, column: str, text: str, *, confirmed: bool) -> None:
    """Let a text through, or raise IdentifiersError."""
    if column in OPTIONAL_TEXTS:
        with session.no_autoflush:
            if not settings_of(session, instance.program_id).free_text:
                raise IdentifiersError([Fault(column, SWITCHED_OFF)])
    if faults := text_faults({column: text}, confirmed=confirmed):
        raise IdentifiersError(faults)
    if confirmed:
        _note_doubtful({column: text})
