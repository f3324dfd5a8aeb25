"""barry-graduation against a log worked out by hand: 75 adult bypass performed, 10 pediatric performed or observed."""

from caselog.domain.result import Standing
from tests.rules.sets.by_hand import Drawn, a_log, evaluate, numbers

LOG: Drawn = [
    (70, {}),  #                                                  adult 70
    (4, {"age_group": "older_adult", "role": "independent"}),  #  74
    (5, {"role": "observed"}),  #                                 adult, watched: nothing
    (3, {"activity": "ecmo"}),  #                                 no bypass
    (6, {"age_group": "child"}),  #                               pediatric 6; no adult
    (3, {"age_group": "neonate", "role": "observed"}),  #         9
    (1, {"age_group": "infant", "activity": "ecmo"}),  #          no bypass
    (1, {"age_group": "adolescent", "status": "submitted"}),  #   1 waits
    (1, {"age_group": None}),  #                                  not known
]


def test_barry_of_a_log_worked_out_by_hand() -> None:
    assert numbers(evaluate("barry-graduation", a_log(LOG))) == {
        "adult-bypass": (74, 0, 1, "not_met"),
        "pediatric-bypass": (9, 1, 1, "not_met"),
    }


def test_one_adult_performed_and_one_child_observed_complete_it() -> None:
    log = a_log([*LOG, (1, {}), (1, {"age_group": "child", "role": "observed"})])
    assert evaluate("barry-graduation", log).standing is Standing.MET
