"""`caselog archive` and `caselog restore`: a student's record from one installation to another."""

import json
from pathlib import Path

from flask import Flask

from caselog import create_app
from caselog.exports.archive_format import schema
from caselog.extensions import db
from tests.cli.conftest import Terminal
from tests.support.cast import Cast
from tests.support.clock import TestClock
from tests.support.record import archived, put_record, record_in
from tests.support.settings import settings_for


def test_the_schema_is_printed(empty_terminal: Terminal) -> None:
    assert json.loads(empty_terminal.run("archive", "schema").stdout) == schema()


def a_record(url: str, folder: Path) -> bytes:
    """The archive of the cast's student, from an installation of its own."""
    app: Flask = create_app(settings_for(url, folder))
    put_record(app)
    with app.app_context():
        data = archived()
        db.engine.dispose()
    return data


def test_a_fresh_installation_reads_a_record_back_in_full(
    empty_terminal: Terminal, sqlite_url: str, tmp_path: Path, clock: TestClock
) -> None:
    data = a_record(sqlite_url, tmp_path / "first")
    file = tmp_path / "ann.json"
    file.write_bytes(data)
    empty_terminal.run("init-db")
    restored = empty_terminal.run("restore", file, "--base-url", "https://log.example").stdout
    assert "The program north is made" in restored
    assert "Ann Student is restored into the program north:" in restored
    assert "https://log.example/set-password/" in restored
    assert "are as they were written" in empty_terminal.run("audit", "verify").stdout
    assert "stands in the program north already" in empty_terminal.run("restore", file).stdout
    again = empty_terminal.run("archive", "make", "--student", Cast.student.email, "--why", "To compare.")
    assert record_in(again.stdout_bytes) == record_in(data)
    assert json.loads(data)["exports"] == json.loads(again.stdout_bytes)["exports"]
    assert "Issued under" in again.stderr


def test_what_is_no_archive_changes_nothing_and_says_why(terminal: Terminal) -> None:
    file = terminal.folder / "log.json"
    file.write_bytes(b'{"format": "caselog-archive", "version": 7}')
    assert "of version “7”; this Caselog reads version 1" in terminal.refused("restore", file)
    assert "There is no student" in terminal.refused("archive", "make", "--student", "no@body.example")
