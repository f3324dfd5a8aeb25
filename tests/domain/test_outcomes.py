"""The arithmetic of the yearly report: who is asked, over which years, and what follows from what is not known."""

from datetime import date
from itertools import count

import pytest

from caselog.domain.outcomes import (
    Alumnus,
    Asked,
    Exam,
    GraduateOutcome,
    Leaving,
    Measure,
    Placement,
    Share,
    Verdict,
    figure,
    share_of,
)
from caselog.domain.ruleset import Source

SOURCE = Source("A page", "board.example/page", date(2026, 11, 22))
NUMBERS = count()


def measure(asks: Asked, percent: int = 70, years: int = 3) -> Measure:
    return Measure(asks, asks, asks, "as asked", percent, years, SOURCE, "as counted")


def graduate(year: int = 2025, **known: object) -> Alumnus:
    return person(year, year, **known)


def person(due: int, graduated: int | None, **known: object) -> Alumnus:
    number = next(NUMBERS)
    return Alumnus(str(number), f"Person {number}", due, graduated, GraduateOutcome(**known))  # type: ignore[arg-type]  # as the caller says


def nobody(people: int) -> tuple[Alumnus, ...]:
    return tuple(graduate() for _ in range(people))


@pytest.mark.parametrize(
    ("yes", "no", "missing", "percent", "verdict"),
    [
        (7, 3, 0, 70, Verdict.MET),  # exactly at the threshold
        (69, 31, 0, 70, Verdict.NOT_MET),  # one below it
        (2, 1, 0, 67, Verdict.NOT_MET),  # 66.67 is not 67
        (1, 1, 0, 50, Verdict.MET),
        (0, 0, 0, 50, Verdict.UNKNOWN),  # nobody
        (0, 0, 3, 50, Verdict.UNKNOWN),  # nobody is known
        (8, 1, 1, 80, Verdict.MET),  # whatever the missing one says
        (7, 2, 1, 80, Verdict.UNKNOWN),  # the missing one decides
        (6, 3, 1, 80, Verdict.NOT_MET),  # the missing one cannot help
        (7, 2, 1, 70, Verdict.MET),
        (1, 0, 1, 50, Verdict.MET),
        (0, 4, 0, 50, Verdict.NOT_MET),
    ],
)
def test_a_verdict_is_given_only_where_the_missing_answers_cannot_change_it(
    yes: int, no: int, missing: int, percent: int, verdict: Verdict
) -> None:
    assert Share(yes, no, nobody(missing)).against(percent) is verdict


def test_a_share_is_of_those_who_are_known_and_never_rounded_up_to_a_threshold() -> None:
    assert Share(2, 1).percent == 66.6
    assert Share(6999, 3001).percent == 69.9
    assert Share(7, 3, nobody(5)).percent == 70.0
    assert Share(0, 0, nobody(5)).percent is None


@pytest.mark.parametrize("asks", [Asked.PBSE, Asked.CAPE])
def test_who_passed_at_any_attempt_passed_and_who_did_not_sit_did_not(asks: Asked) -> None:
    said = (Exam.PASSED_FIRST, Exam.PASSED_LATER, Exam.NOT_PASSED, Exam.NOT_TAKEN, None)
    people = [person(2025, 2025, **{str(asks): exam}) for exam in said]
    assert share_of(asks, people) == Share(2, 2, (people[-1],))


def test_one_examination_says_nothing_of_the_other() -> None:
    (one,) = people = [graduate(pbse=Exam.PASSED_FIRST)]
    assert share_of(Asked.PBSE, people) == Share(1, 0)
    assert share_of(Asked.CAPE, people) == Share(0, 0, (one,))


def test_work_in_the_field_study_and_service_are_placements() -> None:
    people = [graduate(placement=each) for each in (*Placement, None)]
    assert share_of(Asked.PLACEMENT, people) == Share(3, 2, (people[-1],))


def test_who_graduated_stayed_who_left_did_not_and_who_is_still_there_is_not_known() -> None:
    gone = person(2025, None, left_on=date(2024, 3, 1), left_why=Leaving.ACADEMIC)
    still_there = person(2025, None)
    late = person(2025, 2026)
    assert share_of(Asked.RETENTION, [gone, still_there, late]) == Share(1, 1, (still_there,))


def test_graduates_count_in_the_year_of_their_graduation_and_the_admitted_in_that_of_their_class() -> None:
    late = person(2025, 2026, pbse=Exam.PASSED_FIRST)
    for asks, year in ((Asked.PBSE, 2026), (Asked.RETENTION, 2025)):
        assert figure(measure(asks, years=1), [late], year).pooled == Share(1, 0)
        assert figure(measure(asks, years=1), [late], 4051 - year).pooled == Share(0, 0)


def test_who_did_not_graduate_is_in_no_measure_of_graduates() -> None:
    gone = person(2025, None, left_on=date(2024, 3, 1), left_why=Leaving.PERSONAL)
    for asks in (Asked.PBSE, Asked.CAPE, Asked.PLACEMENT):
        assert figure(measure(asks), [gone], 2025).pooled == Share(0, 0)


@pytest.mark.parametrize(("year", "counted"), [(2022, 0), (2023, 1), (2024, 1), (2025, 1), (2026, 0)])
def test_a_window_of_three_years_has_three_years(year: int, counted: int) -> None:
    found = figure(measure(Asked.CAPE), [graduate(year, cape=Exam.PASSED_FIRST)], 2025)
    assert (found.first, found.last) == (2023, 2025)
    assert found.pooled.yes == counted


def test_the_years_are_pooled_so_that_each_graduate_weighs_the_same() -> None:
    few = [graduate(2024, pbse=Exam.NOT_PASSED)]
    many = [graduate(2025, pbse=Exam.PASSED_FIRST) for _ in range(4)]
    found = figure(measure(Asked.PBSE), [*few, *many], 2025)
    assert found.pooled.percent == 80  # the mean of the years would be 50
    assert found.verdict is Verdict.MET
    assert [(year, share.percent) for year, share in found.by_year] == [(2023, None), (2024, 0), (2025, 100)]
    assert found.nobody_in == (2023,)


def test_a_program_without_graduates_has_not_enough_data() -> None:
    found = figure(measure(Asked.PLACEMENT, years=1), [], 2025)
    assert found.verdict is Verdict.UNKNOWN
    assert found.nobody_in == (2025,)
