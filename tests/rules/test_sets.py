"""The shipped sets against logs worked out by hand from what the sources say."""

import tomllib
from datetime import date
from typing import Any

import pytest

from caselog.domain.case import Case
from caselog.domain.evaluate import Engine
from caselog.domain.result import Evaluation, Outcome, Standing
from caselog.domain.ruleset import CaseRequirement, RuleSet
from caselog.domain.student import Attestation, StudentFacts
from caselog.rules.codes import load_codes
from caselog.rules.library import find, shipped
from caselog.rules.loader import HERE
from tests.domain.samples import TODAY, a_case

READ = date(2026, 11, 21)
FILES = sorted((HERE / "sets").glob("*.toml"))
every_file = pytest.mark.parametrize("file", FILES, ids=[path.name for path in FILES])
every_set = pytest.mark.parametrize("ruleset", shipped(), ids=[each.id for each in shipped()])

# Times, what is different from a verified adult CABG on CPB as primary in the US on 2026-03-02.
Drawn = list[tuple[int, dict[str, Any]]]


def a_log(drawn: Drawn) -> list[Case]:
    alike = [changes for times, changes in drawn for _ in range(times)]
    return [a_case(number, **changes) for number, changes in enumerate(alike)]


def evaluate(ruleset_id: str, log: list[Case], facts: StudentFacts) -> Evaluation:
    return Engine(find(ruleset_id), load_codes(), TODAY).evaluate(facts, log)


def numbers(evaluation: Evaluation) -> dict[str, tuple[int, int, int | None, str]]:
    """Counted, pending, remaining and standing of each requirement."""
    return {
        each.requirement.id: (each.counted, each.pending, each.remaining, each.standing.value)
        for each in evaluation.requirements
    }


# What is shipped

PBSE_IDS = """
    clinical-perfusions primary-cpb ecmo-or-vad pediatric-cpb transcript competency-statement enrolled-or-graduated
"""


@pytest.mark.parametrize(
    ("ruleset_id", "requirements"),
    [
        ("accredited-minimums", "open-heart valve pediatric emergency complex"),
        ("abcp-pbse", PBSE_IDS),
    ],
)
def test_the_ids_of_the_requirements_are_those_of_the_domain(ruleset_id: str, requirements: str) -> None:
    assert [each.id for each in find(ruleset_id).requirements] == requirements.split()


@pytest.mark.parametrize(
    ("ruleset_id", "stated"),
    [
        ("accredited-minimums", {"open-heart": 75, "valve": 40, "pediatric": None, "emergency": None, "complex": None}),
        (
            "abcp-pbse",
            {
                "clinical-perfusions": 75, "clinical-perfusions.ecmo-or-vad": None, "primary-cpb": 70,
                "ecmo-or-vad": 5, "pediatric-cpb": 10,
            },
        ),
    ],
)  # fmt: skip
def test_the_numbers_are_those_of_the_sources_and_the_program_sets_the_others(
    ruleset_id: str, stated: dict[str, int | None]
) -> None:
    asked = [each for each in find(ruleset_id).requirements if isinstance(each, CaseRequirement)]
    found = [number for each in asked for number in (each.minimum, *(part.at_most for part in each.parts))]
    assert {number.key: number.value for number in found} == stated
    own = {number.key for number in found if number.by_program}
    assert own == {key for key, value in stated.items() if value is None or key == "ecmo-or-vad"}


@every_file
def test_a_shipped_file_is_called_by_its_id_and_edition(file: Any) -> None:
    head = tomllib.loads(file.read_text(encoding="utf-8"))
    assert file.name == f"{head['id']}.{head['edition']}.toml"


@every_file
def test_every_number_in_a_shipped_file_names_its_source_and_the_day_it_was_read(file: Any) -> None:
    written = tomllib.loads(file.read_text(encoding="utf-8"))
    for asked in [*written["requirement"], *written.get("parameters", {}).values()]:
        source = written["sources"][asked["source"]]
        assert source["address"]
        assert source["read"] == READ


@every_set
def test_every_requirement_is_said_in_words_with_its_source(ruleset: RuleSet) -> None:
    engine = Engine(ruleset, load_codes(), TODAY)
    for asked in ruleset.requirements:
        assert asked.source in ruleset.sources
        assert asked.title[0].isupper()
        assert asked.says.endswith(".")
        assert engine.in_words(asked).strip()


