"""A student's archive: everything about one student, nothing of another, and as its schema says."""

import json
import uuid
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

import pytest
import sqlalchemy as sa
from flask import Flask
from jsonschema import Draft202012Validator

from caselog.domain.chain import Entry, entry_hash, field_digest
from caselog.exports.archive_format import SECTIONS, VERSION, schema
from caselog.services import archive, issuing
from caselog.services.actor import NotFoundError, RefusedError
from caselog.store.audit import tracked
from caselog.store.exports import IssuedExport
from caselog.store.session import reading, transaction
from tests.support.cast import Cast
from tests.support.log import put_case
from tests.support.record import OPERATOR, archived, as_json, issued, put_record
from tests.support.rows import tables

# Of another version the schema is another one, and of another schema the version: raise VERSION, then note it here.
SCHEMAS = {1: "93b775c55cf3c54b"}
# What is in no archive, and why.
NOT_THE_STUDENTS = {
    "account": "the sign-in, which no other installation knows",
    "api_answer": "machinery",
    "api_token": "a secret of the sign-in",
    "audit_head": "the head stands in `issued`",
    "counting_stamp": "machinery",
    "export_policy": "the program's; a student's own archive is always full",
    "import_memory": "how a person's spreadsheets were understood, under digests of what they said",
    "job": "machinery",
    "made_packet": "files for a director, kept for a day",
    "packet_batch": "files for a director, kept for a day",
    "outgoing_mail": "machinery",
    "password_link": "a secret of the sign-in",
    "program_settings": "the program's",
    "review_link": "a secret of a reviewer's",
    "review_link_entry": "a secret of a reviewer's",
    "sign_in_attempt": "machinery",
    "sign_in_session": "a secret of the sign-in",
}


def test_every_table_is_in_the_archive_or_says_why_not() -> None:
    archived_tables = {section.table.name for section in SECTIONS if section.table is not None}
    assert {table.name for table in tables()} == archived_tables | NOT_THE_STUDENTS.keys()
    assert not archived_tables & NOT_THE_STUDENTS.keys()


def test_another_schema_is_another_version() -> None:
    Draft202012Validator.check_schema(schema())
    assert sha256(json.dumps(schema(), sort_keys=True).encode()).hexdigest()[:16] == SCHEMAS[VERSION]


def test_an_archive_is_as_its_schema_says_and_holds_every_row_of_the_student(app: Flask) -> None:
    put_record(app)
    with app.app_context():
        with transaction() as session:
            put_case(session, Cast.outsider_student, Cast.outsider_preceptor)
        data = archived(Cast.student.actor)
        found = as_json(data)
        Draft202012Validator(schema(), format_checker=Draft202012Validator.FORMAT_CHECKER).validate(found)
        for section in SECTIONS:
            if section.table is None or "student_id" not in section.table.c:
                continue
            with reading() as session:
                mine = sa.and_(
                    section.table.c.program_id == Cast.program.id, section.table.c.student_id == Cast.student.id
                )
                many = session.scalar(sa.select(sa.func.count()).select_from(section.table).where(mine))
            assert len(found[section.name]) == many, section.name
    filled = {name for name, rows in found.items() if rows}
    assert {section.name for section in SECTIONS} - filled == {"restored", "rule_sets"}
    assert Cast.outsider_preceptor.email.encode() not in data
    assert {each["id"] for each in found["people"]} >= {str(Cast.student.id), str(Cast.preceptor.id)}


def test_the_same_record_gives_the_same_bytes_in_pieces(app: Flask) -> None:
    put_record(app)
    with app.app_context():
        prepared = issuing.prepare(OPERATOR)
        chunks = list(archive.archive(OPERATOR, Cast.student.id, prepared))
        assert b"".join(archive.archive(Cast.student.actor, Cast.student.id, prepared)) == b"".join(chunks)
    assert len(chunks) > 1
    assert max(map(len, chunks)) < 100_000


def test_the_entries_of_the_trail_and_their_digests_can_be_checked(app: Flask) -> None:
    put_record(app)
    with app.app_context():
        found = as_json(archived())
    salts = {row["object"]: row["salt"] for row in found["salts"]}
    waiver = found["waivers"][0]
    name = f"granted_waiver {waiver['id']}"
    said = 0
    for row in found["trail"]:
        entry = Entry(
            program=found["program"]["id"], seq=row["seq"], at=datetime.fromisoformat(row["at"]), actor=row["actor_id"],
            way=row["way"], action=row["action"], subject=row["subject"], about=row["about_id"],
            digests=row["digests"], previous=row["previous"],
        )  # fmt: skip
        assert entry_hash(entry) == row["hash"]
        changes = json.loads(row["digests"])
        if name in changes:
            assert changes[name][1]["reason"] == field_digest(salts[name], "reason", waiver["reason"])
            said += 1
    assert said == 1


@pytest.mark.usefixtures("app_context")
def test_nobody_takes_the_archive_of_somebody_else() -> None:
    for member in (Cast.other_student, Cast.outsider_student, Cast.outsider_director, Cast.preceptor):
        with pytest.raises(NotFoundError):
            archived(member.actor)
    with pytest.raises(NotFoundError):
        archived(OPERATOR, uuid.uuid4())
    archived(replace(Cast.student.actor, active=False))


@pytest.mark.usefixtures("app_context")
def test_a_director_who_is_asked_for_the_role_takes_no_archive_before_they_said_it() -> None:
    with transaction() as session:
        put_case(session, preceptor_id=Cast.director.id, status="submitted")
    with pytest.raises(RefusedError, match="A case of this student asks you"):
        archived(Cast.director.actor)
    assert as_json(archived(Cast.student.actor))["cases"]


@pytest.mark.usefixtures("app_context")
def test_an_issued_archive_is_on_record_with_its_digest_and_counts() -> None:
    with transaction() as session:
        put_case(session)
    export = issued("a new hospital")
    data = b"".join(export.chunks)
    with reading() as session:
        row = session.scalars(sa.select(IssuedExport)).one()
        assert (row.code, row.sha256, row.cases, row.activities) == (
            export.prepared.code,
            sha256(data).hexdigest(),
            1,
            0,
        )
    assert as_json(data)["issued"]["code"] == export.prepared.code
    assert as_json(data)["exports"] == []
    assert len(as_json(archived())["exports"]) == 1


def test_what_is_tracked_and_the_students_own_has_its_salt(app: Flask) -> None:
    put_record(app)
    with app.app_context():
        found = as_json(archived())
    with_salts = {row["object"].split(" ")[0] for row in found["salts"]}
    own = {
        str(section.table.name)
        for section in SECTIONS
        if section.own and section.table is not None and tracked(section.table) and found[section.name]
    }
    assert own == with_salts
