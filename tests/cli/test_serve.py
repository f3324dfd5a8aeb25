"""`caselog serve` as a person starts it: in its own process, on SQLite and PostgreSQL."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("caselog")
WITHIN = 60  # seconds; the machine may have much else to do


class Server:
    """A running `caselog serve`; `said` is what it printed until it served."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [COMMAND, "serve"],
            env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        assert self._process.stdout
        self.said = ""
        while "Caselog serves" not in self.said:
            line = self._process.stdout.readline()
            assert line, f"{self.said}\n{self._process.communicate()[1]}"
            self.said += line
        found = re.search(r"Caselog serves (http://\S+)", self.said)
        assert found
        self.url = found[1]
        self.pid = self._process.pid

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=WITHIN) as answer:  # noqa: S310 (our own server)
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def ctrl_c(self) -> None:
        """As a terminal does it: to every process at once."""
        os.killpg(self.pid, signal.SIGINT)

    def end(self, number: signal.Signals | None = None) -> tuple[int, str]:
        """The exit code and what came on standard error, after a signal to the first process."""
        if number:
            self._process.send_signal(number)
        _, errors = self._process.communicate(timeout=WITHIN)
        return self._process.returncode, errors

    def is_gone(self) -> bool:
        """Whether no process of it is left, in a while at most."""
        until = time.monotonic() + WITHIN
        while time.monotonic() < until:
            try:
                os.killpg(self.pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.1)
        return False

    def kill(self) -> None:
        if self._process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.communicate()


Start = Callable[..., Server]


def environment(url: str, folder: Path, **more: str) -> dict[str, str]:
    kept = {"CASELOG_ENV": "development", "CASELOG_INSTANCE": str(folder), "DATABASE_URL": url, "PORT": "0"}
    return kept | {"PATH": os.environ["PATH"]} | more


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Server] = []

    def begin(url: str, **more: str) -> Server:
        started.append(Server(environment(url, tmp_path / "instance", **more)))
        return started[-1]

    yield begin
    for server in started:
        server.kill()


def refused(url: str, folder: Path, **more: str) -> str:
    done = subprocess.run(
        [COMMAND, "serve"],
        env=environment(url, folder, **more), capture_output=True, text=True, check=False, timeout=WITHIN,
    )  # fmt: skip
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    return done.stderr


def test_the_first_run_makes_database_and_demo_and_the_second_keeps_them(
    empty_database_url: str, start: Start, tmp_path: Path
) -> None:
    first = start(empty_database_url)
    kept = tmp_path / "instance" / "demo-password"
    assert "Setting up the demo program" in first.said
    assert f"with the password {kept.read_text()} as\n  student@demo.example " in first.said
    assert kept.stat().st_mode & 0o077 == 0
    assert [first.status(path) for path in ("/healthz", "/readyz", "/sign-in")] == [200, 200, 200]
    assert first.end(signal.SIGTERM) == (0, "")
    second = start(empty_database_url, CASELOG_DEMO_PASSWORD="a password of one's own")
    assert "Setting up" not in second.said
    assert "with the password a password of one's own as\n  student@demo.example " in second.said


def test_it_says_what_it_runs_on_and_that_it_is_not_encrypted(database_url: str, start: Start) -> None:
    server = start(database_url)
    assert re.match(r"SQLite 3\.\d+\.\d+, sqlite:///|PostgreSQL \d+.*, postgresql\+psycopg://", server.said)
    assert "plain http without encryption, meant for this machine only" in server.said
    assert "Warning" not in server.said
    assert "demo" not in server.said  # this database has programs, but not that one


def test_two_at_once_get_a_clear_message(sqlite_url: str, start: Start, tmp_path: Path) -> None:
    server = start(sqlite_url)
    says = refused(sqlite_url, tmp_path / "instance")
    assert says.startswith(
        f"Error: Caselog already runs: http://127.0.0.1:0 (process {server.pid}). Stop it there"
    )
    assert server.status("/healthz") == 200


def test_a_port_that_is_taken_gets_a_clear_message(sqlite_url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        says = refused(sqlite_url, tmp_path, PORT=str(port))
    assert says == f"Error: Port {port} is taken by another program; choose another, such as PORT={port + 1}.\n"


def test_what_gunicorn_says_of_a_request_holds_no_secret_address(sqlite_url: str, start: Start) -> None:
    server = start(sqlite_url)
    port = int(server.url.rpartition(":")[2])
    for path in ("confirm", "set-password"):
        with socket.create_connection(("127.0.0.1", port), timeout=WITHIN) as line:
            line.sendall(f"GET /{path}/canary-token\r\n\r\n".encode())
            assert b" 400 " in line.recv(4_096)
    _, errors = server.end(signal.SIGTERM)
    assert "/confirm/…" in errors
    assert "/set-password/…" in errors
    assert "canary" not in errors


def test_ctrl_c_stops_it_in_order(sqlite_url: str, start: Start) -> None:
    server = start(sqlite_url)
    assert server.status("/sign-in") == 200
    server.ctrl_c()
    assert server.end() == (0, "")


def test_a_server_that_was_killed_leaves_no_lock_and_no_worker(sqlite_url: str, start: Start) -> None:
    killed = start(sqlite_url)
    assert killed.status("/healthz") == 200
    killed.end(signal.SIGKILL)
    start(sqlite_url)
    assert killed.is_gone()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"HOST": "caselog.invalid"}, "Error: HOST “caselog.invalid” is no address of this machine.\n"),
        ({"HOST": "192.0.2.1"}, "Error: HOST “192.0.2.1” is no address of this machine.\n"),
        ({"PORT": "http"}, "'http' is not a valid integer"),
        ({"PORT": "70000"}, "70000 is not in the range 0<=x<=65535"),
        ({"CASELOG_ENV": "production"}, "Error: SECRET_KEY must have at least 32 characters"),
        ({"CASELOG_ENV": "staging"}, "Error: CASELOG_ENV is “staging”"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/caselog"}, "Error: The database cannot be used: "),
    ],
)
def test_settings_that_cannot_be_served_get_a_clear_message(
    settings: dict[str, str], says: str, sqlite_url: str, tmp_path: Path
) -> None:
    assert says in refused(sqlite_url, tmp_path, **settings)


def test_it_warns_when_other_machines_can_come_in(sqlite_url: str, start: Start) -> None:
    server = start(sqlite_url, HOST="0.0.0.0")  # noqa: S104 (what is warned of)
    assert "Warning: HOST=0.0.0.0 lets other machines in, and anyone on the way can read along." in server.said


def test_it_serves_ipv6_where_there_is_any(sqlite_url: str, start: Start) -> None:
    if not socket.has_ipv6:
        return
    server = start(sqlite_url, HOST="::1")
    assert server.url.startswith("http://[::1]:")
    assert server.status("/healthz") == 200


def test_production_brings_no_demo_and_prints_no_password(tmp_path: Path, start: Start) -> None:
    server = start(
        f"sqlite:///{tmp_path / 'own.db'}",
        CASELOG_ENV="production",
        SECRET_KEY="a key for tests, long enough for it",
    )
    assert "There is no program yet; make one: caselog create-program --help" in server.said
    assert "password" not in server.said
    assert "Development" not in server.said
