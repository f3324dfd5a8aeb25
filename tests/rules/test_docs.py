"""docs/rule-sets.md is true: its examples load, its commands answer as printed, its tables name what there is."""

import re
import tomllib
from collections import Counter
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from caselog.cli import main
from caselog.domain.codes import CLOSED_LISTS, CodeList
from caselog.domain.conditions import ACTIVITY_FIELDS, CASE_FIELDS, STUDENT_FIELDS
from caselog.domain.evaluate import Engine
from caselog.domain.result import Outcome, Standing
from caselog.domain.ruleset import CountRequirement, Percent
from caselog.domain.student import StudentFacts
from caselog.domain.wording import in_words
from caselog.rules.codes import load_codes
from caselog.rules.conditions import DEEPEST, LARGEST
from caselog.rules.library import find
from caselog.rules.loader import derived_categories, loads
from caselog.rules.reading import MOST
from caselog.services.file_evaluation import read_facts
from tests.domain.samples import TODAY, a_case, some, values

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
    if not example.startswith("id = "):
        example = HEAD + example
    if "[[requirement]]" not in example:
        example += REQUIREMENT + A_WHERE + A_MINIMUM
    assert loads(example, "example.toml").requirements


def test_the_grammar_table_writes_conditions_that_load() -> None:
    written = [row[0].strip("`") for row in rows("Conditions") if row[0].startswith("`{")]
    assert len(written) == 22
    for where in written:
        (asked,) = loads(f"{HEAD}{REQUIREMENT}{A_MINIMUM}where = {where}\n", where).requirements
        assert isinstance(asked, CountRequirement)
        assert in_words(asked.where, load_codes()).strip()


def test_the_table_of_numbers_writes_numbers_that_load() -> None:
    written = [row[0].strip("`") for row in rows("Numbers")]
    found: list[tuple[object, ...]] = []
    for minimum in written:
        base = REQUIREMENT.replace("runs", "base") + A_WHERE + A_MINIMUM
        _, asked = loads(f"{HEAD}{base}{REQUIREMENT}{A_WHERE}{minimum}\n", minimum).requirements
        assert isinstance(asked, CountRequirement)
        number = asked.minimum
        found.append((number.value, number.by_program, [value for _, value in number.exceptions], number.share))
    assert found == [
        (75, False, [], None),
        (None, True, [], None),
        (5, True, [], None),
        (40, False, [20], None),
        (None, False, [], Percent(Fraction(20), "base")),
        (None, False, [], Percent(Fraction(20), "base", of_counted=True)),
    ]


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


def the_example(with_text: str, as_of: date) -> Engine:
    """The engine of the one example that holds this text."""
    (example,) = [block for block in blocks("toml") if with_text in block]
    whole = example if example.startswith("id = ") else HEAD + example
    return Engine(loads(whole, "example.toml"), load_codes(), as_of)


def test_the_example_with_a_ceiling_counts_as_it_says() -> None:
    """24 primary and 20 secondary activities of the year: 24 + 15 of 40, 24 of 25; one more day is another year."""
    log = [
        *some(24, case_date=date(2026, 7, 1), role="instructor"),
        *some(20, 100, case_date=date(2027, 6, 30), role="first_assistant"),
        *some(3, 200, case_date=date(2026, 6, 30)),
    ]
    engine = the_example("Table B", date(2027, 6, 30))
    (found,) = engine.evaluate(StudentFacts(), log).requirements
    assert found.counted == 39
    assert [part.counted for part in found.parts] == [24, 15]
    assert [part.short for part in found.parts] == [True, False]
    reasons = Counter(verdict.reason for verdict in found.verdicts)
    assert reasons["over the ceiling of 15 for secondary activities"] == 5
    assert reasons["before 2026-07-01"] == 3
    (of_the_fall,) = engine.evaluate(StudentFacts(certified_on=date(2026, 9, 1)), log).requirements
    assert values(of_the_fall.minimum, of_the_fall.counted, of_the_fall.standing) == (20, 24 + 8, Standing.MET)


