"""An archive that is read back is the same record, with its reviews and changes; or nothing of it is."""

import copy
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.services import audit, review, trail
from caselog.services.actor import Actor, Operator, RefusedError
from caselog.services.archive_restore import Restored, restore
from caselog.services.operator import create_program
from caselog.services.review import Decision
from caselog.store.accounts import Account
from caselog.store.audit import AuditEntry
from caselog.store.cases import CaseReview, LoggedCase
from caselog.store.people import Person
from caselog.store.programs import Program
from caselog.store.restored import RestoredArchive
from caselog.store.session import reading, transaction
from tests.support.cast import Cast, fixed_id
from tests.support.log import put_case
from tests.support.record import archived, as_bytes, as_json, put_record, record_in

ELSEWHERE = "elsewhere"


def elsewhere(code: str = ELSEWHERE) -> Operator:
    """A program that has nothing but its code lists."""
    return create_program(code, "Another Program", Cast.program.timezone)


def without_what_is_unique(data: bytes) -> bytes:
    """The archive without the exports, whose codes no two records of one database share."""
    return as_bytes({**as_json(data), "exports": [], "salts": _salts_but(as_json(data), "issued_export")})


def _salts_but(document: dict[str, Any], table: str) -> list[Any]:
    return [row for row in document["salts"] if not row["object"].startswith(table)]


def everything(table: type[Any]) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def refused(data: bytes, program: str | None = None) -> str:
    """Why an archive is refused; nothing of it may be stored then."""
    before = [everything(table) for table in (Program, Person, LoggedCase, AuditEntry, Account)]
    with pytest.raises(RefusedError) as error:
        restore(data, program)
    assert before == [everything(table) for table in (Program, Person, LoggedCase, AuditEntry, Account)]
    return str(error.value)


def test_a_record_is_restored_into_another_program_as_it_was(app: Flask) -> None:
    put_record(app)
    with app.app_context():
        data = archived()
        operator = elsewhere()
        restored = restore(without_what_is_unique(data), ELSEWHERE)
        assert restored == Restored(
            ELSEWHERE, Cast.student.name, Cast.student.email, len(as_json(data)["cases"]),
            len(as_json(data)["activities"]), restored.added, new_program=False, token=None,
        )  # fmt: skip
        again = archived(operator)
        assert record_in(again) == record_in(data)
        assert audit.verify(operator).breaks == ()
        with reading() as session:
            row = session.scalars(sa.select(RestoredArchive)).one()
            assert json.loads(row.trail) == as_json(data)["trail"]
            acts = session.execute(
                sa.select(AuditEntry.action, AuditEntry.way, AuditEntry.about_id)
                .where(AuditEntry.program_id == operator.program_id)
                .order_by(AuditEntry.seq)
            ).all()
        assert ("archive.restore", "operator", Cast.student.id) in acts
        assert restore(without_what_is_unique(data), ELSEWHERE).added == 0
        third = elsewhere("third")
        restore(again, "third")
        assert record_in(archived(third)) == record_in(data)


@pytest.mark.usefixtures("app_context")
def test_what_was_verified_stays_verified_and_is_covered_by_its_review() -> None:
    with transaction() as session:
        uid = put_case(session, status="submitted")
    review.decide(Cast.preceptor.actor, Decision(uid, verified=True, comment="", version=1, role="primary"))
    operator = elsewhere()
    restore(archived(), ELSEWHERE)
    assert audit.verify(operator).breaks == ()
    with reading() as session:
        verified = session.get_one(LoggedCase, (operator.program_id, uid))
        covers = session.scalars(sa.select(CaseReview.content_hash).where(CaseReview.case_uid == uid)).all()
        assert verified.status == "verified"
        assert covers[0] == covers[1] == trail.content_hash(session, verified)


@pytest.mark.usefixtures("app_context")
def test_a_student_without_an_account_gets_a_link_and_signs_in_as_the_same_person() -> None:
    with transaction() as session:
        put_case(session)
        student = session.get_one(Person, (Cast.program.id, Cast.student.id))
        session.execute(sa.update(Person).where(Person.id == student.id).values(account_id=None))
        session.execute(sa.delete(Account).where(Account.id == Cast.student.account_id))
    document = as_json(archived())
    for row in document["cases"]:
        row["status"] = "submitted"
    elsewhere()
    restored = restore(as_bytes(document), ELSEWHERE)
    assert restored.token is not None


@pytest.mark.usefixtures("app_context")
@pytest.mark.parametrize("position", ["director", "preceptor"])
def test_nobody_becomes_more_than_a_student_by_an_archive(position: str) -> None:
    document = as_json(archived())
    for row in document["people"]:
        if row["id"] == document["student"]["person_id"]:
            row["position"], row["email"] = position, "mallory@school.example"
    elsewhere()
    assert "position: this is the student" in refused(as_bytes(document), ELSEWHERE)


@pytest.mark.usefixtures("app_context")
def test_an_archive_of_a_program_that_is_not_here_makes_it() -> None:
    document = as_json(archived())
    old, new = document["program"]["id"], str(fixed_id("program elsewhere"))
    document["program"] |= {"id": new, "code": ELSEWHERE}
    assert "another program" in refused(
        as_bytes({**document, "program": {**document["program"], "code": "north"}})
    )
    document["trail"] = []  # its entries are of the program that they say
    restored = restore(as_bytes(document))
    assert restored.new_program
    assert old != new
    operator = Operator(uuid.UUID(new), Cast.program.timezone)
    assert audit.verify(operator).breaks == ()
    actor = Actor(operator.program_id, Cast.student.id, Cast.student.position, "Ann", operator.timezone)
    assert record_in(archived(actor)) == record_in(as_bytes(document))


