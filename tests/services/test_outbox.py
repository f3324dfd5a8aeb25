"""Each mail is sent once, tried again when it could not be, and given up in the end; nothing in it is secret before."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog import clock as clock_module
from caselog.domain.mail import ATTEMPTS_MOST, wait_after
from caselog.extensions import db
from caselog.services import digests, links, outbox, postman, review
from caselog.services.outbox import Tally, send_due
from caselog.services.postman import MailServer
from caselog.services.review import Decision
from caselog.store.mail import OutgoingMail
from caselog.store.people import Person
from caselog.store.programs import Program
from caselog.store.session import reading, transaction
from tests.support.activities import put_activity
from tests.support.cast import Cast, Member
from tests.support.clock import TestClock
from tests.support.log import put_case
from tests.support.mail import BASE_URL, link_in, link_rows, put_mail
from tests.support.mail import outbox as mails
from tests.support.smtp import ECHO, PASSWORD, SENDER, Mailbox, mail_server
from tests.support.threads import at_once
from tests.support.trail import actions

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(tmp_path: Path, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    monkeypatch.setattr(postman, "STEP_TIMEOUT", 2.0)
    with mail_server(tmp_path, box) as there:
        yield there


def wait(number: int = 1, preceptor: Member = Cast.preceptor) -> list[uuid.UUID]:
    with transaction() as session:
        return [put_case(session, preceptor=preceptor, status="submitted") for _ in range(number)]


def asked(number: int = 2) -> OutgoingMail:
    """A mail for which a student asked."""
    wait(number)
    digests.ask(Cast.student.actor, Cast.preceptor.id)
    (mail,) = mails()
    return mail


def change(person: Member = Cast.preceptor, **changes: object) -> None:
    with transaction() as session:
        row = session.get_one(Person, (person.program_id, person.id))
        for name, value in changes.items():
            setattr(row, name, value)


def test_a_mail_says_who_asks_for_how_much_and_how_and_no_more(server: MailServer, box: Mailbox) -> None:
    mail = asked(2)
    with transaction() as session:
        put_activity(session, status="submitted", title="canary title")
    assert send_due(server, BASE_URL) == Tally(sent=1)
    (sent,) = box.mails
    assert sent["To"] == f"{Cast.preceptor.name} <{Cast.preceptor.email}>"
    assert sent["From"] == f'"North Perfusion Program (Caselog)" <{SENDER}>'
    assert sent["Subject"] == "2 cases and 1 learning activity to confirm"
    assert sent["Message-ID"] == f"<{mail.id}@mail.example>"
    text = sent.get_content().replace("\r", "")
    assert "Ann Student asks you to confirm what you supervised:" in text
    assert "2 cases and 1 learning activity, the oldest handed in on 21 November 2026." in text
    assert "is good until 5 December 2026." in text
    assert links.open_link(link_in(sent)).actor.person_id == Cast.preceptor.id
    assert "canary" not in text
    assert "Harbor" not in text
    assert box.addressed == [f"TO:<{Cast.preceptor.email}>"]
    assert actions() == ["mail.ask", "link.make", "mail.sent"]


def test_without_a_student_the_program_asks(server: MailServer, box: Mailbox) -> None:
    wait(1)
    put_mail()
    send_due(server, BASE_URL)
    assert "North Perfusion Program asks you to confirm what you supervised:\n1 case, handed in on" in (
        box.mails[0].get_content().replace("\r", "")
    )


def test_a_mail_is_sent_once(server: MailServer, box: Mailbox) -> None:
    asked()
    assert send_due(server, BASE_URL) == Tally(sent=1)
    assert send_due(server, BASE_URL) == Tally()
    assert len(box.accepted) == 1
    (mail,) = mails()
    assert (mail.outcome, mail.attempts, mail.last_error, mail.claimed_until) == ("sent", 1, "", None)


def test_two_senders_at_once_send_each_mail_once(app: Flask, server: MailServer, box: Mailbox) -> None:
    for person in (Cast.preceptor, Cast.other_preceptor, Cast.director):
        wait(1, person)
        put_mail(person)
    at_once(app, lambda _number: send_due(server, BASE_URL))
    assert sorted(mail["To"].addresses[0].addr_spec for mail in box.mails) == sorted(
        person.email for person in (Cast.preceptor, Cast.other_preceptor, Cast.director)
    )
    assert {mail.outcome for mail in mails()} == {"sent"}


def test_nothing_that_opens_a_link_stands_in_the_database(server: MailServer, box: Mailbox, app: Flask) -> None:
    asked()
    send_due(server, BASE_URL)
    token = link_in(box.mails[0])
    with reading() as session:
        for table in db.metadata.sorted_tables:
            for row in session.execute(sa.select(table)):
                assert token not in repr(row)


def test_a_mail_that_was_put_off_is_tried_again_later_and_later_and_is_the_same_to_the_letter(
    server: MailServer, box: Mailbox, clock: TestClock
) -> None:
    asked()
    box.fails["content"] = "drop"  # after the server took it: it may have been sent, or not
    for attempt in range(1, 5):
        assert send_due(server, BASE_URL) == Tally(later=1)
        assert send_due(server, BASE_URL) == Tally()
        (mail,) = mails()
        assert mail.attempts == attempt
        assert mail.due_at - clock.now() == pytest.approx(
            timedelta(minutes=2 ** (attempt - 1)), abs=timedelta(1e-5)
        )
        assert "was lost while the mail was handed over" in mail.last_error
        clock.advance(minutes=2 ** (attempt - 1))
    box.fails.clear()
    assert send_due(server, BASE_URL) == Tally(sent=1)
    assert len(box.accepted) == 5
    assert len(set(box.accepted)) == 1
    assert len(link_rows()) == 1


def test_after_three_days_a_mail_is_given_up(server: MailServer, box: Mailbox, clock: TestClock) -> None:
    asked()
    box.fails["rcpt"] = "450"
    began = clock_module.now()
    for _ in range(ATTEMPTS_MOST - 1):
        assert send_due(server, BASE_URL) == Tally(later=1)
        clock.set(mails()[0].due_at)
    assert timedelta(days=2) < clock_module.now() - began < timedelta(days=4)
    assert send_due(server, BASE_URL) == Tally(failed=1)
    (mail,) = mails()
    assert (mail.outcome, mail.last_error) == ("failed", "The mail server refused the address for now (450).")
    clock.advance(days=1)
    assert send_due(server, BASE_URL) == Tally()
    assert actions()[-1] == "mail.failed"


def test_an_address_that_is_refused_for_good_is_given_up_at_once_and_others_are_sent(
    server: MailServer, box: Mailbox
) -> None:
    wait(1)
    wait(1, Cast.other_preceptor)
    put_mail(Cast.preceptor)
    put_mail(Cast.other_preceptor)
    box.fails["rcpt"] = "550"
    assert send_due(server, BASE_URL) == Tally(failed=2)
    assert {mail.last_error for mail in mails()} == {"The mail server refused the address for good (550)."}


def test_where_the_server_is_in_trouble_the_run_ends_and_other_mails_lose_no_try(
    server: MailServer, box: Mailbox, clock: TestClock
) -> None:
    for person in (Cast.preceptor, Cast.other_preceptor):
        wait(1, person)
        put_mail(person)
    box.fails["auth"] = "535"
    tally = send_due(server, BASE_URL)
    assert tally == Tally(later=1, trouble="The mail server refused our sign-in: 535.")
    assert [mail.attempts for mail in mails()] == [1, 0]
    box.fails.clear()
    clock.advance(minutes=1)
    assert send_due(server, BASE_URL) == Tally(sent=2)


def test_a_sender_that_died_lets_go_and_the_mail_is_sent_as_it_was(
    server: MailServer, box: Mailbox, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "_mark", die)
        with pytest.raises(KeyboardInterrupt):
            send_due(server, BASE_URL)
    clock.advance(minutes=9)
    assert send_due(server, BASE_URL) == Tally()
    clock.advance(minutes=2)
    assert send_due(server, BASE_URL) == Tally(sent=1)
    assert len(box.accepted) == 2
    assert len(set(box.accepted)) == 1


def test_a_slow_sender_does_not_unsend_what_another_sent(
    server: MailServer, box: Mailbox, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first sender's claim runs out while its server dawdles; it fails after the second has sent the mail."""
    asked()

    def dawdle(*_given: object) -> None:
        monkeypatch.setattr(outbox, "deliver", postman.deliver)
        clock.advance(minutes=11)
        assert send_due(server, BASE_URL) == Tally(sent=1)
        raise postman.TryLaterError("It took too long.")

    monkeypatch.setattr(outbox, "deliver", dawdle)
    send_due(server, BASE_URL)
    (mail,) = mails()
    assert mail.outcome == "sent"
    assert len(box.accepted) == 1


