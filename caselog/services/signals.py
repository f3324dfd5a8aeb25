"""The director's review list: what the records tell, beside what was made of it."""

import math
import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain import signals_of_entry
from caselog.domain.signal import Signal, SignalKind, days_words
from caselog.domain.signal_words import Meaning, meanings
from caselog.extensions import db
from caselog.services import trail
from caselog.services.actor import Actor, NotFoundError, Permission, RefusedError
from caselog.services.case_log import LogPage, page_of_cases
from caselog.services.signal_finding import all_signals, late_after, one_signal
from caselog.services.visible import cases_visible_to
from caselog.store.cases import LoggedCase
from caselog.store.people import Person, Student
from caselog.store.session import transaction
from caselog.store.signals import WORDS_MOST, Outcome, SignalSettlement

__all__ = ["WORDS_MOST", "Outcome"]

PAGE_SIZE = 25  # signals
OUTCOME_MEANINGS: Mapping[str, str] = {
    Outcome.EXPLAINED: "The records are right, and there is a reason for what they show.",
    Outcome.CORRECTED: "A record was wrong, and is mended or on its way to be.",
    Outcome.NO_CONCERN: "Seen; nothing needs to be said or done.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalFilter:
    """Which signals to list; what is None does not narrow."""

    kind: SignalKind | None = None
    student: uuid.UUID | None = None
    cohort: uuid.UUID | None = None
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Settlement:
    """What somebody made of a signal."""

    outcome: str
    words: str
    by: str
    at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class ListedSignal:
    """A signal with the names of the people whose records it is about, and how it was settled.

    `before` is how it was settled when the records said something else.
    """

    signal: Signal
    people: tuple[tuple[uuid.UUID, str], ...]
    settled: Settlement | None
    before: Settlement | None


@dataclass(frozen=True, slots=True)
class SignalPage:
    """One page of the list; `open` says of each kind how many are open, whatever the page shows."""

    signals: tuple[ListedSignal, ...]
    number: int
    pages: int
    total: int
    open: Mapping[SignalKind, int]
    meanings: Mapping[SignalKind, Meaning]


@dataclass(frozen=True, slots=True)
class SignalView:
    """One signal with its evidence: a page of its cases."""

    listed: ListedSignal
    meaning: Meaning
    cases: LogPage


def titles() -> list[tuple[str, str]]:
    """The kinds that are watched, each with its title."""
    return [(kind, meaning.title) for kind, meaning in meanings().items()]


def review_list(actor: Actor, wanted: SignalFilter, number: int) -> SignalPage:
    """A page of the program's signals, the newest first and late entries last; beyond the last page is the last."""
    _may(actor, Permission.VIEW_SIGNALS)
    session = db.session()
    concerned = _people_asked_for(session, actor, wanted)
    found = [
        each for each in all_signals(session, actor) if concerned is None or not concerned.isdisjoint(each.people)
    ]
    settlements = _settlements(session, actor.program_id)
    open_now = [each for each in found if not _settled(settlements, each)]
    listed = [each for each in found if bool(_settled(settlements, each)) == wanted.settled]
    listed = [each for each in listed if wanted.kind in (None, each.kind)]
    listed.sort(key=lambda each: (each.kind is not SignalKind.LATE, each.on, each.key), reverse=True)
    pages = max(1, math.ceil(len(listed) / PAGE_SIZE))
    number = min(max(1, number), pages)
    shown = listed[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return SignalPage(
        tuple(_listed(session, actor, shown, settlements)),
        number,
        pages,
        len(listed),
        {kind: sum(each.kind is kind for each in open_now) for kind in SignalKind},
        meanings(late_after(session, actor.program_id)),
    )


def signal_view(actor: Actor, key: str, number: int) -> SignalView:
    """One signal with its evidence. Raises NotFoundError, also when the records do not show it any more."""
    _may(actor, Permission.VIEW_SIGNALS)
    session = db.session()
    found = one_signal(session, actor, key)
    (listed,) = _listed(session, actor, [found], _settlements(session, actor.program_id, key))
    of_signal = LoggedCase.case_uid.in_([uuid.UUID(each) for each in found.cases])
    cases = page_of_cases(actor, sa.and_(cases_visible_to(actor), of_signal), number, oldest_first=True)
    return SignalView(listed, meanings(late_after(session, actor.program_id))[found.kind], cases)


def settle(actor: Actor, key: str, digest: str, outcome: Outcome, words: str) -> None:
    """Say what became of a signal; `digest` is that of the signal as the actor was shown it.

    Raises NotFoundError, RefusedError when the records changed meanwhile, somebody settled it, or words are lacking.
    """
    _may(actor, Permission.SETTLE_SIGNALS)
    with transaction() as session:
        found = one_signal(session, actor, key)
        if found.digest != digest:
            raise RefusedError("The records changed since you opened this. Look at them again.")
        if settled := _settled(_settlements(session, actor.program_id, key), found):
            raise RefusedError(f"{settled.by} settled this already; nothing was changed.")
        if outcome is not Outcome.NO_CONCERN and not words.strip():
            raise RefusedError("Say in a few words what explains it, or what was corrected.")
        row = SignalSettlement(
            program_id=actor.program_id,
            id=uuid.uuid4(),
            key=key,
            digest=digest,
            outcome=outcome,
            words=words,
            settled_by=actor.person_id,
            settled_at=clock.now(),
        )
        session.add(row)
        about = (
            uuid.UUID(found.people[0]) if len(found.people) == 1 and found.kind is not SignalKind.PERFECT else None
        )
        trail.record(actor, "signal.settle", f"{key} {digest} {outcome}", about=about)


def late_note(actor: Actor, entered: datetime, day: date | None) -> str | None:
    """What the page of a case says when the case was entered late."""
    after_hours = late_after(db.session(), actor.program_id)
    if day is None:
        return None
    delay = signals_of_entry.entered_after(entered, day, ZoneInfo(actor.timezone))
    if not signals_of_entry.is_late(delay, after_hours):
        return None
    return (
        f"Entered {days_words(delay)} after the day of the case. "
        f"Entries after more than {after_hours} hours are flagged for the director, and never refused."
    )


def _may(actor: Actor, permission: Permission) -> None:
    if not actor.may(permission):
        raise NotFoundError


def _people_asked_for(session: Session, actor: Actor, wanted: SignalFilter) -> set[str] | None:
    """The people of whom one must be concerned, as signals name them; None for anybody."""
    if wanted.student is None and wanted.cohort is None:
        return None
    query = sa.select(Student.person_id).where(Student.program_id == actor.program_id)
    if wanted.student is not None:
        query = query.where(Student.person_id == wanted.student)
    if wanted.cohort is not None:
        query = query.where(Student.cohort_id == wanted.cohort)
    return {person_id.hex for person_id in session.scalars(query)}


Settlements = Mapping[str, list[Settlement]]  # by key, the newest first


def _settlements(session: Session, program_id: uuid.UUID, key: str | None = None) -> Settlements:
    table = SignalSettlement
    query = (
        sa.select(table.key, table.outcome, table.words, Person.name, table.settled_at, table.digest)
        .join(Person, sa.and_(Person.program_id == table.program_id, Person.id == table.settled_by))
        .where(table.program_id == program_id)
        .order_by(table.settled_at.desc())
    )
    found: dict[str, list[Settlement]] = {}
    rows = session.execute(query if key is None else query.where(table.key == key))
    for of_key, outcome, words, by, at, digest in rows:
        found.setdefault(of_key, []).append(Settlement(outcome, words, by, at, digest))
    return found


def _settled(settlements: Settlements, signal: Signal) -> Settlement | None:
    """How the signal was settled as the records are now."""
    return next((each for each in settlements.get(signal.key, ()) if each.digest == signal.digest), None)


def _listed(
    session: Session, actor: Actor, found: Collection[Signal], settlements: Settlements
) -> Iterator[ListedSignal]:
    ids = {uuid.UUID(person) for each in found for person in each.people}
    names = dict(
        session.execute(
            sa.select(Person.id, Person.name).where(Person.program_id == actor.program_id, Person.id.in_(ids))
        ).all()
    )
    for each in found:
        people = sorted(
            ((uuid.UUID(person), names[uuid.UUID(person)]) for person in each.people), key=lambda p: p[1]
        )
        settled = _settled(settlements, each)
        earlier = settlements.get(each.key)
        yield ListedSignal(each, tuple(people), settled, earlier[0] if earlier and not settled else None)
