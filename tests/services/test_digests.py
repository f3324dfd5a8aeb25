"""Reviewers are written to when too much waits, or for too long, or a student asks; and not more often."""

import io
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from caselog.domain.settings import Settings
from caselog.exports.from_csv import read_csv
from caselog.exports.table import CASES
from caselog.services import case_entry, digests, review
from caselog.services.actor import NotFoundError, Operator, RefusedError
from caselog.services.review import Decision
from caselog.services.settings import change_settings
from caselog.services.transfer import NEEDED, import_cases
from caselog.store.mail import OutgoingMail
from caselog.store.people import Person
from caselog.store.session import transaction
from tests.support.activities import put_activity
from tests.support.case_files import csv_of
from tests.support.cast import Cast, Member
from tests.support.clock import START, TestClock
from tests.support.log import a_case, put_case
from tests.support.mail import outbox as mails
from tests.support.threads import at_once
from tests.support.trail import actions

pytestmark = pytest.mark.usefixtures("app_context")


def wait(
    number: int, days: float = 0, student: Member = Cast.student, preceptor: Member = Cast.preceptor
) -> list[uuid.UUID]:
    """Let so many cases wait since so many days."""
    handed_in = START - timedelta(days=days)
    with transaction() as session:
        return [
            put_case(session, student, preceptor, status="submitted", changed_at=handed_in) for _ in range(number)
        ]


def settle(outcome: str = "sent") -> None:
    """Let all mails be sent."""
    with transaction() as session:
        for each in mails():
            row = session.get_one(OutgoingMail, (each.program_id, each.id))
            if row.outcome is None:
                row.outcome, row.ended_at, row.last_error = outcome, row.created_at, "as told"


def causes() -> list[tuple[uuid.UUID, str]]:
    return [(each.person_id, each.cause) for each in mails()]


def let(**settings: Any) -> None:
    change_settings(Cast.director.actor, replace(Settings(), **settings))


def submit_a_case() -> uuid.UUID:
    uid = uuid.uuid4()
    case_entry.log_case(Cast.student.actor, a_case(uid), submit=True)
    return uid


def deactivate(active: bool = False) -> None:
    with transaction() as session:
        session.get_one(Person, (Cast.program.id, Cast.preceptor.id)).active = active


# Too much


def test_the_case_that_crosses_the_number_writes_one_mail_with_it() -> None:
    wait(24)
    submit_a_case()
    assert mails() == []
    submit_a_case()
    assert causes() == [(Cast.preceptor.id, "count")]
    submit_a_case()
    assert len(mails()) == 1
    assert actions() == ["case.submit", "case.submit", "mail.queue", "case.submit"]


def test_activities_count_like_cases() -> None:
    wait(24)
    with transaction() as session:
        put_activity(session, status="submitted")
    submit_a_case()
    assert causes() == [(Cast.preceptor.id, "count")]


def test_a_draft_writes_to_nobody_and_handing_it_in_does() -> None:
    wait(25)
    uid = uuid.uuid4()
    case_entry.log_case(Cast.student.actor, a_case(uid), submit=False)
    assert mails() == []
    case_entry.submit_case(Cast.student.actor, uid)
    assert causes() == [(Cast.preceptor.id, "count")]


def test_a_returned_case_that_is_changed_and_handed_in_again_counts_too() -> None:
    wait(25)
    (uid,) = wait(1)
    review.decide(Cast.preceptor.actor, Decision(uid, verified=False, comment="The clamp?", version=1))
    case_entry.change_case(Cast.student.actor, a_case(uid), version=2, submit=True)
    assert causes() == [(Cast.preceptor.id, "count")]


def test_without_the_case_there_is_no_mail() -> None:
    wait(25)

    def fail() -> None:
        with transaction():
            submit_a_case()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert mails() == []


def test_a_file_that_piles_cases_up_writes_one_mail() -> None:
    rows = list(read_csv(io.BytesIO(csv_of(*(a_case(note=str(number)) for number in range(30)))), NEEDED, CASES))
    import_cases(Operator(Cast.program.id, Cast.program.timezone), Cast.student.id, rows)
    assert causes() == [(Cast.preceptor.id, "count")]


def test_the_number_is_the_programs_own() -> None:
    let(confirm_over=2)
    submit_a_case()
    submit_a_case()
    assert mails() == []
    submit_a_case()
    assert causes() == [(Cast.preceptor.id, "count")]


def test_many_hand_in_at_once_and_one_mail_is_written(app: Flask) -> None:
    let(confirm_over=1)
    wait(3)
    at_once(app, lambda _number: submit_a_case())
    digests.look()
    assert len(mails()) == 1


# Too long


def test_what_has_waited_for_longer_than_a_month_is_asked_for() -> None:
    wait(1, days=29.9)
    assert digests.look() == 0
    wait(1, days=30.1)
    assert digests.look() == 1
    assert causes() == [(Cast.preceptor.id, "age")]
    assert digests.look() == 0
    assert "mail.queue" in actions()


