"""The line of a rule file that a complaint means."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caselog.rules.lines import line_of, places, with_values
from caselog.rules.loader import SETS, loads
from caselog.rules.reading import RuleFileError

GOOD = Path(__file__).with_name("good.toml")
FILES = sorted([*SETS.glob("*.toml"), GOOD])
TEXT = GOOD.read_text(encoding="utf-8")
ODD = '''\
# [not.a.table] and not = "a key"
"quoted key" = 1 # = 2
'literal' . dotted = """
[inside] a text = {
\\""" still inside""" # a comment ]
list = [ # with a comment
  "a]b", 'c\\',
  { x = [1, 2], y.z = '}' }, # more

]
day = 2026-11-21 07:30:00
long = \'\'\'
[[not]]
it's\'\'\'
[[a]]
k = -1.5e3
[[a.b]]
[a.b.c]
k = true
[[ a . b ]]
k = "x\\"y"
'''


def keys(value: Any, path: str = "") -> Iterator[str]:
    """Every key of what a file says, but for arrays of tables as a whole and tables that are only begun further in."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from keys(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for number, inner in enumerate(value, 1):
            yield f"{path}[{number}]"
            yield from keys(inner, f"{path}[{number}]")
    else:
        yield path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_key_of_every_file_is_found_at_a_line_that_says_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    known, lines = places(text), text.split("\n")
    for key in keys(tomllib.loads(text)):
        name = key.rpartition(".")[2].partition("[")[0]
        assert name in lines[known[key].line - 1], key


def test_odd_but_good_toml_is_followed_to_its_end() -> None:
    tomllib.loads(ODD)
    found = {key: place.line for key, place in places(ODD).items()}
    assert found == {
        "quoted key": 2, "literal": 3, "literal.dotted": 3,
        "list": 6, "list[1]": 7, "list[2]": 7, "list[3]": 8, "list[3].x": 8, "list[3].x[1]": 8, "list[3].x[2]": 8,
        "list[3].y": 8, "list[3].y.z": 8,
        "day": 11, "long": 12, "a[1]": 15, "a[1].k": 16, "a[1].b[1]": 17, "a[1].b[1].c": 18, "a[1].b[1].c.k": 19,
        "a[1].b[2]": 20, "a[1].b[2].k": 21,
    }  # fmt: skip


@pytest.mark.parametrize("end", range(0, len(ODD), 3))
def test_text_that_breaks_off_anywhere_ends_the_walk_there(end: int) -> None:
    assert all(place.line <= ODD[:end].count("\n") + 1 for place in places(ODD[:end]).values())


def line(text: str) -> int | None:
    with pytest.raises(RuleFileError) as refused:
        loads(text, "good.toml")
    return refused.value.line


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("minimum = 75", "minimum = -1", "minimum = -1"),
        ('is = "complex"', 'is = "komplex"', "where = { any = [{ is ="),
        ('family = "ecmo"', 'family = "emco"', 'where = { activity = { family = "emco"'),
        ('title = "ECMO"\n', "", "[[requirement.part]]"),
        ('address = "board.example/page"', 'address = "http://board"', "address ="),
        ('title = "A good set"\n', "", None),
        ('edition = "2026-11"', 'edition = "2026-11', 'edition = "2026-11'),
        ('where = { graduated_on = { given = true } }\n', 'where = { graduated_on = { given = true }', "where ="),
        ('id = "letter"', 'id = "runs"', 'id = "runs"'),
        ('id = "good-set"', 'surplus = 1\nid = "good-set"', "surplus"),
        ("value = 120", "value = " + "9" * 5_000, None),
    ],
)  # fmt: skip
def test_a_complaint_says_the_line_that_it_means(old: str, new: str, says: str | None) -> None:
    if old not in TEXT:
        pytest.fail(f"{old} is not in the good file")
    text = TEXT[::-1].replace(old[::-1], new[::-1], 1)[::-1]  # the last of them
    found = line(text)
    if says is None:
        assert found is None
    else:
        assert found is not None
        assert says in text.split("\n")[found - 1]


def test_windows_line_ends_and_a_byte_order_mark_move_no_line() -> None:
    text = TEXT.replace("minimum = 75", "minimum = -1")
    assert (
        line(text) == line("\ufeff" + text.replace("\n", "\r\n")) == text.split("minimum = -1")[0].count("\n") + 1
    )


def test_a_key_of_brackets_and_dots_ends_the_search() -> None:
    for key in ("a[b", "..", "[", "]", "a.b.c[9].d", ""):
        assert line_of(TEXT, key, "is wrong.") is None


def test_values_are_replaced_where_they_stand_and_the_rest_is_kept() -> None:
    changed = with_values(TEXT, {"id": "an-own", "title": 'A "good" one', "edition": "2", "nothing": "else"})
    assert tomllib.loads(changed) == tomllib.loads(TEXT) | {
        "id": "an-own",
        "title": 'A "good" one',
        "edition": "2",
    }
    assert changed.count("\n") == TEXT.count("\n")
    assert with_values(TEXT, {}) == TEXT
