"""A case as text in the row of a file."""

from collections.abc import Callable, Mapping
from typing import Any

from caselog.domain.case import (
    COLUMNS,
    DECIMAL_FIELDS,
    DEFAULTS,
    INTEGER_FIELDS,
    LIST_FIELDS,
    UNITS,
    Case,
    case_of,
)
from caselog.domain.cells import (
    Readers,
    decimal_reader,
    integer_reader,
    read_cells,
    read_code,
    read_codes,
    read_date,
    read_text,
    read_time,
    read_yes_no,
    status_reader,
)
from caselog.domain.fields import Fault


def parse_row(cells: Mapping[str, str], readers: Readers | None = None) -> tuple[Case, list[Fault]]:
    """The case that the cells say, and everything in them that cannot be read.

    What is missing or cannot be read is in the case as not given. Whether its codes are known and its numbers
    possible is not looked at here: that is `domain.case.faults`. `readers` are those of a whole file, if given.
    """
    values, found = read_cells(cells, readers or READERS)
    # The defaults give the order of the fields.
    return case_of((DEFAULTS | values).values()), found


def _reader(name: str) -> Callable[[str], Any]:
    if name in LIST_FIELDS:
        return read_codes
    if name in INTEGER_FIELDS:
        return integer_reader(UNITS[name])
    if name in DECIMAL_FIELDS:
        return decimal_reader(UNITS[name])
    return _ODD_ONES.get(name, read_code)


_ODD_ONES: Mapping[str, Callable[[str], Any]] = {
    "case_uid": read_text,
    "case_date": read_date,
    "start_time": read_time,
    "redo": read_yes_no,
    "note": str,
    "status": status_reader("case"),
}
READERS: Readers = {name: _reader(name) for name in COLUMNS}
