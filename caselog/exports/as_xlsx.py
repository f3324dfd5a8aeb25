"""Tables as a workbook: one sheet each, typed cells, and in front a sheet that sums up.

Rows go to the disk as they come, so a long table takes no memory. Nothing is ever written as a formula or a link:
text is text, whatever it begins with. The same input gives the same bytes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import IO, Any

from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it ships no types
from xlsxwriter.format import Format  # type: ignore[import-untyped]  # likewise
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # likewise

from caselog.exports.table import Column, FileTable, Kind, as_date, columns_of, runs

ROWS_MOST = 1_048_575  # that fit on a sheet under its header
_ROWS = 250  # in a chunk
_DAY_ZERO = date(1899, 12, 30).toordinal()  # from which spreadsheets count days
_MINUTES = 24 * 60
_WIDE, _NARROW = 24, 12  # characters
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}

Cell = str | int | float | date | None
Put = Callable[[int, int, Any], None]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a workbook under its name; rows are as `columns_of` takes them."""

    name: str
    table: FileTable
    rows: Iterable[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Summary:
    """The sheet in front: facts by name, then a table of its own."""

    facts: Sequence[tuple[str, Cell]]
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


class TooLongError(ValueError):
    """A table has more rows than a sheet can hold."""


def write_workbook(file: IO[bytes], summary: Summary, sheets: Sequence[Sheet], created: datetime) -> None:
    """Write the whole workbook to a file that can be read and sought. Raises TooLongError."""
    with Workbook(file, _OPTIONS) as workbook:
        workbook.set_properties({"created": created.replace(tzinfo=None)})
        formats = _Formats(workbook)
        _write_summary(workbook.add_worksheet("Summary"), summary, formats)
        for sheet in sheets:
            _write_sheet(workbook.add_worksheet(sheet.name), sheet, formats)


class _Formats:
    def __init__(self, workbook: Workbook) -> None:
        def made(**properties: Any) -> Format:
            return workbook.add_format(properties)

        self.bold = made(bold=True)
        self.header = made(bold=True, bottom=1)
        self.date = made(num_format="yyyy-mm-dd")
        self.time = made(num_format="hh:mm")
        # A spreadsheet would run such a text as soon as somebody edits the cell, unless it is marked as text.
        self.text = made(quote_prefix=True)


def _write_summary(sheet: Worksheet, summary: Summary, formats: _Formats) -> None:
    sheet.set_column(0, 0, _WIDE)
    sheet.set_column(1, len(summary.header), _WIDE)
    for row, (name, value) in enumerate(summary.facts):
        sheet.write_string(row, 0, name, formats.bold)
        _put_cell(sheet, row, 1, value, formats)
    top = len(summary.facts) + 1
    _write_header(sheet, top, summary.header, formats)
    last = top
    for last, cells in enumerate(summary.rows, top + 1):
        for column, value in enumerate(cells):
            _put_cell(sheet, last, column, value, formats)
    sheet.autofilter(top, 0, last, len(summary.header) - 1)


def _put_cell(sheet: Worksheet, row: int, column: int, value: Cell, formats: _Formats) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, value, formats.text if runs(value) else None)
    elif isinstance(value, date):
        sheet.write_number(row, column, value.toordinal() - _DAY_ZERO, formats.date)
    elif value is not None:
        sheet.write_number(row, column, value)


def _write_header(sheet: Worksheet, row: int, names: Sequence[str], formats: _Formats) -> None:
    for column, name in enumerate(names):
        sheet.write_string(row, column, name, formats.header)


def _write_sheet(sheet: Worksheet, asked: Sheet, formats: _Formats) -> None:
    table = asked.table
    _write_header(sheet, 0, table.names, formats)
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(table.columns):
        wide = column.kind in (Kind.TEXT, Kind.FREE_TEXT, Kind.LIST)
        sheet.set_column(place, place, _WIDE if wide else _NARROW)
    puts = [_put(sheet, column, formats) for column in table.columns]
    row = 0
    for columns in columns_of(table, asked.rows, _ROWS):
        for cells in zip(*(_cells(column, values) for column, values in columns), strict=True):
            row += 1
            if row > ROWS_MOST:
                raise TooLongError(f"A sheet holds {ROWS_MOST:,} rows, and there are more.")
            for place, value in enumerate(cells):
                if value is not None and value != "":
                    puts[place](row, place, value)
    sheet.autofilter(0, 0, row, len(table.columns) - 1)


def _put(sheet: Worksheet, column: Column, formats: _Formats) -> Put:
    string: Callable[..., Any] = sheet.write_string
    number: Callable[..., Any] = sheet.write_number
    match column.kind:
        case Kind.NUMBER:
            return number
        case Kind.DATE:
            return lambda row, place, value: number(row, place, value, formats.date)
        case Kind.TIME:
            return lambda row, place, value: number(row, place, value, formats.time)
        case Kind.FREE_TEXT:
            return lambda row, place, value: string(row, place, value, formats.text if runs(value) else None)
    return string


def _cells(column: Column, values: Sequence[Any]) -> Iterable[Any]:
    match column.kind:
        case Kind.NUMBER:
            return [_Whole(value) if type(value) is float and _is_cut(value) else value for value in values]
        case Kind.DATE:
            return [None if value is None else _days(value) for value in values]
        case Kind.TIME:
            return [_share_of_day(text) for text in column.to_texts(values)]
    return column.to_texts(values)


class _Whole(float):
    """A number with more than the 16 digits that XlsxWriter writes; it writes this one with all that it has."""

    def __format__(self, _spec: str) -> str:
        return repr(float(self))


def _is_cut(value: float) -> bool:
    return float(f"{value:.16G}") != value


def _days(value: Any) -> int | None:
    day = as_date(value)
    return day.toordinal() - _DAY_ZERO if day else None


def _share_of_day(text: str) -> float | None:
    if not text:
        return None
    at = time.fromisoformat(text)
    return (at.hour * 60 + at.minute) / _MINUTES
