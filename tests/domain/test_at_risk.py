"""Who is at risk of missing a requirement: the rule at its edges, with numbers worked out by hand."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from caselog.domain.at_risk import (
    Danger,
    Lag,
    NotJudged,
    danger_of,
    elapsed_in_words,
    lag_of,
    not_judged,
    reason_of,
    watched,
)
from caselog.domain.conditions import AllOf, Given, OfStudent
from caselog.domain.evaluate import Engine
from caselog.domain.forecast import Earned, Forecast, Outlook, forecast, pace_of
from caselog.domain.result import RequirementResult, Standing
from caselog.domain.ruleset import EachYear, GroupRequirement
from caselog.domain.student import StudentFacts
from caselog.rules.codes import load_codes
from caselog.rules.library import find, newest
from tests.domain.samples import TODAY, some

START, GRADUATION = date(2025, 1, 1), date(2027, 9, 28)  # 1,000 days
FACTS = StudentFacts(program_start=START, expected_graduation=GRADUATION, enrolled=True)
PBSE = find("abcp-pbse")
(PERFUSIONS, *_) = watched([PBSE])


def at(thousandths: int) -> date:
    """The day on which so much of the program has passed."""
    return START + timedelta(days=thousandths)


def result(
    done: int, needed: int | None = 40, pending: int = 0, standing: Standing = Standing.NOT_MET
) -> RequirementResult:
    evaluation = Engine(PBSE, load_codes(), TODAY).evaluate(FACTS, [])
    return replace(
        evaluation.of("clinical-perfusions"),
        counted=Fraction(done - pending),
        pending=Fraction(pending),
        minimum=None if needed is None else Fraction(needed),
        standing=standing,
    )


def lag(done: int, on: int, needed: int | None = 40, **more: int | Standing) -> Lag | None:
    return lag_of(PERFUSIONS, result(done, needed, **more), FACTS, at(on))  # type: ignore[arg-type]  # by name


def test_a_student_lags_who_is_behind_by_more_than_a_fifth_of_what_the_time_gone_by_asks() -> None:
    # At half of the program 20 of 40 are asked; a fifth of that is 4.
    assert lag(16, 500) is None
    found = lag(15, 500)
    assert found is not None
    assert (found.pace.behind, found.share) == (Fraction(5), Fraction(1, 4))


def test_what_waits_for_verification_is_taken_for_done() -> None:
    assert lag(16, 500, pending=10) is None
    assert lag(15, 500, pending=10) is not None


def test_in_the_last_tenth_of_the_program_any_lag_is_one() -> None:
    # At 899 of 1,000 days 35 are asked, at 900 of them 36.
    assert lag(34, 899) is None
    assert lag(35, 900) is not None
    assert lag(36, 900) is None
    assert lag(39, 1_200) is not None


def test_the_first_days_ask_nothing() -> None:
    assert lag(0, 24) is None  # 0.96 of a case
    assert lag(0, 25) is not None


@pytest.mark.parametrize("standing", [each for each in Standing if each is not Standing.NOT_MET])
def test_only_what_is_not_met_lags(standing: Standing) -> None:
    assert lag(0, 500, standing=standing) is None


def test_without_a_number_or_dates_there_is_no_lag() -> None:
    assert lag(0, 500, needed=None) is None
    assert lag(0, 500, needed=0) is None
    unknown = replace(FACTS, expected_graduation=None)
    assert lag_of(PERFUSIONS, result(0), unknown, at(500)) is None


def test_who_has_no_pace_is_told_apart() -> None:
    today = at(500)
    assert not_judged(FACTS, today) is None
    assert not_judged(replace(FACTS, graduated_on=today), today) is NotJudged.GRADUATED
    assert not_judged(replace(FACTS, graduated_on=today + timedelta(days=1)), today) is None
    assert not_judged(replace(FACTS, enrolled=False), today) is NotJudged.NOT_ENROLLED
    assert not_judged(replace(FACTS, enrolled=None), today) is None
    assert not_judged(replace(FACTS, program_start=None), today) is NotJudged.NO_DATES
    assert not_judged(replace(FACTS, expected_graduation=None), today) is NotJudged.NO_DATES
    assert not_judged(FACTS, START - timedelta(days=1)) is NotJudged.NOT_BEGUN
    assert not_judged(FACTS, START) is None


def told(chance: float | None, on: int) -> Forecast:
    pace = pace_of(Fraction(10), Fraction(40), at(on), START, GRADUATION)
    return Forecast(outlook=Outlook.PROJECTED, says="", needed=Fraction(40), by_graduation=chance, pace=pace)


def test_below_four_in_five_is_a_risk() -> None:
    assert danger_of(told(0.79, 500)) is Danger.AT_RISK
    assert danger_of(told(0.8, 500)) is Danger.LIKELY


def test_too_little_to_project_from_is_a_risk_from_the_middle_of_the_program_on() -> None:
    assert danger_of(told(None, 499)) is Danger.TOO_LITTLE
    assert danger_of(told(None, 500)) is Danger.AT_RISK


def test_the_reason_says_what_is_done_how_far_that_is_behind_and_what_to_expect() -> None:
    history = [Earned(at(number), pending=number > 480) for number in range(20, 500, 20)]
    # 24 entries, one every 20 days, the last of them waiting; 50 of 100 are asked at half of the program.
    found = forecast(history, Fraction(100), at(500), START, GRADUATION)
    assert reason_of(found, "cases") == (
        "24 of 100 cases done, 26 behind the pace. "
        "At the present rate it is met by graduation with less than 1 % probability."
    )
    waiting = [replace(each, pending=True) for each in history[:3]]
    assert reason_of(
        forecast([*history, *waiting], Fraction(100), at(500), START, GRADUATION), "hours"
    ).startswith("27 of 100 hours done (3 of them waiting for verification), 23 behind the pace.")
    assert found.pace is not None
    assert elapsed_in_words(found.pace) == "At 50 % of the program."


def test_the_reason_says_so_where_there_is_too_little_or_no_time_left() -> None:
    nothing = forecast([], Fraction(40), at(500), START, GRADUATION)
    assert reason_of(nothing, "cases") == (
        "0 of 40 cases done, 20 behind the pace. "
        "Nothing has counted toward it yet, so there is no pace to project from."
    )
    over = forecast([], Fraction(40), at(1_001), START, GRADUATION)
    assert reason_of(over, "cases") == "0 of 40 cases done, 40 behind the pace. The expected graduation has come."
    assert danger_of(over) is Danger.AT_RISK


def test_what_runs_with_the_program_is_watched_and_nothing_else() -> None:
    found = {(each.ruleset, each.requirement) for each in watched(newest())}
    assert {name for ruleset, name in found if ruleset == "abcp-pbse"} == {
        "clinical-perfusions", "primary-cpb", "ecmo-or-vad", "pediatric-cpb",
    }  # fmt: skip
    # Those of the years after graduation, and of the last years, are not.
    assert not {ruleset for ruleset, _ in found} & {"abcp-cape", "abcp-recertification", "abcp-professional"}


def test_what_has_a_floor_in_each_year_or_asks_who_the_student_is_and_members_of_a_group_are_not_watched() -> None:
    counts = next(iter(PBSE.counting()))
    yearly = replace(counts, each_year=EachYear(counts.minimum, years=3))
    of_some = replace(counts, where=AllOf((counts.where, OfStudent(Given("certified_on", value=True)))))
    group = GroupRequirement(
        id="either", title="Either", says="One of them.", source=counts.source, members=(counts.id,), at_least=1
    )
    assert [each.asked for each in watched([replace(PBSE, requirements=(counts,))])] == [counts]
    for requirements in ((yearly,), (of_some,), (counts, group)):
        assert watched([replace(PBSE, requirements=requirements)]) == ()


def test_a_set_inside_another_is_watched_too_but_nothing_twice() -> None:
    eligibility = find("ccp-eligibility")
    alone = watched([eligibility])
    assert "clinical-perfusions" in {each.asked.id for each in alone}
    assert {each.ruleset for each in alone} == {"ccp-eligibility"}
    both = watched([eligibility, PBSE])
    assert len(both) == len(alone)
    (perfusions,) = [each for each in both if each.asked.id == "clinical-perfusions"]
    assert (perfusions.ruleset, perfusions.requirement) == ("abcp-pbse", "clinical-perfusions")


def test_each_is_found_among_the_results_of_all_sets() -> None:
    sets = newest()
    log = some(3, case_date=at(400))
    results = [
        each
        for ruleset in sets
        for each in Engine(ruleset, load_codes(), at(500)).evaluate(FACTS, log).requirements
    ]
    for rulesets, found in ((sets, results), ([find("ccp-eligibility")], None)):
        for each in watched(rulesets):
            among = found or list(Engine(rulesets[0], load_codes(), at(500)).evaluate(FACTS, log).requirements)
            assert each.result_of(among).requirement.id == each.asked.id
