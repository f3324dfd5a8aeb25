"""Holding the audit trail against itself, and the rows against the trail."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.domain.chain import Break, Entry, Head, breaks, content_digest
from caselog.domain.codes import Status
from caselog.domain.vouching import Ledger
from caselog.extensions import db
from caselog.services import trail
from caselog.services.actor import Actor, Operator
from caselog.services.kinds import ACTIVITIES, CASES, EntryKind
from caselog.store.audit import AuditEntry, AuditSalt, fields_of, object_name, read_head, tracked
from caselog.store.programs import Program
from caselog.store.session import reading, transaction

_AT_ONCE = 1_000  # rows
_ENTRIES_AT_ONCE = 200  # an entry may hold the digests of many rows


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found in one program's trail; nothing in `breaks` means that all is as it was written."""

    program: str
    entries: int
    rows: int
    head: Head | None
    breaks: tuple[Break, ...]


def verify(actor: Actor | Operator, noted: Iterable[Head] = ()) -> Verified:
    """Check a program's chain, and every row that it vouches for.

    `noted` are heads that were printed on exports or backups: without one, a cut end cannot be told from none.
    """
    with reading() as session:
        return examine(session, actor.program_id, noted)


def examine(session: Session, program_id: uuid.UUID, noted: Iterable[Head] = ()) -> Verified:
    """The same, as this session sees the database."""
    ledger, found = Ledger(), list[Break]()
    entries = _Counted(_taken(session, program_id, ledger, found))
    head = read_head(session, program_id)
    found += breaks(entries, head, noted)
    salts = _salts(session, program_id)
    rows = _hold(session, program_id, ledger, salts, found)
    found += ledger.left()
    for kind in (CASES, ACTIVITIES):
        found += _uncovered(session, program_id, kind, salts)
    code = session.scalar(sa.select(Program.code).where(Program.id == program_id)) or ""
    return Verified(code, entries.number, rows, head, tuple(found))


class _Counted:
    """Entries on their way past, counted."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries, self.number = entries, 0

    def __iter__(self) -> Iterator[Entry]:
        for entry in self._entries:
            self.number += 1
            yield entry


def _taken(session: Session, program_id: uuid.UUID, ledger: Ledger, found: list[Break]) -> Iterator[Entry]:
    for entry in read_entries(session, program_id):
        found += ledger.take(entry.seq, entry.digests)
        yield entry


def read_entries(session: Session, program_id: uuid.UUID) -> Iterator[Entry]:
    """A program's entries in the order of the chain."""
    columns = AuditEntry.__table__.columns
    query = (
        sa.select(*columns)
        .where(AuditEntry.program_id == program_id)
        .order_by(AuditEntry.seq)
        .execution_options(yield_per=_ENTRIES_AT_ONCE)
    )
    for row in session.connection().execute(query):
        yield Entry(
            program=str(row.program_id),
            seq=row.seq,
            at=row.at,
            actor=str(row.actor_id) if row.actor_id else None,
            way=row.way,
            action=row.action,
            subject=row.subject,
            about=str(row.about_id) if row.about_id else None,
            digests=row.digests,
            previous=row.previous,
            hash=row.hash,
        )


def _salts(session: Session, program_id: uuid.UUID) -> dict[str, str]:
    rows = session.execute(sa.select(AuditSalt.object, AuditSalt.salt).where(AuditSalt.program_id == program_id))
    return dict(rows.all())


def _uncovered(
    session: Session, program_id: uuid.UUID, kind: EntryKind[Any], salts: Mapping[str, str]
) -> Iterator[Break]:
    """Entries that are shown as verified, though no review covers what they say now."""
    reviews = kind.reviews
    query = (
        sa.select(reviews.entry_uid, reviews.content_hash)
        .where(reviews.program_id == program_id, reviews.decision == Status.VERIFIED)
        .order_by(reviews.at)
    )
    covered = {row.entry_uid: row.content_hash for row in session.execute(query)}  # the latest of each
    table = cast("sa.Table", kind.table.__table__)
    for row in _rows(session, table, program_id):
        if row["status"] != Status.VERIFIED:
            continue
        name, uid = object_name(table, row), row[kind.uid]
        if uid not in covered:
            yield Break(0, f"{name} is shown as verified, and no review says so.")
        elif covered[uid] and covered[uid] != content_digest(salts.get(name, ""), trail.content(table, row)):
            yield Break(0, f"{name} is shown as verified, but is not what was verified.")


def _hold(
    session: Session, program_id: uuid.UUID, ledger: Ledger, salts: Mapping[str, str], found: list[Break]
) -> int:
    """Hold every row of the program against the trail; how many there were."""
    rows = 0
    for table in _tracked_tables():
        for row in _rows(session, table, program_id):
            rows += 1
            name = object_name(table, row)
            found += ledger.check(name, salts.get(name), fields_of(table, row))
    return rows


def _tracked_tables() -> list[sa.Table]:
    return [table for table in db.metadata.sorted_tables if tracked(table)]


def _rows(session: Session, table: sa.Table, program_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    of_program = table.c.program_id if "program_id" in table.c else table.c.id
    query = sa.select(table).where(of_program == program_id).execution_options(yield_per=_AT_ONCE)
    for row in session.connection().execute(query).mappings():
        yield {str(name): value for name, value in row.items()}


def vouch_for_what_stands(operator: Operator) -> None:
    """Take into the trail the rows that were there before it kept digests: from here on it vouches for them."""
    with transaction() as session:
        for table in _tracked_tables():
            rows = list(_rows(session, table, operator.program_id))
            for start in range(0, len(rows), _AT_ONCE):
                trail.record_table(operator, "trail.begin", table, rows[start : start + _AT_ONCE])


def heads(session: Session) -> dict[str, Head]:
    """The head of each program's chain, by the program's code, as the session sees them."""
    codes = session.execute(sa.select(Program.id, Program.code).order_by(Program.code)).all()
    found = {code: read_head(session, program_id) for program_id, code in codes}
    return {code: head for code, head in found.items() if head}
