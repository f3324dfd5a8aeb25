"""Forms on which cases are evaluated, which rotations use them, and the evaluations themselves."""

import uuid
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from caselog.store.base import Model, Tenant, one_of, reference

COMMENT_MOST = 2_000  # characters


class Side(StrEnum):
    """From whose side a case is evaluated."""

    PRECEPTOR = "preceptor"
    SELF = "self"


class EvaluationForm(Tenant, Model):
    """A form of the program: its definition as JSON, and where that comes from.

    A form that was used is not changed any more: what was said on it would change with it.
    """

    __tablename__ = "evaluation_form"
    __table_args__ = (sa.UniqueConstraint("program_id", "name"), reference("written_by", "person"))

    name: Mapped[str]
    definition: Mapped[str]
    source: Mapped[str]
    source_read_on: Mapped[date | None]
    retired: Mapped[bool] = mapped_column(default=False)
    written_by: Mapped[uuid.UUID]
    changed_at: Mapped[datetime]


class RotationEvaluation(Model):
    """The form on which the cases of a rotation are evaluated."""

    __tablename__ = "rotation_evaluation"
    __table_args__ = (
        reference("rotation_id", "rotation"),
        reference("form_id", "evaluation_form"),
        sa.Index("ix_rotation_evaluation_form", "program_id", "form_id"),
    )

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True)
    rotation_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    form_id: Mapped[uuid.UUID]


class CaseEvaluation(Tenant, Model):
    """One person's evaluation of a case as it was in one version; who changes their mind gives another one.

    `scores` is JSON: section id → score of those that were graded. `lowest` is the lowest of them.
    """

    __tablename__ = "case_evaluation"
    __table_args__ = (
        reference("case_uid", "logged_case", target_column="case_uid"),
        reference("form_id", "evaluation_form"),
        reference("given_by", "person"),
        one_of("side", Side),
        sa.CheckConstraint(f"length(comment) <= {COMMENT_MOST}", name="comment_length"),
        sa.Index("ix_case_evaluation_case", "program_id", "case_uid"),
        sa.Index("ix_case_evaluation_given_by", "program_id", "given_by"),
    )

    case_uid: Mapped[uuid.UUID]
    case_version: Mapped[int]
    form_id: Mapped[uuid.UUID]
    side: Mapped[str]
    given_by: Mapped[uuid.UUID]
    scores: Mapped[str]
    lowest: Mapped[int]
    comment: Mapped[str]
    at: Mapped[datetime]
