"""Links with which a reviewer confirms entries without signing in, and the entries that each names.

Only the SHA-256 of a link's token is stored. Entries are named by kind, identifier and version: one that changed
since is not to be decided by this link.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from caselog.domain.mail import LinkEnd
from caselog.store.activities import LoggedActivity
from caselog.store.base import Model, Tenant, one_of, reference
from caselog.store.cases import LoggedCase
from caselog.store.entries import LogEntry

TABLES: dict[str, type[LogEntry]] = {"case": LoggedCase, "activity": LoggedActivity}


class ReviewLink(Tenant, Model):
    """A link of one reviewer. `email_hash` is of the address it was made for: another address ends it."""

    __tablename__ = "review_link"
    __table_args__ = (
        reference("reviewer_id", "person"),
        one_of("ended_why", LinkEnd),
        sa.CheckConstraint("expires_at > created_at", name="dates_order"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="reason_when_ended"),
        sa.Index("ix_review_link_reviewer", "program_id", "reviewer_id", "created_at"),
    )

    reviewer_id: Mapped[uuid.UUID]
    email_hash: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    waiting_since: Mapped[datetime]  # when the entry that waits longest was handed in
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None]


class ReviewLinkEntry(Model):
    """An entry that a link names, as it was when the link was made."""

    __tablename__ = "review_link_entry"
    __table_args__ = (reference("link_id", "review_link"), one_of("kind", TABLES))

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True)
    link_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    uid: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int]


def link_of(session: Session, token_hash: str, *, lock: bool = False) -> ReviewLink | None:
    query = sa.select(ReviewLink).where(ReviewLink.token_hash == token_hash)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def entries_of(session: Session, link: ReviewLink) -> Sequence[ReviewLinkEntry]:
    return session.scalars(
        sa.select(ReviewLinkEntry).where(
            ReviewLinkEntry.program_id == link.program_id, ReviewLinkEntry.link_id == link.id
        )
    ).all()


def open_links(session: Session, program_id: uuid.UUID, reviewer_id: uuid.UUID) -> Sequence[ReviewLink]:
    """The reviewer's links that were not ended yet, locked."""
    return session.scalars(
        sa.select(ReviewLink)
        .where(
            ReviewLink.program_id == program_id,
            ReviewLink.reviewer_id == reviewer_id,
            ReviewLink.ended_at.is_(None),
        )
        .order_by(ReviewLink.id)
        .with_for_update()
    ).all()
