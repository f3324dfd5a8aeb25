"""Who did what to what, and when: one row for each write, in the transaction of the write itself."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from caselog.store.base import Model, Tenant


class AuditEntry(Tenant, Model):
    """One act. `actor_id` is empty where the operator acted from the command line."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.ForeignKeyConstraint(["program_id", "actor_id"], ["person.program_id", "person.id"]),
        sa.Index("ix_audit_entry_at", "program_id", "at"),
    )

    at: Mapped[datetime]
    actor_id: Mapped[uuid.UUID | None]
    action: Mapped[str]  # a verb on a thing, such as `case.submit`
    subject: Mapped[str]  # the thing's own identifier
