"""Conditions: when they hold, how they read, and why a record fails one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselog.domain.case import Case
from caselog.domain.codes import Code, CodeBook, CodeList
from caselog.domain.conditions import (
    CASE_FIELDS,
    FREE_CODE_FIELDS,
    STUDENT_FIELDS,
    AllOf,
    Anchor,
    AnyOf,
    Between,
    Condition,
    Given,
    Is,
    Kind,
    Named,
    Not,
    OfStudent,
    OneOf,
    Settled,
    bind,
    fields_of,
    holds,
    resolve,
)
from caselog.domain.student import StudentFacts
from caselog.domain.wording import in_words, label, why_not
from caselog.rules.codes import load_codes
from tests.domain.samples import FIRST_DAY, TODAY, a_case, cases
from tests.support.profiles import the_same

CODES = load_codes()

PRIMARY = OneOf("role", frozenset({"primary", "independent"}))
PERFORMED = Named("performed", "performed", PRIMARY)
VALVE = Named("valve", "valve", OneOf("procedures", frozenset(), ("valve",)))
TWO_VALVES = OneOf("procedures", frozenset(), ("valve",), at_least=2)
LONG_RUN = Between("cpb_minutes", least=60)
IN_2026 = Between("case_date", date(2026, 1, 1), date(2026, 12, 31))
REDO = Is("redo", value=True)
ADULT = OneOf("age_group", frozenset({"adult"}))


def true_of(condition: Condition, **values: Any) -> bool:
    return holds(resolve(condition, CODES, TODAY), a_case(**values))


def words(condition: Condition) -> str:
    return in_words(condition, CODES)


def reason(condition: Condition, **values: Any) -> str:
    resolved, record = resolve(condition, CODES, TODAY), a_case(**values)
    assert not holds(resolved, record)
    return why_not(resolved, record, CODES)


# holds


def test_a_code_is_one_of_those_named() -> None:
    assert true_of(PRIMARY, role="independent")
    assert not true_of(PRIMARY, role="observed")
    assert not true_of(PRIMARY, role=None)


def test_a_list_needs_one_of_the_codes_or_as_many_different_ones_as_asked() -> None:
    assert true_of(VALVE, procedures=("aortic_valve", "cabg"))
    assert not true_of(VALVE, procedures=("cabg",))
    assert not true_of(VALVE, procedures=())
    assert true_of(TWO_VALVES, procedures=("aortic_valve", "mitral_valve"))
    assert not true_of(TWO_VALVES, procedures=("aortic_valve", "cabg"))
    assert not true_of(TWO_VALVES, procedures=("aortic_valve", "aortic_valve"))


def test_limits_are_included_and_what_is_not_given_lies_nowhere() -> None:
    assert true_of(LONG_RUN, cpb_minutes=60)
    assert not true_of(LONG_RUN, cpb_minutes=59)
    assert not true_of(LONG_RUN, cpb_minutes=None)
    at_most = Between("cpb_minutes", most=0)
    assert true_of(at_most, cpb_minutes=0)
    assert not true_of(at_most, cpb_minutes=1)
    assert not true_of(at_most, cpb_minutes=None)


def test_the_first_and_the_last_day_are_within_a_window() -> None:
    assert true_of(IN_2026, case_date=date(2026, 1, 1))
    assert true_of(IN_2026, case_date=date(2026, 12, 31))
    assert not true_of(IN_2026, case_date=date(2025, 12, 31))
    assert not true_of(IN_2026, case_date=date(2027, 1, 1))
    assert not true_of(IN_2026, case_date=None)


def test_yes_and_no_are_as_said_and_unknown_is_neither() -> None:
    enrolled, not_enrolled = Is("enrolled", value=True), Is("enrolled", value=False)
    assert holds(enrolled, StudentFacts(enrolled=True))
    assert holds(not_enrolled, StudentFacts(enrolled=False))
    assert not holds(enrolled, StudentFacts())
    assert not holds(not_enrolled, StudentFacts())


@pytest.mark.parametrize(
    ("field", "empty", "filled"),
    [
        ("procedures", (), ("cabg",)), ("site", None, "harbor_test"), ("site", "", "harbor_test"),
        ("cpb_minutes", None, 0), ("case_date", None, date(2026, 3, 2)),
    ],
)  # fmt: skip
def test_a_field_is_given_or_not_and_zero_is_given(field: str, empty: object, filled: object) -> None:
    assert true_of(Given(field, value=True), **{field: filled})
    assert true_of(Given(field, value=False), **{field: empty})
    assert not true_of(Given(field, value=True), **{field: empty})
    assert not true_of(Given(field, value=False), **{field: filled})


def test_no_is_an_answer() -> None:
    assert true_of(Given("redo", value=True), redo=False)


def test_and_or_not() -> None:
    both, either = AllOf((PRIMARY, REDO)), AnyOf((PRIMARY, REDO))
    assert true_of(both, role="primary", redo=True)
    assert not true_of(both, role="primary", redo=False)
    assert true_of(either, role="observed", redo=True)
    assert not true_of(either, role="observed", redo=False)
    assert true_of(Not(either), role="observed", redo=False)
    assert true_of(Named("x", "x", Not(REDO)), redo=False)


# resolve


def test_a_family_is_what_the_program_has_in_it_retired_codes_included() -> None:
    book = CodeBook(
        {
            CodeList.PROCEDURES: [
                Code("cabg", "CABG", "coronary"),
                Code("ross", "Ross", "valve"),
                Code("old_valve", "Valve, old word", "valve", retired=True),
            ]
        }
    )
    for wrapped in (VALVE, Not(VALVE), AllOf((VALVE, REDO)), AnyOf((VALVE, REDO))):
        resolved = resolve(wrapped, book, TODAY)
        negated = isinstance(wrapped, Not)
        assert holds(resolved, a_case(redo=True, procedures=("ross",))) is not negated
        assert holds(resolved, a_case(redo=True, procedures=("old_valve",))) is not negated
    assert not holds(resolve(VALVE, book, TODAY), a_case(procedures=("aortic_valve",)))


def test_a_family_and_single_codes_add_up() -> None:
    mixed = resolve(OneOf("procedures", frozenset({"cabg"}), ("valve", "aorta")), CODES, TODAY)
    for code in ("cabg", "mitral_valve", "hemiarch"):
        assert holds(mixed, a_case(procedures=(code,)))
    assert not holds(mixed, a_case(procedures=("asd",)))


# fields_of


def test_the_fields_of_a_condition_are_all_that_it_reads() -> None:
    tree = AllOf((Not(VALVE), AnyOf((PERFORMED, LONG_RUN, Given("site", value=True))), REDO, IN_2026))
    assert set(fields_of(tree)) == {"procedures", "role", "cpb_minutes", "site", "redo", "case_date"}


def test_a_condition_on_the_student_reads_no_field_of_a_case() -> None:
    assert list(fields_of(AllOf((OfStudent(Is("enrolled", value=True)), Settled(true=True))))) == []


# what is not known of the student

SINCE_START = Named("since", "since the start", Between("case_date", Anchor("program_start")))


@pytest.mark.parametrize(
    "condition",
    [
        SINCE_START,
        Not(SINCE_START),
        Not(Not(SINCE_START)),
        Not(AllOf((SINCE_START, REDO))),
        Not(AnyOf((SINCE_START, Not(REDO)))),
    ],
    ids=["itself", "opposite", "opposite of the opposite", "opposite of both", "opposite of either"],
)
def test_neither_a_named_condition_nor_its_opposite_holds_where_its_day_is_not_known(condition: Condition) -> None:
    assert not holds(bind(condition, StudentFacts()), a_case(redo=True))


def test_the_opposite_of_two_holds_where_one_is_known_to_fail() -> None:
    both = Not(AllOf((SINCE_START, REDO)))
    assert holds(bind(both, StudentFacts()), a_case(redo=False))
    assert holds(bind(both, StudentFacts(program_start=TODAY)), a_case(redo=True))
    assert not holds(bind(both, StudentFacts(program_start=FIRST_DAY)), a_case(redo=True))


def test_codes_are_shown_in_order() -> None:
    assert repr(OneOf("role", frozenset({"primary", "independent"}))) == (
        "OneOf('role', ['independent', 'primary'], (), 1)"
    )


# in words


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (PRIMARY, "role: primary or independent"),
        (PERFORMED, "performed (role: primary or independent)"),
        (VALVE, "valve (procedures: any of the valve family)"),
        (OneOf("activity", frozenset(), ("ecmo", "vad")), "activity: any of the ECMO family or any of the VAD family"),
        (TWO_VALVES, "procedures: at least 2 different, any of the valve family"),
        (OneOf("procedures", frozenset({"cabg"}), ("aorta",)), "procedures: any of the aorta family or CABG"),
        (
            OneOf("procedures", frozenset({"hemiarch"}), ("aorta", "mechanical_support")),
            "procedures: any of the aorta family or any of the mechanical support family",
        ),
        (OneOf("site_country", frozenset({"US", "CA", "PR"})), "country of the site: CA, PR or US"),
        (OneOf("site", frozenset({"harbor_test"})), "clinical site: harbor_test"),
        (LONG_RUN, "CPB time at least 60 minutes"),
        (Between("lowest_temp_c", 18.5, 28.0), "lowest temperature at least 18.5 °C and at most 28 °C"),
        (Between("cpb_minutes", most=0), "CPB time at most 0 minutes"),
        (Between("support_hours", 0.0), "support managed at least 0 hours"),
        (Between("cpb_minutes", 12_345), "CPB time at least 12,345 minutes"),
        (IN_2026, "date of the case from 2026-01-01 and until 2026-12-31"),
        (Between("case_date", date(2024, 8, 1)), "date of the case from 2024-08-01"),
        (Between("graduated_on", most=date(2026, 5, 1)), "graduation until 2026-05-01"),
        (REDO, "redo"),
        (Is("redo", value=False), "not redo"),
        (Given("rotation", value=True), "rotation given"),
        (Given("graduated_on", value=False), "graduation not given"),
        (AllOf((REDO, ADULT)), "redo; age group: adult"),
        (AnyOf((REDO, ADULT)), "redo, or age group: adult"),
        (AnyOf((AllOf((REDO, ADULT)), LONG_RUN)), "(redo; age group: adult), or CPB time at least 60 minutes"),
        (Not(REDO), "not: redo"),
        (Not(AnyOf((REDO, ADULT))), "not: (redo, or age group: adult)"),
        (AnyOf((Not(REDO), ADULT)), "not: redo, or age group: adult"),
        (AllOf((Not(AllOf((REDO, ADULT))), LONG_RUN)), "not: (redo; age group: adult); CPB time at least 60 minutes"),
    ],
    ids=lambda value: value.replace("°", "")[:50] if isinstance(value, str) else "",
)  # fmt: skip
def test_a_condition_reads_as_a_person_would_say_it(condition: Condition, said: str) -> None:
    assert words(condition) == said
    assert words(resolve(condition, CODES, TODAY)) == said


def test_codes_stand_in_the_order_of_their_list() -> None:
    assert words(OneOf("age_group", frozenset({"adolescent", "neonate"}))) == "age group: neonate or adolescent"


@pytest.mark.parametrize("field", [*CASE_FIELDS, *STUDENT_FIELDS])
def test_every_field_has_a_name_inside_a_sentence(field: str) -> None:
    assert label(field)
    assert label(field)[0].islower() or label(field).startswith("CPB")


# why not


@pytest.mark.parametrize(
    ("condition", "values", "said"),
    [
        (PERFORMED, {"role": "observed"}, "observed: only performed cases count"),
        (PERFORMED, {"role": None}, "role is not given"),
        (VALVE, {"procedures": ("cabg",)}, "only valve cases count"),
        (VALVE, {"procedures": ()}, "only valve cases count"),
        (Named("run", "long", LONG_RUN), {"cpb_minutes": 30}, "only long cases count"),
        (Named("now", "in 2026", AllOf((IN_2026, REDO))), {"case_date": date(2025, 1, 1)}, "before 2026-01-01"),
        (Named("outer", "outer", VALVE), {}, "only outer cases count"),
        (AllOf((REDO, LONG_RUN)), {"redo": True, "cpb_minutes": 30}, "CPB time is 30 minutes, not at least 60 minutes"),
        (IN_2026, {"case_date": date(2027, 1, 1)}, "after 2026-12-31"),
        (IN_2026, {"case_date": None}, "date of the case is not given"),
        (Between("case_date", most=date(2025, 1, 1)), {}, "after 2025-01-01"),
        (LONG_RUN, {"cpb_minutes": None}, "CPB time is not given"),
        (
            Between("lowest_temp_c", most=20), {"lowest_temp_c": 36.5},
            "lowest temperature is 36.5 °C, not at most 20 °C",
        ),
        (PRIMARY, {"role": "first_assistant"}, "role is first assistant, not primary or independent"),
        (
            OneOf("site_country", frozenset({"US", "CA"})), {"site_country": "DE"},
            "country of the site is DE, not CA or US",
        ),
        (OneOf("site", frozenset({"hill_test"})), {}, "clinical site is harbor_test, not hill_test"),
        (OneOf("site", frozenset({"hill_test"})), {"site": None}, "clinical site is not given"),
        (OneOf("procedures", frozenset({"asd"})), {"procedures": ()}, "procedures is not given"),
        (OneOf("procedures", frozenset({"asd"})), {"procedures": ("vsd",)}, "counts only: procedures: ASD"),
        (REDO, {"redo": False}, "counts only: redo"),
        (Given("rotation", value=True), {"rotation": None}, "counts only: rotation given"),
        (AnyOf((REDO, LONG_RUN)), {"cpb_minutes": 1}, "counts only: redo, or CPB time at least 60 minutes"),
        (AnyOf((PERFORMED, VALVE)), {"role": "observed"}, "only performed or valve cases count"),
        (Not(ADULT), {}, "counts only: not: age group: adult"),
    ],
    ids=lambda value: value.replace("°", "")[:50] if isinstance(value, str) else "",
)  # fmt: skip
def test_a_failing_case_is_told_the_first_thing_that_fails(
    condition: Condition, values: dict[str, Any], said: str
) -> None:
    assert reason(condition, **values) == said


# Any condition at all


def _leaves() -> Iterator[Condition]:
    """Each kind of test on each field that it fits."""
    for field, kind in CASE_FIELDS.items():
        yield from (Given(field, value=True), Given(field, value=False))
        if kind is Kind.YES_NO:
            yield from (Is(field, value=True), Is(field, value=False))
        elif kind is Kind.NUMBER:
            yield from (Between(field, 0), Between(field, most=49.5), Between(field, 50, 200))
        elif kind is Kind.DATE:
            yield from (Between(field, FIRST_DAY), Between(field, most=TODAY), Between(field, FIRST_DAY, TODAY))
        else:
            yield from (OneOf(field, frozenset(codes)) for codes in (_known(field)[:1], _known(field)[1:4]))
        if kind is Kind.CODES:
            yield OneOf(field, frozenset(_known(field)[:8]), at_least=2)
        if field in tuple(CodeList):
            yield from (OneOf(field, frozenset(), (family,)) for family in CODES.families(CodeList(field)))


def _known(field: str) -> tuple[str, ...]:
    return ("harbor_test", "US", "CA", "PR") if field in FREE_CODE_FIELDS else CODES.allowed(field)


def _branches(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(AllOf, several),
        st.builds(AnyOf, several),
        st.builds(Not, inner),
        st.builds(Named, st.just("name"), st.just("a title"), inner),
    )


conditions = st.recursive(st.sampled_from(list(_leaves())), _branches, max_leaves=5).map(
    lambda found: resolve(found, CODES, TODAY)
)
quickly = the_same(150)


@quickly
@given(conditions, st.lists(cases, min_size=1, max_size=3))
def test_every_failing_condition_says_why_in_words(condition: Condition, records: list[Case]) -> None:
    assert words(condition).strip()
    assert resolve(condition, CODES, TODAY) == condition
    for record in records:
        if not holds(condition, record):
            said = why_not(condition, record, CODES)
            assert said.strip()
            assert "None" not in said
            assert "frozenset" not in said


@quickly
@given(conditions, conditions, cases)
def test_and_or_and_not_keep_the_laws_of_logic(one: Condition, other: Condition, record: Case) -> None:
    assert holds(Not(Not(one)), record) == holds(one, record)
    assert holds(Not(one), record) != holds(one, record)
    assert holds(Not(AllOf((one, other))), record) == holds(AnyOf((Not(one), Not(other))), record)
    assert holds(Not(AnyOf((one, other))), record) == holds(AllOf((Not(one), Not(other))), record)
    assert holds(AllOf((one, other)), record) == (holds(one, record) and holds(other, record))


@quickly
@given(conditions, cases, cases)
def test_a_condition_reads_no_other_fields_than_it_says(condition: Condition, record: Case, other: Case) -> None:
    read = set(fields_of(condition))
    assert read <= set(CASE_FIELDS)
    only_those = replace(other, **{field: getattr(record, field) for field in read})
    assert holds(condition, only_those) == holds(condition, record)


@pytest.mark.parametrize(("day", "days"), [(date.max, 1), (date.min, -1)])
def test_a_limit_beyond_the_calendar_is_its_last_or_first_day(day: date, days: int) -> None:
    window = Between("case_date", Anchor("program_start", days))
    assert bind(window, StudentFacts(program_start=day)) == Between("case_date", day)
    assert Anchor("program_start", days).moved(TODAY) == TODAY + timedelta(days=days)
