"""What a director waives or substitutes: granted with a reason for a time, ended, never deleted."""

import uuid
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.result import RequirementResult, Standing
from caselog.extensions import db
from caselog.rules import library
from caselog.services import cohort_standing, progress, rulesets, waivers
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.waivers import WaiverDetails
from caselog.store.audit import AuditEntry
from caselog.store.rulesets import GrantedWaiver
from caselog.store.session import transaction
from tests.support.activities import put_activity
from tests.support.cast import Cast
from tests.support.clock import TestClock
from tests.support.log import put_case
from tests.support.own_sets import ID, own_text, published

TODAY, LATER = date(2026, 11, 21), date(2027, 5, 31)
WHOLE = WaiverDetails(ruleset=ID, requirement="pump", reason="Agreed with the board.", until=LATER)


@pytest.fixture
def judged(app_context: Flask, cast: Cast) -> Cast:
    """The cohort is judged under an edition that asks for two pump runs."""
    published(cast.director.actor)
    rulesets.adopt(cast.director.actor, ID, "1", cast.program.cohort_id, TODAY)
    return cast


def grant(
    cast: Cast, details: WaiverDetails, who: Actor | None = None, student: uuid.UUID | None = None
) -> uuid.UUID:
    in_force = progress.rulesets_of(db.session(), cast.program.id, cast.program.cohort_id)
    return waivers.grant(who or cast.director.actor, student or cast.student.id, details, in_force)


def standing(cast: Cast) -> RequirementResult:
    """The requirement of the student's; the cohort's table says the same of it."""
    evaluations = progress.student_progress(cast.student.actor, cast.student.id).evaluations
    (found,) = [each for _, each in evaluations if each.ruleset.id == ID]
    table = cohort_standing.cohort_table(cast.director.actor, cast.program.cohort_id)
    (row,) = [each for each in table.rows if each.student_id == cast.student.id]
    (result,) = [each for each in row.results if each.requirement.id in found.requirements[0].requirement.ids]
    one = found.requirements[0]
    assert (result.standing, result.counted, result.minimum) == (one.standing, one.counted, one.minimum)
    return one


def told(action: str) -> list[tuple[uuid.UUID | None, str]]:
    rows = db.session.execute(
        sa.select(AuditEntry.actor_id, AuditEntry.subject).where(AuditEntry.action == action)
    )
    return [(actor, subject) for actor, subject in rows]


def test_a_requirement_is_waived_beside_its_number(judged: Cast) -> None:
    assert standing(judged).standing is Standing.NOT_MET
    uid = grant(judged, WHOLE)
    found = standing(judged)
    assert found.standing is Standing.WAIVED
    assert [found.counted, found.minimum] == [0, 2]
    (waiver,) = found.waivers
    assert (waiver.granted_by, waiver.reason, waiver.on, waiver.until) == (
        "Dana Director", "Agreed with the board.", TODAY, LATER,
    )  # fmt: skip
    assert told("waiver.grant") == [(judged.director.id, str(uid))]


def test_another_number_takes_the_place_of_the_rules(judged: Cast) -> None:
    with transaction() as session:
        put_case(session)
    grant(judged, replace(WHOLE, minimum=1))
    assert standing(judged).standing is Standing.MET
    assert standing(judged).counted == 1


def test_one_entry_counts_that_the_rule_would_not_count(judged: Cast) -> None:
    with transaction() as session:
        put_case(session)
        observed = put_case(session, role="observed")
    assert standing(judged).counted == 1
    grant(judged, replace(WHOLE, entry_uid=observed))
    assert standing(judged).standing is Standing.MET
    assert standing(judged).counted == 2


def test_a_waiver_holds_through_its_last_day_and_touches_nobody_else(judged: Cast, clock: TestClock) -> None:
    grant(judged, replace(WHOLE, until=TODAY))
    assert standing(judged).standing is Standing.WAIVED
    other = progress.student_progress(judged.director.actor, judged.other_student.id).evaluations
    assert {each.standing for _, found in other if found.ruleset.id == ID for each in found.requirements} == {
        Standing.NOT_MET
    }
    clock.advance(days=1)
    assert standing(judged).standing is Standing.NOT_MET
    (listed,) = waivers.listed(judged.director.actor, judged.student.id)
    assert not listed.in_force


