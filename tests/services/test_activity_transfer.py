"""A student's learning activities arrive and leave as files, as cases do."""

import io
import uuid
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from caselog.domain.activity import COLUMNS, NEEDED_TO_SUBMIT, LearningActivity
from caselog.domain.cells import FileRow
from caselog.exports.as_csv import csv_chunks
from caselog.exports.from_csv import FileFaultError, read_csv
from caselog.exports.table import ACTIVITIES
from caselog.services.actor import NotFoundError, Operator
from caselog.services.transfer import NEEDED_OF_ACTIVITIES, ImportReport, export_activities, import_activities
from caselog.store.activities import LoggedActivity
from caselog.store.session import reading, transaction
from tests.support import activities
from tests.support.cast import Cast
from tests.support.log import put_case
from tests.support.trail import acts

OPERATOR = Operator(Cast.program.id, Cast.program.timezone)

pytestmark = pytest.mark.usefixtures("app_context")


def an_activity(number: int = 1, /, **changes: Any) -> LearningActivity:
    return replace(activities.ACTIVITY, activity_uid=f"00000000-0000-4000-8000-{number:012d}", **changes)


def csv_of(*log: LearningActivity) -> bytes:
    return b"".join(csv_chunks([[getattr(each, name) for name in COLUMNS] for each in log], ACTIVITIES))


def rows(data: bytes) -> list[FileRow]:
    return read_csv(io.BytesIO(data), NEEDED_OF_ACTIVITIES, ACTIVITIES)


def imported(*log: LearningActivity, **options: Any) -> ImportReport:
    return import_activities(OPERATOR, Cast.student.id, rows(csv_of(*log)), **options)


def exported(student: uuid.UUID = Cast.student.id) -> bytes:
    return b"".join(csv_chunks(export_activities(OPERATOR, student), ACTIVITIES))


def statuses() -> list[str]:
    with reading() as session:
        return list(session.scalars(sa.select(LoggedActivity.status).order_by(LoggedActivity.activity_uid)))


def test_the_file_is_as_the_domain_says() -> None:
    header, line, rest = csv_of(an_activity()).split(b"\r\n")
    assert header.decode() == "activity_uid,date,kind,title,hours,units,category,provider,supervisor,status"
    assert line.decode() == (
        "00000000-0000-4000-8000-000000000001,2026-10-12,wet_lab,Emergency water drill,2.5,3,I,Test Society,"
        "pat.preceptor@north.example,submitted"
    )
    assert rest == b""


def test_what_leaves_arrives_the_same_by_date_and_formulas_are_only_shown() -> None:
    bare = LearningActivity(activity_uid=an_activity(2).uid)
    odd = an_activity(
        3, date=date(2026, 1, 1), title="=1+1", category="-I", provider='@home, “quoted” "twice"', hours=1e-07
    )
    assert imported(an_activity(1), bare, odd).added == 3
    left = exported()
    assert left == csv_of(bare, odd, an_activity(1))
    assert b"'=1+1" in left
    with transaction() as session:
        session.execute(sa.delete(LoggedActivity))
    assert import_activities(OPERATOR, Cast.student.id, rows(left)).added == 3
    assert exported() == left


def test_nobody_verifies_through_a_file_and_the_same_file_twice_adds_nothing() -> None:
    log = [an_activity(1, status="verified"), an_activity(2, status="returned"), an_activity(3, status="draft")]
    report = imported(*log)
    assert (report.added, report.from_verified, report.from_returned) == (3, 1, 1)
    assert statuses() == ["submitted", "draft", "draft"]
    again = imported(*log)
    assert (again.added, again.already_there, again.differing) == (0, 3, ())
    with reading():
        entry = acts()[-1]
    assert (entry.action, entry.subject) == ("log.import", str(Cast.student.id))


def test_rows_without_an_identifier_are_told_apart_and_known_again() -> None:
    alike = csv_of(an_activity(), an_activity(), an_activity(title="another")).replace(
        an_activity().uid.encode(), b""
    )
    first = import_activities(OPERATOR, Cast.student.id, rows(alike))
    again = import_activities(OPERATOR, Cast.student.id, rows(alike))
    assert (first.added, again.added, again.already_there) == (3, 0, 3)


def test_one_bad_row_keeps_out_all_and_can_be_skipped() -> None:
    log = [
        an_activity(1), an_activity(2, kind="party"), an_activity(3, supervisor=Cast.outsider_preceptor.email),
        replace(an_activity(), activity_uid="one"),
    ]  # fmt: skip
    report = imported(*log)
    assert not report.stored
    assert [str(fault).split(";")[0] for fault in report.bad] == [
        "line 3, kind: “party” is not a code for kind",
        "line 4, supervisor: “otto.outsider@south.example” is not a code for supervisor",
        "line 5, activity_uid: The identifier is not a UUID",
    ]
    assert statuses() == []
    assert imported(*log, dry_run=True, skip_bad=True).added == 1
    assert statuses() == []
    assert imported(*log, skip_bad=True).stored
    assert statuses() == ["submitted"]


def test_what_is_handed_in_must_be_whole() -> None:
    report = imported(LearningActivity(activity_uid=an_activity().uid, status="submitted"))
    assert tuple(fault.field for fault in report.bad) == NEEDED_TO_SUBMIT


def test_an_activity_that_stands_in_the_log_stays_as_it_is() -> None:
    imported(an_activity())
    (differing,) = imported(an_activity(hours=9.0)).differing
    assert str(differing) == "line 2, hours: The log has other values in hours, and keeps them."


def test_an_identifier_of_another_student_is_a_bad_row_and_one_of_a_case_is_none() -> None:
    imported(an_activity())
    report = import_activities(OPERATOR, Cast.other_student.id, rows(csv_of(an_activity())))
    assert [str(fault) for fault in report.bad] == [
        f"line 2, activity_uid: {an_activity().uid} is an activity of another student; remove the row."
    ]
    with transaction() as session:
        case_uid = put_case(session, Cast.other_student)
    assert imported(replace(an_activity(), activity_uid=str(case_uid))).added == 1


def test_a_supervisor_is_named_by_address_in_any_case() -> None:
    assert imported(an_activity(supervisor=Cast.director.email.upper())).added == 1


def test_a_file_of_cases_is_no_file_of_activities() -> None:
    with pytest.raises(FileFaultError, match="line 1: There is no column “case_uid”"):
        rows(b"case_uid,case_date,status\r\n")
    with pytest.raises(FileFaultError, match="The header lacks date, kind, title, supervisor, status"):
        rows(b"activity_uid,hours\r\n")


def test_another_programs_student_is_nobody() -> None:
    with pytest.raises(NotFoundError):
        import_activities(OPERATOR, Cast.outsider_student.id, [])
    with pytest.raises(NotFoundError):
        list(export_activities(OPERATOR, Cast.outsider_student.id))
