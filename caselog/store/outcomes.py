"""What became of students after the program or within it, as directors enter it by hand."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from caselog.domain.outcomes import PASSED, PLACED, Exam, Leaving, Placement
from caselog.store.base import Model, one_of, reference


def _only_with(day: str, column: str, codes: frozenset[str]) -> sa.CheckConstraint:
    """A day that is given only where the code beside it says that there was one."""
    listed = ", ".join(f"'{code}'" for code in sorted(codes))
    asked = f"{day} IS NULL OR ({column} IS NOT NULL AND {column} IN ({listed}))"
    return sa.CheckConstraint(asked, name=f"{day}_with_{column}")


class RecordedOutcome(Model):
    """One student's outcome; without a row nothing is known. `recorded_by` changed it last."""

    __tablename__ = "recorded_outcome"
    __table_args__ = (
        reference("student_id", "student", target_column="person_id"),
        reference("recorded_by", "person"),
        one_of("left_why", Leaving),
        one_of("pbse", Exam),
        one_of("cape", Exam),
        one_of("placement", Placement),
        sa.CheckConstraint("(left_on IS NULL) = (left_why IS NULL)", name="left_with_why"),
        _only_with("pbse_passed_on", "pbse", PASSED),
        _only_with("cape_passed_on", "cape", PASSED),
        _only_with("placed_on", "placement", PLACED),
    )

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True)
    student_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    left_on: Mapped[date | None]
    left_why: Mapped[str | None]
    pbse: Mapped[str | None]
    pbse_passed_on: Mapped[date | None]
    cape: Mapped[str | None]
    cape_passed_on: Mapped[date | None]
    placement: Mapped[str | None]
    placed_on: Mapped[date | None]
    recorded_by: Mapped[uuid.UUID]
    recorded_at: Mapped[datetime]
