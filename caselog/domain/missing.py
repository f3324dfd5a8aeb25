"""What a rule set still asks of a student, as amounts that next cases must reach together.

A plain number is one amount. A ceiling turns it into two: with the part left out and the ceiling's room credited,
and with the part left in (the least of two sums reaches a number when both sums do). What may count once is a
ceiling too. Exclusive counting turns into an amount for every choice of its requirements: the cases that could serve
one of them must be as many as they need together (Hall's theorem). Groups leave a choice between amounts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, islice, product
from math import ceil, comb

from caselog.domain.counting import Judgement
from caselog.domain.evaluate import Engine, Judged
from caselog.domain.next_cases import NONE, ONE_A_DAY, NextKind, Student
from caselog.domain.result import Evaluation, Outcome, RequirementResult, Standing
from caselog.domain.ruleset import (
    AnyRequirement,
    AttestationRequirement,
    CountRequirement,
    Entries,
    Exclusive,
    GroupRequirement,
    SetRequirement,
    StudentRequirement,
)

CHOICES = 64  # of groups that ask for some of their members: more are not tried
CEILINGS = 4  # of one requirement that are looked at together
_DONE = (Standing.MET, Standing.WAIVED)


@dataclass(frozen=True, slots=True)
class Unmended:
    """A requirement that no next case can mend, and why not, in words."""

    requirement: AnyRequirement
    reason: str


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount that next cases must reach together, and what one of each kind adds to it."""

    needed: Fraction
    gains: tuple[Fraction, ...]


Way = tuple[Amount, ...]  # amounts that meet what is asked


class _Unmendable(Exception):  # noqa: N818 (not an error: an answer from deep down)
    """Next cases cannot meet a requirement; the message says why."""


class Missing:
    """What is asked of a student and not yet met, as amounts of next cases."""

    def __init__(self, student: Student, kinds: Sequence[NextKind], rows: Sequence[Judged]) -> None:
        self.student, self.kinds, self.rows = student, kinds, rows
        self.unmended: list[Unmended] = []
        self.certain = True  # no amount asks for more than the rules do

    def ways(self) -> tuple[list[Way], bool]:
        """The ways to meet what next cases can mend, and whether these are all there are."""
        each = list(self.ways_of_set(self.student.engine, self.student.now.requirements, 0, record=True))
        return _together(each)

    def left(self, then: Evaluation) -> tuple[Fraction, Fraction]:
        """How much of what next cases can mend is open in an evaluation, 0 if nothing is; then less what counted.

        The second number tells steps apart that close nothing yet.
        """
        beyond = {id(each.requirement) for each in self.unmended}
        found = list(_asked_results(then.ruleset.members(), then.requirements, beyond))
        return sum((_left(each) for each in found), NONE), -sum((each.counted for each in found), NONE)

    def ways_of_set(
        self, engine: Engine, results: Sequence[RequirementResult], begin: int, *, record: bool
    ) -> Iterator[tuple[list[Way], bool]]:
        """For each requirement that is asked on its own and open, the ways to meet it."""
        members = engine.ruleset.members()
        of_set = _Set(self, engine, results, begin)
        for result in results:
            if result.requirement.id in members or result.standing in _DONE:
                continue
            try:
                yield of_set.ways(result, record=record)
            except _Unmendable as why:
                if not record:
                    raise
                self.unmended.append(Unmended(result.requirement, str(why)))


def _asked_results(
    members: frozenset[str], results: Iterable[RequirementResult], beyond: set[int]
) -> Iterator[RequirementResult]:
    """What is asked and not met, inner sets opened; what no case can mend left out."""
    for result in results:
        requirement = result.requirement
        if requirement.id in members or result.standing in _DONE or id(requirement) in beyond:
            continue
        if isinstance(requirement, SetRequirement):
            yield from _asked_results(requirement.ruleset.members(), result.inner, beyond)
        else:
            yield result


def _left(result: RequirementResult) -> Fraction:
    """How much is missing from an open requirement, floors and years included; at least a little."""
    if isinstance(result.requirement, GroupRequirement):
        most = sorted(_left(member) for member in result.inner if member.standing not in _DONE)
        return sum(most[: int(result.remaining or 0)], NONE) or Fraction(1)
    short = [result.remaining or NONE]
    short += [part.at_least - part.counted for part in result.parts if part.at_least is not None and part.short]
    short += [year.at_least - year.counted for year in result.years if year.at_least is not None]
    return sum((amount for amount in short if amount > 0), NONE) or Fraction(1)


