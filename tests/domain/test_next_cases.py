"""What each kind of next case adds, and what a case that is being entered will count toward."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from caselog.domain.case import Case
from caselog.domain.evaluate import Engine
from caselog.domain.next_cases import Adds, NextCases, Student, Touch, touches, what_each_adds
from caselog.domain.result import Entry
from caselog.domain.student import StudentFacts, Waiver
from caselog.rules.codes import load_codes
from caselog.rules.library import find
from caselog.rules.loader import loads
from caselog.rules.next_cases import load_kinds
from tests.domain.samples import TODAY, a_case, some

NOBODY = StudentFacts()
KINDS = {kind.id: kind for kind in load_kinds()}
HEAD = """
id = "made-up"
title = "Made up"
edition = "1"
about = "For a test."
eligible = { is = ["performed", "clinical"] }

[sources.board]
title = "A board's page"
address = "board.example/page"
read = 2026-11-21
"""
ONE_A_DAY = """
[[requirement]]
id = "days"
title = "Days"
says = "Days with a case."
source = "board"
where = { is = "open-heart" }
once_per = "case_date"
minimum = 5
"""
ROTATIONS = ONE_A_DAY.replace("case_date", "rotation")
CEILING = """
[[requirement]]
id = "runs"
title = "Runs"
says = "Five runs, at most two of them with children."
source = "board"
where = { is = "open-heart" }
minimum = 5

[[requirement.part]]
id = "children"
title = "children"
where = { is = "pediatric" }
at_most = 2
"""
EXCLUSIVE = """
[[requirement]]
id = "runs"
title = "Runs"
says = "Three runs."
source = "board"
where = { is = "open-heart" }
minimum = 3

[[requirement]]
id = "valve"
title = "Valves"
says = "Two valve cases."
source = "board"
where = { is = "valve" }
minimum = 2

