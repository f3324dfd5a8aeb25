"""Where a cohort stands: every student before every requirement, in any order, with the spread of each requirement."""

import math
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property

import sqlalchemy as sa

from caselog import clock
from caselog.domain.result import RequirementResult, Standing
from caselog.domain.ruleset import AnyRequirement, RuleSet
from caselog.domain.spread import Spread, spread_of
from caselog.domain.student import StudentFacts
from caselog.extensions import db
from caselog.services.actor import Actor, NotFoundError
from caselog.services.progress import cohort_evaluations, facts_of, rulesets_of
from caselog.services.visible import students_visible_to
from caselog.store.people import Person, Student
from caselog.store.programs import Cohort

BY_NAME, BY_SHORT_OF = "name", "short-of"


@dataclass(frozen=True, slots=True)
class CohortRow:
    """A student's results in a cohort's table, in the order of its columns."""

    student_id: uuid.UUID
    name: str
    active: bool
    facts: StudentFacts
    results: tuple[RequirementResult, ...]

    @property
    def short_of(self) -> int:
        """How many requirements are not met."""
        return sum(result.standing is Standing.NOT_MET for result in self.results)


@dataclass(frozen=True, slots=True)
class Column:
    """A requirement across a cohort. `spread` is that of the active students."""

    place: int
    ruleset: RuleSet
    requirement: AnyRequirement
    spread: Spread

    @property
    def key(self) -> str:
        """What the order by this column is called."""
        return f"{self.ruleset.id}/{self.requirement.id}"


@dataclass(frozen=True)
class CohortTable:
    """Students × the requirements of every rule set that the cohort is judged under; the rows by name."""

    cohort: Cohort
    as_of: date
    rulesets: tuple[RuleSet, ...]
    rows: tuple[CohortRow, ...]

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        asked = [(ruleset, each) for ruleset in self.rulesets for each in ruleset.requirements]
        active = [row.results for row in self.rows if row.active]
        return tuple(
            Column(place, ruleset, each, spread_of(results[place] for results in active))
            for place, (ruleset, each) in enumerate(asked)
        )

    def column(self, ruleset_id: str, requirement_id: str) -> Column:
        """The column of this requirement. Raises NotFoundError."""
        for column in self.columns:
            if (column.ruleset.id, column.requirement.id) == (ruleset_id, requirement_id):
                return column
        raise NotFoundError

    def in_order(self, key: str, *, descending: bool = False) -> tuple[CohortRow, ...]:
        """The rows by name, by how many requirements they are short of, or by a column's key: least far first.

        Rows that are equal in it stay by name. Whose requirement is waived, and who is inactive, stands last
        in either order. Raises KeyError for an order that there is not.
        """
        if key == BY_NAME:
            ordered = self.rows[::-1] if descending else self.rows
        elif key == BY_SHORT_OF:
            ordered = _sorted(self.rows, lambda row: row.short_of, descending)
        else:
            place = next((each.place for each in self.columns if each.key == key), None)
            if place is None:
                raise KeyError(key)
            ordered = _sorted(self.rows, lambda row: _far(row.results[place]), descending)
            ordered = _sorted(ordered, lambda row: row.results[place].standing is Standing.WAIVED)
        return _sorted(ordered, lambda row: not row.active)


def _sorted(
    rows: Sequence[CohortRow],
    key: Callable[[CohortRow], int | tuple[bool, Fraction]],
    descending: bool = False,
) -> tuple[CohortRow, ...]:
    return tuple(sorted(rows, key=key, reverse=descending))


def _far(result: RequirementResult) -> tuple[bool, Fraction]:
    """How far a requirement is: by what is missing, then by what is over."""
    return result.standing is Standing.MET, result.counted - (result.minimum or 0)


@dataclass(frozen=True, slots=True)
class RowsPage:
    """A page of rows: `number` counts from 1, `total` are the rows of all `pages`."""

    number: int
    pages: int
    total: int
    rows: tuple[CohortRow, ...]


def page_of(rows: Sequence[CohortRow], number: int, size: int) -> RowsPage:
    """The rows of the page of this number; a page beyond the last is the last."""
    pages = max(1, math.ceil(len(rows) / size))
    number = min(max(1, number), pages)
    return RowsPage(number, pages, len(rows), tuple(rows[(number - 1) * size : number * size]))


def cohorts(actor: Actor) -> list[tuple[Cohort, int]]:
    """The program's cohorts with their number of students, the next to graduate first."""
    members = (
        sa.select(sa.func.count())
        .select_from(Student)
        .where(Student.program_id == Cohort.program_id, Student.cohort_id == Cohort.id)
        .correlate(Cohort)
        .scalar_subquery()
    )
    rows = db.session.execute(
        sa.select(Cohort, members)
        .where(Cohort.program_id == actor.program_id)
        .order_by(Cohort.graduates_on, Cohort.name)
    )
    return [(cohort, count) for cohort, count in rows]


def cohort_table(actor: Actor, cohort_id: uuid.UUID) -> CohortTable:
    """A cohort as students × requirements, by name. Raises NotFoundError."""
    session = db.session()
    cohort = session.get(Cohort, (actor.program_id, cohort_id))
    if cohort is None:
        raise NotFoundError
    members = session.execute(
        sa.select(Student, Person)
        .join(Person, sa.and_(Person.program_id == Student.program_id, Person.id == Student.person_id))
        .where(students_visible_to(actor), Student.cohort_id == cohort_id)
        .order_by(Person.name, Person.email)
    ).all()
    students = [row[0] for row in members]
    today = clock.today(actor.timezone)
    rulesets = rulesets_of(session, actor.program_id, cohort_id)
    facts = facts_of(session, students)
    evaluated = cohort_evaluations(session, actor.program_id, students, rulesets, today)
    rows = tuple(
        CohortRow(
            student.person_id,
            person.name,
            person.active,
            facts[student.person_id],
            tuple(result for evaluation in evaluated[student.person_id] for result in evaluation.requirements),
        )
        for student, person in members
    )
    return CohortTable(cohort, today, rulesets, rows)
