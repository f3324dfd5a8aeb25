"""Credits, distinct things, parts with partial credit, and floors in each year."""

from datetime import date
from fractions import Fraction

import pytest

from caselog.domain.activity import LearningActivity
from caselog.domain.counting import Judgement, settle
from caselog.domain.result import Outcome, Standing
from caselog.domain.ruleset import CountRequirement
from caselog.domain.student import StudentFacts, Waiver
from tests.domain.samples import TODAY, a_case, some, values
from tests.domain.written import a_set, asks, evaluate, kept, reasons, runs

ANY = "where = { activity = { given = true } }\n"
HALF = Fraction(1, 2)


# Points and credits from hours


def test_a_standby_is_worth_half_a_point() -> None:
    body = ANY + 'minimum = 3\ncredit = [{ where = { activity = "pump_standby" }, points = 0.5 }, { points = 1 }]'
    found = runs(body, [*some(2), *some(3, 10, activity="pump_standby")])
    assert values(found.counted, found.remaining) == (Fraction(7, 2), 0)
    assert sorted(verdict.credit for verdict in found.verdicts) == [HALF, HALF, HALF, 1, 1]


@pytest.mark.parametrize(
    ("hours", "worth"), [(None, 0), (0.0, 0), (3.9, 0), (4.0, 1), (7.9, 1), (8.0, 2), (12.0, 3), (99.0, 3)]
)
def test_a_shift_is_worth_one_for_each_four_hours_but_never_more_than_three(
    hours: float | None, worth: int
) -> None:
    body = ANY + 'minimum = 3\ncredit = [{ field = "support_hours", per = 4, at_most = 3 }]'
    found = runs(body, [a_case(activity="ecmo", support_hours=hours)])
    assert found.counted == worth
    if not worth:
        assert reasons(found) == ["worth nothing here: no step of its credit is reached"]


def test_each_step_of_hours_is_worth_its_points() -> None:
    body = ANY + 'minimum = 3\ncredit = [{ field = "support_hours", per = 4, points = 0.5 }]'
    assert runs(body, [a_case(activity="ecmo", support_hours=9.0)]).counted == 1  # two steps of half a point


def test_tenths_of_hours_add_up_exactly() -> None:
    body = ANY + 'minimum = 1\ncredit = [{ field = "support_hours" }]'
    found = runs(body, some(10, support_hours=0.1))
    assert values(found.counted, found.standing) == (1, Standing.MET)


def test_the_first_credit_that_fits_is_given_and_what_none_fits_is_worth_nothing() -> None:
    earned = '[{ where = { redo = true }, points = 2 }, { where = { activity = "cpb" }, points = 3 }]'
    found = runs(
        f"{ANY}minimum = 1\ncredit = {earned}", [a_case(1, redo=True), a_case(2), a_case(3, activity="vad")]
    )
    assert [verdict.credit for verdict in found.verdicts] == [2, 3, 0]


def test_hours_of_activities_are_counted_beside_cases_and_never_mixed_up_with_them() -> None:
    body = (
        'kind = "activities"\nwhere = { kind = "course" }\nminimum = 3\ncredit = [{ field = "units", per = 0.5 }]'
    )
    course = LearningActivity(activity_uid="a", date=TODAY, kind="course", units=1.25, status="verified")
    found = runs(body, [course, a_case()])
    assert found.counted == 2
    assert [verdict.entry.uid for verdict in found.verdicts] == ["a"]


# Distinct things


def test_what_is_counted_already_is_named_in_words() -> None:
    log = [a_case(1, rotation="first_autumn"), a_case(2, rotation="first_autumn")]
    found = runs(f'{ANY}minimum = 2\nonce_per = "rotation"', log)
    assert reasons(found) == ["first autumn is counted already"]


def test_of_cases_in_one_rotation_one_counts_and_a_case_without_rotation_does_not() -> None:
    log = [a_case(1, rotation="one"), a_case(2, rotation="one"), a_case(3, rotation="two"), a_case(4)]
    found = runs(f'{ANY}minimum = 2\nonce_per = "rotation"', log)
    assert values(found.counted, kept(found)) == (2, [1, 3])
    assert reasons(found) == ["one is counted already", "rotation is not given"]


def test_of_one_day_the_case_worth_most_counts_the_earliest_of_equals() -> None:
    body = ANY + 'minimum = 1\nonce_per = "case_date"\ncredit = [{ field = "support_hours" }]'
    found = runs(body, [a_case(1, support_hours=2.0), a_case(2, support_hours=5.0), a_case(3, support_hours=5.0)])
    assert values(found.counted, kept(found)) == (5, [2])


