"""The table of transitions: what it says is what docs/transitions.md tells people, and a refusal is a sentence."""

from itertools import product
from pathlib import Path

import pytest

from caselog.domain.codes import Status
from caselog.domain.transitions import (
    STATUS_OF,
    TABLE,
    Act,
    Need,
    Party,
    Stage,
    allowed,
    lacks,
    refusal,
    transition,
)

DOCS = Path(__file__).resolve().parents[2] / "docs" / "transitions.md"
EVERYBODY = frozenset(Party)
DISAGREED = "You have said already which role you saw. Agree to the student's, or return the case with a comment."
OPEN = "This case is still with its student: change it and submit it; that needs no amendment."
CLOSED = "This case is verified and cannot be changed; only drafts and returned cases can."


def table_as_markdown() -> str:
    """The table as the documentation has it."""
    head = "| from | act | who | to | needs |\n| --- | --- | --- | --- | --- |"
    rows = [
        f"| {each.start} | {each.act} | {each.who} | {each.end} | {', '.join(sorted(each.needs)) or '–'} |"
        for each in TABLE
    ]
    return "\n".join([head, *rows])


def test_the_documentation_holds_the_table_as_it_is() -> None:
    head = table_as_markdown().partition("\n")[0]
    table = DOCS.read_text().partition(head)[2].partition("\n\n")[0]
    assert head + table == table_as_markdown()


def test_each_status_has_a_stage_and_void_is_final() -> None:
    assert set(STATUS_OF.values()) == set(Status)
    assert not allowed(Stage.VOID, EVERYBODY)


def test_no_two_rows_say_what_becomes_of_the_same_act() -> None:
    assert len({(each.start, each.act, each.who) for each in TABLE}) == len(TABLE)


def test_only_a_reviewer_verifies_unless_both_agree_on_the_role() -> None:
    verifying = {(each.act, each.who) for each in TABLE if each.end is Stage.VERIFIED}
    assert verifying == {
        (Act.VERIFY, Party.REVIEWER), (Act.AGREE, Party.REVIEWER), (Act.ACCEPT, Party.STUDENT),
    }  # fmt: skip


def test_what_is_verified_leaves_that_stage_only_with_a_reason() -> None:
    leaving = [each for each in TABLE if each.start is Stage.VERIFIED]
    assert {each.act for each in leaving} == {Act.AMEND, Act.VOID}
    assert all(each.needs == {Need.REASON} for each in leaving)


def test_nothing_is_allowed_to_nobody() -> None:
    assert all(transition(stage, act, ()) is None for stage, act in product(Stage, Act))


def test_what_one_may_do_is_what_the_transitions_say() -> None:
    for stage, who in product(Stage, Party):
        may = {act for act in Act if transition(stage, act, {who})}
        assert may == allowed(stage, {who})


def test_what_is_missing_is_asked_for_once_and_not_when_it_is_given() -> None:
    for each in TABLE:
        assert (lacks(each, (), "case") is None) is (not each.needs)
        assert lacks(each, frozenset(Need), "case") is None
    verify = transition(Stage.WAITING, Act.VERIFY, {Party.REVIEWER})
    assert verify
    assert lacks(verify, (), "case") == (
        "Choose the role that you saw the student in before you confirm the case."
    )


@pytest.mark.parametrize(
    ("stage", "act", "says"),
    [
        (Stage.VERIFIED, Act.CHANGE, CLOSED),
        (Stage.VERIFIED, Act.VERIFY, "This case is already verified by Pat; nothing was changed."),
        (Stage.VOID, Act.AMEND, "This case is already void by Pat; nothing was changed."),
        (Stage.DRAFT, Act.AMEND, OPEN),
        (Stage.DIFFERS, Act.VERIFY, DISAGREED),
        (Stage.WAITING, Act.KEEP, "No difference of roles waits for you on this case; nothing was changed."),
        (Stage.KEPT, Act.AMEND, "Only the student or the director may do this with the case."),
    ],
)  # fmt: skip
def test_a_refusal_says_why(stage: Stage, act: Act, says: str) -> None:
    assert refusal(stage, act, noun="case", plural="cases", by="Pat") == says


def test_every_refusal_is_a_sentence_without_gaps() -> None:
    for stage, act, who in product(Stage, Act, Party):
        if transition(stage, act, {who}) is None:
            said = refusal(stage, act, noun="activity", plural="activities")
            assert said.endswith(".")
            assert "{" not in said
