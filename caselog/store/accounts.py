"""Who can sign in: accounts, server-side sessions, one-time links and counted sign-in attempts.

These tables are not a tenant's: an e-mail address is looked up before the program is known.
Tokens are random; only their SHA-256 is stored.
"""

import hashlib
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from caselog.domain.codes import Position
from caselog.store.api_tokens import end_tokens_of_account, end_tokens_of_person
from caselog.store.base import Model
from caselog.store.people import Person
from caselog.store.programs import Program

SESSION_IDLE = timedelta(minutes=30)
SESSION_MOST = timedelta(hours=12)
SESSION_TOUCH = timedelta(minutes=1)  # `last_seen_at` may lag by this much, so that most requests write nothing
LINK_LIFE = timedelta(hours=72)
ATTEMPT_WINDOW = timedelta(minutes=15)


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


def digest(text: str) -> str:
    """The SHA-256, in hexadecimal, under which a token or a counted subject is stored."""
    return hashlib.sha256(text.encode()).hexdigest()


def account_of(session: Session, email: str) -> Account | None:
    return session.scalar(sa.select(Account).where(Account.email == email))


def account_of_person(
    session: Session, program_id: uuid.UUID, person_id: uuid.UUID
) -> tuple[Account, Person, Program]:
    """The account of somebody who is signed in."""
    row = session.execute(
        sa.select(Account, Person, Program)
        .join(Person, Person.account_id == Account.id)
        .join(Program, Program.id == Person.program_id)
        .where(Person.program_id == program_id, Person.id == person_id)
    ).one()
    return row[0], row[1], row[2]


def may_sign_in() -> sa.ColumnElement[bool]:
    """Whether a person signs in: who is active, and for life who was a student. No program takes the copy away."""
    return sa.or_(Person.active, Person.position == Position.STUDENT)


def people_who_sign_in(session: Session, account_id: uuid.UUID) -> list[tuple[Person, Program]]:
    """The people behind an account with their programs: the active first, then by the age of the program."""
    rows = session.execute(
        sa.select(Person, Program)
        .join(Program, Program.id == Person.program_id)
        .where(Person.account_id == account_id, may_sign_in())
        .order_by(Person.active.desc(), Program.created_at, Program.id)
    )
    return [(person, program) for person, program in rows]


def live_session(session: Session, token_hash: str, now: datetime) -> tuple[SignInSession, Person, Program] | None:
    """A session that has not ended, with its person; None too when the person does not sign in any more."""
    row = session.execute(
        sa.select(SignInSession, Person, Program)
        .join(
            Person,
            sa.and_(Person.program_id == SignInSession.program_id, Person.id == SignInSession.person_id),
        )
        .join(Program, Program.id == SignInSession.program_id)
        .where(
            SignInSession.token_hash == token_hash,
            SignInSession.created_at > now - SESSION_MOST,
            SignInSession.last_seen_at > now - SESSION_IDLE,
            may_sign_in(),
            Person.account_id == SignInSession.account_id,
        )
    ).one_or_none()
    return (row[0], row[1], row[2]) if row else None


def touch_session(session: Session, token_hash: str, now: datetime) -> None:
    """Note that the session was seen, unless that was noted within the last minute."""
    session.execute(
        sa.update(SignInSession)
        .where(SignInSession.token_hash == token_hash, SignInSession.last_seen_at <= now - SESSION_TOUCH)
        .values(last_seen_at=now)
    )


def end_session(session: Session, token_hash: str) -> None:
    session.execute(sa.delete(SignInSession).where(SignInSession.token_hash == token_hash))


def revoke_sessions(session: Session, *, account: uuid.UUID | None = None, person: Person | None = None) -> None:
    """Sign out every browser of an account, or of a person (after a change of position, or deactivation).

    Their tokens of the API end, too.
    """
    if account is not None:
        end_tokens_of_account(session, account)
        session.execute(sa.delete(SignInSession).where(SignInSession.account_id == account))
    if person is not None:
        end_tokens_of_person(session, person.program_id, person.id)
        session.execute(
            sa.delete(SignInSession).where(
                SignInSession.program_id == person.program_id, SignInSession.person_id == person.id
            )
        )


def replace_link(session: Session, account_id: uuid.UUID, token_hash: str, now: datetime) -> None:
    """Give an account a link to set its password; its earlier links end."""
    drop_links(session, account_id)
    session.add(PasswordLink(token_hash=token_hash, account_id=account_id, expires_at=now + LINK_LIFE))


def drop_links(session: Session, account_id: uuid.UUID) -> None:
    session.execute(sa.delete(PasswordLink).where(PasswordLink.account_id == account_id))


def account_of_link(session: Session, token_hash: str, now: datetime, *, lock: bool = False) -> Account | None:
    """The account whose password a link may still set; `lock` when it is about to."""
    query = (
        sa.select(Account)
        .join(PasswordLink, PasswordLink.account_id == Account.id)
        .where(PasswordLink.token_hash == token_hash, PasswordLink.expires_at > now)
    )
    return session.scalar(query.with_for_update() if lock else query)


def queue_up(session: Session, subjects: Iterable[str]) -> None:
    """Let only one transaction at a time count the attempts of these subjects.

    SQLite has one writer anyway; PostgreSQL is asked for a lock that ends with the transaction. Sorted, so
    that two transactions with the same subjects cannot wait for each other.
    """
    if session.get_bind().dialect.name == "postgresql":
        for subject in sorted(subjects):
            key = int.from_bytes(bytes.fromhex(subject)[:8], signed=True)
            session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def nth_latest_attempt(session: Session, subject: str, n: int, now: datetime) -> datetime | None:
    """When the `n`-th latest attempt within the window was made; None when there were fewer."""
    return session.scalar(
        sa.select(SignInAttempt.at)
        .where(SignInAttempt.subject == subject, SignInAttempt.at > now - ATTEMPT_WINDOW)
        .order_by(SignInAttempt.at.desc())
        .offset(n - 1)
        .limit(1)
    )


def forget_attempts(session: Session, subject: str) -> None:
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.subject == subject))


def forget_tries_of(session: Session, email: str) -> None:
    """Forget the failed sign-ins of an account."""
    forget_attempts(session, account_subject(email))


def account_subject(email: str) -> str:
    """Under what the tries on an account are counted."""
    return digest(f"account {email}")


def forget_attempt(session: Session, attempt_id: uuid.UUID) -> None:
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.id == attempt_id))


def purge(session: Session, now: datetime) -> None:
    """Remove the sessions, links and attempts that no longer mean anything; call it last in a transaction."""
    idle = SignInSession.last_seen_at <= now - SESSION_IDLE
    ended = sa.or_(SignInSession.created_at <= now - SESSION_MOST, idle)
    _remove(session, SignInSession.token_hash, ended)
    _remove(session, PasswordLink.token_hash, PasswordLink.expires_at <= now)
    _remove(session, SignInAttempt.id, SignInAttempt.at <= now - ATTEMPT_WINDOW)


def _remove(session: Session, key: InstrumentedAttribute[Any], condition: sa.ColumnElement[bool]) -> None:
    # Rows that another transaction holds are left to the next purge: nobody ever waits for this one.
    rows = sa.select(key).where(condition).with_for_update(skip_locked=True)
    session.execute(sa.delete(key.class_).where(key.in_(rows)), execution_options={"synchronize_session": False})
