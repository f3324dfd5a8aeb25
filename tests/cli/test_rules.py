"""`caselog rules`: list, show, check, compare and schema, as a person at a terminal sees them."""

import json
from datetime import date
from pathlib import Path

import pytest

from caselog.cli.database import application
from caselog.rules import library
from caselog.services import rulesets
from caselog.store.session import transaction
from tests.cli.conftest import Terminal
from tests.support.cast import Cast
from tests.support.log import put_case
from tests.support.own_sets import ID, own_text, published


@pytest.fixture
def terminal_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal where no database is set up: what only reads files must not ask for one."""
    monkeypatch.setenv("CASELOG_INSTANCE", str(tmp_path / "none"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@nowhere.invalid/none")
    return Terminal(tmp_path)


def a_file(folder: Path, text: str, name: str = "ours.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def judged(cast: Cast) -> None:
    """The cohort is judged under an edition that asks for two pump runs; Ann has two, Ben has one."""
    with application():
        published(cast.director.actor)
        published(cast.director.actor, "2", own_text("2", minimum=1))
        rulesets.adopt(cast.director.actor, ID, "1", cast.program.cohort_id, date(2026, 11, 21))
        with transaction() as session:
            for student in (cast.student, cast.student, cast.other_student):
                put_case(session, student)


def test_each_shipped_edition_is_listed_on_a_line(terminal_without: Terminal) -> None:
    lines = terminal_without.run("rules", "list").stdout.splitlines()
    assert [line.split(maxsplit=2) for line in lines] == [
        [each.id, each.edition, each.title] for each in library.shipped()
    ]


def test_a_file_or_an_id_is_checked(terminal_without: Terminal) -> None:
    path = a_file(terminal_without.folder, own_text())
    assert (
        terminal_without.run("rules", "check", path).stdout
        == "ours.toml: Our minimums, edition 1: 1 requirement.\n"
    )
    for name in ("abcp-pbse", "abcp-pbse@2026-11"):
        said = terminal_without.run("rules", "check", name).stdout
        assert said.startswith(f"{name}: ABCP PBSE (board exam, part 1), edition 2026-11: 7 requirements.\n")
        assert "Numbers that a program sets itself: clinical-perfusions.ecmo-or-vad, ecmo-or-vad." in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            own_text().replace("open-heart", "open-hart"),
            "ours.toml:18: requirement[1].where.is: there is no condition",
        ),
        ("nonsense", "ours.toml:1: TOML: "),
        ("", "ours.toml: id: is missing."),
        ("a" + ".a" * 90_000 + " = 1", "ours.toml:1: TOML: has more than 100 dots in a line"),
        ("a = " + "[" * 90_000, "ours.toml: TOML: is nested too deep."),
        (own_text().replace("Our minimums", "Our \\u001b[31m minimums"), "ours.toml:2: title: "),
    ],
)
def test_a_complaint_names_the_line(terminal_without: Terminal, text: str, says: str) -> None:
    path = a_file(terminal_without.folder, text)
    for command in ("check", "show"):
        said = terminal_without.refused("rules", command, path)
        assert said.startswith(f"Error: {says}")
        assert "\x1b" not in said


def test_what_is_no_rule_set_is_said_plainly(terminal_without: Terminal) -> None:
    (terminal_without.folder / "bytes.toml").write_bytes(b"\xff\xfe")
    for name, says in (
        ("abcp-pbs", "Did you mean “abcp-pbse”?"),
        ("abcp-pbse@1999", "has no edition “1999”; there is: 2026-11."),
        ("none.toml", "none.toml: No such file or directory."),
        (terminal_without.folder, "Is a directory."),
        (terminal_without.folder / "bytes.toml", "byte 0: is not UTF-8."),
    ):
        for command in ("check", "show"):
            assert says in terminal_without.refused("rules", command, name)


def test_a_set_is_shown_in_words_with_its_sources(terminal_without: Terminal) -> None:
    said = terminal_without.run("rules", "show", a_file(terminal_without.folder, own_text())).stdout
    assert said.splitlines()[:6] == [
        "Our minimums (our-minimums, edition 1)",
        "What our program asks.",
        "",
        "Pump runs (pump) [1]",
        "  2 pump runs.",
        "  At least 2 cases.",
    ]
    assert said.endswith("[1] Our handbook, north.example/handbook, read 2026-11-21\n")
    for each in library.shipped():
        assert terminal_without.run("rules", "show", each.id).stdout.startswith(
            f"{each.title} ({each.id}, edition"
        )


def test_the_schema_is_json(terminal_without: Terminal) -> None:
    found = json.loads(terminal_without.run("rules", "schema").stdout)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert {"id", "title", "edition", "about", "requirement"} <= set(found["properties"])


MOVED = """north, Class of 2027: 1 of 2 would stand otherwise.
  Pump runs:
    - At least 2 cases.
    + At least 1 case.
  Ben Student: not met → met
    Pump runs: not met → met: 1 of 2 before, 1 of 1 now: it asks for 1 instead of 2.
