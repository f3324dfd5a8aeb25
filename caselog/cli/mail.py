"""`caselog send-mail`: once, or again and again until it is told to stop."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

import config as settings
from caselog.cli.database import application
from caselog.cli.support import tell
from caselog.extensions import db
from caselog.services import digests, outbox
from caselog.services.outbox import Tally
from caselog.services.postman import MailServer

_NEEDED = ("SMTP_HOST", "MAIL_FROM", "BASE_URL")


@click.command("send-mail")
@click.option(
    "--loop",
    type=click.IntRange(1, 86_400),
    metavar="SECONDS",
    help="Do it again after so many seconds, for ever.",
)
def send_mail(loop: int | None) -> None:
    """Ask reviewers by mail for what has waited too long, and send all mail that is due.

    A SIGTERM ends it between two mails.
    """
    configured = settings.load()  # with the server's SECRET_KEY: the links in mails are derived from it
    server = _server(configured)
    with _until_told() as told, application(configured):
        while True:
            tally = _once(server, configured["BASE_URL"], told)
            if loop is None:
                if tally.trouble:
                    raise click.ClickException(tally.trouble)
                return
            if tally.trouble:
                tell(tally.trouble)
            if told.wait(loop):
                return


def _once(server: MailServer, base_url: str, told: threading.Event) -> Tally:
    asked = digests.look()
    tally = outbox.send_due(server, base_url, goes_on=lambda: not told.is_set())
    db.session.remove()
    if asked or tally != Tally():
        click.echo(f"{tally.sent} sent, {tally.later} put off, {tally.failed} given up.")
    return tally


def _server(configured: dict[str, Any]) -> MailServer:
    missing = [name for name in _NEEDED if not configured[name]]
    if missing:
        raise settings.ConfigError(f"Mail needs {', '.join(missing)}; set them in the environment.")
    return MailServer(
        host=configured["SMTP_HOST"],
        port=configured["SMTP_PORT"],
        tls=configured["SMTP_TLS"],
        sender=configured["MAIL_FROM"],
        user=configured["SMTP_USER"],
        password=configured["SMTP_PASSWORD"],
        ca=configured["SMTP_CA"],
    )


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    """An event that SIGTERM and Ctrl+C set."""
    told = threading.Event()
    before = {number: signal.signal(number, lambda *_: told.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
