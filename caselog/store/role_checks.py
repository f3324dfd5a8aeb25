"""What role a reviewer saw before the student's claim was shown, and how a difference ended."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session

from caselog.domain.codes import Role, Status
from caselog.domain.transitions import Stage, Way
from caselog.store.base import Model, Tenant, one_of, reference


class CheckEnd(StrEnum):
    """How a check of a role ended."""

    MATCHED = "matched"  # the reviewer saw what the student claims
    ACCEPTED = "accepted"  # the student took the reviewer's role
    AGREED = "agreed"  # the reviewer agreed to the student's role
    RETURNED = "returned"
    CHANGED = "changed"  # the case was amended while it waited
    VOID = "void"


class RoleCheck(Tenant, Model):
    """One answer of a reviewer to the question in which role they saw the student.

    A check without `ended` is open: the case waits, first for the student and, once `kept_at` is set (with
    `kept_reason`), for the reviewer. `agreed_role` is what was verified in the end, if anything was.
    """

    __tablename__ = "role_check"
    __table_args__ = (
        reference("case_uid", "logged_case", target_column="case_uid"),
        reference("reviewer_id", "person"),
        reference("ended_by", "person"),
        one_of("claimed", Role),
        one_of("picked", Role),
        one_of("agreed_role", Role),
        one_of("way", tuple(way for way in Way if way is not Way.AGREEMENT)),
        one_of("ended", CheckEnd),
        sa.CheckConstraint("kept_at IS NULL OR kept_reason <> ''", name="keeping_says_why"),
        sa.CheckConstraint("(ended IS NULL) = (ended_at IS NULL)", name="ended_at_some_time"),
        sa.Index("ix_role_check_case", "program_id", "case_uid"),
    )

    case_uid: Mapped[uuid.UUID]
    case_version: Mapped[int]
    reviewer_id: Mapped[uuid.UUID]
    claimed: Mapped[str]
    picked: Mapped[str]
    way: Mapped[str]
    at: Mapped[datetime]
    kept_reason: Mapped[str]
    kept_at: Mapped[datetime | None]
    ended: Mapped[str | None]
    ended_by: Mapped[uuid.UUID | None]
    ended_at: Mapped[datetime | None]
    agreed_role: Mapped[str | None]


def still_open() -> sa.ColumnElement[bool]:
    """Whether a check has not ended; a case has one such at most."""
    return RoleCheck.ended.is_(None)


def open_check(session: Session, program_id: uuid.UUID, case_uid: uuid.UUID) -> RoleCheck | None:
    """The difference of roles that a case waits for, as it is now."""
    return session.scalars(
        sa.select(RoleCheck)
        .where(RoleCheck.program_id == program_id, RoleCheck.case_uid == case_uid, still_open())
        .execution_options(populate_existing=True)
    ).one_or_none()


def stage_of(status: str, check: RoleCheck | None) -> Stage:
    """Where an entry of this status stands; `check` is the open one of a case."""
    if check is not None:
        return Stage.DIFFERS if check.kept_at is None else Stage.KEPT
    return Stage.WAITING if status == Status.SUBMITTED else Stage(status)
