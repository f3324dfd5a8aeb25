"""A signal: a sentence about records that a director may want to look at, and never an accusation.

The thresholds are ours, not a board's.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeVar

from caselog.domain.codes import Role

DAY_MINUTES = 1_440  # minutes in a day
WHOLE_PERCENT = 100
LATE_AFTER_HOURS = 72  # after the end of the case's day, unless the program sets another number
BURST_CASES = 10  # entered one after another …
BURST_GAP = timedelta(minutes=10)  # … with no more than this between two …
BURST_AFTER = timedelta(days=14)  # … each at least so long after the end of its day
COPY_FIGURES = 2  # measured values, or a note, that cases of different days must share to be called alike
COPY_NOTE = 20  # characters from which on a note is no coincidence
PERFECT_EVALUATIONS = 10  # all with the best score in every graded section
PERFORMED = frozenset({Role.PRIMARY, Role.INDEPENDENT})
FIGURES = ("cpb_minutes", "cross_clamp_minutes", "circulatory_arrest_minutes", "support_hours", "lowest_temp_c")
_IN_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


class SignalKind(StrEnum):
    """What is watched, in the order in which a page lists it."""

    TWO_PRIMARIES = "two-primaries"
    ELSEWHERE = "primary-elsewhere"
    OVERLAP = "overlap"
    LONG_DAY = "long-day"
    SHARES = "shares"
    COPIES = "copies"
    BURST = "burst"
    LATE = "late"
    PERFECT = "perfect-scores"


class Entry(NamedTuple):
    """What signals look at of a case that is no draft and not void; times are local to the program.

    A named tuple, since there may be very many: it is made in a fraction of a data class's time.
    """

    uid: str
    student: str
    day: date
    start: time | None = None
    site: str = ""
    activity: str = ""
    procedures: tuple[str, ...] = ()
    role: str = ""
    share_percent: int | None = None
    cpb_minutes: int | None = None
    support_hours: float | None = None
    entered: datetime | None = None


@dataclass(frozen=True, slots=True)
class WholeCase:
    """A case with all that was logged of it but its identifier and its day: the fields by name, in one order."""

    uid: str
    student: str
    day: date
    fields: tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class Evaluator:
    """The evaluations that one person gave: how many, the lowest score of all, and the cases, the newest first."""

    person: str
    evaluations: int
    lowest: int
    newest: date
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signal:
    """A sentence about records. `people` are those whose records they are, `cases` its evidence.

    The `key` stays while the signal is about the same records, the `digest` while they say the same.
    """

    kind: SignalKind
    says: str
    on: date
    people: tuple[str, ...]
    cases: tuple[str, ...]
    key: str
    digest: str


def signal_of(
    kind: SignalKind,
    says: str,
    entries: Sequence[Entry],
    facts: Iterable[object],
    *,
    about: Iterable[str] | None = None,
) -> Signal:
    cases = [each.uid for each in sorted(entries, key=lambda each: (each.day, each.start or time(), each.uid))]
    return Signal(
        kind=kind,
        says=says,
        on=max(each.day for each in entries),
        people=tuple(sorted({each.student for each in entries})),
        cases=tuple(cases),
        key=key_of(kind, cases if about is None else about),
        digest=digest_of(facts),
    )


def key_of(kind: SignalKind, about: Iterable[str]) -> str:
    return f"{kind}-{digest_of(sorted(about))}"


def digest_of(facts: Iterable[object]) -> str:
    return hashlib.sha256("\n".join(sorted(map(repr, facts))).encode()).hexdigest()[:32]


def grouped(found: Iterable[T], what: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = defaultdict(list)
    for each in found:
        groups[what(each)].append(each)
    return groups


def in_words(number: int) -> str:
    return _IN_WORDS[number] if number < len(_IN_WORDS) else f"{number:,}"


def day_words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def days_words(delay: timedelta) -> str:
    """How many days after a day that was, as the calendar counts, whose end was `delay` ago."""
    days = delay.days + 1
    return "1 day" if days == 1 else f"{days:,} days"


def minutes_words(took: timedelta) -> str:
    minutes = max(1, -(-took // timedelta(minutes=1)))
    return "a minute" if minutes == 1 else f"{minutes:,} minutes"
