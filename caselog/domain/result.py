"""What an evaluation answers: a tree that holds its rules, and for every case and requirement a verdict."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from caselog.domain.case import Case
from caselog.domain.ruleset import AnyRequirement, RuleSet
from caselog.domain.student import Attestation


class Standing(StrEnum):
    """How a requirement, or a whole set, stands."""

    MET = "met"
    NOT_MET = "not_met"
    UNSET = "unset"
    NEEDS_ATTESTATION = "needs_attestation"
    WAIVED = "waived"


class Outcome(StrEnum):
    """What a case is to a requirement."""

    COUNTED = "counted"
    PENDING = "pending"
    EXCLUDED = "excluded"


class Verdict(NamedTuple):
    """One case before one requirement; `reason` says in words why it counts, waits or does not count."""

    case: Case
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class RequirementResult:
    """How one requirement stands. `minimum` is None while the program has not set it; counts are cases.

    For what is not counted in cases (attestations, facts about the student) the minimum is 1: there or not.
    A tally over many students holds no verdicts.
    """

    requirement: AnyRequirement
    standing: Standing
    minimum: int | None
    counted: int
    pending: int = 0
    verdicts: tuple[Verdict, ...] = ()
    attestation: Attestation | None = None

    @property
    def remaining(self) -> int | None:
        """How many are still missing; pending ones do not count yet."""
        return None if self.minimum is None else max(0, self.minimum - self.counted)

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
