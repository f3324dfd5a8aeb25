"""A verified entry changes only in the open: with a reason, before and after, and verification again."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from caselog.domain.transitions import Act
from caselog.extensions import db
from caselog.services.activity_log import activity_view
from caselog.services.actor import NotFoundError, RefusedError
from caselog.services.amendments import amend, make_void
from caselog.services.case_log import case_view
from caselog.services.entry import ConflictError, FaultsError, change_entry, submit_entry
from caselog.services.kinds import ACTIVITIES, CASES
from caselog.services.review import Decision, decide
from caselog.store.activities import ActivityChange, LoggedActivity
from caselog.store.cases import CaseChange, LoggedCase
from caselog.store.session import end_request, transaction
from tests.support.activities import an_activity, put_activity
from tests.support.cast import Cast
from tests.support.log import a_case, put_case

# Another value for each column of the content.
OTHERWISE: dict[str, dict[str, Any]] = {
    "logged_case": {
        "case_date": "2026-01-01", "start_time": "08:00:00", "site_id": Cast.other_site.id, "activity": "ecmo",
        "preceptor_id": Cast.other_preceptor.id, "procedures": "maze", "role": "observed", "share_percent": 5,
        "setting": "simulation", "age_group": "child", "urgency": "salvage", "redo": True, "cpb_minutes": 1,
        "cross_clamp_minutes": 1, "circulatory_arrest_minutes": 1, "support_hours": 2.5, "lowest_temp_c": 30.5,
        "techniques": "heparin", "events": "other_event", "note": "rewritten", "student_id": Cast.other_student.id,
        "created_at": "2020-01-01 00:00:00", "case_uid": uuid.uuid4(), "program_id": Cast.outsider_program.id,
    },
    "logged_activity": {
        "date": "2026-01-01", "kind": "course", "title": "rewritten", "hours": 9, "units": 9, "category": "II",
        "provider": "another", "supervisor_id": Cast.other_preceptor.id, "student_id": Cast.other_student.id,
        "created_at": "2020-01-01 00:00:00", "activity_uid": uuid.uuid4(), "program_id": Cast.outsider_program.id,
    },
}  # fmt: skip


def put(status: str = "verified", **changes: Any) -> uuid.UUID:
    with transaction() as session:
        return put_case(session, status=status, **changes)


def row(uid: uuid.UUID) -> tuple[str, int, str]:
    db.session.rollback()
    logged = db.session.get_one(LoggedCase, (Cast.program.id, uid))
    return logged.status, logged.version, logged.note


def changes(uid: uuid.UUID) -> list[CaseChange]:
    found = db.session.scalars(sa.select(CaseChange).where(CaseChange.case_uid == uid))
    return sorted(found, key=lambda each: each.version_after)


@pytest.mark.parametrize("who", ["student", "director"])
@pytest.mark.parametrize("status", ["verified", "submitted"])
def test_an_amendment_is_kept_with_who_why_before_and_after_and_waits_again(
    app_context: Flask, cast: Cast, who: str, status: str
) -> None:
    uid = put(status)
    before = case_view(cast.student.actor, uid).listed.case
    after = replace(before, cpb_minutes=90, procedures=("cabg", "maze"), note="Mended.")
    amend(CASES, cast.member(who).actor, after, version=1, reason="Typed wrong.")
    assert row(uid) == ("submitted", 2, "Mended.")
    (change,) = changes(uid)
    assert (change.act, change.actor_id, change.reason) == ("amend", cast.member(who).id, "Typed wrong.")
    assert (change.version_before, change.version_after) == (1, 2)
    assert json.loads(change.fields) == {
        "procedures": [["cabg"], ["cabg", "maze"]], "cpb_minutes": [None, 90], "note": ["", "Mended."],
    }  # fmt: skip


def test_earlier_reviews_stay_and_say_that_they_are_of_what_it_was(app_context: Flask, cast: Cast) -> None:
    uid = put("submitted")
    decide(cast.preceptor.actor, Decision(uid, True, "Well run.", 1, "primary"))
    assert not case_view(cast.student.actor, uid).reviews[0].outdated
    amend(CASES, cast.student.actor, a_case(uid), version=2, reason="Typed wrong.")
    (review,) = case_view(cast.student.actor, uid).reviews
    assert (review.decision, review.version, review.outdated) == ("verified", 1, True)


def test_an_amendment_needs_a_reason_a_difference_and_a_whole_entry(app_context: Flask, cast: Cast) -> None:
    uid = put()
    same = case_view(cast.student.actor, uid).listed.case
    with pytest.raises(RefusedError, match="Give the reason"):
        amend(CASES, cast.student.actor, a_case(uid), version=1, reason="")
    with pytest.raises(RefusedError, match="Nothing differs from the case as it stands"):
        amend(CASES, cast.student.actor, same, version=1, reason="Typed wrong.")
    with pytest.raises(FaultsError):
        amend(CASES, cast.student.actor, replace(same, activity=None), version=1, reason="Typed wrong.")
    assert row(uid) == ("verified", 1, "")
    assert changes(uid) == []


def test_nobody_else_amends_or_makes_void(app_context: Flask, cast: Cast) -> None:
    uid = put()
    with pytest.raises(RefusedError, match="Only the student or the director"):
        amend(CASES, cast.preceptor.actor, a_case(uid), version=1, reason="mine")
    for who in ("other_student", "other_preceptor", "outsider_director", "outsider_student"):
        actor = cast.member(who).actor
        with pytest.raises(NotFoundError):
            amend(CASES, actor, a_case(uid), version=1, reason="mine")
        with pytest.raises(NotFoundError):
            make_void(CASES, actor, uid, version=1, reason="mine")
    assert row(uid) == ("verified", 1, "")


def test_a_mended_case_keeps_what_was_changed_and_a_draft_does_not(app_context: Flask, cast: Cast) -> None:
    returned, draft, as_it_was = put("returned"), put("draft"), put("returned")
    for uid in (returned, draft):
        change_entry(CASES, cast.student.actor, a_case(uid, note="One."), version=1, submit=False)
        change_entry(CASES, cast.student.actor, a_case(uid, note="Two."), version=2, submit=True)
    submit_entry(CASES, cast.student.actor, as_it_was)
    assert [(each.act, each.reason, each.version_after) for each in changes(returned)] == [
        ("change", "", 2), ("submit", "", 3),
    ]  # fmt: skip
    assert json.loads(changes(returned)[1].fields) == {"note": ["One.", "Two."]}
    assert changes(draft) == changes(as_it_was) == []


@pytest.mark.parametrize("who", ["student", "director"])
@pytest.mark.parametrize("status", ["draft", "submitted", "returned", "verified"])
def test_void_is_final_and_says_why(app_context: Flask, cast: Cast, who: str, status: str) -> None:
    uid, actor = put(status), cast.member(who).actor
    with pytest.raises(RefusedError, match="Give the reason"):
        make_void(CASES, actor, uid, version=1, reason="")
    make_void(CASES, actor, uid, version=1, reason="Logged twice.")
    assert row(uid)[0] == "void"
    (change,) = changes(uid)
    assert json.loads(change.fields) == {"status": [status, "void"]}
    view = case_view(cast.student.actor, uid)
    assert view.listed.void_reason == "Logged twice."
    assert not view.may
    for act in (
        lambda: make_void(CASES, actor, uid, version=2, reason="again"),
        lambda: amend(CASES, actor, a_case(uid), version=2, reason="again"),
        lambda: decide(cast.preceptor.actor, Decision(uid, True, "", 2, "primary")),
    ):
        with pytest.raises(RefusedError, match="already void"):
            act()


def test_an_activity_is_amended_and_made_void_likewise(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        uid = put_activity(session)
    amend(ACTIVITIES, cast.student.actor, an_activity(uid), version=1, reason="Another drill.")
    make_void(ACTIVITIES, cast.director.actor, uid, version=2, reason="Logged twice.")
    found = activity_view(cast.student.actor, uid)
    assert [each.act for each in found.changes] == [Act.VOID, Act.AMEND]
    assert found.listed.void_reason == "Logged twice."
    assert len(db.session.scalars(sa.select(ActivityChange)).all()) == 2


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table, columns in OTHERWISE.items() for column in columns]
)
def test_the_database_keeps_each_column_of_a_verified_entry(app_context: Flask, table: str, column: str) -> None:
    model = LoggedCase if table == "logged_case" else LoggedActivity
    with transaction() as session:
        if model is LoggedCase:
            put_case(session)
        else:
            put_activity(session)
    value = OTHERWISE[table][column]
    literal = value.hex if isinstance(value, uuid.UUID) and db.engine.dialect.name == "sqlite" else str(value)
    statement = f"UPDATE {table} SET {column} = '{literal}'"  # noqa: S608 (names of ours)
    with pytest.raises(IntegrityError, match="changes only when it is unverified"), transaction() as session:
        session.connection().exec_driver_sql(statement)
    with transaction() as session:
        made = db.metadata.tables[table]
        session.connection().execute(sa.update(made).values(version=made.c.version + 1))


def test_every_column_but_where_it_came_from_and_where_it_stands_is_kept() -> None:
    for table, columns in OTHERWISE.items():
        every = {column.name for column in db.metadata.tables[table].columns}
        assert every - columns.keys() - {"rotation_id"} == {"import_id", "status", "version", "changed_at"}


def test_who_comes_second_gets_the_difference_and_can_store_it_on_purpose(app_context: Flask, cast: Cast) -> None:
    uid, student = put("returned"), cast.student.actor
    change_entry(CASES, student, a_case(uid, note="First.", cpb_minutes=130), version=1, submit=False)
    mine = a_case(uid, note="Second.", cpb_minutes=124)
    with pytest.raises(ConflictError, match="changed in another window, or by somebody else") as caught:
        change_entry(CASES, student, mine, version=1, submit=False)
    found = caught.value
    assert [(each.field, each.before, each.after) for each in found.differences] == [
        ("cpb_minutes", 130, 124), ("note", "First.", "Second."),
    ]  # fmt: skip
    change_entry(CASES, student, mine, version=found.version, submit=False)
    assert row(uid)[2] == "Second."


def test_a_change_of_what_was_handed_in_meanwhile_says_that_it_can_be_amended(
    app_context: Flask, cast: Cast
) -> None:
    uid, student = put("returned"), cast.student.actor
    submit_entry(CASES, student, uid)
    with pytest.raises(ConflictError, match="This case is submitted and cannot be changed") as caught:
        change_entry(CASES, student, a_case(uid, note="Late."), version=1, submit=True)
    assert Act.AMEND in caught.value.may
    amend(CASES, student, a_case(uid, note="Late."), version=caught.value.version, reason="Late.")


@pytest.mark.parametrize("status", ["returned", "verified"])
def test_of_two_edits_at_once_one_wins_and_the_other_gets_the_difference(
    app: Flask, cast: Cast, status: str
) -> None:
    with app.app_context():
        uid = put(status)
        end_request()
    racers = 4
    ready = Barrier(racers, timeout=30)

    def edit(number: int) -> ConflictError | None:
        who = cast.director.actor if status == "verified" and number % 2 else cast.student.actor
        typed = a_case(uid, note=f"By {number}.")
        with app.app_context():
            ready.wait()
            try:
                if status == "verified":
                    amend(CASES, who, typed, version=1, reason=f"Because {number}.")
                else:
                    change_entry(CASES, who, typed, version=1, submit=False)
            except ConflictError as error:
                return error
            finally:
                end_request()
        return None

    with ThreadPoolExecutor(racers) as pool:
        ended = list(pool.map(edit, range(racers)))
    (winner,) = [number for number, each in enumerate(ended) if each is None]
    with app.app_context():
        assert row(uid)[1:] == (2, f"By {winner}.")
        assert len(changes(uid)) == 1
        end_request()
    for number, each in enumerate(ended):
        if each:
            assert (each.version, [(one.before, one.after) for one in each.differences]) == (
                2, [(f"By {winner}.", f"By {number}.")],
            )  # fmt: skip
