"""Work that takes longer than a page: how far it is, for the person who began it."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from caselog.domain.job import State
from caselog.store.base import Model, Tenant, one_of, reference


class Job(Tenant, Model):
    """`kind` says what is done, `subject` to what; `beat_at` is when it was last heard of."""

    __tablename__ = "job"
    __table_args__ = (
        reference("person_id", "person"),
        one_of("state", State),
        sa.CheckConstraint("done >= 0 AND total >= 0", name="counts_not_negative"),
        sa.Index("ix_job_person", "program_id", "person_id", "created_at"),
    )

    person_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    subject: Mapped[uuid.UUID | None]
    state: Mapped[str]
    done: Mapped[int]
    total: Mapped[int]
    outcome: Mapped[str]  # what came of it, in our own words: nothing that anybody typed
    cancel_asked: Mapped[bool]
    created_at: Mapped[datetime]
    beat_at: Mapped[datetime]
