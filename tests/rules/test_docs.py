"""docs/rule-sets.md is true: its examples load, its commands answer as printed, its tables name what there is."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from caselog.cli import main
from caselog.domain.codes import CLOSED_LISTS, CodeList
from caselog.domain.conditions import CASE_FIELDS, STUDENT_FIELDS
from caselog.domain.evaluate import Engine
from caselog.domain.result import Standing
from caselog.domain.ruleset import CountRequirement
from caselog.domain.student import StudentFacts
from caselog.domain.wording import in_words
from caselog.rules.codes import load_codes
from caselog.rules.conditions import DEEPEST, LARGEST
from caselog.rules.library import find
from caselog.rules.loader import derived_categories, loads
from caselog.rules.reading import MOST
from caselog.services.file_evaluation import read_facts
from tests.domain.samples import some

TEXT = (Path(__file__).parents[2] / "docs" / "rule-sets.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def rows(heading: str) -> list[list[str]]:
    """The cells of the tables under a heading, without their head lines."""
    section = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row, below in zip(cells, [*cells[1:], [""]], strict=True) if "---" not in row[0] + below[0]]


# What a fragment takes for granted: a head, a source called board, a requirement.
HEAD = """
id = "a-set"
title = "A set"
edition = "1"
about = "Around a fragment."
eligible = { is = "performed" }
[sources.board]
title = "A board's page"
address = "board.example/page"
read = 2026-11-21
"""
REQUIREMENT = """
[[requirement]]
id = "runs"
title = "Runs"
says = "Some runs."
source = "board"
"""
A_WHERE = 'where = { is = "valve" }\n'
A_MINIMUM = "minimum = 3\n"


@pytest.mark.parametrize("number", range(len(blocks("toml"))))
def test_every_example_loads(number: int) -> None:
    example = blocks("toml")[number]
    if "edition = " not in example:
        example = HEAD + example
    if "[[requirement]]" not in example:
        example += REQUIREMENT + A_WHERE + A_MINIMUM
    assert loads(example, "example.toml").requirements


def test_the_grammar_table_writes_conditions_that_load() -> None:
    written = [row[0].strip("`") for row in rows("Conditions") if row[0].startswith("`{")]
    assert len(written) == 15
    for where in written:
        (asked,) = loads(f"{HEAD}{REQUIREMENT}{A_MINIMUM}where = {where}\n", where).requirements
        assert isinstance(asked, CountRequirement)
        assert in_words(asked.where, load_codes()).strip()


def test_the_table_of_numbers_writes_numbers_that_load() -> None:
    written = [row[0].strip("`") for row in rows("Numbers")]
    found = []
    for minimum in written:
        (asked,) = loads(f"{HEAD}{REQUIREMENT}{A_WHERE}{minimum}\n", minimum).requirements
        assert isinstance(asked, CountRequirement)
        found.append((asked.minimum.value, asked.minimum.by_program))
    assert found == [(75, False), (None, True), (5, True)]


def test_the_worked_example_answers_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    example = blocks("toml")[0]
    Path("barry-graduation.toml").write_text(example, encoding="utf-8")
    Path("log.csv").write_text(blocks("csv")[0], encoding="utf-8")
    checked, evaluated = [line.split()[1:] for line in blocks("sh")[0].splitlines()]
    answer, complaint = blocks("text")
    assert CliRunner().invoke(main, checked).exit_code == 0
    shown = CliRunner().invoke(main, evaluated)
    assert (shown.exit_code, shown.output) == (0, answer)
    explained = CliRunner().invoke(main, [*evaluated, "--format", "json"]).output
    quoted = TEXT.split("with its reason:")[1].split("Had the file said")[0]
    reasons = [" ".join(reason.split()) for reason in re.findall(r"“(.*?)”", quoted, re.DOTALL)]
    assert len(reasons) == 3
    for reason in reasons:
        assert f'"{reason}"' in explained

    Path("barry-graduation.toml").write_text(example.replace('"pediatric"]', '"paediatric"]'), encoding="utf-8")
    for command in (checked, evaluated):
        refused = CliRunner().invoke(main, command)
        assert (refused.exit_code, refused.output) == (1, complaint)


def test_the_example_with_a_ceiling_counts_as_it_says() -> None:
    """24 primary and 20 secondary activities of the year: 24 + 15 of 40, 24 of 25; one more day is another year."""
    (example,) = [block for block in blocks("toml") if "Table B" in block]
    log = [
        *some(24, case_date=date(2026, 7, 1), role="instructor"),
        *some(20, 100, case_date=date(2027, 6, 30), role="first_assistant"),
        *some(3, 200, case_date=date(2027, 7, 1)),
    ]
    engine = Engine(loads(example, "example.toml"), load_codes(), date(2027, 12, 31))
    evaluation = engine.evaluate(StudentFacts(), log)
    assert [result.counted for result in evaluation.requirements] == [39, 24]
    reasons = Counter(verdict.reason for verdict in evaluation.requirements[0].verdicts)
    assert reasons["over the ceiling of 15 for secondary activities"] == 5
    assert reasons["after 2027-06-30"] == 3


def test_the_facts_of_the_example_are_read_and_each_has_an_effect() -> None:
    (facts,) = blocks("json")
    found, notes = read_facts(facts, "facts.json", find("abcp-pbse"))
    assert found.enrolled is True
    assert found.attested(["transcript"])
    assert found.program_minimums == {"clinical-perfusions.ecmo-or-vad": 10}
    assert ["pediatric" in note for note in notes] == [True]
    assert read_facts(facts, "facts.json", find("accredited-minimums"))[0].program_minimums == {"pediatric": 12}


def test_the_table_of_fields_names_every_field_and_every_code_and_family_that_decides() -> None:
    fields = {
        name: row[1]
        for row in rows("Conditions")
        for name in re.findall(r"`([a-z_]+)`", row[0])
        if len(row) == 2 and name in CASE_FIELDS
    }
    assert set(fields) == set(CASE_FIELDS)
    for name in ("role", "setting", "age_group", "urgency"):
        assert re.findall(r"`([a-z_]+)`", fields[name]) == list(CLOSED_LISTS[name])
    for listed in (CodeList.ACTIVITY, CodeList.PROCEDURES, CodeList.TECHNIQUES):
        assert re.findall(r"`([a-z_]+)`", fields[listed]) == list(load_codes().families(listed))
    for name in STUDENT_FIELDS:
        assert f"`{name}`" in TEXT


def test_the_table_of_derived_categories_names_them_all() -> None:
    last = [row[0].strip("`") for row in rows("Conditions")][-len(derived_categories()) :]
    assert last == list(derived_categories())


def test_every_status_is_explained_and_limits_are_those_of_the_reader() -> None:
    assert {row[0].strip("`") for row in rows("How the result reads")} == set(Standing)
    limits = f"numbers up to {MOST:,}; conditions up to {DEEPEST} levels deep and of {LARGEST:,} parts"
    assert limits in TEXT
