"""The audit trail's tables: one chain of entries for each program, which the database itself lets nobody change.

Its triggers are in migration 0004; `store/appending.py` writes the entries. Here is also how rows are seen by digests.
"""

import secrets
import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time
from enum import Enum
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from caselog.domain.chain import Head, alias, content_digest
from caselog.store.base import Model
from caselog.store.types import CodeSet

# Tables of the machinery: who is signed in, what is counted, what is being mailed or done in the background, how a
# spreadsheet was understood, and the trail itself.
UNTRACKED = frozenset(
    {
        "account", "api_answer", "api_token", "audit_entry", "audit_head", "audit_salt", "counting_stamp",
        "import_memory", "job", "made_packet", "outgoing_mail", "packet_batch", "password_link", "sign_in_attempt",
        "sign_in_session",
    }
)  # fmt: skip
_AT_ONCE = 500  # objects in one question to the database
# Kinds of values that have the same text where they are equal; two zeros of a float, and an hour that the clocks run
# through twice, are equal and have not.
_SAME_WHERE_EQUAL = frozenset({bool, date, int, str, tuple, uuid.UUID})


class AuditEntry(Model):
    """One act. `actor_id` is empty where the operator acted from the command line. See `chain.Entry`."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.ForeignKeyConstraint(["program_id", "actor_id"], ["person.program_id", "person.id"]),
        sa.Index("ix_audit_entry_at", "program_id", "at"),
        sa.Index("ix_audit_entry_about", "program_id", "about_id", "seq"),
        sa.Index("ix_audit_entry_subject", "program_id", "subject"),
    )

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_id: Mapped[uuid.UUID | None]
    way: Mapped[str]
    action: Mapped[str]  # a verb on a thing, such as `case.submit`
    subject: Mapped[str]  # the thing's own identifier
    about_id: Mapped[uuid.UUID | None]  # the student whose record it concerns
    digests: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]


class AuditHead(Model):
    """The last entry of each chain; who appends locks it."""

    __tablename__ = "audit_head"

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str]


class AuditSalt(Model):
    """What the digests of one thing were made with; a redaction takes another, and the old is gone."""

    __tablename__ = "audit_salt"

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True)
    object: Mapped[str] = mapped_column(primary_key=True)
    salt: Mapped[str]


def text_of(column: Any, value: Any) -> str | None:
    """A value as digests see it: the same before it is stored and after it is read, on both databases."""
    return _text(_sort_of(column.type), value)


def _sort_of(kind: Any) -> type | None:
    """The kinds of columns whose values do not tell by themselves how they read."""
    return next((each for each in (CodeSet, sa.Boolean, sa.Float) if isinstance(kind, each)), None)


def _text(sort: type | None, value: Any) -> str | None:
    if sort is CodeSet:
        return ";".join(sorted(set(value))) if value else ""
    if value is None:
        return None
    if type(value) is str:
        return value
    if sort is sa.Boolean:
        return "yes" if value else "no"
    if sort is sa.Float:
        return repr(float(value))
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value.value if isinstance(value, Enum) else value)


def object_name(table: sa.Table, row: Mapping[str, Any]) -> str:
    """What the trail calls a row: its table, and its key within the program; a code that was chosen by its alias."""
    texts = ((name, str(_text(sort, row[name]))) for name, sort in _keys(table))
    return " ".join([table.name, *(alias(text) if name == "code" else text for name, text in texts)])


@cache
def _keys(table: sa.Table) -> tuple[tuple[str, type | None], ...]:
    return tuple((each.name, _sort_of(each.type)) for each in table.primary_key if each.name != "program_id")


def object_names(table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the trail calls each of these rows: see `object_name`."""
    texts = [
        [alias(str(text)) if name == "code" else str(text) for text in _texts(sort, [row[name] for row in rows])]
        for name, sort in _keys(table)
    ]
    return [" ".join((table.name, *each)) for each in zip(*texts, strict=True)]


def columns_of(table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str | None]]:
    """What `fields_of` says of each of these rows, by field."""
    return {name: _texts(sort, [row[name] for row in rows]) for name, sort in _fields(table)}


def _texts(sort: type | None, values: Sequence[Any]) -> list[str | None]:
    """The texts of a column's values, each value's made once where equal values have the same text."""
    first = values[0] if values else None
    if all(value is first for value in values):
        return [_text(sort, first)] * len(values)
    kinds = set(map(type, values)) - {type(None)}
    if sort is None and kinds == {str}:
        return list(values)
    if len(kinds) == 1 and kinds <= _SAME_WHERE_EQUAL:
        known = {value: _text(sort, value) for value in set(values)}
        return [known[value] for value in values]
    return [_text(sort, value) for value in values]


def fields_of(table: sa.Table, row: Mapping[str, Any]) -> dict[str, str | None]:
    """The fields of a row as digests see them: all but what its name says already."""
    return {
        name: value if sort is None and (value is None or type(value) is str) else _text(sort, value)
        for name, sort in _fields(table)
        for value in (row[name],)
    }


@cache
def _fields(table: sa.Table) -> tuple[tuple[str, type | None], ...]:
    return tuple((column.name, _sort_of(column.type)) for column in table.columns if not column.primary_key)


def tracked(table: sa.Table) -> bool:
    """Whether the trail vouches for the rows of a table."""
    return str(table.name) not in UNTRACKED


def read_salts(session: Session, program_id: uuid.UUID, names: Collection[str]) -> dict[str, str]:
    """The salts of things, by name; what has none yet is not in it."""
    wanted = sorted(names)
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = session.execute(
            sa.select(AuditSalt.object, AuditSalt.salt).where(
                AuditSalt.program_id == program_id, AuditSalt.object.in_(wanted[start : start + _AT_ONCE])
            )
        )
        found.update(dict(rows.all()))
    return found


def content_hash(session: Session, logged: Any, without: Collection[str]) -> str:
    """The hash of a row's content, with the salt that the trail has for it, or gets now; `without` are no content."""
    session.flush()
    table = logged.__table__
    row = {column.name: getattr(logged, column.name) for column in table.columns}
    name = object_name(table, row)
    salt = read_salts(session, logged.program_id, [name]).get(name)
    if salt is None:
        salt = secrets.token_hex(16)
        session.add(AuditSalt(program_id=logged.program_id, object=name, salt=salt))
        session.flush()
    fields = {key: text for key, text in fields_of(table, row).items() if key not in without}
    return content_digest(salt, fields)


def make_salts(session: Session, program_id: uuid.UUID, names: Collection[str]) -> dict[str, str]:
    """Salts for things that are about to be inserted."""
    made = {name: secrets.token_hex(16) for name in names}
    rows = [{"program_id": program_id, "object": name, "salt": salt} for name, salt in made.items()]
    if rows:
        session.connection().execute(sa.insert(AuditSalt), rows)
    return made


def read_head(session: Session, program_id: uuid.UUID) -> Head | None:
    """The head that the database keeps for a chain; None before its first entry."""
    row = session.execute(
        sa.select(AuditHead.seq, AuditHead.hash).where(AuditHead.program_id == program_id)
    ).one_or_none()
    return Head(row.seq, row.hash) if row else None
