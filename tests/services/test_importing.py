"""A spreadsheet into a log: each row once, remembered words, and back out as one act."""

import io
import os
import signal
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from caselog import create_app
from caselog.domain.export import Format, Use
from caselog.domain.sheet import Sheet
from caselog.extensions import db
from caselog.services import audit, import_undo, importing, issuing, review, transfer
from caselog.services.actor import NotFoundError, Operator, RefusedError
from caselog.services.arrival import Arrival
from caselog.services.importing import Asked, Plan
from caselog.services.issuing import Issue, Made
from caselog.services.review import Decision
from caselog.store import appending
from caselog.store.cases import LoggedCase
from caselog.store.imports import ImportMemory, LogImport
from caselog.store.session import end_request
from tests.support.cast import Cast
from tests.support.clock import TestClock
from tests.support.settings import settings_for

pytestmark = pytest.mark.usefixtures("app_context")
ANN = Cast.student
OPERATOR = Operator(Cast.program.id, Cast.program.timezone)
HEADER = "Date,Procedure,Type,Role,Hospital,Preceptor,Age,Urgency,Setting,Pump time"
WHOLE = "2026-03-{day:02},{what},CPB,primary,Harbor,Pat Preceptor,67,elective,clinical,{minutes}"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def a_row(day: int, what: str = "CABG", minutes: int = 95) -> str:
    return WHOLE.format(day=day, what=what, minutes=minutes)


def a_sheet(*rows: str) -> Sheet:
    return importing.receive("\n".join([HEADER, *rows]).encode(), "case").sheet


def bring(*rows: str, good_only: bool = False, **asked: Any) -> Plan:
    done = importing.bring_in(
        ANN.actor, ANN.id, a_sheet(*rows), "case", Asked(**{"submit": True, **asked}), good_only=good_only
    )
    end_request()
    return done


def stored() -> list[LoggedCase]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(LoggedCase).order_by(LoggedCase.case_date, LoggedCase.cpb_minutes)))


def breaks() -> list[str]:
    """What the trail does not vouch for among cases and imports; the cast itself came past it."""
    found = (each.message for each in audit.verify(OPERATOR).breaks)
    return [message for message in found if "logged_case" in message or "log_import" in message]


def the_import(done: Plan) -> uuid.UUID:
    assert done.report.import_id
    return done.report.import_id


def test_the_same_file_twice_adds_nothing() -> None:
    assert bring(a_row(2), a_row(3)).report.added == 2
    again = bring(a_row(2), a_row(3), a_row(4))
    assert (again.report.added, again.report.there) == (1, (2, 3))
    assert len(stored()) == 3


def test_what_looks_like_another_is_left_out_unless_it_is_asked_for() -> None:
    bring(a_row(2))
    retyped = a_row(2).replace("elective", "urgent")
    left = bring(retyped, a_row(5), a_row(5).replace("67", "71"))
    assert [fault.line for fault in left.report.alike] == [2, 4]
    assert "a case in the log" in left.report.alike[0].message
    assert "the case on line 3" in left.report.alike[1].message
    assert len(stored()) == 2
    bring(retyped, twice=True)
    assert len(stored()) == 3


def test_two_cases_of_one_day_that_differ_in_their_minutes_are_two() -> None:
    assert bring(a_row(2, minutes=95), a_row(2, minutes=130)).report.added == 2


def test_one_bad_row_keeps_out_all_unless_only_the_good_are_wanted() -> None:
    rows = (a_row(2), a_row(3, what="zebra plication"), a_row(4, minutes=99_999))
    refused = bring(*rows)
    assert (refused.report.stored, sorted(refused.refused)) == (False, [3, 4])
    assert stored() == []
    assert bring(*rows, good_only=True).report.added == 1
    header, found = importing.refused_rows(refused)
    assert header[:3] == ["line", "reasons", "Date"]
    assert [each[0] for each in found] == ["3", "4"]
    assert "zebra plication" in found[0][1]


def test_nobody_verifies_through_a_spreadsheet() -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Date", "Status", "Procedure"])
    book.active.append(["2026-03-02", "verified", "CABG"])
    data = io.BytesIO()
    book.save(data)
    sheet = importing.receive(data.getvalue(), "case").sheet
    importing.bring_in(ANN.actor, ANN.id, sheet, "case", Asked(submit=True), good_only=False)
    assert [each.status for each in stored()] == ["draft"]


def test_what_was_chosen_is_remembered_for_the_person_and_nothing_that_was_written() -> None:
    rows = (a_row(2, what="Zebra plication"),)
    columns = {0: "case_date", 1: "procedures"}
    bring(*rows, columns=columns, meanings={("procedures", "zebra plication"): ("other_cardiac",)})
    plan = importing.plan(ANN.actor, ANN.id, a_sheet(a_row(9, what="ZEBRA plication")), "case", Asked())
    assert plan.reading.columns == columns
    assert plan.arranged.rows[0].cells["procedures"] == "other_cardiac"
    other = importing.plan(Cast.other_student.actor, Cast.other_student.id, a_sheet(*rows), "case", Asked())
    assert len(other.reading.columns) == 10
    kept = [(each.said, each.meaning) for each in db.session.scalars(sa.select(ImportMemory))]
    assert not any(word in f"{said} {meaning}".lower() for said, meaning in kept for word in ("zebra", "hospital"))


