"""The audit trail of an act, added to the transaction of the act itself."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.chain import START, Head, content_digest
from caselog.extensions import db
from caselog.services.actor import Actor, Operator
from caselog.services.confirming import take_confirmed
from caselog.store import appending, audit
from caselog.store.appending import Act
from caselog.store.base import Model
from caselog.store.entries import LogEntry
from caselog.store.imports import LogImport
from caselog.store.session import reading, transaction

# What of an entry's row a verification does not cover: where the entry stands and whence it came, not what it
# says.
NOT_CONTENT = frozenset({"status", "version", "changed_at", "import_id"})

# A row takes about 900 characters of digests; an entry with this many still fits a field of a CSV file that common
# readers take (131,072 characters).
_ROWS_IN_ENTRY = 100


def record(
    actor: Actor | Operator, action: str, subject: uuid.UUID | str, *, about: uuid.UUID | None = None
) -> None:
    """Note that `actor` did `action` (a verb on a thing, such as `case.submit`) to `subject`.

    `about` is the student whose record the act concerns. What the transaction changed since the act before goes
    into the entry as digests. A subject is an identifier, never what somebody typed.
    """
    session, now = db.session(), clock.now()
    _add(session, actor, _act(actor, action, subject, about, now))


def _add(session: Session, actor: Actor | Operator, act: Act) -> None:
    appending.add_act(session, act)
    if kinds := take_confirmed():  # that a doubtful text was checked is on record, without the text
        confirmed = _act(actor, "text.confirm", f"{act.subject} {kinds}", act.about_id, act.at)
        appending.add_act(session, confirmed)


def record_inserts(
    actor: Actor | Operator,
    action: str,
    subject: uuid.UUID | str,
    inserted: Iterable[tuple[sa.Table, Iterable[Mapping[str, Any]]]],
    *,
    about: uuid.UUID | None = None,
) -> None:
    """Note an act as `record` does, with rows of several tables that it inserted past the ORM."""
    act = _act(actor, action, subject, about, clock.now())
    for table, rows in inserted:
        appending.add_rows(act, table, rows)
    _add(db.session(), actor, act)


def record_rows(
    actor: Actor | Operator,
    action: str,
    table: type[Model],
    rows: Iterable[Mapping[str, Any]],
    *,
    subject: str,
    about: str = "student_id",
) -> None:
    """Note rows that were inserted past the ORM, an entry for each; `subject` and `about` are columns of theirs."""
    session, now = db.session(), clock.now()
    for row in rows:
        act = _act(actor, action, row[subject], row.get(about), now)
        appending.add_act(session, appending.add_rows(act, cast("sa.Table", table.__table__), [row]))


def record_import(
    actor: Actor | Operator, action: str, table: type[Model], rows: Sequence[Mapping[str, Any]], made: LogImport
) -> None:
    """Note the rows of an import, which were inserted past the ORM: many in one entry, whose subject is the import."""
    digests = appending.many_digests(cast("sa.Table", table.__table__))
    _record_many(actor, action, table, rows, made, partial(appending.add_many_rows, digests=digests))


def record_removed(
    actor: Actor, action: str, table: type[Model], rows: Sequence[Mapping[str, Any]], made: LogImport
) -> None:
    """Note rows of an import that were deleted past the ORM, as `record_import` notes those that were inserted."""
    _record_many(actor, action, table, rows, made, appending.take_rows)


def _record_many(
    actor: Actor | Operator,
    action: str,
    table: type[Model],
    rows: Sequence[Mapping[str, Any]],
    made: LogImport,
    take: Callable[[Act, sa.Table, Iterable[Mapping[str, Any]]], Act],
) -> None:
    session, now = db.session(), clock.now()
    for start in range(0, len(rows), _ROWS_IN_ENTRY):
        act = _act(actor, action, made.id, made.student_id, now)
        own = cast("sa.Table", table.__table__)
        appending.add_act(session, take(act, own, rows[start : start + _ROWS_IN_ENTRY]))


def record_table(operator: Operator, action: str, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Note rows of one table in a single entry, as `record_rows` does with an entry for each."""
    act = _act(operator, action, table.name, None, clock.now())
    appending.add_act(db.session(), appending.add_rows(act, table, rows))


def looked(actor: Actor, action: str, subject: uuid.UUID | str, *, about: uuid.UUID | None = None) -> None:
    """Note that the actor is about to see another person's record, before anything of it is shown."""
    with transaction():
        record(actor, action, subject, about=about)


def head(actor: Actor | Operator) -> Head:
    """The last entry of the program's chain, to be printed on what leaves."""
    with reading() as session:
        return audit.read_head(session, actor.program_id) or Head(0, START)


def content(table: sa.Table, row: Mapping[str, Any]) -> dict[str, str | None]:
    """What a row of the log says, as digests see it: all that a verification covers."""
    whole = {"import_id": None, **row}  # which most rows that are put in do not say
    return {name: text for name, text in audit.fields_of(table, whole).items() if name not in NOT_CONTENT}


def content_hashes(
    session: Session, program_id: uuid.UUID, table: type[LogEntry], rows: Sequence[Mapping[str, Any]]
) -> list[str]:
    """The hash of the content of each of these rows, which are about to be inserted past the ORM."""
    own = cast("sa.Table", table.__table__)
    names = [audit.object_name(own, row) for row in rows]
    salts = audit.make_salts(session, program_id, names)
    return [content_digest(salts[name], content(own, row)) for name, row in zip(names, rows, strict=True)]


def content_hash(session: Session, logged: LogEntry) -> str:
    """The hash of all that an entry of the log says: what a verification of it covers."""
    return audit.content_hash(session, logged, NOT_CONTENT)


def _act(
    actor: Actor | Operator, action: str, subject: uuid.UUID | str, about: uuid.UUID | None, at: datetime
) -> Act:
    return Act(
        program_id=actor.program_id,
        at=at,
        actor_id=actor.person_id if isinstance(actor, Actor) else None,
        way=actor.way,
        action=action,
        subject=str(subject),
        about_id=about,
    )
