"""Codes that a stranger can type, days as exactly as they may leave, and names that stand for hospitals."""

import uuid
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselog.domain.export import CODE_LENGTH, Dates, code_of, date_text, pseudonym, read_code, shown_code


@given(st.binary(min_size=16, max_size=16))
def test_a_code_that_was_printed_is_read_back(secret: bytes) -> None:
    code = code_of(secret)
    assert len(code) == CODE_LENGTH
    assert read_code(shown_code(code)) == code
    assert read_code(f"  {shown_code(code).lower()} ") == code


@given(st.sets(st.binary(min_size=16, max_size=16), min_size=2))
def test_no_two_secrets_have_the_same_code(secrets: set[bytes]) -> None:
    assert len({code_of(secret) for secret in secrets}) == len(secrets)


def test_the_usual_slips_of_a_reader_do_no_harm() -> None:
    code = code_of(bytes(16))
    assert read_code(code.replace("0", "O")) == code
    one = "1" * CODE_LENGTH
    assert read_code("il" * (CODE_LENGTH // 2)) == one


@pytest.mark.parametrize(
    "typed", ["", "hello", "0" * (CODE_LENGTH - 1), "0" * (CODE_LENGTH + 1), "U" * CODE_LENGTH]
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


@pytest.mark.parametrize(
    ("day", "day_text", "month", "term"),
    [
        (date(2026, 5, 31), "2026-05-31", "2026-05", "2026 spring"),
        (date(2026, 6, 1), "2026-06-01", "2026-06", "2026 summer"),
        (date(2026, 8, 31), "2026-08-31", "2026-08", "2026 summer"),
        (date(2026, 9, 1), "2026-09-01", "2026-09", "2026 fall"),
        (None, "", "", ""),
    ],
)
def test_a_day_leaves_as_exactly_as_was_set(day: date | None, day_text: str, month: str, term: str) -> None:
    assert [date_text(day, dates) for dates in Dates] == [day_text, month, term]


def test_a_pseudonym_is_stable_and_tells_two_things_apart() -> None:
    one, other = uuid.UUID(int=1), uuid.UUID(int=2)
    assert pseudonym("site", one) == pseudonym("site", one)
    assert len({pseudonym("site", one), pseudonym("site", other), pseudonym("preceptor", one)}) == 3
    assert pseudonym("site", one).startswith("site-")