def test_the_page_says_whose_number_the_valve_minimum_is_and_what_was_left_open_about_ecmo() -> None:
    notes = {each.id: each.note for ruleset in shipped() for each in ruleset.requirements}
    assert "the board's own page states no valve minimum" in notes["valve"].lower()
    assert "floor or a ceiling could not be settled" in notes["ecmo-or-vad"]
    assert "observed cases never count toward the 75" in notes["pediatric-cpb"].lower()


# Accredited-program minimums: 75 open-heart (CPB), 40 valve (any procedure of the valve family), and pediatric,
# emergency and complex cases, whose numbers the program sets; performed, clinical, verified cases count.

ACCREDITED: Drawn = [
    (60, {}),  #                                              open-heart 60
    (9, {"procedures": ("aortic_valve",)}),  #                open-heart 69, valve 9
    (1, {"role": "independent", "procedures": ("cabg", "mitral_valve")}),  # open-heart 70, valve 10
    (1, {"procedures": ("aortic_valve", "mitral_valve")}),  # open-heart 71, valve 11, complex 1: two valves
    (1, {"activity": "pump_standby", "procedures": ("transcatheter_valve",)}),  # valve 12, no open-heart
    (1, {"age_group": "neonate", "procedures": ("arterial_switch",)}),  # open-heart 72, pediatric 1
    (1, {"age_group": "adolescent", "activity": "ecmo", "procedures": ()}),  # pediatric 2, no open-heart
    (1, {"age_group": "older_adult", "urgency": "urgent"}),  # open-heart 73; urgent is no emergency
    (1, {"urgency": "emergent", "procedures": ("hemiarch", "type_a_dissection")}),  # 74, emergency 1, complex 2
    (1, {"urgency": "salvage", "activity": "ecpr", "procedures": ()}),  # emergency 2
    (1, {"redo": True}),  #                                   open-heart 75, complex 3
    (1, {"procedures": ("heart_transplant",), "redo": True}),  # open-heart 76, complex 4
    # Submitted: each waits where it fits.
    (2, {"status": "submitted", "age_group": "child", "procedures": ("pulmonary_valve",)}),
    # None of these counts anywhere: watched, assisted, taught, simulated, not verified, or of tomorrow.
    (9, {"role": "observed", "redo": True, "procedures": ("aortic_valve",), "age_group": "child"}),
    (5, {"role": "first_assistant", "urgency": "salvage"}),
    (1, {"role": "instructor"}),
    (4, {"setting": "simulation", "age_group": "infant"}),
    (1, {"status": "draft"}),
    (1, {"status": "returned"}),
    (1, {"status": "void"}),
    (1, {"case_date": date(2026, 11, 22)}),
]


def test_accredited_minimums_of_a_log_worked_out_by_hand() -> None:
    program = StudentFacts(program_minimums={"pediatric": 3, "complex": 4})
    evaluation = evaluate("accredited-minimums", a_log(ACCREDITED), program)
    assert numbers(evaluation) == {
        "open-heart": (76, 2, 0, "met"),
        "valve": (12, 2, 28, "not_met"),
        "pediatric": (2, 2, 1, "not_met"),
        "emergency": (2, 0, None, "unset"),
        "complex": (4, 0, 0, "met"),
    }
    assert evaluation.standing is Standing.NOT_MET


def test_accredited_minimums_met_in_full() -> None:
    program = StudentFacts(program_minimums={"pediatric": 2, "emergency": 2, "complex": 4})
    valves: Drawn = [(28, {"procedures": ("tricuspid_valve",)})]  # valve 12 + 28
    evaluation = evaluate("accredited-minimums", a_log([*ACCREDITED, *valves]), program)
    assert {each.standing for each in evaluation.requirements} == {Standing.MET}
    assert evaluation.standing is Standing.MET


def test_the_standing_of_a_set_with_numbers_not_set_is_unset_once_the_rest_is_met() -> None:
    log = a_log([*ACCREDITED, (28, {"procedures": ("tricuspid_valve",)})])
    assert evaluate("accredited-minimums", log, StudentFacts()).standing is Standing.UNSET


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
    assert (found.counted, found.remaining) == (74, 1)
    (over,) = [verdict for verdict in found.verdicts if verdict.reason.startswith("over")]
    assert over.reason == "over the ceiling of 5 for ECMO or VAD"
    assert over.case.age_group == "adolescent"
    assert evaluation.of("ecmo-or-vad").counted == 6
