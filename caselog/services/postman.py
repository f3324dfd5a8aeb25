"""Handing one mail to an SMTP server: it was taken, or an error says in our words what to do about it.

What a server answers may repeat addresses or the mail itself, so of its answers only the code is told on.
"""

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage

STEP_TIMEOUT = 30.0  # seconds that the server may take for one answer
WHOLE_TIMEOUT = 120.0  # and for all after its greeting
QUIT_TIMEOUT = 5.0


class DeliveryError(Exception):
    """A mail was not taken; the message says why, for whoever looks after it."""


class ServerTroubleError(DeliveryError):
    """The server cannot be used as things stand: another mail would fare no better now."""


class TryLaterError(DeliveryError):
    """This mail was not taken for now."""


class GivenUpError(DeliveryError):
    """This mail will never be taken."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in; `tls` is `starttls`, `implicit` or `none`, and `ca` a file to trust instead."""

    host: str
    port: int
    tls: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""


def deliver(server: MailServer, message: EmailMessage, to: str) -> None:
    """Hand a mail over. Raises DeliveryError; returns only once the server has taken responsibility for it."""
    smtp = _connect(server)
    try:
        with _no_longer_than(WHOLE_TIMEOUT, smtp):
            _introduce(smtp, server)
            _hand_over(smtp, server, message, to)
        _part(smtp)
    finally:
        smtp.close()


def _connect(server: MailServer) -> smtplib.SMTP:
    us = server.sender.rpartition("@")[2]
    try:
        if server.tls == "implicit":
            return smtplib.SMTP_SSL(server.host, server.port, us, timeout=STEP_TIMEOUT, context=_trust(server))
        return smtplib.SMTP(server.host, server.port, us, timeout=STEP_TIMEOUT)
    except (OSError, smtplib.SMTPException) as error:
        raise _trouble("The mail server could not be reached", error) from None


def _trust(server: MailServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.ca or None)


@contextmanager
def _no_longer_than(seconds: float, smtp: smtplib.SMTP) -> Iterator[None]:
    """Cut the line after so many seconds: a server that trickles its answers would keep each of them alive."""

    def cut() -> None:
        if smtp.sock:
            with suppress(OSError):
                socket.socket.shutdown(smtp.sock, socket.SHUT_RDWR)  # an SSLSocket's own would forget its keys

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _introduce(smtp: smtplib.SMTP, server: MailServer) -> None:
    """Greet, encrypt, sign in: what fails here would fail for every mail."""
    try:
        smtp.ehlo_or_helo_if_needed()
    except (OSError, smtplib.SMTPException) as error:
        raise _trouble("The mail server did not let us begin", error) from None
    if server.tls == "starttls":
        try:
            smtp.starttls(context=_trust(server))
            smtp.ehlo()
        except smtplib.SMTPNotSupportedError:
            raise ServerTroubleError(
                "The mail server offers no encryption (STARTTLS); nothing was sent."
            ) from None
        except (OSError, smtplib.SMTPException) as error:
            raise _trouble("The connection to the mail server could not be encrypted", error) from None
    if server.user:
        try:
            smtp.login(server.user, server.password)
        except (OSError, smtplib.SMTPException) as error:
            raise _trouble("The mail server refused our sign-in", error) from None


def _hand_over(smtp: smtplib.SMTP, server: MailServer, message: EmailMessage, to: str) -> None:
    try:
        beyond_ascii = not to.isascii()
        if beyond_ascii and not smtp.has_extn("smtputf8"):
            raise GivenUpError("The mail server takes no address with letters beyond plain English ones.")
        code, _ = smtp.mail(server.sender, ("SMTPUTF8",) if beyond_ascii else ())
        if code != 250:
            raise ServerTroubleError(f"The mail server refused the address that mail comes from ({code}).")
        code, _ = smtp.rcpt(to)
        if code not in (250, 251):
            raise _refusal("The mail server refused the address", code)
        try:
            code, _ = smtp.data(message.as_bytes())
        except smtplib.SMTPDataError as error:
            code = error.smtp_code
        if code != 250:
            raise _refusal("The mail server refused the mail", code)
    except (OSError, smtplib.SMTPException):
        raise TryLaterError("The connection to the mail server was lost while the mail was handed over.") from None


def _part(smtp: smtplib.SMTP) -> None:
    """Say goodbye; however that ends, the mail was taken."""
    with suppress(OSError, smtplib.SMTPException):
        if smtp.sock:
            smtp.sock.settimeout(QUIT_TIMEOUT)
        smtp.quit()


def _refusal(what: str, code: int) -> DeliveryError:
    if 500 <= code <= 599:
        return GivenUpError(f"{what} for good ({code}).")
    return TryLaterError(f"{what} for now ({code}).")


def _trouble(what: str, error: Exception) -> ServerTroubleError:
    """The error in words that give away nothing of what was sent or answered."""
    match error:
        case smtplib.SMTPResponseException():
            why = str(error.smtp_code)
        case smtplib.SMTPServerDisconnected():
            why = "it did not answer in time, or cut the line"
        case ssl.SSLCertVerificationError():
            why = "its certificate is not to be trusted"
        case ssl.SSLError():
            why = "TLS failed"
        case TimeoutError():
            why = "it took too long"
        case socket.gaierror():
            why = "there is no such host"
        case ConnectionRefusedError():
            why = "it refused the connection"
        case smtplib.SMTPNotSupportedError():
            why = "it offers none that we know"
        case _:
            why = "the connection failed"
    return ServerTroubleError(f"{what}: {why}.")
