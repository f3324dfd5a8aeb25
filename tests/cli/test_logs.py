"""`caselog import` and `caselog export`."""

import csv
import io
import json
import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from caselog.domain import activity
from caselog.domain.case import Case
from caselog.domain.codes import Status
from caselog.exports.as_csv import csv_chunks
from caselog.exports.table import ACTIVITIES
from tests.cli.conftest import Terminal
from tests.domain import samples
from tests.support import activities
from tests.support.case_files import csv_of
from tests.support.cast import Cast

ANN = ("--student", Cast.student.email)
COMMAND = Path(sys.executable).with_name("caselog")


def a_case(number: int, /, **changes: Any) -> Case:
    given: dict[str, Any] = {"site": Cast.site.code, "preceptor": Cast.preceptor.email, "status": Status.SUBMITTED}
    return samples.a_case(number, **given | changes)


def a_file(terminal: Terminal, *cases: Case) -> Path:
    path = terminal.folder / "log.csv"
    path.write_bytes(csv_of(*cases))
    return path


def test_a_log_goes_in_and_comes_out(terminal: Terminal) -> None:
    file = a_file(terminal, a_case(1), a_case(2))
    result = terminal.run("import", file, *ANN)
    assert result.stdout == "Ann Student: 2 added, 0 in the log already, of 2 rows.\n"
    assert result.stderr == ""
    assert terminal.run("export", *ANN).stdout_bytes == file.read_bytes()


def test_the_same_file_twice_adds_nothing(terminal: Terminal) -> None:
    file = a_file(terminal, a_case(1), a_case(2))
    terminal.run("import", file, *ANN, "--program", "north")
    again = terminal.run("import", file, *ANN)
    assert again.stdout == "Ann Student: 0 added, 2 in the log already, of 2 rows.\n"


def test_learning_activities_go_in_and_come_out_beside_the_cases(terminal: Terminal) -> None:
    terminal.run("import", a_file(terminal, a_case(1)), *ANN)
    drill = replace(activities.ACTIVITY, activity_uid="00000000-0000-4000-8000-000000000009")
    values = [getattr(drill, name) for name in activity.COLUMNS]
    file = terminal.folder / "activities.csv"
    file.write_bytes(b"".join(csv_chunks([values], ACTIVITIES)))
    result = terminal.run("import", file, *ANN, "--activities")
    assert result.stdout == "Ann Student: 1 added, 0 in the log already, of 1 row.\n"
    assert terminal.run("export", *ANN, "--activities").stdout_bytes == file.read_bytes()
    assert terminal.run("export", *ANN).stdout_bytes == csv_of(a_case(1))


def test_a_file_of_cases_is_no_file_of_activities(terminal: Terminal) -> None:
    says = terminal.refused("import", a_file(terminal, a_case(1)), *ANN, "--activities")
    assert "log.csv: line 1" in says
    assert "case_uid" in says


def test_a_log_goes_to_a_file_that_only_its_owner_reads(terminal: Terminal) -> None:
    terminal.run("import", a_file(terminal, a_case(1)), *ANN)
    out = terminal.folder / "out.csv"
    assert terminal.run("export", *ANN, "-o", out).stdout == ""
    assert out.read_bytes() == csv_of(a_case(1))
    assert out.stat().st_mode & 0o077 == 0


def test_a_file_may_come_from_standard_input(terminal: Terminal) -> None:
    assert "1 added" in terminal.run("import", "-", *ANN, given=csv_of(a_case(1))).stdout


def test_what_a_file_cannot_bring_is_told(terminal: Terminal) -> None:
    terminal.run("import", a_file(terminal, a_case(1)), *ANN)
    changed = a_file(
        terminal, a_case(1, note="longer"), a_case(2, status=Status.VERIFIED), a_case(3, status=Status.RETURNED)
    )
    result = terminal.run("import", changed, *ANN)
    assert result.stdout.splitlines() == [
        "Ann Student: 2 added, 1 in the log already, of 3 rows.",
        "1 verified in the file: submitted, since only a preceptor verifies.",
        "1 returned in the file: a draft again.",
    ]
    assert result.stderr == "log.csv: line 2, note: The log has other values in note, and keeps them.\n"


