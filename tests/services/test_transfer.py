"""A log arrives and leaves: all or nothing, once, and with the same content."""

import io
import json
import uuid
from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caselog.domain.case import NEEDED_TO_SUBMIT, Case
from caselog.domain.cells import FileRow
from caselog.domain.codes import Status
from caselog.domain.fields import Fault
from caselog.exports.as_csv import csv_chunks
from caselog.exports.from_csv import FileFaultError, read_csv
from caselog.services import audit
from caselog.services.actor import NotFoundError, Operator, RefusedError
from caselog.services.arrival import Arrival
from caselog.services.trail_log import acts_on
from caselog.services.transfer import NEEDED, ImportReport, export_cases, import_cases
from caselog.store.audit import AuditEntry
from caselog.store.cases import LoggedCase
from caselog.store.imports import LogImport
from caselog.store.programs import Rotation
from caselog.store.session import reading, transaction
from tests.domain import samples
from tests.support.case_files import any_cases, csv_of, nearly_csv
from tests.support.cast import GRADUATES_ON, STARTS_ON, Cast
from tests.support.clock import TestClock
from tests.support.trail import acts

OPERATOR = Operator(Cast.program.id, Cast.program.timezone)
# Each example empties the log first, so one database does for all of them.
SAME_DATABASE = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

pytestmark = pytest.mark.usefixtures("app_context")


def a_case(number: int = 1, /, **changes: Any) -> Case:
    """A submitted case that the cast's student may have."""
    given: dict[str, Any] = {"site": Cast.site.code, "preceptor": Cast.preceptor.email, "status": Status.SUBMITTED}
    return samples.a_case(number, **given | changes)


def rows(data: bytes) -> list[FileRow]:
    return read_csv(io.BytesIO(data), NEEDED)


def imported(*cases: Case, **options: Any) -> ImportReport:
    return import_cases(OPERATOR, Cast.student.id, rows(csv_of(*cases)), **options)


def exported(student: uuid.UUID = Cast.student.id) -> bytes:
    return b"".join(csv_chunks(export_cases(OPERATOR, student)))


def count(table: type[Any]) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def stored() -> dict[str, LoggedCase]:
    with reading() as session:
        found = {str(case.case_uid): case for case in session.scalars(sa.select(LoggedCase))}
        session.expunge_all()
        return found


def test_the_cases_of_a_file_stand_in_the_log() -> None:
    report = imported(a_case(1), a_case(2, status=Status.DRAFT), a_case(3, status=Status.VOID))
    assert (report.rows, report.added, report.already_there, report.bad) == (3, 3, 0, ())
    assert report.stored
    assert [case.status for case in stored().values()] == ["submitted", "draft", "void"]


def test_each_case_of_an_import_is_on_record_and_the_import_itself() -> None:
    imported(a_case(1), a_case(2), a_case(2))
    with reading() as session:
        import_id = session.scalars(sa.select(LogImport.id)).one()
    assert [(act.action, act.subject) for act in acts()] == [
        ("case.import", str(import_id)),
        ("log.import", str(Cast.student.id)),
    ]
    assert {(act.actor_id, act.way, act.about_id) for act in acts()} == {(None, "operator", Cast.student.id)}
    assert set(json.loads(acts()[0].digests)) == {
        f"logged_case {uuid.UUID(a_case(number).case_uid)}" for number in (1, 2)
    }


def test_each_imported_case_tells_once_when_it_came_however_many_entries_hold_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("caselog.services.trail._ROWS_IN_ENTRY", 2)
    imported(*map(a_case, range(1, 6)))
    assert [act.action for act in acts()] == ["case.import"] * 3 + ["log.import"]
    for number in range(1, 6):
        with reading() as session:
            told = acts_on(session, Cast.program.id, uuid.UUID(a_case(number).case_uid))
        assert [(each.words, each.way, each.at) for each in told] == [
            ("Came in with a file", "operator", acts()[0].at)
        ]


def test_an_imported_case_that_was_changed_past_the_trail_is_found() -> None:
    before = audit.verify(OPERATOR).breaks
    imported(a_case(1), a_case(2))
    assert audit.verify(OPERATOR).breaks == before
    uid = uuid.UUID(a_case(2).case_uid)
    with transaction() as session:
        session.execute(sa.update(LoggedCase).where(LoggedCase.uid == uid).values(cpb_minutes=600))
    assert [each.message for each in audit.verify(OPERATOR).breaks if each not in before] == [
        f"logged_case {uid} was changed without an entry: cpb_minutes."
    ]


