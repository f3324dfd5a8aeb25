"""Appending to the audit trail: what a transaction changed becomes the entries of its acts.

What a session changes through the ORM is noted at each flush, and goes as digests into the entry of the act. Entries
are numbered and chained at the end of the transaction, while the program's head is locked: nobody waits long, and
nobody who holds it waits for anything else.
"""

import json
import secrets
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Literal, cast

import sqlalchemy as sa
from sqlalchemy import event, orm
from sqlalchemy.orm import Session

from caselog.domain.chain import START, Entry, entry_hash, field_digest, field_digests
from caselog.domain.many_digests import ManyDigests
from caselog.store.audit import (
    AuditEntry,
    AuditHead,
    AuditSalt,
    columns_of,
    fields_of,
    object_name,
    object_names,
    read_salts,
    tracked,
)
from caselog.store.bulk import insert_rows

_PENDING = "caselog trail"
_SALT_BYTES = 16
_encode = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


@dataclass(slots=True)
class Act:
    """An entry before it has its number."""

    program_id: uuid.UUID
    at: datetime
    actor_id: uuid.UUID | None
    way: str
    action: str
    subject: str
    about_id: uuid.UUID | None
    changes: dict[str, "Change"] = field(default_factory=dict)
    inserted: "NewRows | None" = None


@dataclass(slots=True)
class Change:
    """What became of one thing: its fields before and after, as text.

    "anew" restates the whole thing under another salt, after a redaction.
    """

    how: Literal["new", "changed", "gone", "anew"]
    fields: dict[str, tuple[str | None, str | None]]


@dataclass(slots=True)
class NewRows:
    """Many new things of one kind: their names in the trail, and their fields as texts, column by column.

    `digests` may be shared with other acts, so that each text is prepared once.
    """

    names: list[str]
    columns: dict[str, list[str | None]]
    digests: ManyDigests

    def take_out(self, name: str) -> Change | None:
        """The change that stands for one of the things, which then is no longer among these; None if it is not."""
        if name not in self.names:
            return None
        place = self.names.index(name)
        del self.names[place]
        return Change("new", _all_new({key: texts.pop(place) for key, texts in self.columns.items()}))


@dataclass(slots=True)
class _Pending:
    """What the transaction has done so far; `loose` changes wait for the act that they belong to."""

    acts: list[Act] = field(default_factory=list)
    loose: list[tuple[uuid.UUID, str, Change]] = field(default_factory=list)


def _pending(session: Session) -> _Pending:
    found: _Pending = session.info.setdefault(_PENDING, _Pending())
    return found


@event.listens_for(Session, "after_flush")
def _note_changes(session: Session, _context: orm.UOWTransaction) -> None:
    loose = _pending(session).loose
    for how, instances in (("new", session.new), ("changed", session.dirty), ("gone", session.deleted)):
        for instance in instances:
            if tracked(_table(sa.inspect(instance).mapper)):
                loose += _noted(how, instance)


def _noted(how: Any, instance: Any) -> Iterator[tuple[uuid.UUID, str, Change]]:
    state = sa.inspect(instance)
    mapper = state.mapper
    table = _table(mapper)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for attribute in mapper.column_attrs:
        column = attribute.columns[0]
        value = state.dict.get(attribute.key, _by_default(column))
        after[column.name] = value
        history = state.attrs[attribute.key].history
        if column is mapper.version_id_col and how == "changed":
            before[column.name] = value - 1
        elif history.deleted:
            before[column.name] = history.deleted[0]
        elif history.added and how == "changed":
            before[column.name] = None  # it was none, or was never read
        else:
            before[column.name] = value
    was, is_now = fields_of(table, before), fields_of(table, after)
    fields: dict[str, tuple[str | None, str | None]] = {
        name: (was[name] if how != "new" else None, is_now[name] if how != "gone" else None) for name in was
    }
    changed = {name: pair for name, pair in fields.items() if pair[0] != pair[1]}
    if how != "changed" or set(changed) - {_version_of(mapper)}:
        program_id = after["program_id"] if "program_id" in after else after["id"]
        yield program_id, object_name(table, before if how == "changed" else after), Change(how, changed)


