"""The JSON Schema of rule files says what the loader says."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from caselog.domain.codes import Code, CodeBook, CodeList
from caselog.domain.conditions import CASE_FIELDS
from caselog.rules.codes import load_codes
from caselog.rules.loader import SETS, loads
from caselog.rules.reading import Table
from caselog.rules.schema import schema

HERE = Path(__file__).parent
GOOD = (HERE / "good.toml").read_text(encoding="utf-8")
SHIPPED = sorted(SETS.glob("*.toml"))
# What a schema cannot know: names, what stands above what, the calendar, and how deep or large all is together.
BEYOND = re.compile(
    "there is no|stands twice|defined already|not defined yet|cannot be found|is the id of another|is before|is below"
    "|nested too deep|stands in two groups|cannot be counted exclusively|no requirement|is no pair"
    "|control character|eligible: is missing|is the number nan|is the number 120"
    "|is the text “20[0-9-]+”"  # a day in quotes, which such an editor cannot tell from a day
)
# A file that uses every key that there is, where the good file does not.
EVERYTHING = (
    GOOD.replace(
        'note = "Left open: everything."', 'note = "Left open: everything."\nrenamed_from = "runs-of-old"', 1
    )
    + """
[sources.law]
title = "A law"
citation = "WAC 246-928-580"
read = 2026-11-21
[[requirement]]
id = "hours"
kind = "activities"
title = "Hours"
says = "Hours."
unit = "hours"
source = "law"
where = { kind = "didactic", student = { enrolled = true } }
minimum = { value = 24, program_may_change = true, exceptions = [{ when = { enrolled = false }, value = 12 }] }
preferred = 30
[[requirement.credit]]
where = { hours = { at_least = 1 } }
field = "hours"
per = 1
points = 1
at_most = 8
[[requirement.part]]
id = "own"
title = "own"
where = { category = "I" }
at_least = { percent = 20, of = "anything", of_counted = true }
[[requirement]]
id = "years"
title = "Years"
says = "Each year."
source = "page"
where = { case_date = { after = "@program_start", before = 2027-01-01, months = [1], last_years = 2 } }
minimum = 1
once_per = "case_date"
each_year = { at_least = 1, last_years = 2, year_starts = "07-01" }
[[requirement]]
id = "reports"
kind = "attestation"
title = "Reports"
says = "A report every 50."
source = "page"
minimum = 4
every = 50
of = "runs"
[[requirement]]
id = "both"
kind = "group"
title = "Both"
says = "Both."
source = "page"
members = ["letter", "graduated"]
at_least = "all"
[[requirement]]
id = "readiness"
kind = "set"
title = "Readiness"
says = "All of it."
source = "page"
ruleset = "abcp-pbse"
edition = "2026-11"
[[requirement]]
id = "more"
title = "More"
says = "More."
source = "page"
where = { redo = true }
minimum = 1
[[exclusive]]
among = ["anything", "more"]
may_share = [["anything", "more"]]
"""
)


def as_json(value: Any) -> Any:
    """What TOML says as JSON has it: days are texts."""
    match value:
        case dict():
            return {key: as_json(inner) for key, inner in value.items()}
        case list():
            return [as_json(inner) for inner in value]
        case date():
            return value.isoformat()
        case _:
            return value


VALIDATOR = Draft202012Validator(schema())


def valid(text: str) -> bool:
    return VALIDATOR.is_valid(as_json(tomllib.loads(text)))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_shipped_file_is_valid(path: Path) -> None:
    found = list(VALIDATOR.iter_errors(as_json(tomllib.loads(path.read_text(encoding="utf-8")))))
    assert [f"{error.json_path}: {error.message}" for error in found] == []


def test_a_file_with_every_key_is_valid() -> None:
    assert loads(EVERYTHING, "everything.toml").requirements
    assert valid(EVERYTHING)


def entries(name: str) -> list[Any]:
    found = tomllib.loads((HERE / "bad" / name).read_text(encoding="utf-8"))
    return [pytest.param(entry, id=what) for what, entry in found.items()]


def refused_or_beyond(text: str, says: str) -> bool:
    try:
        tomllib.loads(text)
    except ValueError:
        return True  # no TOML at all
    return not valid(text) or BEYOND.search(says) is not None


@pytest.mark.parametrize("entry", entries("places.toml"))
def test_a_spoilt_file_is_invalid_unless_only_the_loader_can_know(entry: dict[str, str]) -> None:
    assert refused_or_beyond(GOOD.replace(entry["old"], entry["new"], 1), entry["says"])


@pytest.mark.parametrize("entry", entries("conditions.toml"))
def test_a_bad_condition_is_invalid_unless_only_the_loader_can_know(entry: dict[str, str]) -> None:
    where = 'where = { all = [{ age_group = ["adult"] }, { rotation = { given = false } }] }'
    assert refused_or_beyond(GOOD.replace(where, f"where = {entry['where']}"), entry["says"])


def test_what_is_beyond_the_schema_is_little() -> None:
    bad = [entry.values[0] for entry in entries("places.toml")]
    beyond = [each["says"] for each in bad if _loads(each) and valid(GOOD.replace(each["old"], each["new"], 1))]
    assert len(beyond) < len(bad) / 3


def _loads(entry: dict[str, str]) -> bool:
    try:
        tomllib.loads(GOOD.replace(entry["old"], entry["new"], 1))
    except ValueError:
        return False
    return True


def places_of(found: dict[str, Any]) -> Iterator[tuple[str, set[str]]]:
    """The keys that the schema allows, by where they stand; conditions aside, whose keys are fields."""
    defs = found["$defs"]
    yield "", set(found["properties"])
    for name in ("parameters", "conditions"):
        yield name, set(found["properties"][name]["additionalProperties"]["properties"])
    sources = found["properties"]["sources"]["additionalProperties"]["oneOf"]
    yield "sources", {key for form in sources for key in form["properties"]}
    yield "exclusive", set(found["properties"]["exclusive"]["items"]["properties"])
    for kind in ("cases", "activities", "attestation", "student", "group", "set"):
        own = defs[f"{kind}-requirement"]["properties"]
        yield kind, set(own)
        for part in ("credit", "part"):
            if part in own:
                yield f"{kind}.{part}", set(own[part]["items"]["properties"])
        if "each_year" in own:
            yield f"{kind}.each_year", set(own["each_year"]["properties"])
    forms = [form["properties"] for form in defs["number"]["anyOf"] if "properties" in form]
    yield "number", {key for form in forms for key in form}
    yield "exception", set(forms[0]["exceptions"]["items"]["properties"])


def test_the_loader_asks_for_exactly_the_keys_that_the_schema_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, set[str]] = defaultdict(set)
    finish = Table.finish

    def noting(table: Table) -> None:
        if table.file == "everything.toml":  # and not that of a set that it builds on
            asked[table.key] |= table._known
        finish(table)

    monkeypatch.setattr(Table, "finish", noting)
    loads(EVERYTHING, "everything.toml")
    kinds = [each.get("kind", "cases") for each in tomllib.loads(EVERYTHING)["requirement"]]
    found: dict[str, set[str]] = defaultdict(set)
    for key, known in asked.items():
        found[_place(key, kinds)] |= known
    allowed = dict(places_of(schema()))
    assert set(found) - {"elsewhere"} <= set(allowed)
    for place in found.keys() - {"elsewhere"}:
        assert found[place] == allowed[place], place


def _place(key: str, kinds: list[str]) -> str:
    first, *rest = re.sub(r"\[\d+\]", "", key).split(".")
    if first != "requirement":
        return first if first in ("", "sources", "parameters", "exclusive") or len(rest) == 1 else "elsewhere"
    number = re.search(r"\d+", key)
    kind = kinds[int(number[0]) - 1] if number and int(number[0]) <= len(kinds) else "elsewhere"
    match rest:
        case []:
            return kind
        case ["credit" | "part" | "each_year" as part]:
            return f"{kind}.{part}"
        case [*_, "exceptions"]:
            return "exception"
        case ["minimum" | "preferred" | "every"] | [_, "at_least" | "at_most"]:
            return "number"
    return "elsewhere"


def test_a_program_s_own_codes_are_in_its_schema() -> None:
    own = CodeBook(
        {name: [*load_codes().codes(name).values(), Code("ross", "Ross", "valve")] for name in CodeList}
    )
    text = GOOD.replace('where = { all = [{ age_group = ["adult"] }', 'where = { all = [{ procedures = "ross" }')
    assert not valid(text)
    assert Draft202012Validator(schema(own)).is_valid(as_json(tomllib.loads(text)))


def test_every_field_is_in_the_schema() -> None:
    assert CASE_FIELDS.keys() <= schema()["$defs"]["case-condition"]["properties"].keys()