def test_an_imported_case_can_be_changed_like_any_other() -> None:
    imported(a_case(1))
    with transaction() as session:
        case = session.scalars(sa.select(LoggedCase)).one()
        assert case.version == 1
        case.note = "changed"
    assert [(case.note, case.version) for case in stored().values()] == [("changed", 2)]


def test_the_same_file_twice_adds_nothing() -> None:
    imported(a_case(1), a_case(2))
    entries = count(AuditEntry)
    report = imported(a_case(1), a_case(2))
    assert (report.added, report.already_there, report.differing, report.bad) == (0, 2, (), ())
    assert count(LoggedCase) == 2
    assert count(AuditEntry) == entries


def test_rows_without_an_identifier_are_told_apart_and_known_again() -> None:
    alike = csv_of(a_case(), a_case(), a_case(note="another")).replace(a_case().case_uid.encode(), b"")
    first = import_cases(OPERATOR, Cast.student.id, rows(alike))
    again = import_cases(OPERATOR, Cast.student.id, rows(alike))
    assert (first.added, again.added, again.already_there) == (3, 0, 3)


def test_an_identifier_made_of_the_content_depends_on_student_and_content_only() -> None:
    (row,) = rows(csv_of(a_case()))
    given = {
        name: cell for name, cell in reversed(list(row.cells.items())) if name not in ("case_uid", "site_country")
    }
    import_cases(OPERATOR, Cast.student.id, [FileRow(2, given)])
    import_cases(OPERATOR, Cast.other_student.id, [FileRow(2, given)])
    assert len(stored()) == 2
    later = import_cases(OPERATOR, Cast.student.id, rows(csv_of(replace(a_case(), case_uid="", status="draft"))))
    assert (later.added, later.already_there) == (0, 1)


def test_an_identifier_may_be_written_in_capitals() -> None:
    imported(replace(a_case(), case_uid="abcdef00-0000-4000-8000-000000000001"))
    assert imported(replace(a_case(), case_uid="ABCDEF00-0000-4000-8000-000000000001")).already_there == 1


def test_a_case_that_stands_in_the_log_stays_as_it_is_and_the_report_says_what_differs() -> None:
    imported(a_case(1))
    report = imported(a_case(1, cpb_minutes=200, note="longer"), a_case(2))
    (differing,) = report.differing
    assert str(differing) == "line 2, cpb_minutes: The log has other values in cpb_minutes, note, and keeps them."
    assert (report.added, report.already_there) == (1, 1)
    assert stored()[a_case(1).case_uid].cpb_minutes == 95


def test_a_row_that_says_something_impossible_of_a_case_in_the_log_is_bad() -> None:
    imported(a_case(1))
    report = imported(a_case(1, cpb_minutes=30), a_case(2))
    (bad,) = report.bad
    assert (bad.line, bad.field) == (2, "cross_clamp_minutes")
    assert (report.already_there, report.differing, report.stored) == (0, (), False)
    assert list(stored()) == [a_case(1).case_uid]


def test_a_case_that_stands_in_the_log_may_since_have_moved_on() -> None:
    imported(a_case(1))
    with transaction() as session:
        session.execute(sa.update(LoggedCase).values(status=Status.VERIFIED))
    report = imported(a_case(1))
    assert (report.already_there, report.differing) == (1, ())
    assert stored()[a_case(1).case_uid].status == Status.VERIFIED


def test_nobody_verifies_through_a_file() -> None:
    report = imported(a_case(1, status=Status.VERIFIED), a_case(2, status=Status.RETURNED), a_case(3))
    assert (report.from_verified, report.from_returned) == (1, 1)
    assert [case.status for case in stored().values()] == ["submitted", "draft", "submitted"]


def test_a_case_that_is_handed_in_must_be_whole_and_a_draft_may_lack_anything() -> None:
    report = imported(
        Case(case_uid=a_case(1).case_uid, status=Status.DRAFT),
        Case(case_uid=a_case(2).case_uid, status=Status.VERIFIED),
    )
    assert {fault.line for fault in report.bad} == {3}
    assert [fault.field for fault in report.bad] == [
        "case_date", "site", "preceptor", "activity", "role", "setting", "age_group", "urgency",
    ]  # fmt: skip


