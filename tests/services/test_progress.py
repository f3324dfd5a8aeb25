"""Progress: one engine for the student's page and the cohort's table, so that the two cannot disagree."""

import random
import uuid
from datetime import date, timedelta

import pytest
from flask import Flask

from caselog.domain.codes import ActivityKind, AgeGroup, Role, Setting, Status, Urgency
from caselog.domain.result import Outcome, RequirementResult, Standing
from caselog.services import people, program
from caselog.services.actor import Actor, NotFoundError
from caselog.services.cohort_standing import cohort_table, cohorts
from caselog.services.people import AttestedDocument
from caselog.services.program import CohortDetails
from caselog.services.progress import student_progress
from caselog.store.activities import LoggedActivity
from caselog.store.cases import LoggedCase
from caselog.store.session import transaction
from tests.support.activities import put_activity
from tests.support.cast import GRADUATES_ON, STARTS_ON, Cast, judged_under
from tests.support.log import put_case

SETS = {ruleset.id for ruleset in judged_under()}


def result(actor: Actor, student_id: uuid.UUID, ruleset: str, requirement: str) -> RequirementResult:
    for _, evaluation in student_progress(actor, student_id).evaluations:
        if evaluation.ruleset.id == ruleset:
            return evaluation.of(requirement)
    raise LookupError(ruleset)


def open_heart(cast: Cast) -> RequirementResult:
    return result(cast.student.actor, cast.student.id, "accredited-minimums", "open-heart")


def of_entries(found: RequirementResult) -> list[object]:
    """What counts, what waits, what is still missing."""
    return [found.counted, found.pending, found.remaining]


def numbers(results: tuple[RequirementResult, ...]) -> list[tuple[object, ...]]:
    return [
        (each.requirement.id, each.standing, each.minimum, each.counted, each.pending, each.remaining)
        for each in results
    ]


def random_log(session: object, number: int) -> None:
    """Logs of both students of the program and of the outsider, drawn with a fixed seed."""
    chance = random.Random(number)  # noqa: S311 (cases, not secrets)
    for _ in range(60):
        put_case(
            session,  # type: ignore[arg-type]  # a session, as `transaction` gives it
            *chance.choice(
                [(Cast.student, Cast.preceptor), (Cast.other_student, Cast.other_preceptor),
                 (Cast.outsider_student, Cast.outsider_preceptor)]
            ),
            status=chance.choice(list(Status)),
            activity=chance.choice(["cpb", "cpb", "ecmo", "vad", "pump_standby"]),
            procedures=tuple(sorted(chance.sample(["cabg", "mitral_valve", "aortic_valve", "heart_transplant"], 2))),
            role=chance.choice(list(Role)),
            setting=chance.choice([Setting.CLINICAL, Setting.CLINICAL, Setting.SIMULATION]),
            age_group=chance.choice(list(AgeGroup)),
            urgency=chance.choice(list(Urgency)),
            redo=chance.random() < 0.3,
            case_date=date(2024, 6, 1) + timedelta(days=chance.randrange(900)),
        )  # fmt: skip
    for _ in range(20):
        put_activity(
            session,  # type: ignore[arg-type]  # a session, as `transaction` gives it
            *chance.choice([(Cast.student, Cast.preceptor), (Cast.other_student, Cast.director)]),
            status=chance.choice(list(Status)),
            kind=chance.choice(list(ActivityKind)),
            hours=chance.choice([None, 0.5, 2.0, 8.25]),
            units=chance.choice([None, 1.0, 2.5]),
            category=chance.choice([None, "I", "II"]),
            date=date(2024, 6, 1) + timedelta(days=chance.randrange(900)),
        )


def test_a_case_waits_when_it_is_submitted_and_counts_when_it_is_verified(app_context: Flask, cast: Cast) -> None:
    assert of_entries(open_heart(cast)) == [0, 0, 75]
    with transaction() as session:
        uid = put_case(session, status="draft")
    assert [(v.outcome, v.reason) for v in open_heart(cast).verdicts] == [
        (Outcome.EXCLUDED, "draft: not submitted yet")
    ]
    for status, counted, pending in (("submitted", 0, 1), ("returned", 0, 0), ("verified", 1, 0), ("void", 0, 0)):
        with transaction() as session:
            session.get_one(LoggedCase, (cast.program.id, uid)).status = status
        found = open_heart(cast)
        assert of_entries(found) == [counted, pending, 75 - counted], status


def test_the_cohorts_table_has_the_numbers_of_each_students_own_page(app_context: Flask, cast: Cast) -> None:
    people.attest(
        cast.director.actor, cast.student.id, AttestedDocument("transcript", "registrar", date(2026, 9, 1))
    )
    program.set_number(cast.director.actor, "accredited-minimums", "complex", 4)
    program.set_number(cast.director.actor, "abcp-pbse", "clinical-perfusions.ecmo-or-vad", 2)
    for seed in range(3):
        with transaction() as session:
            random_log(session, seed)
        table = cohort_table(cast.director.actor, cast.program.cohort_id)
        assert {ruleset.id for ruleset in table.rulesets} == SETS
        assert [row.name for row in table.rows] == ["Ann Student", "Ben Student"]
        for row in table.rows:
            own = student_progress(cast.director.actor, row.student_id)
            flat = tuple(each for _, evaluation in own.evaluations for each in evaluation.requirements)
            assert numbers(row.results) == numbers(flat)
            assert row.short_of == sum(each.standing is Standing.NOT_MET for each in flat)
            for each in flat:
                if each.requirement.id in ("open-heart", "valve", "clinical-perfusions"):
                    assert len(each.with_outcome(Outcome.COUNTED)) == each.counted
                    assert len(each.with_outcome(Outcome.PENDING)) == each.pending
    assert any(row.results[0].counted for row in table.rows)


