"""Rule sets that a program writes itself, and what is waived for its students."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from caselog.store.base import Model, Tenant, reference


class ProgramRuleset(Tenant, Model):
    """An edition of a rule set in the words of its file. A published one is never changed; a draft is never live."""

    __tablename__ = "program_ruleset"
    __table_args__ = (
        sa.UniqueConstraint("program_id", "ruleset", "edition"),
        reference("written_by", "person"),
    )

    ruleset: Mapped[str]
    edition: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]  # TOML, as it was checked
    published: Mapped[bool] = mapped_column(default=False)
    written_by: Mapped[uuid.UUID]
    changed_at: Mapped[datetime]


class GrantedWaiver(Tenant, Model):
    """A waiver or substitution of a student's: granted, perhaps expired, never deleted."""

    __tablename__ = "granted_waiver"
    __table_args__ = (
        reference("student_id", "student", target_column="person_id"),
        reference("granted_by", "person"),
        sa.CheckConstraint("until >= granted_on", name="dates_order"),
        sa.CheckConstraint("minimum >= 0", name="minimum_not_negative"),
        sa.CheckConstraint("reason <> ''", name="says_why"),
        sa.Index("ix_granted_waiver_student", "program_id", "student_id"),
    )

    student_id: Mapped[uuid.UUID]
    ruleset: Mapped[str]
    requirement: Mapped[str]
    reason: Mapped[str]
    granted_by: Mapped[uuid.UUID]
    granted_on: Mapped[date]
    until: Mapped[date | None]
    minimum: Mapped[int | None]  # another number in the place of the rule's; empty waives the requirement
    entry_uid: Mapped[uuid.UUID | None]  # an entry that counts although the rule says no
