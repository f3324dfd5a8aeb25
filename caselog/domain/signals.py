"""What the records of cases and evaluations tell of themselves: values in, signals out.

Who calls this has left out drafts and void cases.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta

from caselog.domain.signal import (
    COPY_FIGURES,
    COPY_NOTE,
    DAY_MINUTES,
    FIGURES,
    PERFECT_EVALUATIONS,
    PERFORMED,
    WHOLE_PERCENT,
    Entry,
    Evaluator,
    Signal,
    SignalKind,
    WholeCase,
    day_words,
    digest_of,
    grouped,
    in_words,
    key_of,
    signal_of,
)


def two_primaries(entries: Iterable[Entry]) -> list[Signal]:
    """The same case, as far as the records tell, with the role of primary in the logs of different students."""
    performed = (each for each in entries if each.role in PERFORMED)
    return [
        signal_of(
            SignalKind.TWO_PRIMARIES,
            f"{in_words(len(same)).capitalize()} cases name a primary for the same site, day, start and procedure.",
            same,
            [(each.uid, _claim(each), each.role) for each in same],
        )
        for same in _same_cases(performed)
    ]


def overfull_shares(entries: Iterable[Entry]) -> list[Signal]:
    """The same case in the logs of different students, with shares that add to more than the whole."""
    found = []
    for same in _same_cases(each for each in entries if each.share_percent is not None):
        total = sum(each.share_percent or 0 for each in same)
        if total > WHOLE_PERCENT:
            parts = " + ".join(f"{each.share_percent}" for each in same)
            says = f"The handover shares of what reads as one case add to {total} %: {parts}."
            facts = [(each.uid, _claim(each), each.share_percent) for each in same]
            found.append(signal_of(SignalKind.SHARES, says, same, facts))
    return found


def _claim(entry: Entry) -> tuple[object, ...]:
    return entry.site, entry.day, entry.start, entry.activity, entry.procedures


def _same_cases(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Entries of different students that read as one case: site, day and start, and a procedure in common."""
    timed = (each for each in entries if each.start is not None)
    for together in grouped(timed, lambda each: (each.site, each.day, each.start)).values():
        if len({each.student for each in together}) > 1:
            for same in _sharing_a_procedure(together):
                if len({each.student for each in same}) > 1:
                    yield sorted(same, key=lambda each: each.uid)


