"""Tables of typed cells, for the yearly report: as CSV, and side by side as the sheets of a workbook."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import xlsxwriter  # type: ignore[import-untyped]  # ships no types
from xlsxwriter.format import Format  # type: ignore[import-untyped]  # likewise

from caselog.exports.table import guard, runs

Cell = str | int | float | date | None
_WIDTH_MOST = 60  # characters


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table by its name; every row has a cell for each column."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def as_csv(sheet: Sheet) -> bytes:
    """RFC 4180, UTF-8; text that a spreadsheet would run is guarded, numbers and dates are as they are."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(sheet.columns)
    writer.writerows([guard(cell) if isinstance(cell, str) else cell for cell in row] for row in sheet.rows)
    return buffer.getvalue().encode()


def as_workbook(sheets: Sequence[Sheet], title: str, made_at: datetime) -> bytes:
    """XLSX: the header stays in sight, dates are dates, and text is text whatever it begins with."""
    buffer = io.BytesIO()
    options = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
    }  # fmt: skip
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": title, "created": made_at.replace(tzinfo=None)})
        bold = book.add_format({"bold": True})
        # A spreadsheet would run such a text as soon as somebody edits the cell, unless it is marked as text.
        marked = book.add_format({"quote_prefix": True})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.write_row(0, 0, sheet.columns, bold)
            for number, row in enumerate(sheet.rows, 1):
                for place, cell in enumerate(row):
                    _write(page, number, place, cell, marked)
            page.freeze_panes(1, 1)
            page.autofilter(0, 0, max(1, len(sheet.rows)), len(sheet.columns) - 1)
            for place, name in enumerate(sheet.columns):
                texts = (str(row[place]) for row in sheet.rows if row[place] is not None)
                page.set_column(place, place, min(_WIDTH_MOST, max(map(len, [name, *texts])) + 3))
    return buffer.getvalue()


def _write(page: xlsxwriter.worksheet.Worksheet, row: int, column: int, cell: Cell, marked: Format) -> None:
    if isinstance(cell, str):
        page.write_string(row, column, cell, marked if runs(cell) else None)
    elif isinstance(cell, date):
        page.write_datetime(row, column, cell)
    elif cell is not None:
        page.write_number(row, column, cell)
