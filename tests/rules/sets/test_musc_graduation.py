"""musc-graduation against a log worked out by hand: 75 pump cases, 10 pediatric, 5 VAD or ECMO, four rotations."""

from caselog.domain.result import Outcome, Standing
from tests.rules.sets.by_hand import Drawn, a_log, evaluate, numbers

LOG: Drawn = [
    (60, {"rotation": "adult-1"}),  #                                   pump 60, rotations 1
    (9, {"rotation": "adult-2", "age_group": "older_adult"}),  #        pump 69, rotations 2
    (5, {"rotation": "children", "age_group": "infant"}),  #            pump 74, pediatric 5, rotations 3
    (4, {"age_group": "child", "activity": "ecmo"}),  #                 pediatric 9, VAD or ECMO 4
    (1, {"activity": "ecpr"}),  #                                       VAD or ECMO 5: of the ECMO family
    (2, {"rotation": "ecmo", "role": "observed"}),  #                   rotations 4: in any role
    (1, {"rotation": "fifth", "setting": "simulation"}),  #             no clinical case names it
    (1, {"rotation": "sixth", "status": "submitted"}),  #               pump +1 waits, rotations +1 waits
]


def test_musc_of_a_log_worked_out_by_hand() -> None:
    evaluation = evaluate("musc-graduation", a_log(LOG))
    assert numbers(evaluation) == {
        "pump-cases": (74, 1, 1, "not_met"),
        "pediatric": (9, 0, 1, "not_met"),
        "vad-or-ecmo": (5, 0, 0, "met"),
        "rotations": (4, 1, 0, "met"),
    }
    rotations = evaluation.of("rotations")
    assert {verdict.reason for verdict in rotations.with_outcome(Outcome.EXCLUDED)} == {
        "adult-1 is counted already",
        "adult-2 is counted already",
        "children is counted already",
        "ecmo is counted already",
        "counts only: rotation given",
        "simulation: only clinical cases count",
    }


def test_one_more_pediatric_run_completes_it() -> None:
    log = a_log([*LOG, (1, {"age_group": "neonate"})])
    assert evaluate("musc-graduation", log).standing is Standing.MET
