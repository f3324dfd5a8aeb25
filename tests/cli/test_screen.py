"""Importing a file whose texts may identify somebody: bad rows, unless somebody has checked what is doubtful."""

from pathlib import Path

from caselog.domain.case import Case
from tests.cli.conftest import Terminal
from tests.cli.test_logs import ANN, a_case, a_file
from tests.support.case_files import csv_of


def files_note(terminal: Terminal, note: str) -> tuple[Case, Path]:
    case = a_case(1, note=note)
    return case, a_file(terminal, case)


def test_a_row_that_points_to_a_patient_is_bad_and_its_text_is_not_repeated(terminal: Terminal) -> None:
    _, file = files_note(terminal, "MRN 4471902, long wean")
    for more in ((), ("--texts-checked",)):
        says = terminal.refused("import", file, *ANN, *more)
        assert "log.csv: line 2, note: It holds what looks like a record number; leave it out." in says
        assert "4471902" not in says
    assert terminal.run("export", *ANN).stdout_bytes == csv_of()


def test_a_doubtful_row_is_bad_until_the_texts_were_checked(terminal: Terminal) -> None:
    case, file = files_note(terminal, "Dr. Jones wanted it colder")
    assert "or confirm that it names no patient" in terminal.refused("import", file, *ANN)
    assert "1 added" in terminal.run("import", file, *ANN, "--texts-checked").stdout
    assert terminal.run("export", *ANN).stdout_bytes == csv_of(case)
