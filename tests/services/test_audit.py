"""The trail of a program in which everything was done once, held against itself; then tampered with in every way."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from caselog.domain.chain import Break, Head, breaks
from caselog.extensions import db
from caselog.services import audit, trail
from caselog.services.actor import Operator
from caselog.store.audit import AuditEntry, read_head, tracked
from caselog.store.session import transaction, writing_schema
from tests.support.cast import Cast
from tests.support.clock import TestClock
from tests.support.log import put_case
from tests.support.walk import send_every_form
from tests.support.world import furnish
from tests.web.test_pages import GOOD

PROGRAM = Cast.program
OPERATOR = Operator(PROGRAM.id, PROGRAM.timezone)
ENTRIES: sa.Table = AuditEntry.metadata.tables["audit_entry"]


@pytest.fixture
def lived_in(app: Flask, clock: TestClock) -> Iterator[Flask]:
    """The app after every form was sent; its context is pushed."""
    send_every_form(app, furnish(app), clock, GOOD)
    with app.app_context():
        yield app


@pytest.fixture
def tampering(lived_in: Flask) -> Iterator[Session]:
    """A session of somebody who owns the database and took the triggers away; nothing of it is kept."""
    del lived_in
    with writing_schema(), db.engine.connect() as connection:
        for statement in unguarded(connection):
            connection.exec_driver_sql(statement)
        yield Session(connection, join_transaction_mode="create_savepoint")
        connection.rollback()


def unguarded(connection: sa.Connection) -> list[str]:
    if connection.dialect.name == "postgresql":
        return ["ALTER TABLE audit_entry DISABLE TRIGGER ALL"]
    names = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'"
    )
    return [f"DROP TRIGGER {name}" for (name,) in names.all()]


def found(session: Session, *noted: Head) -> list[str]:
    return [each.message for each in audit.examine(session, PROGRAM.id, noted).breaks]


REWRITES = (
    "UPDATE audit_entry SET subject = 'x' WHERE seq = 2",
    "UPDATE audit_entry SET seq = 100000 WHERE seq = 2",
    "DELETE FROM audit_entry WHERE seq = 2",
    "DELETE FROM audit_entry",
    "INSERT INTO audit_entry SELECT * FROM audit_entry WHERE seq = 2",
)
REPLACES = (
    "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry WHERE seq = 2",
    "UPDATE OR REPLACE audit_entry SET seq = 3 WHERE seq = 2",
)


def rights() -> set[str]:
    """What the role that made the table may still do with it."""
    with db.engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT privilege_type FROM information_schema.role_table_grants "
            "WHERE table_name = 'audit_entry' AND grantee = current_user"
        )
        return set(found.scalars())


def on_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"


def test_after_everything_was_done_the_trail_fits_and_cannot_be_changed(lived_in: Flask) -> None:
    verified = audit.verify(OPERATOR)
    assert verified.breaks == ()
    assert verified.program == PROGRAM.code
    assert verified.rows > 100
    by_nobody = db.session.scalars(sa.select(AuditEntry.digests).where(AuditEntry.way == "unattributed"))
    tables = {name.partition(" ")[0] for digests in by_nobody for name in json.loads(digests)}
    assert tables <= {"program", "listed_code", "site", "cohort", "adoption", "person", "student", "preceptor_site",
                      "logged_case", "logged_activity", "rotation"}, "what the tests put there themselves"  # fmt: skip
    db.session.rollback()  # or TRUNCATE would wait for this read to end
    the_database_lets_nobody_change_an_entry()
    assert audit.verify(OPERATOR).breaks == ()


def the_database_lets_nobody_change_an_entry() -> None:
    if on_postgresql():
        assert rights() == {"INSERT", "SELECT", "REFERENCES", "TRIGGER"}
    attempts = [*REWRITES, *(["TRUNCATE audit_entry"] if on_postgresql() else REPLACES)]
    for recursive in ("ON", "OFF"):
        for attempt in attempts:
            with writing_schema(), db.engine.connect() as connection:
                if not on_postgresql():
                    connection.exec_driver_sql(f"PRAGMA recursive_triggers = {recursive}")
                with pytest.raises(DatabaseError, match="only grows"):
                    connection.exec_driver_sql(attempt)


def test_every_change_of_every_kind_of_entry_is_found(tampering: Session) -> None:
    assert found(tampering) == []
    ours = ENTRIES.c.program_id == PROGRAM.id
    kinds = tampering.execute(
        sa.select(ENTRIES.c.action, sa.func.max(ENTRIES.c.seq)).where(ours).group_by(ENTRIES.c.action)
    ).all()
    assert len(kinds) > 25
    for action, seq in kinds:
        for column in ENTRIES.columns:
            with taken_back(tampering):
                change(tampering, seq, column)
                assert chain_breaks(tampering), f"{column.name} of entry {seq} ({action})"
        with taken_back(tampering):
            tampering.execute(sa.delete(ENTRIES).where(ours, ENTRIES.c.seq == seq))
            assert chain_breaks(tampering), f"entry {seq} ({action}) is gone"
    entries_that_are_inserted_swapped_or_cut_off(tampering)


@contextmanager
def taken_back(session: Session) -> Iterator[None]:
    """What is tried within is undone; what the database itself refuses needs no trail to find it."""
    point = session.begin_nested()
    try:
        yield
    except DatabaseError:
        pass
    finally:
        point.rollback()


def chain_breaks(session: Session) -> list[Break]:
    return list(breaks(audit.read_entries(session, PROGRAM.id), read_head(session, PROGRAM.id)))


def change(session: Session, seq: int, column: sa.Column[Any]) -> None:
    where = sa.and_(ENTRIES.c.program_id == PROGRAM.id, ENTRIES.c.seq == seq)
    row = session.execute(sa.select(ENTRIES).where(where)).one()
    other: dict[str, Any] = {
        "program_id": Cast.outsider_program.id,
        "seq": 1_000_000 + seq,
        "at": row.at.replace(year=row.at.year - 1),
        "actor_id": None if row.actor_id else Cast.director.id,
        "way": "link" if row.way != "link" else "account",
        "about_id": None if row.about_id else Cast.student.id,
        "digests": "{}" if row.digests != "{}" else '{"site x":["new",{}]}',
    }
    value = other.get(column.name, f"{getattr(row, column.name)}x")
    session.execute(sa.update(ENTRIES).where(where).values({column.name: value}))


def entries_that_are_inserted_swapped_or_cut_off(tampering: Session) -> None:
    ours = ENTRIES.c.program_id == PROGRAM.id
    last = tampering.scalar(sa.select(sa.func.max(ENTRIES.c.seq)).where(ours)) or 0
    head = read_head(tampering, PROGRAM.id)
    assert head is not None
    for seq in (1, last // 2, last):
        with taken_back(tampering):
            row = tampering.execute(sa.select(ENTRIES).where(ours, ENTRIES.c.seq == seq)).one()
            tampering.execute(sa.insert(ENTRIES).values({**row._asdict(), "seq": last + 1}))
            assert chain_breaks(tampering)
    with taken_back(tampering):
        for before, after in ((3, -1), (4, 3), (-1, 4)):
            tampering.execute(sa.update(ENTRIES).where(ours, ENTRIES.c.seq == before).values(seq=after))
        assert chain_breaks(tampering)
    cut_off_with_its_head(tampering, last)
    assert chain_breaks(tampering) == []
    assert f"Entry {last} was noted on an export or backup, and is gone: the end was cut off." in found(
        tampering, head
    )


def cut_off_with_its_head(session: Session, last: int) -> None:
    ours = ENTRIES.c.program_id == PROGRAM.id
    session.execute(sa.delete(ENTRIES).where(ours, ENTRIES.c.seq > last - 3))
    end = session.execute(sa.select(ENTRIES.c.seq, ENTRIES.c.hash).where(ours, ENTRIES.c.seq == last - 3)).one()
    session.execute(
        sa.text("UPDATE audit_head SET seq = :seq, hash = :hash WHERE program_id = :program").bindparams(
            sa.bindparam("program", PROGRAM.id, sa.Uuid())
        ),
        {"seq": end.seq, "hash": end.hash, "program": PROGRAM.id},
    )


def test_every_change_of_a_row_that_the_trail_vouches_for_is_found(tampering: Session) -> None:
    seen = set()
    for table in filter(tracked, db.metadata.sorted_tables):
        key = table.c["program_id" if "program_id" in table.c else "id"]
        row = tampering.execute(sa.select(table).where(key == PROGRAM.id)).mappings().first()
        if row is None:
            continue
        seen.add(table.name)
        where = sa.and_(*(column == row[column.name] for column in table.primary_key))
        for column in table.columns:
            if not column.primary_key and another(column, row) != row[column.name]:
                with taken_back(tampering):
                    tampering.execute(sa.update(table).where(where).values({column.name: another(column, row)}))
                    assert found(tampering), f"{table.name}.{column.name}"
    assert {"logged_case", "case_review", "person", "site", "attestation", "granted_waiver", "adoption"} <= seen
    case = put_case(tampering, status="draft")
    tampering.flush()
    assert found(tampering) == [f"logged_case {case} was inserted without an entry."]


def another(column: sa.Column[Any], row: Any) -> Any:
    value = row[column.name]
    if column.nullable and value is not None:
        return None
    python = column.type.python_type
    if python is bool:
        return not value
    if python in (int, float):
        return (value or 0) + 1
    if python is str:
        return f"{value or ''}x"
    return Cast.director.id if column.name.endswith("_id") or column.name.endswith("_by") else value


def test_what_a_transaction_changed_without_saying_so_is_in_the_trail_all_the_same(app_context: Flask) -> None:
    with transaction() as session:
        case = put_case(session, status="draft")
    (entry,) = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1))
    assert (entry.way, entry.action, entry.actor_id) == ("unattributed", "row.change", None)
    assert f"logged_case {case}" in entry.digests
    assert audit.verify(OPERATOR).breaks == ()


def fail_after_a_case(session: Session) -> None:
    with transaction():
        put_case(session, status="draft")
        trail.record(Cast().director.actor, "test.two", "taken back")
        raise ZeroDivisionError


def test_what_failed_within_a_transaction_leaves_no_entry(app_context: Flask) -> None:
    with transaction() as session:
        put_case(session, status="draft")
        trail.record(Cast().director.actor, "test.one", "kept")
        with pytest.raises(ZeroDivisionError):
            fail_after_a_case(session)
    actions = db.session.scalars(sa.select(AuditEntry.action).where(AuditEntry.action.startswith("test")))
    assert list(actions) == ["test.one"]
    assert audit.verify(OPERATOR).breaks == ()


def test_each_program_has_a_chain_of_its_own(app_context: Flask) -> None:
    with transaction():
        trail.record(Cast().director.actor, "test.one", "ours")
        trail.record(Operator(Cast.outsider_program.id, "UTC"), "test.other", "theirs")
    for program in (Cast.program, Cast.outsider_program):
        assert audit.verify(Operator(program.id, "UTC")).breaks == ()
    theirs = sa.select(AuditEntry.action).where(AuditEntry.program_id == Cast.outsider_program.id)
    assert "test.one" not in db.session.scalars(theirs).all()