def _table(mapper: orm.Mapper[Any]) -> sa.Table:
    return cast("sa.Table", mapper.local_table)


def _by_default(column: Any) -> Any:
    """What the database writes where nothing is given: a plain text, or nothing."""
    clause = column.server_default
    return str(clause.arg) if clause is not None and isinstance(clause.arg, str) else None


def _version_of(mapper: orm.Mapper[Any]) -> str | None:
    return None if mapper.version_id_col is None else str(mapper.version_id_col.name)


def add_act(session: Session, act: Act) -> None:
    """Note an act; what the session has changed and no act has claimed becomes its own."""
    session.flush()
    pending = _pending(session)
    _claim(act, pending)
    pending.acts.append(act)


def _claim(act: Act, pending: _Pending) -> None:
    for program_id, name, change in pending.loose:
        if program_id == act.program_id:
            if act.inserted and (earlier := act.inserted.take_out(name)):
                act.changes[name] = earlier
            _merge(act.changes, name, change)
    pending.loose = [each for each in pending.loose if each[0] != act.program_id]


def _merge(changes: dict[str, Change], name: str, later: Change) -> None:
    earlier = changes.get(name)
    if earlier is None:
        changes[name] = later
        return
    fields = dict(earlier.fields)
    for key, (before, after) in later.fields.items():
        fields[key] = (fields[key][0] if key in fields else before, after)
    how = earlier.how if later.how == "changed" else later.how
    changes[name] = Change(how, fields)


