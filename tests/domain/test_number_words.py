"""The numbers of a rule in words."""

from fractions import Fraction

import pytest

from caselog.domain.number_words import amount, number_in_words, numbers_in_words
from caselog.domain.ruleset import AttestationRequirement, CountRequirement
from caselog.rules.codes import load_codes
from tests.domain.written import a_set, asks

VALVES = asks("valves", 'where = { is = "valve" }\nminimum = 8')


def said_of(body: str) -> list[str]:
    ruleset = a_set(asks("runs", body), VALVES)
    return list(numbers_in_words(ruleset.requirement("runs"), load_codes()))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (Fraction(3), "3"),
        (Fraction(7, 2), "3.5"),
        (Fraction(1, 3), "0.3333333333"),
        (Fraction(12_500), "12,500"),
        (Fraction(0), "0"),
        (None, "not set"),
    ],
)
def test_an_amount_reads_as_people_write_it(value: Fraction | None, says: str) -> None:
    assert amount(value) == says


def test_a_fixed_minimum_is_said_with_its_unit() -> None:
    assert said_of("where = { redo = true }\nminimum = 40") == ["At least 40 cases."]
    assert said_of('where = { redo = true }\nminimum = 40\nunit = "points"') == ["At least 40 points."]


def test_a_preferred_number_follows() -> None:
    assert said_of("where = { redo = true }\nminimum = 40\npreferred = 60") == [
        "At least 40 cases.",
        "Preferred: 60.",
    ]


@pytest.mark.parametrize(
    ("minimum", "says"),
    [
        ('"program"', "a number that each program sets"),
        ("{ value = 40, program_may_change = true }", "40; a program may set another"),
        ('{ percent = 25, of = "valves" }', "25 % of the minimum of “valves”"),
        ('{ percent = 25, of = "valves", of_counted = true }', "25 % of what counted of “valves”"),
        (
            "{ value = 40, exceptions = [{ when = { enrolled = true }, value = 20 }] }",
            "40; 20 where enrolled",
        ),
        (
            """{ value = 40, program_may_change = true, exceptions = [
            { when = { enrolled = true }, value = 20 }, { when = { enrolled = false }, value = 2.5 }] }""",
            "40; 20 where enrolled; 2.5 where not enrolled; a program may set another",
        ),
    ],
)
def test_any_other_minimum_says_what_it_depends_on(minimum: str, says: str) -> None:
    assert said_of(f"where = {{ redo = true }}\nminimum = {minimum}") == [f"At least, in cases: {says}."]
    requirement = a_set(asks("runs", f"where = {{ redo = true }}\nminimum = {minimum}"), VALVES).requirement(
        "runs"
    )
    assert isinstance(requirement, CountRequirement)
    assert number_in_words(requirement.minimum, load_codes()) == says


def test_papers_say_how_many_are_needed() -> None:
    assert said_of('kind = "attestation"\nminimum = 2') == ["Needed on file: 2."]
    requirement = a_set(asks("runs", 'kind = "attestation"\nminimum = 2')).requirement("runs")
    assert isinstance(requirement, AttestationRequirement)


def test_what_has_no_number_of_its_own_says_none() -> None:
    assert said_of('kind = "student"\nwhere = { enrolled = true }') == []
