"""ecmo-specialist-wa worked out by hand from WAC 246-928-580: 24 h didactic, two drills, a simulation, 16 h bedside."""

from datetime import date
from fractions import Fraction

from caselog.domain.result import Entry, Standing
from tests.domain.samples import a_case
from tests.rules.sets.by_hand import Drawn, activities, evaluate, numbers

LOG: Drawn = [
    (2, {"kind": "didactic", "hours": 8.0}),  #                       16 h
    (1, {"kind": "didactic", "hours": 7.5}),  #                       23.5 h
    (1, {"kind": "didactic", "hours": 4.0, "status": "submitted"}),  # 4 h wait
    (1, {"kind": "didactic"}),  #                                     hours not given
    (1, {"kind": "course", "hours": 40.0}),  #                        no didactic session
    (2, {"kind": "wet_lab", "category": "basic", "hours": 2.0}),  #   basic drill 2
    (1, {"kind": "wet_lab", "category": "animal"}),  #                stands for the simulation
    (1, {"kind": "bedside_training", "hours": 15.9}),
    (1, {"kind": "bedside_training", "hours": 0.1, "date": date(2026, 11, 22)}),  # of tomorrow
]


def test_washington_of_a_log_worked_out_by_hand() -> None:
    log: list[Entry] = [*activities(LOG), a_case(1, activity="ecmo")]
    evaluation = evaluate("ecmo-specialist-wa", log)
    assert numbers(evaluation) == {
        "didactic-hours": (Fraction("23.5"), 4, Fraction("0.5"), "not_met"),
        "basic-water-drill": (2, 0, 0, "met"),
        "emergency-water-drill": (0, 0, 1, "not_met"),
        "simulation": (1, 0, 0, "met"),
        "bedside-hours": (Fraction("15.9"), 0, Fraction("0.1"), "not_met"),
    }
    # Cases are another kind of entry: no requirement here gives a verdict on one.
    assert {len(each.verdicts) for each in evaluation.requirements} == {len(activities(LOG))}


def test_half_an_hour_six_minutes_and_an_emergency_drill_complete_it() -> None:
    log = activities(
        [
            *LOG,
            (1, {"kind": "didactic", "hours": 0.5}),
            (1, {"kind": "bedside_training", "hours": 0.1}),
            (1, {"kind": "wet_lab", "category": "emergency"}),
        ]
    )
    assert evaluate("ecmo-specialist-wa", log).standing is Standing.MET
