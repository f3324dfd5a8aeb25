"""Links with which a reviewer confirms entries without signing in: made, opened, used up, revoked.

A link is good once, for the entries that it names, as they were when it was made. It dies when it is used, replaced,
revoked or expired, when its reviewer is deactivated or gets another address, and when nothing in it is left to decide.
Its token is derived from its identifier, so that a mail can be sent again with the same link although no token is
stored: the database holds only hashes, and identifiers that are worth nothing without SECRET_KEY.
"""

import base64
import hmac
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.codes import Position, Status
from caselog.domain.mail import LinkEnd
from caselog.secret import derived_key
from caselog.services import trail
from caselog.services.activity_log import ActivityPage, page_of_activities
from caselog.services.actor import Actor, NotFoundError, Operator, RefusedError
from caselog.services.case_log import LogPage, page_of_cases
from caselog.services.kinds import ACTIVITIES, CASES, EntryKind
from caselog.services.review import Decision, Outcome, decide_many, waiting_for
from caselog.services.settings import settings_of
from caselog.store import links as store
from caselog.store.accounts import digest
from caselog.store.links import ReviewLink, ReviewLinkEntry
from caselog.store.people import Person, lock_person
from caselog.store.programs import Program
from caselog.store.session import reading, transaction

KINDS: dict[str, EntryKind[Any]] = {CASES.noun: CASES, ACTIVITIES.noun: ACTIVITIES}


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """An entry that waits for a reviewer: since when, and in which version."""

    kind: str
    uid: uuid.UUID
    version: int
    since: datetime


def token_of(link: ReviewLink) -> str:
    """The secret of a link, for /confirm/<token>."""
    named = link.program_id.bytes + link.id.bytes
    secret = hmac.digest(derived_key("review link"), named, "sha256")
    return base64.urlsafe_b64encode(secret).rstrip(b"=").decode("ascii")


def actor_of(person: Person, timezone: str) -> Actor:
    """Somebody who came by a link."""
    return Actor(person.program_id, person.id, Position(person.position), person.name, timezone, way="link")


def waiting(session: Session, reviewer: Actor) -> list[WaitingEntry]:
    """All that waits for a reviewer's decision, what was handed in first standing first."""
    rows = [
        WaitingEntry(noun, *row)
        for noun, kind in KINDS.items()
        for row in session.execute(
            # An entry that is submitted was changed last when it was handed in.
            sa.select(kind.table.uid, kind.table.version, kind.table.changed_at).where(
                waiting_for(reviewer, kind.table)
            )
        )
    ]
    return sorted(rows, key=lambda entry: (entry.since, str(entry.uid)))


def make(session: Session, actor: Actor | Operator, reviewer: Person, named: Sequence[WaitingEntry]) -> ReviewLink:
    """Make a link for what waits, and end the reviewer's other links. Lock the reviewer before."""
    now = clock.now()
    for other in store.open_links(session, reviewer.program_id, reviewer.id):
        other.ended_at, other.ended_why = now, LinkEnd.REPLACED
    days = settings_of(session, reviewer.program_id).link_days
    return _add(session, actor, reviewer, named, now + timedelta(days=days))


def _add(
    session: Session,
    actor: Actor | Operator,
    reviewer: Person,
    named: Sequence[WaitingEntry],
    expires_at: datetime,
) -> ReviewLink:
    link = ReviewLink(
        program_id=reviewer.program_id,
        id=uuid.uuid4(),
        reviewer_id=reviewer.id,
        email_hash=digest(reviewer.email),
        waiting_since=named[0].since,
        created_at=clock.now(),
        expires_at=expires_at,
    )
    link.token_hash = digest(token_of(link))
    session.add(link)
    session.flush()
    session.add_all(
        ReviewLinkEntry(
            program_id=link.program_id, link_id=link.id, kind=entry.kind, uid=entry.uid, version=entry.version
        )
        for entry in named
    )
    trail.record(actor, "link.make", link.id)
    return link


def is_alive(link: ReviewLink, reviewer: Person, now: datetime) -> bool:
    """Whether a link may still be used, its entries apart."""
    return (
        link.ended_at is None
        and now < link.expires_at
        and reviewer.active
        and link.email_hash == digest(reviewer.email)
    )


@dataclass(frozen=True, slots=True)
class NamedEntry:
    """An entry that a link names. `gone` says why it can no longer be decided by this link; empty while it can."""

    kind: str
    uid: uuid.UUID
    version: int
    gone: str


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that may be used: by whom, until when, and for what."""

    actor: Actor
    program: str
    expires_at: datetime
    entries: tuple[NamedEntry, ...]


@dataclass(frozen=True, slots=True)
class Used:
    """What became of the entries that were decided, and a fresh link's token where others are left."""

    outcomes: tuple[Outcome, ...]
    left: int
    token: str | None


