"""The log is its student's for life: after graduation they log on, and no program takes the copy away."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from caselog.services import people
from caselog.services.actor import Actor, NotFoundError, Permission
from caselog.services.case_log import case_view
from caselog.services.entry import submit_entry
from caselog.services.kinds import CASES
from caselog.services.progress import student_progress
from caselog.store.people import Person, Student
from caselog.store.session import transaction
from tests.support.cast import GRADUATES_ON, Cast
from tests.support.clock import TestClock
from tests.support.log import put_case, signed_in, typed
from tests.support.record import archived, as_json

LATER = GRADUATES_ON + timedelta(days=400)


@pytest.fixture
def graduate(app: Flask, clock: TestClock) -> Flask:
    """More than a year after the cohort ended, the cast's student is a graduate."""
    with app.app_context(), transaction() as session:
        session.get_one(Student, (Cast.program.id, Cast.student.id)).graduated_on = GRADUATES_ON
        put_case(session)
    clock.advance(days=(LATER - clock.today("UTC")).days)
    return app


def test_a_graduate_of_a_cohort_that_ended_logs_an_independent_case(graduate: Flask) -> None:
    client = signed_in(graduate, "student")
    uid = uuid.uuid4()
    sent = typed(uid, case_date=str(LATER - timedelta(days=2)), role="independent", share_percent="100")
    client.post("/cases/new", {**sent, "action": "submit"}, status=302)
    assert "Independent" in client.get(f"/cases/{uid}").text
    client.get("/progress")
    with graduate.app_context():
        assert case_view(Cast.student.actor, uid).listed.case.status == "submitted"
        assert len(as_json(archived(Cast.student.actor))["cases"]) == 2


def test_what_a_graduate_logs_counts_toward_the_examination_after_graduation(
    graduate: Flask, every_set: None
) -> None:
    with graduate.app_context():
        for role in ("independent", "primary"):
            with transaction() as session:
                put_case(session, role=role, case_date=LATER - timedelta(days=3))
        found = student_progress(Cast.student.actor, Cast.student.id).evaluations
        cape = next(each for _, each in found if each.ruleset.id == "abcp-cape")
        counted = next(each for each in cape.requirements if each.requirement.id == "independent-cases")
        assert counted.counted == 1


def the_student() -> Actor:
    return replace(Cast.student.actor, active=False)


@pytest.fixture
def deactivated(app: Flask) -> uuid.UUID:
    """A case of the cast's student, whom the director has deactivated."""
    with app.app_context(), transaction() as session:
        uid = put_case(session, status="draft")
        session.get_one(Person, (Cast.program.id, Cast.student.id)).active = False
    return uid


def test_a_deactivated_student_signs_in_reads_and_takes_the_log_away(app: Flask, deactivated: uuid.UUID) -> None:
    client = signed_in(app, "student")
    assert "has closed your log for new entries" in client.get("/cases").text
    assert "Log a case" not in client.get("/cases").text
    for path in ("/progress", f"/cases/{deactivated}", "/activities", "/looks", "/account", "/account/delete"):
        client.get(path)
    with app.app_context():
        found = case_view(the_student(), deactivated)
        assert found.may == frozenset()
        assert as_json(archived(the_student()))["cases"][0]["case_uid"] == str(deactivated)


def test_a_deactivated_student_changes_nothing_but_the_own_account(app: Flask, deactivated: uuid.UUID) -> None:
    client = signed_in(app, "student")
    client.post("/cases/new", {**typed(), "action": "submit"}, status=403)
    client.post(
        f"/cases/{deactivated}/edit", {**typed(deactivated), "version": "1", "action": "submit"}, status=403
    )
    with app.app_context():
        for permission in Permission:
            if the_student().may(permission) and permission.writes:
                assert permission in {Permission.MANAGE_ACCOUNT, Permission.EXPORT_LOG}
        with pytest.raises(NotFoundError):
            submit_entry(CASES, the_student(), deactivated)


def test_a_director_cannot_shut_a_student_out(app: Flask) -> None:
    with app.app_context():
        now = people.person_details(Cast.director.actor, Cast.student.id)
        people.change_person(Cast.director.actor, Cast.student.id, replace(now, active=False))
    signed_in(app, "student").get("/cases")
