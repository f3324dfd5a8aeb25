"""What holds for every shipped set; what each one asks is tested beside it, in sets/."""

import tomllib
from datetime import date
from typing import Any

import pytest

from caselog.domain.evaluate import Engine
from caselog.domain.ruleset import CountRequirement, RuleSet, SetRequirement
from caselog.rules.codes import load_codes
from caselog.rules.library import find, shipped
from caselog.rules.loader import HERE
from tests.domain.samples import TODAY

READ = date(2026, 11, 21)
FILES = sorted((HERE / "sets").glob("*.toml"))
every_file = pytest.mark.parametrize("file", FILES, ids=[path.name for path in FILES])
every_set = pytest.mark.parametrize("ruleset", shipped(), ids=[each.id for each in shipped()])

# What is shipped

PBSE_IDS = """
    clinical-perfusions primary-cpb ecmo-or-vad pediatric-cpb transcript competency-statement enrolled-or-graduated
"""


@pytest.mark.parametrize(
    ("ruleset_id", "requirements"),
    [
        ("accredited-minimums", "open-heart valve pediatric emergency complex"),
        ("abcp-pbse", PBSE_IDS),
        ("abcp-cape", "graduated independent-cases"),
        ("abcp-recertification", "clinical-activities primary-activities secondary-activities"),
        ("musc-graduation", "pump-cases pediatric vad-or-ecmo rotations"),
        ("barry-graduation", "adult-bypass pediatric-bypass"),
        ("aacp-1993", "procedures pediatric-share"),
        ("anzbp-logbook", "supervised-cases progress-reports"),
        ("ecmo-specialist-wa", "didactic-hours basic-water-drill emergency-water-drill simulation bedside-hours"),
        ("abcp-professional", "units category-one-units"),
    ],
)
def test_the_ids_of_the_requirements_are_those_of_the_domain(ruleset_id: str, requirements: str) -> None:
    assert [each.id for each in find(ruleset_id).requirements] == requirements.split()


@pytest.mark.parametrize(
    ("ruleset_id", "stated"),
    [
        ("accredited-minimums", {"open-heart": 75, "valve": 40, "pediatric": None, "emergency": None, "complex": None}),
        (
            "abcp-pbse",
            {
                "clinical-perfusions": 75, "clinical-perfusions.ecmo-or-vad": None, "primary-cpb": 70,
                "ecmo-or-vad": 5, "pediatric-cpb": 10,
            },
        ),
    ],
)  # fmt: skip
def test_the_numbers_are_those_of_the_sources_and_the_program_sets_the_others(
    ruleset_id: str, stated: dict[str, int | None]
) -> None:
    asked = [each for each in find(ruleset_id).requirements if isinstance(each, CountRequirement)]
    found = [number for each in asked for number, _ in each.numbers()]
    assert {number.key: number.value for number in found} == stated
    own = {number.key for number in found if number.by_program}
    assert own == {key for key, value in stated.items() if value is None or key == "ecmo-or-vad"}


@every_file
def test_a_shipped_file_is_called_by_its_id_and_edition(file: Any) -> None:
    head = tomllib.loads(file.read_text(encoding="utf-8"))
    assert file.name == f"{head['id']}.{head['edition']}.toml"


@every_file
def test_every_number_in_a_shipped_file_names_its_source_and_the_day_it_was_read(file: Any) -> None:
    written = tomllib.loads(file.read_text(encoding="utf-8"))
    for asked in [*written["requirement"], *written.get("parameters", {}).values()]:
        source = written["sources"][asked["source"]]
        assert source.get("address") or source["citation"]
        assert source["read"] == READ


@every_set
def test_every_requirement_is_said_in_words_with_its_source(ruleset: RuleSet) -> None:
    engine = Engine(ruleset, load_codes(), TODAY)
    for asked in ruleset.requirements:
        assert asked.source in ruleset.sources
        assert asked.title[0].isupper()
        assert asked.says.endswith(".")
        assert all(said.endswith(".") for said in engine.in_words(asked))


def test_the_page_says_whose_number_the_valve_minimum_is_and_what_was_left_open_about_ecmo() -> None:
    notes = {each.id: each.note for ruleset in shipped() for each in ruleset.requirements}
    assert "the board's own page states no valve minimum" in notes["valve"].lower()
    assert "floor or a ceiling could not be settled" in notes["ecmo-or-vad"]
    assert "observed cases never count toward the 75" in notes["pediatric-cpb"].lower()


@every_set
def test_a_set_within_a_set_is_pinned_to_its_edition(ruleset: RuleSet) -> None:
    """Otherwise a new edition of the inner set would move those who are judged under the outer one."""
    (file,) = [path for path in FILES if path.name == f"{ruleset.id}.{ruleset.edition}.toml"]
    written = tomllib.loads(file.read_text(encoding="utf-8"))["requirement"]
    for asked, as_written in zip(ruleset.requirements, written, strict=True):
        if isinstance(asked, SetRequirement):
            assert as_written["edition"] == asked.ruleset.edition
