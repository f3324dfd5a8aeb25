"""How the values of a case become text, and which text is guarded against spreadsheets."""

from datetime import date, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caselog.domain.case import COLUMNS, Case
from caselog.exports.table import CASES, guard, text_chunks, unguard
from tests.support.case_files import DANGEROUS, notes, values


def text_of(name: str, value: Any) -> str:
    ((cells,),) = text_chunks(CASES, [values(Case(**{name: value}))], 10)
    return cells[COLUMNS.index(name)]


def test_the_columns_are_those_of_a_case_in_their_order() -> None:
    assert CASES.names == COLUMNS


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("case_date", date(2026, 3, 2), "2026-03-02"),
        ("start_time", time(7, 30), "07:30"),
        ("start_time", time(0, 0), "00:00"),
        ("procedures", ("aortic_valve", "cabg"), "aortic_valve;cabg"),
        ("procedures", (), ""),
        ("redo", True, "yes"),
        ("redo", False, "no"),
        ("cpb_minutes", 0, "0"),
        ("cpb_minutes", None, ""),
        ("support_hours", 6.0, "6"),
        ("support_hours", 0.0, "0"),
        ("support_hours", 1e-07, "0.0000001"),
        ("support_hours", 10_000.0, "10000"),
        ("lowest_temp_c", 28.5, "28.5"),
        ("lowest_temp_c", None, ""),
        ("site", None, ""),
        ("site", "harbor", "harbor"),
        ("note", "", ""),
    ],
)
def test_a_value_has_one_text(name: str, value: object, text: str) -> None:
    assert text_of(name, value) == text


@pytest.mark.parametrize("name", sorted(CASES.free_text))
@pytest.mark.parametrize("start", DANGEROUS)
def test_free_text_that_a_spreadsheet_would_run_is_guarded(name: str, start: str) -> None:
    assert text_of(name, f"{start}1+1") == f"'{start}1+1"
    assert text_of(name, f" {start}1+1") == f"' {start}1+1"


@pytest.mark.parametrize("text", ["a=1", "1-2", "'quoted'", "’=1", "é", ""])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert guard(text) == text


def test_negative_numbers_and_codes_are_never_touched() -> None:
    assert text_of("lowest_temp_c", -1.5) == "-1.5"
    assert text_of("cpb_minutes", -1) == "-1"
    assert text_of("activity", "-odd") == "-odd"


@given(st.one_of(notes, st.text(f"{DANGEROUS}' x", max_size=6)))
@settings(deadline=None)
def test_the_guard_comes_off_again_exactly(text: str) -> None:
    assert unguard(guard(text)) == text
    assert not guard(text).lstrip(" ").startswith(tuple(DANGEROUS))