def test_a_verified_case_counts_before_a_better_one_that_waits() -> None:
    body = ANY + 'minimum = 9\nonce_per = "site"\ncredit = [{ field = "support_hours" }]'
    log = [a_case(1, support_hours=8.0, status="submitted"), a_case(2, support_hours=1.0)]
    found = runs(body, [*log, a_case(3, site="hill", support_hours=2.0, status="submitted")])
    assert values(found.counted, found.pending, kept(found)) == (1, 2, [2, 3])


# Parts


def parts(*bodies: str) -> str:
    return "".join(
        f'\n[[requirement.part]]\nid = "part-{n}"\ntitle = "part {n}"\n{body}\n' for n, body in enumerate(bodies)
    )


def test_a_case_over_the_room_that_is_left_counts_in_part() -> None:
    body = ANY + "minimum = 9\ncredit = [{ points = 2 }]" + parts("where = { redo = true }\nat_most = 5")
    found = runs(body, some(4, redo=True))
    assert [verdict.credit for verdict in found.verdicts] == [2, 2, 1, 0]
    assert values(found.counted, found.excess, found.parts[0].excess) == (5, 3, 3)
    assert found.verdicts[2].reason == "counts in part: over the ceiling of 5 for part 0"
    assert reasons(found) == ["over the ceiling of 5 for part 0"]


def test_what_waits_has_the_room_that_verified_cases_leave() -> None:
    body = ANY + "minimum = 9\ncredit = [{ points = 2 }]" + parts("where = { redo = true }\nat_most = 5")
    log = [*some(2, redo=True, status="submitted", case_date=date(2026, 1, 1)), *some(2, 5, redo=True)]
    found = runs(body, log)
    assert values(found.counted, found.pending, found.excess) == (4, 1, 0)


def test_a_part_under_its_floor_keeps_the_requirement_from_being_met() -> None:
    body = ANY + "minimum = 3" + parts("where = { redo = true }\nat_least = 2")
    below, at = runs(body, [*some(5), a_case(9, redo=True)]), runs(body, [*some(1), *some(2, 8, redo=True)])
    assert values(below.standing, below.remaining, below.parts[0].short) == (Standing.NOT_MET, 0, True)
    assert values(at.standing, at.parts[0].short) == (Standing.MET, False)


def test_a_case_is_of_the_first_part_that_fits_and_fills_no_other_floor() -> None:
    body = (
        ANY
        + "minimum = 0"
        + parts("where = { redo = true }\nat_least = 1", 'where = { activity = "cpb" }\nat_least = 1')
    )
    assert [part.counted for part in runs(body, [a_case(redo=True)]).parts] == [1, 0]


def test_a_ceiling_may_be_a_share_and_of_whole_cases_it_is_rounded_down() -> None:
    """At most 20 % of 12, which is 2.4: two."""
    body = ANY + "minimum = 12\n"
    ceiling = parts('where = { redo = true }\nat_most = { percent = 20, of = "base" }')
    ruleset = a_set(asks("base", body), asks("runs", body + ceiling))
    found = evaluate(ruleset, some(5, redo=True)).of("runs")
    assert values(found.parts[0].at_most, found.counted) == (2, 2)


# Each year

YEARLY = ANY + 'minimum = 0\neach_year = { at_least = 1, last_years = 3, year_starts = "07-01" }'


def test_a_floor_in_each_of_the_last_three_reporting_years() -> None:
    """On 2026-11-21 the last of them began on 2026-07-01."""
    found = runs(YEARLY, [a_case(1, case_date=date(2024, 7, 1)), a_case(2, case_date=date(2025, 6, 30))])
    assert [values(year.first, year.last, year.counted) for year in found.years] == [
        (date(2024, 7, 1), date(2025, 6, 30), 2),
        (date(2025, 7, 1), date(2026, 6, 30), 0),
        (date(2026, 7, 1), date(2027, 6, 30), 0),
    ]
    assert found.standing is Standing.NOT_MET
    log = [
        a_case(n, case_date=day) for n, day in enumerate([date(2025, 1, 1), date(2026, 6, 30), date(2026, 7, 1)])
    ]
    assert runs(YEARLY, log).standing is Standing.MET


def test_years_counted_back_from_the_day_end_on_it_and_a_leap_day_belongs_to_one_of_them() -> None:
    body = ANY + "minimum = 0\neach_year = { at_least = 1, last_years = 2 }"
    found = runs(body, as_of=date(2028, 2, 29))
    assert [(year.first, year.last) for year in found.years] == [
        (date(2026, 3, 1), date(2027, 2, 28)),
        (date(2027, 3, 1), date(2028, 2, 29)),
    ]


def test_a_pending_case_fills_no_year() -> None:
    found = runs(YEARLY, [a_case(status="submitted", case_date=TODAY)])
    assert found.years[-1].counted == 0


