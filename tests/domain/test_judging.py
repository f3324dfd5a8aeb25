"""Windows, the student's own dates and what is not known of them, and eligibility on the case's own day."""

from datetime import date

import pytest

from caselog.domain.activity import LearningActivity
from caselog.domain.result import Outcome
from caselog.domain.student import StudentFacts
from tests.domain.samples import TODAY, a_case
from tests.domain.written import NOBODY, reasons, runs


def counts(where: str, day: date = TODAY, student: StudentFacts = NOBODY, as_of: date = TODAY) -> bool:
    return runs(f"where = {where}\nminimum = 1", [a_case(case_date=day)], student, as_of=as_of).counted == 1


@pytest.mark.parametrize(
    ("day", "inside"),
    [
        (date(2026, 6, 30), False),
        (date(2026, 7, 1), True),
        (date(2026, 11, 21), True),
        (date(2026, 11, 22), False),
    ],
)
def test_the_reporting_year_begins_on_its_day_and_holds_the_day_asked_about(day: date, inside: bool) -> None:
    assert counts('{ case_date = { year_starts = "07-01" } }', day) is inside


def test_on_its_first_day_a_reporting_year_is_one_day_long() -> None:
    where = '{ case_date = { year_starts = "07-01" } }'
    assert counts(where, date(2026, 7, 1), as_of=date(2026, 7, 1))
    assert not counts(where, date(2026, 6, 30), as_of=date(2026, 7, 1))
    assert counts(where, date(2025, 7, 1), as_of=date(2026, 6, 30))


@pytest.mark.parametrize(
    ("as_of", "first"),
    [
        (date(2026, 11, 21), date(2023, 11, 22)),
        (date(2028, 2, 29), date(2025, 3, 1)),  # 2025 has no 29 February
        (date(2027, 2, 28), date(2024, 2, 29)),
        (date(2027, 3, 1), date(2024, 3, 2)),
    ],
)
def test_the_last_three_years_begin_the_day_after_the_same_day_three_years_ago(as_of: date, first: date) -> None:
    where = "{ case_date = { last_years = 3 } }"
    assert counts(where, first, as_of=as_of)
    assert not counts(where, date.fromordinal(first.toordinal() - 1), as_of=as_of)


def test_four_years_back_from_a_leap_day_is_the_day_after_the_last_one() -> None:
    where, as_of = "{ case_date = { last_years = 4 } }", date(2028, 2, 29)
    assert not counts(where, date(2024, 2, 29), as_of=as_of)
    assert counts(where, date(2024, 3, 1), as_of=as_of)


@pytest.mark.parametrize(
    ("as_of", "first"),
    [
        (date(2028, 2, 29), date(2028, 2, 29)),
        (date(2028, 2, 28), date(2027, 2, 28)),
        (date(2027, 2, 28), date(2027, 2, 28)),  # a year without the day begins on the 28th
        (date(2027, 2, 27), date(2026, 2, 28)),
    ],
)
def test_a_year_that_starts_on_a_leap_day_starts_every_year(as_of: date, first: date) -> None:
    where = '{ case_date = { year_starts = "02-29" } }'
    assert counts(where, first, as_of=as_of)
    assert not counts(where, date.fromordinal(first.toordinal() - 1), as_of=as_of)


def test_months_are_those_of_any_year() -> None:
    where = "{ case_date = { months = [9, 10] } }"
    assert [counts(where, date(2025, month, 1)) for month in (8, 9, 10, 11)] == [False, True, True, False]


def test_from_after_until_and_before_include_the_day_or_do_not() -> None:
    day = date(2026, 3, 2)
    assert counts("{ case_date = { from = 2026-03-02, until = 2026-03-02 } }", day)
    assert not counts("{ case_date = { after = 2026-03-02 } }", day)
    assert not counts("{ case_date = { before = 2026-03-02 } }", day)
    assert counts("{ case_date = { after = 2026-03-01, before = 2026-03-03 } }", day)


# The student's own dates

GRADUATED = StudentFacts(graduated_on=date(2026, 5, 31), program_start=date(2024, 9, 1))


