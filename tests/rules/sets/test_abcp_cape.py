"""abcp-cape against a log worked out by hand: graduated, and 40 independent cases after graduation."""

from datetime import date

import pytest

from caselog.domain.result import Outcome, Standing
from caselog.domain.student import StudentFacts
from tests.rules.sets.by_hand import Drawn, a_log, evaluate, numbers

GRADUATED = StudentFacts(graduated_on=date(2026, 5, 31))
LOG: Drawn = [
    (30, {"role": "independent", "case_date": date(2026, 7, 1)}),  #    30
    (1, {"role": "independent", "case_date": date(2026, 6, 1)}),  #     31: the day after counts
    (1, {"role": "independent", "case_date": date(2026, 5, 31)}),  #    the day itself is not after it
    (5, {"role": "independent", "case_date": date(2026, 4, 1)}),  #     before
    (6, {"role": "primary", "case_date": date(2026, 7, 1)}),  #         supervised
    (4, {"role": "independent", "activity": "ecmo", "case_date": date(2026, 8, 1)}),  # 35: any activity
    (2, {"role": "independent", "setting": "simulation", "case_date": date(2026, 8, 1)}),  # not clinical
    (3, {"role": "independent", "status": "submitted", "case_date": date(2026, 8, 1)}),  # 3 wait
]


def test_cape_of_a_log_worked_out_by_hand() -> None:
    evaluation = evaluate("abcp-cape", a_log(LOG), GRADUATED)
    assert numbers(evaluation) == {"graduated": (1, 0, 0, "met"), "independent-cases": (35, 3, 5, "not_met")}
    reasons = {verdict.reason for verdict in evaluation.of("independent-cases").with_outcome(Outcome.EXCLUDED)}
    assert reasons == {
        "before 2026-06-01",
        "role is primary, not independent",
        "simulation: only clinical cases count",
    }


def test_cape_is_ready_with_forty() -> None:
    log = a_log([*LOG, (5, {"role": "independent", "case_date": date(2026, 9, 1)})])
    assert evaluate("abcp-cape", log, GRADUATED).standing is Standing.MET


@pytest.mark.parametrize("graduated_on", [None, date(2026, 11, 22)])
def test_before_graduation_nothing_counts_and_the_reason_says_so(graduated_on: date | None) -> None:
    evaluation = evaluate("abcp-cape", a_log(LOG), StudentFacts(graduated_on=graduated_on))
    assert numbers(evaluation) == {"graduated": (0, 0, 1, "not_met"), "independent-cases": (0, 0, 40, "not_met")}
    reasons = {verdict.reason for verdict in evaluation.of("independent-cases").verdicts}
    assert "no graduation is known" in reasons
