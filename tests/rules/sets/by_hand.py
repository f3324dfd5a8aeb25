"""Logs worked out by hand, and what comes of evaluating them."""

from datetime import date
from fractions import Fraction
from typing import Any

from caselog.domain.activity import LearningActivity
from caselog.domain.case import Case
from caselog.domain.codes import Status
from caselog.domain.evaluate import Engine
from caselog.domain.result import Entry, Evaluation
from caselog.domain.student import StudentFacts
from caselog.rules.codes import load_codes
from caselog.rules.library import find
from tests.domain.samples import TODAY, a_case

# Times, what is different from a verified adult CABG on CPB as primary in the US on 2026-03-02.
Drawn = list[tuple[int, dict[str, Any]]]
NOBODY = StudentFacts()


def a_log(drawn: Drawn) -> list[Case]:
    alike = [changes for times, changes in drawn for _ in range(times)]
    return [a_case(number, **changes) for number, changes in enumerate(alike)]


def activities(drawn: Drawn) -> list[LearningActivity]:
    """The same for learning activities, of which nothing is the same but the day and the status."""
    alike = [changes for times, changes in drawn for _ in range(times)]
    return [
        LearningActivity(
            **{
                "activity_uid": f"activity-{number:03d}",
                "date": date(2026, 3, 2),
                "status": Status.VERIFIED,
                **changes,
            }
        )
        for number, changes in enumerate(alike)
    ]


def evaluate(
    ruleset_id: str,
    log: list[Case] | list[LearningActivity] | list[Entry],
    facts: StudentFacts = NOBODY,
    as_of: date = TODAY,
) -> Evaluation:
    return Engine(find(ruleset_id), load_codes(), as_of).evaluate(facts, log)


Numbers = dict[str, tuple[Fraction | int, Fraction | int, Fraction | int | None, str]]


def numbers(evaluation: Evaluation) -> Numbers:
    """Counted, pending, remaining and standing of each requirement."""
    return {
        each.requirement.id: (each.counted, each.pending, each.remaining, each.standing.value)
        for each in evaluation.requirements
    }
