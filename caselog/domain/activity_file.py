"""A learning activity as text in the row of a file."""

from collections.abc import Callable, Mapping
from typing import Any

from caselog.domain.activity import COLUMNS, UNITS, LearningActivity
from caselog.domain.cells import (
    Readers,
    decimal_reader,
    read_cells,
    read_code,
    read_date,
    read_text,
    status_reader,
)
from caselog.domain.fields import Fault


def parse_row(cells: Mapping[str, str], readers: Readers | None = None) -> tuple[LearningActivity, list[Fault]]:
    """The activity that the cells say, and everything in them that cannot be read.

    What is missing or cannot be read is in the activity as not given. Whether its codes are known and its numbers
    possible is not looked at here: that is `domain.activity.faults`. `readers` are those of a whole file, if given.
    """
    values, found = read_cells(cells, readers or READERS)
    return LearningActivity(**values), found


_ODD_ONES: Mapping[str, Callable[[str], Any]] = {
    "activity_uid": read_text,
    "date": read_date,
    "title": read_text,
    "status": status_reader("activity"),
    **{name: decimal_reader(unit) for name, unit in UNITS.items()},
}
READERS: Readers = {name: _ODD_ONES.get(name, read_code) for name in COLUMNS}
