"""A real SMTP server for tests, which keeps what it is sent and fails where it is told to."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from caselog.services.postman import MailServer

HOST = "localhost"
SENDER = "caselog@mail.example"
USER, PASSWORD = "caselog", "canary-of-the-mail-password"
ECHO = "canary-echo"  # what the server adds to each answer: nobody may repeat it


class _CutError(ConnectionError):
    """The server lets go of the line."""


def _cut(line: SMTP) -> None:
    if isinstance(line.transport, asyncio.Transport):
        line.transport.abort()


@dataclass
class Mailbox:
    """What a server took, and where it fails: `fails` maps a step to an answer, or to `drop` or `stall`.

    Steps are `greet`, `ehlo`, `starttls`, `auth`, `mail`, `rcpt`, `data` (before the content), `content` (after
    it) and `quit`. `accepted` are mails that it took although it may never have said so.
    """

    fails: dict[str, str] = field(default_factory=dict)
    accepted: list[bytes] = field(default_factory=list)
    said: list[tuple[str, bool]] = field(default_factory=list)  # commands, and whether they came encrypted
    addressed: list[str] = field(default_factory=list)
    connections: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def mails(self) -> list[EmailMessage]:
        found = [message_from_bytes(each, policy=policy.default) for each in self.accepted]
        assert all(isinstance(each, EmailMessage) for each in found)
        return found

    async def step(self, name: str, smtp: SMTP | None) -> str | None:
        """The answer that a step fails with, or None when it succeeds."""
        answer = self.fails.get(name)
        if answer == "drop":
            if smtp:
                _cut(smtp)
            raise _CutError
        if answer == "stall":
            await asyncio.sleep(60)
        return f"{answer} {ECHO}" if answer else None


class _Protocol(SMTP):
    """The server's side of a connection, with a place to fail before each command of the standard one."""

    def __init__(self, box: Mailbox, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._box = box

    async def _fails(self, name: str, command: str) -> bool:
        assert self.transport
        self._box.said.append((command, self.transport.get_extra_info("sslcontext") is not None))
        answer = await self._box.step(name, self)
        if answer:
            await self.push(answer)
        return bool(answer)

    async def _handle_client(self) -> None:
        self._box.connections += 1
        try:
            answer = await self._box.step("greet", self)
            if answer:
                await self.push(answer)
                assert self.transport
                self.transport.close()
            else:
                await super()._handle_client()
        except _CutError:
            pass

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802 (aiosmtpd finds commands by these names)
        if not await self._fails("ehlo", "EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:  # noqa: N802
        if not await self._fails("ehlo", "HELO"):
            await super().smtp_HELO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        if not await self._fails("starttls", "STARTTLS"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        if not await self._fails("auth", "AUTH"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        if not await self._fails("mail", "MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        self._box.addressed.append(arg or "")
        if not await self._fails("rcpt", "RCPT"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if not await self._fails("data", "DATA"):
            await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802
        if not await self._fails("quit", "QUIT"):
            await super().smtp_QUIT(arg)


class _Handler:
    def __init__(self, box: Mailbox) -> None:
        self.box = box

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        refusal = self.box.fails.get("content", "")
        if not refusal.isdigit():
            with self.box.lock:
                self.box.accepted.append(envelope.original_content or b"")
        return await self.box.step("content", server) or "250 OK"

    async def handle_exception(self, error: Exception) -> str:
        if isinstance(error, _CutError):
            return "421 gone"
        raise error


class _Server:
    """The server in a thread of its own; it listens when it is made."""

    def __init__(self, box: Mailbox, context: ssl.SSLContext, *, tls: str, offers_tls: bool) -> None:
        self._loop = asyncio.new_event_loop()
        self._lines: list[SMTP] = []

        def serve() -> SMTP:
            line = _Protocol(
                box, _Handler(box), hostname=HOST, loop=self._loop, enable_SMTPUTF8=True, authenticator=_right,
                auth_require_tls=tls == "starttls",
                tls_context=context if tls == "starttls" and offers_tls else None,
            )  # fmt: skip
            self._lines.append(line)
            return line

        # Everything happens in the thread: in this one a browser's loop may be running.
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        listening = self._loop.create_server(serve, "127.0.0.1", 0, ssl=context if tls == "implicit" else None)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result()
        self.port: int = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        for line in self._lines:
            _cut(line)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.01)  # the lines close in the loop


def _right(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any) -> AuthResult:
    right = isinstance(given, LoginPassword) and given == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@contextmanager
def mail_server(
    folder: Path, box: Mailbox, *, tls: str = "starttls", offers_tls: bool = True, trusted: bool = True
) -> Iterator[MailServer]:
    """Run a server while the test does something, and tell how to reach it."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    ca = folder / "ca.pem"
    (authority if trusted else trustme.CA()).cert_pem.write_to_path(ca)
    server = _Server(box, context, tls=tls, offers_tls=offers_tls)
    signs_in = tls != "none"
    try:
        yield MailServer(
            host=HOST, port=server.port, tls=tls, sender=SENDER, user=USER if signs_in else "",
            password=PASSWORD if signs_in else "", ca=str(ca),
        )  # fmt: skip
    finally:
        server.stop()
