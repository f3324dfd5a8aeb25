"""`caselog evaluate` and `caselog rules`: what a person at a terminal sees."""

import json
import subprocess
import sys
from pathlib import Path

import flask
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings

from caselog.cli import main
from tests.domain.samples import a_case, some
from tests.support.case_files import csv_of, nearly_csv
from tests.support.clock import TestClock

SETS = Path(__file__).parents[2] / "caselog" / "rules" / "sets"
COMMAND = Path(sys.executable).with_name("caselog")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_bytes(csv_of(*some(3), a_case(9, role="observed")))
    return path


def run(*arguments: str | Path, given: bytes = b"") -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)), given)


def refusal(*arguments: str | Path, given: bytes = b"") -> str:
    result = run(*arguments, given=given)
    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    return result.stderr


def test_json_goes_to_standard_output(log: Path) -> None:
    result = run("evaluate", "--rules", "abcp-pbse", "--cases", log, "--as-of", "2026-11-21", "--format", "json")
    found = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    assert (found["ruleset"], found["as_of"]) == ("abcp-pbse", "2026-11-21")
    assert [each["counted"] for each in found["requirements"]][:2] == [3, 3]


def test_a_table_is_for_people(log: Path) -> None:
    result = run("evaluate", "--rules", "abcp-pbse", "--cases", log, "--format", "table")
    assert "Clinical perfusions                   not met            3 of 75" in result.stdout


def test_today_is_the_day_when_none_is_given(log: Path, clock: TestClock) -> None:
    result = run("evaluate", "--rules", "abcp-pbse", "--cases", log, "--format", "json")
    assert json.loads(result.stdout)["as_of"] == clock.today().isoformat()


def test_a_rule_file_does_as_well_as_an_id(log: Path) -> None:
    by_file = run("evaluate", "--rules", SETS / "abcp-pbse.2026-11.toml", "--cases", log, "--format", "json")
    assert by_file.stdout == run("evaluate", "--rules", "abcp-pbse", "--cases", log, "--format", "json").stdout


