"""The case log's own table, and the reviews of its cases."""

import uuid
from collections.abc import Collection, Mapping
from datetime import date, time
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column, synonym

from caselog.domain.case import COLUMNS, DECIMAL_FIELDS, INTEGER_FIELDS, NOTE_MOST, Case, case_of
from caselog.domain.codes import AgeGroup, Role, Setting, Status, Urgency
from caselog.domain.transitions import Way
from caselog.store.base import one_of, reference
from caselog.store.entries import CHANGING, NEEDS_REASON, EntryChange, EntryReview, LogEntry
from caselog.store.people import Person
from caselog.store.programs import Rotation, Site
from caselog.store.session import read_rows
from caselog.store.types import CodeSet

Q = TypeVar("Q", bound=sa.Select[*tuple[Any, ...]])
_COUNTED_BY = (
    "status", "setting", "role", "activity", "age_group", "urgency", "redo", "site_id", "case_date", "procedures",
)  # fmt: skip
_RANGES = tuple(
    sa.CheckConstraint(f"{name} BETWEEN {least} AND {most}", name=f"{name}_range")
    for name, (least, most) in {**INTEGER_FIELDS, **DECIMAL_FIELDS}.items()
)


class LoggedCase(LogEntry):
    """A case of a student.

    The codes of `activity`, `procedures`, `techniques` and `events` are of the program's lists, which are
    checked where cases are written: codes are retired, never removed, so a stored code stays known.
    """

    __tablename__ = "logged_case"
    __table_args__ = (
        reference("student_id", "student", target_column="person_id"),
        reference("site_id", "site"),
        reference("rotation_id", "rotation"),
        reference("preceptor_id", "person"),
        one_of("role", Role),
        one_of("setting", Setting),
        one_of("age_group", AgeGroup),
        one_of("urgency", Urgency),
        one_of("status", Status),
        *_RANGES,
        sa.CheckConstraint("cross_clamp_minutes <= cpb_minutes", name="clamp_within_cpb"),
        sa.CheckConstraint("circulatory_arrest_minutes <= cpb_minutes", name="arrest_within_cpb"),
        sa.CheckConstraint(f"length(note) <= {NOTE_MOST}", name="note_length"),
        # A draft may lack anything; from submission on a case is whole.
        sa.CheckConstraint(
            "status IN ('draft', 'void') OR (case_date IS NOT NULL AND site_id IS NOT NULL"
            " AND preceptor_id IS NOT NULL AND activity IS NOT NULL AND role IS NOT NULL"
            " AND setting IS NOT NULL AND age_group IS NOT NULL AND urgency IS NOT NULL)",
            name="whole_when_submitted",
        ),
        sa.Index("ix_logged_case_student_date", "program_id", "student_id", "case_date"),
        sa.Index("ix_logged_case_preceptor_status", "program_id", "preceptor_id", "status"),
        # All that most rules read of a case: whole cohorts are counted from the index alone.
        sa.Index("ix_logged_case_counting", "program_id", "student_id", *_COUNTED_BY),
    )

    case_uid: Mapped[uuid.UUID] = mapped_column(primary_key=True, sort_order=-2)
    case_date: Mapped[date | None]
    start_time: Mapped[time | None]
    site_id: Mapped[uuid.UUID | None]
    rotation_id: Mapped[uuid.UUID | None]
    preceptor_id: Mapped[uuid.UUID | None]
    activity: Mapped[str | None]
    procedures: Mapped[tuple[str, ...]] = mapped_column(CodeSet)
    role: Mapped[str | None]
    share_percent: Mapped[int | None]
    setting: Mapped[str | None]
    age_group: Mapped[str | None]
    urgency: Mapped[str | None]
    redo: Mapped[bool]
    cpb_minutes: Mapped[int | None]
    cross_clamp_minutes: Mapped[int | None]
    circulatory_arrest_minutes: Mapped[int | None]
    support_hours: Mapped[float | None]
    lowest_temp_c: Mapped[float | None]
    techniques: Mapped[tuple[str, ...]] = mapped_column(CodeSet)
    events: Mapped[tuple[str, ...]] = mapped_column(CodeSet)
    note: Mapped[str]

    uid: Mapped[uuid.UUID] = synonym("case_uid")
    on: Mapped[date | None] = synonym("case_date")
    reviewer_id: Mapped[uuid.UUID | None] = synonym("preceptor_id")


class CaseReview(EntryReview):
    """A preceptor's decision on a submitted case: verified, or returned with a comment."""

    __tablename__ = "case_review"
    __table_args__ = (
        reference("case_uid", "logged_case", target_column="case_uid"),
        reference("reviewer_id", "person"),
        one_of("decision", (Status.VERIFIED, Status.RETURNED)),
        sa.CheckConstraint("decision <> 'returned' OR comment <> ''", name="return_says_why"),
        one_of("way", Way),
        one_of("role", Role),
        sa.Index("ix_case_review_case", "program_id", "case_uid"),
    )

    case_uid: Mapped[uuid.UUID] = mapped_column(sort_order=-1)
    case_version: Mapped[int] = mapped_column(sort_order=1)
    role: Mapped[str | None] = mapped_column(sort_order=3)  # that was verified
    check_id: Mapped[uuid.UUID | None] = mapped_column(sort_order=3)  # the RoleCheck that it ended

    entry_uid: Mapped[uuid.UUID] = synonym("case_uid")
    entry_version: Mapped[int] = synonym("case_version")


