"""How far a cohort is in one requirement: the step of each student, and least, median and most of all of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from statistics import median

from caselog.domain.result import RequirementResult, Standing

QUARTERS = 4


class Step(StrEnum):
    """How far one student is in one requirement; what is not met goes by the share of the minimum that counts."""

    NOTHING = "0"
    BELOW_QUARTER = "1"
    QUARTER = "2"
    HALF = "3"
    THREE_QUARTERS = "4"  # or all of the number, while a part or a year is short
    MET = "met"
    NEEDS_ATTESTATION = "paper"
    UNSET = "unset"
    WAIVED = "waived"


_OPEN = (Step.BELOW_QUARTER, Step.QUARTER, Step.HALF, Step.THREE_QUARTERS)
_SETTLED = {
    Standing.MET: Step.MET,
    Standing.NEEDS_ATTESTATION: Step.NEEDS_ATTESTATION,
    Standing.UNSET: Step.UNSET,
    Standing.WAIVED: Step.WAIVED,
}


def step_of(result: RequirementResult) -> Step:
    """The step of a result. What waits for verification does not lift it."""
    settled = _SETTLED.get(result.standing)
    if settled:
        return settled
    if not result.counted:
        return Step.NOTHING
    share = result.counted / result.minimum if result.minimum else Fraction(1)
    return _OPEN[min(QUARTERS - 1, int(QUARTERS * share))]


@dataclass(frozen=True, slots=True)
class Spread:
    """How many of `students` have met a requirement, and how what counts is spread, in the requirement's unit.

    To whom it is waived is in `waived` alone. The three numbers are None where the requirement counts no entries
    or nobody is left. `unset`: for how many of the students no number is set, so that they cannot have met it.
    """

    students: int
    met: int
    waived: int
    unset: int
    least: Fraction | None = None
    median: Fraction | None = None
    most: Fraction | None = None


def spread_of(results: Iterable[RequirementResult]) -> Spread:
    """The spread of one requirement over students."""
    every = list(results)
    asked = [each for each in every if each.standing is not Standing.WAIVED]
    counted = [each.counted for each in asked if each.counts_entries]
    return Spread(
        students=len(asked),
        met=sum(each.standing is Standing.MET for each in asked),
        waived=len(every) - len(asked),
        unset=sum(each.standing is Standing.UNSET for each in asked),
        least=min(counted, default=None),
        median=median(counted) if counted else None,
        most=max(counted, default=None),
    )
