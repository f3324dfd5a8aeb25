"""What a database gives back is evaluated as the naive evaluator evaluates it, and a cohort is tallied alike.

The rule sets are the shipped ones and drawn ones; the logs are those of test_cohort_tally.py, on both databases.
`make nightly` holds 200,000 logs, drawn from them anew each time, against the naive evaluator.
"""

from dataclasses import replace
from datetime import date
from random import Random, SystemRandom

import pytest

from caselog.domain.case import Case
from caselog.domain.evaluate import Engine
from caselog.domain.result import Entry
from caselog.domain.student import StudentFacts
from caselog.extensions import db
from caselog.rules.codes import load_codes
from caselog.rules.library import newest
from caselog.rules.loader import loads
from caselog.services.cohort_tally import Known, tally_cohort
from caselog.store import activities
from caselog.store.activities import LoggedActivity
from caselog.store.cases import LoggedCase, as_case, spelled_out
from caselog.store.programs import Site
from caselog.store.session import transaction
from tests.domain.test_differential import compare, tallied_alike, without_verdicts
from tests.services import test_cohort_tally
from tests.support.cast import Cast, Member
from tests.support.naive import shipped
from tests.support.profiles import NIGHTLY
from tests.support.rule_files import document
from tests.support.rule_sets import Tree, a_question, a_rule_set

logs = test_cohort_tally.logs  # the fixture

DRAWN = [a_rule_set(number, 4) for number in range(30)]
SHIPPED = [shipped(each.id) for each in newest()]
# For each database: 211 sets before 2 students, each with so many samples of the log.
NIGHTLY_SETS = 200
QUESTIONS, MOST = (240, 16) if NIGHTLY else (4, 40)


def _engine(tree: Tree, as_of: date = test_cohort_tally.AS_OF) -> Engine:
    return Engine(loads(document(tree), "drawn.toml"), load_codes(), as_of)


@pytest.fixture
def affiliated_for_a_while(logs: None, cast: Cast) -> None:
    """One site was affiliated from one of the logs' days to another, both included."""
    with transaction() as session:
        site = session.get_one(Site, (cast.program.id, cast.site.id))
        site.affiliated_from, site.affiliated_until = date(2026, 3, 2), date(2026, 9, 1)


def _stored(student: Member) -> list[Case]:
    rows = db.session.execute(spelled_out().where(LoggedCase.student_id == student.id))
    return [as_case(row) for row in rows]


def _log(student: Member) -> list[Entry]:
    rows = db.session.execute(activities.spelled_out().where(LoggedActivity.student_id == student.id))
    return [*_stored(student), *map(activities.as_activity, rows)]


def test_stored_logs_are_evaluated_as_the_naive_evaluator_does(affiliated_for_a_while: None, cast: Cast) -> None:
    seed = SystemRandom().randrange(2**32) if NIGHTLY else 3
    print(f"The seed is {seed}.")  # noqa: T201 (pytest shows it when the test fails)
    dice = Random(seed)  # noqa: S311 (samples for tests, not secrets)
    drawn_sets = [a_rule_set(dice.getrandbits(48), 4) for _ in range(NIGHTLY_SETS)] if NIGHTLY else DRAWN
    students = [_log(student) for student in (cast.student, cast.other_student)]
    for tree in [*SHIPPED, *drawn_sets]:
        engines: dict[date, Engine] = {}
        for log in students:
            for number in range(QUESTIONS):
                drawn = replace(
                    a_question(tree, dice.getrandbits(48), 0), entries=dice.sample(log, dice.randint(0, MOST))
                )
                if drawn.as_of not in engines:
                    engines[drawn.as_of] = _engine(tree, drawn.as_of)
                evaluation = compare(tree, engines[drawn.as_of], drawn)
                if number % 4 == 0:
                    tallied_alike(engines[drawn.as_of], drawn, evaluation)


@pytest.mark.parametrize("number", range(3))
def test_a_cohort_is_tallied_as_each_student_is_evaluated_under_any_rule_set(
    affiliated_for_a_while: None, cast: Cast, number: int
) -> None:
    engines = [_engine(tree) for tree in DRAWN[number::3]]
    numbers = {f"r{place}": place for place in range(5)}
    facts = StudentFacts(enrolled=True, graduated_on=test_cohort_tally.AS_OF, program_minimums=numbers)
    students = [cast.student, cast.other_student]
    found = tally_cohort(db.session(), cast.program.id, engines, Known({each.id: facts for each in students}))
    for student in students:
        for engine, tallied in zip(engines, found[student.id], strict=True):
            full = engine.evaluate(facts, _stored(student))
            assert tallied.standing is full.standing
            assert tallied.requirements == tuple(map(without_verdicts, full.requirements)), engine.ruleset


def test_a_stored_case_knows_whether_its_site_was_affiliated_on_its_day(
    affiliated_for_a_while: None, cast: Cast
) -> None:
    inside = {
        case.case_date: case.site_affiliated
        for case in _stored(cast.student)
        if case.site == cast.site.code and case.case_date
    }
    assert inside == {day: date(2026, 3, 2) <= day <= date(2026, 9, 1) for day in inside}
    assert set(inside.values()) == {True, False}
    others = [case for case in _stored(cast.student) if case.site not in (None, cast.site.code)]
    assert {case.site_affiliated for case in others if case.case_date} == {True}  # open ends
    assert {case.site_affiliated for case in _stored(cast.student) if not (case.site and case.case_date)} == {None}
