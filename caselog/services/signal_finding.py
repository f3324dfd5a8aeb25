"""Finding signals: what the tables hold, judged by the domain, and kept while the tables stay as they are."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from caselog.domain import signals, signals_of_entry
from caselog.domain.evaluation_form import BEST
from caselog.domain.signal import PERFECT_EVALUATIONS, Signal, SignalKind
from caselog.services.actor import Actor, NotFoundError
from caselog.services.settings import settings_of
from caselog.store import elsewhere, signal_facts
from caselog.store.stamps import read_all_stamps

_KEPT_MOST = 4  # programs
# These rest on tables beside those that the counting stamps watch, or on other programs.
_NEVER_KEPT = (SignalKind.ELSEWHERE, SignalKind.PERFECT)
# Handover shares are found with two primaries.
_KEPT_KINDS = tuple(kind for kind in SignalKind if kind not in (*_NEVER_KEPT, SignalKind.SHARES))


@dataclass(frozen=True, slots=True)
class _Kept:
    stamps: Mapping[uuid.UUID, int]
    zone: str
    hours: int
    signals: tuple[Signal, ...]


_kept: dict[uuid.UUID, _Kept] = {}
_lock = Lock()


def all_signals(session: Session, actor: Actor) -> Iterator[Signal]:
    """Every signal of the actor's program, settled or not."""
    yield from _of_log(session, actor)
    for kind in _NEVER_KEPT:
        yield from _found(session, actor, kind)


def one_signal(session: Session, actor: Actor, key: str) -> Signal:
    """The signal with this key. Raises NotFoundError when the records do not show it, or not any more."""
    kind = next((kind for kind in SignalKind if key.startswith(f"{kind}-")), None)
    if kind is None:
        raise NotFoundError
    found = next((each for each in _found(session, actor, kind) if each.key == key), None)
    if found is None:
        raise NotFoundError
    return found


def late_after(session: Session, program_id: uuid.UUID) -> int:
    """The hours after a case's day from which on an entry is late."""
    return settings_of(session, program_id).late_entry_hours


def forget() -> None:
    """Keep nothing of what was found so far."""
    _kept.clear()


def _of_log(session: Session, actor: Actor) -> tuple[Signal, ...]:
    """What the log alone shows."""
    stamps, hours = read_all_stamps(session, actor.program_id), late_after(session, actor.program_id)
    known = _kept.get(actor.program_id)
    if known and stamps is not None and (known.stamps, known.zone, known.hours) == (stamps, actor.timezone, hours):
        return known.signals
    found = tuple(each for kind in _KEPT_KINDS for each in _found(session, actor, kind))
    if stamps is not None:
        with _lock:
            _kept.pop(actor.program_id, None)
            while len(_kept) >= _KEPT_MOST:
                del _kept[next(iter(_kept))]
            _kept[actor.program_id] = _Kept(stamps, actor.timezone, hours, found)
    return found


def _found(session: Session, actor: Actor, kind: SignalKind) -> list[Signal]:
    """The signals of a kind; two primaries and handover shares are found together."""
    program_id, zone = actor.program_id, ZoneInfo(actor.timezone)
    match kind:
        case SignalKind.TWO_PRIMARIES | SignalKind.SHARES:
            entries = signal_facts.shared_starts(session, program_id)
            return [*signals.two_primaries(entries), *signals.overfull_shares(entries)]
        case SignalKind.ELSEWHERE:
            claims = elsewhere.count_primaries_of_other_programs_at_the_same_place(session, program_id)
            return signals.primaries_elsewhere(claims)
        case SignalKind.OVERLAP:
            return signals.overlaps(signal_facts.overlapping(session, program_id))
        case SignalKind.LONG_DAY:
            return signals.long_days(signal_facts.overfull_days(session, program_id))
        case SignalKind.COPIES:
            return signals.copies(signal_facts.alike(session, program_id))
        case SignalKind.BURST:
            return signals_of_entry.bursts(signal_facts.entered_in_bursts(session, program_id), zone)
        case SignalKind.LATE:
            hours = late_after(session, program_id)
            return signals_of_entry.late_entries(
                signal_facts.entered_late(session, program_id, hours), zone, hours
            )
        case SignalKind.PERFECT:
            given = signal_facts.evaluators(session, program_id, PERFECT_EVALUATIONS, BEST)
            return signals.perfect_scores(given, BEST)
