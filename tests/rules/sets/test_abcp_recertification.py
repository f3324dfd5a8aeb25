"""abcp-recertification against logs worked out by hand.

Each reporting year, 1 July to 30 June: 40 activities, at least 25 primary (Table A), at most 15 secondary (Table B)
counted; certified in the fall: 20 in the first cycle, at most 8 secondary; an ECMO or VAD case gives one credit from
four hours of managing on.
"""

from datetime import date

import pytest

from caselog.domain.result import Outcome, Standing
from caselog.domain.student import StudentFacts
from tests.domain.samples import values
from tests.rules.sets.by_hand import NOBODY, Drawn, a_log, evaluate, numbers

THIS_YEAR = date(2026, 9, 1)  # TODAY is 2026-11-21: the reporting year began on 2026-07-01


def of_this_year(drawn: Drawn) -> Drawn:
    return [(times, {"case_date": THIS_YEAR, **changes}) for times, changes in drawn]


LOG = of_this_year(
    [
        (10, {"role": "independent"}),  #                            primary 10
        (4, {"role": "instructor"}),  #                              14
        (1, {"case_date": date(2026, 7, 1)}),  #                     15: the year's first day
        (9, {"case_date": date(2026, 6, 30)}),  #                    of the year before
        (1, {"activity": "ecpr"}),  #                                16
        (1, {"activity": "veno_venous_bypass"}),  #                  17
        (1, {"activity": "organ_or_limb_perfusion"}),  #             18
        (2, {"activity": "ecmo", "support_hours": 4.0}),  #          20: a shift of four hours
        (1, {"activity": "vad", "support_hours": 12.5}),  #          21: one credit, however long
        (1, {"activity": "ecmo", "support_hours": 3.5}),  #          too short
        (1, {"activity": "ecmo", "support_hours": None}),  #         not known
        (1, {"activity": "iabp"}),  #                                neither table
        (1, {"role": "observed"}),  #                                neither table
        (9, {"role": "first_assistant"}),  #                         secondary 9
        (6, {"activity": "pump_standby", "role": "primary"}),  #     15
        (5, {"setting": "simulation"}),  #                           20: five over the ceiling
    ]
)


def test_a_reporting_year_worked_out_by_hand() -> None:
    evaluation = evaluate("abcp-recertification", a_log(LOG))
    assert numbers(evaluation) == {
        "clinical-activities": (36, 0, 4, "not_met"),  # 21 + 15
        "primary-activities": (21, 0, 4, "not_met"),
        "secondary-activities": (15, 0, 0, "met"),
    }
    assert evaluation.of("clinical-activities").excess == 5
    over = [
        verdict
        for verdict in evaluation.of("clinical-activities").with_outcome(Outcome.EXCLUDED)
        if verdict.reason.startswith("over the ceiling of 15")
    ]
    assert len(over) == 5


def test_the_year_is_full_with_four_more_primary_runs() -> None:
    evaluation = evaluate("abcp-recertification", a_log([*LOG, *of_this_year([(4, {})])]))
    assert evaluation.standing is Standing.MET


@pytest.mark.parametrize(
    ("certified_on", "asked"),
    [
        (date(2026, 9, 1), (20, 12, 8)),
        (date(2026, 11, 21), (20, 12, 8)),
        (date(2026, 8, 31), (40, 25, 15)),  # in this reporting year, but not in the fall
        (date(2025, 10, 1), (40, 25, 15)),  # in the fall of the year before: its first cycle is over
        (date(2026, 12, 1), (40, 25, 15)),  # not certified yet
        (None, (40, 25, 15)),
    ],
)
def test_who_was_certified_in_the_fall_needs_twenty_at_most_eight_of_them_secondary(
    certified_on: date | None, asked: tuple[int, int, int]
) -> None:
    evaluation = evaluate("abcp-recertification", a_log(LOG), StudentFacts(certified_on=certified_on))
    clinical, primary, secondary = evaluation.requirements
    assert values(clinical.minimum, primary.minimum, clinical.parts[0].at_most) == asked
    assert secondary.counted == asked[2]
    assert clinical.counted == 21 + asked[2]


def test_last_years_log_counts_when_last_year_is_asked_about() -> None:
    evaluation = evaluate("abcp-recertification", a_log(LOG), NOBODY, date(2026, 6, 30))
    assert evaluation.of("primary-activities").counted == 9