def test_one_bad_row_keeps_out_all(terminal: Terminal) -> None:
    file = a_file(terminal, a_case(1), a_case(2, cross_clamp_minutes=200), a_case(3, urgency="asap"))
    says = terminal.refused("import", file, *ANN).splitlines()
    assert says[0].startswith("log.csv: line 3, cross_clamp_minutes: Cross-clamp time (200 min) cannot be longer")
    assert says[1].startswith("log.csv: line 4, urgency: “asap” is not a code for urgency; use one of: elective,")
    assert says[2:] == [
        "Error: log.csv has 2 faults; nothing was added. Mend them, or leave the rows out with --skip-bad."
    ]
    assert terminal.run("export", *ANN).stdout_bytes == csv_of()


def test_bad_rows_can_be_skipped(terminal: Terminal) -> None:
    file = a_file(terminal, a_case(1), a_case(2, cross_clamp_minutes=200, age_group="old"))
    result = terminal.run("import", file, *ANN, "--skip-bad")
    assert result.stdout == "Ann Student: 1 added, 0 in the log already, 1 skipped, of 2 rows.\n"
    assert [line.split(":")[1] for line in result.stderr.splitlines()] == [
        " line 3, age_group", " line 3, cross_clamp_minutes"
    ]  # fmt: skip


def test_a_dry_run_stores_nothing(terminal: Terminal) -> None:
    file = a_file(terminal, a_case(1, status=Status.VERIFIED))
    assert terminal.run("import", file, *ANN, "--dry-run").stdout.splitlines() == [
        "Ann Student: would be 1 added, 0 in the log already, of 1 row.",
        "1 verified in the file: would be submitted, since only a preceptor verifies.",
        "This was a dry run: nothing was stored.",
    ]
    assert terminal.run("export", *ANN).stdout_bytes == csv_of()


def test_a_file_that_is_no_table_of_cases_is_named(terminal: Terminal) -> None:
    file = terminal.folder / "log.csv"
    file.write_text("case_uid,status\n")
    assert terminal.refused("import", file, *ANN).startswith(
        "Error: log.csv: line 1: The header lacks case_date, site"
    )


@pytest.mark.parametrize("command", ["import", "export"])
def test_an_unknown_student_is_answered_with_the_likely_one(terminal: Terminal, command: str) -> None:
    file = [str(a_file(terminal))] if command == "import" else []
    says = terminal.refused(command, *file, "--student", "an.student@north.example")
    assert "There is no student “an.student@north.example”. Did you mean “ann.student@north.example”?" in says


def test_an_export_that_cannot_be_written_leaves_no_half_file(terminal: Terminal) -> None:
    says = terminal.refused("export", *ANN, "-o", terminal.folder / "nowhere" / "out.csv")
    assert "nowhere" in says
    assert "No such file or directory" in says


def test_a_closed_pipe_is_no_error_to_talk_about(terminal: Terminal) -> None:
    terminal.run("import", a_file(terminal, *(a_case(number) for number in range(600))), *ANN)
    command = f"{COMMAND} export --student {Cast.student.email} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, check=False)  # noqa: S602 (a pipe)
    assert done.stdout.startswith(b"case_uid,")
    assert done.stderr == b""


def test_a_person_who_waits_sees_progress(terminal: Terminal) -> None:
    file = a_file(terminal, *(a_case(number) for number in range(300)))
    watching, screen = pty.openpty()
    done = subprocess.run([COMMAND, "import", file, *ANN], stdout=subprocess.PIPE, stderr=screen, check=False)
    os.close(screen)
    seen = os.read(watching, 10_000)
    os.close(watching)
    assert b"Importing" in seen
    assert b"100%" in seen
    assert done.stdout == b"Ann Student: 300 added, 0 in the log already, of 300 rows.\n"


def test_a_log_goes_out_as_a_workbook_and_as_json(terminal: Terminal) -> None:
    terminal.run("import", a_file(terminal, a_case(1)), *ANN)
    out = terminal.folder / "log.xlsx"
    said = terminal.run("export", *ANN, "--format", "xlsx", "-o", out).stderr
    assert "Verification code: " in said
    assert openpyxl.load_workbook(out)["Cases"]["B2"].is_date
    document = json.loads(terminal.run("export", *ANN, "--format", "json").stdout)
    assert [case["cpb_minutes"] for case in document["cases"]] == [95]
    assert "--activities is for CSV" in terminal.refused("export", *ANN, "--format", "json", "--activities")


