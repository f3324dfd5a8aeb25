"""What entries are worth to one requirement: each judged alone, then settled together.

Judging looks at one entry: does it count, what is it worth, to which part does it belong. Settling looks at all of
them: of entries that may count once only the best does, and a part contributes no more than its ceiling. Verified
entries go first; submitted ones wait for the room that is left. A judgement may stand for many entries alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from caselog.domain.conditions import holds, is_given
from caselog.domain.result import Entry, Outcome
from caselog.domain.ruleset import CountRequirement, Credit

NOTHING = Fraction(0)
ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an entry is to one requirement, looked at alone.

    `part` is the part that it belongs to, `once` the value that may count once, `year` the year of a yearly floor.
    """

    outcome: Outcome
    reason: str
    credit: Fraction = ONE
    part: int | None = None
    once: Any = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """How `times` entries that were judged alike were settled; `credit` is what each of them contributes."""

    outcome: Outcome
    reason: str
    credit: Fraction
    times: int


def worth(requirement: CountRequirement, entry: Entry) -> Fraction:
    """What an eligible entry is worth; 0 if no credit fits or it does not reach a step."""
    if not requirement.credits:
        return ONE
    for credit in requirement.credits:
        if credit.where is None or holds(credit.where, entry):
            return _credit(credit, entry)
    return NOTHING


def _credit(credit: Credit, entry: Entry) -> Fraction:
    if credit.field is None:
        return credit.points
    amount = getattr(entry, credit.field)
    if not is_given(amount):
        return NOTHING
    earned = Fraction(str(amount))
    if credit.per is not None:
        earned = earned // credit.per * credit.points
    return earned if credit.at_most is None else min(earned, credit.at_most)


def settle(
    requirement: CountRequirement,
    ceilings: Sequence[Fraction | None],
    judged: Sequence[tuple[Judgement, int]],
) -> list[tuple[Piece, ...]]:
    """How each judgement fares beside the others, in the order given; `ceilings` are those of the parts."""
    settled: list[tuple[Piece, ...]] = [()] * len(judged)
    room = list(ceilings)
    counted_once: set[Any] = set()
    for outcome in (Outcome.COUNTED, Outcome.PENDING):
        places = [place for place, (each, _) in enumerate(judged) if each.outcome is outcome]
        winners = _winners(judged, places, counted_once) if requirement.once_per else frozenset()
        for place in places:
            judgement, times = judged[place]
            may_count = times if not requirement.once_per else int(place in winners)
            pieces = [*_in_room(requirement, judgement, may_count, room, ceilings)]
            if may_count < times:
                reason = f"{_shown(judgement.once)} is counted already"
                pieces.append(Piece(Outcome.EXCLUDED, reason, NOTHING, times - may_count))
            settled[place] = tuple(pieces)
    for place, (judgement, times) in enumerate(judged):
        if judgement.outcome is Outcome.EXCLUDED:
            settled[place] = (Piece(Outcome.EXCLUDED, judgement.reason, NOTHING, times),)
    return settled


def _winners(
    judged: Sequence[tuple[Judgement, int]], places: Sequence[int], counted_once: set[Any]
) -> frozenset[int]:
    """Of entries with the same once-value the one worth most, the earliest of equals."""
    winners = set()
    for place in sorted(places, key=lambda place: -judged[place][0].credit):
        value = judged[place][0].once
        if value not in counted_once:
            counted_once.add(value)
            winners.add(place)
    return frozenset(winners)


def _in_room(
    requirement: CountRequirement,
    judgement: Judgement,
    times: int,
    room: list[Fraction | None],
    ceilings: Sequence[Fraction | None],
) -> Iterator[Piece]:
    """Entries judged alike under the ceiling of their part: whole ones, perhaps one in part, and the rest."""
    left = None if judgement.part is None else room[judgement.part]
    if judgement.part is None or left is None:
        if times:
            yield Piece(judgement.outcome, judgement.reason, judgement.credit, times)
        return
    whole = min(times, int(left // judgement.credit))
    rest = left - whole * judgement.credit
    if whole:
        yield Piece(judgement.outcome, judgement.reason, judgement.credit, whole)
    over = f"over the ceiling of {_number(ceilings[judgement.part])} for {requirement.parts[judgement.part].title}"
    if whole < times and rest:
        yield Piece(judgement.outcome, f"counts in part: {over}", rest, 1)
        whole, rest = whole + 1, NOTHING
    room[judgement.part] = rest
    if whole < times:
        yield Piece(Outcome.EXCLUDED, over, NOTHING, times - whole)


def _number(value: Fraction | None) -> str:
    return f"{float(value or 0):g}"


def _shown(value: object) -> str:
    return str(value).replace("_", " ")
