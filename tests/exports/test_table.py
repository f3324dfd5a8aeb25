"""How the values of a case become text, and which text is guarded against spreadsheets."""

import uuid
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caselog.domain.case import COLUMNS, Case
from caselog.domain.export import Dates, Precision, Sites, pseudonym
from caselog.exports.table import ACTIVITIES, CASES, at_precision, guard, text_chunks, unguard
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


def leaves(precision: Precision, name: str, value: Any) -> str:
    table = at_precision(CASES, precision)
    row = values(Case())
    row[COLUMNS.index(name)] = value
    ((cells,),) = text_chunks(table, [row], 10)
    return cells[COLUMNS.index(name)]


BY_TERM = Precision(Dates.TERM)
UNDER_PSEUDONYMS = Precision(sites=Sites.PSEUDONYM)


@pytest.mark.parametrize(
    ("precision", "name", "value", "text"),
    [
        (Precision(), "case_date", date(2026, 9, 14), "2026-09-14"),
        (Precision(Dates.MONTH), "case_date", date(2026, 9, 14), "2026-09"),
        (BY_TERM, "case_date", "2026-09-14", "2026 fall"),
        (BY_TERM, "case_date", None, ""),
        (BY_TERM, "start_time", time(7, 30), ""),
        (UNDER_PSEUDONYMS, "start_time", time(7, 30), "07:30"),
        (BY_TERM, "note", "On the 14th at Harbor.", ""),
        (UNDER_PSEUDONYMS, "note", "On the 14th at Harbor.", ""),
        (Precision(), "note", "On the 14th at Harbor.", "On the 14th at Harbor."),
        (BY_TERM, "site", "harbor", "harbor"),
        (UNDER_PSEUDONYMS, "site_country", "US", "US"),
        (UNDER_PSEUDONYMS, "cpb_minutes", -3, "-3"),
    ],
)
def test_days_and_hospitals_leave_only_as_exactly_as_they_may(
    precision: Precision, name: str, value: Any, text: str
) -> None:
    assert leaves(precision, name, value) == text


def test_sites_rotations_and_preceptors_leave_under_stable_pseudonyms() -> None:
    some_id = uuid.UUID(int=7)
    for name, prefix in (("site", "site"), ("rotation", "rotation"), ("preceptor", "person")):
        assert leaves(UNDER_PSEUDONYMS, name, some_id) == pseudonym(prefix, some_id)
        assert leaves(UNDER_PSEUDONYMS, name, some_id.hex) == pseudonym(prefix, some_id)  # as SQLite holds it
        assert leaves(UNDER_PSEUDONYMS, name, None) == ""


def test_the_columns_are_the_same_in_every_precision() -> None:
    assert at_precision(CASES, Precision(Dates.TERM, Sites.PSEUDONYM)).names == CASES.names
    activity = at_precision(ACTIVITIES, UNDER_PSEUDONYMS)
    ((cells,),) = text_chunks(activity, [["", None, None, "At Harbor", 1, 2, "c", "Harbor", None, "draft"]], 1)
    assert cells == ("", "", "", "", "1", "2", "", "", "", "draft")