ANYBODYS = (
    "When,Pump time,What was done,Role,Hospital,Preceptor,Age,Urgency,Type\n"
    "3/2/2026,1:35,CABG,primary,Harbor,Pat Preceptor,67,elective,CPB\n"
    "4/5/2026,80,Zebra plication,primary,Harbor,Pat Preceptor,67,elective,CPB\n"
)
SAID = (
    "--guess", "--column", "What was done=procedures", "--word", "procedures:zebra plication=other_cardiac",
    "--always", "setting=clinical", "--order", "month",
)  # fmt: skip


def anybodys(terminal: Terminal, text: str = ANYBODYS) -> Path:
    path = terminal.folder / "anybodys.csv"
    path.write_text(text, encoding="utf-8")
    return path


def logged(terminal: Terminal) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(terminal.run("export", *ANN).stdout)))


def test_any_table_goes_in_once_its_columns_words_and_dates_are_explained(terminal: Terminal) -> None:
    result = terminal.run("import", anybodys(terminal), *ANN, *SAID, "--submit")
    assert "anybodys.csv: column What was done: procedures" in result.stderr
    assert [
        (each["case_date"], each["cpb_minutes"], each["procedures"], each["setting"], each["status"])
        for each in logged(terminal)
    ] == [
        ("2026-03-02", "95", "cabg", "clinical", "submitted"),
        ("2026-04-05", "80", "other_cardiac", "clinical", "submitted"),
    ]


def test_without_submit_all_are_drafts_and_what_looks_like_another_is_left_out(terminal: Terminal) -> None:
    terminal.run("import", anybodys(terminal), *ANN, *SAID)
    assert {each["status"] for each in logged(terminal)} == {"draft"}
    retyped = anybodys(terminal, ANYBODYS.replace("elective", "urgent"))
    result = terminal.run("import", retyped, *ANN, *SAID)
    assert "0 added, 0 in the log already, 2 left out that look like another" in result.stdout
    assert "2 added" in terminal.run("import", retyped, *ANN, *SAID, "--twice").stdout


def test_refused_rows_are_written_with_their_reasons(terminal: Terminal) -> None:
    refused = terminal.folder / "refused.csv"
    file = anybodys(terminal, ANYBODYS.replace("80", "=80"))
    says = terminal.refused("import", file, *ANN, *SAID, "--refused", refused)
    assert "1 fault; nothing was added" in says
    (row,) = csv.DictReader(io.StringIO(refused.read_text("utf-8")))
    assert (row["line"], row["Pump time"]) == ("3", "'=80")
    assert "cpb_minutes" in row["reasons"]
    assert "1 added" in terminal.run("import", file, *ANN, *SAID, "--skip-bad").stdout


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (("--submit",), "--submit needs --guess"),
        (("--guess", "--column", "Pump=cpb_minutes"), "there is no column “Pump”"),
        (("--guess", "--word", "cabg"), "--word: “cabg” has no “=”"),
        (("--guess", "--column", "Pump time=cpb"), "--column: “cpb” is none of case_uid, case_date"),
        (("--guess", "--word", "cpb:a=b"), "--word: “cpb” is none of case_uid"),
        (("--guess", "--always", "note=x"), "--always: “note” is none of site, preceptor"),
        (("--guess", "--order", "year"), "is not one of 'month', 'day'"),
    ],
)
def test_an_option_that_says_nothing_is_named(terminal: Terminal, said: tuple[str, ...], says: str) -> None:
    assert says in terminal.refused("import", anybodys(terminal), *ANN, *said)
    assert logged(terminal) == []


@pytest.mark.parametrize("format_", ["xlsx", "json"])
def test_our_own_workbook_and_json_go_in_as_they_are(terminal: Terminal, format_: str) -> None:
    terminal.run("import", a_file(terminal, a_case(1)), *ANN)
    out = terminal.folder / "log"  # what it is, its content says
    terminal.run("export", *ANN, "--format", format_, "-o", out)
    result = terminal.run("import", out, *ANN)
    assert result.stdout == "Ann Student: 0 added, 1 in the log already, of 1 row.\n"
    assert "column" not in result.stderr
