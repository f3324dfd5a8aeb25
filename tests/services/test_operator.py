"""What the operator makes, and how programs and students are found by name."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from caselog.domain.codes import CodeList, Position
from caselog.rules.codes import load_codes
from caselog.services.accounts import email_of_link
from caselog.services.actor import Operator, RefusedError
from caselog.services.operator import (
    NewUser,
    create_program,
    create_user,
    find_program,
    find_student,
    there_is_a_demo,
    there_is_a_program,
)
from caselog.services.progress import rulesets_of
from caselog.services.references import load_codes as program_codes
from caselog.store.audit import AuditEntry
from caselog.store.people import Person, PreceptorSite, Student
from caselog.store.programs import Cohort, Program
from caselog.store.session import reading, transaction
from tests.support.cast import GRADUATES_ON, STARTS_ON, Cast

NORTH = Operator(Cast.program.id, Cast.program.timezone)
STUDENT = NewUser(name="Nora New", email="Nora@north.example", position=Position.STUDENT, cohort="Class of 2027")
DATES: dict[str, Any] = {"starts_on": date(2026, 9, 1), "graduates_on": date(2028, 5, 31)}
PRECEPTOR = NewUser(
    name="Paul Preceptor", email="paul@north.example", position=Position.PRECEPTOR, sites=frozenset({"hill"})
)

pytestmark = pytest.mark.usefixtures("app_context")


def refusal(user: NewUser, **changes: Any) -> str:
    with pytest.raises(RefusedError) as caught:
        create_user(NORTH, replace(user, **changes))
    return str(caught.value)


def person(email: str) -> Person:
    with reading() as session:
        found = session.scalars(sa.select(Person).where(Person.email == email)).one()
        session.expunge(found)
        return found


def test_a_new_program_has_the_codes_to_start_from() -> None:
    operator = create_program("west", " West Program ", "America/Los_Angeles")
    with reading() as session:
        program = session.get_one(Program, operator.program_id)
        assert (program.code, program.name, program.is_demo) == ("west", "West Program", False)
        codes = program_codes(session, operator.program_id)
    assert all(codes.codes(name) == load_codes().codes(name) for name in CodeList)
    assert find_program("west") == operator


def test_making_a_program_is_on_record() -> None:
    operator = create_program("west", "West", "UTC")
    with reading() as session:
        entries = session.scalars(sa.select(AuditEntry).where(AuditEntry.program_id == operator.program_id)).all()
        assert [(entry.action, entry.actor_id) for entry in entries] == [("program.add", None)]


@pytest.mark.parametrize(
    ("code", "name", "timezone", "says"),
    [
        ("north", "North", "UTC", "There is a program “north” already."),
        ("West Coast", "West", "UTC", "“West Coast” is no code for a program"),
        ("", "West", "UTC", "“” is no code for a program"),
        ("west", " ", "UTC", "The program needs a name."),
        ("west", "West", "America/NewYork", "“America/NewYork” is no time zone. Did you mean “America/New_York”?"),
        ("west", "West", "..", "“..” is no time zone. Write it as America/New_York."),
    ],
)
def test_a_wrong_program_is_refused(code: str, name: str, timezone: str, says: str) -> None:
    with pytest.raises(RefusedError) as caught:
        create_program(code, name, timezone)
    assert str(caught.value).startswith(says)


def test_a_student_joins_a_cohort_with_its_dates() -> None:
    token = create_user(NORTH, STUDENT)
    found = person("nora@north.example")
    with reading() as session:
        student = session.get_one(Student, (NORTH.program_id, found.id))
        assert student.cohort_id == Cast.program.cohort_id
        assert (student.program_start, student.expected_graduation) == (STARTS_ON, GRADUATES_ON)
    assert email_of_link(token) == "nora@north.example"


def test_a_student_may_have_dates_of_their_own() -> None:
    create_user(NORTH, replace(STUDENT, starts_on=date(2026, 1, 5), graduates_on=date(2027, 12, 20)))
    with reading() as session:
        student = session.get_one(Student, (NORTH.program_id, person("nora@north.example").id))
        assert (student.program_start, student.expected_graduation) == (date(2026, 1, 5), date(2027, 12, 20))


def test_a_new_cohort_is_made_under_the_newest_editions() -> None:
    create_user(NORTH, replace(STUDENT, cohort="Class of 2028", **DATES))
    with reading() as session:
        cohort = session.scalars(sa.select(Cohort).where(Cohort.name == "Class of 2028")).one()
        assert (cohort.starts_on, cohort.graduates_on) == (date(2026, 9, 1), date(2028, 5, 31))
        editions = [ruleset.id for ruleset in rulesets_of(session, NORTH.program_id, cohort.id)]
    assert editions == ["abcp-pbse", "accredited-minimums"]


def test_a_preceptor_works_at_sites_of_the_program() -> None:
    create_user(NORTH, PRECEPTOR)
    with reading() as session:
        sites = session.scalars(
            sa.select(PreceptorSite.site_id).where(PreceptorSite.person_id == person("paul@north.example").id)
        )
        assert list(sites) == [Cast.other_site.id]


@pytest.mark.parametrize(
    ("user", "changes", "says"),
    [
        (STUDENT, {"name": " "}, "The person needs a name."),
        (STUDENT, {"email": "nora"}, "“nora” is no e-mail address."),
        (STUDENT, {"email": Cast.student.email}, "ann.student@north.example has an account already"),
        (STUDENT, {"cohort": None}, "A student needs a cohort."),
        (
            STUDENT,
            {"cohort": "Class of 2072"},
            "There is no cohort “Class of 2072”. Did you mean “Class of 2027”?",
        ),
        (
            STUDENT,
            {"cohort": "New", "starts_on": date(2026, 9, 1)},
            "There is no cohort “New”. Known: Class of 2027.",
        ),
        (
            STUDENT,
            {"cohort": "New", "starts_on": date(2026, 9, 1), "graduates_on": date(2026, 9, 1)},
            "A cohort cannot graduate on 2026-09-01 when it starts 2026-09-01.",
        ),
        (STUDENT, {"graduates_on": date(2025, 1, 1)}, "A student cannot graduate on 2025-01-01 who starts on"),
        (STUDENT, {"sites": frozenset({"hill"})}, "Sites are for those who supervise cases"),
        (PRECEPTOR, {"cohort": "Class of 2027"}, "Only a student has a cohort."),
        (PRECEPTOR, {"sites": frozenset({"hil"})}, "There is no site “hil”. Did you mean “hill”?"),
        (PRECEPTOR, {"sites": frozenset({"valley"})}, "There is no site “valley”. "),
    ],
)
def test_a_wrong_person_is_refused_and_nothing_is_kept(user: NewUser, changes: dict[str, Any], says: str) -> None:
    with reading() as session:
        before = session.scalar(sa.select(sa.func.count()).select_from(Cohort))
    assert refusal(user, **changes).startswith(says)
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Cohort)) == before


def test_a_cohort_is_not_kept_when_its_first_student_is_refused() -> None:
    refusal(STUDENT, email=Cast.student.email, cohort="Class of 2028", **DATES)
    with reading() as session:
        assert session.scalars(sa.select(Cohort).where(Cohort.name == "Class of 2028")).one_or_none() is None


def test_a_student_is_found_by_address_in_any_case() -> None:
    found = find_student("Ann.Student@NORTH.example")
    assert (found.operator, found.id, found.name) == (NORTH, Cast.student.id, Cast.student.name)
    assert find_student(Cast.student.email, "north") == found


def test_a_student_of_several_programs_needs_the_program_said() -> None:
    with transaction() as session:
        twin = Person(
            program_id=Cast.outsider_program.id, name="Ann Student", email=Cast.student.email,
            position=Position.STUDENT, account_id=None,
        )  # fmt: skip
        session.add(twin)
    with pytest.raises(
        RefusedError, match="is a student of several programs; say of which with --program: north, south"
    ):
        find_student(Cast.student.email)
    assert find_student(Cast.student.email, "south").operator.program_id == Cast.outsider_program.id


@pytest.mark.parametrize(
    ("email", "program", "says"),
    [
        (
            "ann.studant@north.example",
            None,
            "There is no student “ann.studant@north.example”. Did you mean “ann.s",
        ),
        (Cast.preceptor.email, None, "There is no student “pat.preceptor@north.example”. "),
        (Cast.student.email, "south", "There is no student “ann.student@north.example”. "),
        (Cast.student.email, "nort", "There is no program “nort”. Did you mean “north”?"),
        (Cast.student.email, "x", "There is no program “x”. Known: north, south."),
    ],
)
def test_who_is_not_found_is_answered_with_who_might_be_meant(email: str, program: str | None, says: str) -> None:
    with pytest.raises(RefusedError) as caught:
        find_student(email, program)
    assert str(caught.value).startswith(says)


def test_it_is_known_whether_there_is_a_program_and_a_demo() -> None:
    assert there_is_a_program()
    assert not there_is_a_demo()
