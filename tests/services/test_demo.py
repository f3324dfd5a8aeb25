"""The demo program: who is in it, that its logs are what they claim to be, and that it is set up once."""

import shutil
import statistics
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from caselog import clock as product_clock
from caselog import create_app
from caselog.domain.codes import Position, Status
from caselog.domain.result import Standing
from caselog.domain.signal import SignalKind
from caselog.extensions import db
from caselog.services import audit, case_evaluations, demo_data, passwords, signals
from caselog.services.actor import Actor, NotFoundError, Operator, RefusedError
from caselog.services.cohort_standing import CohortRow, cohort_table
from caselog.services.demo import seed_demo, set_demo_password
from caselog.services.demo_mixture import PEDIATRIC_AGES
from caselog.services.demo_program import graduation_after, insert_demo, planned_cases
from caselog.services.references import load_references
from caselog.services.signals import SignalFilter
from caselog.store.accounts import Account
from caselog.store.activities import ActivityReview, LoggedActivity
from caselog.store.cases import CaseReview, LoggedCase, as_case, spelled_out
from caselog.store.people import Person, PreceptorSite, Student
from caselog.store.programs import Adoption, Cohort, Program, Rotation, Site
from caselog.store.session import transaction
from tests.conftest import POSTGRESQL, SQLITE
from tests.support.clock import TestClock
from tests.support.postgres import Databases
from tests.support.settings import settings_for

PASSWORD = "a synthetic password for the demo"


