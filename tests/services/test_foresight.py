"""What is foreseen of a case is what comes once it is stored and verified."""

import random
import uuid
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.case import Case
from caselog.domain.codes import AgeGroup, Role, Setting, Status, Urgency
from caselog.domain.fields import Fault
from caselog.domain.next_cases import Touch
from caselog.extensions import db
from caselog.services import case_entry, program, review
from caselog.services.foresight import Foresight, foresee
from caselog.services.program import CohortDetails
from caselog.services.progress import student_record
from caselog.services.review import Decision
from caselog.services.touching import columns
from caselog.store.programs import Site
from caselog.store.session import transaction
from tests.services.test_progress import random_log
from tests.support.cast import GRADUATES_ON, STARTS_ON, Cast
from tests.support.log import a_case, put_case, put_rotation

pytestmark = pytest.mark.usefixtures("every_set")

NOTHING_TYPED = Case(case_uid="11111111-1111-4111-8111-111111111111")
Counts = dict[tuple[str, str], Fraction]


def told(case: Case, *unreadable: Fault) -> Foresight:
    actor = Cast.student.actor
    return foresee(actor, case_entry.references_of(actor), case, unreadable)


def gains(foresight: Foresight) -> Counts:
    return {(each.ruleset.id, each.requirement.id): each.gain for each in foresight.gains}


def counted() -> Counts:
    """What counts by now toward each requirement of every set."""
    record = student_record(Cast.student.actor, Cast.student.id)
    return {
        (column.ruleset.id, column.requirement.id): column.result.counted
        for engine in record.engines
        for column in columns(record.evaluate(engine))
    }


def drawn(chance: random.Random) -> Case:
    return a_case(
        case_date=date(2026, chance.randint(1, 11), chance.randint(1, 20)),
        activity=chance.choice(["cpb", "cpb", "ecmo", "vad", "pump_standby"]),
        procedures=tuple(sorted(chance.sample(["cabg", "mitral_valve", "aortic_valve", "heart_transplant"], 2))),
        role=chance.choice(list(Role)),
        setting=chance.choice([Setting.CLINICAL, Setting.CLINICAL, Setting.SIMULATION]),
        age_group=chance.choice(list(AgeGroup)),
        urgency=chance.choice(list(Urgency)),
        site_country=None,
    )


@pytest.mark.parametrize("seed", range(4))
def test_what_is_foreseen_is_what_comes_when_the_case_is_stored_and_verified(
    app_context: Flask, cast: Cast, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (cases, not secrets)
    program.set_number(cast.director.actor, "accredited-minimums", "complex", 4)
    with transaction() as session:
        random_log(session, seed)
    for _ in range(4):
        case = drawn(chance)
        before, foreseen = counted(), gains(told(case))
        case_entry.log_case(cast.student.actor, case, submit=True)
        assert counted() == before  # it waits
        review.decide(cast.preceptor.actor, Decision(uuid.UUID(case.case_uid), True, "", 1, case.role))
        after = counted()
        assert {key: after[key] - before[key] for key in after if after[key] > before[key]} == foreseen


def test_a_case_that_is_changed_is_not_reckoned_beside_itself(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        rotation = put_rotation(session, cast.student, cast.site, "fall-2026")
        uid = put_case(session, rotation_id=rotation)
    fall = ("musc-graduation", "rotations")  # each rotation counts once
    assert gains(told(a_case(uid, rotation="fall-2026")))[fall] == 1
    assert fall not in gains(told(a_case(rotation="fall-2026")))


def test_what_is_missing_to_tell_anything_is_named_and_the_log_is_not_read(
    app_context: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the log was read for nothing")

    monkeypatch.setattr("caselog.services.foresight.student_record", never)
    assert told(NOTHING_TYPED).lacking == ("Activity", "Your role")
    assert told(replace(NOTHING_TYPED, activity="cpb")).lacking == ("Your role",)
    assert told(replace(NOTHING_TYPED, activity="cpb")).sets == ()


def test_half_a_case_says_what_it_adds_already_and_what_is_still_open(app_context: Flask, cast: Cast) -> None:
    found = told(replace(NOTHING_TYPED, activity="cpb", role="primary", setting="clinical"))
    assert found.undated
    assert found.still_open == ("Date of the case", "Clinical site", "Preceptor", "Age group", "Urgency")
    assert gains(found)["accredited-minimums", "open-heart"] == 1
    reasons = {touch.requirement.id: touch.reason for each in found.sets for touch in each.nothing}
    assert reasons["pediatric"] == "age group is not given"


def test_what_is_wrong_is_left_out_and_said(app_context: Flask, cast: Cast) -> None:
    unread = Fault("lowest_temp_c", "“cold” is not a number in digits, such as 4.5.")
    case = a_case(
        case_date=date(2031, 1, 1), role="king", site="nowhere", share_percent=300, cross_clamp_minutes=999,
        procedures=("cabg", "teleport"),
    )  # fmt: skip
    found = told(case, unread)
    assert {fault.field for fault in found.left_out} == {
        "lowest_temp_c", "case_date", "role", "site", "share_percent", "cross_clamp_minutes", "procedures",
    }  # fmt: skip
    assert found.lacking == ("Your role",)
    assert told(replace(case, role="primary")).gains  # and the rest is taken as it stands


def test_each_requirement_is_told_once_though_two_sets_ask_for_it(app_context: Flask, cast: Cast) -> None:
    found = told(a_case())
    keys = [
        (touch.ruleset.id, touch.requirement.id) for each in found.sets for touch in (*each.gains, *each.nothing)
    ]
    assert len(keys) == len(set(keys))
    assert ("accredited-minimums", "open-heart") in keys
    assert "ccp-eligibility" not in {each.ruleset.id for each in found.sets}  # all of it stands above


@pytest.mark.parametrize(
    ("since", "until", "affiliated"),
    [
        (None, None, True),
        (date(2026, 11, 2), date(2026, 11, 2), True),
        (date(2026, 11, 3), None, False),
        (None, date(2026, 11, 1), False),
    ],
)
def test_the_affiliation_of_the_site_is_reckoned_as_the_log_will_have_it(
    app_context: Flask,
    cast: Cast,
    since: date | None,
    until: date | None,
    affiliated: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with transaction() as session:
        values = {"affiliated_from": since, "affiliated_until": until}
        session.execute(sa.update(Site).where(Site.id == cast.site.id).values(**values))
    seen: list[Case] = []

    def note(_engine: object, _facts: object, _entries: object, case: Case, _waivers: object) -> tuple[Touch, ...]:
        seen.append(case)
        return ()

    monkeypatch.setattr("caselog.services.foresight.touches", note)
    case = a_case(site_country=None)
    told(case)
    case_entry.log_case(cast.student.actor, case, submit=True)
    (stored,) = student_record(cast.student.actor, cast.student.id).entries
    assert {replace(each, status=Status.SUBMITTED) for each in seen} == {stored}
    assert seen[0].site_affiliated is affiliated


def test_without_a_rule_set_there_is_nothing_to_foresee(app_context: Flask, cast: Cast) -> None:
    details = CohortDetails(name="Class of 2027", starts_on=STARTS_ON, graduates_on=GRADUATES_ON, editions={})
    program.save_cohort(cast.director.actor, details, changing=cast.program.cohort_id)
    found = told(a_case())
    assert (found.judged, found.sets) == (False, ())


def test_nothing_is_written(app_context: Flask, cast: Cast) -> None:
    written: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    assert told(a_case()).gains
    assert written == []
