"""A cohort's rows in any order, on pages, and its students at risk."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.at_risk import Danger, NotJudged
from caselog.domain.evaluate import Engine
from caselog.domain.result import RequirementResult, Standing
from caselog.domain.student import StudentFacts
from caselog.rules import library
from caselog.rules.codes import load_codes
from caselog.services import students_at_risk
from caselog.services.actor import NotFoundError
from caselog.services.cohort_standing import CohortRow, CohortTable, cohort_table, page_of
from caselog.services.students_at_risk import Paces, page_of_paces
from caselog.store.people import Student
from caselog.store.programs import Cohort
from caselog.store.session import transaction
from tests.support.cast import Cast
from tests.support.log import put_case

TODAY = date(2026, 11, 21)
PBSE = library.find("abcp-pbse")
RESULTS = Engine(PBSE, load_codes(), TODAY).evaluate(StudentFacts(), []).requirements
KEY = "abcp-pbse/clinical-perfusions"  # the first of the set; 75 cases


def row(name: str, result: RequirementResult | None = None, *, active: bool = True) -> CohortRow:
    results = (result or RESULTS[0], *RESULTS[1:])
    return CohortRow(uuid.uuid5(uuid.NAMESPACE_DNS, name), name, active, StudentFacts(), results)


def stands(counted: int, standing: Standing = Standing.NOT_MET, minimum: int = 75) -> RequirementResult:
    return replace(RESULTS[0], counted=Fraction(counted), standing=standing, minimum=Fraction(minimum))


def table(*rows: CohortRow) -> CohortTable:
    return CohortTable(Cohort(name="Class of 2027"), TODAY, (PBSE,), rows)


def names(found: tuple[CohortRow, ...]) -> str:
    return " ".join(each.name for each in found)


def both(found: CohortTable, key: str) -> tuple[str, str]:
    return names(found.in_order(key)), names(found.in_order(key, descending=True))


def test_by_a_requirement_who_is_least_far_comes_first() -> None:
    found = table(row("A", stands(80, Standing.MET)), row("B", stands(3)), row("C", stands(74)))
    assert both(found, KEY) == ("B C A", "A C B")


def test_far_is_what_is_missing_not_what_is_counted() -> None:
    # Five of the ten that a waiver asks for lack less than sixty of seventy-five.
    assert both(table(row("A", stands(60)), row("B", stands(5, minimum=10))), KEY) == ("A B", "B A")


def test_who_has_the_number_but_lacks_a_part_is_less_far_than_who_has_met_it() -> None:
    assert both(table(row("A", stands(75, Standing.MET)), row("B", stands(99))), KEY) == ("B A", "A B")


def test_equal_rows_stay_by_name_in_either_direction() -> None:
    found = table(row("A", stands(3)), row("B", stands(9)), row("C", stands(3)))
    assert both(found, KEY) == ("A C B", "B A C")


def test_who_is_waived_and_who_is_inactive_stands_last_in_either_direction() -> None:
    waived = stands(0, Standing.WAIVED)
    found = table(row("A", waived), row("B", active=False), row("C", stands(9)), row("D", stands(5)))
    assert both(found, KEY) == ("D C A B", "C D A B")
    assert both(found, "name") == ("A C D B", "D C A B")


def test_by_short_of_the_fewest_come_first() -> None:
    found = table(row("A"), row("B", stands(75, Standing.MET)), row("C"))
    assert found.rows[0].short_of == found.rows[1].short_of + 1
    assert both(found, "short-of") == ("B A C", "A C B")


def test_there_is_no_order_by_anything_else() -> None:
    for key in ("", "bogus", "abcp-pbse/bogus", "clinical-perfusions"):
        with pytest.raises(KeyError):
            table(row("A")).in_order(key)


def test_the_spread_of_a_column_is_that_of_the_active_students() -> None:
    found = table(row("A", stands(4)), row("B", stands(0), active=False), row("C", stands(8)))
    spread = found.column("abcp-pbse", "clinical-perfusions").spread
    assert (spread.students, spread.least, spread.median) == (2, Fraction(4), Fraction(6))
    with pytest.raises(NotFoundError):
        found.column("abcp-pbse", "bogus")


@pytest.mark.parametrize(
    ("number", "shown", "rows"), [(1, 1, "A B"), (3, 3, "E"), (0, 1, "A B"), (-2, 1, "A B"), (99, 3, "E")]
)
def test_rows_are_shown_in_pages_and_a_page_that_there_is_not_is_the_nearest(
    number: int, shown: int, rows: str
) -> None:
    page = page_of([row(name) for name in "ABCDE"], number, 2)
    assert (page.number, page.pages, page.total, names(page.rows)) == (shown, 3, 5, rows)


def test_no_rows_are_one_empty_page() -> None:
    page = page_of([], 4, 2)
    assert (page.number, page.pages, page.total, page.rows) == (1, 1, 0, ())


def facts(**changes: object) -> None:
    with transaction() as session:
        session.execute(sa.update(Student).where(Student.person_id == Cast.other_student.id).values(**changes))


def paces(cast: Cast) -> Paces:
    return Paces(cohort_table(cast.director.actor, cast.program.cohort_id))


def every(days: int, many: int) -> list[date]:
    return [TODAY - timedelta(days=days * number) for number in range(many)]


def log(cast: Cast, logged: Mapping[str, list[date]]) -> None:
    with transaction() as session:
        for who, days in logged.items():
            for day in days:
                put_case(session, cast.member(who), case_date=day)


def test_the_forecast_tells_who_will_miss_a_requirement_from_who_catches_up(
    app_context: Flask, cast: Cast
) -> None:
    # Of 637 days 446 have passed: 52 of 75 open-heart cases are asked. Ann has 30, one a day, and needs 45 more
    # in the 191 days to come; Ben has 30, one in four days.
    log(cast, {"student": every(1, 30), "other_student": every(4, 30)})
    found = paces(cast)
    page = page_of_paces(found, 1)
    told = students_at_risk.students_at_risk(cast.director.actor, found, page)
    dangers = {
        (student.name, reason.requirement): reason.danger
        for students in told.values()
        for student in students
        for reason in student.reasons
        if reason.ruleset == "accredited-minimums"
    }
    assert dangers["Ann Student", "open-heart"] is Danger.LIKELY
    assert dangers["Ben Student", "open-heart"] is Danger.AT_RISK
    # The worst reason says how the student stands: neither has a valve case at 70 % of the program.
    assert [student.name for student in told[Danger.AT_RISK]] == ["Ann Student", "Ben Student"]
    for students in told.values():
        for student in students:
            order = [list(Danger).index(reason.danger) for reason in student.reasons]
            assert order == sorted(order)
            assert student.elapsed == "At 70 % of the program."


def test_only_a_page_of_those_behind_the_pace_is_evaluated(
    app_context: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(students_at_risk, "PAGE_SIZE", 1)
    log(cast, {"student": every(4, 30)})
    found = paces(cast)
    shown = [page_of_paces(found, number) for number in (1, 2)]
    assert [(page.pages, page.total, names(page.rows)) for page in shown] == [
        (2, 2, "Ann Student"), (2, 2, "Ben Student"),
    ]  # fmt: skip
    told = students_at_risk.students_at_risk(cast.director.actor, found, shown[1])
    assert [student.name for students in told.values() for student in students] == ["Ben Student"]


def test_behind_the_pace_is_the_farthest_first_and_the_inactive_are_not_held_against_it() -> None:
    known = StudentFacts(
        program_start=TODAY - timedelta(days=500), expected_graduation=TODAY + timedelta(days=500)
    )
    met = tuple(replace(each, standing=Standing.MET) for each in RESULTS[1:])
    # Half of the program: 37 of 75 are asked, and 29 are too few.
    rows = (
        replace(row(name), facts=known, results=(stands(done), *met), active=active)
        for name, done, active in (("A", 29, True), ("B", 30, True), ("C", 0, False), ("D", 3, True))
    )
    found = Paces(table(*rows))
    assert names(page_of_paces(found, 1).rows) == "D A"
    assert (found.judged, found.inactive, found.not_judged) == (3, 1, {})


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"graduated_on": TODAY}, NotJudged.GRADUATED),
        ({"enrolled": False}, NotJudged.NOT_ENROLLED),
        ({"expected_graduation": None}, NotJudged.NO_DATES),
        ({"program_start": TODAY + timedelta(days=1)}, NotJudged.NOT_BEGUN),
    ],
)
def test_who_has_no_pace_is_named_with_the_reason(
    app_context: Flask, cast: Cast, changes: dict[str, object], why: NotJudged
) -> None:
    assert paces(cast).judged == len(paces(cast).lags) == 2
    facts(**changes)
    found = paces(cast)
    assert {key: names(tuple(rows)) for key, rows in found.not_judged.items()} == {why: "Ben Student"}
    assert list(found.lags) == [cast.student.id]
    assert found.judged == 1
