"""How requirements stand once their entries are judged: numbers in force, results, groups, and the whole set."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import repeat
from typing import Any

from caselog.domain.conditions import bind, holds
from caselog.domain.counting import NOTHING, Judgement, Piece, settle
from caselog.domain.judging import years
from caselog.domain.result import (
    Entry,
    Evaluation,
    Outcome,
    PartResult,
    RequirementResult,
    Standing,
    Verdict,
    YearResult,
)
from caselog.domain.ruleset import (
    AnyRequirement,
    AttestationRequirement,
    CountRequirement,
    GroupRequirement,
    Number,
    RuleSet,
    SetRequirement,
    StudentRequirement,
    is_plain,
)
from caselog.domain.student import StudentFacts, Waiver

# Looking a member up in its enumeration takes longer than the comparison itself.
_COUNTED, _PENDING, _EXCLUDED = Outcome.COUNTED, Outcome.PENDING, Outcome.EXCLUDED
_MOST = 20_000  # results to remember before beginning anew
_FULFILLED = (Standing.MET, Standing.WAIVED)
_WORST_FIRST = (Standing.NOT_MET, Standing.UNSET, Standing.NEEDS_ATTESTATION, Standing.MET)
Columns = Sequence[Sequence[tuple[Judgement, int]]]


class Prepared:
    """What is the same for every student before one rule set."""

    def __init__(self, ruleset: RuleSet) -> None:
        self.ruleset = ruleset
        self.members = ruleset.members()
        self.places = {each.id: place for place, each in enumerate(ruleset.counting())}
        self.plain = frozenset(each.id for each in ruleset.counting() if is_plain(each))
        self.renamed = {each.id: each.renamed_from for each in ruleset.requirements if each.renamed_from}
        self._results: dict[tuple[Any, ...], RequirementResult] = {}

    def plain_result(
        self,
        requirement: CountRequirement,
        minimum: Fraction | None,
        counts: tuple[int, int],
        preferred: Fraction | None,
    ) -> RequirementResult:
        """One without verdicts, parts or years: the same one for all students with the same numbers."""
        key = (requirement.id, minimum, counts, preferred)
        found = self._results.get(key)
        if found is None:
            if len(self._results) >= _MOST:
                self._results = {}
            counted, pending = map(Fraction, counts)
            found = self._results[key] = RequirementResult(
                requirement, _standing(counted, minimum, (), ()), minimum, counted, pending, preferred=preferred
            )
        return found


def overall(members: Collection[str], results: Iterable[RequirementResult]) -> Standing:
    """The worst standing decides: what is missing, then what is unset, then what is not yet attested.

    Members of a group are asked for through their group only.
    """
    return _worst(result.standing for result in results if result.requirement.id not in members)


def _worst(standings: Iterable[Standing]) -> Standing:
    found = set(standings)
    return next((worst for worst in _WORST_FIRST if worst in found), Standing.WAIVED)


class Standings:
    """The requirements of one rule set before one student, each worked out when it is first asked for."""

    def __init__(
        self,
        prepared: Prepared,
        as_of: date,
        known: StudentFacts,
        waivers: Iterable[Waiver],
        inner: Mapping[str, Evaluation],
    ) -> None:
        self.prepared, self.ruleset = prepared, prepared.ruleset
        self.as_of, self.known, self.inner = as_of, known, inner
        self.waivers = [waiver for waiver in waivers if waiver.in_force(as_of)]
        self._done: dict[str, RequirementResult] = {}

    def needed(self, requirement: CountRequirement) -> int:
        """How many entries a requirement of an exclusive group needs; none if it is waived or has no number yet."""
        if any(waiver.waives for waiver in self._granted(requirement)):
            return 0
        minimum = self._minimum(requirement, requirement.minimum)
        return math.ceil(minimum) if minimum else 0

    def results(self, columns: Columns, entries: Sequence[Entry] | None) -> tuple[RequirementResult, ...]:
        """Every requirement's result, in the order of the set.

        `columns` has, for each requirement that counts entries, its judgements and how many entries got each.
        """
        self._columns, self._entries = columns, entries
        return tuple(self._result(requirement) for requirement in self.ruleset.requirements)

    def _result(self, requirement: AnyRequirement) -> RequirementResult:
        result = self._done.get(requirement.id)
        if result is None:
            result = self._work_out(requirement)
            if waivers := self._granted(requirement):
                result = replace(result, waivers=waivers)
                if any(waiver.waives for waiver in waivers):
                    result = replace(result, standing=Standing.WAIVED)
            self._done[requirement.id] = result
        return result

    def _work_out(self, requirement: AnyRequirement) -> RequirementResult:
        match requirement:
            case CountRequirement():
                return self._count(requirement)
            case AttestationRequirement():
                return self._attest(requirement)
            case StudentRequirement(where=where):
                true = holds(bind(where, self.known), self.known)
                standing = Standing.MET if true else Standing.NOT_MET
                return RequirementResult(requirement, standing, Fraction(1), Fraction(true))
            case GroupRequirement():
                return self._group(requirement)
            case SetRequirement():
                return self._inner_set(requirement)

    def _value(self, number: Number | None) -> Fraction | None:
        """The number in force: the program's, the first exception that fits the student, or the rule's own."""
        if number is None:
            return None
        if number.by_program:
            by_program = self._by_program(number.key)
            if by_program is not None:
                return Fraction(by_program)
        for when, value in number.exceptions:
            if holds(bind(when, self.known), self.known):
                return value
        if number.share is not None:
            other = self.ruleset.requirement(number.share.of)
            counted = number.share.of_counted
            base = self._result(other).counted if counted else self._other_minimum(other)
            return None if base is None else number.share.of_base(base)
        return number.value

    def _by_program(self, key: str) -> int | None:
        """The number that the program set, perhaps under the requirement's earlier id."""
        requirement_id, dot, rest = key.partition(".")
        keys = [key]
        if requirement_id in self.prepared.renamed:
            keys.append(f"{self.prepared.renamed[requirement_id]}{dot}{rest}")
        found = (self.known.program_number(self.ruleset.id, each) for each in keys)
        return next((number for number in found if number is not None), None)

    def _other_minimum(self, other: AnyRequirement) -> Fraction | None:
        # The rule's own: a waiver for the other requirement does not move this one.
        return self._value(other.minimum) if isinstance(other, CountRequirement) else None

    def _granted(self, requirement: AnyRequirement) -> tuple[Waiver, ...]:
        if not self.waivers:
            return ()
        return tuple(each for each in self.waivers if each.names(self.ruleset.id, requirement.ids))

    def _minimum(self, requirement: AnyRequirement, number: Number) -> Fraction | None:
        """The minimum in force, a substitution granted to the student included (the latest, if several)."""
        granted = [each for each in self._granted(requirement) if each.minimum is not None]
        return max(granted, key=lambda each: each.on).minimum if granted else self._value(number)

    def _count(self, requirement: CountRequirement) -> RequirementResult:
        judged = self._columns[self.prepared.places[requirement.id]]
        if requirement.id in self.prepared.plain:
            return self._count_plain(requirement, judged)
        settled = settle(requirement, [self._value(part.at_most) for part in requirement.parts], judged)
        counted, pending = (_total(settled, outcome) for outcome in (Outcome.COUNTED, Outcome.PENDING))
        parts = tuple(self._part(requirement, number, judged, settled) for number in range(len(requirement.parts)))
        by_year = self._years(requirement, judged, settled)
        minimum = self._minimum(requirement, requirement.minimum)
        return RequirementResult(
            requirement,
            _standing(counted, minimum, parts, by_year),
            minimum,
            counted,
            pending,
            preferred=self._value(requirement.preferred),
            excess=sum((part.excess for part in parts), NOTHING),
            verdicts=() if self._entries is None else tuple(_verdicts(self._entries, settled)),
            parts=parts,
            years=by_year,
        )

    def _count_plain(
        self, requirement: CountRequirement, judged: Sequence[tuple[Judgement, int]]
    ) -> RequirementResult:
        """The same for a requirement whose entries cannot stand in each other's way: there is nothing to settle."""
        counted = sum([times for each, times in judged if each.outcome is _COUNTED])
        pending = sum([times for each, times in judged if each.outcome is _PENDING])
        result = self.prepared.plain_result(
            requirement,
            self._minimum(requirement, requirement.minimum),
            (counted, pending),
            self._value(requirement.preferred),
        )
        if self._entries is None:
            return result
        verdicts = [
            (entry, each.outcome, each.reason, NOTHING if each.outcome is _EXCLUDED else each.credit)
            for entry, (each, _) in zip(self._entries, judged, strict=True)
            if each.reason  # entries of the other kind have none
        ]
        # The named tuple's own constructor is a function in Python.
        made: tuple[Verdict, ...] = tuple(map(tuple.__new__, repeat(Verdict), verdicts))
        return replace(result, verdicts=made)

    def _part(
        self,
        requirement: CountRequirement,
        number: int,
        judged: Sequence[tuple[Judgement, int]],
        settled: Sequence[tuple[Piece, ...]],
    ) -> PartResult:
        part = requirement.parts[number]
        mine = [pieces for (each, _), pieces in zip(judged, settled, strict=True) if each.part == number]
        verified = (
            sum(piece.times for piece in pieces) * each.credit
            for (each, _), pieces in zip(judged, settled, strict=True)
            if each.part == number and each.outcome is Outcome.COUNTED
        )
        counted = _total(mine, Outcome.COUNTED)
        at_most = self._value(part.at_most)
        excess = sum(verified, NOTHING) - counted if at_most is not None else NOTHING
        return PartResult(
            part, self._value(part.at_least), at_most, counted, _total(mine, Outcome.PENDING), excess
        )

    def _years(
        self,
        requirement: CountRequirement,
        judged: Sequence[tuple[Judgement, int]],
        settled: Sequence[tuple[Piece, ...]],
    ) -> tuple[YearResult, ...]:
        if requirement.each_year is None:
            return ()
        at_least = self._value(requirement.each_year.at_least)
        return tuple(
            YearResult(
                first,
                last,
                _total(
                    [pieces for (each, _), pieces in zip(judged, settled, strict=True) if each.year == year],
                    Outcome.COUNTED,
                ),
                at_least,
            )
            for year, (first, last) in enumerate(years(requirement.each_year, self.as_of))
        )

    def _attest(self, requirement: AttestationRequirement) -> RequirementResult:
        found = self.known.attested(requirement.ids)
        minimum = self._minimum(requirement, requirement.minimum)
        due = minimum
        if requirement.every is not None and minimum is not None:
            counted = self._result(self.ruleset.requirement(requirement.of)).counted
            every = self._value(requirement.every)
            due = min(minimum, Fraction(counted // every)) if every else minimum
        if minimum is None or due is None:
            standing = Standing.UNSET
        elif len(found) >= minimum:
            standing = Standing.MET
        else:
            standing = Standing.NEEDS_ATTESTATION if len(found) < due else Standing.NOT_MET
        return RequirementResult(requirement, standing, minimum, Fraction(len(found)), attestations=found)

    def _group(self, requirement: GroupRequirement) -> RequirementResult:
        members = tuple(self._result(self.ruleset.requirement(member)) for member in requirement.members)
        met = sum(member.standing in _FULFILLED for member in members)
        enough = met >= requirement.at_least
        left = _worst(member.standing for member in members if member.standing not in _FULFILLED)
        standing = Standing.MET if enough else left
        return RequirementResult(
            requirement, standing, Fraction(requirement.at_least), Fraction(met), inner=members
        )

    def _inner_set(self, requirement: SetRequirement) -> RequirementResult:
        inner = self.inner[requirement.id]
        members = inner.ruleset.members()
        asked = [result for result in inner.requirements if result.requirement.id not in members]
        met = sum(result.standing in _FULFILLED for result in asked)
        return RequirementResult(
            requirement, inner.standing, Fraction(len(asked)), Fraction(met), inner=inner.requirements
        )


def _total(settled: Iterable[tuple[Piece, ...]], outcome: Outcome) -> Fraction:
    times_of: Counter[Fraction] = Counter()
    for pieces in settled:
        for piece in pieces:
            if piece.outcome is outcome:
                times_of[piece.credit] += piece.times
    return sum((credit * times for credit, times in times_of.items()), NOTHING)


def _standing(
    counted: Fraction, minimum: Fraction | None, parts: Iterable[PartResult], by_year: Iterable[YearResult]
) -> Standing:
    if minimum is None:
        return Standing.UNSET
    short = counted < minimum or any(part.short for part in parts)
    short_year = any(year.at_least is not None and year.counted < year.at_least for year in by_year)
    return Standing.NOT_MET if short or short_year else Standing.MET


def _verdicts(entries: Sequence[Entry], settled: Sequence[tuple[Piece, ...]]) -> Iterable[Verdict]:
    for entry, pieces in zip(entries, settled, strict=True):
        (piece,) = pieces  # one entry, settled one way
        if piece.reason:  # entries of the other kind have none
            yield Verdict(entry, piece.outcome, piece.reason, piece.credit)
