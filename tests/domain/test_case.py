"""What can be wrong with a case, field by field and limit by limit."""

import math
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, fields, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselog.domain.case import (
    CODE_FIELDS,
    CODES_MOST,
    COLUMNS,
    DECIMAL_FIELDS,
    INTEGER_FIELDS,
    LABELS,
    LIST_FIELDS,
    NEEDED_TO_SUBMIT,
    NOTE_MOST,
    UNITS,
    Case,
    case_of,
    faults,
    missing,
)
from caselog.domain.codes import CLOSED_LISTS, Code, CodeBook, CodeList, Status
from caselog.domain.fields import Fault
from caselog.rules.codes import load_codes
from tests.domain.samples import TODAY, a_case
from tests.support.profiles import the_same

CODES = load_codes()
LIMITS = [(name, *limits) for name, limits in {**INTEGER_FIELDS, **DECIMAL_FIELDS}.items()]


def found(**changes: Any) -> list[Fault]:
    return faults(a_case(**changes), today=TODAY, codes=CODES)


def the_fault(**changes: Any) -> Fault:
    (fault,) = found(**changes)
    return fault


def test_the_columns_are_those_of_the_domain_in_its_order() -> None:
    assert COLUMNS == (
        "case_uid", "case_date", "start_time", "site", "site_country", "rotation", "preceptor", "activity",
        "procedures", "role", "share_percent", "setting", "age_group", "urgency", "redo", "cpb_minutes",
        "cross_clamp_minutes", "circulatory_arrest_minutes", "support_hours", "lowest_temp_c", "techniques",
        "events", "note", "status",
    )  # fmt: skip


def test_every_column_has_a_label_and_every_number_a_unit() -> None:
    assert tuple(LABELS) == COLUMNS
    assert set(UNITS) == {name for name, _, _ in LIMITS}


def test_a_plain_case_has_no_fault_and_lacks_nothing() -> None:
    assert found() == []
    assert missing(a_case()) == []


def test_an_empty_draft_has_no_fault() -> None:
    assert faults(Case(), today=TODAY, codes=CODES) == []


def test_a_case_made_of_all_its_values_is_a_case_like_any_other() -> None:
    case = a_case(procedures=("cabg",), note="made")
    made = case_of(getattr(case, each.name) for each in fields(Case))
    assert type(made) is Case
    assert (made, hash(made), replace(made, note="")) == (case, hash(case), replace(case, note=""))
    with pytest.raises(FrozenInstanceError):
        made.note = "changed"  # type: ignore[misc]  # that it fails is the point
    with pytest.raises(TypeError):
        case_of(["too", "few"])


# Dates


def test_today_is_not_in_the_future_but_tomorrow_is() -> None:
    assert found(case_date=TODAY) == []
    fault = the_fault(case_date=TODAY + timedelta(days=1))
    assert fault == Fault("case_date", "2026-11-22 is in the future; today is 2026-11-21.")


def test_a_year_typed_wrong_is_caught() -> None:
    assert found(case_date=date(1950, 1, 1)) == []
    fault = the_fault(case_date=date(1949, 12, 31))
    assert fault == Fault("case_date", "1949-12-31 is before 1950; check the year.")
    assert the_fault(case_date=date(26, 3, 2)).field == "case_date"


# Codes


@pytest.mark.parametrize("name", CODE_FIELDS)
def test_an_unknown_code_is_answered_with_the_codes_that_would_do(name: str) -> None:
    fault = the_fault(**{name: ("bogus",) if name in LIST_FIELDS else "bogus"})
    assert fault.field == name
    assert fault.message == f"“bogus” is not a code for {name}; use one of: {', '.join(CODES.allowed(name))}."


@pytest.mark.parametrize("name", CODE_FIELDS)
def test_every_code_of_every_list_is_accepted(name: str) -> None:
    for code in CODES.allowed(name):
        assert found(**{name: (code,) if name in LIST_FIELDS else code}) == []


@pytest.mark.parametrize("name", sorted(LIST_FIELDS))
def test_every_unknown_code_of_a_list_is_named(name: str) -> None:
    good = CODES.allowed(name)[0]
    assert [fault.field for fault in found(**{name: ("bogus", good, "worse")})] == [name, name]


