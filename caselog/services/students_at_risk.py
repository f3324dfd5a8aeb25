"""The students of a cohort who will probably miss a requirement, each with the reasons.

All are held against the pace of the program, which is cheap. Who is behind it is evaluated entry by entry for the
forecast, which is not: a page's worth at a time, the farthest behind first.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from caselog.domain import at_risk
from caselog.domain.at_risk import Danger, Lag, NotJudged
from caselog.domain.forecast import forecast_of
from caselog.domain.result import RequirementResult
from caselog.services import progress
from caselog.services.actor import Actor
from caselog.services.cohort_standing import CohortRow, CohortTable, RowsPage, page_of
from caselog.services.progress import StudentProgress

PAGE_SIZE = 20  # students; each takes 20 to 80 ms, by cases and rule sets


@dataclass(frozen=True, slots=True)
class Reason:
    """A requirement that a student may miss; `says` in sentences why."""

    ruleset: str
    requirement: str
    title: str
    danger: Danger
    says: str


@dataclass(frozen=True, slots=True)
class StudentAtRisk:
    """A student behind the pace; the worst of the reasons says how the student stands.

    `elapsed` says how far the program is for the student.
    """

    student_id: uuid.UUID
    name: str
    elapsed: str
    reasons: tuple[Reason, ...]

    @property
    def danger(self) -> Danger:
        return next(each for each in Danger if each in {reason.danger for reason in self.reasons})


@dataclass(frozen=True)
class Paces:
    """A cohort held against the pace of the program: by student, in what each lags, the farthest behind first."""

    table: CohortTable

    @cached_property
    def lags(self) -> dict[uuid.UUID, tuple[Lag, ...]]:
        found = {row.student_id: tuple(self._lags(row)) for row in self.table.rows if self._judged(row)}
        behind = {student_id: lags for student_id, lags in found.items() if lags}
        return dict(sorted(behind.items(), key=lambda each: max(lag.share for lag in each[1]), reverse=True))

    @cached_property
    def not_judged(self) -> dict[NotJudged, list[CohortRow]]:
        """The active students without a pace, by why they have none."""
        found: dict[NotJudged, list[CohortRow]] = {}
        for row in self.table.rows:
            why = at_risk.not_judged(row.facts, self.table.as_of)
            if row.active and why:
                found.setdefault(why, []).append(row)
        return found

    @property
    def inactive(self) -> int:
        return sum(not row.active for row in self.table.rows)

    @property
    def judged(self) -> int:
        """How many students have a pace."""
        return sum(map(self._judged, self.table.rows))

    @cached_property
    def watched(self) -> tuple[at_risk.Watched, ...]:
        return at_risk.watched(self.table.rulesets)

    def _judged(self, row: CohortRow) -> bool:
        return row.active and at_risk.not_judged(row.facts, self.table.as_of) is None

    def _lags(self, row: CohortRow) -> Iterator[Lag]:
        for each in self.watched:
            lag = at_risk.lag_of(each, each.result_of(row.results), row.facts, self.table.as_of)
            if lag:
                yield lag


def page_of_paces(paces: Paces, number: int) -> RowsPage:
    """A page of the students behind the pace, the farthest behind first."""
    rows = {row.student_id: row for row in paces.table.rows}
    return page_of([rows[student_id] for student_id in paces.lags], number, PAGE_SIZE)


def students_at_risk(actor: Actor, paces: Paces, page: RowsPage) -> dict[Danger, list[StudentAtRisk]]:
    """What the forecast says of the students of a page, the worst first."""
    found: dict[Danger, list[StudentAtRisk]] = {danger: [] for danger in Danger}
    for row in page.rows:
        standing = progress.student_progress(actor, row.student_id)
        lags = paces.lags[row.student_id]
        elapsed = at_risk.elapsed_in_words(lags[0].pace)
        student = StudentAtRisk(row.student_id, row.name, elapsed, tuple(_reasons(standing, lags)))
        found[student.danger].append(student)
    return found


def _reasons(standing: StudentProgress, lags: tuple[Lag, ...]) -> Iterator[Reason]:
    """The forecast of each requirement in which a student lags, those that will be missed first."""
    results = [result for _, evaluation in standing.evaluations for result in evaluation.requirements]
    days = [
        verdict.entry.on
        for result in _flat(results)
        for verdict in result.verdicts
        if verdict.entry.on and verdict.entry.on <= standing.as_of
    ]
    found = []
    for lag in lags:
        result = lag.watched.result_of(results)
        forecast = forecast_of(
            result,
            standing.as_of,
            standing.facts.program_start,
            standing.facts.expected_graduation,
            since=min(days, default=None),
        )
        if forecast:
            asked = lag.watched.asked
            danger = at_risk.danger_of(forecast)
            says = at_risk.reason_of(forecast, asked.unit)
            found.append(Reason(lag.watched.ruleset, lag.watched.requirement, asked.title, danger, says))
    order = list(Danger)
    yield from sorted(found, key=lambda reason: order.index(reason.danger))


def _flat(results: list[RequirementResult]) -> Iterator[RequirementResult]:
    for result in results:
        yield result
        yield from _flat(list(result.inner))
