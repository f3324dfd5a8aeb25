"""Entries from CSV, strictly: what is wrong with a file is said with its line and column, never guessed around."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import IO

from caselog.domain.cells import FileRow, shown
from caselog.domain.fields import Fault
from caselog.exports.table import CASES, FileTable, unguard
from caselog.rules.reading import closest

FILE_MOST = 64_000_000  # bytes; 10,000 cases take about 3,000,000
_SAVE = "Save the file as “CSV UTF-8”, with commas between the columns."
_KINDS = {
    b"PK\x03\x04": "a spreadsheet workbook",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet workbook",
    b"%PDF": "a PDF",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}
# A field with the comma after it, or the last one; possessive, since a broken field may be millions of characters.
_QUOTED = re.compile(r'"[^"]*+(?:""[^"]*+)*+"(?:,|[\r\n]*\Z)')
_PLAIN = re.compile(r"[^,]*+,?")
_NOT_UTF8 = re.compile(r"[\udc80-\udcff]")  # what `surrogateescape` makes of a byte that is not UTF-8


class FileFaultError(ValueError):
    """A file cannot be read as a table of entries; the message says where and why."""

    def __init__(self, message: str, line: int | None = None, field: str | None = None) -> None:
        place = ", ".join(each for each in (f"line {line}" if line else "", field) if each)
        super().__init__(f"{place}: {message}" if place else message)
        self.line, self.field, self.message = line, field, message


def read_csv(file: IO[bytes], needed: Collection[str], table: FileTable = CASES) -> list[FileRow]:
    """The rows of a file whose header names at least the `needed` columns. Raises FileFaultError.

    Rows without any text are left out. A row that cannot be read keeps its place, with its faults.
    """
    text = _decoded(file.read(FILE_MOST + 1))
    records = _records(text)
    header_line, header = next(records, (1, ()))
    if not header:
        raise FileFaultError(f"The file is empty; its first line must name the columns: {','.join(table.names)}")
    columns = _columns(header_line, header, needed, table)
    free_text = table.free_text.intersection(columns)
    in_utf8 = not _NOT_UTF8.search(text)  # asked once, since to ask each cell takes longer than to read it
    return [_row(line, cells, columns, free_text, in_utf8=in_utf8) for line, cells in records]


def _decoded(data: bytes) -> str:
    if len(data) > FILE_MOST:
        raise FileFaultError(f"The file is larger than {FILE_MOST // 1_000_000} MB; is it the right one?")
    for start, kind in _KINDS.items():
        if data.startswith(start):
            raise FileFaultError(f"The file is {kind}, not CSV. {_SAVE}", 1)
    return data.removeprefix(b"\xef\xbb\xbf").decode(errors="surrogateescape")


class _Lines:
    """The lines of a text, and those that the record being read has taken so far."""

    def __init__(self, text: str) -> None:
        self._source = io.StringIO(text, newline="")
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._source:
            self.taken.append(line)
            yield line


def _records(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    """The records that hold any text, each with the line on which it begins; the first names the columns."""
    lines = _Lines(text)
    reader = csv.reader(lines, strict=True)
    header: Sequence[str] = ()
    while True:
        line = reader.line_num + 1
        lines.taken.clear()
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _broken(error, "".join(lines.taken), line, header) from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            header = header or cells
            yield line, cells


def _broken(error: csv.Error, record: str, line: int, header: Sequence[str]) -> FileFaultError:
    """Where the quotation marks of a record go wrong, which the csv module does not say."""
    field, opened = _open_quote(record)
    name = header[field] if field < len(header) else f"column {field + 1}"
    at = line + len(re.findall(r"\r\n|\r|\n", record[:opened]))
    if "field larger" in str(error):
        message = f"The field has more than {csv.field_size_limit():,} characters."
    elif "unexpected end" in str(error):
        message = "The quotation mark that opens this field is never closed."
    else:
        message = "After the quotation mark that closes this field comes more text."
    return FileFaultError(f"{message} Inside a quoted field, write each quotation mark twice.", at, name)


def _open_quote(record: str) -> tuple[int, int]:
    """The number of the field that the record ends in or breaks in, and where that field begins."""
    field, start = 0, 0
    while True:
        found = (_QUOTED if record.startswith('"', start) else _PLAIN).match(record, start)
        if found is None or len(found[0]) > csv.field_size_limit() or found.end() == len(record):
            return field, start
        field, start = field + 1, found.end()


def _columns(line: int, header: Sequence[str], needed: Collection[str], table: FileTable) -> tuple[str, ...]:
    names = tuple(name.strip() for name in header)
    for place, name in enumerate(names, 1):
        if "\x00" in name or _NOT_UTF8.search(name):
            raise FileFaultError(f"Column {place} is no text. {_SAVE}", line)
        if not name:
            raise FileFaultError(f"Column {place} has no name; name it or remove it.", line)
        if name not in table.names:
            raise FileFaultError(f"There is no column {shown(name)}. {_instead(name, table)}", line)
        if name in names[: place - 1]:
            raise FileFaultError(f"The column {name} stands twice; remove one.", line)
    missing = [name for name in table.names if name in needed and name not in names]
    if missing:
        raise FileFaultError(f"The header lacks {', '.join(missing)}; add what is missing.", line)
    return names


def _instead(name: str, table: FileTable) -> str:
    for separator in ";\t|":
        if separator in name:
            return f"The columns seem to be separated by {separator!r}. {_SAVE}"
    return closest(name, list(table.names))


def _row(
    line: int, cells: Sequence[str], columns: Sequence[str], free_text: frozenset[str], *, in_utf8: bool
) -> FileRow:
    if len(cells) != len(columns):
        counts = f"The row has {len(cells)} fields and the header {len(columns)}"
        if len(cells) < len(columns):
            return FileRow(line, {}, (Fault(columns[len(cells)], f"{counts}: from here on they are missing."),))
        return FileRow(
            line, {}, (Fault(columns[-1], f"{counts}: after this one come more; is a comma unquoted?"),)
        )
    named = dict(zip(columns, cells, strict=True))
    faults = () if in_utf8 else tuple(_not_utf8(named))
    for name in free_text:
        named[name] = unguard(named[name])
    return FileRow(line, {} if faults else named, faults)


def _not_utf8(cells: Mapping[str, str]) -> Iterator[Fault]:
    for name, cell in cells.items():
        if found := _NOT_UTF8.search(cell):
            yield Fault(name, f"{_bytes_in_words(found)} is not UTF-8. {_SAVE}")


def _bytes_in_words(found: re.Match[str]) -> str:
    return f"The byte 0x{ord(found[0]) - 0xDC00:02X}"