"""


def test_two_editions_are_compared_over_the_cohorts_under_the_old_one(terminal: Terminal, cast: Cast) -> None:
    judged(cast)
    for old, new in ((f"{ID}@1", ID), (f"{ID}@1", f"{ID}@2")):
        assert terminal.run("rules", "compare", old, new).stdout == MOVED
        assert terminal.run("rules", "compare", old, new, "--program", "north").stdout == MOVED
    assert "No cohort is judged under our-minimums." in terminal.refused("rules", "compare", ID, f"{ID}@1")


def test_files_serve_as_editions_and_renamed_requirements_are_the_same(terminal: Terminal, cast: Cast) -> None:
    judged(cast)
    renamed = own_text("3", minimum=1, requirement="runs").replace('"runs"', '"runs"\nrenamed_from = "pump"')
    new = a_file(terminal.folder, renamed)
    said = terminal.run("rules", "compare", f"{ID}@1", new).stdout
    assert said == MOVED.replace("  Pump runs:\n    -", "  Pump runs (was pump):\n    -")
    old = a_file(terminal.folder, own_text(), "old.toml")
    assert terminal.run("rules", "compare", old, new).stdout == said
    other = terminal.run(
        "rules", "compare", f"{ID}@1", a_file(terminal.folder, own_text(requirement="runs"))
    ).stdout
    assert "Pump runs: – → not met: asked for anew; 1 of 2 now." in other
    assert "Pump runs: not met → –: no longer asked for; 1 of 2 before." in other


def test_a_shipped_set_is_compared_in_every_program(terminal: Terminal) -> None:
    said = terminal.run("rules", "compare", "abcp-pbse", "barry-graduation").stdout
    assert "north, Class of 2027: 2 of 2 would stand otherwise." in said
    assert "south, Class of 2027: 1 of 1 would stand otherwise." in said
    one = terminal.run("rules", "compare", "abcp-pbse", "barry-graduation", "--program", "south").stdout
    assert "north" not in one
    assert said.endswith(one)
    same = terminal.run("rules", "compare", "abcp-pbse", "abcp-pbse", "--program", "south").stdout
    assert same == "south, Class of 2027: none of 1 would stand otherwise.\n"


def test_drafts_are_not_compared_and_what_is_unknown_is_said(terminal: Terminal, cast: Cast) -> None:
    judged(cast)
    for arguments, says in (
        (("abcp-pbs", "abcp-pbse"), "There is no rule set “abcp-pbs”. Did you mean “abcp-pbse”?"),
        ((ID, f"{ID}@9"), "9"),
        ((f"{ID}@1", "none.toml"), "none.toml: No such file or directory."),
        ((f"{ID}@1", ID, "--program", "west"), "There is no program “west”."),
        ((f"{ID}@1", ID, "--program", "south"), f"There is no published edition “1” of a rule set “{ID}”."),
        ((f"{ID}@1", a_file(terminal.folder, "nonsense")), "ours.toml:1: TOML: "),
    ):
        assert says in terminal.refused("rules", "compare", *arguments)
