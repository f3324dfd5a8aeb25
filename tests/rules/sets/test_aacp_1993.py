"""aacp-1993 against logs worked out by hand: 150 procedures, at least 20 % of them (30) pediatric or infant."""

from caselog.domain.result import Standing
from tests.rules.sets.by_hand import Drawn, a_log, evaluate, numbers

LOG: Drawn = [
    (110, {}),  #                                        110
    (10, {"activity": "ecmo"}),  #                       120: any activity
    (20, {"age_group": "infant"}),  #                    140, pediatric 20
    (9, {"age_group": "adolescent"}),  #                 149, pediatric 29
    (40, {"age_group": "child", "role": "observed"}),  # watched: nothing
]


def test_aacp_of_a_log_worked_out_by_hand() -> None:
    evaluation = evaluate("aacp-1993", a_log(LOG))
    assert numbers(evaluation) == {
        "procedures": (149, 0, 1, "not_met"),
        "pediatric-share": (29, 0, 1, "not_met"),
    }
    assert evaluation.of("pediatric-share").minimum == 30


def test_the_share_is_of_the_150_not_of_all_that_were_logged() -> None:
    evaluation = evaluate("aacp-1993", a_log([*LOG, (1, {"age_group": "neonate"}), (100, {})]))
    assert evaluation.of("procedures").counted == 250
    assert evaluation.of("pediatric-share").minimum == 30
    assert evaluation.standing is Standing.MET
