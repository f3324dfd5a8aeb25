"""Numbers in force, attestations with milestones, groups, sets within sets, waivers and earlier ids."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from caselog.domain.result import Standing
from caselog.domain.student import Attestation, StudentFacts, Waiver
from tests.domain.samples import TODAY, a_case, some, values
from tests.domain.written import NOBODY, a_set, asks, evaluate, runs

ANY = "where = { activity = { given = true } }\n"
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


# Numbers

FALL = "{ certified_on = { months = [9, 10, 11, 12] } }"


@pytest.mark.parametrize(
    ("certified_on", "minimum"), [(date(2026, 10, 1), 20), (date(2026, 8, 31), 40), (None, 40)]
)
def test_an_exception_gives_another_number_to_those_it_fits(certified_on: date | None, minimum: int) -> None:
    body = f"{ANY}minimum = {{ value = 40, exceptions = [{{ when = {FALL}, value = 20 }}] }}"
    assert runs(body, student=StudentFacts(certified_on=certified_on)).minimum == minimum


def test_the_first_exception_that_fits_gives_the_number_and_the_programs_own_goes_before_all() -> None:
    exceptions = "[{ when = { enrolled = true }, value = 1 }, { when = { enrolled = true }, value = 2 }]"
    body = f"{ANY}minimum = {{ value = 9, program_may_change = true, exceptions = {exceptions} }}"
    assert runs(body, student=StudentFacts(enrolled=True)).minimum == 1
    assert runs(body, student=StudentFacts(enrolled=False)).minimum == 9
    assert runs(body, student=StudentFacts(enrolled=True, program_minimums={"runs": 5})).minimum == 5


def test_exceptions_may_look_years_back_wherever_a_number_stands() -> None:
    lately = "{ certified_on = { last_years = 1 } }"
    number = f"{{ value = 9, exceptions = [{{ when = {lately}, value = 1 }}] }}"
    student = StudentFacts(certified_on=YESTERDAY)
    found = runs(f"{ANY}minimum = 0\neach_year = {{ at_least = {number}, last_years = 1 }}", student=student)
    assert found.years[0].at_least == 1
    papers = a_set(asks("papers", f'kind = "attestation"\nminimum = {number}'))
    assert evaluate(papers, student=student).of("papers").minimum == 1


def test_a_share_is_of_the_minimum_or_of_what_counted() -> None:
    both = a_set(
        asks("base", f"{ANY}minimum = 11"),
        asks("fixed", 'where = { redo = true }\nminimum = { percent = 20, of = "base" }'),
        asks("moving", 'where = { redo = true }\nminimum = { percent = 20, of = "base", of_counted = true }'),
    )
    evaluation = evaluate(both, some(16))
    # 20 % of 11 is 2.2 and of 16 is 3.2: whole cases that reach it are 3 and 4.
    assert values(evaluation.of("fixed").minimum, evaluation.of("moving").minimum) == (3, 4)


def test_a_share_of_hours_is_exact() -> None:
    both = a_set(
        asks("base", f"{ANY}minimum = 11"),
        asks("hours", f'{ANY}minimum = {{ percent = 20, of = "base" }}\ncredit = [{{ field = "support_hours" }}]'),
    )
    assert evaluate(both).of("hours").minimum == Fraction(11, 5)


def test_a_share_of_a_number_that_is_not_set_is_not_set() -> None:
    both = a_set(
        asks("base", f'{ANY}minimum = "program"'), asks("part", f'{ANY}minimum = {{ percent = 20, of = "base" }}')
    )
    assert evaluate(both).of("part").standing is Standing.UNSET
    assert evaluate(both, student=StudentFacts(program_minimums={"base": 10})).of("part").minimum == 2


def test_a_preferred_number_stands_beside_the_minimum_and_decides_nothing() -> None:
    found = runs(f"{ANY}minimum = 2\npreferred = 5", some(2))
    assert values(found.preferred, found.standing) == (5, Standing.MET)


# Attestations


def signed(*days: date, name: str = "reports") -> StudentFacts:
    return StudentFacts(attestations=tuple(Attestation(name, "A registrar", day) for day in days))


def test_several_papers_may_be_asked_for() -> None:
    papers = a_set(asks("reports", 'kind = "attestation"\nminimum = 2'))
    assert evaluate(papers, student=signed(TODAY)).standing is Standing.NEEDS_ATTESTATION
    found = evaluate(papers, student=signed(TODAY, YESTERDAY)).of("reports")
    assert values(found.standing, found.counted) == (Standing.MET, 2)
    assert [each.on for each in found.attestations] == [YESTERDAY, TODAY]


@pytest.mark.parametrize(
    ("cases", "reports", "standing"),
    [
        (1, 0, "not_met"),
        (2, 0, "needs_attestation"),
        (2, 1, "not_met"),
        (4, 1, "needs_attestation"),
        (4, 2, "met"),
    ],
)
def test_a_report_is_due_for_each_two_cases_counted(cases: int, reports: int, standing: str) -> None:
    ruleset = a_set(
        asks("runs", f"{ANY}minimum = 4"),
        asks("reports", 'kind = "attestation"\nminimum = 2\nevery = 2\nof = "runs"'),
    )
    log = [*some(cases), *some(9, 20, status="submitted")]
    assert evaluate(ruleset, log, signed(*[TODAY] * reports)).of("reports").standing.value == standing


# Groups


def a_group(at_least: str) -> str:
    members = (
        asks("one", f"{ANY}minimum = 1")
        + asks("many", f"{ANY}minimum = 9")
        + asks("paper", 'kind = "attestation"')
    )
    return members + asks("either", f'kind = "group"\nmembers = ["one", "many", "paper"]\nat_least = {at_least}')


@pytest.mark.parametrize(
    ("at_least", "standing"),
    [('"any"', "met"), ("2", "not_met"), ('"all"', "not_met"), ("1", "met"), ("3", "not_met")],
)
def test_a_group_asks_for_all_any_or_so_many_of_its_members(at_least: str, standing: str) -> None:
    found = evaluate(a_set(a_group(at_least)), [a_case()]).of("either")
    assert values(found.standing.value, found.counted) == (standing, 1)
    assert [each.requirement.id for each in found.inner] == ["one", "many", "paper"]


def test_members_are_asked_for_through_their_group_only() -> None:
    assert evaluate(a_set(a_group('"any"')), [a_case()]).standing is Standing.MET
    assert evaluate(a_set(a_group("2")), [a_case()]).standing is Standing.NOT_MET
    paper = signed(TODAY, name="paper")
    assert evaluate(a_set(a_group("2")), [a_case()], paper).standing is Standing.MET


def test_a_waived_member_counts_as_met() -> None:
    waiver = Waiver(requirement="many", granted_by="Dana", reason="A reason.", on=TODAY)
    assert evaluate(a_set(a_group("2")), [a_case()], waivers=[waiver]).standing is Standing.MET


def test_a_group_of_groups() -> None:
    text = a_group("2") + asks("outer", 'kind = "group"\nmembers = ["either", "paper"]\nat_least = "any"')
    assert evaluate(a_set(text), [a_case()]).standing is Standing.NOT_MET
    assert evaluate(a_set(text), student=signed(TODAY, name="paper")).standing is Standing.MET


# Sets within sets


def test_a_set_within_a_set_counts_its_requirements_that_are_met() -> None:
    ruleset = a_set(asks("cape", 'kind = "set"\nruleset = "abcp-cape"\nedition = "2026-11"'))
    found = evaluate(ruleset, student=StudentFacts(graduated_on=YESTERDAY)).of("cape")
    assert values(found.standing, found.minimum, found.counted, found.remaining) == (Standing.NOT_MET, 2, 1, 1)
    assert [each.requirement.id for each in found.inner] == ["graduated", "independent-cases"]


# Waivers


def waiver(requirement: str = "runs", **changes: object) -> Waiver:
    given = {"requirement": requirement, "granted_by": "Dana", "reason": "A reason.", "on": TODAY, **changes}
    return Waiver(**given)  # type: ignore[arg-type]  # tests name the fields rightly


def test_a_waived_requirement_shows_its_number_and_who_waived_it() -> None:
    found = runs(f"{ANY}minimum = 3", [a_case()], waivers=[waiver()])
    assert values(found.standing, found.minimum, found.counted, found.remaining) == (Standing.WAIVED, 3, 1, 2)
    assert found.waivers == (waiver(),)


@pytest.mark.parametrize(
    ("changes", "in_force"),
    [
        ({}, True),
        ({"on": TOMORROW}, False),
        ({"on": YESTERDAY, "until": YESTERDAY}, False),
        ({"on": YESTERDAY, "until": TODAY}, True),
        ({"ruleset": "written"}, True),
        ({"ruleset": "another"}, False),
        ({"requirement": "another"}, False),
    ],
)
def test_a_waiver_is_in_force_for_what_it_names_from_its_day_until_its_last(
    changes: dict[str, object], in_force: bool
) -> None:
    found = runs(f"{ANY}minimum = 3", waivers=[waiver(**{"requirement": "runs", **changes})])  # type: ignore[arg-type]  # see above
    assert (found.standing is Standing.WAIVED) is in_force


def test_another_minimum_stands_in_the_rules_place_and_the_latest_grant_holds() -> None:
    grants = [
        waiver(minimum=Fraction(2), on=YESTERDAY),
        waiver(minimum=Fraction(1)),
        waiver(minimum=Fraction(9), on=TOMORROW),
    ]
    found = runs(f"{ANY}minimum = 3", [a_case()], waivers=grants)
    assert values(found.minimum, found.standing) == (1, Standing.MET)


def test_a_number_that_was_never_set_may_be_granted() -> None:
    assert runs(f'{ANY}minimum = "program"', waivers=[waiver(minimum=Fraction(0))]).standing is Standing.MET


def test_a_share_follows_the_rule_and_not_what_was_granted_for_its_base() -> None:
    both = a_set(
        asks("base", f"{ANY}minimum = 10"), asks("part", f'{ANY}minimum = {{ percent = 20, of = "base" }}')
    )
    evaluation = evaluate(both, waivers=[waiver("base", minimum=Fraction(5))])
    assert values(evaluation.of("base").minimum, evaluation.of("part").minimum) == (5, 2)


def test_an_attestation_and_a_fact_may_be_waived() -> None:
    ruleset = a_set(
        asks("paper", 'kind = "attestation"'), asks("fact", 'kind = "student"\nwhere = { enrolled = true }')
    )
    evaluation = evaluate(ruleset, waivers=[waiver("paper"), waiver("fact")])
    assert evaluation.standing is Standing.WAIVED


def test_a_waiver_for_a_set_within_a_set_names_it_or_none() -> None:
    ruleset = a_set(asks("cape", 'kind = "set"\nruleset = "abcp-cape"\nedition = "2026-11"'))
    for name, met in (("abcp-cape", 1), ("", 1), ("written", 0)):
        found = evaluate(ruleset, waivers=[waiver("graduated", ruleset=name)]).of("cape")
        assert found.counted == met, name


# Earlier ids

RENAMED = f'{ANY}minimum = "program"\nrenamed_from = "pump-runs"'


def test_what_was_set_granted_or_attested_under_an_earlier_id_still_holds() -> None:
    assert runs(RENAMED, student=StudentFacts(program_minimums={"pump-runs": 4})).minimum == 4
    assert runs(RENAMED, student=StudentFacts(program_minimums={"pump-runs": 4, "runs": 5})).minimum == 5
    assert runs(RENAMED, waivers=[waiver("pump-runs")]).standing is Standing.WAIVED
    case = a_case(role="observed")
    assert runs(RENAMED, [case], waivers=[waiver("pump-runs", counts=(case.uid,))]).counted == 1
    papers = a_set(asks("reports", 'kind = "attestation"\nrenamed_from = "letters"'))
    assert evaluate(papers, student=signed(TODAY, name="letters")).standing is Standing.MET
    assert evaluate(papers, student=NOBODY).standing is Standing.NEEDS_ATTESTATION


def test_the_number_of_a_part_is_found_under_an_earlier_id_too() -> None:
    part = '\n[[requirement.part]]\nid = "redo"\ntitle = "redo"\nwhere = { redo = true }\nat_most = "program"'
    student = StudentFacts(program_minimums={"pump-runs.redo": 1})
    assert runs(RENAMED + part, some(3, redo=True), student).counted == 1


def test_papers_without_a_number_yet_are_not_set() -> None:
    papers = 'kind = "attestation"\nminimum = "program"'
    assert runs(papers).standing is Standing.UNSET
    assert runs(papers, student=StudentFacts(program_minimums={"runs": 1})).standing is Standing.NEEDS_ATTESTATION


def test_one_paper_for_each_none_is_due_at_once() -> None:
    """A program that sets the step to 0 asks for all papers, whatever was counted."""
    valves = asks("valves", 'where = { is = "valve" }\nminimum = 3')
    papers = asks("papers", 'kind = "attestation"\nminimum = 2\nevery = "program"\nof = "valves"')
    student = StudentFacts(program_minimums={"papers.every": 0})
    assert evaluate(a_set(valves, papers), (), student).of("papers").standing is Standing.NEEDS_ATTESTATION
