"""The yearly report over the database: who is in it, what is counted, and that it agrees with the cohort's page."""

import csv
import hashlib
import io
import uuid
from datetime import date
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.export import FULL, Dates, Precision, Sites, Use
from caselog.domain.outcomes import Exam, GraduateOutcome, Leaving, Placement, Verdict
from caselog.extensions import db
from caselog.services import export_policy, issuing, outcomes, report_files
from caselog.services.actor import NotFoundError
from caselog.services.cohort_standing import cohort_table
from caselog.services.outcomes import RefusedOutcomeError
from caselog.services.report_files import graduates_sheet, make_csv, make_workbook, measures_sheet
from caselog.services.yearly_report import yearly_report
from caselog.store.audit import AuditEntry
from caselog.store.cases import LoggedCase
from caselog.store.session import transaction
from tests.support.cast import Cast
from tests.support.graduates import BEGAN, GRADUATED, put_class, put_graduate
from tests.support.log import put_case

DIRECTOR = Cast.director.actor
PASSED = GraduateOutcome(
    pbse=Exam.PASSED_FIRST, pbse_passed_on=date(2025, 4, 19), cape=Exam.PASSED_LATER, placement=Placement.EMPLOYED
)
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def log(student_id: uuid.UUID, **changes: Any) -> None:
    with transaction() as session:
        put_case(session, student_id=student_id, case_date=date(2025, 3, 1), **changes)


def test_cases_are_those_that_are_verified_and_clinical_by_part_and_category(app_context: Flask) -> None:
    put_class()
    gwen = put_graduate("Gwen Graduate", PASSED)
    log(gwen)
    log(gwen, role="independent", procedures=("aortic_valve", "mitral_valve"), urgency="emergent")
    log(gwen, role="first_assistant", age_group="infant")
    log(gwen, role="observed", activity="ecmo")
    log(gwen, status="submitted")
    log(gwen, setting="simulation")
    (row,) = yearly_report(DIRECTOR).graduates
    assert {name: number for name, number in row.cases.items() if number} == {
        "cases-performed": 2, "open-heart-performed": 2, "valve-performed": 1, "emergency-performed": 1,
        "complex-performed": 1, "cases-assisted": 1, "open-heart-assisted": 1, "pediatric-assisted": 1,
        "cases-observed": 1,
    }  # fmt: skip


def test_the_minimums_are_those_of_the_cohorts_own_page(app_context: Flask) -> None:
    cohort_id = put_class()
    gwen = put_graduate("Gwen Graduate")
    report = yearly_report(DIRECTOR)
    (row,) = cohort_table(DIRECTOR, cohort_id).rows
    assert (report.graduates[0].student_id, report.graduates[0].short_of) == (gwen, row.short_of)
    assert row.short_of > 0
    assert (report.met, report.judged) == (0, 1)
    assert report.graduates[0].not_set == 3  # numbers that the program has not set


def test_the_report_is_of_one_year_and_begins_with_the_last_that_is_over(app_context: Flask) -> None:
    put_class()
    put_graduate("Gwen Graduate")
    put_graduate("Next Graduate", graduated_on=date(2026, 1, 15))
    put_graduate("Future Graduate", graduated_on=date(2026, 12, 24))  # after today
    put_graduate("Gone Student", GraduateOutcome(left_on=date(2024, 3, 1), left_why=Leaving.OTHER), None)
    assert [each.name for each in yearly_report(DIRECTOR).graduates] == ["Gwen Graduate"]
    latest = yearly_report(DIRECTOR, 2026)
    assert [each.name for each in latest.graduates] == ["Next Graduate"]
    assert latest.years == [2026, 2025]
    for strange in (2027, 1990):
        with pytest.raises(NotFoundError):
            yearly_report(DIRECTOR, strange)


def test_figures_name_whom_they_miss_and_take_nobody_of_another_program(app_context: Flask) -> None:
    put_class()
    put_graduate("Gwen Graduate", PASSED)
    unknown = put_graduate("Hugo Graduate", GraduateOutcome(pbse=Exam.NOT_PASSED))
    put_graduate("Gone Student", GraduateOutcome(left_on=date(2024, 3, 1), left_why=Leaving.OTHER), None)
    report = yearly_report(DIRECTOR)
    pbse, cape, retention, placement = report.figures
    assert (pbse.pooled.yes, pbse.pooled.no, pbse.pooled.missing, pbse.verdict) == (1, 1, (), Verdict.NOT_MET)
    assert [each.name for each in cape.pooled.missing] == ["Hugo Graduate"]
    assert (retention.pooled.yes, retention.pooled.no, retention.verdict) == (2, 1, Verdict.MET)
    assert placement.verdict is Verdict.UNKNOWN
    assert unknown in report.named
    assert Cast.student.id not in report.named  # whose class is still to graduate
    assert yearly_report(Cast.outsider_director.actor).named == frozenset()
    with pytest.raises(NotFoundError):
        yearly_report(Cast.student.actor)