def test_a_waiver_that_is_ended_holds_no_longer_than_today_and_stays_on_record(
    judged: Cast, clock: TestClock
) -> None:
    uid = grant(judged, WHOLE)
    clock.advance(days=10)
    waivers.end(judged.director.actor, judged.student.id, uid)
    (listed,) = waivers.listed(judged.director.actor, judged.student.id)
    assert (listed.in_force, listed.waiver.until) == (True, date(2026, 12, 1))
    assert told("waiver.end") == [(judged.director.id, str(uid))]
    with pytest.raises(RefusedError, match="ends on 2026-12-01 already"):
        waivers.end(judged.director.actor, judged.student.id, uid)
    clock.advance(days=1)
    assert standing(judged).standing is Standing.NOT_MET
    assert len(waivers.listed(judged.director.actor, judged.student.id)) == 1


def test_the_latest_is_listed_first(judged: Cast, clock: TestClock) -> None:
    for reason in ("first", "second"):
        grant(judged, replace(WHOLE, reason=reason))
        clock.advance(days=1)
    found = waivers.listed(judged.director.actor, judged.student.id)
    assert [each.waiver.reason for each in found] == ["second", "first"]


def test_a_waiver_follows_a_requirement_that_is_renamed(judged: Cast) -> None:
    grant(judged, WHOLE)
    text = own_text("2", requirement="runs").replace('id = "runs"', 'id = "runs"\nrenamed_from = "pump"')
    published(judged.director.actor, "2", text)
    rulesets.adopt(judged.director.actor, ID, "2", judged.program.cohort_id, TODAY)
    assert standing(judged).standing is Standing.WAIVED


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"until": date(2026, 11, 20)}, "2026-11-20 is over; a waiver ends today, 2026-11-21, or later"),
        ({"reason": " \n"}, "Say why"),
        ({"minimum": -1}, "from 0 to 100,000"),
        ({"minimum": 100_001}, "from 0 to 100,000"),
        ({"minimum": 1, "entry_uid": uuid.UUID(int=1)}, "not both at once"),
        ({"entry_uid": uuid.UUID(int=1)}, "The student's log has no such entry"),
        ({"ruleset": "abcp-pbse", "requirement": "enrolled-or-graduated", "minimum": 1}, "has no number"),
        ({"ruleset": "abcp-pbse", "requirement": "transcript", "entry_uid": uuid.UUID(int=1)}, "counts no cases"),
    ],
)
def test_what_cannot_be_granted_is_refused(judged: Cast, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(RefusedError, match=says):
        grant(judged, replace(WHOLE, **changes))
    assert db.session.scalars(sa.select(GrantedWaiver)).all() == []
    assert told("waiver.grant") == []


def test_an_entry_must_be_the_students_own(judged: Cast) -> None:
    with transaction() as session:
        others = put_case(session, judged.other_student)
        strange = put_case(session, judged.outsider_student, judged.outsider_preceptor)
        activity = put_activity(session, judged.other_student)
        own = put_activity(session)
    for uid in (others, strange, activity):
        with pytest.raises(RefusedError, match="has no such entry"):
            grant(judged, replace(WHOLE, entry_uid=uid))
    grant(judged, replace(WHOLE, entry_uid=own))


def test_a_requirement_must_be_asked_of_the_student(judged: Cast) -> None:
    published(judged.director.actor, ruleset="unused")
    for ruleset, requirement in ((ID, "nothing"), ("unused", "pump"), ("", ""), ("abcp-pbse", "pump")):
        with pytest.raises(NotFoundError):
            grant(judged, replace(WHOLE, ruleset=ruleset, requirement=requirement))


def test_what_an_inner_set_asks_can_be_waived_too() -> None:
    found = waivers.waivable([library.find("ccp-eligibility")])
    assert {ruleset for ruleset, _ in found} > {"ccp-eligibility", "abcp-pbse"}
    assert found["abcp-pbse", "transcript"][1].id == "transcript"


def test_only_a_director_of_the_program_grants_and_ends(judged: Cast) -> None:
    uid = grant(judged, WHOLE)
    for who in (judged.student.actor, judged.preceptor.actor, judged.outsider_director.actor):
        with pytest.raises(NotFoundError):
            grant(judged, WHOLE, who)
        with pytest.raises(NotFoundError):
            waivers.end(who, judged.student.id, uid)
    for student in (judged.outsider_student.id, judged.preceptor.id, uuid.uuid4()):
        with pytest.raises(NotFoundError):
            grant(judged, WHOLE, student=student)
        with pytest.raises(NotFoundError):
            waivers.end(judged.director.actor, student, uid)
    with pytest.raises(NotFoundError):
        waivers.end(judged.director.actor, judged.other_student.id, uid)
    with pytest.raises(NotFoundError):
        waivers.end(judged.director.actor, judged.student.id, uuid.uuid4())
    with pytest.raises(NotFoundError):
        waivers.listed(judged.outsider_director.actor, judged.student.id)
    (listed,) = waivers.listed(judged.director.actor, judged.student.id)
    assert listed.waiver.until == LATER
