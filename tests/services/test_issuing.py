"""What left is on record: who took it, whose it is, whether it was changed since, and that it no longer stands."""

import uuid
from dataclasses import replace

import pytest

from caselog.domain.export import Dates, Format, Precision, Sites, Use
from caselog.extensions import db
from caselog.services import entry, export_policy, issuing, redaction, review
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.issuing import Found, Issue, Made, Prepared
from caselog.services.kinds import CASES
from caselog.services.review import Decision
from caselog.store.cases import LoggedCase
from caselog.store.session import transaction
from tests.support.cast import Cast
from tests.support.clock import TestClock
from tests.support.log import a_case, put_case
from tests.support.trail import actions

pytestmark = pytest.mark.usefixtures("app_context")
MADE = Made("0" * 64, cases=1, activities=0)


TABLE = Issue(use=Use.SPREADSHEET, format=Format.CSV, reason="a job")


def leave(
    actor: Actor, student_id: uuid.UUID | None, *, made: Made | None = MADE, issue: Issue = TABLE
) -> Prepared:
    prepared = issuing.prepare(actor)
    issuing.issue(actor, prepared, replace(issue, student_id=student_id), made)
    return prepared


def found(prepared: Prepared) -> Found:
    answer = issuing.look_up(prepared.code)
    assert answer is not None
    return answer


def test_an_export_is_on_record_before_its_last_byte_is_known(cast: Cast) -> None:
    prepared = leave(cast.student.actor, cast.student.id, made=None)
    assert found(prepared).made is None
    issuing.finish(cast.student.actor, prepared.id, MADE)
    assert found(prepared).made == MADE
    assert actions()[-2:] == ["export.issue", "export.made"]


def test_a_code_that_was_never_issued_is_unknown() -> None:
    assert issuing.look_up("0" * 26) is None


def test_a_student_sees_all_that_left_of_oneself_and_nothing_else(cast: Cast) -> None:
    own = leave(cast.student.actor, cast.student.id)
    by_director = leave(cast.director.actor, cast.student.id)
    of_all = leave(cast.director.actor, None)
    leave(cast.director.actor, cast.other_student.id)
    listed = issuing.issued_of(cast.student.actor)
    assert {each.id for each in listed} == {own.id, by_director.id, of_all.id}
    assert {each.by for each in listed} == {cast.student.name, cast.director.name}


def test_what_left_long_ago_is_found_though_a_list_ends(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuing, "LISTED_MOST", 1)
    director = cast.director.actor
    oldest = issuing.prepare(director)
    of_cohort = Issue(use=Use.COHORT, format=Format.CSV, cohort_id=cast.program.cohort_id, reason="a visit")
    issuing.issue(director, oldest, of_cohort, MADE)
    newest = leave(director, cast.student.id)
    leave(director, cast.other_student.id)
    assert len(issuing.issued_of(director)) == 1
    for narrowed, expected in (
        ({"export_id": oldest.id}, oldest),
        ({"cohort_id": cast.program.cohort_id}, oldest),
        ({"student_id": cast.student.id}, newest),
    ):
        assert [each.id for each in issuing.issued_of(director, **narrowed)] == [expected.id], narrowed
    assert issuing.issued_of(cast.outsider_director.actor, export_id=oldest.id) == ()


def test_a_case_that_is_amended_after_it_left_is_counted(cast: Cast, clock: TestClock) -> None:
    with transaction() as session:
        uid = put_case(session, status="draft")
        put_case(session, status="draft")
    left = leave(cast.student.actor, cast.student.id)
    assert found(left).amended == 0
    clock.advance(minutes=5)
    with transaction() as session:
        logged = session.get_one(LoggedCase, (cast.student.actor.program_id, uid))
        logged.cpb_minutes, logged.changed_at = 77, clock.now()
        put_case(session, status="draft", created_at=clock.now())
    assert found(left).amended == 1


def test_a_draft_that_is_changed_and_handed_in_after_it_left_is_counted(cast: Cast, clock: TestClock) -> None:
    case = replace(a_case(), status="draft")
    entry.log_entry(CASES, cast.student.actor, case, submit=False)
    left = leave(cast.student.actor, cast.student.id, made=Made("0" * 64, cases=1, activities=0))
    clock.advance(minutes=5)
    assert found(left).amended == 0
    entry.change_entry(CASES, cast.student.actor, replace(case, cpb_minutes=125), version=1, submit=True)
    assert found(left).amended == 1


