"""The table of learning activities, the log's other entry beside cases, and the reviews of them."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, synonym

from caselog.domain.activity import COLUMNS, NUMBER_FIELDS, TEXT_FIELDS, LearningActivity
from caselog.domain.codes import ActivityKind, Status
from caselog.domain.transitions import Way
from caselog.store.base import one_of, reference
from caselog.store.entries import CHANGING, NEEDS_REASON, EntryChange, EntryReview, LogEntry
from caselog.store.people import Person
from caselog.store.session import read_rows

_RANGES = tuple(
    sa.CheckConstraint(f"{name} BETWEEN {least} AND {most}", name=f"{name}_range")
    for name, (least, most) in NUMBER_FIELDS.items()
)
_LENGTHS = tuple(
    sa.CheckConstraint(f"length({name}) <= {most}", name=f"{name}_length") for name, most in TEXT_FIELDS.items()
)


class LoggedActivity(LogEntry):
    """A learning activity of a student."""

    __tablename__ = "logged_activity"
    __table_args__ = (
        reference("student_id", "student", target_column="person_id"),
        reference("supervisor_id", "person"),
        one_of("kind", ActivityKind),
        one_of("status", Status),
        *_RANGES,
        *_LENGTHS,
        # A draft may lack anything; from submission on an activity is whole.
        sa.CheckConstraint(
            "status IN ('draft', 'void') OR (date IS NOT NULL AND kind IS NOT NULL AND title <> ''"
            " AND supervisor_id IS NOT NULL)",
            name="whole_when_submitted",
        ),
        sa.Index("ix_logged_activity_student_date", "program_id", "student_id", "date"),
        sa.Index("ix_logged_activity_supervisor_status", "program_id", "supervisor_id", "status"),
    )

    activity_uid: Mapped[uuid.UUID] = mapped_column(primary_key=True, sort_order=-2)
    date: Mapped[dt.date | None]
    kind: Mapped[str | None]
    title: Mapped[str]
    hours: Mapped[float | None]
    units: Mapped[float | None]
    category: Mapped[str | None]
    provider: Mapped[str | None]
    supervisor_id: Mapped[uuid.UUID | None]

    uid: Mapped[uuid.UUID] = synonym("activity_uid")
    on: Mapped[dt.date | None] = synonym("date")
    reviewer_id: Mapped[uuid.UUID | None] = synonym("supervisor_id")


class ActivityReview(EntryReview):
    """A supervisor's decision on a submitted activity: verified, or returned with a comment."""

    __tablename__ = "activity_review"
    __table_args__ = (
        reference("activity_uid", "logged_activity", target_column="activity_uid"),
        reference("reviewer_id", "person"),
        one_of("decision", (Status.VERIFIED, Status.RETURNED)),
        sa.CheckConstraint("decision <> 'returned' OR comment <> ''", name="return_says_why"),
        one_of("way", Way),
        sa.Index("ix_activity_review_activity", "program_id", "activity_uid"),
    )

    activity_uid: Mapped[uuid.UUID] = mapped_column(sort_order=-1)
    activity_version: Mapped[int] = mapped_column(sort_order=1)

    entry_uid: Mapped[uuid.UUID] = synonym("activity_uid")
    entry_version: Mapped[int] = synonym("activity_version")


class ActivityChange(EntryChange):
    """A change of a learning activity that had been submitted."""

    __tablename__ = "activity_change"
    __table_args__ = (
        reference("activity_uid", "logged_activity", target_column="activity_uid"),
        reference("actor_id", "person"),
        one_of("act", CHANGING),
        sa.CheckConstraint(NEEDS_REASON, name="says_why"),
        sa.Index("ix_activity_change_activity", "program_id", "activity_uid"),
    )

    activity_uid: Mapped[uuid.UUID] = mapped_column(sort_order=-1)

    entry_uid: Mapped[uuid.UUID] = synonym("activity_uid")


# The columns that an activity holds itself; the supervisor is a reference, spelled out by `as_activity`.
OWN_COLUMNS = tuple(name for name in COLUMNS if name not in {"activity_uid", "supervisor"})


def spelled_out(*more: Any) -> sa.Select[Any]:
    """Activities with the supervisor spelled out as in files: for `as_activity`, to be narrowed by the caller.

    `more` are further columns, which follow those of the activity.
    """
    return sa.select(LoggedActivity, Person.email.label("supervisor"), *more).outerjoin(
        Person,
        sa.and_(Person.program_id == LoggedActivity.program_id, Person.id == LoggedActivity.supervisor_id),
    )


def as_activity(row: Any) -> LearningActivity:
    """A row of `spelled_out` as an activity: the supervisor by e-mail."""
    logged: LoggedActivity = row[0]
    return LearningActivity(
        activity_uid=str(logged.activity_uid),
        supervisor=row.supervisor,
        **{name: getattr(logged, name) for name in OWN_COLUMNS},
    )


_READ = spelled_out().with_only_columns(
    *(Person.email if name == "supervisor" else getattr(LoggedActivity, name) for name in COLUMNS)
)
_READ_OF_STUDENT = _READ.where(
    LoggedActivity.program_id == sa.bindparam("program_id"),
    LoggedActivity.student_id == sa.bindparam("student_id"),
)


def read_activities(session: Session, *conditions: sa.ColumnElement[bool]) -> list[LearningActivity]:
    """The activities that satisfy the conditions, as `read_cases` reads cases."""
    return _read(session, _READ.where(*conditions), {})


def activities_of(session: Session, program_id: uuid.UUID, student_id: uuid.UUID) -> list[LearningActivity]:
    """All activities of one student."""
    return _read(session, _READ_OF_STUDENT, {"program_id": program_id, "student_id": student_id})


def _read(session: Session, query: sa.Select[Any], asked: Mapping[str, Any]) -> list[LearningActivity]:
    rows: Sequence[Any] = read_rows(session, query, asked).all()
    return [LearningActivity(**dict(zip(COLUMNS, (str(row[0]), *row[1:]), strict=True))) for row in rows]
