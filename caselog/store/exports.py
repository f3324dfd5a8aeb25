"""What left: a record of each export, and how exactly a program lets things leave."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from caselog.domain.export import REASON_MOST, Dates, Format, Sites, Use
from caselog.store.base import Model, Tenant, one_of, reference


class IssuedExport(Tenant, Model):
    """An export: of one student, of a cohort, or of the whole program where neither is given.

    `code` is what the file shows and a stranger may ask about. `sha256` is of the file's bytes, and with the counts
    it is empty until the file was made to its end. `issued_by` is empty where the operator made it. The head is the
    trail's as the file was begun.
    """

    __tablename__ = "issued_export"
    __table_args__ = (
        reference("student_id", "student", target_column="person_id"),
        reference("cohort_id", "cohort"),
        reference("issued_by", "person"),
        one_of("use", Use),
        one_of("format", Format),
        one_of("dates", Dates),
        one_of("sites", Sites),
        sa.CheckConstraint(f"length(reason) <= {REASON_MOST}", name="reason_length"),
        sa.CheckConstraint(f"length(withdrawn_why) <= {REASON_MOST}", name="withdrawn_why_length"),
        sa.CheckConstraint("cases >= 0 AND activities >= 0", name="counts_not_negative"),
        sa.CheckConstraint(
            "(sha256 IS NULL) = (cases IS NULL) AND (sha256 IS NULL) = (activities IS NULL)",
            name="whole_when_made",
        ),
        sa.CheckConstraint("withdrawn_at IS NOT NULL OR withdrawn_why = ''", name="why_when_withdrawn"),
        sa.Index("ix_issued_export_student", "program_id", "student_id", "issued_at"),
    )

    code: Mapped[str] = mapped_column(unique=True)
    use: Mapped[str]
    format: Mapped[str]
    student_id: Mapped[uuid.UUID | None]
    cohort_id: Mapped[uuid.UUID | None]
    reason: Mapped[str]
    dates: Mapped[str]
    sites: Mapped[str]
    cases: Mapped[int | None]
    activities: Mapped[int | None]
    issued_at: Mapped[datetime]
    issued_by: Mapped[uuid.UUID | None]
    head_seq: Mapped[int]
    head_hash: Mapped[str]
    sha256: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_why: Mapped[str] = mapped_column(default="")


class ExportPolicy(Model):
    """How exactly a program lets things leave for one use; without a row, in full."""

    __tablename__ = "export_policy"
    __table_args__ = (one_of("use", Use), one_of("dates", Dates), one_of("sites", Sites))

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True)
    use: Mapped[str] = mapped_column(primary_key=True)
    dates: Mapped[str]
    sites: Mapped[str]
