"""Logging cases over HTTP: eight people at once against the server as it really runs."""

import http.client
import os
import re
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode

from bench.world import PASSWORD, World, email_of, environment

CLIENTS, WORKERS = 8, 2
_START_WITHIN = 30  # seconds
_PIECE = 64 * 1024  # bytes
_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'\b(name|value)="([^"]*)"')


@dataclass
class Report:
    """What came of it: times in seconds of each request that logs a case, the acknowledged cases, the errors."""

    seconds: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    stored: int = 0

    def shown(self) -> str:
        per_cent = statistics.quantiles(self.seconds, n=100, method="inclusive")
        return (
            f"logging a case over HTTP, {CLIENTS} clients, {WORKERS} workers: {len(self.acknowledged)} acknowledged, "
            f"{self.stored} stored, {len(self.errors)} errors; p50 {per_cent[49] * 1000:.0f} ms, "
            f"p99 {per_cent[98] * 1000:.0f} ms"
        )


def log_at_once(world: World, each: int) -> Report:
    """Each of the clients signs in and logs `each` cases, the form fetched before each as a browser does."""
    report = Report()
    with server(world) as (port, _), ThreadPoolExecutor(CLIENTS) as pool:
        for part in pool.map(lambda number: _log(port, number, each), range(CLIENTS)):
            report.seconds += part.seconds
            report.acknowledged += part.acknowledged
            report.errors += part.errors
    with closing(sqlite3.connect(world.path)) as connection:
        stored = {uuid.UUID(row[0]) for row in connection.execute("SELECT case_uid FROM logged_case")}
    report.stored = sum(uuid.UUID(case_uid) in stored for case_uid in report.acknowledged)
    if report.stored != len(report.acknowledged):
        report.errors.append(f"{len(report.acknowledged) - report.stored} acknowledged cases are not stored")
    return report


@contextmanager
def server(world: World, workers: int = WORKERS) -> Iterator[tuple[int, int]]:
    """gunicorn on a free port of this machine: the port, and the process that started the workers."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--workers", str(workers), "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        [*command, "caselog:create_app()"],
        env={**os.environ, **environment(world.path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    until = time.monotonic() + _START_WITHIN
    while True:
        try:
            with closing(Browser(port)) as browser:
                if browser.get("/healthz")[0] == http.client.OK:
                    return
        except OSError:
            if time.monotonic() > until:
                raise
        time.sleep(0.05)


class Browser:
    """Cookies, forms, redirects not followed."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}

    def close(self) -> None:
        self._connection.close()

    def get(self, path: str) -> tuple[int, str]:
        return self._send("GET", path)

    def post(self, path: str, fields: list[tuple[str, str]]) -> tuple[int, str]:
        return self._send("POST", path, urlencode(fields))

    def taken(self, path: str, fields: list[tuple[str, str]]) -> int:
        """How many bytes the answer to a form has; they are let go of as they come."""
        return sum(map(len, self._answered("POST", path, urlencode(fields))))

    def _send(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        response = self._answer(method, path, body)
        return response.status, response.read().decode()

    def _answered(self, method: str, path: str, body: str | None) -> Iterator[bytes]:
        response = self._answer(method, path, body)
        if response.status != http.client.OK:
            raise ValueError(f"{path} answers {response.status}")
        while piece := response.read(_PIECE):
            yield piece

    def _answer(self, method: str, path: str, body: str | None) -> http.client.HTTPResponse:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        for header in response.headers.get_all("Set-Cookie", []):
            name, _, value = header.partition(";")[0].partition("=")
            self._cookies[name] = value
        return response


def hidden(page: str, name: str) -> str:
    """The value of a field that the page itself fills in."""
    for tag in _INPUT.findall(page):
        found = dict(_ATTRIBUTE.findall(tag))
        if found.get("name") == name:
            return unescape(found.get("value", ""))
    raise ValueError(f"the page has no field {name}")


def sign_in(browser: Browser, email: str) -> int:
    token = hidden(browser.get("/sign-in")[1], "csrf_token")
    status, _ = browser.post("/sign-in", [("csrf_token", token), ("email", email), ("password", PASSWORD)])
    return status


def _log(port: int, number: int, cases: int) -> Report:
    report = Report()
    email = email_of(number)
    with closing(Browser(port)) as browser:
        status = sign_in(browser, email)
        if status != http.client.FOUND:
            report.errors.append(f"sign-in of {email}: {status}")
            return report
        for case in range(cases):
            _log_one(browser, f"case {case} of {email}", report)
    return report


def _log_one(browser: Browser, name: str, report: Report) -> None:
    page = browser.get("/cases/new")[1]
    case_uid, token = hidden(page, "case_uid"), hidden(page, "csrf_token")
    begun = time.perf_counter()
    status, _ = browser.post("/cases/new", [*_CASE, ("case_uid", case_uid), ("csrf_token", token)])
    report.seconds.append(time.perf_counter() - begun)
    if status == http.client.FOUND:
        report.acknowledged.append(case_uid)
    else:
        report.errors.append(f"{name}: {status}")


_CASE = [
    ("case_date", "2026-02-02"),
    ("start_time", "07:30"),
    ("site", "harbor"),
    ("preceptor", "preceptor.harbor@bench.example"),
    ("activity", "cpb"),
    ("procedures", "aortic_valve"),
    ("procedures", "cabg"),
    ("role", "primary"),
    ("setting", "clinical"),
    ("age_group", "adult"),
    ("urgency", "elective"),
    ("redo", "no"),
    ("cpb_minutes", "95"),
    ("note", "A case of the bench."),
    ("action", "submit"),
]
