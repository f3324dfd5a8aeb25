"""Workbooks: typed cells, text that nothing runs, the same rows as CSV, and programs that open them."""

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from caselog.domain.case import COLUMNS, LIST_FIELDS, Case
from caselog.exports import as_xlsx
from caselog.exports.as_csv import csv_chunks
from caselog.exports.as_xlsx import Sheet, Summary, TooLongError, write_workbook
from caselog.exports.from_csv import read_csv
from caselog.exports.table import CASES, FileTable, Kind, unguard, with_students
from tests.domain.samples import a_case, some
from tests.support.case_files import DANGEROUS, any_cases, notes, values
from tests.support.profiles import examples

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
MIDNIGHT = AT.replace(hour=0, tzinfo=None)
FRONT = Summary(
    [("Program", "=North"), ("Exported on", date(2026, 11, 21))], ["requirement", "asked"], [["Primary", 75]]
)


def workbook(*cases: Case, front: Summary = FRONT, at: datetime = AT) -> bytes:
    return of_rows(CASES, list(map(values, cases)), front, at)


def of_rows(table: FileTable, rows: Sequence[Sequence[Any]], front: Summary = FRONT, at: datetime = AT) -> bytes:
    file = io.BytesIO()
    write_workbook(file, front, [Sheet("Cases", table, rows)], at)
    return file.getvalue()


def sheet(data: bytes, name: str = "Cases") -> Worksheet:
    return openpyxl.load_workbook(io.BytesIO(data))[name]


def cells(data: bytes, row: int = 2) -> dict[str, Any]:
    found = sheet(data)
    return {str(found.cell(1, place).value): found.cell(row, place).value for place in range(1, len(COLUMNS) + 1)}


def test_numbers_days_and_times_are_what_they_are() -> None:
    case = a_case(1, start_time=time(7, 30), lowest_temp_c=28.5, support_hours=6.0, redo=True)
    found = cells(workbook(case))
    assert found["case_date"] == MIDNIGHT.replace(month=3, day=2)
    assert found["start_time"] == time(7, 30)
    assert found["cpb_minutes"] == 95
    assert found["lowest_temp_c"] == 28.5
    assert found["redo"] == "yes"
    assert found["share_percent"] is None


def test_negative_numbers_stay_numbers() -> None:
    found = cells(workbook(a_case(1, lowest_temp_c=-1.5, cpb_minutes=-3)))
    assert (found["lowest_temp_c"], found["cpb_minutes"]) == (-1.5, -3)


def test_each_sheet_keeps_its_header_in_sight_and_offers_filters() -> None:
    found = sheet(workbook(a_case(1), a_case(2)))
    assert found.freeze_panes == "A2"
    assert found.auto_filter.ref == "A1:X3"


def test_the_summary_stands_in_front_with_its_own_table() -> None:
    found = openpyxl.load_workbook(io.BytesIO(workbook(a_case(1))))
    assert found.sheetnames == ["Summary", "Cases"]
    rows = list(found["Summary"].iter_rows(values_only=True))
    assert rows[:2] == [("Program", "=North"), ("Exported on", MIDNIGHT)]
    assert rows[3:] == [("requirement", "asked"), ("Primary", 75)]
    assert found["Summary"].auto_filter.ref == "A4:B5"


@pytest.mark.parametrize("start", DANGEROUS)
def test_text_that_a_spreadsheet_would_run_is_text_and_marked_as_such(start: str) -> None:
    text = f"{start}1+1"
    data = of_rows(with_students(CASES), [[text, text, *values(a_case(1, note=text))]])
    found = sheet(data)
    note = found.cell(2, COLUMNS.index("note") + 3)
    for cell in (found.cell(2, 1), found.cell(2, 2), note):
        assert cell.data_type == "s"
        assert cell.quotePrefix, "editing the cell would run it"
    assert broken_alike(str(note.value)) == broken_alike(text)
    assert b"<f>" not in data


