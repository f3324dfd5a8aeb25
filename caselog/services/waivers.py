"""What a director waives or substitutes for a student: granted with a reason, ended early perhaps, never deleted."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.ruleset import (
    AnyRequirement,
    AttestationRequirement,
    CountRequirement,
    RuleSet,
    SetRequirement,
)
from caselog.domain.student import Waiver
from caselog.extensions import db
from caselog.services import trail
from caselog.services.actor import Actor, NotFoundError, Permission, RefusedError
from caselog.services.visible import fetch_student
from caselog.store.activities import LoggedActivity
from caselog.store.cases import LoggedCase
from caselog.store.people import Person
from caselog.store.rulesets import GrantedWaiver
from caselog.store.session import read_rows, transaction

MINIMUM_MOST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverDetails:
    """What is granted, through the day `until`. Without `minimum` and `entry_uid` the requirement is waived whole."""

    ruleset: str
    requirement: str
    reason: str
    until: date
    minimum: int | None = None
    entry_uid: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class ListedWaiver:
    """A waiver as a page shows it; `in_force` on the day that is asked about."""

    id: uuid.UUID
    ruleset: str
    waiver: Waiver
    in_force: bool


def grant(actor: Actor, student_id: uuid.UUID, details: WaiverDetails, rulesets: Collection[RuleSet]) -> uuid.UUID:
    """Grant a waiver from today on, for a requirement of one of the sets that the student is judged under.

    Raises NotFoundError, RefusedError for what the requirement or the student does not have.
    """
    with transaction() as session:
        _may_grant(session, actor, student_id)
        today = clock.today(actor.timezone)
        if details.until < today:
            raise RefusedError(f"{details.until} is over; a waiver ends today, {today}, or later.")
        if not details.reason.strip():
            raise RefusedError("Say why: a waiver is shown with its reason.")
        _check(session, actor, student_id, details, requirement_of(rulesets, details.ruleset, details.requirement))
        row = GrantedWaiver(
            program_id=actor.program_id,
            id=uuid.uuid4(),
            student_id=student_id,
            ruleset=details.ruleset,
            requirement=details.requirement,
            reason=details.reason,
            granted_by=actor.person_id,
            granted_on=today,
            until=details.until,
            minimum=details.minimum,
            entry_uid=details.entry_uid,
        )
        session.add(row)
        trail.record(actor, "waiver.grant", row.id, about=student_id)
        return row.id


def end(actor: Actor, student_id: uuid.UUID, waiver_id: uuid.UUID) -> None:
    """End a waiver with today, before its time. Raises NotFoundError, RefusedError if it has ended already."""
    with transaction() as session:
        _may_grant(session, actor, student_id)
        row = session.get(GrantedWaiver, (actor.program_id, waiver_id))
        if row is None or row.student_id != student_id:
            raise NotFoundError
        today = clock.today(actor.timezone)
        if row.until is not None and row.until <= today:
            raise RefusedError(f"It ends on {row.until} already.")
        row.until = today
        trail.record(actor, "waiver.end", waiver_id, about=student_id)


def listed(actor: Actor, student_id: uuid.UUID) -> list[ListedWaiver]:
    """All that was ever granted to a student, the latest first. Raises NotFoundError."""
    session = db.session()
    fetch_student(session, actor, student_id)
    today = clock.today(actor.timezone)
    found = [(row, _as_waiver(row)) for row in _granted(session, actor.program_id, [student_id])]
    return [ListedWaiver(row.id, row.ruleset, waiver, waiver.in_force(today)) for row, waiver in reversed(found)]


def of_students(
    session: Session, program_id: uuid.UUID, student_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[Waiver]]:
    """What was granted to students of a program, by student; who was granted nothing is not in it."""
    found: dict[uuid.UUID, list[Waiver]] = {}
    for row in _granted(session, program_id, student_ids):
        found.setdefault(row.student_id, []).append(_as_waiver(row))
    return found


def waivable(rulesets: Collection[RuleSet]) -> dict[tuple[str, str], tuple[RuleSet, AnyRequirement]]:
    """What may be waived: each requirement, with those of the sets that a set builds on, by set and id."""
    found: dict[tuple[str, str], tuple[RuleSet, AnyRequirement]] = {}
    for ruleset in rulesets:
        for requirement in ruleset.requirements:
            found.setdefault((ruleset.id, requirement.id), (ruleset, requirement))
        inner = [each.ruleset for each in ruleset.requirements if isinstance(each, SetRequirement)]
        found = waivable(inner) | found
    return found


def requirement_of(rulesets: Collection[RuleSet], ruleset_id: str, requirement_id: str) -> AnyRequirement:
    """A requirement that may be waived. Raises NotFoundError."""
    found = waivable(rulesets).get((ruleset_id, requirement_id))
    if found is None:
        raise NotFoundError
    return found[1]


def _may_grant(session: Session, actor: Actor, student_id: uuid.UUID) -> None:
    if not actor.may(Permission.WAIVE):
        raise NotFoundError
    fetch_student(session, actor, student_id)


def _check(
    session: Session, actor: Actor, student_id: uuid.UUID, details: WaiverDetails, requirement: AnyRequirement
) -> None:
    if details.minimum is not None:
        if details.entry_uid is not None:
            raise RefusedError("Grant another number or an entry, not both at once.")
        if not isinstance(requirement, CountRequirement | AttestationRequirement):
            raise RefusedError(f"“{requirement.title}” has no number to put another in the place of.")
        if not 0 <= details.minimum <= MINIMUM_MOST:
            raise RefusedError(f"The number must be from 0 to {MINIMUM_MOST:,}.")
    if details.entry_uid is not None:
        if not isinstance(requirement, CountRequirement):
            raise RefusedError(f"“{requirement.title}” counts no cases or activities.")
        cases = (LoggedCase.case_uid == details.entry_uid, LoggedCase.student_id == student_id)
        activities = (LoggedActivity.activity_uid == details.entry_uid, LoggedActivity.student_id == student_id)
        found = session.scalar(
            sa.select(LoggedCase.case_uid).where(LoggedCase.program_id == actor.program_id, *cases)
        ) or session.scalar(
            sa.select(LoggedActivity.activity_uid).where(
                LoggedActivity.program_id == actor.program_id, *activities
            )
        )
        if found is None:
            raise RefusedError("The student's log has no such entry; copy its identifier from its page.")


_GRANTED: sa.Select[*tuple[Any, ...]] = (
    sa.select(*GrantedWaiver.__table__.columns, Person.name)
    .join(Person, sa.and_(Person.program_id == GrantedWaiver.program_id, Person.id == GrantedWaiver.granted_by))
    .where(
        GrantedWaiver.program_id == sa.bindparam("program_id"),
        GrantedWaiver.student_id.in_(sa.bindparam("student_ids", expanding=True)),
    )
    .order_by(GrantedWaiver.granted_on, GrantedWaiver.until, GrantedWaiver.id)
)


def _granted(
    session: Session, program_id: uuid.UUID, student_ids: Collection[uuid.UUID]
) -> sa.CursorResult[*tuple[Any, ...]]:
    return read_rows(session, _GRANTED, {"program_id": program_id, "student_ids": list(student_ids)})


def _as_waiver(row: Any) -> Waiver:
    return Waiver(
        requirement=row.requirement,
        granted_by=row.name,
        reason=row.reason,
        on=row.granted_on,
        until=row.until,
        ruleset=row.ruleset,
        minimum=None if row.minimum is None else Fraction(row.minimum),
        counts=() if row.entry_uid is None else (str(row.entry_uid),),
    )
