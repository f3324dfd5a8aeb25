"""`caselog audit`, `caselog backup`, and the heads that exports and backups print."""

import re
import subprocess
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa

from caselog.cli.database import application
from caselog.extensions import db
from caselog.store.session import sqlite_module, transaction
from tests.cli.conftest import Terminal
from tests.cli.test_logs import ANN, a_case
from tests.support.case_files import csv_of
from tests.support.postgres import binary
from tests.support.rows import insert, rows

HEAD = re.compile(r"\b\d+:[0-9a-f]{64}\b")


def head_of(text: str) -> str:
    found = HEAD.search(text)
    assert found, text
    return found.group()


def import_a_case(terminal: Terminal) -> None:
    file = terminal.folder / "log.csv"
    file.write_bytes(csv_of(a_case(1)))
    terminal.run("import", file, *ANN)


def test_an_untouched_trail_is_as_it_was_written(terminal: Terminal) -> None:
    import_a_case(terminal)
    says = terminal.run("audit", "verify").stdout
    assert [line.partition(":")[0] for line in says.splitlines()] == ["north", "south"]
    assert all("are as they were written" in line for line in says.splitlines())


def test_an_export_prints_the_head_and_is_itself_on_record(terminal: Terminal) -> None:
    import_a_case(terminal)
    result = terminal.run("export", *ANN)
    head = head_of(result.stderr)
    assert b"Head" not in result.stdout_bytes
    assert "as they were written" in terminal.run("audit", "verify", "--program", "north", "--head", head).stdout
    assert head in terminal.run("audit", "head").stdout


def test_a_case_that_was_changed_past_caselog_is_named(terminal: Terminal) -> None:
    import_a_case(terminal)
    with application(), transaction() as session:
        session.execute(sa.text("UPDATE logged_case SET role = 'observed'"))
    result = terminal.failed("audit", "verify")
    assert f"north: logged_case {a_case(1).case_uid} was changed without an entry: role." in result.stderr
    assert "south: " in result.stdout
    assert "1 break was found" in result.stderr


def test_a_cut_end_shows_against_a_head_that_was_printed(terminal: Terminal) -> None:
    import_a_case(terminal)
    head = head_of(terminal.run("export", *ANN).stderr)
    number, _, digest = head.partition(":")
    later = f"{int(number) + 3}:{digest}"
    assert (
        "is gone: the end was cut off"
        in terminal.failed("audit", "verify", "--program", "north", "--head", later).stderr
    )
    assert (
        "is not the one whose hash was noted"
        in terminal.failed("audit", "verify", "--program", "north", "--head", f"{number}:{digest[::-1]}").stderr
    )


def test_a_head_needs_its_program_and_its_form(terminal: Terminal) -> None:
    assert "Say with --program" in terminal.refused("audit", "verify", "--head", f"1:{'0' * 64}")
    assert "number:hash" in terminal.refused("audit", "verify", "--program", "north", "--head", "seventeen")


def test_a_backup_holds_everything_and_prints_the_heads_that_it_holds(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PG_DUMP", str(binary("pg_dump")))
    import_a_case(terminal)
    file = tmp_path / "copy"
    says = terminal.run("backup", file).stdout
    assert [line.partition(" of ")[2].partition(":")[0] for line in says.splitlines()] == [
        "the audit trail of north",
        "the audit trail of south",
    ]
    head = head_of(says)
    with application():
        on_sqlite = db.engine.dialect.name == "sqlite"
    if on_sqlite:
        copy = sqlite_module().connect(file)
        assert copy.execute("SELECT count(*) FROM logged_case").fetchone() == (1,)
        copy.close()
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
        terminal.run("audit", "verify", "--program", "north", "--head", head)
    else:
        listed = subprocess.run([binary("pg_restore"), "--list", file], capture_output=True, text=True, check=True)
        assert "TABLE DATA public audit_entry" in listed.stdout
    assert "exists; a backup overwrites nothing" in terminal.refused("backup", file)


def test_a_database_from_before_is_taken_over_into_the_trail(empty_terminal: Terminal) -> None:
    terminal = empty_terminal
    terminal.run("init-db")
    with application():
        with transaction() as session:
            insert(session, rows("first", 1))
        flask_migrate.downgrade(revision="0003")
    terminal.run("init-db")
    says = terminal.run("audit", "verify").stdout
    assert re.search(r"first: \d+ entries and \d\d rows are as they were written", says)
