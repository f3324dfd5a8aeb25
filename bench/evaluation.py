"""Evaluating a cohort, and one student, against hand-written SQL over the same file."""

import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator
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
from caselog.store.people import Student
from caselog.store.session import sqlite_module

COHORT_GOAL, STUDENT_GOAL = 5.0, 5.0


def compare(world: World, rounds: int) -> Iterator[Comparison]:
    """The cohort, and one student of it."""
    with (
        closing(_connect(world.path)) as connection,
        closing(_connect(_indexed(world.path))) as indexed,
        world.app.app_context(),
    ):
        yield from _cohort(world, connection, indexed, rounds)
        yield from _student(world, connection, rounds)


def _connect(path: Path) -> sqlite3.Connection:
    connection: sqlite3.Connection = sqlite_module().connect(path)
    return connection


def _indexed(path: Path) -> Path:
    """A copy of the file with an index that holds all that the hand-written SQL reads."""
    copy = path.with_name(f"{path.stem}-indexed.db")
    with closing(_connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(path, copy)
    with closing(_connect(copy)) as connection:
        connection.execute(sql.INDEX)
        connection.commit()
    return copy


def _cohort(
    world: World, connection: sqlite3.Connection, indexed: sqlite3.Connection, rounds: int
) -> Iterator[Comparison]:
    students = _students(world)
    sides: dict[str, Callable[[], dict[uuid.UUID, sql.Numbers]]] = {
        "SQL": lambda: sql.cohort(connection, world.program_id),
        "SQL with its own index": lambda: sql.cohort(indexed, world.program_id),
    }
    ours = {student_id: _numbers(found) for student_id, found in evaluate(world, students).items()}
    for name, count in sides.items():
        _same(ours, count(), f"{name}: cohort")

    def anew() -> dict[uuid.UUID, list[Evaluation]]:
        engine_for.cache_clear()
        return evaluate(world, students)

    times = in_turns({"again": lambda: evaluate(world, students), "first": anew, **sides}, rounds)
    fastest = min(sides, key=lambda name: times[name].median)
    size = f"{len(world.student_ids)} students × {world.cases} cases"
    yield Comparison(f"cohort, {size}", times["again"], times[fastest], fastest, COHORT_GOAL)
    yield Comparison("the same, first time of the day", times["first"], times[fastest], fastest, COHORT_GOAL)


def evaluate(world: World, students: list[Student]) -> dict[uuid.UUID, list[Evaluation]]:
    """What the director's table asks: each student of the cohort, without verdicts."""
    rulesets = tuple(library.find(name) for name in RULESETS)
    return progress.cohort_evaluations(db.session(), world.program_id, students, rulesets, TODAY)


def _students(world: World) -> list[Student]:
    return list(db.session.scalars(sa.select(Student).where(Student.program_id == world.program_id)))


def _student(world: World, connection: sqlite3.Connection, rounds: int) -> Iterator[Comparison]:
    student_id = world.student_ids[0]
    students = [student for student in _students(world) if student.person_id == student_id]

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
    times = in_turns({"numbers": numbers, "verdicts": verdicts, "sums": summed, "list": listed}, rounds * 3)
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