def test_the_whole_way_leaves_the_chain_as_it_was(cast: Cast) -> None:
    made = the_import(bring(a_row(2), a_row(3)))
    assert breaks() == []
    done = import_undo.undo(ANN.actor, made)
    assert (done.removed, done.void, stored()) == (2, 0, [])
    assert breaks() == []
    assert bring(a_row(2)).report.added == 1
    assert breaks() == []


def test_what_was_returned_becomes_void_and_the_rest_goes() -> None:
    made = the_import(bring(a_row(2), a_row(3)))
    first = stored()[0].case_uid
    review.decide(
        Cast.preceptor.actor, Decision(first, verified=False, comment="The clamp?", version=1, role="primary")
    )
    end_request()
    assert import_undo.import_view(ANN.actor, made).decided == 1
    done = import_undo.undo(ANN.actor, made)
    assert (done.removed, done.void) == (1, 1)
    assert [(each.case_uid, each.status) for each in stored()] == [(first, "void")]
    assert breaks() == []


def test_what_a_packet_holds_becomes_void_so_that_its_check_tells(clock: TestClock) -> None:
    made = the_import(bring(a_row(2), a_row(3), submit=True))
    assert [each.status for each in stored()] == ["submitted", "submitted"]
    prepared = issuing.prepare(ANN.actor)
    packet = Issue(use=Use.APPLICATION, format=Format.PDF, student_id=ANN.id)
    issuing.issue(ANN.actor, prepared, packet, Made("0" * 64, cases=2, activities=0))
    clock.advance(minutes=1)
    done = import_undo.undo(ANN.actor, made)
    assert (done.removed, done.void) == (0, 2)
    told = issuing.look_up(prepared.code)
    assert told is not None
    assert told.amended == 2
    assert breaks() == []


def test_an_import_stays_as_soon_as_one_of_it_is_verified() -> None:
    made = the_import(bring(a_row(2), a_row(3)))
    review.decide(
        Cast.preceptor.actor, Decision(stored()[0].case_uid, verified=True, comment="", version=1, role="primary")
    )
    end_request()
    with pytest.raises(RefusedError, match="has been verified"):
        import_undo.undo(ANN.actor, made)
    assert [each.status for each in stored()] == ["verified", "submitted"]


def test_an_import_is_taken_back_once_and_by_its_student_alone() -> None:
    made = the_import(bring(a_row(2)))
    for somebody in (Cast.other_student, Cast.outsider_student, Cast.director):
        with pytest.raises(NotFoundError):
            import_undo.undo(somebody.actor, made)
        end_request()
    import_undo.undo(ANN.actor, made)
    with pytest.raises(RefusedError, match="taken back already"):
        import_undo.undo(ANN.actor, made)


def test_a_case_tells_whence_it_came() -> None:
    made = the_import(bring(a_row(2)))
    found = import_undo.origin(ANN.actor, importing.KINDS["case"], stored()[0].case_uid)
    assert found
    assert found.import_id == made


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _killing(real: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
    def until_killed(*arguments: Any, **named: Any) -> Any:
        if after:
            real(*arguments, **named)
        _kill()

    return until_killed


# Where the process is killed: a function, and whether at its beginning or at its end.
STAGES: dict[str, tuple[Any, str, bool]] = {
    "reading": (importing, "read_table", False),
    "mapping": (importing, "arrange", True),
    "checking": (Arrival, "refuse_those_of_others", False),
    "inserting": (transfer, "_insert", True),
    "noting": (appending, "_append", True),
    "before the commit": (appending, "seal", True),
    "after the commit": (transfer, "_add", True),
}


@on_sqlite
@pytest.mark.parametrize("stage", STAGES)
def test_a_process_that_is_killed_leaves_the_log_whole_or_untouched(
    stage: str, database_url: str, tmp_path: Any
) -> None:
    rows = (a_row(2), a_row(3), a_row(4))
    db.session.remove()
    db.engine.dispose()
    child = os.fork()
    if child == 0:
        try:
            place, name, after = STAGES[stage]
            setattr(place, name, _killing(getattr(place, name), after=after))
            with create_app(settings_for(database_url, tmp_path)).app_context():
                bring(*rows)
        finally:
            os._exit(1)
    _, ended = os.waitpid(child, 0)
    assert os.WTERMSIG(ended) == signal.SIGKILL
    assert len(stored()) == (3 if stage == "after the commit" else 0)
    assert breaks() == []
    bring(*rows)
    assert len(stored()) == 3
    imports = db.session.scalar(sa.select(sa.func.count()).select_from(LogImport))
    assert imports == 1
    assert breaks() == []
