"""When a requirement will be met: the model against sums term by term, against simulated students, and its edges."""

import math
import os
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

import caselog.domain.forecast as model
from caselog.domain.evaluate import Engine
from caselog.domain.forecast import (
    Earned,
    Forecast,
    Outlook,
    Rate,
    beta_share,
    forecast,
    forecast_of,
    history_of,
    pace_of,
    probability_in_words,
    rate_of,
)
from caselog.domain.result import Standing
from caselog.domain.student import StudentFacts
from caselog.rules.codes import load_codes
from caselog.rules.library import find
from tests.domain.samples import TODAY, some

START = date(2025, 8, 1)
GRADUATION = date(2027, 7, 31)  # 729 days later
# The nightly profile looks at ten times as many students.
STUDENTS = 20_000 if os.environ.get("CASELOG_TESTS") == "nightly" else 2_000


def day(number: int) -> date:
    return START + timedelta(days=number)


def every(days: int, until: int, credit: str = "1") -> list[Earned]:
    """One entry every so many days, the first on the day `days`."""
    return [Earned(day(number), Fraction(credit)) for number in range(days, until + 1, days)]


def looked_at(history: list[Earned], needed: str, on: int = 239) -> Forecast:
    return forecast(history, Fraction(needed), day(on), START, GRADUATION)


def width(found: Forecast) -> int:
    """Days between the ends of the interval."""
    assert found.earliest is not None
    assert found.latest is not None
    return (found.latest - found.earliest).days


# The model


@pytest.mark.parametrize(("whole", "b", "x"), [(1, 2.5, 0.3), (7, 12.5, 0.25), (40, 18.2, 0.6), (3, 0.5, 0.01)])
def test_the_probability_is_the_negative_binomials_tail_summed_term_by_term(
    whole: int, b: float, x: float
) -> None:
    below = sum(
        math.exp(math.lgamma(b + n) - math.lgamma(b) - math.lgamma(n + 1) + b * math.log(1 - x) + n * math.log(x))
        for n in range(whole)
    )
    assert beta_share(whole, b, x) == pytest.approx(1 - below, abs=1e-11)


def test_twelve_cases_in_a_hundred_and_twenty_days_are_a_gamma_of_twelve_and_a_half_in_those_days() -> None:
    rate = rate_of(every(10, 120), day(1), day(120))
    assert (rate.credit, rate.days, rate.lump) == (12.5, 120, 1)


def test_a_rate_that_changed_is_told_by_the_last_120_days_and_the_days_before_weigh_as_60() -> None:
    slow_then_quick = [*every(30, 240), *(Earned(day(number)) for number in range(243, 361, 3))]
    rate = rate_of(slow_then_quick, day(1), day(360))
    # 40 in the last 120 days; 8 in the 240 before, which weigh a quarter.
    assert rate.days == 180
    assert rate.credit - rate.lump / 2 == pytest.approx(40 + 8 / 4)