def test_after_a_mail_there_is_a_pause(clock: TestClock) -> None:
    wait(1, days=31)
    digests.look()
    settle()
    clock.advance(days=6.9)
    assert digests.look() == 0
    clock.advance(days=0.2)
    assert digests.look() == 1
    settle()
    let(digest_pause_days=1)
    clock.advance(days=1.1)
    assert digests.look() == 1


def test_a_pile_that_stays_too_large_is_asked_for_again_after_the_pause(clock: TestClock) -> None:
    wait(25)
    submit_a_case()
    settle()
    clock.advance(days=7.1)
    assert digests.look() == 1
    assert causes() == [(Cast.preceptor.id, "count")] * 2


def test_a_mail_that_was_never_sent_holds_back_the_next_one(clock: TestClock) -> None:
    wait(1, days=31)
    digests.look()
    clock.advance(days=20)
    assert digests.look() == 0


def test_nobody_who_is_deactivated_is_written_to() -> None:
    deactivate()
    wait(30, days=60)
    assert digests.look() == 0
    assert mails() == []


def test_each_program_asks_for_its_own(clock: TestClock) -> None:
    with transaction() as session:
        put_case(
            session, Cast.outsider_student, Cast.outsider_preceptor, status="submitted",
            changed_at=START - timedelta(days=40),
        )  # fmt: skip
    let(confirm_after_days=365)
    wait(1, days=40)
    assert digests.look() == 1
    assert [(each.program_id, each.person_id) for each in mails()] == [
        (Cast.outsider_program.id, Cast.outsider_preceptor.id)
    ]


# A student asks


def test_a_student_sees_with_whom_how_much_waits_and_asks() -> None:
    wait(2, days=3)
    wait(1, preceptor=Cast.other_preceptor)
    wait(4, student=Cast.other_student)
    found = digests.waiting_of(Cast.student.actor)
    assert [(each.name, each.waiting, each.refusal) for each in found] == [
        (Cast.preceptor.name, 2, ""), (Cast.other_preceptor.name, 1, ""),
    ]  # fmt: skip
    assert digests.ask(Cast.student.actor, Cast.preceptor.id) == Cast.preceptor.name
    (mail,) = mails()
    assert (mail.person_id, mail.cause, mail.asked_by) == (Cast.preceptor.id, "student", Cast.student.id)
    assert actions()[-1] == "mail.ask"
    assert digests.waiting_of(Cast.student.actor)[0].refusal == "A mail to Pat Preceptor is on its way."


def test_a_student_asks_at_most_once_a_day_whoever_asked_before(clock: TestClock) -> None:
    wait(1)
    wait(1, student=Cast.other_student)
    digests.ask(Cast.student.actor, Cast.preceptor.id)
    for student in (Cast.student, Cast.other_student):
        with pytest.raises(RefusedError, match="on its way"):
            digests.ask(student.actor, Cast.preceptor.id)
    settle()
    clock.advance(hours=23.9)
    with pytest.raises(RefusedError, match="within the last day; ask again tomorrow"):
        digests.ask(Cast.other_student.actor, Cast.preceptor.id)
    clock.advance(hours=0.2)
    digests.ask(Cast.other_student.actor, Cast.preceptor.id)
    assert len(mails()) == 2


def test_a_student_who_asks_ends_no_pause_of_others_but_may_break_it(clock: TestClock) -> None:
    wait(26)
    digests.look()
    settle()
    clock.advance(days=2)
    digests.ask(Cast.student.actor, Cast.preceptor.id)
    settle()
    clock.advance(days=5.1)
    assert digests.look() == 0


def test_a_mail_that_was_dropped_hinders_nobody_from_asking() -> None:
    wait(1)
    digests.ask(Cast.student.actor, Cast.preceptor.id)
    settle(outcome="dropped")
    digests.ask(Cast.student.actor, Cast.preceptor.id)


@pytest.mark.parametrize("reviewer", [Cast.other_preceptor, Cast.outsider_preceptor, Cast.director])
def test_with_whom_nothing_waits_cannot_be_asked(reviewer: Member) -> None:
    wait(1)
    with pytest.raises(NotFoundError):
        digests.ask(Cast.student.actor, reviewer.id)


def test_for_the_cases_of_another_student_nobody_is_asked() -> None:
    wait(1, student=Cast.other_student)
    assert digests.waiting_of(Cast.student.actor) == []
    with pytest.raises(NotFoundError):
        digests.ask(Cast.student.actor, Cast.preceptor.id)


def test_who_is_deactivated_cannot_be_asked_and_the_student_is_told() -> None:
    wait(1)
    deactivate()
    with pytest.raises(RefusedError, match="no longer active; ask your program director"):
        digests.ask(Cast.student.actor, Cast.preceptor.id)


def test_two_who_ask_at_once_write_one_mail(app: Flask) -> None:
    wait(1)
    refused = []

    def ask(_number: int) -> None:
        try:
            digests.ask(Cast.student.actor, Cast.preceptor.id)
        except RefusedError:
            refused.append(1)

    at_once(app, ask)
    assert len(mails()) == 1
    assert len(refused) == 3
