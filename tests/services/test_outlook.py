"""What lies ahead: the day and the pace that are told, the least set of next cases, and what each kind adds."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from caselog.domain.forecast import Forecast, Outlook
from caselog.domain.result import Evaluation, Standing
from caselog.services import waivers
from caselog.services.outlook import WhatNext, asked, forecast_for, fulfilled, least_sets, what_next
from caselog.services.progress import StudentProgress, student_progress
from caselog.services.waivers import WaiverDetails
from caselog.store.people import Student
from caselog.store.session import transaction
from tests.support.cast import Cast, Member
from tests.support.log import put_case
from tests.support.sets import judge_by_whole_set

pytestmark = pytest.mark.usefixtures("every_set")

TODAY = date(2026, 11, 21)


def progress_of(member: Member = Cast.student) -> StudentProgress:
    return student_progress(member.actor, member.id)


def told(ruleset: str, requirement: str, member: Member = Cast.student) -> Forecast | None:
    found = progress_of(member)
    return forecast_for(found, evaluation(found, ruleset).of(requirement))


def evaluation(found: StudentProgress, ruleset: str) -> Evaluation:
    return next(each for _, each in found.evaluations if each.ruleset.id == ruleset)


def next_of(ruleset: str, member: Member = Cast.student) -> WhatNext:
    found = what_next(member.actor, progress_of(member))
    return next(each for each in found if each.evaluation.ruleset.id == ruleset)


def log_every(days: int, times: int, **changes: Any) -> None:
    """So many cases, the last of them yesterday."""
    with transaction() as session:
        for number in range(times):
            put_case(session, **{"case_date": TODAY - timedelta(days=1 + days * number), **changes})


def graduate(on: date) -> None:
    with transaction() as session:
        row = session.get_one(Student, (Cast.program.id, Cast.student.id))
        row.graduated_on = on


def test_a_steady_log_is_told_a_day_and_its_pace(app_context: Flask, cast: Cast) -> None:
    log_every(5, 40)
    found = told("accredited-minimums", "open-heart")
    assert found is not None
    assert found.outlook is Outlook.PROJECTED
    assert (str(found.counted), str(found.needed)) == ("40", "75")
    assert found.median is not None
    # 35 more at one in five days
    assert abs((found.median - TODAY).days - 175) < 15
    assert found.pace is not None
    assert found.pace.behind == 12  # 446 of 637 days of the program ask for 52 of 75


def test_the_rate_is_told_from_the_first_entry_of_any_kind_that_was_handed_in(
    app_context: Flask, cast: Cast
) -> None:
    log_every(5, 20, procedures=("mitral_valve",))
    before = told("accredited-minimums", "valve")
    with transaction() as session:
        put_case(session, status="draft", case_date=date(2025, 10, 1))
    assert told("accredited-minimums", "valve") == before
    with transaction() as session:
        put_case(session, role="observed", case_date=date(2025, 10, 1))
    after = told("accredited-minimums", "valve")
    assert before is not None
    assert after is not None
    assert before.rate is not None
    assert after.rate is not None
    assert after.rate < before.rate


def test_what_counts_only_after_graduation_is_held_against_no_pace_before_it(
    app_context: Flask, cast: Cast
) -> None:
    log_every(5, 10)
    found = told("abcp-cape", "independent-cases")
    assert found is not None
    assert found.says == "Nothing can count as long as there is no graduation."
    assert (found.outlook, found.pace, found.by_graduation) == (Outlook.TOO_LITTLE, None, None)


def test_who_has_graduated_is_held_against_no_program(app_context: Flask, cast: Cast) -> None:
    graduate(date(2026, 8, 1))
    log_every(5, 10, role="independent")
    with transaction() as session:
        put_case(session, case_date=date(2025, 9, 10))  # the years before graduation are no slow months after it
    found = told("abcp-cape", "independent-cases")
    assert found is not None
    assert (found.outlook, found.pace, found.by_graduation) == (Outlook.PROJECTED, None, None)
    assert found.rate is not None
    assert 2.5 < found.rate < 3.5  # ten in the 112 days since graduation
    minimums = told("accredited-minimums", "open-heart")
    assert minimums is not None
    assert (minimums.pace, minimums.by_graduation) == (None, None)


def test_what_starts_to_count_later_than_the_program_has_no_share_of_it(app_context: Flask, cast: Cast) -> None:
    log_every(30, 8)  # four of them since the reporting year began on 1 July
    of_the_year, of_the_program = (
        told(*name)
        for name in (("abcp-recertification", "clinical-activities"), ("accredited-minimums", "open-heart"))
    )
    assert of_the_year is not None
    assert of_the_program is not None
    assert (of_the_year.outlook, of_the_year.pace) == (Outlook.PROJECTED, None)
    assert of_the_program.pace is not None


def test_nothing_is_told_of_what_is_waived_or_counts_no_entries(app_context: Flask, cast: Cast) -> None:
    assert told("abcp-pbse", "transcript") is None
    assert told("accredited-minimums", "valve") is not None
    details = WaiverDetails(
        ruleset="accredited-minimums", requirement="valve", reason="Trained elsewhere.", until=date(2027, 1, 1)
    )
    rulesets = [each.ruleset for _, each in progress_of().evaluations]
    waivers.grant(cast.director.actor, cast.student.id, details, rulesets)
    assert told("accredited-minimums", "valve") is None


def test_the_least_set_is_asked_for_each_set_that_is_open(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        for _ in range(75):
            put_case(session)
        for _ in range(8):
            put_case(session, age_group="infant", role="observed")
        put_case(session, age_group="infant", role="observed", status="submitted")
    found = least_sets(cast.student.actor, progress_of())["barry-graduation"]
    assert (found.total, found.in_words(), found.proven, found.waiting) == (1, "1 observed pediatric", True, 1)
    with transaction() as session:
        for _ in range(2):
            put_case(session, age_group="infant", role="observed")
    assert "barry-graduation" not in least_sets(cast.student.actor, progress_of())


def test_a_table_says_what_each_kind_adds_the_most_wanted_first(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        for _ in range(75):
            put_case(session)
    found = next_of("barry-graduation")
    assert [column.requirement.id for column in found.columns] == ["adult-bypass", "pediatric-bypass"]
    rows = {row.kind.id: [*map(int, row.gains), row.wanted] for row in found.rows}
    assert rows["adult-cabg"] == [1, 0, 0]
    assert rows["observed-pediatric"] == [0, 1, 1]
    assert rows["first-assistant"] == [0, 0, 0]
    assert [row.wanted for row in found.rows] == sorted((row.wanted for row in found.rows), reverse=True)
    assert {row.kind.id for row in found.rows[:2]} == {"observed-pediatric", "pediatric-congenital"}
    assert found.least.total == 10


def test_a_set_that_counts_no_cases_has_no_columns(app_context: Flask, cast: Cast) -> None:
    found = next_of("ecmo-specialist-wa")
    assert found.columns == ()
    assert {each.reason for each in found.least.unmended} == {"learning activities count, not cases"}


def test_inner_sets_have_their_columns_too(app_context: Flask, cast: Cast) -> None:
    columns = [(column.ruleset.id, column.requirement.id) for column in next_of("ccp-eligibility").columns]
    assert ("abcp-pbse", "ecmo-or-vad") in columns
    assert ("accredited-minimums", "valve") in columns
    assert len(columns) == len(set(columns))


@pytest.mark.parametrize(("who", "there"), [("student", True), ("outsider_student", False)])
def test_before_the_first_case_the_programs_own_country_decides(
    app_context: Flask, cast: Cast, who: str, there: bool
) -> None:
    # The board counts cases in the US and Canada; the other program's only site is in Germany.
    columns = [column.requirement.id for column in next_of("abcp-pbse", cast.member(who)).columns]
    assert ("clinical-perfusions" in columns) is there
    assert "pediatric-cpb" in columns


def test_members_of_a_group_are_asked_for_through_it(app_context: Flask, cast: Cast) -> None:
    judge_by_whole_set()
    found = evaluation(progress_of(), "whole-set")
    names = [each.requirement.id for each in asked(found)]
    assert "either" in names
    assert not {"valve", "rotations"} & {*names}
    assert fulfilled(found.requirements) == sum(
        each.standing in (Standing.MET, Standing.WAIVED) for each in found.requirements
    )
