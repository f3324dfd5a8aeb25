"""Personal tokens of the API, and the answers that are given again when a request comes a second time.

Tokens are random; only their SHA-256 is stored. They are machinery like sessions: that one was made or ended is an act
in the trail. One that was ended is removed; one that ran out stays for a while, so that its owner sees why it failed.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from caselog.store.base import Model, Tenant, reference
from caselog.store.people import Person
from caselog.store.programs import Program
from caselog.store.types import CodeSet

TOUCH = timedelta(minutes=1)  # `last_used_at` may lag by this much, so that most requests write nothing
ANSWER_LIFE = timedelta(days=1)
KEPT = timedelta(days=90)  # for so long a token that ran out stands on its owner's page


class ApiToken(Tenant, Model):
    """A token of one person; `scopes` are codes of `domain.scopes`."""

    __tablename__ = "api_token"
    __table_args__ = (
        reference("person_id", "person"),
        sa.CheckConstraint("expires_at > created_at", name="dates_order"),
        sa.Index("ix_api_token_person", "program_id", "person_id"),
    )

    person_id: Mapped[uuid.UUID]
    name: Mapped[str]
    scopes: Mapped[tuple[str, ...]] = mapped_column(CodeSet)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class ApiAnswer(Model):
    """What was answered to a request with an Idempotency-Key: status, a few headers and a body without typed text."""

    __tablename__ = "api_answer"
    __table_args__ = (reference("person_id", "person"), sa.Index("ix_api_answer_at", "at"))

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    answer: Mapped[str]  # JSON: [status, headers, body]
    at: Mapped[datetime]


def live_token(
    session: Session, token_hash: str, now: datetime, may_sign_in: sa.ColumnElement[bool]
) -> tuple[ApiToken, Person, Program] | None:
    """A token that may be used, with its person; None too when the person does not sign in any more."""
    row = session.execute(
        sa.select(ApiToken, Person, Program)
        .join(Person, sa.and_(Person.program_id == ApiToken.program_id, Person.id == ApiToken.person_id))
        .join(Program, Program.id == ApiToken.program_id)
        .where(
            ApiToken.token_hash == token_hash,
            ApiToken.expires_at > now,
            may_sign_in,
            Person.account_id.is_not(None),
        )
    ).one_or_none()
    return (row[0], row[1], row[2]) if row else None


def touch_token(session: Session, token_id: uuid.UUID, now: datetime) -> None:
    session.execute(sa.update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=now))


def tokens_of(session: Session, program_id: uuid.UUID, person_id: uuid.UUID) -> Sequence[ApiToken]:
    """A person's tokens, the newest first."""
    return session.scalars(
        sa.select(ApiToken)
        .where(ApiToken.program_id == program_id, ApiToken.person_id == person_id)
        .order_by(ApiToken.created_at.desc(), ApiToken.id)
    ).all()


def end_tokens_of_account(session: Session, account_id: uuid.UUID) -> None:
    _remove(session, ApiToken.person_id.in_(sa.select(Person.id).where(Person.account_id == account_id)))


def end_tokens_of_person(session: Session, program_id: uuid.UUID, person_id: uuid.UUID) -> None:
    _remove(session, sa.and_(ApiToken.program_id == program_id, ApiToken.person_id == person_id))


def purge_tokens(session: Session, now: datetime) -> None:
    """Remove the tokens that ran out long ago."""
    _remove(session, ApiToken.expires_at <= now - KEPT)


def _remove(session: Session, which: sa.ColumnElement[bool]) -> None:
    session.execute(sa.delete(ApiToken).where(which), execution_options={"synchronize_session": False})


def purge_answers(session: Session, now: datetime) -> None:
    """Remove the answers that are given again no more. Rows that another request holds are left to the next time."""
    key = (ApiAnswer.program_id, ApiAnswer.person_id, ApiAnswer.key_hash)
    old = sa.select(*key).where(ApiAnswer.at <= now - ANSWER_LIFE).with_for_update(skip_locked=True)
    for row in session.execute(old).all():
        session.execute(
            sa.delete(ApiAnswer).where(sa.tuple_(*key) == sa.tuple_(*row)),
            execution_options={"synchronize_session": False},
        )


def claim_key(session: Session, key_hash: str) -> bool:
    """Whether nobody else works on this key now; the claim ends with the transaction.

    SQLite has one writer at a time, so there the other has ended already.
    """
    if session.get_bind().dialect.name != "postgresql":
        return True
    key = int.from_bytes(bytes.fromhex(key_hash)[:8], signed=True)
    return bool(session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(key))))


def kept_answer(session: Session, program_id: uuid.UUID, person_id: uuid.UUID, key_hash: str) -> ApiAnswer | None:
    return session.get(ApiAnswer, (program_id, person_id, key_hash))