def test_a_mail_that_two_senders_sent_in_the_end_is_noted_once(
    server: MailServer, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked()

    def dawdle(*_given: object) -> None:
        monkeypatch.setattr(outbox, "deliver", postman.deliver)
        clock.advance(minutes=11)
        send_due(server, BASE_URL)

    monkeypatch.setattr(outbox, "deliver", dawdle)
    send_due(server, BASE_URL)
    assert actions().count("mail.sent") == 1


def test_a_mail_whose_sender_always_dies_is_given_up(server: MailServer, clock: TestClock) -> None:
    asked()
    with transaction() as session:
        mail = session.scalars(sa.select(OutgoingMail)).one()
        mail.attempts = ATTEMPTS_MOST
    assert send_due(server, BASE_URL) == Tally()
    assert (mails()[0].outcome, mails()[0].last_error) == ("failed", "It was begun too often and never ended.")


# What is no longer needed


def test_what_was_decided_meanwhile_is_not_asked_for(server: MailServer, box: Mailbox) -> None:
    (uid,) = wait(1)
    put_mail()
    review.decide(Cast.preceptor.actor, Decision(uid, verified=False, comment="The clamp?", version=1))
    assert send_due(server, BASE_URL) == Tally()
    assert box.accepted == []
    assert (mails()[0].outcome, mails()[0].last_error) == ("dropped", "Nothing waited any more.")


def test_who_was_deactivated_gets_no_mail(server: MailServer, box: Mailbox) -> None:
    asked()
    change(active=False)
    assert send_due(server, BASE_URL) == Tally()
    assert (mails()[0].outcome, mails()[0].last_error) == ("dropped", "The person is no longer active.")


def test_a_link_that_died_between_two_tries_is_not_sent_to_the_new_address(
    server: MailServer, box: Mailbox, clock: TestClock
) -> None:
    asked()
    box.fails["rcpt"] = "450"
    send_due(server, BASE_URL)
    change(email="another@north.example")
    box.fails.clear()
    clock.advance(minutes=1)
    assert send_due(server, BASE_URL) == Tally()
    assert (mails()[0].outcome, mails()[0].last_error) == ("dropped", "Its link has ended meanwhile.")
    digests.ask(Cast.student.actor, Cast.preceptor.id)
    assert send_due(server, BASE_URL) == Tally(sent=1)
    assert box.addressed[-1] == "TO:<another@north.example>"


def test_a_mail_names_what_waits_when_it_is_first_tried(server: MailServer, box: Mailbox) -> None:
    asked(1)
    wait(2)
    send_due(server, BASE_URL)
    assert len(links.open_link(link_in(box.mails[0])).entries) == 3


def test_another_secret_key_makes_another_link_instead_of_a_dead_one(
    app: Flask, server: MailServer, box: Mailbox, clock: TestClock
) -> None:
    asked()
    box.fails["rcpt"] = "450"
    send_due(server, BASE_URL)
    app.config["SECRET_KEY"] = "another secret for tests, long enough to be accepted"
    box.fails.clear()
    clock.advance(minutes=1)
    assert send_due(server, BASE_URL) == Tally(sent=1)
    assert len(links.open_link(link_in(box.mails[0])).entries) == 2
    assert [row.ended_why for row in link_rows()] == ["replaced", None]


# What people may be called


@pytest.mark.parametrize(
    "name",
    [
        "Zoë O'Neill-Žižka", "山田 花子", "A" * 200, "Ω " * 90 + "Ω", 'Pat "the Pump" <x@evil.example>',
        "Pat\r\nBcc: all@evil.example", "Pat\nSubject: canary\n\nbody", "Pat, Quinn; x@evil.example", "Pat\u2028X",
        "\ud800Pat".encode("utf-8", "replace").decode(),
    ],
)  # fmt: skip
def test_no_name_breaks_a_mail_or_slips_a_header_in(server: MailServer, box: Mailbox, name: str) -> None:
    asked()
    change(name=name)
    change(Cast.student, name=name)
    with transaction() as session:
        session.get_one(Program, Cast.program.id).name = name
    assert send_due(server, BASE_URL) == Tally(sent=1)
    (mail,) = box.mails
    assert set(mail.keys()) <= {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding", "X-Peer", "X-MailFrom", "X-RcptTo",
    }  # fmt: skip
    assert [each.addr_spec for each in mail["To"].addresses] == [Cast.preceptor.email]
    named = mail["To"].addresses[0].display_name
    assert "".join(named.split()) == "".join(name.split())
    assert box.addressed == [f"TO:<{Cast.preceptor.email}>"]
    assert max(map(len, box.accepted[0].splitlines())) <= 998
    assert link_in(mail)


@pytest.mark.parametrize(
    "address", ["<all>@evil.example", "a,b@north.example", "a b@north.example", "pat@", '"a"@b.c']
)
def test_what_is_no_address_is_given_up_without_asking_the_server(
    server: MailServer, box: Mailbox, address: str
) -> None:
    asked()
    change(email=address)
    assert send_due(server, BASE_URL) == Tally()
    assert box.connections == 0
    assert (mails()[0].outcome, mails()[0].last_error) == (
        "failed",
        "The address is none that mail can be sent to.",
    )


def test_neither_password_nor_token_nor_what_the_server_says_is_logged_or_kept(
    server: MailServer,
    box: Mailbox,
    clock: TestClock,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    asked()
    with caplog.at_level("DEBUG"):
        for step in ("auth", "rcpt", "content"):
            box.fails = {step: "450"}
            send_due(server, BASE_URL)
            clock.advance(hours=1)
        box.fails = {}
        assert send_due(replace(server, password="another canary"), BASE_URL).trouble
        clock.advance(hours=1)
        assert send_due(server, BASE_URL) == Tally(sent=1)
    ours = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("mail."))
    printed = capfd.readouterr()
    told = f"{ours} {printed.out} {printed.err} {mails()[0].last_error} {server!r}"
    for secret in (PASSWORD, "another canary", ECHO, link_in(box.mails[-1]), Cast.preceptor.email):
        assert secret not in told


def test_waits_double_up_to_six_hours() -> None:
    waits = [wait_after(number).total_seconds() / 60 for number in (0, 1, 2, 3, 9, 10, 20, 1_000)]
    assert waits == [1, 1, 2, 4, 256, 360, 360, 360]