def _together(each: Iterable[tuple[list[Way], bool]]) -> tuple[list[Way], bool]:
    """The ways to meet several things: one way for each of them; and whether these are all there are."""
    ways: list[Way] = [()]
    complete = True
    for more, all_of_them in each:
        complete = complete and all_of_them and len(ways) * len(more) <= CHOICES
        ways = [(*one, *other) for one, other in islice(product(ways, more), CHOICES)]
    return ways, complete


class _Set:
    """One rule set on the way through: knows the places of its requirements in a row of judgements."""

    def __init__(self, whole: Missing, engine: Engine, results: Sequence[RequirementResult], begin: int) -> None:
        self.whole, self.engine, self.begin = whole, engine, begin
        self.results = {result.requirement.id: result for result in results}
        own = engine.ruleset.counting()
        self.place = {requirement.id: begin + number for number, requirement in enumerate(own)}

    def ways(self, result: RequirementResult, *, record: bool) -> tuple[list[Way], bool]:
        """The ways to meet an open requirement. Raises _Unmendable."""
        match result.requirement:
            case CountRequirement() as requirement:
                return [tuple(self._amounts(requirement, result))], True
            case GroupRequirement():
                return self._group(result)
            case SetRequirement(id=name):
                inner = self.engine.inner[name]
                begin = self.begin + len(self.engine.ruleset.counting())
                for other, engine in self.engine.inner.items():
                    if other == name:
                        break
                    begin += len(engine.counting)
                return _together(self.whole.ways_of_set(inner, result.inner, begin, record=record))
            case AttestationRequirement():
                raise _Unmendable("a document or signature is missing, not a case")
            case StudentRequirement():
                raise _Unmendable("it asks something of the student, not of the cases")

    def _group(self, result: RequirementResult) -> tuple[list[Way], bool]:
        """The ways to meet as many members as are missing."""
        found: list[tuple[list[Way], bool]] = []
        for member in result.inner:
            if member.standing not in _DONE:
                try:
                    found.append(self.ways(member, record=False))
                except _Unmendable:
                    continue
        missing = int(result.remaining or 0)
        if len(found) < missing:
            raise _Unmendable("no next case meets enough of its members")
        ways: list[Way] = []
        complete = comb(len(found), missing) <= CHOICES
        for chosen in islice(combinations(found, missing), CHOICES):
            more, all_of_them = _together(chosen)
            ways += more
            complete = complete and all_of_them
        return ways, complete

    def _amounts(self, requirement: CountRequirement, result: RequirementResult) -> Iterator[Amount]:
        if result.standing is Standing.UNSET:
            raise _Unmendable("the program has not set its number")
        if requirement.of is Entries.ACTIVITIES:
            raise _Unmendable("learning activities count, not cases")
        groups = [group for group in self.engine.ruleset.exclusive if requirement.id in group.among]
        if groups:
            found = [amount for group in groups for amount in self._exclusive(group)]
        else:
            found = [*self._number(requirement, result), *self._floors(requirement, result)]
        for amount in found:
            if amount.needed > 0:
                if not any(amount.gains):
                    raise _Unmendable("no kind of next case in the list counts toward what is missing")
                yield amount

    def _mine(self, requirement: CountRequirement) -> list[Judgement]:
        """What the next case of each kind is to a requirement."""
        return [row[self.place[requirement.id]] for row in self.whole.rows]

    def _credits(self, requirement: CountRequirement) -> list[Fraction]:
        """What each kind earns by itself: nothing if it counts once and is counted already."""
        earned = [each.credit if each.outcome is Outcome.COUNTED else NONE for each in self._mine(requirement)]
        if requirement.once_per is None:
            return earned
        if requirement.credits:
            self.whole.certain = False  # a better case may take the place of one that is counted
        place = self.place[requirement.id]
        seen = {row[place].once for row in self.whole.student.judged if row[place].outcome is Outcome.COUNTED}
        return [
            credit if self._always_new(requirement, kind) or each.once not in seen else NONE
            for kind, each, credit in zip(self.whole.kinds, self._mine(requirement), earned, strict=True)
        ]

    @staticmethod
    def _always_new(requirement: CountRequirement, kind: NextKind) -> bool:
        return requirement.once_per == ONE_A_DAY or requirement.once_per in kind.new

    def _number(self, requirement: CountRequirement, result: RequirementResult) -> Iterator[Amount]:
        """The number itself, once for every choice of ceilings that may be reached."""
        credit = self._credits(requirement)
        rooms = self._rooms(requirement, result, credit)
        missing = (result.minimum or NONE) - result.counted - sum((part.excess for part in result.parts), NONE)
        for size in range(min(len(rooms), CEILINGS) + 1):
            for full in combinations(rooms, size):
                # What stands under a ceiling that is full counts as its room, whatever there is of it.
                change = sum((rooms[bucket][1] - rooms[bucket][0] for bucket in full), NONE)
                gains = tuple(
                    NONE if any(kind in rooms[bucket][2] for bucket in full) else earned
                    for kind, earned in enumerate(credit)
                )
                yield Amount(missing - change, gains)

    def _rooms(
        self, requirement: CountRequirement, result: RequirementResult, credit: Sequence[Fraction]
    ) -> Mapping[object, tuple[Fraction, Fraction, frozenset[int]]]:
        """What can be full: parts with a ceiling, and what counts once. What it has, its room, and the kinds in it."""
        mine = self._mine(requirement)
        rooms: dict[object, tuple[Fraction, Fraction, frozenset[int]]] = {}
        for number, part in enumerate(result.parts):
            if part.at_most is not None:
                share = part.part.at_most.share if part.part.at_most else None
                self.whole.certain &= not (share and share.of_counted)  # such a ceiling rises as cases count
                inside = frozenset(kind for kind, each in enumerate(mine) if each.part == number)
                rooms["part", number] = part.counted + part.excess, part.at_most, inside
        if requirement.once_per is not None:
            once = Counter(
                each.once
                for kind, each, earned in zip(self.whole.kinds, mine, credit, strict=True)
                if earned and not self._always_new(requirement, kind)
            )
            for value in once:
                inside = frozenset(
                    place
                    for place, (kind, each) in enumerate(zip(self.whole.kinds, mine, strict=True))
                    if each.once == value and not self._always_new(requirement, kind)
                )
                rooms["once", value] = NONE, max(credit[kind] for kind in inside), inside
        return rooms

    def _floors(self, requirement: CountRequirement, result: RequirementResult) -> Iterator[Amount]:
        """The floors of parts and of years."""
        credit, mine = self._credits(requirement), self._mine(requirement)
        for number, part in enumerate(result.parts):
            if part.at_least is not None:
                inside = tuple(
                    earned if each.part == number else NONE for each, earned in zip(mine, credit, strict=True)
                )
                yield Amount(part.at_least - part.counted, inside)
        for number, year in enumerate(result.years):
            if year.at_least is not None:
                inside = tuple(
                    earned if each.year == number else NONE for each, earned in zip(mine, credit, strict=True)
                )
                if year.counted < year.at_least and not any(inside):
                    raise _Unmendable("a year that is over is short, and no case can still fall in it")
                yield Amount(year.at_least - year.counted, inside)

    def _exclusive(self, group: Exclusive) -> Iterator[Amount]:
        """What every choice of the group's requirements needs of the cases that could serve one of them."""
        members = [self.results[name] for name in group.among]
        if any(each.standing is Standing.WAIVED for each in members) or self.engine.ruleset.members() & {
            *group.among
        }:
            self.whole.certain = False  # not every member is asked for
        numbered = [each for each in members if each.minimum]
        for size in range(1, len(numbered) + 1):
            for chosen in combinations(numbered, size):
                names = {each.requirement.id for each in chosen}
                needed = sum(ceil(each.minimum or NONE) for each in chosen)
                there = sum(self._serves(row, names, group) * n for row, n in self.whole.student.judged.items())
                gains = tuple(Fraction(self._serves(row, names, group)) for row in self.whole.rows)
                yield Amount(Fraction(needed - there), gains)

    def _serves(self, row: Judged, names: set[str], group: Exclusive) -> int:
        """How many of the named requirements one entry can serve at once: one, or a pair that may share it."""
        could = {name for name in names if row[self.place[name]].outcome is Outcome.COUNTED}
        return 2 if any({*pair} <= could for pair in group.may_share) else int(bool(could))