def test_one_bad_row_keeps_out_all() -> None:
    report = imported(a_case(1), a_case(2, cross_clamp_minutes=200), a_case(3, site="elsewhere"))
    assert [str(fault).split(";")[0] for fault in report.bad] == [
        "line 3, cross_clamp_minutes: Cross-clamp time (200 min) cannot be longer than the CPB time (95 min).",
        "line 4, site: “elsewhere” is not a code for site",
    ]
    assert not report.stored
    assert count(LoggedCase) == 0


def test_bad_rows_can_be_skipped() -> None:
    report = imported(a_case(1), a_case(2, cross_clamp_minutes=200), a_case(3), skip_bad=True)
    assert (report.added, len(report.bad), report.stored) == (2, 1, True)
    assert sorted(stored()) == [a_case(1).case_uid, a_case(3).case_uid]


def test_a_dry_run_says_the_same_and_stores_nothing() -> None:
    cases = a_case(1), a_case(2, status=Status.VERIFIED), a_case(3, cross_clamp_minutes=200)
    dry = imported(*cases, skip_bad=True, dry_run=True)
    assert count(LoggedCase) == 0
    assert replace(dry, stored=True) == imported(*cases, skip_bad=True)


def test_unreadable_cells_are_reported_with_impossible_ones() -> None:
    data = csv_of(a_case(1)).replace(b"2026-03-02", b"02.03.2026").replace(b",cpb,", b",cbp,")
    report = import_cases(OPERATOR, Cast.student.id, rows(data))
    assert [(fault.line, fault.field) for fault in report.bad] == [(2, "case_date"), (2, "activity")]


def test_an_identifier_must_be_a_uuid() -> None:
    report = imported(replace(a_case(), case_uid="case-1"))
    assert [str(fault) for fault in report.bad] == [
        "line 2, case_uid: The identifier is not a UUID; leave it empty, and the case gets one of its own."
    ]


def test_one_identifier_with_two_meanings_is_reported_with_both_lines() -> None:
    report = imported(a_case(1), a_case(1, redo=True))
    (fault,) = report.bad
    assert str(fault).startswith(f"line 3, case_uid: {a_case(1).case_uid} stands on line 2 already")


def test_a_case_of_another_student_is_a_bad_row() -> None:
    imported(a_case(1))
    report = import_cases(OPERATOR, Cast.other_student.id, rows(csv_of(a_case(2), a_case(1))))
    assert [str(fault) for fault in report.bad] == [
        f"line 3, case_uid: {a_case(1).case_uid} is a case of another student; remove the row."
    ]
    assert count(LoggedCase) == 1


def test_another_program_may_have_a_case_with_the_same_identifier() -> None:
    imported(a_case(1))
    south = Operator(Cast.outsider_program.id, Cast.outsider_program.timezone)
    case = a_case(1, site="valley", site_country="DE", preceptor=Cast.outsider_preceptor.email)
    assert import_cases(south, Cast.outsider_student.id, rows(csv_of(case))).added == 1


def test_another_programs_sites_and_preceptors_are_unknown() -> None:
    report = imported(
        a_case(1, site="valley", site_country=None), a_case(2, preceptor=Cast.outsider_preceptor.email)
    )
    assert [fault.field for fault in report.bad] == ["site", "preceptor"]


def test_another_programs_student_is_nobody() -> None:
    with pytest.raises(NotFoundError):
        import_cases(OPERATOR, Cast.outsider_student.id, [])
    with pytest.raises(NotFoundError):
        import_cases(OPERATOR, Cast.preceptor.id, [])
    with pytest.raises(NotFoundError):
        list(export_cases(OPERATOR, Cast.outsider_student.id))


def test_a_preceptor_is_named_by_address_in_any_case() -> None:
    assert imported(a_case(1, preceptor=Cast.preceptor.email.upper())).added == 1
    assert stored()[a_case(1).case_uid].preceptor_id == Cast.preceptor.id


def test_a_future_case_is_one_after_the_programs_own_day(clock: TestClock) -> None:
    assert imported(a_case(1, case_date=clock.today(Cast.program.timezone))).added == 1
    assert [fault.field for fault in imported(a_case(2, case_date=date(2026, 11, 22))).bad] == ["case_date"]


