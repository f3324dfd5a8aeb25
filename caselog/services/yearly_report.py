"""The report on a year's graduates: cases by category, minimums, outcomes, and the program against thresholds."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.outcomes import Alumnus, Figure, GraduateOutcome, Share, Thresholds, figure, share_of, year_in
from caselog.domain.result import Standing
from caselog.rules.outcome_measures import load_categories, load_thresholds
from caselog.services.actor import Actor, NotFoundError, Permission
from caselog.services.cohort_standing import CohortRow, cohort_table
from caselog.services.outcomes import as_outcome
from caselog.services.progress import cohort_evaluations
from caselog.store.outcomes import RecordedOutcome
from caselog.store.people import Person, Student
from caselog.store.programs import Cohort, Program
from caselog.store.session import reading

YEARS_OFFERED = 30  # back from today: no program asks for more


@dataclass(frozen=True, slots=True)
class Graduate:
    """A graduate of the year. `cases` are verified clinical cases by the ids of `load_categories`.

    `short_of` counts requirements that are not met, as the cohort's table does; None where the cohort is judged under
    no rule set. `not_set` and `not_on_file` are those that cannot be judged yet.
    """

    student_id: uuid.UUID
    name: str
    cohort: str
    graduated_on: date | None
    cases: Mapping[str, int]
    short_of: int | None
    not_set: int
    not_on_file: int
    outcome: GraduateOutcome

    @property
    def met(self) -> bool | None:
        return None if self.short_of is None else self.short_of == 0


@dataclass(frozen=True)
class YearlyReport:
    """The report for a calendar year; `people` are all students who were ever to graduate or did."""

    program: str
    year: int
    years: Sequence[int]  # that may be asked for, the latest first
    as_of: date
    graduates: tuple[Graduate, ...]
    thresholds: Thresholds
    people: tuple[Alumnus, ...]

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(figure(measure, self.people, self.year) for measure in self.thresholds.measures)

    @cached_property
    def trend_years(self) -> tuple[int, ...]:
        """The years of the longest window, the earliest first."""
        longest = max(measure.years for measure in self.thresholds.measures)
        return tuple(range(self.year - longest + 1, self.year + 1))

    @cached_property
    def trends(self) -> Mapping[str, tuple[Share, ...]]:
        """Each measure in each of these years by itself."""
        return {
            measure.id: tuple(
                share_of(measure.asks, [each for each in self.people if year_in(measure.asks, each) == year])
                for year in self.trend_years
            )
            for measure in self.thresholds.measures
        }

    @cached_property
    def sums(self) -> Mapping[str, int]:
        """The cases of all graduates of the year together."""
        return {name: sum(each.cases[name] for each in self.graduates) for name in category_ids()}

    @property
    def judged(self) -> int:
        return sum(each.met is not None for each in self.graduates)

    @property
    def met(self) -> int:
        return sum(each.met is True for each in self.graduates)

    @cached_property
    def named(self) -> frozenset[uuid.UUID]:
        """The students whose record stands in the report."""
        missing = (each.key for figure in self.figures for each in figure.pooled.missing)
        return frozenset({each.student_id for each in self.graduates} | {uuid.UUID(key) for key in missing})


def category_ids() -> tuple[str, ...]:
    return tuple(each.id for each in load_categories().requirements)


def yearly_report(actor: Actor, year: int | None = None) -> YearlyReport:
    """The report for a year, or for the last one that is over.

    Raises NotFoundError for who may not see the program's students, and for a year that is not offered.
    """
    if not actor.may(Permission.VIEW_STUDENTS):
        raise NotFoundError
    today = clock.today(actor.timezone)
    years = range(today.year, today.year - YEARS_OFFERED, -1)
    year = today.year - 1 if year is None else year
    if year not in years:
        raise NotFoundError
    with reading() as session:
        rows = _everybody(session, actor.program_id)
        graduates = [row for row in rows if row.graduated(today) == year]
        return YearlyReport(
            program=session.get_one(Program, actor.program_id).name,
            year=year,
            years=[each for each in years if each >= min([year, *(row.cohort.graduates_on.year for row in rows)])],
            as_of=today,
            graduates=_with_cases(session, actor, graduates, today),
            thresholds=load_thresholds(),
            people=tuple(_alumnus(row, today) for row in rows),
        )


@dataclass(frozen=True, slots=True)
class _Row:
    student: Student
    name: str
    cohort: Cohort
    outcome: GraduateOutcome

    def graduated(self, today: date) -> int | None:
        """The year of a graduation that has been."""
        day = self.student.graduated_on
        return day.year if day and day <= today else None


def _everybody(session: Session, program_id: uuid.UUID) -> list[_Row]:
    rows = session.execute(
        sa.select(Student, Person.name, Cohort, RecordedOutcome)
        .join(Person, sa.and_(Person.program_id == Student.program_id, Person.id == Student.person_id))
        .join(Cohort, sa.and_(Cohort.program_id == Student.program_id, Cohort.id == Student.cohort_id))
        .outerjoin(
            RecordedOutcome,
            sa.and_(
                RecordedOutcome.program_id == Student.program_id, RecordedOutcome.student_id == Student.person_id
            ),
        )
        .where(Student.program_id == program_id)
        .order_by(Person.name, Person.id)
    )
    return [_Row(student, name, cohort, as_outcome(recorded)) for student, name, cohort, recorded in rows]


def _alumnus(row: _Row, today: date) -> Alumnus:
    due = row.cohort.graduates_on.year
    return Alumnus(str(row.student.person_id), row.name, due, row.graduated(today), row.outcome)


def _with_cases(session: Session, actor: Actor, rows: Sequence[_Row], today: date) -> tuple[Graduate, ...]:
    if not rows:
        return ()
    students = [row.student for row in rows]
    counted = cohort_evaluations(session, actor.program_id, students, (load_categories(),), today)
    judged: dict[uuid.UUID, CohortRow] = {}
    for cohort_id in {student.cohort_id for student in students}:
        judged.update((each.student_id, each) for each in cohort_table(actor, cohort_id).rows)
    found = []
    for row in rows:
        (evaluation,) = counted[row.student.person_id]
        cases = {result.requirement.id: int(result.counted) for result in evaluation.requirements}
        found.append(_graduate(row, cases, judged[row.student.person_id]))
    return tuple(found)


def _graduate(row: _Row, cases: Mapping[str, int], judged: CohortRow) -> Graduate:
    standings = [result.standing for result in judged.results]
    return Graduate(
        row.student.person_id,
        row.name,
        row.cohort.name,
        row.student.graduated_on,
        cases,
        judged.short_of if standings else None,
        standings.count(Standing.UNSET),
        standings.count(Standing.NEEDS_ATTESTATION),
        row.outcome,
    )
