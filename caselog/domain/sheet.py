"""A table as somebody else made it: names over columns, and rows of texts under them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LOOKED_AT = 15  # rows in which the header is looked for: above it may stand a title


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table in memory. Each row has its line in the file, and as many cells as there are columns."""

    format: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def column(self, place: int) -> list[str]:
        """What stands in a column, without the empty cells."""
        return [cells[place] for _, cells in self.rows if cells[place]]


def sheet_of(form: str, records: Iterable[tuple[int, Sequence[str]]]) -> Sheet | None:
    """The table that these records hold, of a file of the format `form`; None where nothing is.

    Records without any text are left out, and so are columns in which nothing stands under no name.
    """
    kept = [(line, tuple(map(str.strip, cells))) for line, cells in records]
    kept = [(line, cells) for line, cells in kept if any(cells)]
    if not kept:
        return None
    head = _header_place(kept)
    widest = max(len(cells) for _, cells in kept[head:])
    wide = [(line, cells + ("",) * (widest - len(cells))) for line, cells in kept[head:]]
    used = [place for place in range(widest) if any(cells[place] for _, cells in wide)]
    rows = [(line, tuple(cells[place] for place in used)) for line, cells in wide]
    return Sheet(form, rows[0][1], tuple(rows[1:]))


def _header_place(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """The first row that fills at least half of the columns: a title above fills one or two."""
    filled = [sum(map(bool, cells)) for _, cells in rows[:_LOOKED_AT]]
    return next(place for place, number in enumerate(filled) if 2 * number >= max(filled))