@pytest.mark.usefixtures("app_context")
def test_what_is_here_with_other_values_is_kept_and_nothing_is_restored() -> None:
    with transaction() as session:
        put_case(session, status="submitted")
    document = as_json(archived())
    assert restore(as_bytes(document)).added == 0
    document["cases"][0]["cpb_minutes"] = 77
    said = refused(as_bytes(document))
    assert "cases, row 1: it is here already, with other values in cpb_minutes" in said
    assert "What stands here is kept" in said
    elsewhere()
    document["people"][0]["name"] = "Somebody Else"
    restore(as_bytes(document), ELSEWHERE)
    document["sites"][0]["id"] = str(uuid.uuid4())
    document["preceptor_sites"] = []
    assert "something else here has “harbor” already" in refused(as_bytes(document), ELSEWHERE)


Change = Callable[[dict[str, Any]], None]


def _put(section: str, **values: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        rows = document[section]
        (rows if isinstance(rows, dict) else rows[0]).update(values)

    return change


def _twice(section: str) -> Change:
    return lambda document: document[section].append(copy.deepcopy(document[section][0]))


STRANGER = str(fixed_id("a stranger"))
# What an archive must not say, and how the message begins or what stands in it.
BAD: dict[str, tuple[Change, str]] = {
    "another student's trail": (_put("trail", about_id=STRANGER), "trail, row 1, about_id"),
    "a trail that was changed": (_put("trail", action="case.praise"), "trail, row 1, hash: entry"),
    "a trail of another program": (_put("program", id=STRANGER), "is of another program"),
    "a head that does not fit": (_put("issued", head_seq=0), "does not fit the head"),
    "a reviewer who is nobody": (_put("case_reviews", reviewer_id=STRANGER), "case_reviews, row 1, reviewer_id"),
    "a review of no case": (_put("case_reviews", case_uid=STRANGER), "is nobody and nothing in “cases”"),
    "a preceptor who is nobody": (_put("cases", preceptor="no@body.example"), "cases, row 1, preceptor"),
    "a case that was changed": (_put("cases", cpb_minutes=125), "cases, row 1: this is not what was verified"),
    "a verification without a review": (_put("case_reviews", decision="returned", comment="?"), "no review in"),
    "a code that is not listed": (_put("cases", activity="juggling"), "cases, row 1, activity"),
    "minutes that cannot be": (_put("cases", cross_clamp_minutes=9_000, cpb_minutes=5), "cross_clamp_minutes"),
    "a day to come": (_put("cases", case_date="2126-01-01"), "cases, row 1, case_date"),
    "a case twice": (_twice("cases"), "cases, row 2, case_uid: an earlier row is the same thing"),
    "a time zone that is none": (_put("program", timezone="Mars/Olympus"), "program, timezone"),
    "a code that is no code": (_put("program", code="../etc"), "program, code"),
    "a salt of something else": (_put("salts", object="person 1"), "salts, row 1, object"),
    "a record number": (_put("case_changes", reason="MRN 48213377"), "case_changes, row 1, reason"),
    "an edition that is not here": (
        _put("adoptions", edition="1066"),
        "adoptions, row 1: this Caselog has no edition",
    ),
    "a cohort that ends before it starts": (_put("cohort", graduates_on="2020-01-01"), "the database refuses"),
    "a change that is no JSON": (_put("case_changes", fields="{"), "case_changes, row 1, fields"),
    "an address with capitals": (_put("people", email="A@b.example"), "people, row 1, email"),
}


@pytest.fixture
def document(app_context: Flask) -> dict[str, Any]:
    with transaction() as session:
        uid = put_case(session, status="submitted", cpb_minutes=124)
    review.decide(Cast.preceptor.actor, Decision(uid, verified=True, comment="", version=1, role="primary"))
    found = as_json(archived())
    found["case_changes"] = [
        {
            "id": STRANGER, "case_uid": str(uid), "actor_id": str(Cast.student.id), "act": "amend", "reason": "late",
            "version_before": 1, "version_after": 2, "fields": "{}", "at": "2026-11-02T10:00:00+00:00",
        }
    ]  # fmt: skip
    elsewhere()
    return found


def test_an_archive_that_contradicts_itself_is_refused_with_the_place(document: dict[str, Any]) -> None:
    for name, (change, said) in BAD.items():
        bad = copy.deepcopy(document)
        change(bad)
        assert said in refused(as_bytes(bad), ELSEWHERE), name
    assert restore(as_bytes(document), ELSEWHERE).added > 0


def test_doubtful_texts_are_restored_once_somebody_says_they_were_checked(document: dict[str, Any]) -> None:
    document["case_reviews"][0]["comment"] = "As Smith showed on Monday, 3 March 2025."
    assert "or confirm that it names no patient" in refused(as_bytes(document), ELSEWHERE)
    assert restore(as_bytes(document), ELSEWHERE, texts_checked=True).added > 0
    with reading() as session:
        assert "text.confirm" in set(session.scalars(sa.select(AuditEntry.action)))
