"""Cases as CSV: RFC 4180 (so lines end with CR LF), UTF-8 without a byte order mark, made as it is read."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from caselog.domain.case import COLUMNS
from caselog.exports.table import text_rows

_CHUNK = 64 * 1024  # characters


def csv_chunks(rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The file in chunks, header first; each row holds a case's values in the order of COLUMNS."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for cells in text_rows(rows):
        writer.writerow(cells)
        if buffer.tell() > _CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
