"""What a director sees of mail and links: with whom how much waits, who was written to, which links are open."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from caselog import clock
from caselog.services import digests
from caselog.services.actor import Actor
from caselog.services.digests import Pile
from caselog.services.links import is_alive
from caselog.store.links import ReviewLink, ReviewLinkEntry
from caselog.store.mail import OutgoingMail
from caselog.store.people import Person
from caselog.store.session import reading

MAILS_MOST = 50  # of the latest


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits with a reviewer; who is not active gets no mail."""

    name: str
    active: bool
    number: int
    since: datetime


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail and what became of it; `why` is empty where nothing went wrong. It waits while there is no outcome."""

    to: str
    cause: str
    asker: str | None
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None
    outcome: str | None
    attempts: int
    why: str


@dataclass(frozen=True, slots=True)
class AliveLink:
    """A link that may still be used; without its token, which nobody but its reviewer has."""

    id: uuid.UUID
    name: str
    entries: int
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MailOverview:
    waiting: tuple[Waiting, ...]
    mails: tuple[SentMail, ...]
    links: tuple[AliveLink, ...]


def overview(actor: Actor) -> MailOverview:
    """All of the actor's program."""
    with reading() as session:
        return MailOverview(
            tuple(_waiting(session, actor)), tuple(_mails(session, actor)), tuple(_links(session, actor))
        )


def _waiting(session: Session, actor: Actor) -> Iterator[Waiting]:
    found: list[Pile] = digests.piles(session, actor.program_id)
    for pile in sorted(found, key=lambda each: each.since):
        reviewer = session.get_one(Person, (actor.program_id, pile.reviewer_id))
        yield Waiting(reviewer.name, reviewer.active, pile.waiting, pile.since)


def _mails(session: Session, actor: Actor) -> Iterator[SentMail]:
    asker = aliased(Person)
    rows = session.execute(
        sa.select(OutgoingMail, Person.name, asker.name)
        .join(Person, sa.and_(Person.program_id == OutgoingMail.program_id, Person.id == OutgoingMail.person_id))
        .outerjoin(asker, sa.and_(asker.program_id == OutgoingMail.program_id, asker.id == OutgoingMail.asked_by))
        .where(OutgoingMail.program_id == actor.program_id)
        .order_by(OutgoingMail.created_at.desc(), OutgoingMail.id)
        .limit(MAILS_MOST)
    )
    for mail, name, asked_by in rows:
        yield SentMail(
            name,
            mail.cause,
            asked_by,
            mail.created_at,
            mail.due_at,
            mail.ended_at,
            mail.outcome,
            mail.attempts,
            mail.last_error,
        )


def _links(session: Session, actor: Actor) -> Iterator[AliveLink]:
    now = clock.now()
    named = (
        sa.select(sa.func.count())
        .where(ReviewLinkEntry.program_id == ReviewLink.program_id, ReviewLinkEntry.link_id == ReviewLink.id)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(ReviewLink, Person, named)
        .join(Person, sa.and_(Person.program_id == ReviewLink.program_id, Person.id == ReviewLink.reviewer_id))
        .where(
            ReviewLink.program_id == actor.program_id, ReviewLink.ended_at.is_(None), ReviewLink.expires_at > now
        )
        .order_by(ReviewLink.created_at.desc())
    )
    for link, reviewer, entries in rows:
        if is_alive(link, reviewer, now):
            yield AliveLink(link.id, reviewer.name, entries, link.created_at, link.expires_at)
