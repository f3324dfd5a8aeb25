"""The list of next cases: what ships, and what is refused."""

import pytest

from caselog.domain.case import NEEDED_TO_SUBMIT
from caselog.domain.codes import Setting
from caselog.rules.codes import load_codes
from caselog.rules.next_cases import load_kinds, read_kinds
from caselog.rules.reading import RuleFileError

GOOD = """
[a-run]
title = "A run"
words = "run"
case = { activity = "cpb", procedures = ["mitral_valve", "aortic_valve"], role = "primary" }
"""


def read(text: str) -> None:
    read_kinds(text, "kinds.toml", load_codes())


def test_a_kind_is_clinical_unless_it_says_otherwise_and_its_lists_are_sorted() -> None:
    (kind,) = read_kinds(GOOD, "kinds.toml", load_codes())
    assert (kind.id, kind.title, kind.words, kind.new) == ("a-run", "A run", "run", ())
    assert kind.case.setting is Setting.CLINICAL
    assert kind.case.procedures == ("aortic_valve", "mitral_valve")


def test_what_ships_says_all_that_a_case_needs_but_where_when_and_with_whom() -> None:
    elsewhere = {"case_date", "site", "preceptor"}
    for kind in load_kinds():
        assert all(getattr(kind.case, field) for field in NEEDED_TO_SUBMIT if field not in elsewhere), kind.id
        assert kind.title.strip()
        assert kind.words.strip()


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ('activity = "cpb"', 'activity = "cbp"', "a-run.case.activity: “cbp” is not a code for activity"),
        ('role = "primary"', "support_hours = -1.0", "a-run.case.support_hours: Support managed must be between"),
        ('role = "primary"', 'colour = "red"', "a-run.case.colour: is not a key that belongs here"),
        ('words = "run"', "", "a-run.words: is missing"),
        ('words = "run"', 'words = "run"\nnew = ["redo"]', "a-run.new: is a list. Name fields of: rotation"),
        ('words = "run"', 'words = "run"\nmany = 1', "a-run.many: is not a key that belongs here"),
    ],
)
def test_a_wrong_kind_is_refused_with_file_key_fault_and_fix(good: str, bad: str, says: str) -> None:
    with pytest.raises(RuleFileError) as refused:
        read(GOOD.replace(good, bad))
    assert str(refused.value).startswith(f"kinds.toml: {says}")
