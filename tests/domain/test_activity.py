"""What can be wrong with a learning activity, field by field and limit by limit; and an activity in a file's row."""

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselog.domain.activity import (
    COLUMNS,
    LABELS,
    NEEDED_TO_SUBMIT,
    NUMBER_FIELDS,
    TEXT_FIELDS,
    UNITS,
    LearningActivity,
    faults,
    missing,
)
from caselog.domain.activity_file import parse_row
from caselog.domain.codes import ActivityKind, Status
from caselog.domain.fields import Fault
from tests.domain.samples import TODAY
from tests.support.profiles import the_same

LECTURE = LearningActivity(
    activity_uid="00000000-0000-4000-8000-000000000000",
    date=date(2026, 3, 2),
    kind="didactic",
    title="Oxygenators",
    hours=2.0,
    supervisor="pat@north.example",
    status=Status.VERIFIED,
)


def found(**changes: Any) -> list[Fault]:
    return faults(replace(LECTURE, **changes), today=TODAY)


def the_fault(**changes: Any) -> Fault:
    (fault,) = found(**changes)
    return fault


def test_the_columns_are_those_of_the_domain_in_its_order() -> None:
    assert COLUMNS == (
        "activity_uid", "date", "kind", "title", "hours", "units", "category", "provider", "supervisor", "status",
    )  # fmt: skip


def test_every_column_has_a_label_and_every_number_a_unit() -> None:
    assert tuple(LABELS) == COLUMNS
    assert set(UNITS) == set(NUMBER_FIELDS)


def test_a_plain_activity_has_no_fault_and_lacks_nothing() -> None:
    assert found() == []
    assert missing(LECTURE) == []
    assert faults(LearningActivity(), today=TODAY) == []


def test_a_day_is_neither_to_come_nor_of_a_year_typed_wrong() -> None:
    assert found(date=TODAY) == []
    assert the_fault(date=TODAY + timedelta(days=1)) == Fault(
        "date", "2026-11-22 is in the future; today is 2026-11-21."
    )
    assert the_fault(date=date(26, 3, 2)) == Fault("date", "0026-03-02 is before 1950; check the year.")


def test_kind_and_status_are_of_closed_lists() -> None:
    for kind in ActivityKind:
        assert found(kind=kind) == []
    for name in ("kind", "status"):
        assert the_fault(**{name: "party"}).message.startswith(f"“party” is not a code for {name}; use one of: d")


@pytest.mark.parametrize("name", NUMBER_FIELDS)
def test_a_number_keeps_within_its_limits(name: str) -> None:
    least, most = NUMBER_FIELDS[name]
    assert found(**{name: least}) == found(**{name: most}) == []
    for bad in (least - 0.01, most + 0.01, math.inf, math.nan):
        assert the_fault(**{name: bad}).message.startswith(f"{LABELS[name]} must be between 0 and 10,000 ")


@pytest.mark.parametrize("name", TEXT_FIELDS)
def test_a_text_has_a_longest_length_and_no_control_characters(name: str) -> None:
    most = TEXT_FIELDS[name]
    assert found(**{name: "é" * most}) == []
    too_long = the_fault(**{name: "é" * (most + 1)})
    assert too_long == Fault(name, f"{LABELS[name]} has {most + 1} characters; at most {most} fit.")
    assert the_fault(**{name: "a\x00b"}).message.startswith(f"{LABELS[name]} contains a control character")


@pytest.mark.parametrize("name", NEEDED_TO_SUBMIT)
def test_what_is_missing_is_named(name: str) -> None:
    nothing: dict[str, Any] = {name: "" if name == "title" else None}
    lacking = replace(LECTURE, **nothing)
    assert missing(lacking) == [Fault(name, f"{LABELS[name]} is needed before the activity can be submitted.")]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("date", " 2026-03-02 ", date(2026, 3, 2)),
        ("kind", "wet_lab", "wet_lab"),
        ("title", " Oxygenators ", "Oxygenators"),
        ("hours", "2.5", 2.5),
        ("units", "-3", -3.0),  # impossible, not unreadable
        ("category", "I", "I"),
        ("supervisor", " pat@north.example", "pat@north.example"),
        ("status", "verified", "verified"),
    ],
)
def test_a_cell_says_a_value(name: str, text: str, value: object) -> None:
    activity, wrong = parse_row({name: text})
    assert wrong == []
    assert getattr(activity, name) == value
    assert type(getattr(activity, name)) is type(value)


@pytest.mark.parametrize("name", sorted(set(COLUMNS) - {"status"}))
def test_an_empty_cell_says_that_nothing_is_given(name: str) -> None:
    assert parse_row({name: ""}) == (LearningActivity(), [])


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("date", "2.3.2026", "“2.3.2026” is not a date; write year-month-day, such as 2026-11-21."),
        ("hours", "2,5", "“2,5” is not a number of hours; write it with a point, such as 28.5."),
        ("units", "three", "“three” is not a number of units; write it with a point, such as 28.5."),
        ("title", "a\nb", "The text contains the control character U+000A; retype it."),
        ("status", " ", "The status is empty; write draft or submitted, or what the activity is."),
    ],
)
def test_a_cell_that_cannot_be_read_is_said_and_counts_as_not_given(name: str, text: str, says: str) -> None:
    assert parse_row({name: text}) == (LearningActivity(), [Fault(name, says)])


_anything = st.builds(
    LearningActivity,
    date=st.none() | st.dates(),
    **{name: st.none() | st.text(max_size=250) for name in ("kind", "category", "provider", "supervisor")},
    **{name: st.none() | st.floats() | st.integers() for name in NUMBER_FIELDS},
    title=st.text(max_size=250),
    status=st.text(max_size=20),
)


@the_same(100)
@given(_anything)
def test_whatever_is_typed_every_fault_names_a_field_and_says_something(activity: LearningActivity) -> None:
    for fault in (*faults(activity, today=TODAY), *missing(activity)):
        assert fault.field in COLUMNS
        assert fault.message.endswith(".")