def test_addresses_do_not_become_links() -> None:
    assert not sheet(workbook(a_case(1, note="https://north.example/a"))).cell(2, 23).hyperlink


@examples(25)
@given(st.lists(any_cases, min_size=1, max_size=3))
def test_the_rows_are_those_of_the_csv(log: list[Case]) -> None:
    rows = list(map(values, log))
    plain = read_csv(io.BytesIO(b"".join(csv_chunks(rows))), ("case_uid",))
    found = CalamineWorkbook.from_filelike(io.BytesIO(of_rows(CASES, rows))).get_sheet_by_name("Cases")
    header, *read = found.to_python()
    assert tuple(header) == COLUMNS
    for row, record in zip(plain, read, strict=True):
        given = dict(zip(COLUMNS, record, strict=True))
        for column in CASES.columns:
            assert as_text(given[column.name], column.kind) == broken_alike(row.cells[column.name])


def as_text(value: Any, kind: Kind) -> str:
    """What a cell holds, as the CSV spells it."""
    match value:
        case float() if kind is Kind.NUMBER:
            (text,) = next(c for c in CASES.columns if c.kind is Kind.NUMBER).to_texts([value])
            return text
        case time():
            return f"{value:%H:%M}"
        case date():
            return value.isoformat()
    return broken_alike(str(value))


def broken_alike(text: str) -> str:
    """XML knows one line break only."""
    return text.replace("_x000D_", "\r").replace("\r\n", "\n").replace("\r", "\n")


def test_the_same_input_gives_the_same_bytes() -> None:
    assert workbook(*some(30)) == workbook(*some(30))


def test_a_table_longer_than_a_sheet_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(as_xlsx, "ROWS_MOST", 2)
    workbook(a_case(1), a_case(2))
    with pytest.raises(TooLongError, match="holds 2 rows"):
        workbook(a_case(1), a_case(2), a_case(3))


@examples(25)
@given(notes)
def test_no_text_becomes_a_formula(note: str) -> None:
    cell = sheet(workbook(a_case(1, note=note))).cell(2, COLUMNS.index("note") + 1)
    assert cell.data_type in ("s", "n")  # an empty cell counts as a number
    assert cell.value is None or isinstance(cell.value, str)


OFFICE = shutil.which("soffice")


SHEETS = ("log", "Cases"), ("plain", "plain")


def records(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_lists_stand_in_one_cell() -> None:
    case = a_case(1, procedures=("aortic_valve", "cabg"))
    assert cells(workbook(case))["procedures"] == "aortic_valve;cabg"
    assert "procedures" in LIST_FIELDS


# Where there is no LibreOffice there is no such test, unless somebody asks for it.
if OFFICE or os.environ.get("CASELOG_REQUIRE_OFFICE") == "1":

    def test_libreoffice_opens_it_and_runs_nothing(tmp_path: Path) -> None:
        assert OFFICE, "soffice is not on this machine, and CASELOG_REQUIRE_OFFICE asks for it"
        log = [a_case(number, note=f"{start}1+1") for number, start in enumerate("=+-@＝", 1)]
        file = tmp_path / "log.xlsx"
        file.write_bytes(workbook(*log))
        guarded = tmp_path / "plain.csv"
        guarded.write_bytes(b"".join(csv_chunks(map(values, log))))
        # Comma, quotes, UTF-8, from line 1; every sheet as a file of its own, cells as they are shown.
        to_csv = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
        given = [OFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", to_csv]
        for source, more in ((file, []), (guarded, ["--infilter=CSV:44,34,76,1"])):
            command = [*given, *more, "--outdir", str(tmp_path / source.stem), str(source)]
            subprocess.run(command, check=True, capture_output=True, timeout=120)
        of_book, of_csv = (records(next((tmp_path / name).glob(f"{name}*{last}.csv"))) for name, last in SHEETS)
        assert [row["note"] for row in of_book] == [case.note for case in log]
        assert [row["cpb_minutes"] for row in of_book] == ["95"] * 5
        assert [unguard(row["note"]) for row in of_csv] == [case.note for case in log]