def test_months_that_differ_widen_the_interval_and_steady_ones_do_not() -> None:
    steady = every(5, 240)
    in_bursts = [Earned(day(30 * (n // 12 * 2) + 1 + 2 * (n % 12))) for n in range(48)]
    even, uneven = (looked_at(history, "80", 240) for history in (steady, in_bursts))
    assert width(uneven) > 1.3 * width(even)


def test_the_median_has_even_odds_and_the_interval_eight_in_ten() -> None:
    rate = Rate(20.5, 120, 1)
    for chance in (0.1, 0.5, 0.9):
        days = rate.days_until(30, chance)
        assert days is not None
        assert rate.probability(30, days - 1) < chance <= rate.probability(30, days)


def test_more_days_never_lower_the_probability_and_more_to_earn_never_raises_it() -> None:
    rate = Rate(7.5, 90, 1.4)
    by_day = [rate.probability(12, days) for days in range(400)]
    by_need = [rate.probability(more, 100) for more in range(60)]
    assert by_day == sorted(by_day)
    assert by_need == sorted(by_need, reverse=True)


# Simulated students


@dataclass(frozen=True, slots=True)
class Simulated:
    """A student on a day, and on which day the requirement was really met."""

    variation: float
    found: Forecast
    truth: date


def arrivals(dice: random.Random, rate: float, variation: float) -> Iterator[int]:
    """The days of cases that come by chance at a rate per day, which each month multiplies by a gamma variate."""
    now, month, factor = 0.0, -1, 1.0
    while True:
        if int(now // 30) != month:
            month = int(now // 30)
            shape = 1 / variation**2 if variation else 0
            factor = dice.gammavariate(shape, 1 / shape) if shape else 1.0
        then = now + dice.expovariate(rate * max(factor, 1e-3))
        now = min(then, 30.0 * (month + 1))
        if then == now:
            yield int(now)


def simulate(seed: int, students: int) -> list[Simulated]:
    dice = random.Random(seed)  # noqa: S311 (simulated students, not secrets)
    found: list[Simulated] = []
    while len(found) < students:
        variation = dice.choice([0.0, 0.2, 0.3])
        rate = math.exp(dice.uniform(math.log(1 / 30), math.log(18 / 30)))  # 1 to 18 a month
        needed, today = dice.choice([5, 10, 20, 40, 75, 100]), dice.randrange(60, 600)
        seen, last = [], 0
        for number, last in enumerate(arrivals(dice, rate, variation), 1):
            if last <= today:
                seen.append(last)
            if number >= needed:
                break
        made = looked_at([Earned(day(each)) for each in seen], str(needed), today)
        if made.outlook is Outlook.PROJECTED:
            found.append(Simulated(variation, made, day(last)))
    return found


@pytest.fixture(scope="module")
def simulated() -> list[Simulated]:
    return simulate(20261121, STUDENTS)


def contained(students: list[Simulated]) -> float:
    inside = [
        each.found.earliest is not None
        and each.found.earliest <= each.truth
        and (each.found.latest is None or each.truth <= each.found.latest)
        for each in students
    ]
    return sum(inside) / len(inside)


def test_the_80_percent_intervals_contain_the_truth_of_75_to_85_percent_of_simulated_students(
    simulated: list[Simulated],
) -> None:
    assert 0.75 <= contained(simulated) <= 0.85
    for variation in (0.0, 0.2, 0.3):  # a third of the students each: chance moves these by two percent more
        assert 0.75 <= contained([each for each in simulated if each.variation == variation]) <= 0.88


def test_of_those_with_a_probability_so_many_graduate_in_time(simulated: list[Simulated]) -> None:
    bins = defaultdict(list)
    for each in simulated:
        assert each.found.by_graduation is not None
        bins[min(4, int(each.found.by_graduation * 5))].append(each)
    assert len(bins) == 5
    for students in bins.values():
        assert len(students) >= 60
        said = sum(each.found.by_graduation or 0 for each in students) / len(students)
        came = sum(each.truth <= GRADUATION for each in students) / len(students)
        assert abs(said - came) <= 0.1


def test_half_of_the_simulated_students_are_done_by_the_median(simulated: list[Simulated]) -> None:
    in_time = sum(each.truth <= (each.found.median or date.max) for each in simulated)
    assert 0.44 <= in_time / len(simulated) <= 0.58


# Edges


def test_a_requirement_that_is_met_says_on_which_day_it_was() -> None:
    found = looked_at(every(10, 230), "20")
    assert (found.outlook, found.median, found.by_graduation) == (Outlook.MET, day(200), 1.0)
    assert found.says == f"Met on {day(200)}."


def test_a_requirement_that_asks_for_nothing_is_met() -> None:
    assert looked_at([], "0").says == "Met."


def test_what_waits_is_work_done_so_that_enough_of_it_only_needs_verification() -> None:
    history = [*every(10, 200), *(Earned(day(number), pending=True) for number in (210, 215, 220))]
    found = looked_at(history, "22")
    assert (found.outlook, found.by_graduation) == (Outlook.WAITING, 1.0)
    assert found.says == "Met as soon as 2 of the 3 that wait are verified."


def test_what_waits_tells_the_pace_as_what_is_verified_does_and_the_sentence_says_so() -> None:
    verified = every(10, 230)
    waiting = [*verified[:-4], *(Earned(each.on, pending=True) for each in verified[-4:])]
    one, other = looked_at(verified, "60"), looked_at(waiting, "60")
    assert (one.median, one.latest, one.by_graduation) == (other.median, other.latest, other.by_graduation)
    assert [other.counted, other.pending, other.done] == [19, 4, 23]
    assert "What waits for verification (4) is taken as done." in other.says
    assert "verification" not in one.says


@pytest.mark.parametrize(
    ("history", "on", "reason"),
    [
        ([], 239, "Nothing has counted"),
        ([Earned(day(100))], 239, "Only one entry has counted"),
        (every(100, 200), 239, "Only 2 entries have counted"),
        (every(2, 20), 20, "Too early"),
        ([], -30, "Too early"),
    ],
)
def test_too_little_to_project_from_says_why(history: list[Earned], on: int, reason: str) -> None:
    found = looked_at(history, "60", on)
    assert found.outlook is Outlook.TOO_LITTLE
    assert found.says.startswith(reason)
    assert (found.median, found.earliest, found.latest, found.by_graduation) == (None, None, None, None)


def test_three_entries_in_four_weeks_are_enough() -> None:
    assert looked_at(every(9, 27), "60", 27).outlook is Outlook.PROJECTED
    assert looked_at(every(9, 27), "60", 26).outlook is Outlook.TOO_LITTLE


def test_a_number_that_the_program_has_not_set_has_no_forecast() -> None:
    found = forecast(every(10, 230), None, day(239), START, GRADUATION)
    assert found.outlook is Outlook.NOT_SET
    assert found.counted == 23
    assert found.pace is None


def test_after_graduation_what_is_not_met_was_not_met_by_graduation() -> None:
    late = forecast(every(10, 230), Fraction(60), day(239), START, day(200))
    assert (late.outlook, late.by_graduation) == (Outlook.PROJECTED, 0.0)
    assert late.pace is not None
    assert late.pace.elapsed == 1
    nothing = forecast([], Fraction(60), day(239), START, day(200))
    assert nothing.by_graduation == 0.0


def test_without_a_day_of_graduation_there_are_dates_but_no_probability_and_no_pace() -> None:
    found = forecast(every(10, 230), Fraction(60), day(239), START, None)
    assert found.median
    assert (found.by_graduation, found.pace) == (None, None)
    assert "graduation" not in found.says


def test_without_a_start_of_the_program_logging_begins_with_the_first_entry() -> None:
    late = [each for each in every(10, 230) if each.on and each.on >= day(100)]
    found = forecast(late, Fraction(60), day(239), None, GRADUATION)
    assert found.rate == pytest.approx(30 * (12 + 0.5 + 2) / 140)


def test_months_of_lectures_before_the_first_entry_of_any_kind_are_no_slow_months() -> None:
    history = [Earned(day(number)) for number in range(200, 240, 4)]
    slow = forecast(history, Fraction(60), day(239), START, GRADUATION)
    right = forecast(history, Fraction(60), day(239), START, GRADUATION, since=day(199))
    assert (right.median or date.max) < (slow.median or date.min)


def test_entries_after_the_day_are_not_known_yet() -> None:
    history = every(10, 230)
    assert looked_at([*history, Earned(day(250))], "60") == looked_at(history, "60")


def test_the_order_of_the_history_does_not_matter() -> None:
    history = every(7, 230)
    assert looked_at(history[::-1], "60") == looked_at(history, "60")


def test_entries_without_a_day_count_but_tell_nothing_of_the_pace() -> None:
    history = every(10, 230)
    found, plain = looked_at([*history, Earned(None)], "61"), looked_at(history, "60")
    assert found.counted == 24
    assert (found.median, found.rate) == (plain.median, plain.rate)


def test_beyond_ten_years_no_date_is_given() -> None:
    found = looked_at(every(70, 230), "2000")
    assert (found.outlook, found.median, found.latest) == (Outlook.PROJECTED, None, None)
    assert found.says == "At this pace not within ten years; by graduation with less than 1 % probability."


def test_sessions_of_four_hours_need_as_long_as_so_many_cases() -> None:
    hours, cases = looked_at(every(10, 230, "4"), "240"), looked_at(every(10, 230), "60")
    assert (hours.median, hours.earliest, hours.latest) == (cases.median, cases.earliest, cases.latest)
    part = looked_at(every(10, 230, "4"), "237")  # the last session brings more than is missing
    assert part.median == hours.median


def test_unequal_hours_are_less_certain_than_equal_ones() -> None:
    equal = every(5, 230, "4")
    unequal = [Earned(each.on, Fraction(15, 2) if n % 2 else Fraction(1, 2)) for n, each in enumerate(equal)]
    one, other = looked_at(equal, "300"), looked_at(unequal, "300")
    assert width(other) > width(one)


def test_the_last_of_unequal_entries_brings_more_than_is_missing_and_that_takes_time() -> None:
    uneven = [Earned(each.on, Fraction(7 if n % 2 else 1)) for n, each in enumerate(every(5, 230))]
    lumps = sum(each.credit**2 for each in uneven) / sum(each.credit for each in uneven)
    rate = rate_of(uneven, START, day(239))
    more = 300 - sum(each.credit for each in uneven) + (lumps - 1) / 2
    assert looked_at(uneven, "300").median == day(239 + (rate.days_until(float(more), 0.5) or 0))


def test_entries_before_logging_began_count_but_tell_nothing_of_the_pace() -> None:
    transferred = [Earned(START - timedelta(days=number)) for number in range(1, 9)]
    found = looked_at([*transferred, Earned(day(50)), Earned(day(90))], "60")
    assert found.says.startswith("Only 2 entries have counted")
    assert found.counted == 10


def test_a_probability_is_never_said_to_be_nothing_or_certain() -> None:
    said = [probability_in_words(chance) for chance in (0.0, 0.004, 0.25, 0.999, 1.0)]
    assert said == ["less than 1 %", "less than 1 %", "25 %", "more than 99 %", "more than 99 %"]


# Pace


def test_the_pace_is_held_against_the_share_of_the_program_that_has_passed() -> None:
    pace = pace_of(Fraction(27), Fraction(75), START + timedelta(days=40), START, START + timedelta(days=100))
    assert pace is not None
    assert [pace.elapsed, pace.done, pace.behind] == [Fraction(2, 5), Fraction(36, 100), 3]
    assert pace.in_words() == "At 40 % of the program: 36 % of what is needed; behind by 3 cases."


@pytest.mark.parametrize(
    ("done", "behind", "stands"),
    [
        ("30", 0, "on pace"),
        ("31", 0, "on pace"),
        ("29", 1, "behind by 1 case"),
        ("29.5", 1, "behind by 1 case"),
        ("0", 30, "behind by 30 cases"),
    ],
)
def test_behind_is_said_in_whole_cases(done: str, behind: int, stands: str) -> None:
    pace = pace_of(Fraction(done), Fraction(75), day(40), START, day(99))  # 40 of 99 days: 30.3 of 75
    assert pace is not None
    assert pace.behind == behind
    assert pace.in_words().endswith(f"; {stands}.")


def test_there_is_no_pace_before_the_program_or_without_its_dates() -> None:
    done, needed = Fraction(1), Fraction(75)
    assert pace_of(done, needed, day(-1), START, GRADUATION) is None
    assert pace_of(done, needed, day(9), None, GRADUATION) is None
    assert pace_of(done, needed, day(9), START, None) is None
    assert pace_of(done, needed, day(9), START, START) is None


# From an evaluation


def test_an_evaluated_requirement_brings_its_own_history() -> None:
    log = [*some(30), *some(5, 30, status="submitted"), *some(5, 35, role="observed")]
    result = Engine(find("abcp-pbse"), load_codes(), TODAY).evaluate(StudentFacts(), log).of("primary-cpb")
    assert [each.pending for each in history_of(result)] == [False] * 30 + [True] * 5
    found = forecast_of(result, TODAY, START, GRADUATION)
    assert found is not None
    assert [found.counted, found.pending, found.needed] == [30, 5, 70]


def test_what_counts_no_entries_has_no_forecast() -> None:
    evaluation = Engine(find("abcp-pbse"), load_codes(), TODAY).evaluate(StudentFacts(), [])
    assert forecast_of(evaluation.of("transcript"), TODAY, START, GRADUATION) is None


def test_a_number_that_is_reached_while_a_part_is_short_is_not_said_to_be_met() -> None:
    result = Engine(find("abcp-pbse"), load_codes(), TODAY).evaluate(StudentFacts(), some(70)).of("primary-cpb")
    short = replace(result, standing=Standing.NOT_MET)
    met, not_met = (forecast_of(each, TODAY, START, GRADUATION) for each in (result, short))
    assert met is not None
    assert not_met is not None
    assert (met.outlook, not_met.outlook) == (Outlook.MET, Outlook.NOT_BY_NUMBER)
    assert not_met.median is None


def test_the_documentation_states_the_numbers_of_the_model() -> None:
    text = " ".join((Path(__file__).parents[2] / "docs" / "forecast.md").read_text(encoding="utf-8").split())
    stated = (
        f"**last {model.RECENT} days**",
        f"**at most {model.EARLIER} days**",
        f"{model.BLOCKS} months of {model.BLOCK} days",
        f"weight of {model.CHANCE:.0f} months",
        f"fewer than {model.FEWEST} entries",
        f"less than {model.SHORTEST} days",
        *(f"`{outlook}`" for outlook in Outlook),
    )
    assert [words for words in stated if words not in text] == []
