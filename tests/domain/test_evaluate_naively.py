"""The two shipped sets once more, written plainly from the domain's words, against the engine on drawn logs.

Nothing here comes from the rule files or the engine: a case is looked at with ifs, and lists are counted.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from caselog.domain.case import Case
from caselog.domain.evaluate import Engine
from caselog.domain.result import Evaluation, Outcome
from caselog.domain.student import StudentFacts
from caselog.rules.codes import load_codes
from caselog.rules.library import find
from tests.domain.samples import FIRST_DAY, TODAY, cases, facts
from tests.support.profiles import the_same

VALVES = ["aortic_valve", "mitral_valve", "tricuspid_valve", "pulmonary_valve", "transcatheter_valve"]
AORTA = [
    "aortic_root", "ascending_aorta", "hemiarch", "total_arch", "type_a_dissection", "descending_or_thoracoabdominal",
]  # fmt: skip
TRANSPLANTS = ["heart_transplant", "lung_transplant", "heart_lung_transplant"]
US_ITS_TERRITORIES_AND_CANADA = ["US", "AS", "GU", "MP", "PR", "UM", "VI", "CA"]


@dataclass
class Said:
    """What the plain reading says of one requirement."""

    minimum: int | None
    counted: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    status: str = ""

    def settled(self) -> "Said":
        if self.minimum is None:
            self.status = "unset"
        else:
            self.status = "met" if len(self.counted) >= self.minimum else "not_met"
        return self


def performed(case: Case) -> bool:
    return case.role in ("primary", "independent")


def pediatric(case: Case) -> bool:
    return case.age_group in ("neonate", "infant", "child", "adolescent")


def is_complex(case: Case) -> bool:
    different_valves = {code for code in case.procedures if code in VALVES}
    return (
        case.redo
        or len(different_valves) >= 2
        or any(code in AORTA for code in case.procedures)
        or any(code in TRANSPLANTS for code in case.procedures)
    )


def sort_out(said: Said, log: list[Case], as_of: date) -> Said:
    for case in sorted(log, key=lambda case: (str(case.case_date), case.case_uid)):
        if case.case_date is None or case.case_date > as_of:
            continue
        if case.status == "verified":
            said.counted.append(case.case_uid)
        if case.status == "submitted":
            said.waiting.append(case.case_uid)
    return said.settled()


def accredited(log: list[Case], known: StudentFacts, as_of: date) -> dict[str, Said]:
    own = known.program_minimums
    log = [case for case in log if performed(case) and case.setting == "clinical"]
    return {
        "open-heart": sort_out(Said(75), [case for case in log if case.activity == "cpb"], as_of),
        "valve": sort_out(Said(40), [case for case in log if set(case.procedures) & set(VALVES)], as_of),
        "pediatric": sort_out(Said(own.get("pediatric")), [case for case in log if pediatric(case)], as_of),
        "emergency": sort_out(
            Said(own.get("emergency")), [case for case in log if case.urgency in ("emergent", "salvage")], as_of
        ),
        "complex": sort_out(Said(own.get("complex")), [case for case in log if is_complex(case)], as_of),
    }


def pbse(log: list[Case], known: StudentFacts, as_of: date) -> dict[str, Said]:
    own = known.program_minimums
    clinical = [case for case in log if case.setting == "clinical"]
    window = [
        case
        for case in clinical
        if performed(case)
        and case.case_date is not None
        and case.case_date >= FIRST_DAY
        and case.site_country in US_ITS_TERRITORIES_AND_CANADA
    ]
    pump = [case for case in window if case.activity == "cpb"]
    assist = [case for case in window if case.activity in ("ecmo", "ecpr", "vad")]

    of_assist = sort_out(Said(None), assist, as_of)
    ceiling = own.get("clinical-perfusions.ecmo-or-vad", 10**6)
    of_assist.counted = of_assist.counted[:ceiling]
    of_assist.waiting = of_assist.waiting[: ceiling - len(of_assist.counted)]
    all_75 = sort_out(Said(75), pump, as_of)
    all_75.counted += of_assist.counted
    all_75.waiting += of_assist.waiting

    pediatric_pump = [case for case in clinical if pediatric(case) and case.activity == "cpb"]
    said = {
        "clinical-perfusions": all_75.settled(),
        "primary-cpb": sort_out(Said(70), pump, as_of),
        "ecmo-or-vad": sort_out(Said(own.get("ecmo-or-vad", 5)), assist, as_of),
        "pediatric-cpb": sort_out(Said(10), pediatric_pump, as_of),
    }
    for paper in ("transcript", "competency-statement"):
        on_file = any(each.id == paper and each.on <= as_of for each in known.attestations)
        said[paper] = Said(1, status="met" if on_file else "needs_attestation")
    graduated = known.graduated_on is not None and known.graduated_on <= as_of
    said["enrolled-or-graduated"] = Said(1, status="met" if known.enrolled or graduated else "not_met")
    return said


def overall(said: dict[str, Said]) -> str:
    statuses = [each.status for each in said.values()]
    return next(worst for worst in ("not_met", "unset", "needs_attestation", "met") if worst in statuses)


def agree(evaluation: Evaluation, said: dict[str, Said]) -> None:
    assert [each.requirement.id for each in evaluation.requirements] == list(said)
    assert evaluation.standing == overall(said)
    for result in evaluation.requirements:
        plain = said[result.requirement.id]
        assert (result.standing, result.minimum) == (plain.status, plain.minimum), result.requirement.id
        for outcome, uids in ((Outcome.COUNTED, plain.counted), (Outcome.PENDING, plain.waiting)):
            found = [verdict.entry.uid for verdict in result.with_outcome(outcome)]
            assert sorted(found) == sorted(uids), result.requirement.id


# Long logs of few different cases, so that 75 and 70 and 40 are reached, passed and missed by one.
many = st.lists(st.tuples(cases, st.sampled_from([1, 1, 2, 5, 10, 35, 40, 69, 70, 75])), max_size=4)
short = st.lists(st.tuples(cases, st.just(1)), max_size=40)
as_of_days = st.sampled_from([TODAY, TODAY, FIRST_DAY, FIRST_DAY - timedelta(days=1), TODAY + timedelta(days=1)])


@the_same(200)
@given(many | short, facts, as_of_days)
def test_the_engine_agrees_with_a_plain_reading_of_both_shipped_sets(
    drawn: list[tuple[Case, int]], known: StudentFacts, as_of: date
) -> None:
    alike = [case for case, times in drawn for _ in range(times)]
    log = [replace(case, case_uid=f"{place:012d}") for place, case in enumerate(alike)]
    for ruleset, plainly in ((find("accredited-minimums"), accredited), (find("abcp-pbse"), pbse)):
        evaluation = Engine(ruleset, load_codes(), as_of).evaluate(known, log)
        agree(evaluation, plainly(log, known, as_of))