def test_the_example_of_credits_counts_as_it_says() -> None:
    log = [
        a_case(1, activity="ecmo", support_hours=11.9),  # 2
        a_case(2, activity="ecpr", support_hours=24.0),  # 3, not 6
        a_case(3, activity="pump_standby"),  # 0.5
        a_case(4),  # 1
        a_case(5, activity="ecmo"),  # its hours are not given
    ]
    (found,) = the_example("half a point", TODAY).evaluate(StudentFacts(), log).requirements
    assert [verdict.credit for verdict in found.verdicts] == [2, 3, Fraction(1, 2), 1, 0]


def test_the_example_of_years_asks_for_each_of_them() -> None:
    log = [a_case(number, case_date=date(2022 + number % 4, 7, 1)) for number in range(200)]
    (found,) = the_example("five-years", date(2026, 12, 1)).evaluate(StudentFacts(), log).requirements
    assert values(found.counted, found.standing) == (200, Standing.NOT_MET)
    assert [year.counted for year in found.years] == [50, 50, 50, 50, 0]


def test_the_example_of_exclusive_counting_shares_cases_out_as_it_says() -> None:
    """10 valve redos serve both of the pair; 10 more valves and 40 other runs complete the group."""
    valve = {"procedures": ("aortic_valve",)}
    log = [*some(10, redo=True, **valve), *some(10, 10, **valve), *some(40, 20)]
    evaluation = the_example("[[exclusive]]", TODAY).evaluate(StudentFacts(), log)
    assert [result.counted for result in evaluation.requirements] == [20, 10, 40]
    assert evaluation.standing is Standing.MET
    told = {verdict.reason for verdict in evaluation.of("open-heart").with_outcome(Outcome.EXCLUDED)}
    assert told == {"counted toward Valve cases instead", "counted toward Valve cases and Redo cases instead"}


def test_the_example_of_a_group_is_met_by_either_member() -> None:
    engine = the_example("ECMO by hours", TODAY)
    for log in (some(4, activity="ecmo", support_hours=12.0), some(10, activity="ecmo")):
        assert engine.evaluate(StudentFacts(), log).standing is Standing.MET
    assert engine.evaluate(StudentFacts(), some(9, activity="ecmo")).standing is Standing.NOT_MET


def test_the_numbers_of_a_program_go_by_the_keys_that_the_table_names() -> None:
    text = (
        'minimum = "program"\npreferred = "program"\neach_year = { at_least = "program", last_years = 2 }\n'
        '[[requirement.part]]\nid = "part"\ntitle = "x"\nwhere = { redo = true }\nat_least = "program"\n'
    )
    ceiling = text.replace("each_year", "#").replace("at_least =", "at_most =")
    found = set()
    for body in (text, ceiling):
        ruleset = loads(f"{HEAD}{REQUIREMENT}{A_WHERE}{body}", "keys.toml")
        found |= {number.key for _, number, _ in ruleset.program_numbers()}
    tabled = {row[1].strip("`").replace("requirement", "runs") for row in rows("Papers and facts")}
    assert found == (tabled - {"runs.every"}) | {"runs"}


def test_the_table_of_kinds_names_every_kind_and_the_tables_every_key() -> None:
    kinds = {row[0].split("`")[1].strip('"') for row in rows("The keys") if row[0].startswith('`"')}
    assert kinds == {"cases", "activities", "student", "attestation", "group", "set"}
    named = set(re.findall(r"`([a-z_]+)`", " ".join(" ".join(row) for row in rows("The keys"))))
    good, whole = (
        (Path(__file__).parent / name).read_text(encoding="utf-8") for name in ("good.toml", "whole.toml")
    )
    used = {key for text in (good, whole) for each in tomllib.loads(text)["requirement"] for key in each}
    assert used <= named


def test_the_table_of_activity_fields_names_every_field() -> None:
    found = {name for row in rows("Learning activities") for name in re.findall(r"`([a-z_]+)`", row[0])}
    assert found == set(ACTIVITY_FIELDS)
    kinds = [row[1] for row in rows("Learning activities") if row[0] == "`kind`"]
    assert re.findall(r"`([a-z_]+)`", kinds[0]) == list(CLOSED_LISTS["kind"])


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
