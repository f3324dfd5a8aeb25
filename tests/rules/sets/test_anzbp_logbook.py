"""anzbp-logbook worked out by hand: 200 supervised cases, a progress report signed after every 50."""

from datetime import date

import pytest

from caselog.domain.student import Attestation, StudentFacts
from tests.domain.samples import values
from tests.rules.sets.by_hand import a_log, evaluate


def reports(number: int) -> StudentFacts:
    return StudentFacts(
        attestations=tuple(
            Attestation("progress-reports", f"Supervisor {each}", date(2026, 1, 1 + each))
            for each in range(number)
        )
    )


@pytest.mark.parametrize(
    ("cases", "signed", "says"),
    [
        (49, 0, "not_met"),  #            none due, four still to come
        (50, 0, "needs_attestation"),  #  the first is due
        (50, 1, "not_met"),
        (99, 1, "not_met"),
        (100, 1, "needs_attestation"),  # the second is due
        (199, 3, "not_met"),
        (200, 3, "needs_attestation"),
        (200, 4, "met"),
        (250, 4, "met"),  #               a fifth is not asked for
        (10, 4, "met"),
    ],
)
def test_a_report_is_due_after_every_fifty(cases: int, signed: int, says: str) -> None:
    evaluation = evaluate("anzbp-logbook", a_log([(cases, {})]), reports(signed))
    found = evaluation.of("progress-reports")
    assert values(found.standing.value, found.counted, found.minimum) == (says, signed, 4)
    assert found.remaining == max(0, 4 - signed)


def test_two_hundred_supervised_cases_are_needed_and_what_was_watched_is_none() -> None:
    evaluation = evaluate("anzbp-logbook", a_log([(199, {}), (9, {"role": "observed"})]), reports(4))
    assert values(evaluation.of("supervised-cases").counted, evaluation.standing.value) == (199, "not_met")