def _sharing_a_procedure(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The entries in groups that share a procedure; who names none is taken by the activity."""
    groups: list[tuple[set[str], list[Entry]]] = []
    for entry in entries:
        named, members = set(entry.procedures) or {f"activity {entry.activity}"}, [entry]
        apart = []
        for group in groups:
            if named.isdisjoint(group[0]):
                apart.append(group)
            else:
                named |= group[0]
                members += group[1]
        groups = [*apart, (named, members)]
    return [members for _, members in groups]


def primaries_elsewhere(claims: Iterable[tuple[Entry, int]]) -> list[Signal]:
    """Own cases as primary, each with how many cases another program holds as primary for the same."""
    return [
        signal_of(
            SignalKind.ELSEWHERE,
            f"Another program holds {'a case' if others == 1 else f'{others} cases'} as primary for the same "
            "place, day, start and procedures as this one.",
            [entry],
            [(entry.uid, _claim(entry), others)],
        )
        for entry, others in claims
        if others
    ]


def overlaps(entries: Iterable[Entry]) -> list[Signal]:
    """Cases of one student of which the next began before the one before was over, as far as times are known."""
    found = []
    for own in grouped((each for each in entries if each.start is not None), lambda each: each.student).values():
        for chain in _chains(sorted(own, key=lambda each: (_begins(each), each.uid))):
            spans = " and ".join(f"{_begins(each):%H:%M}–{_ends(each):%H:%M}" for each in chain)
            several = in_words(len(chain)).capitalize()
            says = f"{several} cases of one student overlap on {day_words(chain[0].day)}: {spans}."
            facts = [(each.uid, _begins(each), _ends(each)) for each in chain]
            found.append(signal_of(SignalKind.OVERLAP, says, chain, facts))
    return found


def _chains(in_order: Sequence[Entry]) -> Iterator[list[Entry]]:
    chain: list[Entry] = []
    for entry in in_order:
        if chain and _begins(entry) >= max(map(_ends, chain)):
            if len(chain) > 1:
                yield chain
            chain = []
        chain.append(entry)
    if len(chain) > 1:
        yield chain


def _begins(entry: Entry) -> datetime:
    return datetime.combine(entry.day, entry.start or time())


def _ends(entry: Entry) -> datetime:
    """What is known to be the least: a case of no known length lasts a minute."""
    lasted = max(entry.cpb_minutes or 0, round((entry.support_hours or 0) * 60), 1)
    return _begins(entry) + timedelta(minutes=lasted)


def long_days(entries: Iterable[Entry]) -> list[Signal]:
    """Days of a student with more minutes of bypass than a day holds."""
    found = []
    timed = (each for each in entries if each.cpb_minutes)
    for (_, day), own in grouped(timed, lambda each: (each.student, each.day)).items():
        total = sum(each.cpb_minutes or 0 for each in own)
        if total > DAY_MINUTES:
            of = "one case" if len(own) == 1 else f"{in_words(len(own))} cases"
            says = (
                f"The bypass times of {day_words(day)} add to {total:,} minutes, in {of} of one student; "
                f"a day holds {DAY_MINUTES:,}."
            )
            facts = [(each.uid, each.day, each.cpb_minutes) for each in own]
            found.append(signal_of(SignalKind.LONG_DAY, says, own, facts))
    return found


def copies(cases: Iterable[WholeCase]) -> list[Signal]:
    """Cases of one student that are alike in everything, or in everything but the day."""
    found = []
    for (_, fields), alike in grouped(cases, lambda each: (each.student, each.fields)).items():
        figures = shared_figures(fields)
        days = {each.day for each in alike}
        if len(days) > 1 and figures >= COPY_FIGURES:
            says = (
                f"are alike in every field but the day, {in_words(figures)} measured or written values among them"
            )
            found.append(_copies(alike, says))
        else:
            found += [
                _copies(same_day, "are alike in every field, the day included")
                for same_day in grouped(alike, lambda each: each.day).values()
                if len(same_day) > 1
            ]
    return found


def _copies(alike: Sequence[WholeCase], says: str) -> Signal:
    entries = [Entry(uid=each.uid, student=each.student, day=each.day) for each in alike]
    facts = [(each.uid, each.day, each.fields) for each in alike]
    return signal_of(
        SignalKind.COPIES, f"{in_words(len(alike)).capitalize()} cases of one student {says}.", entries, facts
    )


def shared_figures(fields: Iterable[tuple[str, object]]) -> int:
    """How many of the fields hold what hardly comes out the same twice: a measured value, or a longer note."""
    given = dict(fields)
    note = given.get("note")
    return sum(bool(given.get(name)) for name in FIGURES) + (isinstance(note, str) and len(note) >= COPY_NOTE)


def perfect_scores(evaluators: Iterable[Evaluator], best: int) -> list[Signal]:
    """Evaluators who gave the best score in all graded sections of all their evaluations, if they gave many.

    What it rests on is how many times `PERFECT_EVALUATIONS` they gave, so that it is not new with each one.
    """
    found = []
    for each in evaluators:
        if each.evaluations >= PERFECT_EVALUATIONS and each.lowest >= best:
            says = f"All {each.evaluations:,} evaluations by one evaluator give {best} in every graded section."
            key = key_of(SignalKind.PERFECT, [each.person])
            digest = digest_of([each.evaluations // PERFECT_EVALUATIONS])
            found.append(Signal(SignalKind.PERFECT, says, each.newest, (each.person,), each.cases, key, digest))
    return found
