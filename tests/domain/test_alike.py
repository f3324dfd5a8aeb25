"""Values that a rule set cannot tell apart are really not told apart."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from caselog.domain.alike import stand_ins, steps_of
from caselog.domain.case import Case
from caselog.domain.codes import Status
from caselog.domain.evaluate import Engine
from caselog.domain.student import StudentFacts
from caselog.rules.codes import load_codes
from caselog.rules.loader import loads

AS_OF = date(2026, 11, 21)
RULES = """
id = "limits"
title = "Limits"
edition = "1"
about = "A set with limits of each kind."
eligible = { redo = false }
[sources.book]
title = "A book"
address = "board.example/book"
read = 2026-11-21
[[requirement]]
id = "window"
title = "Window"
says = "Between two days."
source = "book"
where = { not = { case_date = { from = 2026-01-01, until = 2026-06-30 } } }
minimum = 1
[[requirement]]
id = "long"
title = "Long"
says = "Long runs, and shifts of at most twelve hours."
source = "book"
where = { any = [{ cpb_minutes = { at_least = 60, at_most = 240 } }, { support_hours = { at_most = 12.5 } }] }
minimum = 1
[[requirement.part]]
id = "cold"
title = "Cold"
where = { lowest_temp_c = { given = true } }
at_most = 3
"""


@pytest.fixture
def engine() -> Engine:
    return Engine(loads(RULES, "limits.toml"), load_codes(), AS_OF)


def test_only_days_and_numbers_that_a_rule_reads_have_steps(engine: Engine) -> None:
    assert set(steps_of([engine])) == {"case_date", "cpb_minutes", "support_hours", "lowest_temp_c"}


def test_a_day_steps_where_a_window_opens_and_on_the_day_after_it_closes(engine: Engine) -> None:
    assert steps_of([engine])["case_date"] == (date(2026, 1, 1), date(2026, 7, 1), date(2026, 11, 22))


def test_a_field_that_need_only_be_given_has_no_steps(engine: Engine) -> None:
    assert steps_of([engine])["lowest_temp_c"] == ()
    assert len(stand_ins("lowest_temp_c", ())) == 1


def test_the_steps_of_several_engines_are_put_together(engine: Engine) -> None:
    later = Engine(engine.ruleset, engine.codes, AS_OF + timedelta(days=30))
    assert set(steps_of([engine, later])["case_date"]) == {
        *steps_of([engine])["case_date"],
        *steps_of([later])["case_date"],
    }


VALUES: dict[str, list[Any]] = {
    "case_date": [AS_OF + timedelta(days=days) for days in range(-400, 10)],
    "cpb_minutes": [0, 1, 59, 60, 61, 239, 240, 241, 10_000],
    "support_hours": [0, 12.4, 12.499999999999998, 12.5, 12.500000000000002, 12.6, 10_000],
    "lowest_temp_c": [10, 18.5, 42],
}


@pytest.mark.parametrize("field", VALUES)
def test_a_value_is_judged_like_the_one_that_stands_in_for_it(engine: Engine, field: str) -> None:
    steps = steps_of([engine])[field]
    judge = engine.judge_for(StudentFacts())
    seen = set()
    for value in VALUES[field]:
        passed = sum(value >= step for step in steps)
        seen.add(passed)
        case = Case(status=Status.VERIFIED, case_date=AS_OF, cpb_minutes=100, lowest_temp_c=30)
        one, other = (replace(case, **{field: each}) for each in (value, stand_ins(field, steps)[passed]))
        assert judge.judge(one) == judge.judge(other), value
    assert len(seen) == len(steps) + 1


def test_the_first_and_the_last_day_of_all_have_no_neighbours() -> None:
    rules = RULES.replace("until = 2026-06-30", "until = 9999-12-31").replace(
        "from = 2026-01-01", "from = 0001-01-01"
    )
    steps = steps_of([Engine(loads(rules, "limits.toml"), load_codes(), AS_OF)])["case_date"]
    assert stand_ins("case_date", steps)[0] == date.min
