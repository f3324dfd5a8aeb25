"""What directors made of signals: settled, by whom, when, how, and in which words."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from caselog.store.base import Model, Tenant, one_of, reference

WORDS_MOST = 1_000  # characters


class Outcome(StrEnum):
    """How a signal was settled."""

    EXPLAINED = "explained"
    CORRECTED = "corrected"
    NO_CONCERN = "no_concern"


class SignalSettlement(Tenant, Model):
    """A signal that was settled: its key, and a digest of what the records said then.

    When they say something else, the digest is another one, and the signal is open again.
    """

    __tablename__ = "signal_settlement"
    __table_args__ = (
        sa.UniqueConstraint("program_id", "key", "digest"),
        reference("settled_by", "person"),
        one_of("outcome", Outcome),
        sa.CheckConstraint(f"length(words) <= {WORDS_MOST}", name="words_length"),
    )

    key: Mapped[str]
    digest: Mapped[str]
    outcome: Mapped[str]
    words: Mapped[str]
    settled_by: Mapped[uuid.UUID]
    settled_at: Mapped[datetime]
