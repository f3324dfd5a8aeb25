"""Importing a log from CSV, against a bare `executemany` of the same rows into the same table.

Ours reads the file, reads each row strictly, checks it, screens its texts, and writes the rows with an entry of the
trail for each. The other side gets the rows as the database takes them, and only writes them: the same columns, indexes
and triggers, the same settings of SQLite, one transaction.
"""

import io
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.measure import Comparison, in_turns
from bench.world import TIMEZONE, World
from caselog.exports.as_csv import csv_chunks
from caselog.exports.from_csv import read_csv
from caselog.extensions import db
from caselog.services import importing
from caselog.services.actor import Operator
from caselog.services.importing import Asked
from caselog.services.transfer import NEEDED, export_cases, import_cases
from caselog.store.session import sqlite_module

GOAL = 3.0


def compare(world: World, rounds: int) -> Iterator[Comparison]:
    """The first student's log, into the same student's log once that is empty."""
    with world.app.app_context():
        file = b"".join(csv_chunks(export_cases(_operator(world), world.student_ids[0])))
        db.session.remove()
        db.engine.dispose()
    rows, names = _taken_out(world.path)
    empty = world.path.with_suffix(".empty")
    shutil.copyfile(world.path, empty)
    sides: dict[str, Any] = {
        "ours": lambda: _ours(world, file, len(rows)),
        "any": lambda: _any(world, file, len(rows)),
        "theirs": lambda: _theirs(world.path, names, rows),
    }
    times = in_turns(sides, rounds, dict.fromkeys(sides, lambda: _begin_again(world, empty)))
    what = f"import of {len(rows):,} cases from CSV"
    yield Comparison(what, times["ours"], times["theirs"], "bare executemany", GOAL)
    yield Comparison("the same, as any spreadsheet", times["any"], times["theirs"], "bare executemany", GOAL)


def _operator(world: World) -> Operator:
    return Operator(world.program_id, TIMEZONE)


def _taken_out(path: Path) -> tuple[list[tuple[Any, ...]], list[str]]:
    """The rows of the log as the database holds them, which it then holds no longer."""
    with closing(_connected(path)) as connection:
        cursor = connection.execute("SELECT * FROM logged_case")
        names = [each[0] for each in cursor.description]
        rows = cursor.fetchall()
        connection.execute("DELETE FROM logged_case")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return rows, names


def _begin_again(world: World, empty: Path) -> None:
    with world.app.app_context():
        db.session.remove()
        db.engine.dispose()
    for end in ("-wal", "-shm"):
        Path(f"{world.path}{end}").unlink(missing_ok=True)
    shutil.copyfile(empty, world.path)


def _ours(world: World, file: bytes, number: int) -> None:
    with world.app.app_context():
        report = import_cases(_operator(world), world.student_ids[0], read_csv(io.BytesIO(file), NEEDED))
    _require(report.added, number)


def _any(world: World, file: bytes, number: int) -> None:
    """The way of the page: columns are guessed and words understood, for a file whose headings are not ours."""
    foreign = file.replace(b"case_uid,case_date", b"uuid,Date of surgery", 1).replace(
        b"cpb_minutes", b"Pump time", 1
    )
    with world.app.app_context():
        sheet = importing.receive(foreign, "case").sheet
        asked = Asked(submit=True, twice=True)
        done = importing.bring_in(_operator(world), world.student_ids[0], sheet, "case", asked, good_only=False)
    _require(done.report.added if done.report.stored else 0, number)


def _require(added: int, number: int) -> None:
    if added != number:
        raise AssertionError(f"import: {added} of {number} cases were added")


def _theirs(path: Path, names: list[str], rows: list[tuple[Any, ...]]) -> None:
    with closing(_connected(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        places = ", ".join("?" * len(names))
        connection.executemany(f"INSERT INTO logged_case ({', '.join(names)}) VALUES ({places})", rows)
        connection.execute("COMMIT")


def _connected(path: Path) -> Any:
    connection = sqlite_module().connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection
