"""Strict tables, as rule files and facts share them."""

from datetime import date, datetime, time

import pytest

from caselog.rules.reading import RuleFileError, Table, closest, kind_of


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "true (yes/no)"), (False, "false (yes/no)"), ("", "an empty text"), ("  ", "an empty text"),
        ("x" * 99, f"the text “{'x' * 40}”"), (7, "the number 7"), (-0.5, "the number -0.5"),
        (10**15 + 1, "a number that is far too large"),
        pytest.param(-(10**5_000), "a number that is far too large", id="unprintable"),
        (date(2026, 11, 21), "the date 2026-11-21"), (time(10, 0), "a time"), ([], "a list"), ({}, "a table"),
        (datetime(2026, 11, 21, 10, 0), "the date and time 2026-11-21 10:00:00"),  # noqa: DTZ001 (files know no zones)
        (None, "empty"),
    ],
)  # fmt: skip
def test_a_value_is_called_what_its_writer_would_call_it(value: object, words: str) -> None:
    assert kind_of(value) == words


def test_a_hint_is_the_likely_word_or_all_words_in_order() -> None:
    assert closest("valves", ["pediatric", "valve"]) == "Did you mean “valve”?"
    assert closest("x", ["valve", "pediatric"]) == "Use one of: pediatric, valve."


@pytest.mark.parametrize("value", [None, 3, "text", ["a"]])
def test_what_is_no_table_is_refused_wherever_it_stands(value: object) -> None:
    with pytest.raises(RuleFileError, match=r"^f\.json: numbers: is .*\. Write a table"):
        Table("f.json", "numbers", value)


def test_a_key_that_nobody_asked_for_is_refused_at_the_end_and_names_those_asked_for() -> None:
    table = Table("f.toml", "here", {"title": "x", "titel": "y"})
    assert table.text("title", "") == "x"
    with pytest.raises(
        RuleFileError, match=r"^f\.toml: here\.titel: is not a key that belongs here\. Did you mean"
    ):
        table.finish()