def test_a_rule_file_may_have_any_name(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").write_bytes((SETS / "abcp-pbse.2026-11.toml").read_bytes())
    monkeypatch.chdir(tmp_path)
    assert run("evaluate", "--rules", "mine", "--cases", log).exit_code == 0


def test_cases_may_come_from_standard_input() -> None:
    result = run("evaluate", "--rules", "abcp-pbse", "--cases", "-", "--format", "json", given=csv_of(a_case()))
    assert json.loads(result.stdout)["requirements"][0]["counted"] == 1


ACTIVITIES = """activity_uid,date,kind,title,hours,category,status
a,2026-03-02,didactic,Circuits,10.5,,verified
b,2026-03-03,didactic,Cannulas,4,,submitted
c,2026-03-04,wet_lab,Drill,2,basic,verified
"""


@pytest.fixture
def activities(tmp_path: Path) -> Path:
    path = tmp_path / "activities.csv"
    path.write_text(ACTIVITIES)
    return path


def test_activities_are_evaluated_alone_or_beside_cases(log: Path, activities: Path) -> None:
    alone = ("evaluate", "--rules", "ecmo-specialist-wa", "--activities", activities, "--format", "json")
    found = json.loads(run(*alone).stdout)["requirements"]
    assert [(each["id"], each["counted"], each["pending"]) for each in found[:2]] == [
        ("didactic-hours", 10.5, 4), ("basic-water-drill", 1, 0),
    ]  # fmt: skip
    assert found[0]["excluded"][0]["uid"] == "b"
    assert json.loads(run(*alone, "--cases", log).stdout)["requirements"] == found
    both = run("evaluate", "--rules", "abcp-pbse", "--activities", activities, "--cases", log, "--format", "json")
    assert json.loads(both.stdout)["requirements"][0]["counted"] == 3


def test_activities_may_come_from_standard_input_if_cases_do_not(log: Path) -> None:
    arguments = ("evaluate", "--rules", "ecmo-specialist-wa", "--activities", "-", "--format", "json")
    result = run(*arguments, "--cases", log, given=ACTIVITIES.encode())
    assert json.loads(result.stdout)["requirements"][1]["counted"] == 1
    assert "Standard input holds one file" in refusal(*arguments, "--cases", "-", given=ACTIVITIES.encode())


def test_an_evaluation_needs_a_log(tmp_path: Path) -> None:
    assert "Give the log: --cases FILE, --activities FILE, or both." in refusal("evaluate", "--rules", "abcp-pbse")


def test_each_bad_row_of_activities_is_named_by_line_and_field(activities: Path, log: Path) -> None:
    activities.write_text("activity_uid,date,kind,status\na,2026-3-2,party,verified\n")
    lines = refusal("evaluate", "--rules", "ecmo-specialist-wa", "--activities", activities).splitlines()
    assert lines[0].startswith("activities.csv: line 2, date: “2026-3-2” is not a date")
    assert lines[1].startswith("activities.csv: line 2, kind: “party” is not a code")
    assert lines[2] == "Error: activities.csv has 2 faults; nothing was evaluated."
    says = refusal("evaluate", "--rules", "abcp-pbse", "--activities", log)
    assert says.startswith("Error: log.csv: line 1: There is no column “case_uid”.")


def test_facts_that_have_no_effect_are_noted_beside_the_result(log: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    facts.write_bytes(b'\xef\xbb\xbf{"program_minimums": {"open-heart": 3, "pediatric": 0}}')
    rules = ("evaluate", "--rules", "accredited-minimums", "--cases", log, "--format", "json")
    result = run(*rules, "--facts", facts)
    assert json.loads(result.stdout)["requirements"][2]["status"] == "met"
    assert result.stderr == (
        "facts.json: program_minimums.open-heart: "
        "accredited-minimums leaves no such number to the program; ignored.\n"
    )


def test_it_needs_no_settings_no_database_and_leaves_nothing_behind(log: Path, tmp_path: Path) -> None:
    home = tmp_path / "empty"
    home.mkdir()
    done = subprocess.run(
        [COMMAND, "evaluate", "--rules", "abcp-pbse", "--cases", log, "--format", "json"],
        cwd=home, env={}, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["ruleset"] == "abcp-pbse"
    assert list(home.iterdir()) == []


def test_it_makes_no_application(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flask.Flask, "__init__", None)
    assert run("evaluate", "--rules", "abcp-pbse", "--cases", log).exit_code == 0


def test_each_bad_row_is_named_by_line_and_field(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("case_uid,case_date,activity,role,status\na,2026-3-2,cbp,primary,verified\nb,,,,\n")
    lines = refusal("evaluate", "--rules", "abcp-pbse", "--cases", bad).splitlines()
    assert lines[0].startswith("bad.csv: line 2, case_date: “2026-3-2” is not a date")
    assert lines[1].startswith("bad.csv: line 2, activity: “cbp” is not a code")
    assert lines[2].startswith("bad.csv: line 3, status: The status is empty")
    assert lines[3] == "Error: bad.csv has 3 faults; nothing was evaluated."


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("case_uid,case_date,activity,role\n", "Error: log.csv: line 1: The header lacks status"),
        ('case_uid,case_date,activity,role,status\n"a', "Error: log.csv: line 2, case_uid: The quotation mark"),
        ("", "Error: log.csv: The file is empty"),
    ],
)
def test_a_file_that_is_no_table_of_cases_is_refused(log: Path, content: str, says: str) -> None:
    log.write_text(content)
    assert refusal("evaluate", "--rules", "abcp-pbse", "--cases", log).startswith(says)


def test_what_would_steer_the_terminal_is_spelled_out(log: Path) -> None:
    log.write_text("case_uid,case_date,activity,role,status\na,\x1b[31mred,cpb,primary,verified\n")
    assert "“\\x1b[31mred” is not a date" in refusal("evaluate", "--rules", "abcp-pbse", "--cases", log)


def test_an_unknown_rule_set_is_answered_with_the_likely_one(log: Path) -> None:
    says = refusal("evaluate", "--rules", "abcp-pbs", "--cases", log)
    assert says == "Error: There is no rule set “abcp-pbs”. Did you mean “abcp-pbse”?\n"


def test_a_rule_file_that_is_wrong_or_missing_is_named(log: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("id = ")
    assert refusal("evaluate", "--rules", broken, "--cases", log).startswith("Error: broken.toml:1: TOML: ")
    missing = tmp_path / "missing.toml"
    says = refusal("evaluate", "--rules", missing, "--cases", log)
    assert says == f"Error: {missing}: No such file or directory.\n"


def test_facts_that_are_no_json_are_refused_with_line_and_column(log: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text('{"enrolled": maybe}')
    says = refusal("evaluate", "--rules", "abcp-pbse", "--cases", log, "--facts", facts)
    assert says.startswith("Error: facts.json: line 1, column 14: ")
    facts.write_bytes(b'{"enrolled": "caf\xe9"}')
    says = refusal("evaluate", "--rules", "abcp-pbse", "--cases", log, "--facts", facts)
    assert says == "Error: facts.json: byte 17: is not UTF-8. Save the file as UTF-8.\n"


@pytest.mark.parametrize("day", ["21.11.2026", "2026-02-30", "today"])
def test_the_day_must_be_one(log: Path, day: str) -> None:
    says = refusal("evaluate", "--rules", "abcp-pbse", "--cases", log, "--as-of", day)
    assert f"'{day}' does not match the format '%Y-%m-%d'" in says


def test_a_missing_file_is_a_wrong_use(tmp_path: Path) -> None:
    says = refusal("evaluate", "--rules", "abcp-pbse", "--cases", tmp_path / "nowhere.csv")
    assert "does not exist" in says


@given(nearly_csv)
@settings(deadline=None)
def test_whatever_the_bytes_there_is_no_traceback(data: bytes) -> None:
    result = run("evaluate", "--rules", "abcp-pbse", "--cases", "-", given=data)
    assert result.exit_code in (0, 1)
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_a_closed_pipe_is_no_error_to_talk_about(log: Path) -> None:
    command = f"{COMMAND} evaluate --rules abcp-pbse --cases {log} | true"
    done = subprocess.run(command, shell=True, env={}, capture_output=True, check=False)  # noqa: S602 (a pipe)
    assert done.stderr == b""


def test_rule_sets_are_listed_with_their_editions() -> None:
    result = run("rules", "list")
    listed = [line.split(maxsplit=2) for line in result.stdout.splitlines()]
    assert ["abcp-pbse", "2026-11", "ABCP PBSE (board exam, part 1)"] in listed


def test_a_rule_file_is_checked() -> None:
    result = run("rules", "check", SETS / "accredited-minimums.2026-11.toml")
    assert result.stdout.splitlines() == [
        "accredited-minimums.2026-11.toml: Accredited-program minimums, edition 2026-11: 5 requirements.",
        "Numbers that a program sets itself: pediatric, emergency, complex.",
    ]


def test_a_rule_file_that_is_wrong_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('id = "mine"\n')
    assert refusal("rules", "check", path).startswith("Error: mine.toml: ")
