"""Shipped files spoilt at random: the loader answers with a rule set that works, or with RuleFileError."""

import tomllib
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caselog.domain.evaluate import Engine
from caselog.domain.ruleset import RuleSet
from caselog.domain.student import StudentFacts
from caselog.rules.codes import load_codes
from caselog.rules.loader import HERE, load, loads
from caselog.rules.reading import RuleFileError
from tests.domain.samples import POOL, TODAY
from tests.support.rule_files import document

FILES = [
    *sorted((HERE / "sets").glob("*.toml")),
    *(Path(__file__).parent / name for name in ("good.toml", "whole.toml")),
]
TEXTS = [path.read_text(encoding="utf-8") for path in FILES]
TREES = [tomllib.loads(text) for text in TEXTS]
LOG = POOL[:40]
quickly = settings(max_examples=150, deadline=None, derandomize=True)


def outcome(read: Callable[[], RuleSet]) -> RuleFileError | RuleSet:
    """What comes of reading: the refusal, or the rule set. Anything else is raised on."""
    try:
        return read()
    except RuleFileError as error:
        return error


def answers(text: str) -> None:
    """The loader takes the text, and then the engine can work with it; or it says where the fault is."""
    found = outcome(lambda: loads(text, "spoilt.toml"))
    if isinstance(found, RuleFileError):
        assert str(found).startswith("spoilt.toml: ")
        assert found.key
        assert found.fault.strip()
        assert found.fix.strip()
        return
    engine = Engine(found, load_codes(), TODAY)
    evaluation = engine.evaluate(StudentFacts(), LOG)
    for result in evaluation.requirements:
        assert all(said.strip() for said in engine.in_words(result.requirement))
        assert all(verdict.reason.strip() for verdict in result.verdicts)


def copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: copied(each) for key, each in value.items()}
    return [copied(each) for each in value] if isinstance(value, list) else value


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in the tree with every key or index that it has."""
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    else:
        return []
    return [(value, key) for key, _ in pairs] + [place for _, each in pairs for place in places(each)]


AN_INSTANT = datetime(2026, 11, 21, 10, 0)  # noqa: DTZ001 (rule files know no zones)
KEYS = sorted({key for tree in TREES for _, key in places(tree) if isinstance(key, str)})
odd_values = st.one_of(
    st.sampled_from(
        [
            True, False, 0, -1, 75, 10**18, 0.5, float("nan"), float("inf"), "", " ", "program", "$first-day", "$",
            "valve", "page", "cases", "\x00", [], {}, [[]], [{}], [1, "a"], {"is": "valve"}, {"value": 5}, {"any": []},
            date(2026, 11, 21), AN_INSTANT, time(10, 0), {"given": True}, ["valve", "complex"],
            {"not": {"not": {"redo": True}}}, {"family": "valve"}, {"from": date(2026, 1, 1)}, {"at_least": 1},
        ]
    ),
    st.integers(),
    st.text(max_size=5),
)  # fmt: skip


def test_the_shipped_files_survive_being_written_another_way() -> None:
    for text, tree in zip(TEXTS, TREES, strict=True):
        assert loads(document(tree), "f") == loads(text, "f")


@quickly
@given(st.sampled_from(TREES), st.lists(st.tuples(st.integers(0, 10**6), odd_values), min_size=1, max_size=3))
def test_any_value_in_any_place(tree: dict[str, Any], spoils: list[tuple[int, Any]]) -> None:
    spoilt = copied(tree)
    for number, value in spoils:
        all_places = places(spoilt)
        container, key = all_places[number % len(all_places)]
        container[key] = copied(value)
    answers(document(spoilt))


@quickly
@given(st.sampled_from(TREES), st.integers(0, 10**6), st.sampled_from([None, *KEYS, "colour", "", "a b"]))
def test_any_key_dropped_or_called_otherwise(tree: dict[str, Any], number: int, name: str | None) -> None:
    spoilt = copied(tree)
    all_places = places(spoilt)
    container, key = all_places[number % len(all_places)]
    value = container.pop(key)
    if name is not None and isinstance(container, dict):
        container[name] = value
    answers(document(spoilt))


@quickly
@given(st.sampled_from(TEXTS), st.integers(0, 10**6), st.integers(0, 12), st.text(max_size=4))
def test_any_text_in_any_place(text: str, at: int, dropped: int, typed: str) -> None:
    at %= len(text)
    answers(text[:at] + typed + text[at + dropped :])


@settings(quickly, max_examples=50)
@given(st.sampled_from(TEXTS), st.integers(0, 10**6), st.integers(0, 10**6))
def test_any_line_moved_elsewhere(text: str, taken: int, put: int) -> None:
    lines = text.splitlines()
    line = lines.pop(taken % len(lines))
    lines.insert(put % len(lines), line)
    answers("\n".join(lines))


@settings(quickly, max_examples=50)
@given(st.text(max_size=30))
def test_any_text_alone(text: str) -> None:
    answers(text)


@settings(quickly, max_examples=50)
@given(st.sampled_from(TEXTS), st.integers(0, 10**6), st.binary(min_size=1, max_size=3))
def test_any_bytes_in_any_place(
    tmp_path_factory: pytest.TempPathFactory, text: str, at: int, typed: bytes
) -> None:
    data = text.encode()
    at %= len(data)
    path = tmp_path_factory.getbasetemp() / "spoilt.toml"
    path.write_bytes(data[:at] + typed + data[at + 1 :])
    found = outcome(lambda: load(path))
    assert isinstance(found, RuleSet) or str(found).startswith("spoilt.toml: ")
