"""The engine against a second, naive evaluator, on rule sets, logs, students and waivers drawn at random.

One comparison is one rule set before one student: every requirement's standing, numbers, parts and years, and what
became of every entry. `make nightly` makes many more of them, most of entries read from a database
(tests/services/test_evaluate_stored.py).
"""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from caselog.domain.case import Case
from caselog.domain.counting import Judgement
from caselog.domain.evaluate import Engine
from caselog.domain.result import Evaluation, Outcome, RequirementResult
from caselog.domain.ruleset import CountRequirement, Entries, RuleSet
from caselog.rules.codes import load_codes
from caselog.rules.library import find, newest
from caselog.rules.loader import loads
from tests.support import comparisons
from tests.support.naive import Naive, Said, shipped
from tests.support.profiles import MUTATION, NIGHTLY
from tests.support.rule_files import document
from tests.support.rule_sets import Drawn, Tree, a_question, a_rule_set

# For each rule set so many students.
RULE_SETS, STUDENTS = (1_000, 60) if NIGHTLY else (20, 8) if MUTATION else (80, 30)
thoroughly = settings(max_examples=RULE_SETS, derandomize=not NIGHTLY, database=None)

numbers = st.integers(0, 2**48)
rule_sets = st.builds(a_rule_set, numbers, st.integers(1, 5))
questions = st.lists(st.tuples(numbers, st.integers(0, 25)), min_size=STUDENTS, max_size=STUDENTS)


def agree(result: RequirementResult, said: Said, drawn: Drawn) -> None:
    """Nothing that the two evaluators both know differs."""
    name = result.requirement.id
    found = (result.standing.value, result.minimum, result.counted, result.pending, result.preferred)
    assert found == (said.standing, said.minimum, said.counted, said.pending, said.preferred), name
    parts = [(part.at_least, part.at_most, part.counted, part.pending, part.excess) for part in result.parts]
    assert parts == said.parts, name
    assert [(year.first, year.last, year.counted, year.at_least) for year in result.years] == said.years, name
    if isinstance(result.requirement, CountRequirement):
        cases = result.requirement.of is Entries.CASES
        mine = sorted(each.uid for each in drawn.entries if isinstance(each, Case) is cases)
        assert sorted(verdict.entry.uid for verdict in result.verdicts) == mine, name
        kept = [verdict for verdict in result.verdicts if verdict.outcome is not Outcome.EXCLUDED]
        assert {each.entry.uid: (each.outcome.value, each.credit) for each in kept} == said.outcomes, name
        assert all(verdict.reason for verdict in result.verdicts), name
    assert [each.requirement.id for each in result.inner] == list(said.inner), name
    for inner in result.inner:
        agree(inner, said.inner[inner.requirement.id], drawn)


def shared_out_best(tree: Tree, naive: Naive, evaluation: Evaluation) -> None:
    """Each entry of an exclusive group serves what it may, and no way of sharing them out meets more.

    Which of several best ways it is, is left to the engine: the naive evaluator then goes by it.
    """
    for group in tree.get("exclusive", ()):
        members = {asked["id"]: asked for asked in naive.requirements if asked["id"] in group["among"]}
        could = {name: naive.candidates(asked) for name, asked in members.items()}
        needed = {name: naive.needed(asked) for name, asked in members.items()}
        for outcome, status in ((Outcome.COUNTED, "verified"), (Outcome.PENDING, "submitted")):
            serves = {
                name: {verdict.entry.uid for verdict in evaluation.of(name).with_outcome(outcome)}
                for name in members
            }
            kinds: dict[str, set[str]] = {}
            for name, candidates in could.items():
                for each in candidates:
                    if each.status == status:
                        kinds.setdefault(each.entry.uid, set()).add(name)
            for uid, kind in kinds.items():
                way = {name for name, uids in serves.items() if uid in uids}
                allowed = [{name} for name in kind] + [set(pair) for pair in group.get("may_share", ())]
                assert way in allowed
                assert way <= kind
            best = naive.best_of_group(group, [frozenset(kind) for kind in kinds.values()], needed)
            assert {name for name in members if len(serves[name]) >= needed[name]} == set(best)
            needed = {name: max(0, number - len(serves[name])) for name, number in needed.items()}
            for name, uids in serves.items():
                naive.left_to.setdefault(name, set()).update(uids)


def compare(tree: Tree, engine: Engine, drawn: Drawn) -> Evaluation:
    """The engine's evaluation, once the naive evaluator has said the same."""
    evaluation = engine.evaluate(drawn.student, drawn.entries, drawn.waivers)
    naive = Naive(tree, drawn.student, drawn.entries, drawn.waivers, drawn.as_of)
    shared_out_best(tree, naive, evaluation)
    said = naive.results()
    assert [each.requirement.id for each in evaluation.requirements] == list(said)
    for result in evaluation.requirements:
        agree(result, said[result.requirement.id], drawn)
    comparisons.note(comparisons.came_from(), len(evaluation.requirements))
    assert evaluation.standing.value == naive.overall()
    return evaluation


def hold_against(tree: Tree, ruleset: RuleSet, asked: list[tuple[int, int]], most: int = 1) -> None:
    """Every student drawn, with `most` times as many entries as asked for."""
    engines: dict[date, Engine] = {}
    for number, size in asked:
        drawn = a_question(tree, number, most * size)
        if drawn.as_of not in engines:
            engines[drawn.as_of] = Engine(ruleset, load_codes(), drawn.as_of)
        engine = engines[drawn.as_of]
        tallied_alike(engine, drawn, compare(tree, engine, drawn))


def without_verdicts(result: RequirementResult) -> RequirementResult:
    return replace(result, verdicts=(), inner=tuple(map(without_verdicts, result.inner)))


def tallied_alike(engine: Engine, drawn: Drawn, evaluation: Evaluation) -> None:
    """The ways that a cohort goes give the same numbers."""
    judge = engine.judge_for(drawn.student, drawn.waivers)
    rows = Counter(judge.judge(entry) for entry in drawn.entries)
    expected = tuple(map(without_verdicts, evaluation.requirements))
    tally = engine.tally(drawn.student, rows, drawn.waivers)
    assert (tally.standing, tally.requirements) == (evaluation.standing, expected)
    if not engine.shares_out:
        columns: list[Counter[Judgement]] = [Counter() for _ in engine.counting]
        for judged, times in rows.items():
            for column, judgement in zip(columns, judged, strict=True):
                column[judgement] += times
        tally = engine.tally_columns(drawn.student, [list(each.items()) for each in columns], drawn.waivers)
        assert (tally.standing, tally.requirements) == (evaluation.standing, expected)


@thoroughly
@given(rule_sets, questions)
def test_the_engine_and_the_naive_evaluator_agree_on_any_rule_set(
    tree: Tree, asked: list[tuple[int, int]]
) -> None:
    text = document(tree)
    note(text)
    hold_against(tree, loads(text, "drawn.toml"), asked)


@pytest.mark.parametrize("name", [each.id for each in newest()])
@settings(thoroughly, max_examples=max(1, RULE_SETS // 40))
@given(asked=questions)
def test_the_engine_and_the_naive_evaluator_agree_on_every_shipped_set(
    name: str, asked: list[tuple[int, int]]
) -> None:
    hold_against(shipped(name), find(name), asked, most=4)
