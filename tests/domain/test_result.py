"""What a result says of itself."""

from dataclasses import replace
from fractions import Fraction

import pytest

from caselog.domain.result import Outcome, plain
from caselog.domain.ruleset import SetRequirement
from tests.domain.samples import a_case, some
from tests.domain.written import a_set, asks, evaluate

RUNS = asks("runs", 'where = { activity = "cpb" }\nminimum = 3')


def test_a_whole_number_is_plain_without_a_point_and_another_one_with_it() -> None:
    assert (plain(Fraction(4)), type(plain(Fraction(4)))) == (4, int)
    assert (plain(Fraction(7, 2)), type(plain(Fraction(7, 2)))) == (3.5, float)


def test_without_verdicts_the_numbers_stay_also_within_other_sets() -> None:
    inner = a_set(RUNS)
    whole = SetRequirement(id="inner", title="Inner", says="All.", source=inner.sources[0], ruleset=inner)
    outer = replace(inner, requirements=(*inner.requirements, whole))
    full = evaluate(outer, some(2))
    found = full.without_verdicts()
    assert (found.standing, found.as_of, found.ruleset) == (full.standing, full.as_of, full.ruleset)
    assert [each.counted for each in found.requirements] == [2, 0]
    assert not any(each.verdicts for each in found.requirements)
    assert isinstance(found.requirements[0].verdicts, tuple)
    (within,) = found.of("inner").inner
    assert within.counted == 2
    assert not within.verdicts
    assert len(full.of("inner").inner[0].verdicts) == 2


def test_verdicts_are_found_by_outcome_and_requirements_by_id() -> None:
    evaluation = evaluate(a_set(RUNS), [a_case(1), a_case(2, status="submitted"), a_case(3, activity="vad")])
    result = evaluation.of("runs")
    uids = {outcome: [each.entry.uid[-1] for each in result.with_outcome(outcome)] for outcome in Outcome}
    assert uids == {Outcome.COUNTED: ["1"], Outcome.PENDING: ["2"], Outcome.EXCLUDED: ["3"]}
    with pytest.raises(KeyError, match="valves"):
        evaluation.of("valves")
    with pytest.raises(KeyError, match="valves"):
        evaluation.ruleset.requirement("valves")


def test_what_remains_is_never_below_nothing_and_not_known_without_a_minimum() -> None:
    (result,) = evaluate(a_set(RUNS), some(5)).requirements
    assert result.remaining == 0
    assert replace(result, counted=Fraction(1)).remaining == 2
    assert replace(result, minimum=None).remaining is None


def test_the_numbers_of_a_requirement_are_all_found_with_their_parts() -> None:
    body = """
where = { activity = "cpb" }
minimum = "program"
preferred = "program"
each_year = { at_least = "program", last_years = 2 }
[[requirement.part]]
id = "redo"
title = "Redo"
where = { redo = true }
at_least = "program"
"""
    found = {number.key: part for _, number, part in a_set(asks("runs", body)).program_numbers()}
    assert list(found) == ["runs", "runs.preferred", "runs.each_year", "runs.redo.at_least"]
    assert [part and part.id for part in found.values()] == [None, None, None, "redo"]
