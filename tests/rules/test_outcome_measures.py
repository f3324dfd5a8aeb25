"""The thresholds of the yearly report: what ships, what is refused, and that the categories are those of the rules."""

import pytest

from caselog.domain.ruleset import CountRequirement
from caselog.rules.outcome_measures import (
    CATEGORIES,
    FILE,
    PARTS,
    load_categories,
    load_thresholds,
    read_thresholds,
)
from caselog.rules.reading import RuleFileError

TEXT = FILE.read_text(encoding="utf-8")


def test_what_ships_are_the_four_thresholds_with_their_windows_each_with_a_page_and_a_day() -> None:
    thresholds = load_thresholds()
    found = {each.id: (each.percent, each.years) for each in thresholds.measures}
    assert found == {"pbse": (70, 3), "cape": (70, 3), "retention": (50, 5), "placement": (80, 1)}
    assert {each.source.address.partition("/")[0] for each in thresholds.measures} == {"ac-pe.org"}
    assert all(each.says and each.counts and each.source.read.year == 2026 for each in thresholds.measures)
    assert thresholds.about


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        (
            "percent = 80",
            "percent = 101",
            "measure[4].percent: is the number 101. Write a whole number from 1 to 100.",
        ),
        ("percent = 80", "percent = 79.5", "measure[4].percent: is the number 79.5."),
        ("percent = 80", "percent = true", "measure[4].percent: is true (yes/no)."),
        ("percent = 80", "", "measure[4].percent: is missing."),
        ("years = 5", "years = 0", "measure[3].years: is the number 0. Write a whole number from 1 to 20."),
        ("years = 5", "year = 5", "measure[3].years: is missing, but there is “year”."),
        (
            'asks = "pbse"',
            'asks = "pbsa"',
            "asks: “pbsa” is nothing that is known of people. Did you mean “pbse”?",
        ),
        ('id = "cape"', 'id = "pbse"', "“pbse” is taken already."),
        ('counts_source = "placement"', 'counts_source = "placements"', "there is no source “placements”."),
        ('source = "thresholds"', 'source = "threshold"', "there is no source “threshold”."),
        ("read = 2026-11-22", 'read = "lately"', "sources.thresholds.read: is the text “lately”, not a date."),
        ('title = "Retention"', 'titel = "Retention"', "measure[3].title: is missing, but there is “titel”."),
        ('edition = "2026-11"', 'edition = "2026-11"\ncolour = "red"', "colour: is not a key that belongs here."),
        (TEXT, 'title = "x"', "sources: is missing."),
        (TEXT, TEXT.partition("[[measure]]")[0], "measure: is missing. Write at least one [[measure]]."),
    ],
)
def test_a_bad_file_is_refused_with_its_place_its_fault_and_the_mend(good: str, bad: str, says: str) -> None:
    assert good in TEXT
    with pytest.raises(RuleFileError) as caught:
        read_thresholds(TEXT.replace(good, bad, 1), "bad.toml")
    assert str(caught.value).startswith("bad.toml: ")
    assert says in str(caught.value)


def test_the_categories_ask_for_nothing_and_there_is_one_for_each_part() -> None:
    requirements = load_categories().requirements
    assert len(requirements) == len(PARTS) * (1 + len(CATEGORIES))
    for each in requirements:
        assert isinstance(each, CountRequirement)
        assert each.minimum.value == 0
