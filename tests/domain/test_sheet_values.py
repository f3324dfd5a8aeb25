"""What people write into cells, as our files have it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselog.domain.cells import UnreadableError
from caselog.domain.sheet_values import (
    Order,
    age_group_of,
    order_of,
    read_answer,
    read_clock,
    read_count,
    read_day,
    read_decimal,
)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02",
        "2026/3/2",
        "2026.03.02",
        "20260302",
        "2 March 2026",
        "2-Mar-26",
        "March 2, 2026",
        "Mar 2nd, 2026",
        "Monday, 2 March 2026",
        "02.03.2026",
        "2026-03-02 07:30",
        "2026-03-02T00:00:00",
        "46083",
        "46083.0",
    ],
)
def test_a_day_is_known_in_every_spelling_that_means_one_day(text: str) -> None:
    assert read_day(text, None) == "2026-03-02"


@pytest.mark.parametrize(("text", "month_first", "day_first"), [("3/2/2026", "2026-03-02", "2026-02-03")])
def test_what_could_be_two_days_is_read_as_was_said(text: str, month_first: str, day_first: str) -> None:
    assert read_day(text, Order.MONTH) == month_first
    assert read_day(text, Order.DAY) == day_first
    with pytest.raises(UnreadableError, match="could be two days"):
        read_day(text, None)


@pytest.mark.parametrize("text", ["13/2/2026", "2/13/2026", "2/2/2026", "31-12-26"])
def test_what_can_be_only_one_day_needs_no_answer(text: str) -> None:
    assert read_day(text, None) == read_day(text, Order.MONTH) == read_day(text, Order.DAY)


@pytest.mark.parametrize("text", ["soon", "31/31/2026", "2026-02-30", "12", "Foo 3, 2026"])
def test_what_is_no_day_stays_to_be_refused(text: str) -> None:
    assert read_day(text, Order.MONTH) == text


def test_one_date_settles_what_comes_first_in_the_whole_file() -> None:
    assert order_of(["3/2/2026", "3/14/2026"]) == (False, Order.MONTH)
    assert order_of(["3/2/2026", "14/3/2026"]) == (False, Order.DAY)
    assert order_of(["3/2/2026", "2026-03-02"]) == (True, None)
    assert order_of(["3/3/2026", "2.3.2026"]) == (False, None)
    assert order_of(["3/2/2026", "3/14/2026", "14/3/2026"]) == (True, None)


@given(st.dates(date(1970, 1, 1), date(2069, 12, 31)))
def test_each_day_comes_back_from_each_spelling(day: date) -> None:
    for text, order in (
        (f"{day.month}/{day.day}/{day.year}", Order.MONTH),
        (f"{day.day}/{day.month}/{day:%y}", Order.DAY),
        (f"{day:%d-%b-%Y}", None),
        (f"{day:%B} {day.day}, {day.year}", None),
        (f"{day.day}.{day.month}.{day.year}", None),
    ):
        assert read_day(text, order) == day.isoformat()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("7:30", "07:30"),
        ("07:30:00", "07:30"),
        ("7.30", "07:30"),
        ("0730", "07:30"),
        ("730", "07:30"),
        ("7:30 AM", "07:30"),
        ("7:30pm", "19:30"),
        ("12:05 a.m.", "00:05"),
        ("7 am", "07:00"),
        ("0.3125", "07:30"),
        ("2026-03-02 07:30", "07:30"),
        ("25:00", "25:00"),
        ("13:00 pm", "13:00 pm"),
        ("noon", "noon"),
    ],
)
def test_a_time_of_day(text: str, read: str) -> None:
    assert read_clock(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("95", "95"),
        ("95 min", "95"),
        ("95.0", "95"),
        ("95'", "95"),
        ("1:35", "95"),
        ("1h35", "95"),
        ("1 hr 35 min", "95"),
        ("01:35:00", "95"),
        ("2 h", "120"),
        ("60%", "60"),
        ("-5", "-5"),
        ("95.5", "95.5"),
        ("long", "long"),
    ],
)
def test_minutes(text: str, read: str) -> None:
    assert read_count(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("32.5", "32.5"),
        ("32,5", "32.5"),
        ("32 °C", "32"),
        ("82.4F", "28.0"),
        ("1.5 hrs", "1.5"),
        ("1:30", "1.5"),
        ("x", "x"),
    ],
)
def test_decimals(text: str, read: str) -> None:
    assert read_decimal(text) == read


@pytest.mark.parametrize(
    ("text", "read"), [("Y", "yes"), ("x", "yes"), ("REDO", "yes"), ("N", "no"), ("0", "no"), ("?!", "?!")]
)
def test_yes_and_no(text: str, read: str) -> None:
    assert read_answer(text) == read


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("3 days", "neonate"),
        ("4 wk", "neonate"),
        ("5 wk", "infant"),
        ("11 mo", "infant"),
        ("12 mo", "child"),
        ("0.5", "infant"),
        ("1", "child"),
        ("11", "child"),
        ("12", "adolescent"),
        ("17 y/o", "adolescent"),
        ("18", "adult"),
        ("64 yrs", "adult"),
        ("65", "older_adult"),
        ("65+", "older_adult"),
        ("<1", "infant"),
        ("18-64", "adult"),
        ("12 to 17", "adolescent"),
        ("2y 3m", "child"),
        ("0", None),
        ("10-70", None),
        ("200", None),
        ("tall", None),
    ],
)
def test_an_age_is_only_ever_its_group(text: str, group: str | None) -> None:
    assert age_group_of(text) == group


def test_the_heading_may_say_in_what_an_age_is_counted() -> None:
    assert age_group_of("8", "Age (months)") == "infant"
    assert age_group_of("8", "Age (days)") == "neonate"
    assert age_group_of("8 y", "Age (months)") == "child"
