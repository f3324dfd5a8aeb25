"""What leaves comes back the same: a log in each format, into another program that has its sites and people.

A format is one line of FORMATS: how a log is written, and how its file is brought in. An import stores what nobody but
a reviewer says as what it was before: verified as submitted, returned as a draft.
"""

import io
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st

from caselog import clock
from caselog.domain.activity import LearningActivity
from caselog.domain.case import Case
from caselog.domain.codes import CLOSED_LISTS, Status
from caselog.domain.export import Format, Use
from caselog.exports import table
from caselog.exports.as_csv import csv_chunks
from caselog.exports.from_csv import FileFaultError, read_csv
from caselog.services import audit, export_making, importing, review
from caselog.services.actor import Operator
from caselog.services.archive_restore import restore
from caselog.services.arrival import ImportReport
from caselog.services.confirming import confirm_texts
from caselog.services.importing import Asked
from caselog.services.issuing import Issue
from caselog.services.kinds import ACTIVITIES, CASES
from caselog.services.operator import create_program
from caselog.services.review import Decision
from caselog.services.transfer import (
    NEEDED,
    NEEDED_OF_ACTIVITIES,
    export_activities,
    export_cases,
    import_activities,
    import_cases,
)
from caselog.store.activities import LoggedActivity
from caselog.store.cases import LoggedCase
from caselog.store.people import Person, PreceptorSite, Student
from caselog.store.programs import Cohort, Site
from caselog.store.role_checks import RoleCheck
from caselog.store.session import reading, transaction
from tests.support.case_files import any_cases
from tests.support.cast import AFFILIATED_FROM, GRADUATES_ON, STARTS_ON, Cast, fixed_id
from tests.support.log import put_rotation
from tests.support.profiles import examples
from tests.support.record import OPERATOR, archived, empty_log, record_in

Log = tuple[list[Case], list[LearningActivity]]
_ARRIVES_AS = {Status.VERIFIED: Status.SUBMITTED, Status.RETURNED: Status.DRAFT}
_ROTATION = "fall-2026"
_CHOSEN = ("role", "setting", "age_group", "urgency")


def _csv(there: Operator, _log: Log) -> Iterator[ImportReport]:
    cases = b"".join(csv_chunks(export_cases(OPERATOR, Cast.student.id)))
    activities = b"".join(csv_chunks(export_activities(OPERATOR, Cast.student.id), table.ACTIVITIES))
    yield import_cases(there, Cast.student.id, read_csv(io.BytesIO(cases), NEEDED), texts_checked=True)
    rows = read_csv(io.BytesIO(activities), NEEDED_OF_ACTIVITIES, table.ACTIVITIES)
    yield import_activities(there, Cast.student.id, rows, texts_checked=True)


def _spreadsheet(format_: Format) -> bytes:
    wanted = Issue(use=Use.SPREADSHEET, format=format_, student_id=Cast.student.id)
    return b"".join(export_making.make(OPERATOR, wanted).chunks)


def _brought_in(write: Callable[[], bytes]) -> Callable[[Operator, Log], Iterator[ImportReport]]:
    """The way of the import page, with nothing said of columns or words."""

    def load(there: Operator, log: Log) -> Iterator[ImportReport]:
        data = write()
        for noun, entries in zip(importing.KINDS, log, strict=True):
            if not entries:
                with pytest.raises(FileFaultError, match=r"has no rows|holds no"):
                    importing.receive(data, noun)
                continue
            sheet = importing.receive(data, noun).sheet
            asked = Asked(texts_checked=True)
            yield importing.bring_in(there, Cast.student.id, sheet, noun, asked, good_only=False).report

    return load


FORMATS: Mapping[str, Callable[[Operator, Log], Iterator[ImportReport]]] = {
    "csv": _csv,
    "xlsx": _brought_in(lambda: _spreadsheet(Format.XLSX)),
    "json": _brought_in(archived),
    "json rows": _brought_in(lambda: _spreadsheet(Format.JSON)),
}


