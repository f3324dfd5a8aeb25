"""Entries as CSV: RFC 4180 (so lines end with CR LF), UTF-8 without a byte order mark, made as it is read."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from caselog.exports.table import CASES, FileTable, text_chunks

_ROWS = 250  # in a chunk: about 50,000 bytes


def csv_chunks(rows: Iterable[Sequence[Any]], table: FileTable = CASES) -> Iterator[bytes]:
    """The file in chunks, header first; the rows are as `text_chunks` takes them."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(table.names)
    for chunk in text_chunks(table, rows, _ROWS):
        writer.writerows(chunk)
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()
