"""Programs, their clinical sites, cohorts, rotations and code lists."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from caselog.domain.codes import CodeList
from caselog.store.base import Model, Tenant, one_of, reference


class Program(Model):
    __tablename__ = "program"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    timezone: Mapped[str]  # IANA name: dates of cases are the program's local dates
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Site(Tenant, Model):
    """A clinical site, affiliated from one day to another (inclusive; open ends are empty)."""

    __tablename__ = "site"
    __table_args__ = (
        sa.UniqueConstraint("program_id", "code"),
        sa.CheckConstraint("length(country) = 2 AND country = upper(country)", name="country_alpha2"),
        sa.CheckConstraint("affiliated_until >= affiliated_from", name="affiliation_order"),
    )

    code: Mapped[str]
    name: Mapped[str]
    country: Mapped[str]  # ISO 3166 alpha-2
    affiliated_from: Mapped[date | None]
    affiliated_until: Mapped[date | None]
    shared_code: Mapped[str | None]  # what programs at one hospital agree on


class Cohort(Tenant, Model):
    """A graduating class."""

    __tablename__ = "cohort"
    __table_args__ = (
        sa.UniqueConstraint("program_id", "name"),
        sa.CheckConstraint("graduates_on > starts_on", name="dates_order"),
    )

    name: Mapped[str]
    starts_on: Mapped[date]
    graduates_on: Mapped[date]


class Adoption(Tenant, Model):
    """The edition of a rule set under which a cohort is judged; a cohort keeps it unless its director moves it."""

    __tablename__ = "adoption"
    __table_args__ = (
        sa.UniqueConstraint("program_id", "cohort_id", "ruleset"),
        reference("cohort_id", "cohort"),
    )

    cohort_id: Mapped[uuid.UUID]
    ruleset: Mapped[str]
    edition: Mapped[str]
    adopted_on: Mapped[date]


class ProgramNumber(Tenant, Model):
    """A number that a rule set leaves to the program, as its director set it."""

    __tablename__ = "program_number"
    __table_args__ = (
        sa.UniqueConstraint("program_id", "ruleset", "requirement"),
        sa.CheckConstraint("number >= 0", name="number_not_negative"),
        reference("set_by", "person"),
    )

    ruleset: Mapped[str]
    requirement: Mapped[str]
    number: Mapped[int]
    set_by: Mapped[uuid.UUID]
    set_on: Mapped[date]


class Rotation(Tenant, Model):
    """A student at a site between two dates (inclusive)."""

    __tablename__ = "rotation"
    __table_args__ = (
        sa.UniqueConstraint("program_id", "student_id", "code"),
        sa.CheckConstraint("ends_on >= starts_on", name="dates_order"),
        reference("student_id", "student", target_column="person_id"),
        reference("site_id", "site"),
    )

    code: Mapped[str]
    student_id: Mapped[uuid.UUID]
    site_id: Mapped[uuid.UUID]
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class ListedCode(Model):
    """One code of a program's open lists; retired codes are no longer offered, never removed."""

    __tablename__ = "listed_code"
    __table_args__ = (one_of("list", CodeList),)

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True)
    list: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    label: Mapped[str]
    family: Mapped[str]
    retired: Mapped[bool] = mapped_column(default=False)
