"""Learning activities: the log's other entry, beside cases, and the reviews of them."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from caselog.domain.activity import HOURS_MOST, TITLE_MOST, UNITS_MOST
from caselog.domain.codes import ActivityKind, Status
from caselog.store.base import Model, Tenant, one_of, reference


class LoggedActivity(Model):
    """A learning activity of a student. `activity_uid` is made by the client, so a second arrival is the same row."""

    __tablename__ = "logged_activity"
    __table_args__ = (
        reference("student_id", "student", target_column="person_id"),
        reference("supervisor_id", "person"),
        one_of("kind", ActivityKind),
        one_of("status", Status),
        sa.CheckConstraint(f"hours BETWEEN 0 AND {HOURS_MOST}", name="hours_range"),
        sa.CheckConstraint(f"units BETWEEN 0 AND {UNITS_MOST}", name="units_range"),
        sa.CheckConstraint(f"length(title) <= {TITLE_MOST}", name="title_length"),
        # A draft may lack anything; from submission on an activity is whole.
        sa.CheckConstraint(
            "status IN ('draft', 'void') OR (date IS NOT NULL AND kind IS NOT NULL AND title <> ''"
            " AND supervisor_id IS NOT NULL)",
            name="whole_when_submitted",
        ),
        sa.Index("ix_logged_activity_student_date", "program_id", "student_id", "date"),
        sa.Index("ix_logged_activity_supervisor_status", "program_id", "supervisor_id", "status"),
    )

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True)
    activity_uid: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    student_id: Mapped[uuid.UUID]
    date: Mapped[date | None]
    kind: Mapped[str | None]
    title: Mapped[str]
    hours: Mapped[float | None]
    units: Mapped[float | None]
    category: Mapped[str | None]
    provider: Mapped[str | None]
    supervisor_id: Mapped[uuid.UUID | None]
    status: Mapped[str]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own attribute)


class ActivityReview(Tenant, Model):
    """A supervisor's decision on a submitted activity: verified, or returned with a comment."""

    __tablename__ = "activity_review"
    __table_args__ = (
        reference("activity_uid", "logged_activity", target_column="activity_uid"),
        reference("reviewer_id", "person"),
        one_of("decision", (Status.VERIFIED, Status.RETURNED)),
        sa.CheckConstraint("decision <> 'returned' OR comment <> ''", name="return_says_why"),
        sa.Index("ix_activity_review_activity", "program_id", "activity_uid"),
    )

    activity_uid: Mapped[uuid.UUID]
    reviewer_id: Mapped[uuid.UUID]
    decision: Mapped[str]
    comment: Mapped[str]
    activity_version: Mapped[int]
    at: Mapped[datetime]
