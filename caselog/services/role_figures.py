"""How often the roles that students claim and the roles that reviewers saw differ, for the director."""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from caselog.extensions import db
from caselog.services.actor import Actor, NotFoundError, Permission
from caselog.store.cases import LoggedCase
from caselog.store.people import Person
from caselog.store.role_checks import CheckEnd, RoleCheck


@dataclass(frozen=True, slots=True)
class RoleFigures:
    """The answers about one person's cases, or by one reviewer; counts are answers.

    `pairs` says how often a role that was claimed met another that was seen, the most frequent first. `higher` are
    the differences in which the student claimed more than the reviewer saw.
    """

    person_id: uuid.UUID | None
    name: str
    asked: int
    differing: int
    higher: int
    pairs: tuple[tuple[str, str, int], ...]
    ended: dict[str, int]
    open: int

    @property
    def share(self) -> float:
        """Differences in 100 answers."""
        return 100 * self.differing / self.asked if self.asked else 0.0


@dataclass(frozen=True, slots=True)
class ClaimedAndConfirmed:
    """The figures of the whole program, of each student and of each reviewer, the most differences first."""

    total: RoleFigures
    students: tuple[RoleFigures, ...]
    reviewers: tuple[RoleFigures, ...]


# From watching to conducting; what a graduate or a CCP is stands beside.
_RANK = {
    role: rank for rank, role in enumerate(("observed", "first_assistant", "primary", "independent", "instructor"))
}


def claimed_and_confirmed(actor: Actor) -> ClaimedAndConfirmed:
    """Every answer of a reviewer in the actor's program. Raises NotFoundError for who may not see its students."""
    if not actor.may(Permission.VIEW_STUDENTS):
        raise NotFoundError
    student, reviewer = sa.orm.aliased(Person), sa.orm.aliased(Person)
    rows = db.session.execute(
        sa.select(
            RoleCheck.claimed,
            RoleCheck.picked,
            RoleCheck.ended,
            student.id.label("student_id"),
            student.name.label("student"),
            reviewer.id.label("reviewer_id"),
            reviewer.name.label("reviewer"),
            sa.func.count().label("number"),
        )
        .join(
            LoggedCase,
            sa.and_(LoggedCase.program_id == RoleCheck.program_id, LoggedCase.case_uid == RoleCheck.case_uid),
        )
        .join(student, sa.and_(student.program_id == RoleCheck.program_id, student.id == LoggedCase.student_id))
        .join(reviewer, sa.and_(reviewer.program_id == RoleCheck.program_id, reviewer.id == RoleCheck.reviewer_id))
        .where(RoleCheck.program_id == actor.program_id)
        .group_by(
            RoleCheck.claimed,
            RoleCheck.picked,
            RoleCheck.ended,
            student.id,
            student.name,
            reviewer.id,
            reviewer.name,
        )
    ).all()
    return ClaimedAndConfirmed(_figures(None, "All", rows), _by(rows, "student"), _by(rows, "reviewer"))


def students_asked_about(actor: Actor) -> list[uuid.UUID]:
    """The students whom the figures show. Raises NotFoundError as `claimed_and_confirmed` does."""
    return [each.person_id for each in claimed_and_confirmed(actor).students if each.person_id]


def _by(rows: Iterable[Any], who: str) -> tuple[RoleFigures, ...]:
    groups: dict[tuple[uuid.UUID, str], list[Any]] = {}
    for row in rows:
        groups.setdefault((getattr(row, f"{who}_id"), getattr(row, who)), []).append(row)
    found = [_figures(person_id, name, mine) for (person_id, name), mine in groups.items()]
    return tuple(sorted(found, key=lambda each: (-each.share, -each.asked, each.name)))


def _figures(person_id: uuid.UUID | None, name: str, rows: Iterable[Any]) -> RoleFigures:
    pairs: Counter[tuple[str, str]] = Counter()
    ended: Counter[str] = Counter()
    asked = still_open = 0
    for row in rows:
        asked += row.number
        if row.claimed != row.picked:
            pairs[row.claimed, row.picked] += row.number
            if row.ended is None:
                still_open += row.number
            else:
                ended[row.ended] += row.number
    return RoleFigures(
        person_id,
        name,
        asked,
        pairs.total(),
        sum(number for (claimed, picked), number in pairs.items() if _RANK[claimed] > _RANK[picked]),
        tuple((claimed, picked, number) for (claimed, picked), number in pairs.most_common()),
        {end: ended[end] for end in CheckEnd if end in ended},
        still_open,
    )
