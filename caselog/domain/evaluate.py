"""The requirements engine: rule set, student and cases in, a tree of results out. No clock, no database.

Each case is judged once per requirement (`judge`); judgements are then added up under the ceilings of parts
(`_count`). One student's page keeps every verdict; a cohort's table adds up how often each judgement occurs,
through the same two steps, so that the two cannot disagree.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from itertools import repeat
from typing import TypeVar

from caselog.domain.alike import Remembered, Steps, steps_of
from caselog.domain.case import Case
from caselog.domain.codes import CodeBook, Status
from caselog.domain.conditions import Between, Condition, fields_of, holds, in_words, resolve, why_not
from caselog.domain.result import Evaluation, Outcome, RequirementResult, Standing, Verdict
from caselog.domain.ruleset import (
    AnyRequirement,
    AttestationRequirement,
    CaseRequirement,
    RuleSet,
    StudentRequirement,
)
from caselog.domain.student import StudentFacts

T = TypeVar("T")

_WAITS = {Status.SUBMITTED: "submitted: waiting for verification"}
_NOT_YET = {
    Status.DRAFT: "draft: not submitted yet",
    Status.RETURNED: "returned by the preceptor: mend it and submit it again",
    Status.VOID: "void",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a case is to one requirement, looked at alone; `part` is the part whose ceiling it falls under."""

    outcome: Outcome
    reason: str
    part: int | None = None


