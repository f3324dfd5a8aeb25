"""Reading the log: a page of cases under a filter, and one case with its reviews."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.domain.case import Case
from caselog.domain.codes import CodeBook, Status
from caselog.domain.transitions import Act, Stage, allowed
from caselog.extensions import db
from caselog.services.actor import Actor, NotFoundError
from caselog.services.changes import Change, changes_of
from caselog.services.entry_pages import Review, RoleDifference, on_page, place, reviews_of, status_counts
from caselog.services.holding import parties_of
from caselog.services.kinds import CASES
from caselog.services.references import load_codes
from caselog.services.visible import cases_visible_to
from caselog.store.cases import CaseChange, LoggedCase, as_case, spelled_out
from caselog.store.people import Person
from caselog.store.programs import Site
from caselog.store.role_checks import RoleCheck, stage_of, still_open


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
    """A case in a list, with the names of its people and site; `None` where a draft does not say.

    `hidden` says that the actor is to say which role they saw, and is not shown the one that is claimed, nor the
    share: the case holds None for both.
    """

    case: Case
    student: str
    site_name: str | None
    preceptor_name: str | None
    stage: Stage
    version: int
    difference: RoleDifference | None
    void_reason: str | None
    hidden: bool


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
    """One case as its page shows it. `version` must come back with a change; `may` is what the actor may do now."""

    listed: ListedCase
    student_id: uuid.UUID
    preceptor_id: uuid.UUID | None
    version: int
    created_at: datetime
    reviews: tuple[Review, ...]
    changes: tuple[Change, ...]
    may: frozenset[Act]
    codes: CodeBook

    @property
    def stage(self) -> Stage:
        return self.listed.stage


# Until it is decided, its reviewer does not see which role a case claims.
_BLIND = frozenset({Stage.DRAFT, Stage.WAITING, Stage.RETURNED})
TELLS_ROLE = frozenset({"role", "share_percent"})

_student = sa.orm.aliased(Person)


def _listed() -> sa.Select[Any]:
    """Cases with the names that a list shows, the open difference of roles, and why one is void."""
    return (
        spelled_out(
            _student.name.label("student_name"),
            Site.name.label("site_name"),
            Person.name.label("preceptor_name"),
            RoleCheck,
            CaseChange.reason.label("void_reason"),
        )
        .join(_student, _of_case(_student, _student.id == LoggedCase.student_id))
        .outerjoin(RoleCheck, _of_case(RoleCheck, RoleCheck.case_uid == LoggedCase.case_uid, still_open()))
        .outerjoin(
            CaseChange,
            _of_case(CaseChange, CaseChange.case_uid == LoggedCase.case_uid, CaseChange.act == Act.VOID),
        )
    )


def _of_case(table: Any, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.and_(table.program_id == LoggedCase.program_id, *conditions)


def _as_listed(actor: Actor, row: sa.Row[Any]) -> ListedCase:
    check: RoleCheck | None = row.RoleCheck
    case, stage = as_case(row), stage_of(row[0].status, check)
    hidden = hides_role(actor, row[0].preceptor_id, stage)
    return ListedCase(
        replace(case, role=None, share_percent=None) if hidden else case,
        row.student_name,
        row.site_name,
        row.preceptor_name,
        stage,
        row[0].version,
        RoleDifference(check.claimed, check.picked, check.at, check.kept_reason) if check else None,
        row.void_reason,
        hidden,
    )


def hides_role(actor: Actor, preceptor_id: uuid.UUID | None, stage: Stage) -> bool:
    """Whether the actor is to say first which role they saw in a case, and is not to read what it claims."""
    return preceptor_id == actor.person_id and stage in _BLIND


def is_hidden_from(actor: Actor) -> sa.ColumnElement[bool]:
    """Of which cases of others the actor is yet to say which role they saw: `hides_role`, for a query."""
    differs = sa.exists().where(
        RoleCheck.program_id == LoggedCase.program_id, RoleCheck.case_uid == LoggedCase.case_uid, still_open()
    )
    waits = sa.and_(LoggedCase.status == Status.SUBMITTED, ~differs)
    return sa.and_(
        LoggedCase.preceptor_id == actor.person_id,
        sa.or_(LoggedCase.status.in_((Status.DRAFT, Status.RETURNED)), waits),
    )


def hidden_from(session: Session, actor: Actor, student_id: uuid.UUID) -> frozenset[str]:
    """The student's cases of which the actor is yet to say which role they saw; what tells a role leaves them out."""
    query = sa.select(LoggedCase.case_uid).where(
        LoggedCase.program_id == actor.program_id, LoggedCase.student_id == student_id, is_hidden_from(actor)
    )
    return frozenset(map(str, session.scalars(query)))