[[exclusive]]
among = ["runs", "valve"]
"""


def made(rules: str) -> Engine:
    return Engine(loads(HEAD + rules, "made-up.toml"), load_codes(), TODAY)


def shipped(name: str) -> Engine:
    return Engine(find(name), load_codes(), TODAY)


def adds(engine: Engine, log: list[Case], kind: str, facts: StudentFacts = NOBODY) -> dict[str, Fraction]:
    found: tuple[Adds, ...] = what_each_adds(engine, facts, log, [KINDS[kind]], site_country="US")
    return {each.requirement.id: each.gain for each in found[0].gains}


def touched(engine: Engine, log: list[Case], draft: Case) -> dict[str, Touch]:
    return {each.requirement.id: each for each in touches(engine, NOBODY, log, draft)}


# What each adds


@pytest.mark.parametrize(
    ("kind", "gains"),
    [
        ("adult-cabg", {"clinical-perfusions": 1, "primary-cpb": 1}),
        ("pediatric-congenital", {"clinical-perfusions": 1, "primary-cpb": 1, "pediatric-cpb": 1}),
        ("observed-pediatric", {"pediatric-cpb": 1}),
        ("ecmo-shift", {"clinical-perfusions": 1, "ecmo-or-vad": 1}),
        ("vad", {"clinical-perfusions": 1, "ecmo-or-vad": 1}),
        ("first-assistant", {}),
    ],
)
def test_a_next_case_adds_to_what_it_fits(kind: str, gains: dict[str, int]) -> None:
    assert adds(shipped("abcp-pbse"), some(20), kind) == gains


def test_a_gain_says_whether_the_requirement_still_wants_it_and_of_which_set_it_is() -> None:
    (found,) = what_each_adds(shipped("ccp-eligibility"), NOBODY, some(75), [KINDS["valve"]])
    assert [(each.ruleset.id, each.requirement.id, each.wanted) for each in found.gains] == [
        ("accredited-minimums", "open-heart", False),
        ("accredited-minimums", "valve", True),
        ("abcp-pbse", "clinical-perfusions", False),
        ("abcp-pbse", "primary-cpb", False),
    ]


def test_a_next_case_stands_at_the_students_usual_site() -> None:
    log = [*some(3, site="usual", site_country="CA"), *some(2, 3, site="other", site_country="DE")]
    assert adds(shipped("abcp-pbse"), log, "adult-cabg")
    abroad = [replace(case, site_country="DE") for case in log]
    assert not adds(shipped("abcp-pbse"), abroad, "adult-cabg")


def test_without_a_log_the_country_is_the_one_that_is_given() -> None:
    engine = shipped("abcp-pbse")
    kinds = [KINDS["adult-cabg"]]
    assert what_each_adds(engine, NOBODY, [], kinds, site_country="US")[0].gains
    assert not what_each_adds(engine, NOBODY, [], kinds)[0].gains


def test_after_graduation_a_next_case_is_independent() -> None:
    graduated = StudentFacts(graduated_on=date(2026, 5, 1))
    assert adds(shipped("abcp-cape"), some(3), "adult-cabg", graduated) == {"independent-cases": 1}
    assert not adds(shipped("abcp-cape"), some(3), "adult-cabg")


def test_over_a_ceiling_a_next_case_adds_nothing() -> None:
    children = some(2, age_group="infant")
    assert adds(made(CEILING), children[:1], "pediatric-congenital") == {"runs": 1}
    assert not adds(made(CEILING), children, "pediatric-congenital")
    assert adds(made(CEILING), children, "adult-cabg") == {"runs": 1}


def test_only_a_new_rotation_adds_to_rotations() -> None:
    log = some(4, rotation="adult-1")
    assert not adds(made(ROTATIONS), log, "adult-cabg")
    assert adds(made(ROTATIONS), log, "new-rotation") == {"days": 1}


def test_where_one_case_a_day_counts_the_next_one_is_on_a_day_without_one() -> None:
    log = [a_case(1, case_date=TODAY), a_case(2, case_date=date(2026, 11, 20))]
    assert adds(made(ONE_A_DAY), log, "adult-cabg") == {"days": 1}


def test_a_case_that_may_count_once_can_free_another_for_where_it_is_needed() -> None:
    # Three valve runs: all serve the three runs. One more CABG takes the place of one, which serves the valves.
    assert adds(made(EXCLUSIVE), some(3, procedures=("mitral_valve",)), "adult-cabg") == {"valve": 1}


def test_waivers_are_in_force_for_next_cases_too() -> None:
    waiver = Waiver(
        requirement="valve", granted_by="Dana Director", reason="transferred", on=TODAY, minimum=Fraction(1)
    )
    log = some(1, procedures=("mitral_valve",))
    (found,) = what_each_adds(shipped("accredited-minimums"), NOBODY, log, [KINDS["valve"]], [waiver])
    assert {each.requirement.id: each.wanted for each in found.gains} == {"open-heart": True, "valve": False}


def test_every_kind_is_a_case_that_could_be_submitted() -> None:
    student = Student(shipped("abcp-pbse"), NOBODY, [])
    cases = NextCases(student, "US")
    assert all(cases.make(kind).activity and cases.make(kind).site for kind in load_kinds())


# What a case touches


def test_a_case_being_entered_says_what_it_will_count_toward_and_why_not() -> None:
    draft = a_case(99, status="draft", role="observed", age_group="infant")
    found = touched(shipped("abcp-pbse"), some(3), draft)
    assert {name: (int(each.gain), each.reason) for name, each in found.items()} == {
        "clinical-perfusions": (0, "observed: only performed cases count"),
        "primary-cpb": (0, "observed: only performed cases count"),
        "ecmo-or-vad": (0, "CPB (pump run): only ECMO or VAD cases count"),
        "pediatric-cpb": (1, "counts"),
    }


def test_a_case_without_a_day_counts_toward_nothing_yet() -> None:
    found = touched(shipped("accredited-minimums"), [], Case(activity="cpb"))
    assert {each.gain for each in found.values()} == {0}
    assert all("date" in each.reason and each.reason.endswith("is not given") for each in found.values())


def test_a_case_in_the_log_that_is_changed_is_not_counted_beside_itself() -> None:
    log = some(3)
    found = touched(shipped("accredited-minimums"), log, replace(log[0], procedures=("mitral_valve",)))
    assert {name: each.gain for name, each in found.items()} == {
        "open-heart": 1, "valve": 1, "pediatric": 0, "emergency": 0, "complex": 0,
    }  # fmt: skip


def test_a_case_that_fills_a_ceiling_can_still_be_changed() -> None:
    log = some(2, age_group="infant")
    found = touched(made(CEILING), log, replace(log[0], note="A better note."))["runs"]
    assert (int(found.gain), found.reason) == (1, "counts")


def test_over_a_ceiling_the_reason_says_so() -> None:
    log = some(2, age_group="infant", case_date=date(2026, 1, 5))
    found = touched(made(CEILING), log, a_case(99, age_group="infant", status="draft"))["runs"]
    assert (int(found.gain), found.reason) == (0, "over the ceiling of 2 for children")


def test_a_case_that_takes_the_place_of_another_says_so() -> None:
    log = some(2, age_group="infant", case_date=date(2026, 1, 5))
    earlier = a_case(99, age_group="infant", status="draft", case_date=date(2025, 1, 5))
    found = touched(made(CEILING), log, earlier)["runs"]
    assert (int(found.gain), found.reason) == (0, "counts, in place of another case")


def test_a_case_that_frees_another_says_so() -> None:
    found = touched(made(EXCLUSIVE), some(3, procedures=("mitral_valve",)), a_case(99, status="draft"))
    assert {name: (int(each.gain), each.reason) for name, each in found.items()} == {
        "runs": (0, "counts, in place of another case"),
        "valve": (1, "only valve cases count; another case counts here in return"),
    }


def test_sets_that_count_activities_say_that_a_case_is_none() -> None:
    log: list[Entry] = []
    found = touches(shipped("abcp-professional"), NOBODY, log, a_case(1))
    assert {each.reason for each in found} == {"only activities count"}
