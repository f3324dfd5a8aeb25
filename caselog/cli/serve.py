"""`caselog serve`: what `make run` starts. Prepares the database, then serves with gunicorn until it is stopped."""

import errno
import fcntl
import ipaddress
import logging
import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # gunicorn ships no types
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]  # the same
from gunicorn.glogging import Logger as GunicornLogger  # type: ignore[import-untyped]  # the same

import config as settings
from caselog import create_app
from caselog.cli.database import address, application, engine_version, upgrade
from caselog.cli.demo import set_up_demo
from caselog.services.operator import there_is_a_demo, there_is_a_program

WORKERS = 2
THREADS = 4  # in each worker


@click.command()
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True, help="HOST in the environment.")
@click.option(
    "--port", envvar="PORT", type=click.IntRange(0, 65535), default=8000, show_default=True, help="PORT, likewise."
)
def serve(host: str, port: int) -> None:
    """Serve the pages; the first time, make the database and, in development, the demo program."""
    configured = settings.load()
    instance: Path = configured["CASELOG_INSTANCE"]
    instance.mkdir(parents=True, exist_ok=True)
    with _alone(instance / "caselog.lock", _url(host, port)) as lock, _listener(host, port) as listener:
        url = _url(host, listener.getsockname()[1])
        _prepare(configured)
        for line in _reach(configured, host):
            click.echo(line)
        click.echo(f"Caselog serves {url} — Ctrl+C stops it.")
        _Server(listener, lock).run()


def _url(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


@contextmanager
def _alone(path: Path, url: str) -> Iterator[IO[str]]:
    """Hold the lock of this instance; the system lets go of it when the process ends, however it ends."""
    with path.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise click.ClickException(
                f"Caselog already runs: {lock.read().strip()}. Stop it there with Ctrl+C, "
                "or give this one its own CASELOG_INSTANCE and PORT."
            ) from error
        lock.truncate(0)
        lock.write(f"{url} (process {os.getpid()})")
        lock.flush()
        yield lock


def _listener(host: str, port: int) -> socket.socket:
    """The socket that the workers will share, bound before anything else is done."""
    try:
        family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(where[:2], family=family)
    except socket.gaierror as error:
        raise click.ClickException(f"HOST “{host}” is no address of this machine.") from error
    except OSError as error:
        match error.errno:
            case errno.EADDRINUSE:
                message = f"Port {port} is taken by another program; choose another, such as PORT={port + 1}."
            case errno.EADDRNOTAVAIL:
                message = f"HOST “{host}” is no address of this machine."
            case errno.EACCES:
                message = f"Port {port} is kept for the system; choose one from 1024 on, such as PORT=8000."
            case _:
                raise
        raise click.ClickException(message) from error


def _prepare(configured: dict[str, Any]) -> None:
    """Bring the database up to date and say which it is; in development, see to the demo program."""
    with application(configured, ready=False):
        before, after = upgrade()
        click.echo(f"{engine_version()}, {address()}")
        if before != after:
            click.echo(f"The database is brought to revision {after}.")
        if configured["CASELOG_ENV"] == "production":
            if not there_is_a_program():
                click.echo("There is no program yet; make one: caselog create-program --help")
            return
        if not there_is_a_program():
            click.echo("Setting up the demo program; this happens once …")
            set_up_demo(configured["CASELOG_INSTANCE"])
        elif there_is_a_demo():
            set_up_demo(configured["CASELOG_INSTANCE"])


def _reach(configured: dict[str, Any], host: str) -> Iterator[str]:
    """Who can come here, and how."""
    if configured["CASELOG_ENV"] == "production":
        return
    yield "Development: plain http without encryption, meant for this machine only."
    if not _is_loopback(host):
        yield f"Warning: HOST={host} lets other machines in, and anyone on the way can read along."


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Discreet(logging.Filter):
    """Cuts off the tokens of secret addresses, which gunicorn names when it cannot make sense of a request."""

    _TOKEN = re.compile(r"(/(?:confirm|set-password)/)[^\s'\"?]+")

    def filter(self, record: logging.LogRecord) -> bool:
        told = record.getMessage()
        if self._TOKEN.search(told):
            record.msg, record.args = self._TOKEN.sub(r"\1…", told), ()
        return True


class _Logger(GunicornLogger):  # type: ignore[misc]  # gunicorn ships no types
    def setup(self, cfg: object) -> None:
        super().setup(cfg)
        self.error_log.addFilter(_Discreet())


class _GracefulArbiter(Arbiter):  # type: ignore[misc]  # gunicorn ships no types
    """Ends requests in progress on Ctrl+C as it does on SIGTERM; a second Ctrl+C is quick."""

    handle_int = Arbiter.handle_term


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    def __init__(self, listener: socket.socket, lock: IO[str]) -> None:
        self._listener, self._lock = listener, lock
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": f"fd://{self._listener.detach()}",
            "workers": WORKERS,
            "worker_class": "gthread",
            "threads": THREADS,
            "loglevel": "warning",
            "logger_class": _Logger,
            "accesslog": None,  # addresses of pages may hold names and tokens
            "control_socket_disable": True,
            "forwarded_allow_ips": "",  # which proxies are believed is for CASELOG_PROXIES to say
            "proc_name": "caselog",
            "post_fork": self._leave_to_the_first,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> object:
        return create_app()

    def run(self) -> None:
        _GracefulArbiter(self).run()

    def _leave_to_the_first(self, _arbiter: object, _worker: object) -> None:
        """A new worker holds no lock, which would else outlive a killed server by a moment, and hears no Ctrl+C.

        A terminal sends Ctrl+C to every process; only the first answers, and stops the workers in order. It is
        blocked from the fork on: a worker that is still loading the pages would answer it with a traceback.
        """
        self._lock.close()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
