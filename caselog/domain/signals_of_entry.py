"""When cases were entered, beside when they were: values in, signals out.

Who calls this has left out drafts and void cases.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from caselog.domain.signal import (
    BURST_AFTER,
    BURST_CASES,
    BURST_GAP,
    LATE_AFTER_HOURS,
    Entry,
    Signal,
    SignalKind,
    day_words,
    days_words,
    grouped,
    in_words,
    minutes_words,
    signal_of,
)


def bursts(entries: Iterable[Entry], zone: ZoneInfo) -> list[Signal]:
    """Many cases of a student entered one after another, all long after their days."""
    found = []
    for own in grouped(entries, lambda each: each.student).values():
        long_after = [(delay, each) for each in own if (delay := delay_of(each, zone)) >= BURST_AFTER]
        for run in _runs(sorted(long_after, key=lambda pair: (_entered(pair[1]), pair[1].uid))):
            cases = [each for _, each in run]
            took = _entered(cases[-1]) - _entered(cases[0])
            least, most = (days_words(pick(delay for delay, _ in run)) for pick in (min, max))
            after = least if least == most else f"{least} to {most}"
            says = (
                f"{len(cases)} cases of one student were entered within {minutes_words(took)} on "
                f"{day_words(_entered(cases[0]).astimezone(zone).date())}, {after} after their days."
            )
            facts = [(each.uid, each.day, _entered(each).isoformat()) for each in cases]
            found.append(signal_of(SignalKind.BURST, says, cases, facts))
    return found


def _runs(in_order: Sequence[tuple[timedelta, Entry]]) -> Iterator[list[tuple[timedelta, Entry]]]:
    run: list[tuple[timedelta, Entry]] = []
    for pair in in_order:
        if run and _entered(pair[1]) - _entered(run[-1][1]) > BURST_GAP:
            if len(run) >= BURST_CASES:
                yield run
            run = []
        run.append(pair)
    if len(run) >= BURST_CASES:
        yield run


def late_entries(entries: Iterable[Entry], zone: ZoneInfo, after_hours: int = LATE_AFTER_HOURS) -> list[Signal]:
    """Cases entered late: one signal for each student and month of entry."""
    late: dict[tuple[str, str], list[tuple[timedelta, Entry]]] = defaultdict(list)
    for each in entries:
        delay = delay_of(each, zone)
        if is_late(delay, after_hours):
            late[each.student, f"{_entered(each).astimezone(zone):%Y-%m}"].append((delay, each))
    found = []
    for (student, month), pairs in late.items():
        longest = days_words(max(delay for delay, _ in pairs))
        in_month = f"{date.fromisoformat(month + '-01'):%B %Y}"
        several = (
            f"{in_words(len(pairs)).capitalize()} cases of one student were" if len(pairs) > 1 else "One case was"
        )
        says = (
            f"{several} entered in {in_month} more than {after_hours} hours after "
            f"{'their days, at most' if len(pairs) > 1 else 'its day:'} {longest} after."
        )
        facts = sorted((each.uid, each.day, _entered(each).isoformat()) for _, each in pairs)
        own = [each for _, each in pairs]
        found.append(signal_of(SignalKind.LATE, says, own, facts, about=[student, month]))
    return found


def delay_of(entry: Entry, zone: ZoneInfo) -> timedelta:
    """How long after the end of its day, in the program's time zone, a case was entered; negative when before."""
    return entered_after(_entered(entry), entry.day, zone)


def entered_after(entered: datetime, day: date, zone: ZoneInfo) -> timedelta:
    """The same of an instant and a day."""
    return entered - _end_of(day, zone)


def is_late(delay: timedelta, after_hours: int) -> bool:
    """Whether what was entered so long after the end of its day is flagged."""
    return delay > timedelta(hours=after_hours)


@lru_cache(maxsize=8_192)
def _end_of(day: date, zone: ZoneInfo) -> datetime:
    """The midnight that ends a local day, in UTC."""
    if day == date.max:
        return datetime.max.replace(tzinfo=ZoneInfo("UTC"))
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(ZoneInfo("UTC"))


def _entered(entry: Entry) -> datetime:
    if entry.entered is None:
        raise ValueError("this signal needs to know when the case was entered")
    return entry.entered
