"""Whom a student's learning activity may name: the people of the program who verify."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.domain.activity import LearningActivity, faults, missing
from caselog.domain.codes import Position, Status
from caselog.domain.fields import Fault, unknown_code
from caselog.store.activities import OWN_COLUMNS
from caselog.store.people import Person


@dataclass(frozen=True, slots=True)
class Supervisor:
    """A preceptor or director, who may be named on an activity."""

    id: uuid.UUID
    name: str
    email: str
    active: bool


@dataclass(frozen=True, slots=True)
class ActivityReferences:
    """Everybody whom an activity may name, by e-mail as in files."""

    supervisors: Mapping[str, Supervisor]

    def faults(self, activity: LearningActivity, *, today: date) -> list[Fault]:
        """All that is wrong with an activity, and, unless it is a draft, all that it still lacks."""
        found = [*faults(activity, today=today), *self._unknown(activity)]
        if activity.status not in (Status.DRAFT, Status.VOID):
            found += missing(activity)
        return found

    def _unknown(self, activity: LearningActivity) -> Iterator[Fault]:
        named = activity.supervisor
        if named is not None and named not in self.supervisors:
            yield Fault("supervisor", unknown_code("supervisor", named, tuple(self.supervisors)))

    def columns(self, activity: LearningActivity) -> dict[str, Any]:
        """The activity as column values of a LoggedActivity. The activity must be without faults."""
        supervisor = self.supervisors.get(activity.supervisor or "")
        return {
            **{name: getattr(activity, name) for name in OWN_COLUMNS},
            "supervisor_id": supervisor.id if supervisor else None,
        }


def load_activity_references(
    session: Session, program_id: uuid.UUID, _student_id: uuid.UUID
) -> ActivityReferences:
    """The references of one student's activities: the same for every student of the program."""
    people = session.scalars(
        sa.select(Person)
        .where(Person.program_id == program_id, Person.position.in_([Position.PRECEPTOR, Position.DIRECTOR]))
        .order_by(Person.name, Person.email)
    )
    return ActivityReferences(
        {each.email: Supervisor(each.id, each.name, each.email, each.active) for each in people}
    )
