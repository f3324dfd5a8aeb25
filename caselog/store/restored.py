"""Archives from which a student's record was restored, each with the part of its trail that concerns the student."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from caselog.store.base import Model, Tenant, reference


class RestoredArchive(Tenant, Model):
    """An archive that the operator restored: its digest, the code and head that it shows, and the trail within it.

    `trail` is a JSON array of entries as the archive has them. They are of another chain, so they cannot stand in
    this program's; here they stay beside it, and leave with the next archive.
    """

    __tablename__ = "restored_archive"
    __table_args__ = (
        reference("student_id", "student", target_column="person_id"),
        sa.CheckConstraint("head_seq >= 0", name="head_not_negative"),
        sa.Index("ix_restored_archive_student", "program_id", "student_id"),
    )

    student_id: Mapped[uuid.UUID]
    sha256: Mapped[str]
    code: Mapped[str]
    from_program: Mapped[uuid.UUID]
    issued_at: Mapped[datetime]
    head_seq: Mapped[int]
    head_hash: Mapped[str]
    trail: Mapped[str]
    restored_at: Mapped[datetime]