@pytest.mark.parametrize("name", sorted(LIST_FIELDS))
def test_a_list_of_codes_has_an_end(name: str) -> None:
    codes = [f"own_{number}" for number in range(CODES_MOST + 1)]
    book = CodeBook(
        {each: CODES.codes(each).values() for each in CodeList}
        | {CodeList(name): [Code(code, code, "own") for code in codes]}
    )
    most, more = (a_case(**{"procedures": (), name: tuple(chosen)}) for chosen in (codes[:-1], codes))
    assert [fault for fault in faults(most, today=TODAY, codes=book) if fault.field == name] == []
    found = [fault for fault in faults(more, today=TODAY, codes=book) if fault.field == name]
    assert found == [Fault(name, f"{LABELS[name]}: 41 codes are too many; at most 40 fit.")]


def test_no_shipped_list_is_longer_than_a_case_may_name() -> None:
    assert all(len(CODES.allowed(name)) <= CODES_MOST for name in LIST_FIELDS)


def test_codes_are_exact() -> None:
    assert the_fault(activity="CPB").field == "activity"
    assert the_fault(activity=" cpb").field == "activity"
    assert the_fault(activity="").field == "activity"


def test_an_endless_code_is_cut_in_the_message() -> None:
    assert the_fault(activity="x" * 10_000).message.startswith(f"“{'x' * 60}” is not a code")


def test_a_retired_code_stays_valid_on_an_old_case_but_is_not_suggested() -> None:
    book = CodeBook(
        {
            CodeList.ACTIVITY: [Code("cpb", "CPB", "cpb"), Code("hipec", "HIPEC", "other", retired=True)],
            CodeList.PROCEDURES: [Code("cabg", "CABG", "coronary")],
        }
    )
    assert faults(a_case(activity="hipec"), today=TODAY, codes=book) == []
    (fault,) = faults(a_case(activity="bogus"), today=TODAY, codes=book)
    assert fault.message == "“bogus” is not a code for activity; use one of: cpb."


# Numbers


@pytest.mark.parametrize(("name", "least", "most"), LIMITS)
def test_a_number_may_stand_on_its_limits(name: str, least: float, most: float) -> None:
    room = {"cpb_minutes": None, "cross_clamp_minutes": None}  # here each number stands alone
    assert found(**{**room, name: least}) == []
    assert found(**{**room, name: most}) == []


@pytest.mark.parametrize(("name", "least", "most"), LIMITS)
def test_a_number_beyond_its_limits_is_answered_with_limits_and_unit(name: str, least: float, most: float) -> None:
    room = {"cpb_minutes": None, "cross_clamp_minutes": None}
    for value in (least - 1, most + 1):
        fault = the_fault(**{**room, name: value})
        assert fault.field == name
        assert fault.message == (
            f"{LABELS[name]} must be between {least:,} and {most:,} {UNITS[name]}, not {value:,}."
        )


@pytest.mark.parametrize("name", sorted(DECIMAL_FIELDS))
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300])
def test_what_is_no_real_number_is_refused(name: str, value: float) -> None:
    least, most = DECIMAL_FIELDS[name]
    assert the_fault(**{name: value}).message == (
        f"{LABELS[name]} must be between {least:,} and {most:,} {UNITS[name]}."
    )


@pytest.mark.parametrize("name", sorted(INTEGER_FIELDS))
@pytest.mark.parametrize("value", [10**400, -(10**400), 10**5_000], ids=["huge", "hugely negative", "unprintable"])
def test_a_whole_number_of_any_length_is_refused_and_not_repeated(name: str, value: int) -> None:
    fault = the_fault(**{"cpb_minutes": None, "cross_clamp_minutes": None, name: value})
    assert fault.field == name
    assert len(fault.message) < 100


def test_decimals_just_within_and_just_beyond() -> None:
    assert found(lowest_temp_c=10.0) == []
    assert found(lowest_temp_c=41.9) == []
    assert the_fault(lowest_temp_c=9.99).message.endswith("between 10 and 42 °C, not 9.99.")


# Minutes against each other