def _possible(case: Case, number: int) -> Case:
    """A case that the cast's student can have, as near to any case as that allows."""
    bypass = max(case.cpb_minutes or 0, case.cross_clamp_minutes or 0, case.circulatory_arrest_minutes or 0)
    whole: dict[str, Any] = {}
    if case.status not in (Status.DRAFT, Status.VOID):
        whole = {
            name: getattr(case, name) or codes[number % len(codes)]
            for name, codes in ((name, tuple(CLOSED_LISTS[name])) for name in _CHOSEN)
        }
        whole |= {"activity": case.activity or "cpb", "case_date": case.case_date or STARTS_ON}
    return replace(
        case,
        site=Cast.site.code,
        site_country=Cast.site.country,
        preceptor=Cast.preceptor.email,
        rotation=_ROTATION if number % 2 else None,
        cpb_minutes=bypass if case.cpb_minutes is not None else None,
        note=case.note.strip() if case.note.isascii() and not any(map(str.isdigit, case.note)) else "",
        **whole,
    )


@st.composite
def logs(draw: st.DrawFn) -> Log:
    cases = draw(st.lists(any_cases, max_size=5, unique_by=lambda case: case.case_uid))
    activities = draw(
        st.lists(
            st.builds(
                LearningActivity,
                activity_uid=st.uuids().map(str),
                date=st.just(STARTS_ON),
                kind=st.sampled_from(tuple(CLOSED_LISTS["kind"])),
                title=st.sampled_from(
                    ["=1+1", "'=1+1", "''-5", "Oxygenators, “new”", "-5", "00471", "1e3", "yes"]
                ),
                hours=st.none() | st.floats(0, 100),
                units=st.none() | st.floats(0, 100),
                category=st.none() | st.just("+I"),
                provider=st.none() | st.just("@society"),
                supervisor=st.just(Cast.preceptor.email),
                status=st.sampled_from(tuple(Status)),
            ),
            max_size=3,
            unique_by=lambda activity: activity.activity_uid,
        )
    )
    return [_possible(case, number) for number, case in enumerate(cases)], activities


def _store(kind: Any, entries: Sequence[Any]) -> None:
    with transaction() as session:
        confirm_texts(confirmed=True)
        references = kind.references(session, Cast.program.id, Cast.student.id)
        for entry in entries:
            values = references.columns(entry)
            session.add(
                kind.table(
                    program_id=Cast.program.id, student_id=Cast.student.id, uid=uuid.UUID(entry.uid),
                    created_at=clock.now(), changed_at=clock.now(), **values,
                )
            )  # fmt: skip


def _log(program_id: uuid.UUID) -> list[Any]:
    with reading() as session:
        cases = CASES.read(session, LoggedCase.program_id == program_id)
        activities = ACTIVITIES.read(session, LoggedActivity.program_id == program_id)
    return sorted([*cases, *activities], key=lambda entry: entry.uid)


@pytest.fixture
def elsewhere(app_context: Flask) -> Operator:
    """Another program with the same people and sites, and no log."""
    operator = create_program("elsewhere", "Another Program", Cast.program.timezone)
    with transaction() as session:
        put_rotation(session, Cast.student, Cast.site, _ROTATION)
        session.add(
            Cohort(
                program_id=operator.program_id, id=fixed_id("cohort elsewhere"), name="Class of 2027",
                starts_on=STARTS_ON, graduates_on=GRADUATES_ON,
            )
        )  # fmt: skip
        session.add(
            Site(
                program_id=operator.program_id, id=Cast.site.id, code=Cast.site.code, name=Cast.site.name,
                country=Cast.site.country, affiliated_from=AFFILIATED_FROM,
            )
        )  # fmt: skip
        for member in (Cast.student, Cast.preceptor):
            session.add(
                Person(
                    program_id=operator.program_id, id=member.id, name=member.name, email=member.email,
                    position=member.position,
                )
            )  # fmt: skip
        session.flush()
        session.add(
            PreceptorSite(program_id=operator.program_id, person_id=Cast.preceptor.id, site_id=Cast.site.id)
        )
        session.add(
            Student(
                program_id=operator.program_id, person_id=Cast.student.id, cohort_id=fixed_id("cohort elsewhere"),
                program_start=STARTS_ON,
            )
        )  # fmt: skip
        session.flush()
        there = replace(Cast.student, program_id=operator.program_id)
        put_rotation(session, there, Cast.site, _ROTATION)
    return operator


