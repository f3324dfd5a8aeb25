"""The operator's terminal: the command on a database, with nothing else in the environment."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caselog.cli import main
from tests.support.clock import TestClock

_SETTINGS = (
    "CASELOG_ENV",
    "SECRET_KEY",
    "CASELOG_INSECURE_COOKIES",
    "CASELOG_DEMO_PASSWORD",
    "HOST",
    "PORT",
    "BASE_URL",
    "MAIL_FROM",
    "SMTP_HOST",
    "SMTP_PORT",
    "SMTP_TLS",
    "SMTP_CA",
    "SMTP_USER",
    "SMTP_PASSWORD",
)


@dataclass(frozen=True)
class Terminal:
    """What a person types, and what comes back. `refused` is for what must end with a plain message."""

    folder: Path

    def run(self, *arguments: str | Path, given: bytes = b"") -> Result:
        result = CliRunner().invoke(main, list(map(str, arguments)), given)
        assert result.exception is None, f"{result.output}\n{result.exception!r}"
        return result

    def refused(self, *arguments: str | Path, given: bytes = b"") -> str:
        result = CliRunner().invoke(main, list(map(str, arguments)), given)
        assert isinstance(result.exception, SystemExit), f"{result.output}\n{result.exception!r}"
        assert result.exit_code in (1, 2), result.output
        assert result.stdout == ""
        return result.stderr

    def failed(self, *arguments: str | Path) -> Result:
        """For what ends with an error after part of it was done."""
        result = CliRunner().invoke(main, list(map(str, arguments)))
        assert isinstance(result.exception, SystemExit), f"{result.output}\n{result.exception!r}"
        assert result.exit_code == 1, result.output
        return result


def _set(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> None:
    for name in _SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("CASELOG_INSTANCE", str(folder / "instance"))


@pytest.fixture
def terminal(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: TestClock) -> Terminal:
    """On the database that holds the cast."""
    del clock
    _set(monkeypatch, database_url, tmp_path)
    return Terminal(tmp_path)


@pytest.fixture
def empty_terminal(empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """On a database without any table."""
    _set(monkeypatch, empty_database_url, tmp_path)
    return Terminal(tmp_path)
