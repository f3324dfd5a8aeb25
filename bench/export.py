"""Exporting a log as CSV, against the sqlite3 shell's dump of the same columns."""

import csv
import io
import shutil
import subprocess
from collections.abc import Iterator

from bench.measure import Comparison, in_turns
from bench.sql import CASE_COLUMNS, CASE_JOINS
from bench.world import TIMEZONE, World
from caselog.exports.as_csv import csv_chunks
from caselog.services.actor import Operator
from caselog.services.transfer import export_cases

GOAL = 3.0
_QUERY = f"""
    SELECT {CASE_COLUMNS} FROM logged_case c {CASE_JOINS}
    WHERE c.program_id = '{{program}}' AND c.student_id = '{{student}}'
    ORDER BY c.case_date, c.start_time, c.case_uid
"""
# Columns that the shell writes as they are stored, and a file as people read them.
_SPELLED_OTHERWISE = {"case_uid", "start_time", "redo", "support_hours", "lowest_temp_c"}


def compare(world: World, rounds: int) -> Iterator[Comparison]:
    """The first student's log; nothing where there is no sqlite3 shell."""
    shell = shutil.which("sqlite3")
    if shell is None:
        print("CSV export: left out, there is no sqlite3 shell here (on Debian: apt-get install sqlite3).")
        return
    ours, theirs = _ours(world), _theirs(shell, world)
    if _comparable(ours) != _comparable(theirs):
        raise AssertionError("export: the two sides do not write the same cases")
    times = in_turns({"ours": lambda: _ours(world), "shell": lambda: _theirs(shell, world)}, rounds)
    what = f"CSV export of {world.cases:,} cases"
    yield Comparison(what, times["ours"], times["shell"], "sqlite3 shell", GOAL)


def _ours(world: World) -> bytes:
    with world.app.app_context():
        operator = Operator(world.program_id, TIMEZONE)
        return b"".join(csv_chunks(export_cases(operator, world.student_ids[0])))


def _theirs(shell: str, world: World) -> bytes:
    query = _QUERY.format(program=world.program_id.hex, student=world.student_ids[0].hex)
    return subprocess.run(
        [shell, "-readonly", "-csv", "-header", str(world.path), query], capture_output=True, check=True
    ).stdout


def _comparable(file: bytes) -> list[list[str]]:
    rows = csv.DictReader(io.StringIO(file.decode(), newline=""))
    return [[value for name, value in row.items() if name not in _SPELLED_OTHERWISE] for row in rows]