# Substituted entries


def granted(*uids: str, **changes: object) -> Waiver:
    values = {"requirement": "runs", "granted_by": "Dana", "reason": "Seen abroad.", "on": TODAY, "counts": uids}
    return Waiver(**{**values, **changes})  # type: ignore[arg-type]  # tests name the fields rightly


def test_an_entry_granted_counts_although_the_rule_says_no_and_says_who_granted_it() -> None:
    log = [a_case(1, role="observed"), a_case(2, role="observed")]
    found = runs(f"{ANY}minimum = 2", log, waivers=[granted(log[0].uid)])
    assert reasons(found, Outcome.COUNTED) == ["counts, as granted by Dana: Seen abroad."]
    assert reasons(found) == ["observed: only performed cases count"]


@pytest.mark.parametrize(
    "changes", [{"case_date": date(2026, 11, 22)}, {"case_date": None}, {"status": "draft"}, {"status": "void"}]
)
def test_not_even_a_grant_counts_what_is_to_come_has_no_date_or_was_never_submitted(
    changes: dict[str, object],
) -> None:
    case = a_case(1, **changes)
    assert runs(f"{ANY}minimum = 2", [case], waivers=[granted(case.uid)]).counted == 0


def test_an_entry_granted_that_earns_no_credit_is_worth_one() -> None:
    case = a_case(1, role="observed")
    body = ANY + 'minimum = 2\ncredit = [{ field = "support_hours" }]'
    assert runs(body, [case], waivers=[granted(case.uid)]).counted == 1


def test_entries_granted_without_the_value_that_counts_once_stand_for_themselves() -> None:
    log = [a_case(1), a_case(2)]
    found = runs(f'{ANY}minimum = 2\nonce_per = "rotation"', log, waivers=[granted(*(each.uid for each in log))])
    assert found.counted == 2


def test_a_submitted_entry_that_is_granted_still_waits() -> None:
    case = a_case(1, role="observed", status="submitted")
    assert runs(f"{ANY}minimum = 2", [case], waivers=[granted(case.uid)]).pending == 1


def test_under_a_ceiling_of_nothing_no_case_of_the_part_counts() -> None:
    part = '\n[[requirement.part]]\nid = "redo"\ntitle = "redo"\nwhere = { redo = true }\nat_most = "program"'
    student = StudentFacts(program_minimums={"runs.redo": 0})
    found = runs(f"{ANY}minimum = 2{part}", [a_case(1, redo=True), a_case(2)], student)
    assert found.counted == 1
    assert reasons(found) == ["over the ceiling of 0 for redo"]


def test_cases_judged_alike_are_settled_together_and_all_of_them_are_accounted_for() -> None:
    """Five cases worth 2 each under a ceiling of 5: two whole, one in part, two over it."""
    body = ANY + "minimum = 9\ncredit = [{ points = 2 }]" + parts("where = { redo = true }\nat_most = 5")
    requirement = a_set(asks("runs", body)).requirement("runs")
    assert isinstance(requirement, CountRequirement)
    alike = Judgement(Outcome.COUNTED, "counts", Fraction(2), part=0)
    (pieces,) = settle(requirement, [Fraction(5)], [(alike, 5)])
    assert [values(piece.outcome, piece.times, piece.credit) for piece in pieces] == [
        ("counted", 2, 2),
        ("counted", 1, 1),
        ("excluded", 2, 0),
    ]
    assert settle(requirement, [Fraction(4)], [(alike, 5)])[0][-1].times == 3


def test_of_cases_judged_alike_that_may_count_once_all_but_one_are_excluded() -> None:
    requirement = a_set(asks("runs", f'{ANY}minimum = 2\nonce_per = "rotation"')).requirement("runs")
    assert isinstance(requirement, CountRequirement)
    alike = Judgement(Outcome.COUNTED, "counts", once="first")
    other = Judgement(Outcome.EXCLUDED, "not redo", Fraction(0))
    found = settle(requirement, [], [(alike, 3), (other, 4)])
    assert [[values(piece.outcome, piece.times, piece.credit) for piece in pieces] for pieces in found] == [
        [("counted", 1, 1), ("excluded", 2, 0)],
        [("excluded", 4, 0)],
    ]


def test_what_waits_is_said_of_its_part_too() -> None:
    part = parts("where = { redo = true }\nat_least = 1")
    log = [a_case(1, redo=True), *some(2, 2, redo=True, status="submitted"), a_case(9, status="submitted")]
    found = runs(f"{ANY}minimum = 2{part}", log)
    assert values(found.pending, found.parts[0].counted, found.parts[0].pending) == (3, 1, 2)