# What a format is most likely to lose: signs in front, line breaks, digits, midnight, tiny numbers.
_AWKWARD = [
    Case(case_uid=str(uuid.UUID(int=1)), note="'=1+1", start_time=time(0, 0), case_date=date(1950, 1, 1)),
    Case(case_uid=str(uuid.UUID(int=2)), note="'' + a\n\nb\r\nc\td\re", start_time=time(23, 59)),
    Case(
        case_uid=str(uuid.UUID(int=3)), note="_x000D_ and _x0041_", support_hours=1e-05, lowest_temp_c=18.1 + 0.2
    ),
    Case(case_uid=str(uuid.UUID(int=4)), note="＝x", support_hours=5e-324, lowest_temp_c=100 / 3),
    Case(case_uid=str(uuid.UUID(int=5)), status=Status.VOID, start_time=time(7, 29)),
]
_TITLES = [
    LearningActivity(
        activity_uid=str(uuid.UUID(int=number)), title=title, category="00471", hours=1e-07, units=0.1 + 0.7
    )
    for number, title in enumerate(["12345", "0.10", "_x0009_", "TRUE", "3/2"], 1)
]


@pytest.mark.parametrize("format_", FORMATS)
def test_a_log_that_is_imported_elsewhere_is_the_same_log(elsewhere: Operator, format_: str) -> None:
    @examples(8)
    @example(([replace(each, site=Cast.site.code, site_country=Cast.site.country) for each in _AWKWARD], _TITLES))
    @given(logs())
    def one(log: Log) -> None:
        empty_log()
        _store(CASES, log[0])
        _store(ACTIVITIES, log[1])
        for report in FORMATS[format_](elsewhere, log):
            assert report.bad == ()
        was = _log(Cast.program.id)
        now = [replace(each, status=_ARRIVES_AS.get(Status(each.status), each.status)) for each in was]
        assert _log(elsewhere.program_id) == now

    one()


def test_a_log_that_is_restored_elsewhere_keeps_its_statuses_reviews_and_changes(app_context: Flask) -> None:
    with transaction() as session:
        put_rotation(session, Cast.student, Cast.site, _ROTATION)

    @examples(5)
    @given(logs(), st.integers(0, 10_000))
    def one(log: Log, number: int) -> None:
        data = _decided(log, number)
        code = f"p-{uuid.uuid4().hex[:12]}"
        operator = create_program(code, "Another Program", Cast.program.timezone)
        restore(data, code, texts_checked=True)
        assert record_in(archived(operator)) == record_in(data)
        assert audit.verify(operator).breaks == ()

    one()


def _decided(log: Log, number: int) -> bytes:
    """The archive of a log whose submitted entries the preceptor decided on, some one way and some the other."""
    _clean()
    own = {Status.VERIFIED: Status.SUBMITTED, Status.RETURNED: Status.SUBMITTED}
    for kind, drawn in ((CASES, log[0]), (ACTIVITIES, log[1])):
        entries = [replace(each, status=own.get(Status(each.status), each.status)) for each in drawn]
        _store(kind, entries)
        decide = review.decide if kind is CASES else review.decide_activity
        for place, entry in enumerate(entries):
            turn = (number >> place) % 3
            if entry.status == Status.SUBMITTED and turn:
                role = entry.role if isinstance(entry, Case) else None
                decide(Cast.preceptor.actor, Decision(uuid.UUID(entry.uid), turn == 1, "The clamp?", 1, role))
    return archived()


def _clean() -> None:
    with transaction() as session:
        session.execute(sa.delete(RoleCheck))
        for kind in (CASES, ACTIVITIES):
            session.execute(sa.delete(kind.reviews).where(kind.reviews.program_id == Cast.program.id))
            session.execute(sa.delete(kind.table).where(kind.table.program_id == Cast.program.id))