class CaseChange(EntryChange):
    """A change of a case that had been submitted."""

    __tablename__ = "case_change"
    __table_args__ = (
        reference("case_uid", "logged_case", target_column="case_uid"),
        reference("actor_id", "person"),
        one_of("act", CHANGING),
        sa.CheckConstraint(NEEDS_REASON, name="says_why"),
        sa.Index("ix_case_change_case", "program_id", "case_uid"),
    )

    case_uid: Mapped[uuid.UUID] = mapped_column(sort_order=-1)

    entry_uid: Mapped[uuid.UUID] = synonym("case_uid")


# What a case holds by reference, as files spell it out; the other columns it holds itself.
REFERENCES: Mapping[str, InstrumentedAttribute[str]] = {
    "site": Site.code,
    "site_country": Site.country,
    "rotation": Rotation.code,
    "preceptor": Person.email,
}
OWN_COLUMNS = tuple(name for name in COLUMNS if name != "case_uid" and name not in REFERENCES)
_OF_SITE = frozenset({"site", "site_country", "site_affiliated"})


def affiliated_on_the_day() -> sa.ColumnElement[bool]:
    """Whether the case's site was affiliated on the case's day; empty without a day. `Site` must be joined."""
    day = LoggedCase.case_date
    since = sa.or_(Site.affiliated_from.is_(None), Site.affiliated_from <= day)
    until = sa.or_(Site.affiliated_until.is_(None), Site.affiliated_until >= day)
    known = sa.and_(Site.id.is_not(None), day.is_not(None))
    return sa.type_coerce(sa.case((known, sa.and_(since, until))), sa.Boolean)


def spelled_out(*more: Any) -> sa.Select[Any]:
    """Cases with their references spelled out as in files: for `as_case`, to be narrowed by the caller.

    `more` are further columns, which follow those of the case.
    """
    spelled: list[Any] = [column.label(name) for name, column in REFERENCES.items()]
    affiliated = affiliated_on_the_day().label("site_affiliated")
    return joined(sa.select(LoggedCase, *spelled, affiliated, *more), REFERENCES)


def joined(query: Q, fields: Collection[str]) -> Q:
    """The query with the tables that these fields of a case refer to."""
    if not _OF_SITE.isdisjoint(fields):
        query = query.outerjoin(Site, _same_program(Site, LoggedCase.site_id))
    if "rotation" in fields:
        query = query.outerjoin(Rotation, _same_program(Rotation, LoggedCase.rotation_id))
    if "preceptor" in fields:
        query = query.outerjoin(Person, _same_program(Person, LoggedCase.preceptor_id))
    return query


def _same_program(table: Any, column: InstrumentedAttribute[Any]) -> sa.ColumnElement[bool]:
    return sa.and_(table.program_id == LoggedCase.program_id, table.id == column)


def as_case(row: Any) -> Case:
    """A row of `spelled_out` as a case: site by code, preceptor by e-mail, rotation by code."""
    logged: LoggedCase = row[0]
    return Case(
        case_uid=str(logged.case_uid),
        site=row.site,
        site_country=row.site_country,
        rotation=row.rotation,
        preceptor=row.preceptor,
        site_affiliated=row.site_affiliated,
        **{name: getattr(logged, name) for name in OWN_COLUMNS},
    )


_READ = spelled_out().with_only_columns(
    *(REFERENCES[name] if name in REFERENCES else getattr(LoggedCase, name) for name in COLUMNS),
    affiliated_on_the_day(),
)
_READ_OF_STUDENT = _READ.where(
    LoggedCase.program_id == sa.bindparam("program_id"), LoggedCase.student_id == sa.bindparam("student_id")
)


def read_cases(session: Session, *conditions: sa.ColumnElement[bool]) -> list[Case]:
    """The cases that satisfy the conditions: as `spelled_out` and `as_case` say, in a tenth of their time.

    No LoggedCase is made on the way, so nothing read here can be changed.
    """
    return _read(session, _READ.where(*conditions), {})


def cases_of(session: Session, program_id: uuid.UUID, student_id: uuid.UUID) -> list[Case]:
    """All cases of one student, read likewise."""
    return _read(session, _READ_OF_STUDENT, {"program_id": program_id, "student_id": student_id})


def _read(session: Session, query: sa.Select[Any], asked: Mapping[str, Any]) -> list[Case]:
    return [case_of((str(row[0]), *row[1:])) for row in read_rows(session, query, asked).all()]
