"""Laws that hold for every log: nothing is lost, nothing depends on order, a verified case never hurts."""

import random
from collections import Counter
from dataclasses import fields, replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselog.domain.case import Case
from caselog.domain.codes import Status
from caselog.domain.evaluate import Engine
from caselog.domain.result import Evaluation, Outcome, RequirementResult, Standing
from caselog.domain.ruleset import CountRequirement, RuleSet
from caselog.domain.student import StudentFacts
from caselog.rules.codes import load_codes
from caselog.rules.library import find
from caselog.rules.loader import loads
from tests.domain.samples import TODAY, cases, facts, logs, values
from tests.support.profiles import the_same

# Parts that overlap, ceilings of every kind, and a requirement that any role may meet.
SELDOM = loads(
    """
id = "seldom"
title = "A set with every kind of ceiling"
edition = "1"
about = "For these tests only."
eligible = { is = "clinical" }
sources.page = { title = "A page", address = "board.example/page", read = 2026-11-21 }
[[requirement]]
id = "seldom"
title = "Anything"
says = "Three of anything, little of most."
source = "page"
where = { activity = { given = true } }
minimum = 3
part = [
    { id = "part-1", title = "redo", where = { redo = true }, at_most = { value = 2, program_may_change = true } },
    { id = "part-2", title = "not performed", where = { not = { is = "performed" } }, at_most = 1 },
    { id = "part-3", title = "with valve or ECMO", where = { any = [
        { is = "valve" }, { activity = { family = "ecmo" } },
    ] }, at_most = "program" },
]
[[requirement]]
id = "valve"
title = "Valves"
says = "As many as the program says."
source = "page"
where = { is = "valve" }
minimum = "program"
""",
    "seldom.toml",
)
SETS = [find("accredited-minimums"), find("abcp-pbse"), SELDOM]

on_every_set = pytest.mark.parametrize("ruleset", SETS, ids=[each.id for each in SETS])
quickly = the_same(60)
as_of_days = st.sampled_from([TODAY, date(2024, 8, 1), date(2025, 12, 31), TODAY + timedelta(days=1)])


def engine(ruleset: RuleSet, as_of: date = TODAY) -> Engine:
    return Engine(ruleset, load_codes(), as_of)


def of_cases(evaluation: Evaluation) -> list[RequirementResult]:
    return [each for each in evaluation.requirements if isinstance(each.requirement, CountRequirement)]


def counted(evaluation: Evaluation) -> list[Fraction]:
    return [each.counted for each in evaluation.requirements]


@on_every_set
@quickly
@given(logs, facts, as_of_days)
def test_counted_waiting_and_excluded_cases_are_all_cases_each_once(
    ruleset: RuleSet, log: list[Case], known: StudentFacts, as_of: date
) -> None:
    for result in of_cases(engine(ruleset, as_of).evaluate(known, log)):
        outcomes = Counter(verdict.outcome for verdict in result.verdicts)
        assert values(result.counted, result.pending) == (outcomes[Outcome.COUNTED], outcomes[Outcome.PENDING])
        assert sorted(verdict.entry.uid for verdict in result.verdicts) == [case.case_uid for case in log]
        for verdict in result.verdicts:
            assert verdict.reason.strip()
            if verdict.outcome is not Outcome.EXCLUDED:
                assert verdict.entry.on
                assert verdict.entry.on <= as_of
                right = Status.VERIFIED if verdict.outcome is Outcome.COUNTED else Status.SUBMITTED
                assert verdict.entry.status == right


@on_every_set
@quickly
@given(logs, facts, st.randoms(use_true_random=False))
def test_the_order_of_the_log_never_matters(
    ruleset: RuleSet, log: list[Case], known: StudentFacts, dice: random.Random
) -> None:
    shuffled = list(log)
    dice.shuffle(shuffled)
    assert engine(ruleset).evaluate(known, shuffled) == engine(ruleset).evaluate(known, log)


@on_every_set
@quickly
@given(logs, facts, as_of_days)
def test_a_tally_says_what_the_full_evaluation_says(
    ruleset: RuleSet, log: list[Case], known: StudentFacts, as_of: date
) -> None:
    made_ready = engine(ruleset, as_of)
    full = made_ready.evaluate(known, log)
    judge = made_ready.judge_for(known)
    tally = made_ready.tally(known, Counter(judge.judge(case) for case in log))
    assert tally.standing is full.standing
    assert tally.requirements == tuple(replace(each, verdicts=()) for each in full.requirements)


@on_every_set
@quickly
@given(logs, cases, facts)
def test_one_more_verified_case_never_lowers_a_count_nor_undoes_what_is_met(
    ruleset: RuleSet, log: list[Case], case: Case, known: StudentFacts
) -> None:
    more = [*log, replace(case, case_uid="one-more", status=Status.VERIFIED)]
    before, after = engine(ruleset).evaluate(known, log), engine(ruleset).evaluate(known, more)
    assert all(more >= less for more, less in zip(counted(after), counted(before), strict=True))
    for was, now in zip(before.requirements, after.requirements, strict=True):
        assert now.standing is was.standing or now.standing is Standing.MET


@on_every_set
@quickly
@given(logs, facts)
def test_verifying_what_waits_moves_cases_and_makes_or_loses_none(
    ruleset: RuleSet, log: list[Case], known: StudentFacts
) -> None:
    verified = [replace(case, status=Status.VERIFIED) if case.status == Status.SUBMITTED else case for case in log]
    before, after = engine(ruleset).evaluate(known, log), engine(ruleset).evaluate(known, verified)
    for was, now in zip(of_cases(before), of_cases(after), strict=True):
        assert now.counted == was.counted + was.pending
        assert now.pending == 0


@on_every_set
@quickly
@given(logs, facts, as_of_days, as_of_days)
def test_a_later_day_never_lowers_a_count(
    ruleset: RuleSet, log: list[Case], known: StudentFacts, one: date, other: date
) -> None:
    early, late = (engine(ruleset, day).evaluate(known, log) for day in sorted((one, other)))
    assert all(later >= earlier for later, earlier in zip(counted(late), counted(early), strict=True))


@on_every_set
@quickly
@given(logs, facts)
def test_the_fields_that_an_engine_names_are_all_that_it_needs(
    ruleset: RuleSet, log: list[Case], known: StudentFacts
) -> None:
    made_ready = engine(ruleset)
    kept = {"case_uid", *made_ready.fields}
    bare = [
        Case(**{field.name: getattr(case, field.name) for field in fields(Case) if field.name in kept})
        for case in log
    ]
    full, narrow = made_ready.evaluate(known, log), made_ready.evaluate(known, bare)
    for one, other in zip(full.requirements, narrow.requirements, strict=True):
        assert [verdict.outcome for verdict in one.verdicts] == [verdict.outcome for verdict in other.verdicts]
        assert one.standing is other.standing


@quickly
@given(logs, facts)
def test_no_part_contributes_more_than_its_ceiling(log: list[Case], known: StudentFacts) -> None:
    result = engine(SELDOM).evaluate(known, log).of("seldom")
    kept = [
        each.entry
        for each in result.verdicts
        if each.outcome is not Outcome.EXCLUDED and isinstance(each.entry, Case)
    ]
    redo = [each for each in kept if each.redo]
    assert len(redo) <= known.program_minimums.get("seldom.part-1", 2)
    performed = ("primary", "independent")
    assert len([each for each in kept if not each.redo and each.role not in performed]) <= 1
