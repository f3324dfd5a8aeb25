"""Cases as they may stand in a file, CSV texts, and what Hypothesis makes of both. All are made up."""

import csv
import io
from collections.abc import Sequence
from datetime import date, time
from typing import Any

from hypothesis import strategies as st

from caselog.domain.case import COLUMNS, DECIMAL_FIELDS, INTEGER_FIELDS, LIST_FIELDS, NOTE_MOST, Case
from caselog.domain.codes import CLOSED_LISTS, CodeList
from caselog.exports.as_csv import csv_chunks
from caselog.rules.codes import load_codes

DANGEROUS = "=+-@\t\r\n＝＋－＠"  # what a spreadsheet runs, when a cell begins with it


def values(case: Case) -> list[Any]:
    """A case as a row of values in the order of the columns, lists joined as the database has them."""
    return [";".join(getattr(case, name)) if name in LIST_FIELDS else getattr(case, name) for name in COLUMNS]


def csv_of(*cases: Case) -> bytes:
    """The file that the program itself writes."""
    return b"".join(csv_chunks(map(values, cases)))


def csv_text(header: Sequence[str], *rows: Sequence[str]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([header, *rows])
    return buffer.getvalue().encode()


# Line breaks and tabs are text; other control characters a note may not hold.
_note_characters = st.one_of(
    st.sampled_from(DANGEROUS + "',;\" "),
    st.characters(exclude_categories=["Cs", "Cc"]),
    st.characters(codec="ascii"),
).filter(lambda each: each.isprintable() or each in "\t\n\r" or ord(each) >= 0xA0)
notes = st.text(_note_characters, max_size=NOTE_MOST // 50)


def _values_of(name: str) -> st.SearchStrategy[Any]:
    if name in LIST_FIELDS:
        codes = load_codes().allowed(name)
        return st.sets(st.sampled_from(codes), max_size=4).map(lambda chosen: tuple(sorted(chosen)))
    if name in INTEGER_FIELDS:
        return st.none() | st.integers(*INTEGER_FIELDS[name])
    if name in DECIMAL_FIELDS:
        least, most = DECIMAL_FIELDS[name]
        return st.none() | st.floats(least, most)
    if name in CLOSED_LISTS or name in tuple(CodeList):
        codes = load_codes().allowed(name)
        return st.sampled_from(codes) if name == "status" else st.none() | st.sampled_from(codes)
    return {
        "case_uid": st.uuids().map(str),
        "case_date": st.none() | st.dates(date(1950, 1, 1), date(2026, 11, 21)),
        "start_time": st.none() | st.builds(time, st.integers(0, 23), st.integers(0, 59)),
        "redo": st.booleans(),
        "note": notes,
    }.get(name, st.none() | st.sampled_from(["harbor", "hill-2", "-hill", "=harbor", "pat@north.example"]))


any_cases = st.builds(Case, **{name: _values_of(name) for name in COLUMNS})

# Cells that are nearly right, and cells that no column takes.
_cells = st.one_of(
    st.sampled_from(
        ["", "yes", "no", "2026-03-02", "2026-13-01", "07:30", "25:00", "95", "-5", "28.5", "28,5", "nan"]
    ),
    st.sampled_from(
        ["cpb", "cabg;asd", ";", "primary", "clinical", "draft", "verified", "adult", "harbor", "'=1+1"]
    ),
    st.sampled_from(["9" * 12, "1e9", "٣", "\x00", "é", "x" * 3_000, "00000000-0000-4000-8000-000000000001"]),
    st.text(max_size=8),
)
_rows = st.lists(_cells, min_size=len(COLUMNS) - 1, max_size=len(COLUMNS) + 1)
nearly_csv = st.one_of(
    st.binary(max_size=200),
    st.lists(_rows, max_size=4).map(
        lambda rows: (
            "\r\n".join(",".join(row) for row in [COLUMNS, *rows]).encode(errors="surrogateescape")
            if all(not 0xD800 <= ord(each) <= 0xDC7F for row in rows for cell in row for each in cell)
            else b""
        )
    ),
    st.tuples(any_cases, st.integers(0, 2_000), st.binary(max_size=3)).map(
        lambda parts: csv_of(parts[0])[: parts[1]] + parts[2] + csv_of(parts[0])[parts[1] :]
    ),
)
