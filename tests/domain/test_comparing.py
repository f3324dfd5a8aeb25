"""Two editions side by side: which requirements are asked otherwise, whose standing moves, and the reason given."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from caselog.domain.activity import LearningActivity
from caselog.domain.case import Case
from caselog.domain.comparing import changes, moves, pairs, why
from caselog.domain.ruleset import RuleSet
from caselog.domain.student import Attestation, StudentFacts, Waiver
from caselog.rules.codes import load_codes
from tests.domain.samples import TODAY, a_case, some
from tests.domain.written import NOBODY, a_set, asks, evaluate

REDO = "where = { redo = true }\n"
CPB = 'where = { activity = "cpb" }\n'


def edition(*bodies: tuple[str, str]) -> RuleSet:
    return a_set(*(asks(name, body) for name, body in bodies))


def paired(old: RuleSet, new: RuleSet) -> list[tuple[str | None, str | None]]:
    return [(before.id if before else None, after.id if after else None) for before, after in pairs(old, new)]


def moved(
    old: str,
    new: str,
    log: list[Case],
    student: StudentFacts = NOBODY,
    waivers: tuple[tuple[Waiver, ...], tuple[Waiver, ...]] = ((), ()),
) -> list[str]:
    """Why the requirement called runs moved, if it did."""
    before = evaluate(edition(("runs", old)), log, student, waivers[0])
    after = evaluate(edition(("runs", new)), log, student, waivers[1])
    return [move.why for move in moves(before, after)]


# which belongs to which


def test_requirements_are_paired_by_id_in_the_order_of_the_new_edition_and_the_gone_ones_come_last() -> None:
    old = edition(("gone", REDO + "minimum = 1"), ("valve", CPB + "minimum = 2"), ("runs", CPB + "minimum = 3"))
    new = edition(("runs", CPB + "minimum = 3"), ("valve", CPB + "minimum = 2"), ("added", REDO + "minimum = 1"))
    assert paired(old, new) == [("runs", "runs"), ("valve", "valve"), (None, "added"), ("gone", None)]


def test_a_renamed_requirement_is_paired_with_what_it_was() -> None:
    old = edition(("runs", CPB + "minimum = 3"), ("other", REDO + "minimum = 1"))
    new = edition(("pump-runs", CPB + 'minimum = 3\nrenamed_from = "runs"'), ("other", REDO + "minimum = 1"))
    assert paired(old, new) == [("runs", "pump-runs"), ("other", "other")]
    assert paired(new, old) == [("pump-runs", "runs"), ("other", "other")]


# what is asked otherwise


def test_what_both_editions_say_is_no_change() -> None:
    same = edition(("runs", CPB + "minimum = 3"))
    assert changes(same, same, load_codes()) == []


def test_a_change_has_the_sentences_that_only_one_edition_says() -> None:
    old, new = edition(("runs", CPB + "minimum = 3")), edition(("runs", CPB + "minimum = 5\npreferred = 9"))
    (change,) = changes(old, new, load_codes())
    assert (change.old, change.new) == (old.requirement("runs"), new.requirement("runs"))
    assert change.before == ("At least 3 cases.",)
    assert change.after == ("At least 5 cases.", "Preferred: 9.")
    assert not change.renamed


def test_another_name_alone_is_a_change_without_sentences() -> None:
    old = edition(("runs", CPB + "minimum = 3"))
    new = edition(("pump-runs", CPB + 'minimum = 3\nrenamed_from = "runs"'))
    (change,) = changes(old, new, load_codes())
    assert change.renamed
    assert (change.before, change.after) == ((), ())


def test_a_requirement_of_one_edition_only_has_all_its_sentences_there() -> None:
    both = ("runs", CPB + "minimum = 3")
    (added,) = changes(edition(both), edition(both, ("redo", REDO + "minimum = 1")), load_codes())
    assert (added.old, added.before, added.renamed) == (None, (), False)
    assert added.after[0] == "At least 1 case."
    assert len(added.after) == 2
    (gone,) = changes(edition(both, ("redo", REDO + "minimum = 1")), edition(both), load_codes())
    assert (gone.new, gone.after, gone.renamed) == (None, (), False)
    assert gone.before == added.after


# whose standing moves


def test_a_standing_that_stays_is_no_move() -> None:
    assert moved(CPB + "minimum = 3", CPB + "minimum = 2", some(3)) == []
    assert moved(CPB + "minimum = 9", CPB + "minimum = 8", some(3)) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("minimum = 3", "minimum = 5", "3 of 3 before, 3 of 5 now: it asks for 5 instead of 3"),
        ("minimum = 5", "minimum = 3", "3 of 5 before, 3 of 3 now: it asks for 3 instead of 5"),
        (
            "minimum = 3",
            'minimum = "program"',
            "3 of 3 before, 3 of a number not set now: the program has not set its number, which was 3",
        ),
        (
            'minimum = "program"',
            "minimum = 3",
            "3 of a number not set before, 3 of 3 now: its number is set, to 3",
        ),
        (
            "minimum = 3",
            'minimum = 3\nunit = "points"\ncredit = [{ points = 0.5 }]',
            "3 of 3 before, 1.5 of 3 now: 1.5 fewer points count",
        ),
        ("minimum = 4", "minimum = 4\ncredit = [{ points = 2 }]", "3 of 4 before, 6 of 4 now: 3 more count"),
        (
            "minimum = 4",
            'minimum = 5\nunit = "points"\ncredit = [{ points = 2 }]',
            "3 of 4 before, 6 of 5 now: it asks for 5 instead of 4; 3 more points count",
        ),
    ],
)
def test_a_move_says_the_numbers_and_what_made_it(old: str, new: str, says: str) -> None:
    assert moved(CPB + old, CPB + new, some(3)) == [says]


def test_a_move_names_the_part_that_is_short() -> None:
    part = '\n[[requirement.part]]\nid = "redo"\ntitle = "Redo"\nwhere = { redo = true }\nat_least = 2'
    log = [*some(3), a_case(9, redo=True)]
    plain, floor = CPB + "minimum = 4", CPB + "minimum = 4" + part
    assert moved(plain, floor, log) == ["4 of 4 before, 4 of 4 now: now short of Redo (1 of 2)"]
    assert moved(floor, plain, log) == ["4 of 4 before, 4 of 4 now: no longer short of Redo (1 of 2)"]


def test_a_move_names_the_year_that_is_short() -> None:
    plain = CPB + "minimum = 3"
    floor = plain + "\neach_year = { at_least = 3, last_years = 2 }"
    assert moved(plain, floor, some(3)) == [
        "3 of 3 before, 3 of 3 now: now short of the year from 2024-11-22 (0 of 3)"
    ]


def test_what_words_cannot_tell_is_said_to_have_changed() -> None:
    """Papers that are due already need somebody to sign; those that are not due yet do not."""
    due, later = 'kind = "attestation"\nminimum = 2', 'kind = "attestation"\nminimum = 2\nevery = 3\nof = "valve"'
    valve = ("valve", CPB + "minimum = 9")
    before, after = (evaluate(edition(valve, ("papers", body)), some(2)) for body in (due, later))
    assert [(move.title, move.why) for move in moves(before, after)] == [
        ("Papers", "0 of 2 before, 0 of 2 now: what it asks for changed")
    ]


def test_a_waiver_for_one_edition_is_a_reason() -> None:
    waiver = Waiver(requirement="runs", granted_by="Dana Director", reason="A reason.", on=date(2026, 1, 2))
    body = CPB + "minimum = 9"
    assert moved(body, body, some(3), waivers=((), (waiver,))) == [
        "3 of 9 before, 3 of 9 now: a waiver is for one of the two only"
    ]


def test_papers_and_groups_are_counted_in_their_own_words() -> None:
    student = StudentFacts(attestations=(Attestation("papers", "A registrar", TODAY),))
    old = edition(("papers", 'kind = "attestation"\nminimum = 1'))
    before, after = evaluate(old), evaluate(old, student=student)
    assert [move.why for move in moves(before, after)] == ["0 of 1 before, 1 of 1 now: 1 more on file"]
    group = 'kind = "group"\nmembers = ["runs"]\nat_least = "any"'
    old, new = (edition(("runs", f"{CPB}minimum = {number}"), ("group", group)) for number in (9, 3))
    found = moves(evaluate(old, some(3)), evaluate(new, some(3)))
    assert [(move.title, move.why) for move in found][1] == ("Group", "0 of 1 before, 1 of 1 now: 1 more met")


def test_what_is_true_of_the_student_has_no_numbers() -> None:
    body = 'kind = "student"\nwhere = { enrolled = %s }'
    student = StudentFacts(enrolled=True)
    assert moved(body % "true", body % "false", [], student) == ["it is no longer true of the student"]
    assert moved(body % "false", body % "true", [], student) == ["it is true of the student now"]


def test_what_became_another_kind_of_requirement_says_its_numbers() -> None:
    log, student = some(3), StudentFacts(enrolled=True)
    says = "3 of 9 before, 1 of 1 now: it asks for 1 instead of 9; 2 fewer met"
    assert moved(CPB + "minimum = 9", 'kind = "student"\nwhere = { enrolled = true }', log, student) == [says]


def test_activities_count_as_cases_do() -> None:
    lecture = LearningActivity(activity_uid="a", date=TODAY, kind="didactic", hours=1.0, status="verified")
    body = 'kind = "activities"\nwhere = { kind = "didactic" }\nunit = "activities"\nminimum = 1'
    ruleset = edition(("runs", body))
    was, now = evaluate(ruleset), evaluate(ruleset, [lecture])
    (move,) = moves(was, now)
    assert move.why == "0 of 1 before, 1 of 1 now: 1 more count"
    assert (move.before, move.after) == (was.of("runs"), now.of("runs"))


def test_what_is_asked_for_no_longer_or_anew_moves_only_where_it_is_not_fulfilled() -> None:
    both = ("runs", CPB + "minimum = 3")
    one, two = edition(both), edition(both, ("redo", REDO + "minimum = 1"))
    gone = list(moves(evaluate(two, some(3)), evaluate(one, some(3))))
    assert [(move.title, move.after, move.why) for move in gone] == [
        ("Redo", None, "no longer asked for; 0 of 1 before")
    ]
    assert gone[0].before is not None
    anew = list(moves(evaluate(one, some(3)), evaluate(two, some(3))))
    assert [(move.title, move.before, move.why) for move in anew] == [("Redo", None, "asked for anew; 0 of 1 now")]
    assert anew[0].after is not None
    met = [*some(3), a_case(9, redo=True)]
    assert list(moves(evaluate(two, met), evaluate(one, met))) == []
    assert list(moves(evaluate(one, met), evaluate(two, met))) == []


def test_numbers_are_said_as_people_write_them() -> None:
    was, now = (evaluate(edition(("runs", CPB + minimum)), some(3)).of("runs") for minimum in ("minimum = 3",) * 2)
    assert why(replace(was, minimum=Fraction(25_001, 2)), now) == (
        "3 of 12,500.5 before, 3 of 3 now: it asks for 3 instead of 12,500.5"
    )
