"""What each person may fetch: the one place that every query of a service goes through."""

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.extensions import db
from caselog.services.actor import NotFoundError
from caselog.services.visible import (
    activities_visible_to,
    cases_visible_to,
    fetch_student,
    read_student,
    students_visible_to,
)
from caselog.store.activities import LoggedActivity
from caselog.store.cases import LoggedCase
from caselog.store.people import Student
from caselog.store.session import transaction
from tests.support.activities import put_activity
from tests.support.cast import Cast
from tests.support.log import put_case

STUDENTS = {
    "student": {"student"},
    "other_student": {"other_student"},
    "preceptor": set(),
    "director": {"student", "other_student"},
    "outsider_student": {"outsider_student"},
    "outsider_director": {"outsider_student"},
}
ENTRIES = {
    "student": {"Ann submitted to Pat", "Ann draft to Pat", "Ann verified elsewhere"},
    "other_student": {"Ben verified to Pat"},
    "preceptor": {"Ann submitted to Pat", "Ben verified to Pat"},
    "other_preceptor": {"Ann verified elsewhere"},
    "director": {"Ann submitted to Pat", "Ann draft to Pat", "Ann verified elsewhere", "Ben verified to Pat"},
    "outsider_student": {"Oskar verified to Otto"},
    "outsider_preceptor": {"Oskar verified to Otto"},
    "outsider_director": {"Oskar verified to Otto"},
}


@pytest.fixture
def logs(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        for student, reviewer, words, status in (
            (cast.student, cast.preceptor, "Ann submitted to Pat", "submitted"),
            (cast.student, cast.preceptor, "Ann draft to Pat", "draft"),
            (cast.student, cast.other_preceptor, "Ann verified elsewhere", "verified"),
            (cast.other_student, cast.preceptor, "Ben verified to Pat", "verified"),
            (cast.outsider_student, cast.outsider_preceptor, "Oskar verified to Otto", "verified"),
        ):
            put_case(session, student, reviewer, note=words, status=status)
            put_activity(session, student, reviewer, title=words, status=status)


@pytest.mark.usefixtures("logs")
def test_each_sees_the_entries_that_concern_them_and_no_others(cast: Cast) -> None:
    for who, expected in ENTRIES.items():
        actor = cast.member(who).actor
        cases = sa.select(LoggedCase.note).where(cases_visible_to(actor))
        activities = sa.select(LoggedActivity.title).where(activities_visible_to(actor))
        assert set(db.session.scalars(cases)) == expected, who
        assert set(db.session.scalars(activities)) == expected, who


def test_a_student_sees_themselves_and_a_director_the_students_of_the_program(
    app_context: Flask, cast: Cast
) -> None:
    for who, expected in STUDENTS.items():
        actor = cast.member(who).actor
        found = set(db.session.scalars(sa.select(Student.person_id).where(students_visible_to(actor))))
        assert found == {cast.member(each).id for each in expected}, who


def test_a_student_who_may_not_be_seen_is_as_one_who_is_not_there(app_context: Flask, cast: Cast) -> None:
    everybody = {"student", "other_student", "outsider_student"}
    for who, expected in STUDENTS.items():
        actor = cast.member(who).actor
        for each in expected:
            student, person = fetch_student(db.session(), actor, cast.member(each).id)
            assert (student.person_id, person.name) == (cast.member(each).id, cast.member(each).name)
            row = read_student(db.session(), actor, cast.member(each).id)
            assert (row.person_id, row.name) == (student.person_id, person.name)
            assert row.program_start == student.program_start
        for each in (everybody - expected) | {"preceptor"}:
            with pytest.raises(NotFoundError):
                fetch_student(db.session(), actor, cast.member(each).id)
            with pytest.raises(NotFoundError):
                read_student(db.session(), actor, cast.member(each).id)
