"""Reading the audit trail of a program, as its director does: filtered, a page at a time, or all as a file."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.domain.acts import act_words, step_words
from caselog.domain.chain import Head
from caselog.services import trail
from caselog.services.actor import Actor
from caselog.services.entry_pages import PAGE_SIZE, place
from caselog.store.activities import LoggedActivity
from caselog.store.audit import AuditEntry
from caselog.store.cases import LoggedCase
from caselog.store.people import Person
from caselog.store.session import reading, transaction

_AT_ONCE = 1_000  # entries


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailFilter:
    """Which entries; what is None does not narrow. Days are the program's, inclusive."""

    actor_id: uuid.UUID | None = None
    about_id: uuid.UUID | None = None
    thing: str | None = None  # what acts are on, such as `case`
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """An entry as shown; `who` is None where no person of the program acted, `about` where it concerns no student."""

    seq: int
    at: datetime
    who: str | None
    way: str
    action: str
    words: str
    subject: str
    about: str | None
    hash: str


@dataclass(frozen=True, slots=True)
class TrailPage:
    """A page of the trail, the latest entry first, and what it can be filtered by."""

    entries: tuple[TrailEntry, ...]
    number: int
    pages: int
    total: int
    head: Head


@dataclass(frozen=True, slots=True)
class TrailChoices:
    """By what a trail can be filtered: people by identifier and name, things by name."""

    people: tuple[tuple[uuid.UUID, str], ...]
    students: tuple[tuple[uuid.UUID, str], ...]
    things: tuple[str, ...]


_about = sa.orm.aliased(Person)


def trail_choices(actor: Actor) -> TrailChoices:
    """The people of the program, and the kinds of things that its acts were on."""
    with reading() as session:
        people = session.execute(
            sa.select(Person.id, Person.name, Person.position)
            .where(Person.program_id == actor.program_id)
            .order_by(Person.name, Person.id)
        ).all()
        actions = session.scalars(
            sa.select(AuditEntry.action).where(AuditEntry.program_id == actor.program_id).distinct()
        )
        return TrailChoices(
            tuple((row.id, row.name) for row in people),
            tuple((row.id, row.name) for row in people if row.position == "student"),
            tuple(sorted({action.partition(".")[0] for action in actions})),
        )


def trail_page(actor: Actor, wanted: TrailFilter, number: int) -> TrailPage:
    """A page of the actor's program's trail."""
    head = trail.head(actor)
    with reading() as session:
        found = _found(actor, wanted)
        where = place(session, found, number)
        rows = session.execute(
            found.order_by(AuditEntry.seq.desc()).limit(PAGE_SIZE).offset((where.number - 1) * PAGE_SIZE)
        )
        entries = tuple(
            TrailEntry(
                entry.seq, entry.at, who, entry.way, entry.action, act_words(entry.action), entry.subject, about,
                entry.hash,
            )
            for entry, who, about in rows
        )  # fmt: skip
        return TrailPage(entries, where.number, where.pages, where.total, head)


def export_trail(actor: Actor, wanted: TrailFilter) -> Iterator[tuple[Any, ...]]:
    """The entries in the order of the chain, for `exports.table.TRAIL`; the export itself is the last of them.

    All that an entry's hash covers is in its row.
    """
    with transaction():
        trail.record(actor, "trail.export", actor.program_id)
    return _rows(actor, wanted)


def _rows(actor: Actor, wanted: TrailFilter) -> Iterator[tuple[Any, ...]]:
    with reading() as session:
        query = _found(actor, wanted).order_by(AuditEntry.seq).execution_options(yield_per=_AT_ONCE)
        for entry, who, about in session.execute(query):
            at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
            yield (
                entry.program_id, entry.seq, at, entry.actor_id, who, entry.way, entry.action, entry.subject,
                entry.about_id, about, entry.digests, entry.previous, entry.hash,
            )  # fmt: skip


def _found(actor: Actor, wanted: TrailFilter) -> sa.Select[*tuple[Any, ...]]:
    found: sa.Select[*tuple[Any, ...]] = (
        sa.select(AuditEntry, Person.name, _about.name)
        .outerjoin(Person, sa.and_(Person.program_id == AuditEntry.program_id, Person.id == AuditEntry.actor_id))
        .outerjoin(_about, sa.and_(_about.program_id == AuditEntry.program_id, _about.id == AuditEntry.about_id))
        .where(AuditEntry.program_id == actor.program_id, *_narrowed(wanted, ZoneInfo(actor.timezone)))
    )
    return found


def _narrowed(wanted: TrailFilter, zone: ZoneInfo) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.actor_id:
        yield AuditEntry.actor_id == wanted.actor_id
    if wanted.about_id:
        yield AuditEntry.about_id == wanted.about_id
    if wanted.thing:
        yield AuditEntry.action.startswith(f"{wanted.thing}.", autoescape=True)
    if wanted.since:
        yield AuditEntry.at >= datetime.combine(wanted.since, time(), zone)
    if wanted.until:
        yield AuditEntry.at < datetime.combine(wanted.until + timedelta(days=1), time(), zone)


@dataclass(frozen=True, slots=True)
class EntryAct:
    """An act on one entry of a log, in its history; `who` is None where the operator acted."""

    at: datetime
    who: str | None
    way: str
    words: str
    action: str


def acts_on(session: Session, program_id: uuid.UUID, subject: uuid.UUID) -> tuple[EntryAct, ...]:
    """All that was done to one entry of a log, the first act first; looks are told elsewhere.

    What came with an import is told by the first entry of the import itself, which holds it among many.
    """
    rows = session.execute(
        sa.select(AuditEntry.at, AuditEntry.way, AuditEntry.action, Person.name)
        .outerjoin(Person, sa.and_(Person.program_id == AuditEntry.program_id, Person.id == AuditEntry.actor_id))
        .where(
            AuditEntry.program_id == program_id,
            sa.or_(AuditEntry.subject == str(subject), AuditEntry.seq == _arrival(session, program_id, subject)),
            sa.not_(AuditEntry.action.endswith(".look")),
        )
        .order_by(AuditEntry.seq)
    )
    return tuple(EntryAct(at, who, way, step_words(action), action) for at, way, action, who in rows)


def _arrival(session: Session, program_id: uuid.UUID, uid: uuid.UUID) -> int | None:
    """The number of the first entry of the import that an entry of a log came with, if with any."""
    for table in (LoggedCase, LoggedActivity):
        import_id = session.scalar(
            sa.select(table.import_id).where(table.program_id == program_id, table.uid == uid)
        )
        if import_id:
            return session.scalar(
                sa.select(sa.func.min(AuditEntry.seq)).where(
                    AuditEntry.program_id == program_id,
                    AuditEntry.subject == str(import_id),
                    AuditEntry.action.endswith(".import"),
                )
            )
    return None
