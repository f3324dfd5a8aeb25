"""The bench runs, compares like with like, and says so when the two sides differ. How long it takes is no test."""

import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path

import pytest
import sqlalchemy as sa

from bench import evaluation, export, measure, packet, serving, sql
from bench import world as bench_world
from bench.__main__ import main
from bench.measure import Comparison, Times
from bench.world import World, build
from caselog.extensions import db
from caselog.store.cases import LoggedCase
from caselog.store.programs import Rotation
from caselog.store.session import sqlite_module


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = build(tmp_path_factory.mktemp("world"), 3, 60)
    yield made
    with made.app.app_context():
        db.engine.dispose()


def test_a_run_of_all_parts_prints_both_sides_times_and_ends_well(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "CLIENTS", 2)
    sizes = ["--students", "3", "--cases", "30", "--export-cases", "40", "--http-cases", "2", "--rounds", "1",
             "--growth", "2", "10", "--leaving", "0"]  # fmt: skip
    assert main(sizes) == 0
    printed = capsys.readouterr().out
    for line in (
        "cohort, 3 students × 30 cases, from cold", "the same, 5 % of students changed", "student, 30 cases: numbers",
    ):  # fmt: skip
        assert re.search(rf"^{line} .* ms .* ms .*× ", printed, re.MULTILINE), printed
    assert ("CSV export of 40 cases" in printed) == (shutil.which("sqlite3") is not None)
    assert re.search(r"^CSV of 40 cases over HTTP .* Datasette ", printed, re.MULTILINE), printed
    assert re.search(r"^XLSX of 40 cases .* bare XlsxWriter ", printed, re.MULTILINE), printed
    assert re.search(r"^memory: a process that counts 90 cases peaks at \d+ MB", printed, re.MULTILINE)
    assert re.search(r"^  4 students × 10 cases .* ms .* \(\d+\.\d+×\)$", printed, re.MULTILINE), printed
    assert re.search(r"^signals of 90 cases: \d+\n  cold .* ms .*\n  again .* ms ", printed, re.MULTILINE), printed
    assert "4 acknowledged, 4 stored, 0 errors" in printed
    assert "the machine's noise" in printed


def test_the_same_size_gives_the_same_cases(world: World, tmp_path: Path) -> None:
    again = build(tmp_path, 3, 60)
    assert _cases(again) == _cases(world)
    assert len(_cases(again)) == 180
    with again.app.app_context():
        db.engine.dispose()


def test_logs_that_are_put_together_are_whole_and_of_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_world, "DRAWN", 12)
    made = build(tmp_path, 20, 15)
    with made.app.app_context():
        found = db.session.execute(
            sa.select(LoggedCase.student_id, sa.func.count())
            .join(Rotation, sa.and_(Rotation.id == LoggedCase.rotation_id))
            .where(Rotation.student_id == LoggedCase.student_id)
            .group_by(LoggedCase.student_id)
        )
        assert {row[0]: row[1] for row in found} == dict.fromkeys(made.student_ids, 15)
        numbers = sql_numbers(made)
        assert len({str(each) for each in numbers[12:]}) > 4
        db.engine.dispose()


def sql_numbers(world: World) -> list[sql.Numbers]:
    with closing(sqlite_module().connect(world.path)) as connection:
        numbers = sql.cohort(connection, world.program_id)
    return [numbers[each] for each in world.student_ids]


def _cases(world: World) -> list[tuple[object, ...]]:
    with world.app.app_context():
        rows = db.session.connection().execute(sa.select(LoggedCase).order_by(LoggedCase.case_uid))
        return [tuple(row) for row in rows]


def test_every_requirement_counts_something_so_that_the_comparison_means_something(world: World) -> None:
    with closing(sqlite_module().connect(world.path)) as connection:
        numbers = sql.cohort(connection, world.program_id)
    counted = {name: sum(each[name][0] for each in numbers.values()) for name in sql.REQUIREMENTS}
    assert all(0 < total < 180 for total in counted.values()), counted
    assert sum(pending for each in numbers.values() for _, pending in each.values())


def test_sides_that_count_differently_are_not_timed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "COHORT", sql.COHORT.replace("activity = 'cpb'", "activity <> 'cpb'"))
    with pytest.raises(AssertionError, match="do not count the same"):
        next(evaluation.compare(world, 1))


def test_an_acknowledged_case_that_is_not_stored_is_an_error(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = serving.Report(acknowledged=[str(uuid.uuid4())])
    monkeypatch.setattr(serving, "CLIENTS", 1)
    monkeypatch.setattr(serving, "server", lambda world: nullcontext((0, 0)))
    monkeypatch.setattr(serving, "_log", lambda *arguments: lost)
    assert serving.log_at_once(world, 1).errors == ["1 acknowledged cases are not stored"]


def test_without_a_sqlite3_shell_the_export_is_left_out_and_it_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert list(export.compare(world, 1)) == []
    assert "no sqlite3 shell" in capsys.readouterr().out


def test_the_sides_take_turns_and_change_who_begins() -> None:
    calls: list[str] = []
    times = measure.in_turns({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 2)
    assert calls == ["a", "b", "a", "b", "b", "a"]
    assert [len(each.seconds) for each in times.values()] == [2, 2]


def test_packets_are_measured_with_typst_and_without(world: World) -> None:
    lines = packet.shown(world, 1).splitlines()
    assert len(lines) == 1 + 2 * 3
    assert "board, without Typst" in lines[-1]


def test_a_missed_goal_is_shown() -> None:
    ours, theirs = Times((0.03, 0.03, 0.04)), Times((0.01, 0.01, 0.01))
    shown = measure.table([Comparison("one", ours, theirs, "SQL", 2), Comparison("two", ours, theirs, "SQL", 3)])
    assert shown.splitlines()[1].split()[-1] == "MISSED"
    assert shown.splitlines()[2].split()[-1] == "ok"
    assert "3.00×" in shown
