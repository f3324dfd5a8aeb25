"""Stamps: for each student a number that is another one after every write that a count of theirs depends on.

What was counted may be kept for as long as its stamps stand. Triggers of the database set them, within the
transaction of the write, so that no bulk write and no SQL by hand can forget to; a read writes nothing.
A program has a stamp of its own, in a row that bears the program's id in the student's place, for what all of its
students share: sites, names and addresses of people, code lists, the program's numbers.

A stamp is never used twice: it is drawn at random on SQLite; on PostgreSQL it is made from the transaction's own
number and the server's start, so that many writes in one transaction change the row but once.
"""

import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Session, mapped_column

from caselog.store.base import Model
from caselog.store.session import is_writing

_ALL_FROM = 200  # students: from so many on it is quicker to read the stamps of the whole program


class CountingStamp(Model):
    """Stays when its student goes, so that somebody who comes back does not find the old stamp again."""

    __tablename__ = "counting_stamp"

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True)
    student_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    stamp: Mapped[int] = mapped_column(sa.BigInteger)


@dataclass(frozen=True, slots=True)
class Stamps:
    """The stamp of a program and those of its students; who has none yet is not in it."""

    program: int | None
    students: Mapping[uuid.UUID, int]


_NONE = Stamps(None, {})
_OF_PROGRAM = sa.select(CountingStamp.student_id, CountingStamp.stamp).where(
    CountingStamp.program_id == sa.bindparam("program_id")
)
_OF_SOME = _OF_PROGRAM.where(CountingStamp.student_id.in_(sa.bindparam("ids", expanding=True)))


def read_stamps(session: Session, program_id: uuid.UUID, student_ids: Collection[uuid.UUID]) -> Stamps:
    """The stamps of a program and of at least these students.

    None within a write: what it has written so far may still change under the same stamp, or be taken back.
    """
    if is_writing():
        return _NONE
    connection = session.connection()
    if len(student_ids) < _ALL_FROM:
        asked = {"program_id": program_id, "ids": [program_id, *student_ids]}
        rows = connection.execute(_OF_SOME, asked)
    else:
        rows = connection.execute(_OF_PROGRAM, {"program_id": program_id})
    found = {row.student_id: row.stamp for row in rows}
    return Stamps(found.pop(program_id, None), found)


# ---- The triggers. The migration that adds them has its own copy of this text, as migrations have.

# Table, the column that names whose stamp changes, and after what.
_WATCHED = (
    ("logged_case", "student_id", ""),
    ("logged_activity", "student_id", ""),
    ("student", "person_id", ""),
    ("attestation", "student_id", ""),
    ("granted_waiver", "student_id", ""),
    ("rotation", "student_id", ""),
    ("site", "program_id", ""),
    ("listed_code", "program_id", ""),
    ("program_number", "program_id", ""),
    ("person", "program_id", "name, email"),  # a new person stands in no entry yet
)
_POSTGRESQL_FUNCTION = """
CREATE FUNCTION counting_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stamp_now bigint := hashtextextended(
        extract(epoch FROM pg_postmaster_start_time())::text || ' ' || pg_current_xact_id()::text, 0
    );
    changed jsonb;
    changes jsonb[] := '{}';
BEGIN
    IF TG_OP <> 'DELETE' THEN
        changes := changes || to_jsonb(NEW);
    END IF;
    IF TG_OP <> 'INSERT' THEN
        changes := changes || to_jsonb(OLD);
    END IF;
    FOREACH changed IN ARRAY changes LOOP
        INSERT INTO counting_stamp (program_id, student_id, stamp)
        VALUES ((changed ->> 'program_id')::uuid, (changed ->> TG_ARGV[0])::uuid, stamp_now)
        ON CONFLICT (program_id, student_id) DO UPDATE SET stamp = excluded.stamp
        WHERE counting_stamp.stamp <> excluded.stamp;
    END LOOP;
    RETURN NULL;
END $$
"""
_SET_ON_SQLITE = """
    INSERT INTO counting_stamp (program_id, student_id, stamp) VALUES ({row}.program_id, {row}.{column}, random())
    ON CONFLICT (program_id, student_id) DO UPDATE SET stamp = excluded.stamp;
"""


def _on_postgresql() -> Iterator[str]:
    yield _POSTGRESQL_FUNCTION
    for table, column, fields in _WATCHED:
        events = f"UPDATE OF {fields}" if fields else "INSERT OR UPDATE OR DELETE"
        yield (
            f"CREATE TRIGGER counting_{table} AFTER {events} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION counting_changed('{column}')"
        )


def _on_sqlite() -> Iterator[str]:
    for table, column, fields in _WATCHED:
        events = [f"UPDATE OF {fields}"] if fields else ["INSERT", "UPDATE", "DELETE"]
        for each in events:
            name = each.partition(" ")[0]
            rows = {"INSERT": ["NEW"], "UPDATE": ["NEW", "OLD"], "DELETE": ["OLD"]}[name]
            body = " ".join(_SET_ON_SQLITE.format(row=row, column=column) for row in rows)
            yield f"CREATE TRIGGER counting_{table}_{name.lower()} AFTER {each} ON {table} BEGIN {body} END"


for _dialect, _statements in (("postgresql", _on_postgresql()), ("sqlite", _on_sqlite())):
    for _statement in _statements:
        _ddl = sa.DDL(_statement)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it without types
        _ddl = _ddl.execute_if(dialect=_dialect)
        event.listen(Model.metadata, "after_create", _ddl)
