"""A mail is handed to a real server, which fails in every step that there is."""

import socket
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from caselog.services import postman
from caselog.services.postman import (
    DeliveryError,
    GivenUpError,
    MailServer,
    ServerTroubleError,
    TryLaterError,
    deliver,
)
from tests.support.smtp import ECHO, HOST, PASSWORD, SENDER, Mailbox, mail_server

TO = "pat.preceptor@north.example"
CANARY = "canary-of-the-content"


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postman, "STEP_TIMEOUT", 1.0)
    monkeypatch.setattr(postman, "QUIT_TIMEOUT", 0.5)


def a_mail(text: str = CANARY) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = SENDER, TO, "For you"
    message.set_content(text)
    return message


def tried(server: MailServer, to: str = TO, text: str = CANARY) -> DeliveryError | None:
    try:
        deliver(server, a_mail(text), to)
    except DeliveryError as error:
        told = f"{error!r} {error.__cause__!r}"
        assert not any(secret in told for secret in (ECHO, PASSWORD, CANARY, TO)), told
        return error
    return None


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_mail_is_handed_over_encrypted_and_signed_in(tmp_path: Path, box: Mailbox, tls: str) -> None:
    with mail_server(tmp_path, box, tls=tls) as server:
        assert tried(server) is None
    assert [(mail["To"], mail.get_content().strip()) for mail in box.mails] == [(TO, CANARY)]
    assert box.addressed == [f"TO:<{TO}>"]
    encrypted = dict(box.said)
    assert encrypted["AUTH"]
    assert encrypted["MAIL"]


def test_without_encryption_a_mail_goes_only_where_that_was_asked_for(tmp_path: Path, box: Mailbox) -> None:
    with mail_server(tmp_path, box, tls="none") as server:
        assert tried(server) is None
    assert len(box.accepted) == 1


# Where the server fails, and what is made of it. After `content` the server may have taken the mail.
STEPS: list[tuple[str, str, type[DeliveryError], str]] = [
    ("greet", "drop", ServerTroubleError, "could not be reached: it did not answer in time, or cut the line"),
    ("greet", "421", ServerTroubleError, "could not be reached: 421"),
    ("greet", "554", ServerTroubleError, "could not be reached: 554"),
    ("greet", "stall", ServerTroubleError, "could not be reached: it did not answer"),
    ("ehlo", "421", ServerTroubleError, "did not let us begin: 421"),
    ("ehlo", "550", ServerTroubleError, "did not let us begin: 550"),
    ("ehlo", "drop", ServerTroubleError, "did not let us begin: it did not answer in time, or cut the line"),
    ("ehlo", "stall", ServerTroubleError, "did not let us begin: it did not answer in time, or cut the line"),
    ("starttls", "454", ServerTroubleError, "could not be encrypted: 454"),
    ("starttls", "501", ServerTroubleError, "could not be encrypted: 501"),
    ("starttls", "drop", ServerTroubleError, "could not be encrypted: it did not answer in time, or cut the line"),
    ("auth", "535", ServerTroubleError, "refused our sign-in: 535"),
    ("auth", "454", ServerTroubleError, "refused our sign-in: 454"),
    ("auth", "drop", ServerTroubleError, "refused our sign-in: it did not answer in time, or cut the line"),
    ("mail", "451", ServerTroubleError, "refused the address that mail comes from (451)"),
    ("mail", "550", ServerTroubleError, "refused the address that mail comes from (550)"),
    ("mail", "drop", TryLaterError, "was lost"),
    ("rcpt", "450", TryLaterError, "refused the address for now (450)"),
    ("rcpt", "550", GivenUpError, "refused the address for good (550)"),
    ("rcpt", "drop", TryLaterError, "was lost"),
    ("rcpt", "stall", TryLaterError, "was lost"),
    ("data", "451", TryLaterError, "refused the mail for now (451)"),
    ("data", "554", GivenUpError, "refused the mail for good (554)"),
    ("data", "drop", TryLaterError, "was lost"),
    ("content", "452", TryLaterError, "refused the mail for now (452)"),
    ("content", "554", GivenUpError, "refused the mail for good (554)"),
    ("content", "drop", TryLaterError, "was lost"),
    ("content", "stall", TryLaterError, "was lost"),
]


@pytest.mark.parametrize(("step", "answer", "kind", "words"), STEPS)
def test_each_step_may_fail_and_says_what_to_do(
    tmp_path: Path, box: Mailbox, step: str, answer: str, kind: type[DeliveryError], words: str
) -> None:
    box.fails[step] = answer
    with mail_server(tmp_path, box) as server:
        error = tried(server)
    assert type(error) is kind
    assert words in str(error)
    assert bool(box.accepted) == (step == "content" and not answer.isdigit())


@pytest.mark.parametrize("answer", ["421", "drop", "stall"])
def test_a_goodbye_that_fails_does_not_take_the_mail_back(tmp_path: Path, box: Mailbox, answer: str) -> None:
    box.fails["quit"] = answer
    with mail_server(tmp_path, box) as server:
        assert tried(server) is None
    assert len(box.accepted) == 1


def test_nobody_listens() -> None:
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    error = tried(MailServer(HOST, port, "starttls", SENDER))
    assert "could not be reached: it refused the connection" in str(error)
    error = tried(MailServer("mail.invalid", 25, "starttls", SENDER))
    assert "there is no such host" in str(error)


def test_where_no_encryption_is_offered_nothing_is_sent(tmp_path: Path, box: Mailbox) -> None:
    with mail_server(tmp_path, box, offers_tls=False) as server:
        error = tried(server)
    assert isinstance(error, ServerTroubleError)
    assert "offers no encryption" in str(error)
    assert {command for command, _ in box.said} <= {"EHLO", "QUIT"}


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path: Path, box: Mailbox, tls: str) -> None:
    with mail_server(tmp_path, box, tls=tls, trusted=False) as server:
        error = tried(server)
    assert isinstance(error, ServerTroubleError)
    assert "its certificate is not to be trusted" in str(error)
    assert "MAIL" not in dict(box.said)


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_of_another_host_is_not_trusted(tmp_path: Path, box: Mailbox, tls: str) -> None:
    with mail_server(tmp_path, box, tls=tls) as server:
        other = MailServer("127.0.0.1", server.port, tls, SENDER, ca=server.ca)
        error = tried(other)
    assert "its certificate is not to be trusted" in str(error)
    assert "MAIL" not in dict(box.said)


def test_a_server_that_trickles_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, box: Mailbox) -> None:
    monkeypatch.setattr(postman, "STEP_TIMEOUT", 30.0)
    monkeypatch.setattr(postman, "WHOLE_TIMEOUT", 0.5)
    box.fails["content"] = "stall"
    with mail_server(tmp_path, box) as server:
        assert isinstance(tried(server), TryLaterError)


def test_long_lines_dots_and_letters_of_all_kinds_arrive_as_they_were(tmp_path: Path, box: Mailbox) -> None:
    text = "\n".join((".", "..x", "ö" * 2_000, "a" * 2_000, "Ω ≥ 🫀", "From here"))
    with mail_server(tmp_path, box) as server:
        assert tried(server, text=text) is None
    assert max(map(len, box.accepted[0].split(b"\r\n"))) <= 998
    assert box.mails[0].get_content().replace("\r\n", "\n").rstrip("\n") == text


def test_an_address_beyond_ascii_needs_a_server_that_takes_it(tmp_path: Path, box: Mailbox) -> None:
    with mail_server(tmp_path, box) as server:
        assert tried(server, to="pät@north.example") is None
    assert box.addressed == ["TO:<pät@north.example>"]
