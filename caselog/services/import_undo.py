"""What came with an import, and taking it back as one act, as long as nobody verified any of it."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.codes import Status
from caselog.domain.export import Format
from caselog.services import amendments, trail
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.importing import KINDS
from caselog.services.kinds import CASES, EntryKind
from caselog.store.evaluations import CaseEvaluation
from caselog.store.exports import IssuedExport
from caselog.store.imports import LogImport
from caselog.store.role_checks import RoleCheck
from caselog.store.rulesets import GrantedWaiver
from caselog.store.session import reading, transaction

REASON = "The import that it came with was taken back."
_AT_ONCE = 500  # identifiers in one question to the database


@dataclass(frozen=True, slots=True)
class ImportView:
    """One import. `by_status` counts its entries as they stand; `decided` are those on which somebody acted.

    `refusal` says why it cannot be taken back, if so.
    """

    id: uuid.UUID
    kind: EntryKind[Any]
    format: str
    added: int
    imported_at: datetime
    undone_at: datetime | None
    by_status: Mapping[str, int]
    decided: int
    refusal: str


@dataclass(frozen=True, slots=True)
class Origin:
    """The import that an entry came with, when, and of what kind of file."""

    import_id: uuid.UUID
    at: datetime
    format: str


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of the entries of an import that was taken back."""

    removed: int
    void: int


def imports_of(actor: Actor) -> list[ImportView]:
    """The actor's own imports, the latest first."""
    with reading() as session:
        rows = session.scalars(
            sa.select(LogImport)
            .where(LogImport.program_id == actor.program_id, LogImport.student_id == actor.person_id)
            .order_by(LogImport.imported_at.desc(), LogImport.id)
            .limit(100)
        ).all()
        return [_view(session, each) for each in rows]


def import_view(actor: Actor, import_id: uuid.UUID) -> ImportView:
    """One import of the actor's own. Raises NotFoundError."""
    with reading() as session:
        return _view(session, _fetch(session, actor, import_id))


def origin(actor: Actor, kind: EntryKind[Any], uid: uuid.UUID) -> Origin | None:
    """The import that an entry, which the actor may see, came with; None if it came with none."""
    with reading() as session:
        row = session.execute(
            sa.select(LogImport.id, LogImport.imported_at, LogImport.format)
            .join(
                kind.table,
                sa.and_(kind.table.program_id == LogImport.program_id, kind.table.import_id == LogImport.id),
            )
            .where(kind.table.program_id == actor.program_id, kind.table.uid == uid)
        ).one_or_none()
        return Origin(row.id, row.imported_at, row.format) if row else None


def undo(actor: Actor, import_id: uuid.UUID) -> Undone:
    """Take an import back: what nobody decided is removed for good, the rest becomes void.

    Raises NotFoundError, and RefusedError if it was taken back already or any of it was verified.
    """
    with transaction() as session:
        made = _fetch(session, actor, import_id, lock=True)
        kind = KINDS[made.kind]
        rows = _entries(session, made, lock=True)
        decided = _decided(session, kind, rows)
        if refusal := _refusal(session, made, kind, rows):
            raise RefusedError(refusal)
        gone = [row for row in rows if row[kind.uid] not in decided and row["status"] != Status.VOID]
        to_void = [row for row in rows if row[kind.uid] in decided and row["status"] != Status.VOID]
        made.undone_at = clock.now()
        for row in to_void:
            amendments.make_void(kind, actor, row[kind.uid], version=row["version"], reason=REASON)
        _remove(session, kind, [row[kind.uid] for row in gone], actor.program_id)
        trail.record_removed(actor, f"{kind.noun}.remove", kind.table, gone, made)
        trail.record(actor, "import.undo", import_id, about=made.student_id)
        return Undone(len(gone), len(to_void))


def _fetch(session: Session, actor: Actor, import_id: uuid.UUID, *, lock: bool = False) -> LogImport:
    found = session.get(LogImport, (actor.program_id, import_id), with_for_update=lock or None)
    if found is None or found.student_id != actor.person_id:
        raise NotFoundError
    return found


