"""A table from the bytes of any spreadsheet or of our own JSON, or a word why there is none.

It is read in memory and never written anywhere.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from caselog.domain.sheet import Sheet, sheet_of
from caselog.exports.from_csv import FileFaultError
from caselog.exports.from_json import looks_like_json, read_json
from caselog.exports.from_workbook import CELLS_MOST, COLUMNS_MOST, ROWS_MOST, read_workbook
from caselog.exports.table import unguard

UPLOAD_MOST = 8_000_000  # bytes; 10,000 cases take about 3,000,000
CELL_MOST = 5_000  # characters; a note has at most 2,000
TEXT_MOST = 12_000_000  # characters in all cells
_RECORDS_MOST = 100_000  # rows of a text, empty ones included
_SEPARATORS = ",;\t|"
_LOOKED_AT = 20  # lines in which the separator is looked for
_NO_TABLE = "Choose a .csv or .xlsx file with a table of cases or activities."
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"{\\rtf", "a text document"),
    (b"SQLite format", "a database"),
    (b"\x1f\x8b", "packed with gzip"),
    (b"7z\xbc\xaf", "packed with 7-Zip"),
)
_OLD = (
    "The file is an old workbook (.xls), which is not read. Open it in your spreadsheet program, save it as .xlsx or "
    "as “CSV UTF-8”, and choose that."
)
_LOCKED = "The workbook is protected by a password. Save it without one, and choose that."
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MARKUP = re.compile(r"\s*<(?:!doctype|html|\?xml|table|svg)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Received:
    """A table, and what the person is to know about how it was read."""

    sheet: Sheet
    notes: tuple[str, ...]


def read_table(data: bytes, noun: str) -> Received:
    """The table of `case`s or of each `activity` in a file, at most UPLOAD_MOST bytes. Raises FileFaultError."""
    if not data.strip(b"\x00 \r\n\t"):
        raise FileFaultError(f"The file is empty. {_NO_TABLE}")
    if len(data) > UPLOAD_MOST:
        raise FileFaultError(f"The file is larger than {UPLOAD_MOST // 1_000_000} MB. {_NO_TABLE}")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileFaultError(_LOCKED if _ENCRYPTED in data else _OLD)
    for start, kind in _KINDS:
        if data.startswith(start):
            raise FileFaultError(f"The file is {kind}, no spreadsheet. {_NO_TABLE}")
    if looks_like_json(data):
        own, notes = read_json(data, noun)
        return Received(
            replace(own, rows=tuple((line, tuple(cells)) for line, cells in _bounded(own.rows))), tuple(notes)
        )
    if data.startswith(b"PK"):
        rows, notes = read_workbook(data, noun)
        form = "xlsx"
    else:
        text, notes = _decoded(data)
        rows, form = list(_records(text)), "csv"
    sheet = sheet_of(form, _bounded(rows))
    if sheet is None or not sheet.rows:
        raise FileFaultError(f"The file has no rows below its header. {_NO_TABLE}")
    return Received(sheet, tuple(notes))


def _bounded(rows: Sequence[tuple[int, Sequence[str]]]) -> Iterator[tuple[int, Sequence[str]]]:
    number, cells_seen, characters = 0, 0, 0
    for line, cells in rows:
        if not any(cells):
            continue
        number, cells_seen = number + 1, cells_seen + len(cells)
        characters += sum(map(len, cells))
        if number > ROWS_MOST + 1:
            raise FileFaultError(f"The table has more than {ROWS_MOST:,} rows; split it, and import part by part.")
        if len(cells) > COLUMNS_MOST or cells_seen > CELLS_MOST:
            raise FileFaultError(f"A row has {len(cells):,} cells; at most {COLUMNS_MOST} are read.", line)
        if characters > TEXT_MOST or max(map(len, cells)) > CELL_MOST:
            raise FileFaultError(
                f"The row holds too much text; a cell has at most {CELL_MOST:,} characters.", line
            )
        yield line, cells


def _decoded(data: bytes) -> tuple[str, list[str]]:
    notes: list[str] = []
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
    elif len(data) > 3 and data[1:4:2] == b"\x00\x00":
        text = data.decode("utf-16-le", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
            notes.append("The file is not UTF-8; it was read as Western European text. Look at accents and signs.")
    if _CONTROL.search(text[:100_000]):
        raise FileFaultError(f"The file is no text and no workbook. {_NO_TABLE}")
    if _MARKUP.match(text):
        raise FileFaultError(f"The file is a web page or XML, whatever its name says. {_NO_TABLE}")
    return text, notes


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    separator = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise FileFaultError(
                "The quotation marks of this row do not close, or text follows one that closes. Save the table as "
                "“CSV UTF-8” or .xlsx from your spreadsheet program.",
                line,
            ) from error
        if cells is None:
            return
        if reader.line_num > _RECORDS_MOST:
            raise FileFaultError(
                f"The file has more than {_RECORDS_MOST:,} lines; at most {ROWS_MOST:,} rows are read. Delete the "
                "empty rows below the table."
            )
        if any(cells):
            yield line, [unguard(cell) for cell in cells]


def _separator(text: str) -> str:
    """The sign that parts the first lines into the most columns, alike from line to line."""
    lines = [line for line in text.lstrip()[:200_000].splitlines() if line.strip()][:_LOOKED_AT] or [""]

    def columns(sign: str) -> tuple[int, int]:
        counts = Counter(_outside_quotes(line).count(sign) for line in lines)
        number, often = max(counts.items(), key=lambda each: (each[0] > 0, each[1], each[0]))
        return (often * min(number, 1), number)

    return max(_SEPARATORS, key=columns)


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])