@pytest.mark.parametrize("name", ["cross_clamp_minutes", "circulatory_arrest_minutes"])
def test_clamp_and_arrest_may_last_as_long_as_bypass_but_not_longer(name: str) -> None:
    assert found(cpb_minutes=95, **{"cross_clamp_minutes": None, name: 95}) == []
    fault = the_fault(cpb_minutes=95, **{"cross_clamp_minutes": None, name: 96})
    assert fault.field == name
    assert fault.message == f"{LABELS[name]} (96 min) cannot be longer than the CPB time (95 min)."


def test_a_clamp_on_a_bypass_of_no_minutes_is_refused() -> None:
    assert found(cpb_minutes=0, cross_clamp_minutes=0) == []
    assert the_fault(cpb_minutes=0, cross_clamp_minutes=1).field == "cross_clamp_minutes"


def test_a_clamp_without_a_bypass_time_can_still_be_saved() -> None:
    assert found(cpb_minutes=None, cross_clamp_minutes=70) == []


def test_a_bypass_time_out_of_range_is_one_fault_not_two() -> None:
    assert [fault.field for fault in found(cpb_minutes=-5, cross_clamp_minutes=3)] == ["cpb_minutes"]
    assert [fault.field for fault in found(cpb_minutes=95, cross_clamp_minutes=10_001)] == ["cross_clamp_minutes"]


# The note


def test_a_note_fits_up_to_its_limit() -> None:
    assert found(note="é" * NOTE_MOST) == []
    assert the_fault(note="é" * (NOTE_MOST + 1)) == Fault(
        "note", "The note has 2,001 characters; at most 2,000 fit."
    )


def test_line_breaks_and_tabs_are_text() -> None:
    assert found(note="First line.\r\n\tSecond line.") == []


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x0b", "\x1b", "\x7f", "\ud800"])
def test_other_control_characters_are_refused(character: str) -> None:
    fault = the_fault(note=f"before{character}after")
    assert fault.field == "note"
    assert "control character" in fault.message
    assert character not in fault.message


# What is missing


def test_what_a_submitted_case_needs_is_what_the_domain_calls_not_optional() -> None:
    assert NEEDED_TO_SUBMIT == (
        "case_date", "site", "preceptor", "activity", "role", "setting", "age_group", "urgency",
    )  # fmt: skip


@pytest.mark.parametrize("name", NEEDED_TO_SUBMIT)
def test_each_needed_field_is_asked_for_by_its_label(name: str) -> None:
    assert missing(a_case(**{name: None})) == [
        Fault(name, f"{LABELS[name]} is needed before the case can be submitted.")
    ]


def test_an_empty_text_is_missing_too() -> None:
    assert [fault.field for fault in missing(a_case(site=""))] == ["site"]


def test_an_empty_draft_lacks_everything_at_once_in_the_order_of_the_form() -> None:
    assert [fault.field for fault in missing(Case())] == list(NEEDED_TO_SUBMIT)


# Anything at all


def _any_values() -> Iterator[tuple[str, st.SearchStrategy[Any]]]:
    text = st.text(alphabet="a_ é\x00\x1b\n\ud800", max_size=6)
    yield "case_date", st.none() | st.dates()
    yield "note", text
    for name in (*(each for each in CLOSED_LISTS if each in COLUMNS), CodeList.ACTIVITY):
        yield name, st.none() | text | st.sampled_from(CODES.allowed(name))
    for name in LIST_FIELDS:
        yield name, st.lists(text | st.sampled_from(CODES.allowed(name)), max_size=3).map(tuple)
    for name in INTEGER_FIELDS:
        yield name, st.none() | st.integers() | st.integers(-2, 102)
    for name in DECIMAL_FIELDS:
        yield name, st.none() | st.floats() | st.integers(-2, 50)


@the_same(100)
@given(st.builds(Case, **dict(_any_values())))
def test_whatever_is_typed_every_fault_names_a_field_and_says_something(case: Case) -> None:
    for fault in (*faults(case, today=TODAY, codes=CODES), *missing(case)):
        assert fault.field in COLUMNS
        assert fault.message.endswith(".")


@pytest.mark.parametrize("status", Status)
def test_what_is_impossible_is_so_in_every_status(status: Status) -> None:
    assert the_fault(status=status, cross_clamp_minutes=96, cpb_minutes=95).field == "cross_clamp_minutes"
