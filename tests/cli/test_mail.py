"""`caselog send-mail` as the operator runs it: once, in a loop, and in its own process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask

from caselog.services.postman import MailServer
from tests.cli.conftest import Terminal
from tests.support.cast import Cast
from tests.support.clock import TestClock
from tests.support.log import put
from tests.support.mail import BASE_URL, link_in, outbox, put_mail
from tests.support.settings import SECRET_KEY
from tests.support.smtp import PASSWORD, Mailbox, mail_server

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = (sys.executable, "-c", "from caselog.cli import main; main()")
WITHIN = 60  # seconds; the machine may have much else to do


def settings(server: MailServer) -> dict[str, str]:
    return {
        "SECRET_KEY": SECRET_KEY,
        "BASE_URL": BASE_URL,
        "SMTP_HOST": server.host,
        "SMTP_PORT": str(server.port),
        "SMTP_CA": server.ca,
        "SMTP_USER": server.user,
        "SMTP_PASSWORD": server.password,
        "MAIL_FROM": server.sender,
    }


def setenv(monkeypatch: pytest.MonkeyPatch, server: MailServer) -> None:
    for name, value in settings(server).items():
        monkeypatch.setenv(name, value)


def test_it_asks_for_what_waited_too_long_and_sends_the_mail(
    terminal: Terminal, app: Flask, clock: TestClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(app, status="submitted")
    clock.advance(days=31)
    box = Mailbox()
    with mail_server(tmp_path, box) as server:
        setenv(monkeypatch, server)
        first, second = terminal.run("send-mail"), terminal.run("send-mail")
    assert (first.stdout, second.stdout) == ("1 sent, 0 put off, 0 given up.\n", "")
    (mail,) = box.mails
    assert mail["To"].addresses[0].addr_spec == Cast.preceptor.email
    assert app.test_client().get(f"/confirm/{link_in(mail)}").status_code == 200


def test_trouble_with_the_server_is_told_without_a_secret_and_ends_with_an_error(
    terminal: Terminal, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(app, status="submitted")
    with app.app_context():
        put_mail()
    with mail_server(tmp_path, Mailbox(fails={"auth": "535"})) as server:
        setenv(monkeypatch, server)
        result = terminal.failed("send-mail")
    assert result.stdout == "0 sent, 1 put off, 0 given up.\n"
    assert result.stderr == "Error: The mail server refused our sign-in: 535.\n"
    assert PASSWORD not in result.output


def test_without_its_settings_it_says_which_it_needs(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET_KEY)
    assert terminal.refused("send-mail") == (
        "Error: Mail needs SMTP_HOST, MAIL_FROM, BASE_URL; set them in the environment.\n"
    )


def test_without_the_servers_secret_it_makes_no_links(terminal: Terminal) -> None:
    assert "SECRET_KEY must have at least 32 characters" in terminal.refused("send-mail")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_loop_goes_on_until_it_is_told_to_stop_and_then_ends_in_order(
    app: Flask, database_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    put(app, {}, {}, status="submitted")
    box = Mailbox()
    with mail_server(tmp_path, box) as server:
        process = subprocess.Popen(
            [*COMMAND, "send-mail", "--loop", "1"], cwd=ROOT,
            env=settings(server) | {"DATABASE_URL": database_url, "PATH": os.environ["PATH"]},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            for person in (Cast.preceptor, Cast.other_preceptor):
                with app.app_context():
                    put_mail(person)
                until = time.monotonic() + WITHIN
                while time.monotonic() < until and (process.poll() is None):
                    with app.app_context():
                        if all(mail.outcome for mail in outbox()):
                            break
                    time.sleep(0.1)
            process.send_signal(number)
            printed, errors = process.communicate(timeout=WITHIN)
        finally:
            process.kill()
    assert (process.returncode, errors) == (0, "")
    assert "1 sent, 0 put off, 0 given up." in printed
    assert len(box.accepted) == 1
    with app.app_context():
        assert [mail.outcome for mail in outbox()] == ["sent", "dropped"]


def test_a_signal_ends_it_between_two_mails(app: Flask, database_url: str, tmp_path: Path) -> None:
    for person in (Cast.preceptor, Cast.other_preceptor, Cast.director):
        put(app, {"preceptor_id": person.id, "site_id": Cast.site.id}, status="submitted")
        with app.app_context():
            put_mail(person)
    box = Mailbox(fails={"quit": "stall"})  # so that each mail takes its time after it was taken
    with mail_server(tmp_path, box) as server:
        process = subprocess.Popen(
            [*COMMAND, "send-mail"], cwd=ROOT,
            env=settings(server) | {"DATABASE_URL": database_url, "PATH": os.environ["PATH"]},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            until = time.monotonic() + WITHIN
            while time.monotonic() < until and not box.accepted:
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            printed, errors = process.communicate(timeout=WITHIN)
        finally:
            process.kill()
    assert (process.returncode, errors, printed) == (0, "", "1 sent, 0 put off, 0 given up.\n")
    with app.app_context():
        assert sorted(str(mail.outcome) for mail in outbox()) == ["None", "None", "sent"]
