"""What another edition would change: whose standing moves, and why."""

import uuid
from datetime import date

import pytest
from flask import Flask

from caselog.domain.result import Standing
from caselog.domain.ruleset import RuleSet
from caselog.extensions import db
from caselog.rules import library
from caselog.services import people, rulesets
from caselog.services.actor import NotFoundError, Operator, RefusedError
from caselog.services.people import AttestedDocument
from caselog.services.ruleset_replay import CohortReplay, compare, programs, replay
from caselog.store.session import transaction
from tests.support.cast import Cast
from tests.support.log import put_case, stored
from tests.support.own_sets import ID, PEDIATRIC, own_text, published

TODAY = date(2026, 11, 21)


@pytest.fixture
def judged(app_context: Flask, cast: Cast) -> Cast:
    """The cohort is judged under an edition that asks for two pump runs; Ann has two, Ben has one."""
    published(cast.director.actor)
    rulesets.adopt(cast.director.actor, ID, "1", cast.program.cohort_id, TODAY)
    with transaction() as session:
        for student in (cast.student, cast.student, cast.other_student):
            put_case(session, student)
    return cast


def edition(cast: Cast, name: str, text: str) -> RuleSet:
    return published(cast.director.actor, name, text)


def whys(found: CohortReplay) -> list[tuple[str, str, str]]:
    return [(student.name, move.title, move.why) for student in found.moved for move in student.moves]


def test_a_higher_number_moves_who_no_longer_has_it(judged: Cast) -> None:
    (found,) = replay(judged.director.actor, edition(judged, "2", own_text("2", minimum=3)))
    assert (found.cohort, found.students, found.met) == ("Class of 2027", 2, 0)
    assert found.old is not None
    assert found.old.edition == "1"
    assert whys(found) == [
        ("Ann Student", "Pump runs", "2 of 2 before, 2 of 3 now: it asks for 3 instead of 2"),
    ]  # fmt: skip
    assert [(each.before, each.after) for each in found.moved] == [(Standing.MET, Standing.NOT_MET)]
    assert [(each.before, each.after) for each in found.changes] == [
        (("At least 2 cases.",), ("At least 3 cases.",))
    ]


def test_a_renamed_requirement_is_the_same_one(judged: Cast) -> None:
    text = own_text("2", minimum=1, requirement="runs").replace(
        'id = "runs"', 'id = "runs"\nrenamed_from = "pump"'
    )
    (found,) = replay(judged.director.actor, edition(judged, "2", text))
    assert whys(found) == [("Ben Student", "Pump runs", "1 of 2 before, 1 of 1 now: it asks for 1 instead of 2")]
    (change,) = found.changes
    assert change.renamed
    # Without the word of it, one is gone and another is new.
    (found,) = replay(judged.director.actor, edition(judged, "3", own_text("3", minimum=1, requirement="runs")))
    assert [(each.old is None, each.new is None) for each in found.changes] == [(True, False), (False, True)]


def test_what_is_asked_anew_and_no_longer_is_said(judged: Cast) -> None:
    more = edition(judged, "2", own_text("2", more=PEDIATRIC))
    (found,) = replay(judged.director.actor, more)
    assert whys(found) == [
        ("Ann Student", "Children", "asked for anew; 0 of 1 now"),
        ("Ben Student", "Children", "asked for anew; 0 of 1 now"),
    ]  # fmt: skip
    rulesets.adopt(judged.director.actor, ID, "2", judged.program.cohort_id, TODAY)
    (found,) = replay(judged.director.actor, rulesets.edition(judged.director.actor, ID, "1").ruleset)
    assert whys(found)[0] == ("Ann Student", "Children", "no longer asked for; 0 of 1 before")


def test_the_same_text_moves_nobody(judged: Cast) -> None:
    (found,) = replay(judged.director.actor, edition(judged, "2", own_text("2")))
    assert (found.moved, found.changes, found.met) == ((), (), 1)


def test_a_set_that_nobody_is_judged_under_is_compared_with_another_on_demand(judged: Cast) -> None:
    other = published(judged.director.actor, ruleset="other", text=own_text(ruleset="other", minimum=1))
    (found,) = replay(judged.director.actor, other)
    assert (found.old, found.moved, found.met) == (None, (), 2)
    (found,) = replay(judged.director.actor, other, instead_of=ID)
    assert found.old is not None
    assert [each.name for each in found.moved] == ["Ben Student"]


def test_a_replay_is_of_the_programs_own_cohorts_and_changes_nothing(judged: Cast, app: Flask) -> None:
    new = edition(judged, "2", own_text("2", minimum=0))
    before = stored(app)
    assert [each.cohort_id for each in replay(judged.director.actor, new)] == [judged.program.cohort_id]
    assert len(replay(judged.director.actor, new, cohort_id=judged.program.cohort_id)) == 1
    for strange in (judged.outsider_program.cohort_id, uuid.uuid4()):
        with pytest.raises(NotFoundError):
            replay(judged.director.actor, new, cohort_id=strange)
    assert stored(app) == before


def test_what_is_on_file_moves_with_its_requirement(judged: Cast) -> None:
    paper = """
[[requirement]]
id = "{}"
kind = "attestation"
title = "A letter"
says = "A letter is on file."
source = "handbook"
"""
    old = edition(judged, "2", own_text("2", more=paper.format("letter")))
    rulesets.adopt(judged.director.actor, ID, "2", judged.program.cohort_id, TODAY)
    people.attest(judged.director.actor, judged.student.id, AttestedDocument("letter", "the registrar", TODAY))
    renamed = paper.format("statement") + 'renamed_from = "letter"\n'
    kept = edition(judged, "3", own_text("3", more=renamed))
    lost = edition(judged, "4", own_text("4", more=paper.format("statement")))
    operator = Operator(judged.program.id, judged.program.timezone)
    assert [len(compare(operator, old, each)[0].moved) for each in (kept, lost)] == [0, 2]


def test_the_operator_compares_the_cohorts_judged_under_the_old_one(judged: Cast) -> None:
    operator = Operator(judged.program.id, judged.program.timezone)
    one = rulesets.edition(judged.director.actor, ID, "1").ruleset
    two = edition(judged, "2", own_text("2", minimum=1))
    (found,) = compare(operator, one, two)
    assert [each.name for each in found.moved] == ["Ben Student"]
    assert compare(operator, two, one) == []
    strange = Operator(judged.outsider_program.id, judged.outsider_program.timezone)
    assert compare(strange, one, two) == []
    (found,) = compare(operator, library.find("abcp-pbse"), two)
    assert found.moved != ()


def test_programs_go_by_their_code(app_context: Flask, cast: Cast) -> None:
    assert [code for _, code in programs()] == ["north", "south"]
    (one,) = programs("south")
    assert one[0].program_id == cast.outsider_program.id
    with pytest.raises(RefusedError, match="no program “west”"):
        programs("west")
    db.session.rollback()
