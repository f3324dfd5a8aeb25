"""`caselog init-db`, and what the commands say when there is no database to work on."""

import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from caselog import ROOT
from caselog.cli.database import application
from caselog.extensions import db
from caselog.store.session import sqlite_module, transaction
from tests.cli.conftest import Terminal

HEAD = max(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("*.py"))
EXPORT = ("export", "--student", "ann.student@north.example")


def test_the_database_is_made_once(empty_terminal: Terminal) -> None:
    first = empty_terminal.run("init-db").stdout
    assert first.endswith(f" is created, at revision {HEAD}.\n")
    again = empty_terminal.run("init-db").stdout
    assert again.endswith(f" is up to date, at revision {HEAD}.\n")
    assert "There is no student" in empty_terminal.refused(*EXPORT)


def test_without_a_database_the_commands_say_how_to_make_one(empty_terminal: Terminal) -> None:
    says = empty_terminal.refused(*EXPORT)
    assert says.startswith("Error: There is no Caselog database at ")
    assert says.endswith("; run: caselog init-db\n")
    assert list(empty_terminal.folder.glob("*.db")) == []


def test_a_database_of_another_version_is_not_touched(terminal: Terminal) -> None:
    with application(), transaction() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = 'zzzz'"))
    says = terminal.refused(*EXPORT)
    assert f"is at revision zzzz, and this version of Caselog needs {HEAD}; run: caselog init-db" in says
    assert "is of another version of Caselog" in terminal.refused("init-db")


def test_the_commands_need_no_secret_key_in_production(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASELOG_ENV", "production")
    monkeypatch.setenv("SECRET_KEY", "")
    assert terminal.run(*EXPORT).stdout.startswith("case_uid,")


def test_no_setting_points_at_the_database_that_make_run_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "CASELOG_INSTANCE", "CASELOG_ENV", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    with application(ready=False):
        url = db.engine.url
    assert url.database == str(Path(__file__).parents[2] / "instance" / "caselog.db")


def test_a_new_sqlite_file_is_its_owners_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'new' / 'caselog.db'}")
    Terminal(tmp_path).run("init-db")
    assert stat.S_IMODE((tmp_path / "new" / "caselog.db").stat().st_mode) == 0o600


def test_wrong_settings_are_named(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASELOG_ENV", "staging")
    assert terminal.refused(*EXPORT).startswith("Error: CASELOG_ENV is “staging”; set it to")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://somewhere/caselog", "DATABASE_URL must begin with postgresql:// or sqlite:///."),
        ("postgresql://u:secret@127.0.0.1:port/caselog", "DATABASE_URL is no address of a database."),
        ("postgresql://u:secret@127.0.0.1:1/caselog", "The database cannot be used: "),
        ("sqlite:////proc/nowhere/caselog.db", "/proc/nowhere: No such file or directory."),
    ],
)
def test_a_database_that_does_not_answer_is_no_traceback(
    url: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    found = Terminal(tmp_path).refused("init-db")
    assert found.startswith("Error: ")
    assert says in found
    assert "secret" not in found


def test_a_file_that_is_no_database_is_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.db").write_text("these are notes, long enough to be looked at as a database file. " * 20)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'notes.db'}")
    says = Terminal(tmp_path).refused("init-db")
    assert says == "Error: The database cannot be used: file is not a database\n"


def test_a_locked_database_is_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'caselog.db'}")
    monkeypatch.setattr("caselog.store.session.BUSY_TIMEOUT_MS", 10)
    terminal = Terminal(tmp_path)
    terminal.run("init-db")
    other = sqlite_module().connect(tmp_path / "caselog.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    says = terminal.refused("create-program", "--code", "west", "--name", "West", "--timezone", "UTC")
    other.close()
    assert says == "Error: The database cannot be used: database is locked\n"
