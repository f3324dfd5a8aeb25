"""Stamps: for each student a number that is another one after every write that a count of theirs depends on.

What was counted may be kept for as long as its stamps stand. Triggers of the database (migration 0003) set them, within
the transaction of the write, so that no bulk write and no SQL by hand can forget to; a read writes nothing.
A program has a stamp of its own, in a row that bears the program's id in the student's place, for what all of its
students share: sites, names and addresses of people, code lists, the program's numbers.

A stamp is never used twice: it is drawn at random on SQLite; on PostgreSQL it is made from the transaction's own
number and the server's start, so that many writes in one transaction change the row but once.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
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


def read_all_stamps(session: Session, program_id: uuid.UUID) -> Mapping[uuid.UUID, int] | None:
    """Every stamp of a program; None within a write, as above."""
    if is_writing():
        return None
    rows = session.connection().execute(_OF_PROGRAM, {"program_id": program_id})
    return {row.student_id: row.stamp for row in rows}
