"""Cases and logs for the domain's tests: one plain case to vary, and Hypothesis strategies. All are made up."""

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from caselog.domain.case import Case
from caselog.domain.codes import AgeGroup, Role, Setting, Status, Urgency
from caselog.domain.student import Attestation, StudentFacts

TODAY = date(2026, 11, 21)
FIRST_DAY = date(2024, 8, 1)  # the board's, as abcp-pbse has it

# A verified adult pump run as primary: it counts wherever nothing else is asked.
PUMP_RUN = Case(
    case_uid="00000000-0000-4000-8000-000000000000",
    case_date=date(2026, 3, 2),
    site="harbor_test",
    site_country="US",
    preceptor="pat@north.example",
    activity="cpb",
    procedures=("cabg",),
    role=Role.PRIMARY,
    setting=Setting.CLINICAL,
    age_group=AgeGroup.ADULT,
    urgency=Urgency.ELECTIVE,
    cpb_minutes=95,
    cross_clamp_minutes=70,
    status=Status.VERIFIED,
)


def a_case(number: int = 0, /, **changes: Any) -> Case:
    """The plain pump run with other values; `number` gives it a uid of its own."""
    return replace(PUMP_RUN, case_uid=f"00000000-0000-4000-8000-{number:012d}", **changes)


def values(*found: object) -> tuple[object, ...]:
    """Fractions and standings, to be compared with whole numbers and words."""
    return found


def some(times: int, start: int = 0, /, **changes: Any) -> list[Case]:
    """So many cases alike, numbered from `start`."""
    return [a_case(start + number, **changes) for number in range(times)]


def _drawn(number: int) -> Case:
    """A case drawn with `number` as the seed; what decides in the shipped sets is drawn often."""
    dice = random.Random(number)  # noqa: S311 (cases for tests, not secrets)

    def one(*values: Any) -> Any:
        return dice.choice(values)

    def some_of(*codes: str) -> tuple[str, ...]:
        return tuple(sorted(dice.sample(codes, one(0, 0, 1, 1, 2, 3))))

    around = FIRST_DAY - timedelta(days=1), FIRST_DAY, TODAY, TODAY + timedelta(days=1)
    return Case(
        case_date=one(None, *around, *(date(2024, 7, 1) + timedelta(days=dice.randrange(900)) for _ in range(6))),
        site=one(None, "harbor_test"),
        site_country=one(None, "US", "US", "US", "PR", "CA", "DE"),
        rotation=one(None, "adult-1"),
        activity=one(None, "cpb", "cpb", "cpb", "cpb", "ecmo", "ecpr", "vad", "iabp", "pump_standby"),
        procedures=some_of(
            "cabg", "aortic_valve", "mitral_valve", "hemiarch", "heart_transplant", "asd", "other_cardiac"
        ),
        role=one(None, *Role, Role.PRIMARY, Role.PRIMARY, Role.PRIMARY, Role.PRIMARY),
        setting=one(None, Setting.SIMULATION, *[Setting.CLINICAL] * 6),
        age_group=one(None, *AgeGroup),
        urgency=one(None, *Urgency),
        redo=one(True, False),
        cpb_minutes=one(None, 0, 49, 50, 200),
        support_hours=one(None, 0.0, 3.5, 12.0),
        techniques=some_of("heparin", "vv", "nirs"),
        status=one(*Status, Status.VERIFIED, Status.VERIFIED, Status.VERIFIED, Status.SUBMITTED),
    )  # fmt: skip


# Drawn once: Hypothesis then picks whole cases, which is a hundred times quicker than drawing field by field.
POOL = [PUMP_RUN, *(_drawn(number) for number in range(1_200))]
cases = st.sampled_from(POOL)


def _numbered(log: list[Case]) -> list[Case]:
    return [replace(case, case_uid=f"00000000-0000-4000-8000-{place:012d}") for place, case in enumerate(log)]


logs = st.lists(cases, max_size=40).map(_numbered)

attestations = st.builds(
    Attestation,
    id=st.sampled_from(["transcript", "competency-statement", "another-paper"]),
    by=st.just("Dana Director"),
    on=st.dates(TODAY - timedelta(days=2), TODAY + timedelta(days=2)),
)
numbers = st.integers(0, 6)
facts = st.builds(
    StudentFacts,
    graduated_on=st.one_of(st.none(), st.dates(TODAY - timedelta(days=2), TODAY + timedelta(days=2))),
    enrolled=st.sampled_from([None, True, False]),
    attestations=st.lists(attestations, max_size=3).map(tuple),
    program_minimums=st.fixed_dictionaries(
        {},
        optional={
            "pediatric": numbers, "emergency": numbers, "complex": numbers, "valve": numbers,
            "ecmo-or-vad": numbers, "clinical-perfusions.ecmo-or-vad": numbers, "seldom.part-1": numbers,
        },
    ),
)  # fmt: skip
