"""The settings of each program; a program without a row has the defaults."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from caselog.domain.settings import RANGES
from caselog.store.base import Model


class ProgramSettings(Model):
    __tablename__ = "program_settings"
    __table_args__ = tuple(
        sa.CheckConstraint(f"{name} BETWEEN {least} AND {most}", name=f"{name}_range")
        for name, (least, most) in RANGES.items()
    )

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True)
    confirm_over: Mapped[int]
    confirm_after_days: Mapped[int]
    digest_pause_days: Mapped[int]
    link_days: Mapped[int]
    late_entry_hours: Mapped[int]
    free_text: Mapped[bool]