def _view(session: Session, made: LogImport) -> ImportView:
    kind = KINDS[made.kind]
    rows = _entries(session, made)
    return ImportView(
        made.id,
        kind,
        made.format,
        made.added,
        made.imported_at,
        made.undone_at,
        Counter(row["status"] for row in rows),
        len(_decided(session, kind, rows)),
        _refusal(session, made, kind, rows),
    )


def _entries(session: Session, made: LogImport, *, lock: bool = False) -> list[dict[str, Any]]:
    table = cast("sa.Table", KINDS[made.kind].table.__table__)
    query = sa.select(table).where(
        table.c.program_id == made.program_id,
        table.c.student_id == made.student_id,
        table.c.import_id == made.id,
    )
    if lock:
        query = query.with_for_update()
    session.flush()
    return [dict(row) for row in session.connection().execute(query).mappings()]


def _refusal(session: Session, made: LogImport, kind: EntryKind[Any], rows: Sequence[Mapping[str, Any]]) -> str:
    if made.undone_at:
        return "This import was taken back already."
    verified = {row[kind.uid] for row in rows if row["status"] == Status.VERIFIED}
    reviewed = _named(session, kind.reviews, rows, kind, kind.reviews.decision == Status.VERIFIED)
    if verified | reviewed:
        return (
            f"A {kind.noun} of this import has been verified, so it cannot be taken back as a whole. "
            f"Make single {kind.plural} void instead, with a reason."
        )
    return ""


def _decided(session: Session, kind: EntryKind[Any], rows: Sequence[Mapping[str, Any]]) -> set[uuid.UUID]:
    """The entries on which somebody acted: of these something stands elsewhere, and they are kept as void."""
    found = {row[kind.uid] for row in rows if row["status"] in (Status.RETURNED, Status.VERIFIED)}
    found |= _named(session, kind.reviews, rows, kind)
    found |= _named(session, kind.changes, rows, kind)
    waived = (
        session.scalars(
            sa.select(GrantedWaiver.entry_uid).where(
                GrantedWaiver.program_id == rows[0]["program_id"], GrantedWaiver.entry_uid.is_not(None)
            )
        )
        if rows
        else ()
    )
    found |= {row[kind.uid] for row in rows} & set(waived)
    if kind is CASES:
        for table in (RoleCheck, CaseEvaluation):
            found |= _named(session, table, rows, kind)
    if rows and _in_a_packet(session, rows[0]):
        found |= {row[kind.uid] for row in rows if row["status"] == Status.SUBMITTED}
    return found


def _in_a_packet(session: Session, row: Mapping[str, Any]) -> bool:
    """Whether a packet left with what was handed in: who checks it is to be told that it does not stand any more."""
    packets = sa.exists().where(
        IssuedExport.program_id == row["program_id"],
        IssuedExport.student_id == row["student_id"],
        IssuedExport.format == Format.PDF,
        IssuedExport.issued_at >= row["created_at"],
    )
    return bool(session.scalar(sa.select(packets)))


def _named(
    session: Session,
    table: Any,
    rows: Sequence[Mapping[str, Any]],
    kind: EntryKind[Any],
    *conditions: sa.ColumnElement[bool],
) -> set[uuid.UUID]:
    """Those of the entries that a table names."""
    column = getattr(table, kind.uid)
    wanted = [row[kind.uid] for row in rows]
    found: set[uuid.UUID] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        found |= set(
            session.scalars(
                sa.select(column).where(
                    table.program_id == rows[0]["program_id"],
                    column.in_(wanted[start : start + _AT_ONCE]),
                    *conditions,
                )
            )
        )
    return found


def _remove(session: Session, kind: EntryKind[Any], uids: list[uuid.UUID], program_id: uuid.UUID) -> None:
    session.flush()
    table = cast("sa.Table", kind.table.__table__)
    for start in range(0, len(uids), _AT_ONCE):
        session.connection().execute(
            sa.delete(table).where(
                table.c.program_id == program_id, table.c[kind.uid].in_(uids[start : start + _AT_ONCE])
            )
        )
    session.expire_all()