def add_rows(act: Act, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> Act:
    """The act with rows that it inserted past the ORM; columns that a row leaves out have what the database gives."""
    usual = _defaults(table)
    for row in rows:
        whole = {**usual, **row}
        act.changes[object_name(table, whole)] = Change("new", _all_new(fields_of(table, whole)))
    return act


def many_digests(table: sa.Table) -> ManyDigests:
    """What makes the digests of many new rows of a table."""
    return ManyDigests(fields_of(table, _defaults(table)))


def add_many_rows(act: Act, table: sa.Table, rows: Iterable[Mapping[str, Any]], digests: ManyDigests) -> Act:
    """The act with rows that it inserted, as `add_rows` has them; they are its only ones of this kind."""
    usual = _defaults(table)
    whole = [{**usual, **row} for row in rows]
    act.inserted = NewRows(object_names(table, whole), columns_of(table, whole), digests)
    return act


def take_rows(act: Act, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> Act:
    """The act with rows that it deleted past the ORM."""
    for row in rows:
        texts = fields_of(table, row)
        fields: dict[str, tuple[str | None, str | None]] = {
            name: (text, None) for name, text in texts.items() if text is not None
        }
        act.changes[object_name(table, row)] = Change("gone", fields)
    return act


@cache
def _defaults(table: sa.Table) -> Mapping[str, str | None]:
    return {column.name: _by_default(column) for column in table.columns}


def _all_new(fields: Mapping[str, str | None]) -> dict[str, tuple[str | None, str | None]]:
    return {name: (None, text) for name, text in fields.items() if text is not None}


def mark(session: Session) -> tuple[list[Act], list[tuple[uuid.UUID, str, Change]]]:
    """What the transaction has done so far, to go back to when a part of it fails."""
    session.flush()
    pending = _pending(session)
    return list(pending.acts), list(pending.loose)


def go_back(session: Session, to: tuple[list[Act], list[tuple[uuid.UUID, str, Change]]]) -> None:
    session.info[_PENDING] = _Pending(*to)


def forget(session: Session) -> None:
    """Drop what was noted: the transaction is taken back."""
    session.info.pop(_PENDING, None)


def seal(session: Session, now: Callable[[], datetime]) -> None:
    """Append what the transaction has done to the chains: the last thing before its commit."""
    session.flush()
    pending = _pending(session)
    for act in reversed(pending.acts):
        _claim(act, pending)
    for program_id in {each[0] for each in pending.loose}:
        # Rows were changed and nobody said why: even so it does not go unseen.
        act = Act(program_id, now(), None, "unattributed", "row.change", str(program_id), None)
        _claim(act, pending)
        pending.acts.append(act)
    forget(session)
    for program_id in sorted({act.program_id for act in pending.acts}):
        _append(session, program_id, [act for act in pending.acts if act.program_id == program_id])


def _append(session: Session, program_id: uuid.UUID, acts: list[Act]) -> None:
    salts = _salts_for(session, program_id, acts)
    head = session.get(AuditHead, program_id, with_for_update=True, populate_existing=True)
    if head is None:
        head = AuditHead(program_id=program_id, seq=0, hash=START)
        session.add(head)
    rows = []
    for act in acts:
        entry = Entry(
            program=str(program_id),
            seq=head.seq + 1,
            at=act.at,
            actor=str(act.actor_id) if act.actor_id else None,
            way=act.way,
            action=act.action,
            subject=act.subject,
            about=str(act.about_id) if act.about_id else None,
            digests=digests_of(act.changes, salts, act.inserted),
            previous=head.hash,
        )
        head.seq, head.hash = entry.seq, entry_hash(entry)
        rows.append(
            {
                "program_id": program_id,
                "seq": entry.seq,
                "at": act.at,
                "actor_id": act.actor_id,
                "way": act.way,
                "action": act.action,
                "subject": act.subject,
                "about_id": act.about_id,
                "digests": entry.digests,
                "previous": entry.previous,
                "hash": head.hash,
            }
        )
    session.flush()
    session.connection().execute(sa.insert(AuditEntry), rows)


def digests_of(changes: Mapping[str, Change], salts: Mapping[str, str], inserted: NewRows | None = None) -> str:
    """What an act changed as JSON text: for each thing what became of it, and the digests of its fields."""
    found = {name: _encode(_digests_of_one(change, salts[name])) for name, change in changes.items()}
    if inserted:
        made = inserted.digests.of([salts[name] for name in inserted.names], inserted.columns)
        found |= {name: f'["new",{each}]' for name, each in zip(inserted.names, made, strict=True)}
    return f"{{{','.join(f'{_encode(name)}:{each}' for name, each in sorted(found.items()))}}}"


def _digests_of_one(change: Change, salt: str) -> list[Any]:
    if change.how in ("new", "anew"):
        fields = ((key, after) for key, (_, after) in change.fields.items() if after is not None)
        return [change.how, field_digests(salt, fields)]
    digests: dict[str, Any] = {}
    for key, (before, after) in change.fields.items():
        before_digest = field_digest(salt, key, before)
        digests[key] = before_digest if change.how == "gone" else [before_digest, field_digest(salt, key, after)]
    return [change.how, digests]


def _salts_for(session: Session, program_id: uuid.UUID, acts: list[Act]) -> dict[str, str]:
    names = {name for act in acts for name in (*act.changes, *(act.inserted.names if act.inserted else ()))}
    anew = {name for act in acts for name, change in act.changes.items() if change.how == "anew"}
    salts = read_salts(session, program_id, names - anew)
    missing = [name for name in names if name not in salts]
    drawn, length = secrets.token_hex(_SALT_BYTES * len(missing)), 2 * _SALT_BYTES  # one draw for all
    fresh = {name: drawn[place * length : (place + 1) * length] for place, name in enumerate(missing)}
    if anew:
        session.execute(sa.delete(AuditSalt).where(AuditSalt.program_id == program_id, AuditSalt.object.in_(anew)))
    if fresh:
        rows = [{"program_id": program_id, "object": name, "salt": salt} for name, salt in fresh.items()]
        insert_rows(session.connection(), cast("sa.Table", AuditSalt.__table__), rows)
    return salts | fresh


def restate(session: Session, logged: Any) -> None:
    """Digest the whole row again under another salt, which makes all that was digested of it so far unreadable."""
    session.flush()
    row = {column.name: getattr(logged, column.name) for column in logged.__table__.columns}
    fields = _all_new(fields_of(logged.__table__, row))
    name = object_name(logged.__table__, row)
    _pending(session).loose.append((logged.program_id, name, Change("anew", fields)))
