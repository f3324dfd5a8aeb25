"""Reading the cells of a file's row: what each column takes, and what is said of the rest."""

from datetime import date, time

import pytest

from caselog.domain.case import COLUMNS, Case
from caselog.domain.case_file import parse_row
from caselog.domain.cells import FileRow, RowFault, shown


def the_message(name: str, text: str) -> str:
    case, faults = parse_row({name: text})
    assert [fault.field for fault in faults] == [name]
    assert getattr(case, name) == getattr(Case(), name)
    return faults[0].message


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("case_date", "2026-03-02", date(2026, 3, 2)),
        ("case_date", " 2026-03-02 ", date(2026, 3, 2)),
        ("start_time", "07:30", time(7, 30)),
        ("cpb_minutes", "95", 95),
        ("cpb_minutes", "-5", -5),  # impossible, not unreadable
        ("share_percent", "0", 0),
        ("support_hours", "6", 6.0),
        ("lowest_temp_c", "28.5", 28.5),
        ("redo", "yes", True),
        ("redo", "no", False),
        ("procedures", "cabg;aortic_valve", ("aortic_valve", "cabg")),
        ("procedures", " cabg ; ; cabg", ("cabg",)),
        ("site", " harbor ", "harbor"),
        ("status", "verified", "verified"),
        ("note", "  as it was\r\n", "  as it was\r\n"),
    ],
)
def test_a_cell_says_a_value(name: str, text: str, value: object) -> None:
    case, faults = parse_row({name: text})
    assert faults == []
    assert getattr(case, name) == value
    assert type(getattr(case, name)) is type(value)


@pytest.mark.parametrize("name", sorted(set(COLUMNS) - {"status"}))
def test_an_empty_cell_says_that_nothing_is_given(name: str) -> None:
    assert parse_row({name: ""}) == (Case(), [])


def test_a_column_that_is_missing_says_that_nothing_is_given() -> None:
    assert parse_row({}) == (Case(), [])


def test_a_status_may_not_be_empty() -> None:
    assert the_message("status", " ") == "The status is empty; write draft or submitted, or what the case is."


@pytest.mark.parametrize(
    "text", ["11/21/2026", "2026-3-2", "20260302", "2026-W10-1", "٢٠٢٦-٠٣-٠٢", "2026-03-02T07:30"]
)
def test_a_date_is_written_as_year_month_day(text: str) -> None:
    assert the_message("case_date", text) == f"“{text}” is not a date; write year-month-day, such as 2026-11-21."


def test_a_date_is_a_day_of_the_calendar() -> None:
    assert the_message("case_date", "2026-02-30") == "“2026-02-30” is no day of the calendar."


@pytest.mark.parametrize("text", ["7:30", "07:30:00", "25:00", "07:60", "7.30", "half past seven"])
def test_a_time_is_written_as_hours_and_minutes(text: str) -> None:
    assert the_message("start_time", text) == f"“{text}” is not a time of day; write it as HH:MM, such as 07:30."


@pytest.mark.parametrize("text", ["95.5", "95.0", "1e3", "95 min", "٩٥", "1_000", "0x10", "9999999999", "+5"])
def test_minutes_are_a_whole_number(text: str) -> None:
    assert the_message("cpb_minutes", text).startswith(f"“{text}” is not a whole number of minutes; write digits")


@pytest.mark.parametrize("text", ["28,5", "nan", "inf", "1e3", ".5", "5.", "28.5 °C"])
def test_a_decimal_is_written_with_a_point(text: str) -> None:
    assert (
        the_message("lowest_temp_c", text)
        == f"“{text}” is not a number of °C; write it with a point, such as 28.5."
    )


@pytest.mark.parametrize("text", ["YES", "true", "1", "y"])
def test_yes_and_no_are_written_out(text: str) -> None:
    assert the_message("redo", text) == f"“{text}” is neither yes nor no; write yes or no."


@pytest.mark.parametrize("name", ["case_uid", "site", "activity", "procedures"])
def test_a_control_character_is_named(name: str) -> None:
    assert the_message(name, "a\x00b") == "The text contains the control character U+0000; retype it."


def test_every_cell_that_cannot_be_read_is_reported_and_the_others_are_read() -> None:
    case, faults = parse_row({"case_date": "x", "cpb_minutes": "y", "activity": "cpb"})
    assert [fault.field for fault in faults] == ["case_date", "cpb_minutes"]
    assert case == Case(activity="cpb")


def test_a_long_cell_is_shown_in_part() -> None:
    assert shown("x" * 60) == f"“{'x' * 60}”"
    assert shown("x" * 61) == f"“{'x' * 60}…”"


def test_a_fault_says_its_line_and_field() -> None:
    assert str(RowFault(7, "redo", "Write yes or no.")) == "line 7, redo: Write yes or no."
    assert FileRow(7, {}).faults == ()
