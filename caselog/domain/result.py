"""What an evaluation answers: a tree that holds its rules, and for every entry and requirement a verdict."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from caselog.domain.activity import LearningActivity
from caselog.domain.case import Case
from caselog.domain.ruleset import AnyRequirement, CountRequirement, Part, RuleSet
from caselog.domain.student import Attestation, Waiver

Entry = Case | LearningActivity


def plain(value: Fraction) -> int | float:
    """A count as people and files write it: a whole number, or one with decimals."""
    return int(value) if value.denominator == 1 else float(value)


class Standing(StrEnum):
    """How a requirement, or a whole set, stands."""

    MET = "met"
    NOT_MET = "not_met"
    UNSET = "unset"
    NEEDS_ATTESTATION = "needs_attestation"
    WAIVED = "waived"


class Outcome(StrEnum):
    """What an entry is to a requirement."""

    COUNTED = "counted"
    PENDING = "pending"
    EXCLUDED = "excluded"


class Verdict(NamedTuple):
    """One entry before one requirement; `reason` says in words why it counts, waits or does not count.

    `credit` is what it contributes, in the requirement's unit; 0 if it is excluded. A log has thousands of
    verdicts: a named tuple is made in a fifth of the time.
    """

    entry: Entry
    outcome: Outcome
    reason: str
    credit: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class PartResult:
    """What a part contributed, and what stood over its ceiling."""

    part: Part
    at_least: Fraction | None
    at_most: Fraction | None
    counted: Fraction
    pending: Fraction
    excess: Fraction

    @property
    def short(self) -> bool:
        return self.at_least is not None and self.counted < self.at_least


@dataclass(frozen=True, slots=True)
class YearResult:
    """What counted in one year of a floor in each year; the year's first and last day."""

    first: date
    last: date
    counted: Fraction
    at_least: Fraction | None


@dataclass(frozen=True, slots=True)
class RequirementResult:
    """How one requirement stands, in its unit. `minimum` is None while the program has not set it.

    For a group or another set, the numbers are members that are met of those needed. A tally over many students
    holds no verdicts.
    """

    requirement: AnyRequirement
    standing: Standing
    minimum: Fraction | None
    counted: Fraction
    pending: Fraction = Fraction(0)
    preferred: Fraction | None = None
    excess: Fraction = Fraction(0)
    verdicts: tuple[Verdict, ...] = ()
    parts: tuple[PartResult, ...] = ()
    years: tuple[YearResult, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    inner: "tuple[RequirementResult, ...]" = ()

    @property
    def counts_entries(self) -> bool:
        """Whether cases or activities stand behind the numbers."""
        return isinstance(self.requirement, CountRequirement)

    @property
    def remaining(self) -> Fraction | None:
        """How many are still missing; pending ones do not count yet."""
        return None if self.minimum is None else max(Fraction(0), self.minimum - self.counted)

    def without_verdicts(self) -> "RequirementResult":
        """The same as a tally over many students has it."""
        return replace(self, verdicts=(), inner=tuple(each.without_verdicts() for each in self.inner))

    def with_outcome(self, outcome: Outcome) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.outcome is outcome)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a student stands before one rule set on one day."""

    ruleset: RuleSet
    as_of: date
    standing: Standing
    requirements: tuple[RequirementResult, ...]

    def of(self, requirement_id: str) -> RequirementResult:
        """The result of the requirement with this id. Raises KeyError."""
        for result in self.requirements:
            if result.requirement.id == requirement_id:
                return result
        raise KeyError(requirement_id)

    def without_verdicts(self) -> "Evaluation":
        """The same as a tally over many students has it."""
        return replace(self, requirements=tuple(each.without_verdicts() for each in self.requirements))
