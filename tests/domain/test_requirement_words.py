"""What a requirement asks, in sentences: each key of a rule says its own thing."""

from dataclasses import replace

import pytest

from caselog.domain.conditions import AllOf
from caselog.domain.requirement_words import requirement_in_words
from caselog.domain.ruleset import CountRequirement, RuleSet
from caselog.rules.codes import load_codes
from tests.domain.written import a_set, asks


def sentences(ruleset: RuleSet, requirement_id: str) -> list[str]:
    return list(requirement_in_words(ruleset.requirement(requirement_id), load_codes()))


def said_of(body: str, *others: str) -> list[str]:
    """The sentences after the first, which says what counts."""
    return sentences(a_set(asks("runs", body), *others), "runs")[1:]


VALVES = asks("valves", 'where = { is = "valve" }\nminimum = 8')
RUN = "where = { redo = true }\n"


def test_what_counts_is_said_first_with_who_is_eligible() -> None:
    first, *others = sentences(a_set(asks("runs", RUN + "minimum = 3")), "runs")
    assert first.startswith("Counts: redo; performed (")
    assert first.endswith(").")
    assert others == []


def test_a_requirement_without_a_condition_of_its_own_says_who_is_eligible_only() -> None:
    requirement = a_set(asks("runs", RUN + "minimum = 3")).requirement("runs")
    assert isinstance(requirement, CountRequirement)
    (only,) = requirement_in_words(replace(requirement, where=AllOf(())), load_codes())
    assert only.startswith("Counts: performed (")


@pytest.mark.parametrize(
    ("credit", "says"),
    [
        ("{ points = 0.5 }", "Credit: 0.5 each."),
        ('{ field = "support_hours" }', "Credit: support managed."),
        (
            '{ field = "support_hours", per = 4, points = 0.5 }',
            "Credit: 0.5 for every 4 of support managed.",
        ),
        (
            '{ field = "support_hours", per = 4, points = 0.5, at_most = 1.5 }',
            "Credit: 0.5 for every 4 of support managed, at most 1.5 each.",
        ),
        ('{ points = 2, where = { procedures = ["cabg"] } }', "Credit: 2 each where procedures: CABG."),
    ],
)
def test_a_credit_says_what_an_entry_is_worth(credit: str, says: str) -> None:
    assert said_of(f"{RUN}minimum = 3\ncredit = [{credit}]") == [says]


def test_what_counts_once_is_named() -> None:
    assert said_of(f'{RUN}minimum = 3\nonce_per = "rotation"') == ["Each rotation counts once."]


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ("at_least = 5", "at least 5"),
        ("at_most = 7", "at most 7"),
        ("at_least = 5\nat_most = 7", "at least 5 and at most 7"),
        ('at_most = "program"', "at most a number that the program sets"),
    ],
)
def test_a_part_says_its_limits_and_what_it_is(limits: str, says: str) -> None:
    part = f'\n[[requirement.part]]\nid = "bypass"\ntitle = "CABG"\nwhere = {{ procedures = ["cabg"] }}\n{limits}'
    assert said_of(f"{RUN}minimum = 9{part}") == [f"Of these {says}: CABG (procedures: CABG)."]


def test_a_floor_in_each_year_says_number_and_years() -> None:
    assert said_of(f"{RUN}minimum = 9\neach_year = {{ at_least = 4, last_years = 3 }}") == [
        "At least 4 in each of the last 3 years."
    ]


def test_a_share_says_of_what() -> None:
    assert said_of(f'{RUN}minimum = {{ percent = 25, of = "valves" }}', VALVES) == [
        "At least 25 % of the minimum of “valves”."
    ]
    assert said_of(f'{RUN}minimum = {{ percent = 12.5, of = "valves", of_counted = true }}', VALVES) == [
        "At least 12.5 % of what counted of “valves”."
    ]


def test_a_preferred_number_is_said() -> None:
    assert said_of(f"{RUN}minimum = 3\npreferred = 12") == ["Preferred: 12."]


def test_what_must_be_true_of_the_student_is_said() -> None:
    ruleset = a_set(asks("enrolled", 'kind = "student"\nwhere = { enrolled = true }'), VALVES)
    assert sentences(ruleset, "enrolled") == ["The student: enrolled."]


def test_a_paper_is_on_file_or_one_for_each_so_many() -> None:
    plain = asks("papers", 'kind = "attestation"\nminimum = 2')
    assert sentences(a_set(VALVES, plain), "papers") == ["On file, as attested by the program."]
    due = asks("papers", 'kind = "attestation"\nminimum = 2\nevery = 50\nof = "valves"')
    assert sentences(a_set(VALVES, due), "papers") == ["One on file for each 50 counted toward “valves”."]


@pytest.mark.parametrize(("least", "says"), [('"any"', "At least 1"), ("2", "All"), ('"all"', "All")])
def test_a_group_says_how_many_of_which(least: str, says: str) -> None:
    group = asks("both", f'kind = "group"\nmembers = ["runs", "valves"]\nat_least = {least}')
    ruleset = a_set(asks("runs", RUN + "minimum = 3"), VALVES, group)
    assert sentences(ruleset, "both") == [f"{says} of: runs, valves."]


def test_another_set_is_named_with_its_edition() -> None:
    cape = asks("cape", 'kind = "set"\nruleset = "abcp-cape"\nedition = "2026-11"')
    (said,) = sentences(a_set(cape), "cape")
    assert said.startswith("All of ")
    assert said.endswith(", edition 2026-11.")
