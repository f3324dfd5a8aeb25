"""abcp-professional worked out by hand: each three years 45 units, at least 15 of them in Category I."""

from datetime import date
from fractions import Fraction

from caselog.domain.result import Outcome
from tests.rules.sets.by_hand import Drawn, activities, evaluate, numbers

LOG: Drawn = [
    (2, {"category": "I", "units": 5.0}),  #                               10, Category I 10
    (1, {"category": "I", "units": 4.5}),  #                               14.5, 14.5
    (6, {"category": "II", "units": 5.0}),  #                              44.5
    (1, {"category": "III", "units": 0.25}),  #                            44.75
    (1, {"category": "II", "units": 0.1, "date": date(2023, 11, 22)}),  #  44.85: the first day of the three years
    (1, {"category": "I", "units": 9.0, "date": date(2023, 11, 21)}),  #   the day before
    (1, {"category": "I", "units": 1.0, "status": "submitted"}),  #        1 waits
    (1, {"category": "I"}),  #                                             units not given
]


def test_three_years_worked_out_by_hand() -> None:
    evaluation = evaluate("abcp-professional", activities(LOG))
    assert numbers(evaluation) == {
        "units": (Fraction("44.85"), 1, Fraction("0.15"), "not_met"),
        "category-one-units": (Fraction("14.5"), 1, Fraction("0.5"), "not_met"),
    }
    assert {verdict.reason for verdict in evaluation.of("units").with_outcome(Outcome.EXCLUDED)} == {
        "before 2023-11-22",
        "worth nothing here: no step of its credit is reached",
    }


def test_the_waiting_unit_completes_it_once_verified() -> None:
    log = activities([*LOG, (1, {"category": "I", "units": 0.5})])
    assert numbers(evaluate("abcp-professional", log)) == {
        "units": (Fraction("45.35"), 1, 0, "met"),
        "category-one-units": (15, 1, 0, "met"),
    }
