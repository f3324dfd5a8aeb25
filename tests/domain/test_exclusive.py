"""Where a case serves one requirement of a group only: who gets what, and what is said of it."""

from dataclasses import replace
from datetime import date

from caselog.domain.case import Case
from caselog.domain.result import Evaluation, Standing
from caselog.domain.ruleset import SetRequirement
from caselog.domain.student import StudentFacts, Waiver
from tests.domain.samples import TODAY, a_case, some
from tests.domain.written import a_set, asks, evaluate, reasons

VALVE = {"procedures": ("aortic_valve",)}


def group(pairs: str = "", valve: str = "2", redo: str = "2", runs: str = "2") -> str:
    return "".join(
        (
            asks("valve", f'where = {{ is = "valve" }}\nminimum = {valve}'),
            asks("redo", f"where = {{ redo = true }}\nminimum = {redo}"),
            asks("runs", f'where = {{ activity = "cpb" }}\nminimum = {runs}'),
            '\n[[exclusive]]\namong = ["valve", "redo", "runs"]\n',
            f"may_share = [{pairs}]\n" if pairs else "",
        )
    )


def counted(evaluation: Evaluation) -> list[int]:
    return [int(each.counted) for each in evaluation.requirements]


def numbered(*changes: dict[str, object]) -> list[Case]:
    return [a_case(number, **each) for number, each in enumerate(changes)]


def test_each_case_serves_one_requirement_where_it_is_needed_most() -> None:
    """Six runs of which two are valves and two redos: a greedy hand would use the valves up as plain runs."""
    log = [*some(2, **VALVE), *some(2, 2, redo=True), *some(2, 4)]
    evaluation = evaluate(a_set(group()), log)
    assert counted(evaluation) == [2, 2, 2]
    assert evaluation.standing is Standing.MET
    assert set(reasons(evaluation.of("runs"))) == {"counted toward Valve instead", "counted toward Redo instead"}


def test_what_serves_several_goes_where_nothing_else_does() -> None:
    log = [*some(2, redo=True, **VALVE), *some(2, 2, redo=True), *some(2, 4)]
    assert counted(evaluate(a_set(group()), log)) == [2, 2, 2]


def test_most_requirements_are_met_rather_than_the_first() -> None:
    """Two valve redos and nothing else: valve needs three and cannot be met, so redo gets them."""
    evaluation = evaluate(a_set(group(valve="3", runs="0")), some(2, redo=True, **VALVE))
    assert counted(evaluation) == [0, 2, 0]


def test_of_equally_many_the_first_in_the_group_is_met_and_what_is_left_goes_to_the_first_too() -> None:
    log = some(3, redo=True, **VALVE)
    evaluation = evaluate(a_set(group(runs="9")), log)
    assert counted(evaluation) == [2, 1, 0]


def test_a_pair_that_may_share_a_case_counts_it_for_both() -> None:
    log = some(2, redo=True, **VALVE)
    evaluation = evaluate(a_set(group(pairs='["valve", "redo"]', runs="0")), log)
    assert counted(evaluation) == [2, 2, 0]
    assert set(reasons(evaluation.of("runs"))) == {"counted toward Valve and Redo instead"}


def test_only_the_named_pair_shares() -> None:
    log = some(2, **VALVE)
    assert counted(evaluate(a_set(group(pairs='["valve", "redo"]')), log)) == [2, 0, 0]


def test_verified_cases_are_shared_out_first_and_what_waits_among_what_is_then_still_needed() -> None:
    log = [*some(2, **VALVE), *some(2, 2, status="submitted", **VALVE)]
    evaluation = evaluate(a_set(group(redo="0")), log)
    assert counted(evaluation) == [2, 0, 0]
    assert [int(each.pending) for each in evaluation.requirements] == [0, 0, 2]
    assert reasons(evaluation.of("valve")) == ["waits to count toward Runs instead"] * 2


def test_the_earliest_cases_of_a_kind_go_to_the_first_requirement() -> None:
    log = numbered(
        {**VALVE, "case_date": date(2026, 3, 3)},
        {**VALVE, "case_date": date(2026, 3, 1)},
        {**VALVE, "case_date": date(2026, 3, 2)},
    )
    evaluation = evaluate(a_set(group(valve="2", redo="0", runs="1")), log)
    assert {each.entry.uid[-1] for each in evaluation.of("valve").verdicts if each.credit} == {"1", "2"}


def test_a_waived_requirement_needs_no_cases() -> None:
    waiver = Waiver(requirement="valve", granted_by="Dana", reason="Done elsewhere.", on=TODAY)
    log = some(2, redo=True, **VALVE)
    evaluation = evaluate(a_set(group(runs="0")), log, waivers=[waiver])
    assert [each.standing for each in evaluation.requirements] == [Standing.WAIVED, Standing.MET, Standing.MET]


def test_a_number_that_is_not_set_needs_no_cases_until_it_is() -> None:
    log = some(2, redo=True, **VALVE)
    ruleset = a_set(group(valve='"program"', runs="0"))
    assert counted(evaluate(ruleset, log)) == [0, 2, 0]
    assert counted(evaluate(ruleset, log, StudentFacts(program_minimums={"valve": 1}))) == [1, 1, 0]


def test_requirements_outside_the_group_count_the_case_all_the_same() -> None:
    ruleset = a_set(asks("all", 'where = { activity = "cpb" }\nminimum = 2'), group())
    assert evaluate(ruleset, some(2, redo=True, **VALVE)).of("all").counted == 2


def test_an_unverified_case_is_not_kept_for_a_requirement_that_the_verified_ones_met() -> None:
    """Two verified valves meet the valves, so that the one which waits is for the redos, although they stay short."""
    log = [*some(2, **VALVE), a_case(2, **VALVE, redo=True, status="submitted")]
    evaluation = evaluate(a_set(group(runs="0")), log)
    assert counted(evaluation)[0] == 2
    assert [int(each.pending) for each in evaluation.requirements] == [0, 1, 0]


def test_a_group_of_a_set_within_a_set_shares_out_as_it_does_alone() -> None:
    """What stands before the inner set moves its requirements away from the first place."""
    inner = a_set(group())
    requirement = SetRequirement(
        id="inner", title="Inner", says="All of it.", source=inner.sources[0], ruleset=inner
    )
    outer = a_set(asks("first", "where = { redo = true }\nminimum = 1"))
    outer = replace(outer, requirements=(*outer.requirements, requirement))
    log = [*some(2, **VALVE), *some(2, 2, redo=True), *some(2, 4)]
    within = evaluate(outer, log).of("inner")
    assert [int(each.counted) for each in within.inner] == [2, 2, 2]
    assert within.standing is Standing.MET