def tells_role(change: Mapping[str, Any]) -> bool:
    """Whether a change by field, and so perhaps its reason, says which role is claimed."""
    return not TELLS_ROLE.isdisjoint(change)


def page_of_log(actor: Actor, student_id: uuid.UUID, wanted: LogFilter, number: int) -> LogPage:
    """A page of a student's log, newest first; a page beyond the last is the last."""
    of_student = sa.and_(cases_visible_to(actor), LoggedCase.student_id == student_id)
    found = page_of_cases(actor, sa.and_(of_student, *narrowed(actor, wanted)), number)
    return replace(found, by_status=status_counts(db.session(), CASES, of_student))


def page_of_cases(
    actor: Actor, condition: sa.ColumnElement[bool], number: int, *, oldest_first: bool = False
) -> LogPage:
    """A page of the cases that satisfy a condition, which must already be narrowed to what the actor may see."""
    session = db.session()
    found = _listed().where(condition)
    where = place(session, found, number)
    rows = session.execute(on_page(CASES, found, where, oldest_first=oldest_first))
    listed = tuple(_as_listed(actor, row) for row in rows)
    return LogPage(listed, where.number, where.pages, where.total, {}, load_codes(session, actor.program_id))


def narrowed(actor: Actor, wanted: LogFilter) -> list[sa.ColumnElement[bool]]:
    """The conditions that a filter is, over `spelled_out`; it tells no role that the actor must not know."""
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
    if wanted.role:  # a filter tells as much as a column
        mine = sa.func.coalesce(LoggedCase.preceptor_id == actor.person_id, sa.false())
        conditions.append(~sa.and_(mine, LoggedCase.status.in_(("draft", "submitted", "returned"))))
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
    listed = _as_listed(actor, row)
    reviews, changes = past_of(actor, listed)
    return CaseView(
        listed,
        logged.student_id,
        logged.preceptor_id,
        logged.version,
        logged.created_at,
        reviews,
        changes,
        allowed(listed.stage, parties_of(actor, logged.student_id, logged.preceptor_id)),
        load_codes(session, actor.program_id),
    )


def past_of(actor: Actor, listed: ListedCase) -> tuple[tuple[Review, ...], tuple[Change, ...]]:
    """The reviews and the changes of a case as the actor may read them, the newest first."""
    session, uid = db.session(), uuid.UUID(listed.case.case_uid)
    changes = changes_of(session, CASES, actor.program_id, uid)
    reviews = reviews_of(session, CASES, actor.program_id, uid, changes)
    if listed.hidden:
        changes = tuple(_without_role(changes))
        reviews = tuple(replace(each, role=None) for each in reviews)
    return reviews, changes


def _without_role(changes: Iterable[Change]) -> Iterator[Change]:
    """The changes as who must not know the role may read them; a reason may speak of the role that it changed."""
    for change in changes:
        left = tuple(each for each in change.differences if each.field not in TELLS_ROLE)
        if left == change.differences:
            yield change
        elif left:
            yield replace(change, differences=left, reason="")
