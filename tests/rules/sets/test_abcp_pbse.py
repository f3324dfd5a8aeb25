"""abcp-pbse against a log worked out by hand."""

from datetime import date

from caselog.domain.case import Case
from caselog.domain.result import Outcome, Standing
from caselog.domain.student import Attestation, StudentFacts
from tests.domain.samples import values
from tests.rules.sets.by_hand import Drawn, a_log, evaluate, numbers

# ABCP PBSE: 75 performed clinical perfusions in the US, its territories or Canada on or after 2024-08-01, of which 70
# or more CPB and five (a floor here) ECMO or VAD; 10 pediatric CPB performed or observed, observed ones never
# toward the 75.

PBSE: Drawn = [
    (62, {}),  #                                           the 75: 62, CPB 62
    (1, {"case_date": date(2024, 8, 1)}),  #               63, 63: the first day counts
    (1, {"case_date": date(2024, 7, 31)}),  #              the day before does not
    (1, {"site_country": "PR"}),  #                        64, 64: a territory
    (1, {"site_country": "CA"}),  #                        65, 65: Canada
    (1, {"site_country": "DE"}),  #                        not there
    (1, {"site_country": None}),  #                        not known where
    (2, {"activity": "ecmo"}),  #                          67, ECMO or VAD 2
    (1, {"activity": "ecpr"}),  #                          68, 3: of the ECMO family
    (2, {"activity": "vad"}),  #                           70, 5
    (1, {"activity": "ecmo", "role": "first_assistant"}),  # assisted: neither
    (1, {"activity": "hipec"}),  #                         no CPB, ECMO or VAD
    (4, {"age_group": "child"}),  #                        74, CPB 69, pediatric 4
    (3, {"age_group": "infant", "role": "observed"}),  #   pediatric 7, never the 75
    (1, {"age_group": "neonate", "role": "first_assistant"}),  # pediatric 8: any role counts
    (1, {"age_group": "adolescent", "activity": "ecmo"}),  # the 75: 75, ECMO or VAD 6; no pediatric CPB
    (1, {"age_group": "child", "setting": "simulation"}),  # nothing
    (1, {"age_group": "child", "status": "submitted"}),  #  waits for the 75, CPB and pediatric
    (1, {"age_group": "child", "role": "observed", "status": "submitted"}),  # waits for pediatric alone
]
ON_FILE = (
    Attestation("transcript", "Registrar", date(2026, 11, 1)),
    Attestation("competency-statement", "Competency committee", date(2026, 11, 21)),
)


def test_pbse_of_a_log_worked_out_by_hand() -> None:
    evaluation = evaluate("abcp-pbse", a_log(PBSE), StudentFacts(enrolled=True, attestations=ON_FILE[:1]))
    assert numbers(evaluation) == {
        "clinical-perfusions": (75, 1, 0, "met"),
        "primary-cpb": (69, 1, 1, "not_met"),
        "ecmo-or-vad": (6, 0, 0, "met"),
        "pediatric-cpb": (8, 2, 2, "not_met"),
        "transcript": (1, 0, 0, "met"),
        "competency-statement": (0, 0, 1, "needs_attestation"),
        "enrolled-or-graduated": (1, 0, 0, "met"),
    }
    assert evaluation.standing is Standing.NOT_MET


def test_pbse_says_why_each_case_of_the_log_does_not_count_toward_the_75() -> None:
    evaluation = evaluate("abcp-pbse", a_log(PBSE), StudentFacts())
    reasons = [verdict.reason for verdict in evaluation.of("clinical-perfusions").with_outcome(Outcome.EXCLUDED)]
    countries = "AS, CA, GU, MP, PR, UM, US or VI"
    assert sorted(set(reasons)) == [
        "before 2024-08-01",
        f"country of the site is DE, not {countries}",
        "country of the site is not given",
        "first assistant: only performed cases count",
        "observed: only performed cases count",
        "only open-heart or ECMO or VAD cases count",
        "simulation: only clinical cases count",
    ]
    assert len(reasons) == 11


def test_pbse_is_ready_with_the_papers_and_two_more_pediatric_runs() -> None:
    """CPB 69 + 2 = 71, pediatric 8 + 2 = 10."""
    log = a_log([*PBSE, (2, {"age_group": "neonate"})])
    facts = StudentFacts(graduated_on=date(2026, 5, 31), attestations=ON_FILE)
    evaluation = evaluate("abcp-pbse", log, facts)
    assert evaluation.standing is Standing.MET
    lacking = evaluate("abcp-pbse", log, StudentFacts(enrolled=True, attestations=ON_FILE[1:]))
    assert lacking.standing is Standing.NEEDS_ATTESTATION


def test_a_program_that_reads_five_as_a_ceiling_sets_one_and_the_sixth_does_not_count_toward_the_75() -> None:
    program = StudentFacts(program_minimums={"clinical-perfusions.ecmo-or-vad": 5})
    evaluation = evaluate("abcp-pbse", a_log(PBSE), program)
    found = evaluation.of("clinical-perfusions")
    assert values(found.counted, found.remaining) == (74, 1)
    (over,) = [verdict for verdict in found.verdicts if verdict.reason.startswith("over")]
    assert over.reason == "over the ceiling of 5 for ECMO or VAD"
    assert isinstance(over.entry, Case)
    assert over.entry.age_group == "adolescent"
    assert evaluation.of("ecmo-or-vad").counted == 6
