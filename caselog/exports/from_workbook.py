"""The first table of an XLSX workbook, once its zip and its XML were looked through and are no trap.

calamine reads whole sheets, and makes room for every cell between the first and the last: so the parts are unpacked
here first, piece by piece and never kept, until more comes out than a log can hold.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineWorkbook

from caselog.exports.from_csv import FileFaultError
from caselog.exports.table import decimal_text

ROWS_MOST = 20_000
COLUMNS_MOST = 200
CELLS_MOST = 1_000_000  # of the rectangle that holds them
UNPACKED_MOST = 40_000_000  # bytes
_WORDS_MOST = 15_000_000  # bytes of the list of texts, which calamine keeps as a whole
PARTS_MOST = 500
_DIRECTORY_MOST = 200_000  # bytes of the list of parts
_PIECE = 1 << 18
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,4})([0-9]{1,12})["']""")
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_SLACK = 400  # rows: titles above the table, and tags that two pieces share
_ENTITY = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_END = struct.Struct("<4s4H2LH")  # of a zip: how many parts, and how long their list is
_AS_CSV = "Save the table as “CSV UTF-8” or as a new .xlsx workbook, and choose that."
_BROKEN = f"The workbook is damaged or incomplete: it cannot be unpacked. {_AS_CSV}"
_PREFERRED = {"case": ("cases", "case log"), "activity": ("activities", "learning activities")}


def read_workbook(data: bytes, noun: str) -> tuple[list[tuple[int, list[str]]], list[str]]:
    """The rows of a workbook's table with their lines, and what of the file is to be said. Raises FileFaultError."""
    notes = _look_through(data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        name = _sheet_name(book.sheet_names, noun)
        if len(book.sheet_names) > 1:
            notes.append(f"The workbook has {len(book.sheet_names)} sheets; “{name[:60]}” was read.")
        sheet = book.get_sheet_by_name(name)
        first = sheet.start[0] + 1 if sheet.start else 1
        rows = [(line, [_text(cell) for cell in row]) for line, row in enumerate(sheet.to_python(), first)]
    except BaseException as error:  # a panic of the library is none of Python's usual exceptions
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise FileFaultError(_BROKEN) from error
    return rows, notes


def _sheet_name(names: Sequence[str], noun: str) -> str:
    return next((name for name in names if name.strip().lower() in _PREFERRED[noun]), names[0])


def _text(cell: Any) -> str:
    match cell:
        case str():
            return cell
        case bool():
            return "yes" if cell else "no"
        case float():
            return decimal_text(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
        case date():
            return cell.isoformat()
        case time():
            return cell.isoformat("minutes")
        case timedelta():
            minutes = round(cell.total_seconds() / 60)
            return f"{minutes // 60}:{minutes % 60:02d}"
    return str(cell)


def _look_through(data: bytes) -> list[str]:
    """Unpack every part once without keeping any. Raises FileFaultError; says what is left out."""
    _check_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_parts(parts)
            unpacked = 0
            for part in parts:
                unpacked = _look_at(archive, part, unpacked)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        if isinstance(error, FileFaultError):
            raise
        raise FileFaultError(_BROKEN) from error
    macros = any(part.filename.lower().endswith("vbaproject.bin") for part in parts)
    return ["The workbook holds macros. They were neither run nor kept."] if macros else []


def _check_directory(data: bytes) -> None:
    """What the end of the zip says, before a list of parts is made of it."""
    tail = data[-66_000:]
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END.size:
        raise FileFaultError(_BROKEN)
    _, _, _, _, number, size, _, _ = _END.unpack_from(tail, place)
    if number > PARTS_MOST or size > _DIRECTORY_MOST or b"PK\x06\x07" in tail[:place][-20:]:
        raise FileFaultError(f"The workbook has more parts than a table of cases needs. {_AS_CSV}")


def _check_parts(parts: Sequence[zipfile.ZipInfo]) -> None:
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise FileFaultError("The workbook is protected by a password. Save it without one, and choose that.")
    if "xl/workbook.bin" in names:
        raise FileFaultError(f"The workbook is of the binary kind (.xlsb), which is not read. {_AS_CSV}")
    if "xl/workbook.xml" not in names:
        kind = "an OpenDocument file (.ods)" if "mimetype" in names else "a zip, but no workbook"
        raise FileFaultError(f"The file is {kind}, which is not read. {_AS_CSV}")
    if sum(part.file_size for part in parts) > UNPACKED_MOST:
        raise FileFaultError(_too_much())


def _too_much() -> str:
    return (
        f"Unpacked, the workbook has more than {UNPACKED_MOST // 1_000_000} MB; a log of {ROWS_MOST:,} rows has less. "
        f"{_AS_CSV}"
    )


def _look_at(archive: zipfile.ZipFile, part: zipfile.ZipInfo, unpacked: int) -> int:
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileFaultError(_BROKEN)
    is_sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
    is_xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
    words = part.filename.lower().endswith("sharedstrings.xml")
    bounds, begun = _Bounds(), unpacked
    for piece in _pieces(archive, part):
        unpacked += len(piece)
        if unpacked > UNPACKED_MOST or (words and unpacked - begun > _WORDS_MOST):
            raise FileFaultError(_too_much())
        if is_xml and (_ENTITY.search(piece) or b"\x00" in piece[:200]):
            raise FileFaultError(
                f"The workbook declares entities in its XML, which no spreadsheet does. {_AS_CSV}"
            )
        if is_sheet:
            bounds.take(piece)
    return unpacked


def _pieces(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What really comes out of a part, whatever size it declares; each piece begins with the end of the last."""
    declared, part.file_size = part.file_size, UNPACKED_MOST + _PIECE
    end = b""
    try:
        with archive.open(part) as opened:
            while piece := opened.read(_PIECE):
                yield end + piece
                cut = piece.rfind(b"<")
                end = piece[cut:][-400:] if cut >= 0 else b""
    finally:
        part.file_size = declared


class _Bounds:
    """How far down and to the right the cells of a sheet reach."""

    def __init__(self) -> None:
        self.rows, self.cells, self.placed = 0, 0, 0
        self.row, self.column = 0, 0

    def take(self, piece: bytes) -> None:
        """Raises FileFaultError as soon as it is too far."""
        self.rows += len(_ROW.findall(piece))
        self.cells += len(_CELL.findall(piece))
        for letters, digits in _PLACE.findall(piece):
            self.row = max(self.row, int(digits))
            if letters:
                self.placed += 1
                self.column = max(self.column, _number_of(letters))
        # What does not say where it stands follows on what came before.
        row, column = max(self.row, self.rows), max(self.column, self.cells - self.placed)
        if row > ROWS_MOST + _SLACK:
            raise FileFaultError(
                f"The sheet goes on below row {ROWS_MOST:,}, which is the last that is read. Delete the empty rows "
                "below the table, or split it."
            )
        if self.column > COLUMNS_MOST or row * column > CELLS_MOST or self.cells > CELLS_MOST:
            raise FileFaultError(
                f"The sheet reaches too far to the right or holds too much; at most {COLUMNS_MOST} columns and "
                f"{CELLS_MOST:,} cells are read. Delete what does not belong to the table."
            )


def _number_of(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number