def open_link(token: str) -> OpenLink:
    """What a link opens; nothing is changed by looking. Raises NotFoundError for any link that is not alive."""
    with reading() as session:
        link = store.link_of(session, digest(token))
        if link is None:
            raise NotFoundError
        reviewer = session.get_one(Person, (link.program_id, link.reviewer_id))
        return _opened(session, link, reviewer)


def _opened(session: Session, link: ReviewLink, reviewer: Person) -> OpenLink:
    program = session.get_one(Program, link.program_id)
    actor = actor_of(reviewer, program.timezone)
    waits = {(each.kind, each.uid, each.version) for each in waiting(session, actor)}
    entries = tuple(
        NamedEntry(
            each.kind,
            each.uid,
            each.version,
            "" if (each.kind, each.uid, each.version) in waits else _gone(session, link, each),
        )
        for each in store.entries_of(session, link)
    )
    if not is_alive(link, reviewer, clock.now()) or all(each.gone for each in entries):
        raise NotFoundError
    return OpenLink(actor, program.name, link.expires_at, entries)


def _gone(session: Session, link: ReviewLink, entry: ReviewLinkEntry) -> str:
    """Why an entry can no longer be decided by this link."""
    logged = session.get(store.TABLES[entry.kind], (link.program_id, entry.uid))
    if logged is None or logged.reviewer_id != link.reviewer_id or logged.status == Status.DRAFT:
        return "It is no longer yours to confirm."
    if logged.status != Status.SUBMITTED:
        return f"It is {logged.status} already."
    if logged.version != entry.version:
        return "It was changed since this link was made; a newer link will name it."
    return "You saw another role than the student claims: it waits for the student's answer."


def pages(opened: OpenLink) -> tuple[LogPage, ActivityPage]:
    """The first of the cases and activities that a link lets decide, oldest first; the others come afterwards."""
    with reading():
        cases, activities = (
            sa.and_(
                waiting_for(opened.actor, kind.table),
                kind.table.uid.in_([each.uid for each in opened.entries if each.kind == noun and not each.gone]),
            )
            for noun, kind in KINDS.items()
        )
        return (
            page_of_cases(opened.actor, cases, 1, oldest_first=True),
            page_of_activities(activities, 1, oldest_first=True),
        )


def use(token: str, decisions: Sequence[tuple[EntryKind[Any], Decision]]) -> Used:
    """Decide as the reviewer chose, and use the link up; for what was left open there is a fresh one, no longer good.

    Raises NotFoundError for a link that is not alive, or that does not name what was decided: then nothing happened.
    """
    with transaction() as session:
        link, reviewer = _locked(session, token)
        opened = _opened(session, link, reviewer)
        named = {(each.kind, each.uid): each for each in opened.entries}
        decided = {(kind.noun, decision.uid) for kind, decision in decisions}
        if not decided or not decided <= named.keys():
            raise NotFoundError
        link.ended_at, link.ended_why = clock.now(), LinkEnd.USED
        trail.record(opened.actor, "link.use", link.id)
        # What may be decided is what the link was made for, whatever version a page says.
        as_named = [
            (kind, replace(decision, version=named[kind.noun, decision.uid].version))
            for kind, decision in decisions
        ]
        outcomes = decide_many(opened.actor, as_named)
        left = [
            each
            for each in waiting(session, opened.actor)
            if (each.kind, each.uid) in named.keys() - decided and not named[each.kind, each.uid].gone
        ]
        if not left:
            return Used(outcomes, 0, None)
        fresh = _add(session, opened.actor, reviewer, left, link.expires_at)
        return Used(outcomes, len(left), token_of(fresh))


def _locked(session: Session, token: str) -> tuple[ReviewLink, Person]:
    found = store.link_of(session, digest(token))
    if found is None:
        raise NotFoundError
    # The reviewer first, as wherever links are made; only then does the link tell how it stands.
    reviewer = lock_person(session, found.program_id, found.reviewer_id)
    link = store.link_of(session, digest(token), lock=True)
    if reviewer is None or link is None:
        raise NotFoundError
    return link, reviewer


def revoke(actor: Actor, link_id: uuid.UUID) -> None:
    """End a link of the director's program. Raises NotFoundError, RefusedError if it has ended already."""
    with transaction() as session:
        found = session.get(ReviewLink, (actor.program_id, link_id))
        if found is None:
            raise NotFoundError
        reviewer = lock_person(session, actor.program_id, found.reviewer_id)
        session.refresh(found, with_for_update=True)
        if reviewer is None or not is_alive(found, reviewer, clock.now()):
            raise RefusedError("This link has ended already.")
        found.ended_at, found.ended_why = clock.now(), LinkEnd.REVOKED
        trail.record(actor, "link.revoke", found.id)