@pytest.fixture(scope="module", params=[SQLITE, POSTGRESQL])
def seeded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An app whose database holds the demo; shared, since the tests below only read it."""
    folder = tmp_path_factory.mktemp("demo")
    with ExitStack() as stack:
        if request.param == SQLITE:
            shutil.copyfile(request.getfixturevalue("sqlite_template"), folder / "caselog.db")
            url = f"sqlite:///{folder / 'caselog.db'}"
        else:
            databases: Databases = request.getfixturevalue("postgres")
            name = databases.create(template=request.getfixturevalue("postgres_template"))
            stack.callback(databases.drop, name)
            url = databases.url(name)
        app = create_app(settings_for(url, folder))
        with app.app_context(), pytest.MonkeyPatch.context() as patched:
            told = TestClock()
            patched.setattr(product_clock, "now", told.now)
            patched.setattr(product_clock, "today", told.today)
            seed_demo(PASSWORD)
            db.session.remove()
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def demo(seeded: Flask, clock: TestClock) -> Iterator[Program]:
    with seeded.app_context():
        yield db.session.scalars(sa.select(Program).where(Program.code == "demo")).one()


def _rows(model: type[Any], program: Program) -> list[Any]:
    return list(db.session.scalars(sa.select(model).where(model.program_id == program.id)))


def _person(program: Program, name: str) -> Person:
    return db.session.scalars(sa.select(Person).where(Person.program_id == program.id, Person.name == name)).one()


def _cohorts(program: Program) -> list[Cohort]:
    """The classes that are still to graduate, the next first."""
    today = product_clock.today(program.timezone)
    found = (cohort for cohort in _rows(Cohort, program) if cohort.graduates_on >= today)
    return sorted(found, key=lambda cohort: cohort.graduates_on)


def _table(program: Program, cohort: Cohort) -> dict[str, CohortRow]:
    director = _person(program, demo_data.DIRECTOR)
    actor = Actor(program.id, director.id, Position.DIRECTOR, director.name, program.timezone)
    return {row.name: row for row in cohort_table(actor, cohort.id).rows}


def _elapsed(cohort: Cohort) -> float:
    today = product_clock.today(demo_data.TIMEZONE)
    return (today - cohort.starts_on) / (cohort.graduates_on - cohort.starts_on)


def _behind(row: CohortRow, cohort: Cohort) -> set[str]:
    """The requirements for which the student has fewer cases, pending ones included, than the time gone by asks."""
    return {
        result.requirement.id
        for result in row.results
        if result.minimum
        and result.minimum > 1
        and result.counted + result.pending < result.minimum * _elapsed(cohort)
    }


def test_the_program_has_two_classes_of_twelve_at_five_sites_with_ten_preceptors(demo: Program) -> None:
    assert demo.is_demo
    assert [cohort.graduates_on for cohort in _cohorts(demo)] == [date(2027, 5, 31), date(2028, 5, 31)]
    members = Counter(student.cohort_id for student in _rows(Student, demo))
    assert {cohort.id: members[cohort.id] for cohort in _cohorts(demo)} == {c.id: 12 for c in _cohorts(demo)}
    assert {adopted.cohort_id for adopted in _rows(Adoption, demo)} == {c.id for c in _rows(Cohort, demo)}
    assert {adopted.ruleset for adopted in _rows(Adoption, demo)} == {"accredited-minimums", "abcp-pbse"}
    assert sorted(site.country for site in _rows(Site, demo)) == ["CA", "US", "US", "US", "US"]
    at_sites = Counter(each.person_id for each in _rows(PreceptorSite, demo))
    assert len(at_sites) == 10
    assert set(at_sites.values()) == {1, 2}


def test_each_student_who_logs_has_an_activity_a_month_and_only_the_latest_wait(demo: Program) -> None:
    log = _rows(LoggedActivity, demo)
    today = product_clock.today(demo_data.TIMEZONE)
    first, _ = _cohorts(demo)
    members = {each.person_id for each in _rows(Student, demo) if each.cohort_id == first.id}
    months = (today - first.starts_on).days / 30
    for times in Counter(each.student_id for each in log if each.student_id in members).values():
        assert 0.7 * months <= times <= 1.3 * months
    assert {each.status for each in log} == {Status.SUBMITTED, Status.VERIFIED}
    assert all((today - each.date).days <= 10 for each in log if each.status == Status.SUBMITTED)
    verified = {each.activity_uid for each in log if each.status == Status.VERIFIED}
    assert {each.activity_uid for each in _rows(ActivityReview, demo)} == verified
    assert all(each.date <= today for each in log)


def test_everybody_is_plainly_made_up(demo: Program) -> None:
    surnames = {"Sample", "Specimen", "Example", "Dummy", "Fictive", "Placeholder", "Demo"}
    people = _rows(Person, demo)
    assert {person.name.split()[1] for person in people} == surnames
    assert {person.email.partition("@")[2] for person in people} == {"demo.example"}
    assert all(site.name.startswith("Demo ") for site in _rows(Site, demo))


def test_the_logs_lie_around_the_published_figures(demo: Program) -> None:
    for cohort in _cohorts(demo):
        members = {row.person_id for row in _rows(Student, demo) if row.cohort_id == cohort.id}
        cases = [case for case in _rows(LoggedCase, demo) if case.student_id in members]
        adult = Counter(case.student_id for case in cases if case.age_group not in PEDIATRIC_AGES)
        pediatric = Counter(case.student_id for case in cases if case.age_group in PEDIATRIC_AGES)
        at_graduation = [adult[member] / _elapsed(cohort) for member in members]
        assert statistics.mean(at_graduation) == pytest.approx(124, rel=0.1)
        assert statistics.stdev(at_graduation) == pytest.approx(42.5, rel=0.3)
        assert statistics.mean(pediatric[m] / _elapsed(cohort) for m in members) == pytest.approx(17, rel=0.15)


def test_a_class_spreads_as_the_figures_say_however_large_it_is() -> None:
    planned = [planned_cases((124, 42.5), rank, 200) for rank in range(200)]
    assert statistics.mean(planned) == pytest.approx(124, rel=0.01)
    assert statistics.stdev(planned) == pytest.approx(42.5, rel=0.02)
    assert planned_cases((17, 12.9), 0, 12) == 0


def test_every_case_could_have_been_logged_by_hand(demo: Program) -> None:
    today = product_clock.today(demo.timezone)
    rotations = {rotation.code: rotation for rotation in _rows(Rotation, demo)}
    assert len(rotations) == 40
    for student in _rows(Student, demo):
        references = load_references(db.session(), demo.id, student.person_id)
        rows = db.session.execute(spelled_out().where(LoggedCase.student_id == student.person_id))
        for case in map(as_case, rows):
            assert references.faults(case, today=today) == []
            stay = references.rotations[case.rotation or ""]
            assert case.case_date
            assert stay.starts_on <= case.case_date <= stay.ends_on
            assert references.sites[case.site or ""].id == stay.site_id


def test_no_two_cases_at_a_site_begin_together_but_the_one_that_two_claim(demo: Program) -> None:
    starts = Counter((case.site_id, case.case_date, case.start_time) for case in _rows(LoggedCase, demo))
    assert [each for each in starts.values() if each > 1] == [2]


def test_the_director_finds_a_few_signals_to_settle(demo: Program) -> None:
    director = _person(demo, demo_data.DIRECTOR)
    actor = Actor(demo.id, director.id, Position.DIRECTOR, director.name, demo.timezone)
    page = signals.review_list(actor, SignalFilter(), 1)
    assert {kind for kind, number in page.open.items() if number} == {
        SignalKind.TWO_PRIMARIES, SignalKind.SHARES, SignalKind.LATE,
    }  # fmt: skip
    assert page.open[SignalKind.TWO_PRIMARIES] == page.open[SignalKind.SHARES] == 1


def test_one_student_is_evaluated_from_both_sides_and_more_is_graded_over_a_rotation(demo: Program) -> None:
    ada = _person(demo, "Ada Sample")
    actor = Actor(demo.id, ada.id, Position.STUDENT, ada.name, demo.timezone)
    rotations = case_evaluations.trends(actor, ada.id)
    assert len(rotations) >= 4
    assert all(sum(each.by_preceptor.evaluations) > 0 for each in rotations)
    assert sum("rose" in each.by_preceptor.says for each in rotations) > len(rotations) / 2
    assert any(sum(each.by_student.evaluations) for each in rotations)


def test_most_cases_are_verified_and_the_recent_ones_wait(demo: Program) -> None:
    cases = _rows(LoggedCase, demo)
    statuses = Counter(case.status for case in cases)
    assert set(statuses) == set(Status)
    assert statuses[Status.VERIFIED] > 0.85 * len(cases)
    waiting = [case for case in cases if case.status == Status.SUBMITTED]
    week_ago = date(2026, 11, 14)
    assert sum(case.case_date >= week_ago for case in waiting) > len(waiting) / 4
    preceptor = _person(demo, "Pia Placeholder")
    assert sum(case.preceptor_id == preceptor.id for case in waiting) >= 5


def test_each_decision_is_on_record_with_the_comment_of_what_was_returned(demo: Program) -> None:
    cases = {case.case_uid: case for case in _rows(LoggedCase, demo)}
    reviews = {review.case_uid: review for review in _rows(CaseReview, demo)}
    decided = {uid for uid, case in cases.items() if case.status in (Status.VERIFIED, Status.RETURNED)}
    assert set(reviews) == decided
    for uid, review in reviews.items():
        assert review.decision == cases[uid].status
        assert review.reviewer_id == cases[uid].preceptor_id
        assert bool(review.comment) is (review.decision == Status.RETURNED)
        assert cases[uid].created_at <= review.at <= product_clock.now()
        assert review.case_version < cases[uid].version


def test_the_trail_vouches_for_the_whole_demo_and_for_what_each_verification_covers(demo: Program) -> None:
    assert audit.verify(Operator(demo.id, demo.timezone)).breaks == ()
    reviews = [review for review in _rows(CaseReview, demo) if review.decision == Status.VERIFIED]
    assert all(review.content_hash and review.role for review in reviews)


def test_roles_grow_from_watching_to_conducting(demo: Program) -> None:
    cohort = _cohorts(demo)[0]
    members = {row.person_id for row in _rows(Student, demo) if row.cohort_id == cohort.id}
    cases = sorted(
        (case for case in _rows(LoggedCase, demo) if case.student_id in members), key=lambda case: case.case_date
    )
    quarter = len(cases) // 4
    first, last = (Counter(case.role for case in part) for part in (cases[:quarter], cases[-quarter:]))
    assert first["primary"] < last["primary"]
    assert first["observed"] > 2 * last["observed"]


def test_most_students_are_on_track_and_some_are_short_of_something(demo: Program) -> None:
    graduating, following = _cohorts(demo)
    table = _table(demo, graduating)
    behind = {name: _behind(row, graduating) for name, row in table.items()}
    assert behind["Ada Sample"] == {"pediatric", "pediatric-cpb"}  # signs in as student@demo.example
    assert behind["Hal Example"] == {"valve"}
    assert "ecmo-or-vad" in behind["Ida Dummy"]
    assert {"open-heart", "valve", "pediatric"} <= behind["Jon Fictive"]
    assert sum(not requirements for requirements in behind.values()) >= 7
    later = _table(demo, following)
    assert sum(not _behind(row, following) for row in later.values()) >= 6


def test_one_student_logs_nothing_and_one_has_everything(demo: Program) -> None:
    table = _table(demo, _cohorts(demo)[0])
    assert {result.counted + result.pending for result in table["Finn Sample"].results} <= {0, 1}
    assert not db.session.scalar(
        sa.select(sa.func.count()).where(LoggedCase.student_id == _person(demo, "Finn Sample").id)
    )
    standings = {result.requirement.id: result.standing for result in table["Eve Specimen"].results}
    assert standings.pop("complex") is Standing.UNSET
    assert set(standings.values()) == {Standing.MET}


@pytest.mark.parametrize("today", [date(2026, 6, 2), date(2027, 5, 31)])
def test_one_student_has_everything_on_the_first_and_the_last_day_of_the_year(
    app_context: Flask, clock: TestClock, today: date
) -> None:
    clock.set(datetime(today.year, today.month, today.day, 16, tzinfo=UTC))
    seed_demo(PASSWORD)
    program = db.session.scalars(sa.select(Program).where(Program.code == "demo")).one()
    eve = _table(program, _cohorts(program)[0])["Eve Specimen"]
    assert {each.requirement.id for each in eve.results if each.standing is not Standing.MET} == {"complex"}


def test_the_class_that_graduates_next_has_its_day_ahead() -> None:
    assert graduation_after(date(2026, 11, 21)) == date(2027, 5, 31)
    assert graduation_after(date(2027, 5, 31)) == date(2027, 5, 31)
    assert graduation_after(date(2027, 6, 1)) == date(2028, 5, 31)


class _EnoughError(Exception):
    """Ends a transaction that must leave nothing."""


def test_the_same_day_gives_the_same_demo(app_context: Flask) -> None:
    def drawn() -> Iterator[list[tuple[Any, ...]]]:
        for _ in range(2):
            with suppress(_EnoughError), transaction() as session:
                insert_demo(session, "no hash")
                yield _all_cases(session)
                raise _EnoughError

    first, second = drawn()
    assert len(first) > 1_500
    assert first == second


def _all_cases(session: Session) -> list[tuple[Any, ...]]:
    columns = [
        column for column in LoggedCase.__table__.columns if column.name not in {"created_at", "changed_at"}
    ]
    return [tuple(row) for row in session.execute(sa.select(*columns).order_by(LoggedCase.case_uid))]


def test_a_demo_program_that_is_there_stays_as_it_is(app_context: Flask) -> None:
    first = seed_demo(PASSWORD)
    assert first.fresh
    assert [each.email for each in first.people] == [
        "student@demo.example", "preceptor@demo.example", "director@demo.example",
    ]  # fmt: skip
    before = _counts()
    again = seed_demo("another synthetic password")
    assert not again.fresh
    assert again.people == first.people
    assert _counts() == before
    assert _opening(PASSWORD) == {each.email for each in first.people}


def test_the_demo_sign_ins_can_be_given_another_password(app_context: Flask) -> None:
    seed_demo(PASSWORD)
    set_demo_password("another synthetic password")
    assert _opening("another synthetic password") == {
        f"{who}@demo.example" for who in ("student", "preceptor", "director")
    }
    assert not _opening(PASSWORD)


def test_without_a_demo_program_there_is_no_password_to_set(app_context: Flask) -> None:
    with pytest.raises(NotFoundError):
        set_demo_password(PASSWORD)


def test_a_real_program_with_the_code_demo_is_left_alone(app_context: Flask) -> None:
    with transaction() as session:
        session.add(
            Program(id=uuid.uuid4(), code="demo", name="Real", timezone="UTC", created_at=product_clock.now())
        )
    before = _counts()
    with pytest.raises(RefusedError, match="not the demo program"):
        seed_demo(PASSWORD)
    with pytest.raises(NotFoundError):
        set_demo_password(PASSWORD)
    assert _counts() == before


def _counts() -> list[int]:
    return [
        db.session.scalars(sa.select(sa.func.count()).select_from(table)).one()
        for table in db.metadata.sorted_tables
    ]


def _opening(password: str) -> set[str]:
    """The demo accounts that this password opens."""
    accounts = db.session.scalars(sa.select(Account).where(Account.email.endswith("@demo.example")))
    return {account.email for account in accounts if passwords.fits(account.password_hash, password)}
