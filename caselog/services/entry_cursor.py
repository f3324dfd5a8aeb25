"""Reading entries from where the reader stopped: a list that grows meanwhile skips and repeats nothing.

The order is that in which entries came into the log, which no change of an entry alters.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic

import sqlalchemy as sa

from caselog.services.actor import Actor, NotFoundError
from caselog.services.case_log import hides_role
from caselog.services.kinds import CASES, E, EntryKind
from caselog.services.visible import entries_visible_to, fetch_student
from caselog.store.role_checks import RoleCheck, stage_of, still_open
from caselog.store.session import reading

HIDDEN = ("role", "share_percent")


@dataclass(frozen=True, slots=True)
class Stop:
    """The entry after which to go on."""

    created_at: datetime
    uid: uuid.UUID


@dataclass(frozen=True, slots=True)
class Shown(Generic[E]):
    """An entry as the actor may see it; `hidden` are the fields that it holds None for, since they are not told yet."""

    entry: E
    student_id: uuid.UUID
    version: int
    created_at: datetime
    hidden: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stretch(Generic[E]):
    """Some entries, and where the next ones begin; None when these are the last."""

    entries: tuple[Shown[E], ...]
    stop: Stop | None


def stretch_of(
    kind: EntryKind[E],
    actor: Actor,
    student_id: uuid.UUID,
    narrowed: Sequence[sa.ColumnElement[bool]],
    after: Stop | None,
    most: int,
) -> Stretch[E]:
    """At most so many of a student's entries, the newest first. Raises NotFoundError."""
    table = kind.table
    query = _shown(kind).where(entries_visible_to(actor, table), table.student_id == student_id, *narrowed)
    if after:
        same = sa.and_(table.created_at == after.created_at, table.uid > after.uid)
        query = query.where(sa.or_(table.created_at < after.created_at, same))
    with reading() as session:
        fetch_student(session, actor, student_id)
        rows = session.execute(query.order_by(table.created_at.desc(), table.uid).limit(most + 1)).all()
        found = tuple(_as_shown(kind, actor, row) for row in rows[:most])
    last = found[-1] if len(rows) > most else None
    return Stretch(found, Stop(last.created_at, uuid.UUID(last.entry.uid)) if last else None)


def one(kind: EntryKind[E], actor: Actor, uid: uuid.UUID) -> Shown[E]:
    """One entry. Raises NotFoundError."""
    with reading() as session:
        row = session.execute(
            _shown(kind).where(entries_visible_to(actor, kind.table), kind.table.uid == uid)
        ).one_or_none()
        if row is None:
            raise NotFoundError
        return _as_shown(kind, actor, row)


def _shown(kind: EntryKind[Any]) -> sa.Select[Any]:
    if not kind.has_role:
        return kind.spelled_out()
    of_case = sa.and_(
        RoleCheck.program_id == CASES.table.program_id, RoleCheck.case_uid == CASES.table.uid, still_open()
    )
    return kind.spelled_out(RoleCheck).outerjoin(RoleCheck, of_case)


def _as_shown(kind: EntryKind[E], actor: Actor, row: sa.Row[Any]) -> Shown[E]:
    entry, logged = kind.as_entry(row), row[0]
    hidden: tuple[str, ...] = ()
    if kind.has_role and hides_role(actor, logged.reviewer_id, stage_of(logged.status, row.RoleCheck)):
        hidden = HIDDEN
        nothing: dict[str, Any] = dict.fromkeys(hidden)
        entry = replace(entry, **nothing)
    return Shown(entry, logged.student_id, logged.version, logged.created_at, hidden)