def test_an_activity_counts_as_a_case_does_on_the_students_page_and_in_the_cohorts_table(
    app_context: Flask, every_set: None, cast: Cast
) -> None:
    def didactic() -> RequirementResult:
        return result(cast.student.actor, cast.student.id, "ecmo-specialist-wa", "didactic-hours")

    def in_table() -> list[RequirementResult]:
        rows = cohort_table(cast.director.actor, cast.program.cohort_id).rows
        return [each for row in rows for each in row.results if each.requirement.id == "didactic-hours"]

    with transaction() as session:
        put_activity(session, cast.other_student, hours=9.5)
        put_activity(session, kind="bedside_training", hours=1.0)
        uid = put_activity(session, hours=2.5, status="draft")
    for status, counted, pending in (("draft", 0, 0), ("submitted", 0, 2.5), ("verified", 2.5, 0), ("void", 0, 0)):
        with transaction() as session:
            session.get_one(LoggedActivity, (cast.program.id, uid)).status = status
        assert of_entries(didactic())[:2] == [counted, pending], status
        assert [of_entries(each)[:2] for each in in_table()] == [[counted, pending], [9.5, 0]], status
    assert {verdict.entry.uid for verdict in didactic().verdicts} >= {str(uid)}


def test_a_student_and_their_director_read_the_same_evaluation(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        random_log(session, 7)
    own = student_progress(cast.student.actor, cast.student.id)
    seen = student_progress(cast.director.actor, cast.student.id)
    assert (own.name, own.cohort, own.facts, own.as_of) == (seen.name, seen.cohort, seen.facts, seen.as_of)
    assert [each for _, each in own.evaluations] == [each for _, each in seen.evaluations]


def test_a_number_that_the_program_sets_is_in_force_for_every_student_of_it_alone(
    app_context: Flask, cast: Cast
) -> None:
    def pediatric(who: str) -> RequirementResult:
        member = cast.member(who)
        return result(member.actor, member.id, "accredited-minimums", "pediatric")

    assert (pediatric("student").standing, pediatric("student").minimum) == (Standing.UNSET, None)
    program.set_number(cast.director.actor, "accredited-minimums", "pediatric", 0)
    assert pediatric("student").standing is Standing.MET
    assert pediatric("other_student").minimum == 0
    assert pediatric("outsider_student").standing is Standing.UNSET


def test_a_student_sees_only_their_own_progress_and_a_preceptor_none(app_context: Flask, cast: Cast) -> None:
    for who, whom in (
        ("student", "other_student"), ("preceptor", "student"), ("outsider_director", "student"),
        ("director", "outsider_student"), ("director", "preceptor"),
    ):  # fmt: skip
        with pytest.raises(NotFoundError):
            student_progress(cast.member(who).actor, cast.member(whom).id)


def test_a_directors_cohorts_are_the_programs_with_how_many_are_in_each(app_context: Flask, cast: Cast) -> None:
    program.save_cohort(
        cast.director.actor,
        CohortDetails(
            name="Class of 2026", starts_on=date(2024, 9, 1), graduates_on=date(2026, 5, 31), editions={}
        ),
    )
    found = [(cohort.name, members) for cohort, members in cohorts(cast.director.actor)]
    assert found == [("Class of 2026", 0), ("Class of 2027", 2)]
    assert [members for _, members in cohorts(cast.outsider_director.actor)] == [1]
    for missing in (cast.outsider_program.cohort_id, uuid.uuid4()):
        with pytest.raises(NotFoundError):
            cohort_table(cast.director.actor, missing)


def test_a_cohort_without_a_rule_set_or_a_student_is_an_empty_table(app_context: Flask, cast: Cast) -> None:
    now = CohortDetails(name="Class of 2027", starts_on=STARTS_ON, graduates_on=GRADUATES_ON, editions={})
    program.save_cohort(cast.director.actor, now, changing=cast.program.cohort_id)
    table = cohort_table(cast.director.actor, cast.program.cohort_id)
    assert (table.rulesets, [row.results for row in table.rows]) == ((), [(), ()])
    assert student_progress(cast.student.actor, cast.student.id).evaluations == ()
    empty = program.save_cohort(
        cast.director.actor,
        CohortDetails(
            name="Class of 2029", starts_on=date(2027, 9, 1), graduates_on=date(2029, 5, 31),
            editions={"abcp-pbse": "2026-11"},
        ),
    )  # fmt: skip
    assert cohort_table(cast.director.actor, empty).rows == ()


def test_a_requirement_is_judged_on_the_programs_own_day(app_context: Flask, cast: Cast, clock: object) -> None:
    """A case of tomorrow cannot be entered; one that a file or a moved clock left behind does not count."""
    with transaction() as session:
        put_case(session, case_date=date(2026, 11, 22))
    found = open_heart(cast)
    assert [(v.outcome, v.reason) for v in found.verdicts] == [(Outcome.EXCLUDED, "after 2026-11-21")]
