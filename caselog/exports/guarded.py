"""Any table of texts as CSV that no spreadsheet runs: every cell is guarded."""

import csv
import io
from collections.abc import Iterable, Sequence

from caselog.exports.table import guard


def guarded_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The file, header first: RFC 4180, UTF-8."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(map(guard, header))
    writer.writerows(map(guard, row) for row in rows)
    return buffer.getvalue().encode()
