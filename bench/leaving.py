"""A program's cases over HTTP, against the sqlite3 shell and Datasette on the same file; workbooks; memory."""

import datetime as dt
import io
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it ships no types

from bench.measure import Comparison, in_turns
from bench.serving import Browser, free_port, hidden, server, sign_in
from bench.sql import CASE_COLUMNS, CASE_JOINS
from bench.world import DIRECTOR, World
from caselog.domain.case import COLUMNS
from caselog.exports.as_xlsx import Sheet, Summary, write_workbook
from caselog.exports.table import CASES, Kind
from caselog.services.export_rows import rows_of
from caselog.services.kinds import CASES as CASE_KIND
from caselog.store.session import reading

SHELL_GOAL, DATASETTE_GOAL, WORKBOOK_GOAL, MEMORY_GOAL_MB = 3.0, 0.5, 1.3, 40.0
AT = datetime(2026, 3, 1, tzinfo=UTC)
_START_WITHIN = 60  # seconds
_TO_SHELL = f"""
    SELECT st.name AS student, co.name AS cohort, {CASE_COLUMNS}
    FROM logged_case c {CASE_JOINS}
    JOIN student e ON e.program_id = c.program_id AND e.person_id = c.student_id
    JOIN person st ON st.program_id = c.program_id AND st.id = c.student_id
    JOIN cohort co ON co.program_id = c.program_id AND co.id = e.cohort_id
    WHERE c.program_id = '{{program}}'
    ORDER BY st.name, c.case_date, c.start_time, c.case_uid
"""


def compare(world: World, rounds: int) -> Iterator[Comparison]:
    """The whole program's cases as CSV over HTTP, and one log as a workbook."""
    cases = len(world.student_ids) * world.cases
    with server(world, workers=1) as (port, pid), closing(Browser(port)) as browser, _datasette(world) as other:
        sign_in(browser, DIRECTOR)
        take = _taking(browser)
        sides = {"ours": take}
        if shell := shutil.which("sqlite3"):
            sides["shell"] = lambda: _dump(shell, world)
        if other:
            sides["datasette"] = lambda: _fetched(other[0])
        processes = [pid, *([other[1]] if other else [])]
        times = in_turns(sides, rounds, elsewhere=lambda: sum(map(_spent, processes)))
    what = f"CSV of {cases:,} cases over HTTP"
    if "shell" in times:
        yield Comparison(what, times["ours"], times["shell"], "sqlite3 shell", SHELL_GOAL)
    if "datasette" in times:
        yield Comparison(what, times["ours"], times["datasette"], "Datasette", DATASETTE_GOAL)
    yield _workbooks(world, rounds)


def memory_shown(world: World) -> str:
    """How much the process that serves grows while all cases of a large program leave."""
    if not Path("/proc/self/status").exists():
        return "memory of an export: left out, this system does not tell the memory of a process."
    cases = len(world.student_ids) * world.cases
    with server(world, workers=1) as (port, pid), closing(Browser(port)) as browser:
        sign_in(browser, DIRECTOR)
        take = _taking(browser, f"/students/{world.student_ids[0]}/exports", "spreadsheet-csv-cases")
        take()  # what is loaded once is loaded now
        (worker,) = _children(pid)
        before = _memory_mb(worker, "VmRSS")
        Path(f"/proc/{worker}/clear_refs").write_text("5", encoding="ascii")  # forget the peak so far
        size = _taking(browser)()
        grown = _memory_mb(worker, "VmHWM") - before
    fits = "ok" if grown <= MEMORY_GOAL_MB else "MISSED"
    return (
        f"memory: the server grows by {grown:.0f} MB while {cases:,} cases leave as CSV ({size / 1e6:.0f} MB); "
        f"goal ≤ {MEMORY_GOAL_MB:.0f} MB  {fits}"
    )


def _taking(browser: Browser, path: str = "/program/exports", file: str = "cohort-csv-cases") -> Any:
    """What asks for a file and lets go of its bytes; the browser is signed in as the director."""
    token = hidden(browser.get(path)[1], "csrf_token")
    form = [("csrf_token", token), ("file", file), ("reason", "a bench")]
    return lambda: browser.taken(path, form)


def _dump(shell: str, world: World) -> int:
    query = _TO_SHELL.format(program=world.program_id.hex)
    command = [shell, "-readonly", "-csv", "-header", str(world.path), query]
    return len(subprocess.run(command, capture_output=True, check=True).stdout)