class Engine:
    """One rule set, made ready for one code book and one day."""

    def __init__(self, ruleset: RuleSet, codes: CodeBook, as_of: date) -> None:
        self.ruleset = replace(
            ruleset, requirements=tuple(_resolved(each, codes) for each in ruleset.requirements)
        )
        self.codes = codes
        self.as_of = as_of
        self.counting = tuple(each for each in self.ruleset.requirements if isinstance(each, CaseRequirement))
        judges = [self._remembered([each], partial(self._judge_one, each)) for each in self.counting]
        self._judge = self._remembered(self.counting, lambda case: tuple(judge(case) for judge in judges))

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields of a case that its judgements depend on, sorted."""
        return self._fields(self.counting)

    @cached_property
    def steps(self) -> Steps:
        """The limits that the days and numbers among these fields are compared with."""
        return steps_of(self._conditions(self.counting))

    def judge(self, case: Case) -> tuple[Judgement, ...]:
        """The case before each requirement that counts cases, in their order."""
        return self._judge(case)

    def apart(self) -> "tuple[Engine, ...]":
        """An engine for each requirement that counts cases: one reads few fields, so it meets few kinds of case."""
        return tuple(
            Engine(replace(self.ruleset, requirements=(each,)), self.codes, self.as_of) for each in self.counting
        )

    def _remembered(self, requirements: Iterable[CaseRequirement], answer: Callable[[Case], T]) -> Remembered[T]:
        """Both levels, all requirements and each for itself: one reads few fields, so it meets few kinds of case."""
        return Remembered(self._fields(requirements), steps_of(self._conditions(requirements)), answer)

    def _fields(self, requirements: Iterable[CaseRequirement]) -> tuple[str, ...]:
        read = {field for condition in self._conditions(requirements) for field in fields_of(condition)}
        return tuple(sorted(read | {"status"}))

    def _conditions(self, requirements: Iterable[CaseRequirement]) -> Iterator[Condition]:
        yield Between("case_date", most=self.as_of)
        for requirement in requirements:
            yield from requirement.conditions()

    def _judge_one(self, requirement: CaseRequirement, case: Case) -> Judgement:
        reason = self._why_not(requirement, case)
        if reason:
            return Judgement(Outcome.EXCLUDED, reason)
        part = next((number for number, part in enumerate(requirement.parts) if holds(part.where, case)), None)
        if case.status == Status.VERIFIED:
            return Judgement(Outcome.COUNTED, "counts", part)
        status = Status(case.status)
        if status in _WAITS:
            return Judgement(Outcome.PENDING, _WAITS[status], part)
        return Judgement(Outcome.EXCLUDED, _NOT_YET[status])

    def _why_not(self, requirement: CaseRequirement, case: Case) -> str | None:
        if case.case_date is None:
            return "date of the case is not given"
        if case.case_date > self.as_of:
            return f"after {self.as_of}"
        for condition in (requirement.where, requirement.eligible):
            if not holds(condition, case):
                return why_not(condition, case, self.codes)
        return None

    def evaluate(self, facts: StudentFacts, cases: Iterable[Case]) -> Evaluation:
        """One student, with a verdict for each case before each requirement."""
        ordered = sorted(cases, key=lambda case: (case.case_date or date.max, case.case_uid))
        judged = [self.judge(case) for case in ordered]

        def result(requirement: CaseRequirement, place: int) -> RequirementResult:
            capped = _under_ceilings(requirement, facts, [(each[place], 1) for each in judged])
            verdicts = [
                (case, outcome, reason) for case, (outcome, reason, _) in zip(ordered, capped, strict=True)
            ]
            # A log has thousands of verdicts, and a named tuple's own constructor is a function in Python.
            made: tuple[Verdict, ...] = tuple(map(tuple.__new__, repeat(Verdict), verdicts))
            return replace(_case_result(requirement, facts, capped), verdicts=made)

        return self._evaluation(facts, result)

    def tally(self, facts: StudentFacts, judged: Sequence[Mapping[Judgement, int]]) -> Evaluation:
        """One student, without verdicts.

        `judged` says, for each requirement that counts cases in their order, how many were judged alike.
        """

        def result(requirement: CaseRequirement, place: int) -> RequirementResult:
            capped = _under_ceilings(requirement, facts, tuple(judged[place].items()))
            return _case_result(requirement, facts, capped)

        return self._evaluation(facts, result)

    def _evaluation(
        self, facts: StudentFacts, count: Callable[[CaseRequirement, int], RequirementResult]
    ) -> Evaluation:
        known = facts.as_of(self.as_of)
        places = {requirement.id: place for place, requirement in enumerate(self.counting)}
        results = tuple(
            count(requirement, places[requirement.id])
            if isinstance(requirement, CaseRequirement)
            else _fact_result(requirement, known)
            for requirement in self.ruleset.requirements
        )
        return Evaluation(self.ruleset, self.as_of, _overall(results), results)

    def in_words(self, requirement: AnyRequirement) -> str:
        """What a requirement counts, in words."""
        match requirement:
            case CaseRequirement(where=where, eligible=eligible):
                return f"{in_words(where, self.codes)}; {in_words(eligible, self.codes)}"
            case StudentRequirement(where=where):
                return in_words(where, self.codes)
            case AttestationRequirement():
                return "on file, as attested by the program"
            case _:
                raise TypeError(requirement)


def _resolved(requirement: AnyRequirement, codes: CodeBook) -> AnyRequirement:
    match requirement:
        case CaseRequirement(where=where, eligible=eligible, parts=parts):
            return replace(
                requirement,
                where=resolve(where, codes),
                eligible=resolve(eligible, codes),
                parts=tuple(replace(part, where=resolve(part.where, codes)) for part in parts),
            )
        case StudentRequirement(where=where):
            return replace(requirement, where=resolve(where, codes))
        case _:
            return requirement


def _under_ceilings(
    requirement: CaseRequirement, facts: StudentFacts, judged: Sequence[tuple[Judgement, int]]
) -> list[tuple[Outcome, str, int]]:
    """The judgements with what stands over a part's ceiling taken out, in the order given.

    Verified cases fill a part first; submitted ones wait only for the room that is left. In a tally, where one
    judgement stands for many cases, it may be split in two.
    """
    room: dict[tuple[int, Outcome], int] = {}
    for number, part in enumerate(requirement.parts):
        ceiling = part.at_most.set_by(facts.program_minimums)
        if ceiling is not None:
            verified = sum(n for each, n in judged if each.part == number and each.outcome is Outcome.COUNTED)
            room[number, Outcome.COUNTED] = ceiling
            room[number, Outcome.PENDING] = max(0, ceiling - verified)
    if not room:
        return [(judgement.outcome, judgement.reason, times) for judgement, times in judged]
    capped = []
    for judgement, times in judged:
        fits = times
        if judgement.part is not None and (judgement.part, judgement.outcome) in room:
            fits = min(times, room[judgement.part, judgement.outcome])
            room[judgement.part, judgement.outcome] -= fits
        if fits:
            capped.append((judgement.outcome, judgement.reason, fits))
        if fits < times:
            part = requirement.parts[judgement.part or 0]
            ceiling = part.at_most.set_by(facts.program_minimums)
            capped.append((Outcome.EXCLUDED, f"over the ceiling of {ceiling} for {part.title}", times - fits))
    return capped


def _case_result(
    requirement: CaseRequirement, facts: StudentFacts, capped: Iterable[tuple[Outcome, str, int]]
) -> RequirementResult:
    counted = sum([times for outcome, _, times in capped if outcome is Outcome.COUNTED])
    pending = sum([times for outcome, _, times in capped if outcome is Outcome.PENDING])
    minimum = requirement.minimum.set_by(facts.program_minimums)
    return RequirementResult(requirement, _standing(counted, minimum), minimum, counted, pending)


def _standing(counted: int, minimum: int | None) -> Standing:
    if minimum is None:
        return Standing.UNSET
    return Standing.MET if counted >= minimum else Standing.NOT_MET


def _fact_result(
    requirement: StudentRequirement | AttestationRequirement, known: StudentFacts
) -> RequirementResult:
    if isinstance(requirement, AttestationRequirement):
        found = known.attestation(requirement.id)
        standing = Standing.MET if found else Standing.NEEDS_ATTESTATION
        return RequirementResult(requirement, standing, 1, int(found is not None), attestation=found)
    true = holds(requirement.where, known)
    return RequirementResult(requirement, Standing.MET if true else Standing.NOT_MET, 1, int(true))


def _overall(results: Iterable[RequirementResult]) -> Standing:
    """The worst standing decides: what is missing, then what is unset, then what is not yet attested."""
    standings = {result.standing for result in results}
    for worst in (Standing.NOT_MET, Standing.UNSET, Standing.NEEDS_ATTESTATION, Standing.MET):
        if worst in standings:
            return worst
    return Standing.WAIVED
