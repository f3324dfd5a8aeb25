"""The people of a program, the students among them, and where preceptors work."""

import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from caselog.domain.codes import Position
from caselog.store.base import Model, Tenant, one_of, reference


class Person(Tenant, Model):
    """A person of a program. The account is what signs in; a preceptor may do without one."""

    __tablename__ = "person"
    __table_args__ = (
        sa.UniqueConstraint("program_id", "email"),
        sa.UniqueConstraint("program_id", "account_id"),
        sa.CheckConstraint("email = lower(email)", name="email_lower"),
        one_of("position", Position),
    )

    account_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    name: Mapped[str]
    email: Mapped[str]
    position: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)


class Student(Model):
    """What the program knows of a student beside the log: cohort and dates."""

    __tablename__ = "student"
    __table_args__ = (
        reference("person_id", "person"),
        reference("cohort_id", "cohort"),
        sa.CheckConstraint("expected_graduation > program_start", name="expected_graduation_order"),
        sa.CheckConstraint("graduated_on > program_start", name="graduated_on_order"),
        sa.Index("ix_student_cohort", "program_id", "cohort_id"),
    )

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    cohort_id: Mapped[uuid.UUID]
    program_start: Mapped[date]
    expected_graduation: Mapped[date | None]
    graduated_on: Mapped[date | None]
    certified_on: Mapped[date | None]
    enrolled: Mapped[bool] = mapped_column(default=True)


class PreceptorSite(Model):
    """A preceptor is a person of one or more sites."""

    __tablename__ = "preceptor_site"
    __table_args__ = (reference("person_id", "person"), reference("site_id", "site"))

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    site_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


class Attestation(Tenant, Model):
    """A document on file or a statement signed for a student: what, by whom (in words), on which day."""

    __tablename__ = "attestation"
    __table_args__ = (
        # A statement may be signed again on another day, as progress reports are.
        sa.UniqueConstraint("program_id", "student_id", "attested", "on"),
        reference("student_id", "student", target_column="person_id"),
        reference("recorded_by", "person"),
    )

    student_id: Mapped[uuid.UUID]
    attested: Mapped[str]  # the requirement's id, such as `transcript`
    by: Mapped[str]
    on: Mapped[date]
    recorded_by: Mapped[uuid.UUID]


def lock_person(
    session: Session, program_id: uuid.UUID, person_id: uuid.UUID, *, wait: bool = True
) -> Person | None:
    """A person whose mail and links only this transaction changes now; None too if another one does and `wait` is off.

    Rows that refer to the person can be added meanwhile.
    """
    return session.get(
        Person,
        (program_id, person_id),
        with_for_update={"key_share": True, "skip_locked": not wait},
        populate_existing=True,
    )