@contextmanager
def _datasette(world: World) -> Iterator[tuple[str, int] | None]:
    """The address of Datasette's CSV of all cases, and its process; None where it is not installed."""
    command = Path(sys.executable).with_name("datasette")
    if not command.exists():
        print("Datasette: left out, it is not installed here.")
        yield None
        return
    port = free_port()
    asked = [str(command), "serve", str(world.path), "--host", "127.0.0.1", "--port", str(port)]
    asked += ["--setting", "max_csv_mb", "0"]
    process = subprocess.Popen(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/{world.path.stem}/logged_case.csv?_stream=on&_size=max"
    try:
        _wait_for(f"http://127.0.0.1:{port}/-/versions.json")
        yield address, process.pid
    finally:
        process.terminate()
        process.wait()


def _wait_for(address: str) -> None:
    until = time.monotonic() + _START_WITHIN
    while True:
        try:
            _fetched(address)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def _fetched(address: str) -> int:
    with urllib.request.urlopen(address, timeout=300) as answer:  # noqa: S310 (a server that this bench has started)
        return sum(map(len, iter(lambda: answer.read(64 * 1024), b"")))


def _spent(pid: int) -> float:
    """The processor seconds of a process and its children so far; 0 where the system does not tell."""
    threads = [each for one in (pid, *_children(pid)) for each in Path(f"/proc/{one}/task").glob("*/schedstat")]
    return sum(int(each.read_text(encoding="ascii").split()[0]) for each in threads) / 1e9


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return list(map(int, listed.read_text(encoding="ascii").split())) if listed.exists() else []


def _memory_mb(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) * 1024 / 1e6


def _workbooks(world: World, rounds: int) -> Comparison:
    """All cases out of the database as a workbook, against the same cells out of memory by XlsxWriter alone."""
    cells = _cells(world)
    if _first_sheet(_ours(world)) != _first_sheet(_bare(cells)):
        raise AssertionError("export: the two sides do not write the same cells")
    times = in_turns({"ours": lambda: _ours(world), "bare": lambda: _bare(cells)}, rounds)
    return Comparison(
        f"XLSX of {len(cells):,} cases", times["ours"], times["bare"], "bare XlsxWriter", WORKBOOK_GOAL
    )


def _ours(world: World) -> bytes:
    with world.app.app_context(), reading() as session, tempfile.TemporaryFile() as file:
        rows = rows_of(session, CASE_KIND, world.director, world.student_ids)
        front = Summary([], ["nothing"], [])
        write_workbook(file, front, [Sheet("Cases", CASES, rows)], AT)
        file.seek(0)
        return file.read()


def _cells(world: World) -> list[list[Any]]:
    """The cases as Python's own values."""
    with world.app.app_context(), reading() as session:
        rows = list(rows_of(session, CASE_KIND, world.director, world.student_ids))
    by_column = [
        [_value(column.kind, raw, text) for raw, text in zip(values, column.to_texts(values), strict=True)]
        for column, values in zip(CASES.columns, zip(*rows, strict=True), strict=True)
    ]
    return [list(row) for row in zip(*by_column, strict=True)]


def _value(kind: Kind, raw: Any, text: str) -> Any:
    if not text or kind is Kind.NUMBER:
        return raw if text else None
    if kind is Kind.DATE:
        return date.fromisoformat(text)
    return dt.time.fromisoformat(text) if kind is Kind.TIME else text


def _bare(cells: Sequence[Sequence[Any]]) -> bytes:
    """What somebody writes who knows XlsxWriter."""
    file = io.BytesIO()
    with Workbook(file, {"constant_memory": True, "strings_to_formulas": False}) as workbook:
        day, at = (workbook.add_format({"num_format": each}) for each in ("yyyy-mm-dd", "hh:mm"))
        sheet = workbook.add_worksheet("Cases")
        for place, name in enumerate(COLUMNS):
            sheet.write(0, place, name)
        for number, row in enumerate(cells, 1):
            for place, value in enumerate(row):
                if value is None:
                    continue
                if isinstance(value, date):
                    sheet.write_datetime(number, place, value, day)
                elif isinstance(value, dt.time):
                    sheet.write_datetime(number, place, value, at)
                else:
                    sheet.write(number, place, value)
    return file.getvalue()


def _first_sheet(data: bytes) -> list[list[Any]]:
    return [list(row) for row in openpyxl.load_workbook(io.BytesIO(data), read_only=True)["Cases"].values]
