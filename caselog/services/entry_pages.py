"""Reading entries of either kind: which page of how many, how many of each status, and what reviewers said."""

import math
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.domain.codes import Status
from caselog.domain.transitions import Act
from caselog.services.changes import Change
from caselog.services.kinds import E, EntryKind
from caselog.store.people import Person

PAGE_SIZE = 25  # entries


@dataclass(frozen=True, slots=True)
class Review:
    """A decision on an entry, as shown. It covers the entry's content as of `version`, by a digest where one was kept.

    `way` is how it came about, `role` the one that was verified; `outdated` says that the content has changed since.
    """

    decision: str
    comment: str
    reviewer: str
    at: datetime
    version: int
    way: str
    content_hash: str | None
    role: str | None
    outdated: bool


@dataclass(frozen=True, slots=True)
class RoleDifference:
    """What a case waits for: the student claims one role, the reviewer saw another.

    `kept_reason` is why the student keeps the claim; empty until they have answered.
    """

    claimed: str
    picked: str
    at: datetime
    kept_reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """A page of a list: `number` counts from 1, `total` are the entries of all `pages`."""

    number: int
    pages: int
    total: int


def place(session: Session, entries: sa.Select[Any], number: int) -> Place:
    """The page of this number among so many entries; a page beyond the last is the last."""
    counted = entries.with_only_columns(sa.func.count(), maintain_column_froms=True).order_by(None)
    total = session.scalar(counted) or 0
    pages = max(1, math.ceil(total / PAGE_SIZE))
    return Place(min(max(1, number), pages), pages, total)


def on_page(
    kind: EntryKind[E], entries: sa.Select[Any], where: Place, *, oldest_first: bool = False
) -> sa.Select[Any]:
    """The entries of a page, those without a date first."""
    day = kind.table.on.asc() if oldest_first else kind.table.on.desc()
    return (
        entries.order_by(day.nulls_first(), kind.table.created_at.desc(), kind.table.uid)
        .limit(PAGE_SIZE)
        .offset((where.number - 1) * PAGE_SIZE)
    )


def status_counts(session: Session, kind: EntryKind[E], condition: sa.ColumnElement[bool]) -> dict[str, int]:
    """How many entries have each status, in the order of an entry's life."""
    rows = session.execute(
        sa.select(kind.table.status, sa.func.count()).where(condition).group_by(kind.table.status)
    )
    numbers = dict(rows.all())
    return {status: numbers[status] for status in Status if status in numbers}


def reviews_of(
    session: Session, kind: EntryKind[E], program_id: uuid.UUID, uid: uuid.UUID, changes: Iterable[Change]
) -> tuple[Review, ...]:
    """What reviewers said of an entry, newest first; `changes` are those of the entry."""
    reviews = kind.reviews
    rows = session.execute(
        sa.select(reviews, Person.name)
        .join(Person, sa.and_(Person.program_id == reviews.program_id, Person.id == reviews.reviewer_id))
        .where(reviews.program_id == program_id, reviews.entry_uid == uid)
        .order_by(reviews.at.desc(), reviews.entry_version.desc())
    )
    changed = max((each.version_after for each in changes if each.act != Act.VOID), default=0)
    return tuple(
        Review(
            each.decision,
            each.comment,
            name,
            each.at,
            each.entry_version,
            each.way,
            each.content_hash,
            getattr(each, "role", None),
            changed > each.entry_version,
        )
        for each, name in rows
    )
