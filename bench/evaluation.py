"""Evaluating a cohort, and one student, against hand-written SQL over the same file."""

import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench import sql
from bench.measure import Comparison, in_turns
from bench.world import RULESETS, TODAY, World
from caselog.domain.case import COLUMNS
from caselog.domain.result import Evaluation
from caselog.extensions import db
from caselog.rules import library
from caselog.services import progress
from caselog.services.engines import engine_for
from caselog.store.cases import LoggedCase
from caselog.store.people import Student
from caselog.store.session import sqlite_module, transaction

COHORT_GOAL, LATER_GOAL, STUDENT_GOAL = 1.25, 0.10, 2.5
CHANGED_SHARE = 20  # one student of so many changed since the last look


def compare(world: World, rounds: int) -> Iterator[Comparison]:
    """The cohort, and one student of it."""
    with closing(_connect(world.path)) as connection, world.app.app_context():
        yield from _cohort(world, connection, rounds)
        yield from _student(world, connection, rounds)


def _connect(path: Path) -> sqlite3.Connection:
    connection: sqlite3.Connection = sqlite_module().connect(path)
    return connection


def _cohort(world: World, connection: sqlite3.Connection, rounds: int) -> Iterator[Comparison]:
    students = students_of(world)
    ours = {student_id: _numbers(found) for student_id, found in evaluate(world, students).items()}
    _same(ours, sql.cohort(connection, world.program_id), "cohort")

    def count() -> object:
        return evaluate(world, students)

    sides: dict[str, Callable[[], object]] = {
        "cold": count,
        "judged": count,
        "later": count,
        "same": count,
        "SQL": lambda: sql.cohort(connection, world.program_id),
    }

    def change() -> None:
        evaluate(world, students)
        _change(world, world.student_ids[::CHANGED_SHARE])

    before = {"cold": forget, "judged": _forget_numbers, "later": change, "same": count}
    times = in_turns(sides, rounds, before)
    size = f"{len(world.student_ids)} students × {world.cases} cases"
    yield Comparison(f"cohort, {size}, from cold", times["cold"], times["SQL"], "SQL", COHORT_GOAL)
    yield Comparison("the same, kinds of case judged earlier", times["judged"], times["SQL"], "SQL", COHORT_GOAL)
    yield Comparison("the same, 5 % of students changed", times["later"], times["SQL"], "SQL", LATER_GOAL)
    yield Comparison("the same, nobody changed", times["same"], times["SQL"], "SQL", LATER_GOAL)


def _forget_numbers() -> None:
    progress.SUMMARIES.clear()
    progress.SHARED.clear()


def forget() -> None:
    """All that a process remembers of counting, as if it had just been started."""
    _forget_numbers()
    engine_for.cache_clear()


def _change(world: World, student_ids: Sequence[uuid.UUID]) -> None:
    """A write to each case of these students; `evaluate` must not find another number."""
    of_students = (LoggedCase.program_id == world.program_id, LoggedCase.student_id.in_(student_ids))
    with transaction() as session:
        session.execute(sa.update(LoggedCase).where(*of_students).values(changed_at=LoggedCase.changed_at))


def evaluate(
    world: World, students: list[Student], names: Sequence[str] = RULESETS
) -> dict[uuid.UUID, list[Evaluation]]:
    """What the director's table asks: each student of the cohort, without verdicts."""
    rulesets = tuple(library.find(name) for name in names)
    return progress.cohort_evaluations(db.session(), world.program_id, students, rulesets, TODAY)


def students_of(world: World) -> list[Student]:
    found = list(db.session.scalars(sa.select(Student).where(Student.program_id == world.program_id)))
    db.session.expunge_all()  # so that a write does not make them be read again
    return found


def _student(world: World, connection: sqlite3.Connection, rounds: int) -> Iterator[Comparison]:
    student_id = world.student_ids[0]
    students = [student for student in students_of(world) if student.person_id == student_id]

    def numbers() -> list[Evaluation]:
        return evaluate(world, students)[student_id]

    def verdicts() -> list[Evaluation]:
        found = progress.student_progress(world.director, student_id)
        return [evaluation for _, evaluation in found.evaluations]

    def summed() -> sql.Numbers:
        return sql.student(connection, world.program_id, student_id)

    def listed() -> list[tuple[Any, ...]]:
        return sql.verdicts(connection, world.program_id, student_id)

    _same(_numbers(numbers()), summed(), "student")
    _same(_numbers(verdicts()), summed(), "student with verdicts")
    _same(sorted(_verdicts(verdicts())), sorted(_listed(listed())), "verdicts")
    times = in_turns(
        {"numbers": numbers, "verdicts": verdicts, "sums": summed, "list": listed},
        rounds * 3,
        {"numbers": _forget_numbers},
    )
    yield Comparison(
        f"student, {world.cases} cases: numbers", times["numbers"], times["sums"], "SQL sums", STUDENT_GOAL
    )
    yield Comparison(
        "the same, a verdict on each case", times["verdicts"], times["list"], "SQL list", STUDENT_GOAL
    )


def _verdicts(evaluations: Iterable[Evaluation]) -> Iterator[tuple[str, str, str]]:
    for evaluation in evaluations:
        for result in evaluation.requirements:
            for verdict in result.verdicts:
                yield result.requirement.id, uuid.UUID(verdict.entry.uid).hex, verdict.outcome


def _listed(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[str, str, str]]:
    for row in rows:
        for requirement, outcome in zip(sql.REQUIREMENTS, row[len(COLUMNS) :], strict=True):
            yield requirement, row[0], outcome


def _numbers(evaluations: Iterable[Evaluation]) -> sql.Numbers:
    return {
        result.requirement.id: (int(result.counted), int(result.pending))
        for evaluation in evaluations
        for result in evaluation.requirements
        if result.requirement.id in sql.REQUIREMENTS
    }


def _same(ours: object, theirs: object, what: str) -> None:
    if ours != theirs:
        raise AssertionError(f"{what}: the two sides do not count the same")
