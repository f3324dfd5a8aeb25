"""A table on its way through a page: whole when it comes back, and no trap when somebody changed it."""

import base64
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselog.domain.carrying import UNPACKED_MOST, CarriedError, carried, carry
from caselog.domain.sheet import Sheet

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(texts, texts), max_size=5))
def test_what_is_carried_comes_back(rows: list[tuple[str, str]]) -> None:
    sheet = Sheet("csv", ("a", "b"), tuple(enumerate(rows, 2)))
    assert carried(carry(sheet)) == sheet


def packed(said: object) -> str:
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(said).encode())).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "é",
        "AAAA",
        packed([]),
        packed(["csv", ["a"], [[2, ["1", "2"]]]]),
        packed(["csv", [1], []]),
        packed(["exe", ["a"], []]),
        packed(["csv", ["a"], [["x", ["1"]]]]),
        packed(["csv", "a", [[1, "b"]]]),
        packed("[" * 9_000),
        packed(["csv", ["a"], [[float("inf"), ["1"]]]]),
        packed(["csv", ["a"], [[2, [""]]] * 300_000]),
        packed(["csv", ["a"], [[]] * 3_000_000]),
        packed(["csv", [""] * 2_000_000, []]),
        base64.urlsafe_b64encode(zlib.compress(b"[" * 100_000)).decode(),
        base64.urlsafe_b64encode(zlib.compress(b" " * (UNPACKED_MOST + 1))).decode(),
    ],
)
def test_what_is_no_table_is_refused_before_it_fills_the_memory(text: str) -> None:
    with pytest.raises(CarriedError):
        carried(text)
