"""Laws that hold for every rule set, whatever the log: each is a property over sets, logs and waivers drawn."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from caselog.domain.case import Case
from caselog.domain.codes import Status
from caselog.domain.evaluate import Engine
from caselog.domain.result import Evaluation, Outcome, RequirementResult
from caselog.domain.ruleset import CountRequirement, Entries
from caselog.domain.student import StudentFacts, Waiver
from caselog.rules.codes import load_codes
from caselog.rules.loader import loads
from tests.domain.samples import TODAY, some
from tests.support.profiles import the_same
from tests.support.rule_files import document
from tests.support.rule_sets import DAYS, ENTRIES, Dice, Drawn, Tree, a_question, a_rule_set

numbers = st.integers(0, 2**48)
rule_sets = st.builds(a_rule_set, numbers, st.integers(1, 4))
questions = st.lists(st.tuples(numbers, st.integers(0, 25)), min_size=5, max_size=5)
quickly = the_same(60)


def evaluate(tree: Tree, drawn: Drawn) -> Evaluation:
    engine = Engine(loads(document(tree), "drawn.toml"), load_codes(), drawn.as_of)
    return engine.evaluate(drawn.student, drawn.entries, drawn.waivers)


def drawn_from(tree: Tree, asked: list[tuple[int, int]]) -> list[Drawn]:
    return [a_question(tree, number, size) for number, size in asked]


def in_groups(tree: Tree) -> set[str]:
    return {name for group in tree.get("exclusive", ()) for name in group["among"]}


def shares_of(asked: Tree, *, counted: bool) -> set[str]:
    """The requirements that a number of this one is a share of: of what they counted, or of their minimums."""
    found: set[str] = set()

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if "percent" in value and bool(value.get("of_counted")) is counted:
                found.add(value["of"])
            for each in value.values():
                look(each)
        if isinstance(value, list):
            for each in value:
                look(each)

    look(asked)
    return found


# Adding a verified entry


@quickly
@given(rule_sets, questions, numbers)
def test_one_more_verified_entry_never_lowers_a_count(
    tree: Tree, asked: list[tuple[int, int]], number: int
) -> None:
    """Where entries serve one requirement only, it never lowers how many of these are met."""
    exclusive = in_groups(tree)
    by_id = {each["id"]: each for each in tree["requirement"]}
    entry = replace(Dice(number).choice(ENTRIES), status=Status.VERIFIED)
    for drawn in drawn_from(tree, asked):
        if any(each.uid == entry.uid for each in drawn.entries):
            continue
        before = evaluate(tree, drawn)
        after = evaluate(tree, replace(drawn, entries=[*drawn.entries, entry]))
        for was, now in zip(before.requirements, after.requirements, strict=True):
            name = was.requirement.id
            if isinstance(was.requirement, CountRequirement) and name not in exclusive:
                if shares_of(by_id[name], counted=True) & exclusive:
                    continue  # its ceiling follows what others of a group are left with
                assert now.counted >= was.counted, name
                for part_was, part_now in zip(was.parts, now.parts, strict=True):
                    assert part_now.counted >= part_was.counted, name
                for year_was, year_now in zip(was.years, now.years, strict=True):
                    assert year_now.counted >= year_was.counted, name
        for group in tree.get("exclusive", ()):
            assert number_met(after, group["among"]) >= number_met(before, group["among"])


def number_met(evaluation: Evaluation, names: list[str]) -> int:
    """How many of these have what they need; a waived requirement, or one without a number, needs nothing."""
    return sum(
        evaluation.of(name).remaining in (None, 0) or evaluation.of(name).standing.value == "waived"
        for name in names
    )


# Order, and the same answer to the same question


@quickly
@given(rule_sets, questions, st.randoms(use_true_random=False))
def test_the_order_of_entries_never_matters_and_the_same_question_has_the_same_answer(
    tree: Tree, asked: list[tuple[int, int]], dice: Any
) -> None:
    for drawn in drawn_from(tree, asked):
        shuffled = list(drawn.entries)
        dice.shuffle(shuffled)
        assert repr(evaluate(tree, replace(drawn, entries=shuffled))) == repr(evaluate(tree, drawn))


def fingerprint() -> str:
    """Of the whole trees of some evaluations."""
    found = hashlib.sha256()
    for number in range(40):
        tree = a_rule_set(number, 4)
        found.update(repr(evaluate(tree, a_question(tree, number, 25))).encode())
    return found.hexdigest()


def test_the_same_question_has_the_same_answer_byte_for_byte_in_every_process() -> None:
    """Python orders sets of texts differently from one process to the next."""
    program = "from tests.domain.test_laws import fingerprint; print(fingerprint())"
    root = Path(__file__).parents[2]
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1


# Nothing is lost


@quickly
@given(rule_sets, questions)
def test_counted_waiting_and_excluded_entries_are_all_entries_each_once(
    tree: Tree, asked: list[tuple[int, int]]
) -> None:
    for drawn in drawn_from(tree, asked):
        for result in evaluate(tree, drawn).requirements:
            if isinstance(result.requirement, CountRequirement):
                cases = result.requirement.of is Entries.CASES
                mine = sorted(each.uid for each in drawn.entries if isinstance(each, Case) is cases)
                assert sorted(verdict.entry.uid for verdict in result.verdicts) == mine
                assert all(verdict.reason.strip() for verdict in result.verdicts)
                assert result.counted == credit(result, Outcome.COUNTED)
                assert result.pending == credit(result, Outcome.PENDING)
                assert credit(result, Outcome.EXCLUDED) == 0


def credit(result: RequirementResult, outcome: Outcome) -> Any:
    return sum(verdict.credit for verdict in result.with_outcome(outcome))


# Ceilings


@quickly
@given(rule_sets, questions)
def test_a_ceiling_never_raises_a_total_nor_lets_more_than_itself_count(
    tree: Tree, asked: list[tuple[int, int]]
) -> None:
    free = {**tree, "requirement": [without_ceilings(each) for each in tree["requirement"]]}
    assume(free != tree)
    for drawn in drawn_from(tree, asked):
        with_them, without = evaluate(tree, drawn), evaluate(free, drawn)
        for held, unheld in zip(with_them.requirements, without.requirements, strict=True):
            if isinstance(held.requirement, CountRequirement):
                assert held.counted <= unheld.counted
                assert held.counted + held.excess == unheld.counted
            for part in held.parts:
                assert part.at_most is None or part.counted + part.pending <= part.at_most


def without_ceilings(asked: Tree) -> Tree:
    if "part" not in asked:
        return asked
    parts = [{"at_least": 0, **part} for part in asked["part"]]
    return {**asked, "part": [{key: part[key] for key in part if key != "at_most"} for part in parts]}


# Waivers


@quickly
@given(rule_sets, questions)
def test_a_waiver_touches_only_what_it_names(tree: Tree, asked: list[tuple[int, int]]) -> None:
    for drawn in drawn_from(tree, asked):
        without = evaluate(tree, replace(drawn, waivers=[]))
        for waiver in drawn.waivers:
            granted = evaluate(tree, replace(drawn, waivers=[waiver]))
            touched = reckoned_from(tree, waiver)
            for was, now in zip(without.requirements, granted.requirements, strict=True):
                if was.requirement.id not in touched and not was.inner:
                    assert now == was


def reckoned_from(tree: Tree, waiver: Waiver) -> set[str]:
    """The requirement that a waiver names, what is a share of what it counted, and what shares cases with it."""
    found = {
        each["id"]
        for each in tree["requirement"]
        if waiver.requirement in (each["id"], each.get("renamed_from")) and waiver.ruleset in ("", tree["id"])
    }
    for group in tree.get("exclusive", ()):
        if found & set(group["among"]):
            found |= set(group["among"])
    for each in tree["requirement"]:
        if (shares_of(each, counted=True) | {each.get("of")}) & found:
            found.add(each["id"])
    return found


@quickly
@given(rule_sets, questions)
def test_a_waiver_never_makes_a_requirement_stand_worse(tree: Tree, asked: list[tuple[int, int]]) -> None:
    """Not one with a higher number in its place, of course."""
    for drawn in drawn_from(tree, asked):
        without = evaluate(tree, replace(drawn, waivers=[]))
        for waiver in drawn.waivers:
            if waiver.minimum is None:
                granted = evaluate(tree, replace(drawn, waivers=[waiver]))
                for group in tree.get("exclusive", ()):
                    assert number_met(granted, group["among"]) >= number_met(without, group["among"])
                for was, now in zip(without.requirements, granted.requirements, strict=True):
                    named = waiver.requirement in was.requirement.ids and waiver.ruleset in ("", tree["id"])
                    if named and was.requirement.id not in in_groups(tree) and was.standing.value == "met":
                        assert now.standing.value in ("met", "waived")


def test_an_exclusive_group_of_full_size_is_shared_out_in_no_time() -> None:
    """The largest group and log that the loader lets through: it must not take a page's patience."""
    names = [f"r{n}" for n in range(8)]
    tree = a_rule_set(1, 1)
    tree.pop("exclusive", None)
    tree["eligible"] = {"is": "performed"}
    tree["requirement"] = [
        {"id": name, "title": name, "says": "So.", "source": "page", "minimum": 40, "where": {"role": "primary"}}
        for name in names
    ]
    tree["exclusive"] = [{"among": names, "may_share": [["r0", "r1"], ["r2", "r3"]]}]
    drawn = Drawn(StudentFacts(), [*some(279)], [], TODAY)
    assert number_met(evaluate(tree, drawn), names) == 8  # 8 × 40 less 2 × 40 shared is 240
    drawn = Drawn(StudentFacts(), [*some(239)], [], TODAY)
    assert number_met(evaluate(tree, drawn), names) == 7


def test_the_days_drawn_hold_a_leap_day_and_both_sides_of_a_reporting_year() -> None:
    assert {f"{day:%m-%d}" for day in DAYS} >= {"02-29", "02-28", "06-30", "07-01"}
