"""Packets of a whole cohort while they are made and until they are fetched: kept for a day, then gone."""

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from caselog.domain.export import Use
from caselog.store.base import Model, Tenant, one_of, reference

KEPT = timedelta(days=1)


class PacketBatch(Tenant, Model):
    """One packet for each student of a cohort, asked for by a person; `job_id` is the work that makes them now."""

    __tablename__ = "packet_batch"
    __table_args__ = (
        reference("person_id", "person"),
        reference("cohort_id", "cohort"),
        reference("job_id", "job"),
        one_of("use", tuple(Use)),
    )

    person_id: Mapped[uuid.UUID]
    cohort_id: Mapped[uuid.UUID]
    job_id: Mapped[uuid.UUID]
    use: Mapped[str]
    begun_at: Mapped[datetime]


class MadePacket(Model):
    """A packet that is ready, as the bytes of its file."""

    __tablename__ = "made_packet"
    __table_args__ = (
        reference("batch_id", "packet_batch"),
        reference("student_id", "student", target_column="person_id"),
    )

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True)
    batch_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    student_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    pdf: Mapped[bytes] = mapped_column(sa.LargeBinary)


def purge(session: Session, now: datetime) -> None:
    """Remove what was begun more than a day ago."""
    old = sa.select(PacketBatch.program_id, PacketBatch.id).where(PacketBatch.begun_at <= now - KEPT)
    for program_id, batch_id in session.execute(old).all():
        for table, key in ((MadePacket, MadePacket.batch_id), (PacketBatch, PacketBatch.id)):
            session.execute(sa.delete(table).where(table.program_id == program_id, key == batch_id))
