"""What a change of an entry changed: field by field, before and after, kept beside the entry for good."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.transitions import Act
from caselog.services.holding import Held
from caselog.services.kinds import E, EntryKind
from caselog.store.people import Person

# The site says its country, and the status is no content.
_NOT_CONTENT = frozenset({"site_country", "status"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not the same; values as in JSON files: dates in ISO 8601, lists of codes, None for nothing."""

    field: str
    label: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an entry, as shown. The reason is empty where none was asked for."""

    act: str
    actor: str
    reason: str
    version_before: int
    version_after: int
    differences: tuple[Difference, ...]
    at: datetime


def differences(kind: EntryKind[E], before: E, after: E) -> tuple[Difference, ...]:
    """The fields in which two states of an entry differ, in the order of files."""
    pairs = {
        name: (plain(getattr(before, name)), plain(getattr(after, name)))
        for name in kind.columns
        if name != kind.uid and name not in _NOT_CONTENT
    }
    return tuple(Difference(name, kind.labels[name], was, now) for name, (was, now) in pairs.items() if was != now)


def plain(value: Any) -> Any:
    """A value of a field as JSON can hold it."""
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value) if isinstance(value, tuple) else value


def record(held: Held[E], act: Act, reason: str, found: tuple[Difference, ...], version_before: int) -> None:
    """Keep what was changed. The entry must hold the change already; its new version is asked of the database."""
    held.session.flush()
    held.session.add(
        held.kind.changes(
            program_id=held.actor.program_id,
            entry_uid=held.logged.uid,
            actor_id=held.actor.person_id,
            act=act,
            reason=reason,
            version_before=version_before,
            version_after=held.logged.version,
            fields=json.dumps({each.field: [each.before, each.after] for each in found}, ensure_ascii=False),
            at=clock.now(),
        )
    )


def changes_of(session: Session, kind: EntryKind[E], program_id: uuid.UUID, uid: uuid.UUID) -> tuple[Change, ...]:
    """Every change of an entry since it was first submitted, newest first."""
    changes = kind.changes
    rows = session.execute(
        sa.select(changes, Person.name)
        .join(Person, sa.and_(Person.program_id == changes.program_id, Person.id == changes.actor_id))
        .where(changes.program_id == program_id, changes.entry_uid == uid)
        .order_by(changes.at.desc(), changes.version_after.desc())
    )
    return tuple(
        Change(
            each.act,
            name,
            each.reason,
            each.version_before,
            each.version_after,
            _read(kind, json.loads(each.fields)),
            each.at,
        )
        for each, name in rows
    )


def _read(kind: EntryKind[Any], fields: Mapping[str, list[Any]]) -> tuple[Difference, ...]:
    return tuple(
        Difference(name, kind.labels.get(name, name), before, after) for name, (before, after) in fields.items()
    )
