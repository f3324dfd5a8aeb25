"""The step of a student in a requirement and the spread of a cohort, with numbers worked out by hand."""

from dataclasses import replace
from fractions import Fraction

import pytest

from caselog.domain.evaluate import Engine
from caselog.domain.result import RequirementResult, Standing
from caselog.domain.spread import Spread, Step, spread_of, step_of
from caselog.domain.student import StudentFacts
from caselog.rules.codes import load_codes
from caselog.rules.library import find
from tests.domain.samples import TODAY

EMPTY = Engine(find("abcp-pbse"), load_codes(), TODAY).evaluate(StudentFacts(), [])


def stands(counted: int | str, minimum: int | None = 40, standing: Standing | None = None) -> RequirementResult:
    """A requirement that counts cases, with these numbers."""
    usual = (
        Standing.UNSET if minimum is None else Standing.MET if Fraction(counted) >= minimum else Standing.NOT_MET
    )
    return replace(
        EMPTY.of("clinical-perfusions"),
        counted=Fraction(counted),
        minimum=None if minimum is None else Fraction(minimum),
        standing=standing or usual,
    )


@pytest.mark.parametrize(
    ("counted", "step"),
    [
        ("0", Step.NOTHING),
        ("1/2", Step.BELOW_QUARTER),
        ("9", Step.BELOW_QUARTER),
        ("10", Step.QUARTER),
        ("19", Step.QUARTER),
        ("20", Step.HALF),
        ("29.5", Step.HALF),
        ("30", Step.THREE_QUARTERS),
        ("39", Step.THREE_QUARTERS),
        ("40", Step.MET),
        ("120", Step.MET),
    ],
)
def test_the_step_goes_by_the_share_of_the_minimum_that_counts(counted: str, step: Step) -> None:
    assert step_of(stands(counted)) is step


def test_what_waits_does_not_lift_the_step() -> None:
    assert step_of(replace(stands(19), pending=Fraction(30))) is Step.QUARTER


def test_a_number_that_is_reached_while_a_part_is_short_is_not_met() -> None:
    assert step_of(stands(50, 40, Standing.NOT_MET)) is Step.THREE_QUARTERS
    assert step_of(stands(5, 0, Standing.NOT_MET)) is Step.THREE_QUARTERS


def test_what_is_not_a_share_has_a_step_of_its_own() -> None:
    assert step_of(stands(7, None)) is Step.UNSET
    assert step_of(stands(7, 40, Standing.WAIVED)) is Step.WAIVED
    assert step_of(EMPTY.of("transcript")) is Step.NEEDS_ATTESTATION
    assert step_of(EMPTY.of("enrolled-or-graduated")) is Step.NOTHING


def test_the_spread_is_least_median_and_most_of_what_counts() -> None:
    assert spread_of(map(stands, (41, 3, 12, 40, 9))) == Spread(
        5, 2, 0, 0, Fraction(3), Fraction(12), Fraction(41)
    )


def test_the_median_of_an_even_number_lies_between_the_middle_two() -> None:
    assert spread_of(map(stands, (1, 4, 7, 9))).median == Fraction(11, 2)


def test_to_whom_it_is_waived_is_not_in_the_spread() -> None:
    found = spread_of([stands(0, 40, Standing.WAIVED), stands(30), stands(44)])
    assert (found.students, found.met, found.waived) == (2, 1, 1)
    assert (found.least, found.median, found.most) == (Fraction(30), Fraction(37), Fraction(44))
    assert spread_of([stands(0, 40, Standing.WAIVED)]) == Spread(0, 0, 1, 0)


def test_nobody_has_met_a_number_that_is_not_set_and_what_counts_is_spread_all_the_same() -> None:
    assert spread_of([stands(3, None), stands(5, None)]) == Spread(
        2, 0, 0, 2, Fraction(3), Fraction(4), Fraction(5)
    )


def test_documents_and_the_like_are_met_or_not_and_have_no_spread() -> None:
    filed = replace(EMPTY.of("transcript"), counted=Fraction(1), standing=Standing.MET)
    assert spread_of([EMPTY.of("transcript"), filed]) == Spread(2, 1, 0, 0)


def test_the_spread_of_nobody_is_empty() -> None:
    assert spread_of([]) == Spread(0, 0, 0, 0)
