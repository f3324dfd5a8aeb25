"""Mail that is to be sent: a row stands in the transaction of its cause, and `caselog send-mail` does the rest.

A row holds neither text nor link: both are made when the mail is sent, the same each time it is tried.
"""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from caselog.domain.mail import Cause, Outcome
from caselog.store.base import Model, Tenant, one_of, reference


class OutgoingMail(Tenant, Model):
    """A digest for a reviewer: why, when it is due, and what became of it.

    `link_id` is the link that it carries, made at the first try. A sender holds a mail until `claimed_until`.
    """

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        reference("person_id", "person"),
        reference("asked_by", "person"),
        reference("link_id", "review_link"),
        one_of("cause", Cause),
        one_of("outcome", Outcome),
        sa.CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="outcome_when_ended"),
        sa.CheckConstraint("outcome <> 'failed' OR last_error <> ''", name="failure_says_why"),
        sa.Index("ix_outgoing_mail_due", "outcome", "due_at"),
        sa.Index("ix_outgoing_mail_person", "program_id", "person_id", "created_at"),
    )

    person_id: Mapped[uuid.UUID]
    cause: Mapped[str]
    asked_by: Mapped[uuid.UUID | None]
    link_id: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    last_error: Mapped[str] = mapped_column(default="")  # in our own words: what a server said may repeat the mail


def latest_to(
    session: Session, program_id: uuid.UUID, person_id: uuid.UUID, *causes: Cause
) -> OutgoingMail | None:
    """The newest mail to a person, for one of these causes if any are given; what was dropped does not count."""
    query = sa.select(OutgoingMail).where(
        OutgoingMail.program_id == program_id,
        OutgoingMail.person_id == person_id,
        sa.or_(OutgoingMail.outcome.is_(None), OutgoingMail.outcome != Outcome.DROPPED),
    )
    if causes:
        query = query.where(OutgoingMail.cause.in_(causes))
    return session.scalar(query.order_by(OutgoingMail.created_at.desc(), OutgoingMail.id).limit(1))


def next_due(session: Session, now: datetime) -> OutgoingMail | None:
    """The mail that has been due for longest and that no other sender holds, locked until the transaction ends."""
    return session.scalar(
        sa.select(OutgoingMail)
        .where(
            OutgoingMail.outcome.is_(None),
            OutgoingMail.due_at <= now,
            sa.or_(OutgoingMail.claimed_until.is_(None), OutgoingMail.claimed_until <= now),
        )
        .order_by(OutgoingMail.due_at, OutgoingMail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