def test_after_graduation_is_from_the_next_day_on() -> None:
    where = '{ case_date = { after = "@graduated_on" } }'
    assert not counts(where, date(2026, 5, 31), GRADUATED)
    assert counts(where, date(2026, 6, 1), GRADUATED)


def test_since_the_programs_start_is_from_that_day_on() -> None:
    where = '{ case_date = { from = "@program_start", until = "@graduated_on" } }'
    days = [date(2024, 8, 31), date(2024, 9, 1), date(2026, 5, 31), date(2026, 6, 1)]
    assert [counts(where, day, GRADUATED) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    "where",
    [
        '{ case_date = { after = "@graduated_on" } }',
        '{ not = { case_date = { after = "@graduated_on" } } }',
        '{ not = { case_date = { after = "@graduated_on" }, redo = false } }',
        '{ not = { any = [{ case_date = { until = "@graduated_on" } }, { redo = true }] } }',
        '{ not = { not = { case_date = { after = "@graduated_on" } } } }',
        '{ student = { certified_on = { after = "@graduated_on" } } }',
        '{ not = { student = { certified_on = { after = "@graduated_on" } } } }',
    ],
)
def test_what_is_not_known_makes_neither_a_condition_nor_its_opposite_true(where: str) -> None:
    assert not counts(where)


@pytest.mark.parametrize(
    "where",
    [
        '{ any = [{ case_date = { after = "@graduated_on" } }, { redo = false }] }',
        '{ not = { case_date = { after = "@graduated_on" }, redo = true } }',
    ],
)
def test_what_is_true_whatever_is_not_known_is_true(where: str) -> None:
    assert counts(where)


def test_the_reason_says_what_is_not_known() -> None:
    found = runs('where = { case_date = { after = "@graduated_on" } }\nminimum = 1', [a_case()])
    assert reasons(found) == ["no graduation is known"]
    later = StudentFacts(graduated_on=date(2026, 11, 22))
    assert reasons(
        runs('where = { case_date = { after = "@graduated_on" } }\nminimum = 1', [a_case()], later)
    ) == ["no graduation is known"]


# Something about the student, within a condition


def test_a_case_may_count_for_who_is_enrolled_only() -> None:
    where = "{ student = { enrolled = true } }"
    assert counts(where, student=StudentFacts(enrolled=True))
    assert not counts(where, student=StudentFacts(enrolled=False))
    assert not counts(where)


def test_what_is_known_to_be_false_of_the_student_has_a_true_opposite() -> None:
    where = "{ not = { student = { enrolled = true } } }"
    assert counts(where, student=StudentFacts(enrolled=False))
    assert not counts(where, student=StudentFacts(enrolled=True))


def test_the_reason_says_that_it_is_about_the_student() -> None:
    found = runs("where = { student = { enrolled = true } }\nminimum = 1", [a_case()])
    assert reasons(found) == ["the student does not fulfil the condition"]


# Eligibility


@pytest.mark.parametrize(("affiliated", "outcome"), [(True, 1), (False, 0), (None, 0)])
def test_a_site_counts_if_it_was_affiliated_on_the_day(affiliated: bool | None, outcome: int) -> None:
    body = "where = { activity = { given = true } }\neligible = { site_affiliated = true }\nminimum = 1"
    found = runs(body, [a_case(site_affiliated=affiliated)])
    assert found.counted == outcome
    assert len(found.with_outcome(Outcome.EXCLUDED)) == 1 - outcome


def test_an_entry_without_its_day_is_excluded_in_the_words_of_its_kind() -> None:
    found = runs("where = { redo = false }\nminimum = 1", [a_case(case_date=None)])
    assert reasons(found) == ["date of the case is not given"]
    lecture = LearningActivity(activity_uid="a", kind="didactic", hours=1.0, status="verified")
    found = runs('kind = "activities"\nwhere = { kind = "didactic" }\nminimum = 1', [lecture])
    assert reasons(found) == ["date is not given"]


def test_a_case_before_all_the_years_of_a_floor_counts_and_is_of_none_of_them() -> None:
    body = "where = { redo = false }\nminimum = 1\neach_year = { at_least = 1, last_years = 2 }"
    found = runs(body, [a_case(case_date=date(2020, 1, 1))])
    assert found.counted == 1
    assert [year.counted for year in found.years] == [0, 0]