def test_a_verification_amends_nothing(cast: Cast, clock: TestClock) -> None:
    with transaction() as session:
        uid = put_case(session, status="submitted")
    left = leave(cast.student.actor, cast.student.id)
    clock.advance(minutes=5)
    review.decide(cast.preceptor.actor, Decision(uid, verified=True, comment="", version=1, role="primary"))
    assert found(left).amended == 0


@pytest.mark.parametrize("format_", [Format.PDF, Format.CSV])
def test_a_text_that_is_removed_from_what_was_returned_is_counted(
    cast: Cast, clock: TestClock, format_: Format
) -> None:
    with transaction() as session:
        uid = put_case(session, status="returned", note="Kestrel")
        put_case(session)
    left = leave(cast.student.actor, cast.student.id, issue=Issue(use=Use.PROGRAM_FILE, format=format_))
    clock.advance(minutes=5)
    redaction.redact(CASES, cast.student.actor, uid, ["field note"], version=1)
    assert found(left).amended == 1


def test_a_comment_that_is_removed_amends_the_full_copy_alone(cast: Cast, clock: TestClock) -> None:
    with transaction() as session:
        uid = put_case(session, status="submitted")
    review.decide(cast.preceptor.actor, Decision(uid, verified=False, comment="Kestrel", version=1))
    table = leave(cast.student.actor, cast.student.id)
    copy = leave(cast.student.actor, cast.student.id, issue=Issue(use=Use.ARCHIVE, format=Format.JSON))
    clock.advance(minutes=5)
    version = db.session.get_one(LoggedCase, (cast.program.id, uid)).version
    (comment,) = redaction.texts_of(CASES, cast.director.actor, uid)
    redaction.redact(CASES, cast.director.actor, uid, [comment.key], version=version)
    assert (found(table).amended, found(copy).amended) == (0, 1)


def test_what_is_gone_is_counted_whatever_a_table_was_for(cast: Cast) -> None:
    left = leave(cast.student.actor, cast.student.id, issue=Issue(use=Use.APPLICATION, format=Format.CSV))
    assert found(left).removed == 1


def test_a_case_that_is_gone_since_is_counted(cast: Cast) -> None:
    left = leave(cast.student.actor, cast.student.id)
    assert found(left).removed == 1


def test_what_is_withdrawn_says_so(cast: Cast) -> None:
    left = leave(cast.student.actor, cast.student.id)
    issuing.withdraw(cast.student.actor, left.id, "sent to the wrong place")
    assert found(left).withdrawn_at is not None
    with pytest.raises(RefusedError):
        issuing.withdraw(cast.student.actor, left.id, "again")


def test_a_director_cannot_withdraw_a_students_own_copy_and_nobody_a_strangers(cast: Cast) -> None:
    own, of_program = leave(cast.student.actor, cast.student.id), leave(cast.director.actor, cast.student.id)
    with pytest.raises(RefusedError):
        issuing.withdraw(cast.director.actor, own.id, "no")
    with pytest.raises(RefusedError):
        issuing.withdraw(cast.student.actor, of_program.id, "no")
    with pytest.raises(NotFoundError):
        issuing.withdraw(cast.other_student.actor, own.id, "no")
    issuing.withdraw(cast.director.actor, of_program.id, "made by mistake")


def test_a_program_sets_how_exactly_things_leave_but_not_a_students_archive(cast: Cast) -> None:
    coarse = Precision(Dates.TERM, Sites.PSEUDONYM)
    export_policy.set_precisions(cast.director.actor, {Use.APPLICATION: coarse, Use.ARCHIVE: coarse})
    assert export_policy.precision_of(cast.student.actor, Use.APPLICATION) == coarse
    assert export_policy.precision_of(cast.student.actor, Use.ARCHIVE) == Precision()
    assert export_policy.precision_of(cast.student.actor, Use.BOARD) == Precision()
    assert actions()[-1] == "exports.set"
