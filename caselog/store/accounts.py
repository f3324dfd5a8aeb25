"""Who can sign in: accounts, server-side sessions, one-time links and counted sign-in attempts.

These tables are not a tenant's: an e-mail address is looked up before the program is known.
Tokens are random; only their SHA-256 is stored.
"""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from caselog.store.base import Model


class Account(Model):
    __tablename__ = "account"
    __table_args__ = (sa.CheckConstraint("email = lower(email)", name="email_lower"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]  # argon2id; empty until the one-time link was used
    created_at: Mapped[datetime]


class SignInSession(Model):
    """A signed-in browser. Ends after 30 minutes idle, 12 hours, sign-out, or a change of password or position."""

    __tablename__ = "sign_in_session"
    __table_args__ = (
        sa.ForeignKeyConstraint(["program_id", "person_id"], ["person.program_id", "person.id"]),
        sa.Index("ix_sign_in_session_person", "program_id", "person_id"),
    )

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    program_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class PasswordLink(Model):
    """A one-time link to set a password."""

    __tablename__ = "password_link"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    expires_at: Mapped[datetime]


class SignInAttempt(Model):
    """A failed sign-in, counted per account and per address across all workers."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (sa.Index("ix_sign_in_attempt_subject_at", "subject", "at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    subject: Mapped[str]  # SHA-256 of the e-mail address or the network address
    at: Mapped[datetime]
