from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from wtforms import (
    BooleanField,
    DecimalField,
    Form,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)

from caselog.web.filters import count, day, field_kind, minutes, moment, number, words


def test_a_date_names_its_month_so_that_it_cannot_be_mistaken_for_the_day() -> None:
    assert day(date(2026, 3, 4)) == "4 Mar 2026"


def test_an_instant_is_shown_on_the_programs_clock() -> None:
    night = datetime(2026, 3, 14, 3, 12, tzinfo=UTC)
    assert moment(night, "America/New_York") == "13 Mar 2026, 23:12"
    assert moment(night, "Australia/Sydney") == "14 Mar 2026, 14:12"


def test_an_instant_without_a_programs_clock_says_that_it_is_utc() -> None:
    east = datetime(2026, 3, 14, 3, 12, tzinfo=timezone(timedelta(hours=2)))
    assert moment(east) == "14 Mar 2026, 01:12 UTC"


def test_an_instant_without_a_time_zone_is_refused_rather_than_guessed() -> None:
    with pytest.raises(ValueError, match="time zone"):
        moment(datetime(2026, 3, 14, 3, 12))  # noqa: DTZ001 (that is the point)


def test_summer_time_is_the_places_own() -> None:
    assert moment(datetime(2026, 1, 5, 12, 0, tzinfo=UTC), "America/New_York").endswith("07:00")
    assert moment(datetime(2026, 7, 5, 12, 0, tzinfo=UTC), "America/New_York").endswith("08:00")


def test_what_is_not_given_reads_as_a_dash() -> None:
    assert {day(None), moment(None), minutes(None), words(None), words("")} == {"–"}


@pytest.mark.parametrize(
    ("code", "read"),
    [("first_assistant", "First assistant"), ("cpb", "Cpb"), ("primary", "Primary"), ("x", "X")],
)
def test_a_code_reads_as_words(code: str, read: str) -> None:
    assert words(code) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [(0, "0"), (1204, "1,204"), (62.0, "62"), (0.5, "0.5"), (12.25, "12.25"), (0.1 + 0.2, "0.3")],
)
def test_a_number_shows_the_decimals_it_has_and_no_more(value: float, read: str) -> None:
    assert number(value) == read


def test_a_count_agrees_with_its_noun() -> None:
    assert [count(many, "case") for many in (0, 1, 2, 1.0, 1.5)] == [
        "0 cases", "1 case", "2 cases", "1 case", "1.5 cases",
    ]  # fmt: skip
    assert count(2, "entry", "entries") == "2 entries"
    assert count(1, "entry", "entries") == "1 entry"


@pytest.mark.parametrize(
    ("value", "read"), [(0, "0 min"), (40, "40 min"), (60, "1 h"), (95, "1 h 35 min"), (1500, "25 h")]
)
def test_minutes_read_as_hours_and_minutes(value: int, read: str) -> None:
    assert minutes(value) == read


class EveryKind(Form):
    radios = RadioField()
    checks = SelectMultipleField()
    select = SelectField()
    checkbox = BooleanField()
    hidden = HiddenField()
    number = IntegerField()
    number_too = DecimalField()
    input = StringField()
    input_too = TextAreaField()


def test_each_kind_of_field_is_told_from_the_others() -> None:
    assert {field.name: field_kind(field) for field in EveryKind()} == {
        "radios": "radios",
        "checks": "checks",
        "select": "select",
        "checkbox": "checkbox",
        "hidden": "hidden",
        "number": "number",
        "number_too": "number",
        "input": "input",
        "input_too": "input",
    }
