"""Reading the log: a page of cases under a filter, and one case with its reviews."""

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from caselog.domain.case import Case
from caselog.domain.codes import CodeBook
from caselog.extensions import db
from caselog.services.actor import Actor, NotFoundError
from caselog.services.entry_pages import Review, on_page, place, reviews_of, status_counts
from caselog.services.kinds import CASES
from caselog.services.references import load_codes
from caselog.services.visible import cases_visible_to
from caselog.store.cases import LoggedCase, as_case, spelled_out
from caselog.store.people import Person
from caselog.store.programs import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which cases to show; what is None does not narrow. Dates are inclusive."""

    status: str | None = None
    activity: str | None = None
    procedure: str | None = None
    role: str | None = None
    age_group: str | None = None
    site: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case in a list, with the names of its people and site; `None` where a draft does not say."""

    case: Case
    student: str
    site_name: str | None
    preceptor_name: str | None


@dataclass(frozen=True, slots=True)
class LogPage:
    """One page of a log; `number` counts from 1, `total` is of all pages."""

    cases: tuple[ListedCase, ...]
    number: int
    pages: int
    total: int
    by_status: dict[str, int]
    codes: CodeBook


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case as its page shows it. `version` must come back with a change."""

    listed: ListedCase
    student_id: uuid.UUID
    preceptor_id: uuid.UUID | None
    version: int
    created_at: datetime
    reviews: tuple[Review, ...]
    codes: CodeBook


_student = sa.orm.aliased(Person)


def _listed() -> sa.Select[Any]:
    """Cases with the names that a list shows."""
    return spelled_out(
        _student.name.label("student_name"),
        Site.name.label("site_name"),
        Person.name.label("preceptor_name"),
    ).join(
        _student,
        sa.and_(_student.program_id == LoggedCase.program_id, _student.id == LoggedCase.student_id),
    )


def _as_listed(row: sa.Row[Any]) -> ListedCase:
    return ListedCase(as_case(row), row.student_name, row.site_name, row.preceptor_name)


def page_of_log(actor: Actor, student_id: uuid.UUID, wanted: LogFilter, number: int) -> LogPage:
    """A page of a student's log, newest first; a page beyond the last is the last."""
    of_student = sa.and_(cases_visible_to(actor), LoggedCase.student_id == student_id)
    found = page_of_cases(actor, sa.and_(of_student, *_narrowed(wanted)), number)
    return replace(found, by_status=status_counts(db.session(), CASES, of_student))


def page_of_cases(
    actor: Actor, condition: sa.ColumnElement[bool], number: int, *, oldest_first: bool = False
) -> LogPage:
    """A page of the cases that satisfy a condition, which must already be narrowed to what the actor may see."""
    session = db.session()
    found = _listed().where(condition)
    where = place(session, found, number)
    rows = session.execute(on_page(CASES, found, where, oldest_first=oldest_first))
    listed = tuple(_as_listed(row) for row in rows)
    return LogPage(listed, where.number, where.pages, where.total, {}, load_codes(session, actor.program_id))


def _narrowed(wanted: LogFilter) -> list[sa.ColumnElement[bool]]:
    equal = {
        LoggedCase.status: wanted.status,
        LoggedCase.activity: wanted.activity,
        LoggedCase.role: wanted.role,
        LoggedCase.age_group: wanted.age_group,
        Site.code: wanted.site,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    if wanted.since:
        conditions.append(LoggedCase.case_date >= wanted.since)
    if wanted.until:
        conditions.append(LoggedCase.case_date <= wanted.until)
    if wanted.procedure:
        stored = sa.type_coerce(LoggedCase.procedures, sa.Text)
        conditions.append((";" + stored + ";").contains(f";{wanted.procedure};", autoescape=True))
    return conditions


def case_view(actor: Actor, case_uid: uuid.UUID) -> CaseView:
    """One case with its reviews, newest first. Raises NotFoundError."""
    session = db.session()
    row = session.execute(_listed().where(cases_visible_to(actor), LoggedCase.case_uid == case_uid)).one_or_none()
    if row is None:
        raise NotFoundError
    logged = row[0]
    return CaseView(
        _as_listed(row),
        logged.student_id,
        logged.preceptor_id,
        logged.version,
        logged.created_at,
        reviews_of(session, CASES, actor.program_id, case_uid),
        load_codes(session, actor.program_id),
    )
