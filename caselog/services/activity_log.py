"""Reading learning activities: a page of them under a filter, and one with its reviews."""

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from caselog.domain.activity import LearningActivity
from caselog.domain.transitions import Act, Stage, allowed
from caselog.extensions import db
from caselog.services.actor import Actor, NotFoundError
from caselog.services.changes import Change, changes_of
from caselog.services.entry_pages import Review, on_page, place, reviews_of, status_counts
from caselog.services.holding import parties_of
from caselog.services.kinds import ACTIVITIES
from caselog.services.visible import activities_visible_to
from caselog.store.activities import ActivityChange, LoggedActivity, as_activity, spelled_out
from caselog.store.people import Person
from caselog.store.role_checks import stage_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityFilter:
    """Which activities to show; what is None does not narrow. Dates are inclusive."""

    status: str | None = None
    kind: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ListedActivity:
    """An activity in a list, with the names of its people; no supervisor where a draft does not say."""

    activity: LearningActivity
    student: str
    supervisor_name: str | None
    version: int
    void_reason: str | None


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """One page of activities; `number` counts from 1, `total` is of all pages."""

    activities: tuple[ListedActivity, ...]
    number: int
    pages: int
    total: int
    by_status: dict[str, int]


@dataclass(frozen=True, slots=True)
class ActivityView:
    """One activity as its page shows it. `version` must come back with a change; `may` is what the actor may do now."""

    listed: ListedActivity
    student_id: uuid.UUID
    supervisor_id: uuid.UUID | None
    version: int
    created_at: datetime
    reviews: tuple[Review, ...]
    changes: tuple[Change, ...]
    may: frozenset[Act]

    @property
    def stage(self) -> Stage:
        return stage_of(self.listed.activity.status, None)


_student = sa.orm.aliased(Person)


def _listed() -> sa.Select[Any]:
    """Activities with the names that a list shows, and why one is void."""
    voided = sa.and_(
        ActivityChange.program_id == LoggedActivity.program_id,
        ActivityChange.activity_uid == LoggedActivity.activity_uid,
        ActivityChange.act == Act.VOID,
    )
    return (
        spelled_out(
            _student.name.label("student_name"),
            Person.name.label("supervisor_name"),
            ActivityChange.reason.label("void_reason"),
        )
        .join(
            _student,
            sa.and_(_student.program_id == LoggedActivity.program_id, _student.id == LoggedActivity.student_id),
        )
        .outerjoin(ActivityChange, voided)
    )


def _as_listed(row: sa.Row[Any]) -> ListedActivity:
    return ListedActivity(as_activity(row), row.student_name, row.supervisor_name, row[0].version, row.void_reason)


def page_of_student(actor: Actor, student_id: uuid.UUID, wanted: ActivityFilter, number: int) -> ActivityPage:
    """A page of a student's activities, newest first; a page beyond the last is the last."""
    of_student = sa.and_(activities_visible_to(actor), LoggedActivity.student_id == student_id)
    found = page_of_activities(sa.and_(of_student, *narrowed(wanted)), number)
    return replace(found, by_status=status_counts(db.session(), ACTIVITIES, of_student))


def page_of_activities(
    condition: sa.ColumnElement[bool], number: int, *, oldest_first: bool = False
) -> ActivityPage:
    """A page of what satisfies a condition, which must already be narrowed to what the actor may see."""
    session = db.session()
    found = _listed().where(condition)
    where = place(session, found, number)
    rows = session.execute(on_page(ACTIVITIES, found, where, oldest_first=oldest_first))
    return ActivityPage(tuple(_as_listed(row) for row in rows), where.number, where.pages, where.total, {})


def narrowed(wanted: ActivityFilter) -> list[sa.ColumnElement[bool]]:
    """The conditions that a filter is."""
    equal = {LoggedActivity.status: wanted.status, LoggedActivity.kind: wanted.kind}
    conditions = [column == value for column, value in equal.items() if value is not None]
    if wanted.since:
        conditions.append(LoggedActivity.date >= wanted.since)
    if wanted.until:
        conditions.append(LoggedActivity.date <= wanted.until)
    return conditions


def activity_view(actor: Actor, activity_uid: uuid.UUID) -> ActivityView:
    """One activity with its reviews, newest first. Raises NotFoundError."""
    session = db.session()
    row = session.execute(
        _listed().where(activities_visible_to(actor), LoggedActivity.activity_uid == activity_uid)
    ).one_or_none()
    if row is None:
        raise NotFoundError
    logged = row[0]
    listed = _as_listed(row)
    changes = changes_of(session, ACTIVITIES, actor.program_id, activity_uid)
    parties = parties_of(actor, logged.student_id, logged.supervisor_id)
    return ActivityView(
        listed,
        logged.student_id,
        logged.supervisor_id,
        logged.version,
        logged.created_at,
        reviews_of(session, ACTIVITIES, actor.program_id, activity_uid, changes),
        changes,
        allowed(stage_of(logged.status, None), parties),
    )