def test_a_log_that_changes_meanwhile_is_not_half_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    def place_unseen(arrival: Arrival[Case], line: int, case: Case) -> list[Fault]:
        arrival.arriving[case.case_uid] = line, case
        return []

    imported(a_case(2))
    monkeypatch.setattr(Arrival, "_place", place_unseen)
    monkeypatch.setattr(Arrival, "refuse_those_of_others", lambda arrival, session: None)
    with pytest.raises(RefusedError, match="The log was changed meanwhile; nothing was added"):
        imported(a_case(1), a_case(2))
    assert list(stored()) == [a_case(2).case_uid]


def test_progress_is_told_of_every_row() -> None:
    told: list[int] = []
    imported(*(a_case(number) for number in range(450)), progress=told.append)
    assert told == [200, 200, 50]


def test_more_cases_than_one_question_to_the_database_may_name() -> None:
    cases = [a_case(number) for number in range(2_500)]
    assert imported(*cases).added == 2_500
    report = import_cases(OPERATOR, Cast.other_student.id, rows(csv_of(*cases)), skip_bad=True)
    assert (report.added, len(report.bad)) == (0, 2_500)
    assert report.bad[0].line == 2
    assert exported().count(b"\r\n") == 2_501


def empty_the_log() -> None:
    with transaction() as session:
        session.execute(sa.delete(LoggedCase))


def as_it_may_stand(case: Case) -> Case:
    """A case made possible for the cast's student: a file may bring it."""
    cpb = case.cpb_minutes
    most = {} if cpb is None else {
        name: value and min(value, cpb)
        for name in ("cross_clamp_minutes", "circulatory_arrest_minutes")
        if (value := getattr(case, name)) is not None
    }  # fmt: skip
    whole = a_case() if case.status in (Status.SUBMITTED, Status.VERIFIED) else Case()
    needed = {name: getattr(case, name) or getattr(whole, name) for name in NEEDED_TO_SUBMIT}
    site = Cast.site if case.site or whole.site else None
    preceptor = Cast.preceptor.email if case.preceptor or whole.preceptor else None
    arrives_as = {Status.VERIFIED: Status.SUBMITTED, Status.RETURNED: Status.DRAFT}
    names = {"site": site and site.code, "site_country": site and site.country, "preceptor": preceptor}
    status = arrives_as.get(Status(case.status), Status(case.status))
    return replace(case, rotation=None, **needed | most | names | {"status": status})


def test_a_log_leaves_by_date_with_its_references_spelled_out() -> None:
    with transaction() as session:
        session.add(
            Rotation(
                program_id=Cast.program.id, code="adult-1", student_id=Cast.student.id, site_id=Cast.site.id,
                starts_on=STARTS_ON, ends_on=GRADUATES_ON,
            )
        )  # fmt: skip
    full = a_case(
        1, rotation="adult-1", start_time=time(7, 30), share_percent=80, redo=True,
        procedures=("aortic_valve", "cabg"), circulatory_arrest_minutes=0, support_hours=1e-07, lowest_temp_c=28.5,
        techniques=("heparin", "nirs"), events=("vasoplegia",), note="=two\nlines, “quoted” \"twice\"",
    )  # fmt: skip
    bare = Case(case_uid=a_case(2).case_uid, status=Status.DRAFT)
    earlier = a_case(3, case_date=date(2026, 3, 1), site_country="US")
    imported(full, bare, earlier)
    assert exported() == csv_of(bare, earlier, full)


def test_a_log_without_cases_leaves_as_a_header() -> None:
    assert exported() == csv_of()


@given(st.lists(any_cases.map(as_it_may_stand), max_size=4, unique_by=lambda case: case.case_uid))
@SAME_DATABASE
def test_what_leaves_arrives_in_a_fresh_log_the_same(app_context: Flask, log: list[Case]) -> None:
    del app_context
    empty_the_log()
    assert imported(*log).added == len(log)
    left = exported()
    assert sorted(left.splitlines()) == sorted(csv_of(*log).splitlines())
    empty_the_log()
    assert import_cases(OPERATOR, Cast.student.id, rows(left)).added == len(log)
    assert exported() == left


@given(nearly_csv)
@SAME_DATABASE
def test_whatever_the_bytes_the_answer_is_a_report_or_a_message(app_context: Flask, data: bytes) -> None:
    del app_context
    empty_the_log()
    try:
        report = import_cases(OPERATOR, Cast.student.id, rows(data))
    except FileFaultError:
        assert count(LoggedCase) == 0
    else:
        assert count(LoggedCase) == (report.added if report.stored else 0)
