"""Entries as CSV: RFC 4180 (so lines end with CR LF), UTF-8 without a byte order mark, made as it is read."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from caselog.exports.table import CASES, FileTable, text_chunks

_ROWS = 250  # in a chunk: about 50,000 bytes


def csv_chunks(rows: Iterable[Sequence[Any]], table: FileTable = CASES) -> Iterator[bytes]:
    """The file in chunks, header first; the rows are as `text_chunks` takes them."""
    yield _line(table.names).encode()
    for chunk in text_chunks(table, rows, _ROWS):
        yield "".join(map(_line, chunk)).encode()


def _line(cells: Sequence[str]) -> str:
    # Most rows have nothing to quote, and joining is ten times quicker than asking the csv module about each cell.
    line = ",".join(cells)
    if line.count(",") < len(cells) and '"' not in line and "\n" not in line and "\r" not in line:
        return line + "\r\n"
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
