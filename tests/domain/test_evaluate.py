"""What counts, what waits, what does not count and why; ceilings, numbers of the program, facts, standings."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from caselog.domain.case import Case
from caselog.domain.codes import Code, CodeBook, CodeList
from caselog.domain.conditions import AllOf, AnyOf, Condition, Given, Is, Named, OneOf
from caselog.domain.evaluate import Engine
from caselog.domain.result import Evaluation, Outcome, RequirementResult, Standing
from caselog.domain.ruleset import (
    AnyRequirement,
    AttestationRequirement,
    CountRequirement,
    Number,
    Part,
    RuleSet,
    Source,
    StudentRequirement,
)
from caselog.domain.student import Attestation, StudentFacts
from caselog.rules.codes import load_codes
from tests.domain.samples import TODAY, a_case, some, values

SOURCE = Source("A board's page", "board.example/page", date(2026, 11, 21))
NOBODY = StudentFacts()
PERFORMED = Named("performed", "performed", OneOf("role", frozenset({"primary", "independent"})))
CLINICAL = Named("clinical", "clinical", OneOf("setting", frozenset({"clinical"})))
OPEN_HEART = Named("open-heart", "open-heart", OneOf("activity", frozenset({"cpb"})))
ECMO: Condition = OneOf("activity", frozenset(), ("ecmo",))
STANDBY = OneOf("activity", frozenset({"pump_standby"}))
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def a_number(key: str, value: int | None, *, by_program: bool = False) -> Number:
    return Number(key, None if value is None else Fraction(value), SOURCE, by_program)


def a_requirement(minimum: int | None = 3, *, by_program: bool = False, **changes: Any) -> CountRequirement:
    asked = CountRequirement(
        id="runs",
        title="Runs",
        says="Some pump runs.",
        source=SOURCE,
        where=OPEN_HEART,
        eligible=AllOf((PERFORMED, CLINICAL)),
        minimum=a_number("runs", minimum, by_program=by_program),
    )
    return replace(asked, **changes)


def a_part(name: str, where: Condition, at_most: int | None, *, by_program: bool = False) -> Part:
    ceiling = a_number(f"runs.{name}", at_most, by_program=by_program)
    return Part(name, f"{name} cases", where, at_most=ceiling)


TRANSCRIPT = AttestationRequirement(
    id="transcript", title="Transcript", says="On file.", source=SOURCE, minimum=a_number("transcript", 1)
)
ENROLLED = StudentRequirement(
    id="enrolled",
    title="Enrolled or graduated",
    says="One of the two.",
    source=SOURCE,
    where=AnyOf((Is("enrolled", value=True), Given("graduated_on", value=True))),
)


def a_set(*requirements: AnyRequirement) -> RuleSet:
    return RuleSet("a-set", "A set", "1", "A set for tests.", (SOURCE,), requirements)


def evaluate(
    asked: RuleSet, cases: Iterable[Case] = (), facts: StudentFacts = NOBODY, as_of: date = TODAY
) -> Evaluation:
    return Engine(asked, load_codes(), as_of).evaluate(facts, cases)


def result(
    asked: AnyRequirement, cases: Iterable[Case] = (), facts: StudentFacts = NOBODY, as_of: date = TODAY
) -> RequirementResult:
    return evaluate(a_set(asked), cases, facts, as_of).of(asked.id)


def verdict_on(case: Case, asked: CountRequirement | None = None) -> tuple[Outcome, str]:
    (verdict,) = result(asked or a_requirement(), [case]).verdicts
    return verdict.outcome, verdict.reason


def numbers_with(found: RequirementResult, outcome: Outcome) -> list[int]:
    """The numbers that `a_case` gave to the cases with this outcome."""
    return [int(verdict.entry.uid[-12:]) for verdict in found.with_outcome(outcome)]


# A case alone


def test_a_verified_case_that_fits_counts() -> None:
    assert verdict_on(a_case()) == (Outcome.COUNTED, "counts")


@pytest.mark.parametrize("role", ["observed", "first_assistant", "instructor"])
def test_a_case_observed_or_assisted_never_counts_as_performed(role: str) -> None:
    words = role.replace("_", " ")
    assert verdict_on(a_case(role=role)) == (Outcome.EXCLUDED, f"{words}: only performed cases count")


def test_an_independent_case_counts_as_performed() -> None:
    assert verdict_on(a_case(role="independent"))[0] is Outcome.COUNTED


def test_an_observed_case_counts_where_a_requirement_lets_any_role_count() -> None:
    assert verdict_on(a_case(role="observed"), a_requirement(eligible=CLINICAL))[0] is Outcome.COUNTED


def test_a_simulated_case_does_not_count_as_clinical() -> None:
    assert verdict_on(a_case(setting="simulation")) == (
        Outcome.EXCLUDED, "simulation: only clinical cases count",
    )  # fmt: skip


def test_a_submitted_case_waits_and_does_not_count_yet() -> None:
    found = result(a_requirement(1), some(2, status="submitted"))
    assert values(found.counted, found.pending, found.remaining, found.standing) == (0, 2, 1, Standing.NOT_MET)
    assert {verdict.reason for verdict in found.verdicts} == {"submitted: waiting for verification"}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("draft", "draft: not submitted yet"),
        ("returned", "returned by the preceptor: mend it and submit it again"),
        ("void", "void"),
    ],
)
def test_a_draft_a_returned_and_a_void_case_do_not_count_and_say_so(status: str, reason: str) -> None:
    assert verdict_on(a_case(status=status)) == (Outcome.EXCLUDED, reason)


def test_a_draft_that_would_not_count_anyway_says_why_it_would_not() -> None:
    assert verdict_on(a_case(status="draft", activity="iabp")) == (
        Outcome.EXCLUDED, "IABP: only open-heart cases count",
    )  # fmt: skip


def test_a_case_on_the_day_counts_and_one_after_it_does_not() -> None:
    assert verdict_on(a_case(case_date=TODAY))[0] is Outcome.COUNTED
    assert verdict_on(a_case(case_date=TOMORROW)) == (Outcome.EXCLUDED, "after 2026-11-21")


def test_a_case_without_a_date_does_not_count() -> None:
    assert verdict_on(a_case(case_date=None)) == (Outcome.EXCLUDED, "date of the case is not given")


# Numbers


def test_a_requirement_is_met_at_its_minimum_and_not_one_below() -> None:
    below, at, above = (result(a_requirement(3), some(times)) for times in (2, 3, 4))
    assert values(below.standing, below.counted, below.remaining) == (Standing.NOT_MET, 2, 1)
    assert values(at.standing, at.counted, at.remaining) == (Standing.MET, 3, 0)
    assert values(above.standing, above.counted, above.remaining) == (Standing.MET, 4, 0)


def test_an_empty_log_meets_nothing_but_a_minimum_of_none() -> None:
    assert result(a_requirement(3)).remaining == 3
    assert result(a_requirement(0)).standing is Standing.MET


def test_a_number_that_the_program_has_not_set_is_unset_but_cases_are_counted() -> None:
    found = result(a_requirement(None, by_program=True), some(2))
    assert values(found.standing, found.minimum, found.counted, found.remaining) == (Standing.UNSET, None, 2, None)


@pytest.mark.parametrize(("number", "standing"), [(0, Standing.MET), (2, Standing.MET), (3, Standing.NOT_MET)])
def test_the_number_that_the_program_set_is_in_force(number: int, standing: Standing) -> None:
    facts = StudentFacts(program_minimums={"runs": number, "another": 99})
    found = result(a_requirement(None, by_program=True), some(2), facts)
    assert values(found.standing, found.minimum) == (standing, number)


def test_a_number_that_the_program_may_change_holds_until_it_does() -> None:
    asked = a_requirement(5, by_program=True)
    assert result(asked).minimum == 5
    assert result(asked, facts=StudentFacts(program_minimums={"runs": 7})).minimum == 7


def test_a_program_cannot_change_a_number_that_is_not_its_own() -> None:
    assert result(a_requirement(75), facts=StudentFacts(program_minimums={"runs": 1})).minimum == 75


# Ceilings of parts


def ceiling(at_most: int | None, *, by_program: bool = False) -> CountRequirement:
    return a_requirement(
        40, where=AnyOf((OPEN_HEART, ECMO)), parts=(a_part("ecmo", ECMO, at_most, by_program=by_program),)
    )


def test_over_a_ceiling_the_earliest_cases_count_and_the_excess_is_named() -> None:
    log = [a_case(number, activity="ecmo", case_date=date(2026, 3, 9 - number)) for number in range(4)]
    found = result(ceiling(2), [*log, a_case(9)])
    assert sorted(numbers_with(found, Outcome.COUNTED)) == [2, 3, 9]
    assert {verdict.reason for verdict in found.with_outcome(Outcome.EXCLUDED)} == {
        "over the ceiling of 2 for ecmo cases"
    }
    assert found.counted == 3


def test_verified_cases_fill_a_part_before_earlier_ones_that_wait() -> None:
    waiting = some(2, activity="ecpr", status="submitted", case_date=date(2026, 1, 1))
    verified = some(2, 10, activity="ecmo", case_date=date(2026, 2, 1))
    found = result(ceiling(3), [*waiting, *verified])
    assert numbers_with(found, Outcome.COUNTED) == [10, 11]
    assert numbers_with(found, Outcome.PENDING) == [0]
    assert numbers_with(found, Outcome.EXCLUDED) == [1]
    assert values(found.counted, found.pending) == (2, 1)


@pytest.mark.parametrize("verified", [2, 3])
def test_nothing_waits_for_a_part_that_verified_cases_fill(verified: int) -> None:
    log = [*some(verified, activity="ecmo"), *some(2, 10, activity="ecmo", status="submitted")]
    found = result(ceiling(2), log)
    assert values(found.counted, found.pending) == (2, 0)


def test_a_ceiling_of_none_lets_nothing_of_the_part_count() -> None:
    found = result(ceiling(0), [*some(2, activity="ecmo"), a_case(9)])
    assert numbers_with(found, Outcome.COUNTED) == [9]


def test_what_does_not_count_takes_no_room_under_a_ceiling() -> None:
    early = date(2026, 1, 1)
    idle = [
        a_case(1, activity="ecmo", role="observed", case_date=early),
        a_case(2, activity="ecmo", status="draft", case_date=early),
        a_case(3, activity="ecmo", status="void", case_date=early),
        a_case(4, activity="ecmo", setting="simulation", case_date=early),
    ]
    found = result(ceiling(1), [*idle, a_case(9, activity="ecmo")])
    assert numbers_with(found, Outcome.COUNTED) == [9]


def test_a_ceiling_that_the_program_has_not_set_is_no_ceiling() -> None:
    log = some(5, activity="ecmo")
    assert result(ceiling(None, by_program=True), log).counted == 5
    set_by_program = StudentFacts(program_minimums={"runs.ecmo": 2, "runs": 1, "ecmo": 1})
    found = result(ceiling(None, by_program=True), log, set_by_program)
    assert values(found.counted, found.minimum) == (2, 40)


def test_a_case_belongs_to_the_first_part_that_fits_it() -> None:
    """At most 1 ECMO case and at most 2 redo cases: an ECMO redo takes ECMO's room, never redo's."""
    asked = a_requirement(
        where=AnyOf((OPEN_HEART, ECMO)), parts=(a_part("ecmo", ECMO, 1), a_part("redo", Is("redo", value=True), 2))
    )
    log = [*some(3, activity="ecmo", redo=True), *some(3, 10, redo=True), *some(3, 20)]
    found = result(asked, log)
    assert numbers_with(found, Outcome.COUNTED) == [0, 10, 11, 20, 21, 22]
    assert [verdict.reason for verdict in found.with_outcome(Outcome.EXCLUDED)] == [
        "over the ceiling of 1 for ecmo cases",
        "over the ceiling of 1 for ecmo cases",
        "over the ceiling of 2 for redo cases",
    ]


# Attestations and facts


def attested(on: date, name: str = "transcript") -> StudentFacts:
    return StudentFacts(attestations=(Attestation(name, "Dana Director", on),))


@pytest.mark.parametrize("on", [YESTERDAY, TODAY])
def test_an_attestation_up_to_the_day_stands(on: date) -> None:
    found = result(TRANSCRIPT, facts=attested(on))
    assert values(found.standing, found.counted, found.minimum, found.remaining) == (Standing.MET, 1, 1, 0)
    assert found.attestations == (Attestation("transcript", "Dana Director", on),)


def test_an_attestation_after_the_day_is_not_yet_known() -> None:
    found = result(TRANSCRIPT, facts=attested(TOMORROW))
    assert values(found.standing, found.counted, found.remaining) == (Standing.NEEDS_ATTESTATION, 0, 1)
    assert found.attestations == ()


def test_an_attestation_of_something_else_does_not_do() -> None:
    assert result(TRANSCRIPT, facts=attested(TODAY, "diploma")).standing is Standing.NEEDS_ATTESTATION


def test_a_later_attestation_does_not_hide_an_earlier_one() -> None:
    both = StudentFacts(attestations=attested(TOMORROW).attestations + attested(YESTERDAY).attestations)
    assert result(TRANSCRIPT, facts=both).standing is Standing.MET


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        (StudentFacts(enrolled=True), Standing.MET),
        (StudentFacts(enrolled=False), Standing.NOT_MET),
        (NOBODY, Standing.NOT_MET),
        (StudentFacts(graduated_on=TODAY), Standing.MET),
        (StudentFacts(enrolled=False, graduated_on=YESTERDAY), Standing.MET),
        (StudentFacts(graduated_on=TOMORROW), Standing.NOT_MET),
        (StudentFacts(expected_graduation=YESTERDAY), Standing.NOT_MET),
    ],
)
def test_enrolled_or_graduated_is_true_of_the_one_who_is_by_that_day(
    facts: StudentFacts, standing: Standing
) -> None:
    found = result(ENROLLED, facts=facts)
    assert values(found.standing, found.counted) == (standing, int(standing is Standing.MET))


# The whole set


MET, NOT_MET, UNSET = (
    a_requirement(0),
    a_requirement(1, id="more"),
    a_requirement(None, by_program=True, id="open"),
)


@pytest.mark.parametrize(
    ("asked", "standing"),
    [
        ([MET], Standing.MET),
        ([MET, TRANSCRIPT], Standing.NEEDS_ATTESTATION),
        ([MET, TRANSCRIPT, UNSET], Standing.UNSET),
        ([UNSET, TRANSCRIPT, NOT_MET, MET], Standing.NOT_MET),
        ([ENROLLED, MET], Standing.NOT_MET),
    ],
)
def test_the_worst_standing_is_that_of_the_set(asked: list[AnyRequirement], standing: Standing) -> None:
    assert evaluate(a_set(*asked)).standing is standing


def test_every_case_gets_a_verdict_before_every_requirement_that_counts_cases_in_the_order_of_days() -> None:
    log = [a_case(3), a_case(1, case_date=None), a_case(2, case_date=date(2026, 1, 1)), a_case(0)]
    found = evaluate(a_set(a_requirement(), TRANSCRIPT, a_requirement(id="more"), ENROLLED), log)
    for name in ("runs", "more"):
        assert [verdict.entry.uid[-1] for verdict in found.of(name).verdicts] == ["2", "0", "3", "1"]
    assert found.of("transcript").verdicts == found.of("enrolled").verdicts == ()
    assert [each.requirement.id for each in found.requirements] == ["runs", "transcript", "more", "enrolled"]


def test_the_result_of_a_requirement_that_the_set_lacks_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="no-such"):
        evaluate(a_set(a_requirement())).of("no-such")


def test_families_are_those_of_the_code_book_that_the_program_has() -> None:
    book = CodeBook({CodeList.ACTIVITY: [Code("cpb", "CPB", "cpb"), Code("eisor", "EISOR", "ecmo")]})
    asked = ceiling(1)
    log = some(2, activity="eisor")
    assert Engine(a_set(asked), book, TODAY).evaluate(NOBODY, log).of("runs").counted == 1
    assert result(asked, log).counted == 0


def test_the_engine_says_what_it_reads_and_what_it_counts() -> None:
    engine = Engine(a_set(ceiling(1), TRANSCRIPT, ENROLLED), load_codes(), TODAY)
    assert engine.fields == ("activity", "case_date", "role", "setting", "status")
    words = [engine.in_words(each) for each in engine.ruleset.requirements]
    counts = "open-heart (activity: CPB (pump run)), or activity: any of the ECMO family"
    eligible = "performed (role: primary or independent); clinical (setting: clinical)"
    assert words == [
        [
            f"Counts: {counts}; {eligible}.",
            "Of these at most 1: ecmo cases (activity: any of the ECMO family).",
        ],
        ["On file, as attested by the program."],
        ["The student: enrolled, or graduation given."],
    ]
