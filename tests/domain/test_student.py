"""What is known of a student on a day."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from caselog.domain.student import Attestation, StudentFacts, Waiver
from tests.domain.samples import TODAY

DAY = timedelta(days=1)
PAPER = Attestation("papers", "A registrar", TODAY)
WAIVER = Waiver(requirement="runs", granted_by="Dana Director", reason="A reason.", on=TODAY)


@pytest.mark.parametrize("name", ["graduated_on", "certified_on"])
def test_what_happened_later_is_not_known_yet(name: str) -> None:
    known: dict[str, Any] = {name: TODAY}
    facts = StudentFacts(**known)
    assert getattr(facts.as_of(TODAY), name) == TODAY
    assert getattr(facts.as_of(TODAY - DAY), name) is None
    assert getattr(StudentFacts().as_of(TODAY), name) is None


def test_the_other_facts_stay() -> None:
    facts = StudentFacts(program_start=TODAY, enrolled=True, program_minimums={"runs": 3})
    assert facts.as_of(date(2020, 1, 1)) == facts


def test_a_paper_is_on_file_from_its_day_on() -> None:
    facts = StudentFacts(attestations=(PAPER,))
    assert facts.as_of(TODAY).attestations == (PAPER,)
    assert facts.as_of(TODAY - DAY).attestations == ()


def test_papers_are_found_under_any_id_of_the_requirement_the_earliest_first() -> None:
    earlier = replace(PAPER, id="old-papers", on=TODAY - DAY)
    by_another = replace(PAPER, by="A dean")
    other = replace(PAPER, id="something-else")
    facts = StudentFacts(attestations=(PAPER, other, by_another, earlier))
    assert facts.attested(("papers", "old-papers")) == (earlier, by_another, PAPER)


def test_the_number_for_one_set_goes_before_that_for_all() -> None:
    facts = StudentFacts(program_minimums={"runs": 3, "board/runs": 5, "board/redo": 0})
    assert facts.program_number("board", "runs") == 5
    assert facts.program_number("another", "runs") == 3
    assert facts.program_number("board", "redo") == 0
    assert facts.program_number("another", "redo") is None


@pytest.mark.parametrize(
    ("until", "days", "holds"),
    [
        (None, -1, False), (None, 0, True), (None, 900, True),
        (TODAY + 2 * DAY, 0, True), (TODAY + 2 * DAY, 2, True), (TODAY + 2 * DAY, 3, False),
    ],
)  # fmt: skip
def test_a_waiver_is_in_force_from_its_day_to_its_last(until: date | None, days: int, holds: bool) -> None:
    assert replace(WAIVER, until=until).in_force(TODAY + timedelta(days=days)) is holds


def test_a_waiver_is_about_a_requirement_of_one_set_or_of_any() -> None:
    assert WAIVER.names("board", ("runs",))
    assert WAIVER.names("board", ("pump-runs", "runs"))
    assert not WAIVER.names("board", ("redo",))
    assert replace(WAIVER, ruleset="board").names("board", ("runs",))
    assert not replace(WAIVER, ruleset="board").names("another", ("runs",))