@ON_SQLITE
def test_an_outcome_that_cannot_be_is_refused_at_its_field(app_context: Flask) -> None:
    put_class()
    gwen = put_graduate("Gwen Graduate")
    for field, outcome in (
        ("pbse_passed_on", GraduateOutcome(pbse=Exam.PASSED_FIRST, pbse_passed_on=date(2026, 11, 22))),
        ("cape_passed_on", GraduateOutcome(cape=Exam.PASSED_FIRST, cape_passed_on=date(2023, 8, 31))),
        ("placed_on", GraduateOutcome(placement=Placement.EMPLOYED, placed_on=date(2205, 7, 1))),
        ("left_on", GraduateOutcome(left_on=BEGAN, left_why=Leaving.OTHER)),  # who graduated
    ):
        with pytest.raises(RefusedOutcomeError) as caught:
            outcomes.record_outcome(DIRECTOR, gwen, outcome)
        assert caught.value.field == field
    assert outcomes.student_outcome(DIRECTOR, gwen).by is None


@ON_SQLITE
def test_only_directors_of_the_program_enter_outcomes_and_the_trail_says_so(app_context: Flask) -> None:
    put_class()
    gwen = put_graduate("Gwen Graduate")
    for actor in (Cast.student.actor, Cast.preceptor.actor, Cast.outsider_director.actor):
        with pytest.raises(NotFoundError):
            outcomes.record_outcome(actor, gwen, PASSED)
    outcomes.record_outcome(DIRECTOR, gwen, GraduateOutcome(pbse=Exam.NOT_PASSED))
    outcomes.record_outcome(DIRECTOR, gwen, PASSED)
    found = outcomes.student_outcome(DIRECTOR, gwen)
    assert (found.outcome, found.by) == (PASSED, Cast.director.name)
    acts = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "outcome.record")).all()
    assert [(each.actor_id, each.about_id) for each in acts] == [(Cast.director.id, gwen)] * 2
    assert all("recorded_outcome" in each.digests for each in acts)


@ON_SQLITE
def test_the_workbook_holds_what_the_page_says_typed_and_its_record_has_its_digest(app_context: Flask) -> None:
    put_class()
    gwen = put_graduate("Gwen Graduate", PASSED)
    put_graduate("=cmd()", GraduateOutcome())
    log(gwen)
    report = yearly_report(DIRECTOR)
    made = make_workbook(DIRECTOR, report, "for the accreditors")
    book = openpyxl.load_workbook(io.BytesIO(made.content))
    assert book.sheetnames == ["Graduates", "Thresholds", "About"]
    rows: list[list[Any]] = [[cell.value for cell in row] for row in book["Graduates"].iter_rows()]
    header, first, second, sums = rows
    graduate = dict(zip(header, second, strict=True))
    assert first[0] == "=cmd()"
    assert book["Graduates"]["A2"].data_type == "s"
    assert graduate["graduate"] == "Gwen Graduate"
    assert graduate["graduated_on"].date() == GRADUATED
    assert (graduate["open_heart_performed"], graduate["minimums_met"]) == (1, "no")
    assert graduate["pbse"] == "Passed at the first attempt"
    assert sums[header.index("cases_performed")] == 1
    standing = {row[0].value: row[8].value for row in book["Thresholds"].iter_rows(min_row=2)}
    assert standing == {
        "PBSE passed": "not enough data", "CAPE passed": "not enough data", "Retention": "met",
        "Placement": "not enough data",
    }  # fmt: skip
    (issued,) = issuing.issued_of(DIRECTOR)
    assert issued.made
    assert issued.made.sha256 == hashlib.sha256(made.content).hexdigest()
    assert (issued.issue.use, issued.issue.reason, issued.made.cases) == (Use.REPORT, "for the accreditors", 1)
    about = {row[0].value: row[1].value for row in book["About"].iter_rows()}
    assert str(about["Verification code"]).replace("-", "") == issued.code
    looked = db.session.scalars(sa.select(AuditEntry.about_id).where(AuditEntry.action == "report.export"))
    assert set(looked) == report.named


@ON_SQLITE
def test_a_csv_guards_text_and_leaves_as_exactly_as_the_program_lets_it(app_context: Flask) -> None:
    put_class()
    put_graduate("=cmd()", PASSED)
    export_policy.set_precisions(DIRECTOR, {Use.REPORT: Precision(Dates.MONTH, Sites.NAME)})
    made = make_csv(DIRECTOR, yearly_report(DIRECTOR), "graduates", "why")
    assert made.filename == "yearly-report-2025-graduates.csv"
    row, _ = csv.DictReader(io.StringIO(made.content.decode(), newline=""))
    assert (row["graduate"], row["graduated_on"], row["pbse_passed_on"]) == ("'=cmd()", "2025-05", "2025-04")
    assert row["cape_passed_on"] == ""
    with pytest.raises(NotFoundError):
        make_csv(Cast.preceptor.actor, yearly_report(DIRECTOR), "graduates", "why")


@ON_SQLITE
def test_every_row_of_a_sheet_is_as_wide_as_its_header(app_context: Flask) -> None:
    put_class()
    put_graduate("Gwen Graduate", PASSED)
    report = yearly_report(DIRECTOR)
    for sheet in (graduates_sheet(report, FULL), measures_sheet(report)):
        assert {len(row) for row in sheet.rows} == {len(sheet.columns)}
    assert [row[0] for row in measures_sheet(report).rows] == [each.title for each in report.thresholds.measures]
    assert report_files.VERDICT_WORDS.keys() == set(Verdict)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LoggedCase)) == 0
