"""What the operator does at the command line: makes programs and people, and finds them by name."""

import difflib
import re
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import available_timezones

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.codes import CodeList, Position
from caselog.rules.codes import load_codes
from caselog.services import rulesets, trail
from caselog.services.accounts import issue_password_link, normal_email
from caselog.services.actor import Operator, RefusedError
from caselog.services.people import PersonDetails, StudentDetails, add_person
from caselog.services.program import CohortDetails, save_cohort
from caselog.store.people import Person
from caselog.store.programs import Cohort, ListedCode, Program, Site
from caselog.store.session import reading, transaction

PROGRAM_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
LISTED = 10  # names that a message lists at most


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """A person as the operator types them. Dates that are not given are those of the cohort."""

    name: str
    email: str
    position: Position
    sites: frozenset[str] = frozenset()  # by code
    cohort: str | None = None  # by name; made when it is new and both dates are given
    starts_on: date | None = None
    graduates_on: date | None = None


@dataclass(frozen=True, slots=True)
class FoundStudent:
    """A student whom the operator named, and the operator acting for the student's program."""

    operator: Operator
    id: uuid.UUID
    name: str


def create_program(code: str, name: str, timezone: str) -> Operator:
    """Make a program with the seed of the code lists. Raises RefusedError."""
    if not PROGRAM_CODE.fullmatch(code):
        raise RefusedError(f"“{code}” is no code for a program; use small letters, digits and hyphens.")
    if not name.strip():
        raise RefusedError("The program needs a name.")
    if timezone not in available_timezones():
        hint = _hint(timezone, available_timezones(), "Write it as America/New_York.")
        raise RefusedError(f"“{timezone}” is no time zone. {hint}")
    operator = Operator(uuid.uuid4(), timezone)
    with transaction() as session:
        if session.scalar(sa.select(Program.id).where(Program.code == code)):
            raise RefusedError(f"There is a program “{code}” already.")
        session.add(
            Program(
                id=operator.program_id,
                code=code,
                name=name.strip(),
                timezone=timezone,
                is_demo=False,
                created_at=clock.now(),
            )
        )
        session.flush()
        seed_codes(session, operator.program_id)
        trail.record(operator, "program.add", operator.program_id)
    return operator


def seed_codes(session: Session, program_id: uuid.UUID, without: Collection[tuple[str, str]] = ()) -> None:
    """Give a new program its own copy of the code lists, but for those that it has: list and code."""
    session.add_all(
        ListedCode(
            program_id=program_id,
            list=name,
            code=code.code,
            position=position,
            label=code.label,
            family=code.family,
        )
        for name in CodeList
        for position, code in enumerate(load_codes().codes(name).values())
        if (name, code.code) not in without
    )


def create_user(operator: Operator, user: NewUser) -> str:
    """Add a person, and a student's cohort if it is new; the token of a link with which to set a password.

    Raises RefusedError.
    """
    if not user.name.strip():
        raise RefusedError("The person needs a name.")
    if user.position is Position.STUDENT and user.sites:
        raise RefusedError("Sites are for those who supervise cases; a student has rotations.")
    if user.position is not Position.STUDENT and user.cohort:
        raise RefusedError("Only a student has a cohort.")
    if not _EMAIL.fullmatch(user.email.strip()):
        raise RefusedError(f"“{user.email}” is no e-mail address.")
    with transaction() as session:
        _check_sites(session, operator, user.sites)
        student = _student_details(session, operator, user) if user.position is Position.STUDENT else None
        details = PersonDetails(
            name=user.name.strip(), email=user.email, position=user.position, sites=user.sites, student=student
        )
        add_person(operator, details)
        return issue_password_link(user.email)


def _check_sites(session: Session, operator: Operator, codes: frozenset[str]) -> None:
    known = session.scalars(sa.select(Site.code).where(Site.program_id == operator.program_id)).all()
    for code in sorted(codes.difference(known)):
        hint = _hint(code, known, "A director adds it on the program's pages.")
        raise RefusedError(f"There is no site “{code}”. {hint}")


def _student_details(session: Session, operator: Operator, user: NewUser) -> StudentDetails:
    if user.cohort is None:
        raise RefusedError("A student needs a cohort.")
    cohorts = {
        cohort.name: cohort
        for cohort in session.scalars(sa.select(Cohort).where(Cohort.program_id == operator.program_id))
    }
    if user.cohort not in cohorts:
        if user.starts_on is None or user.graduates_on is None:
            hint = _hint(user.cohort, cohorts, "")
            raise RefusedError(
                f"There is no cohort “{user.cohort}”. {hint} To make it, say when it starts and when it graduates."
            )
        if user.graduates_on <= user.starts_on:
            raise RefusedError(f"A cohort cannot graduate on {user.graduates_on} when it starts {user.starts_on}.")
        editions = {ruleset.id: ruleset.edition for ruleset in rulesets.usual(session, operator.program_id)}
        details = CohortDetails(
            name=user.cohort, starts_on=user.starts_on, graduates_on=user.graduates_on, editions=editions
        )
        cohort = session.get_one(Cohort, (operator.program_id, save_cohort(operator, details)))
    else:
        cohort = cohorts[user.cohort]
    starts_on, graduates_on = user.starts_on or cohort.starts_on, user.graduates_on or cohort.graduates_on
    if graduates_on <= starts_on:
        raise RefusedError(f"A student cannot graduate on {graduates_on} who starts on {starts_on}.")
    return StudentDetails(cohort=cohort.name, program_start=starts_on, expected_graduation=graduates_on)


def find_program(code: str) -> Operator:
    """The operator acting for the program with this code. Raises RefusedError."""
    with reading() as session:
        programs = {program.code: program for program in session.scalars(sa.select(Program))}
        return _chosen(programs, code)


def find_student(email: str, program_code: str | None = None) -> FoundStudent:
    """The student with this address, in the program with this code or in any. Raises RefusedError."""
    with reading() as session:
        programs = {program.code: program for program in session.scalars(sa.select(Program))}
        among = [_chosen(programs, program_code)] if program_code else map(_operator, programs.values())
        operators = {operator.program_id: operator for operator in among}
        students = list(
            session.scalars(
                sa.select(Person).where(Person.program_id.in_(operators), Person.position == Position.STUDENT)
            )
        )
        found = [student for student in students if student.email == normal_email(email)]
        if len(found) > 1:
            codes = ", ".join(sorted(programs))
            raise RefusedError(
                f"“{email}” is a student of several programs; say of which with --program: {codes}."
            )
        if not found:
            hint = _hint(email, [student.email for student in students], "Check the address.")
            raise RefusedError(f"There is no student “{email}”. {hint}")
        return FoundStudent(operators[found[0].program_id], found[0].id, found[0].name)


def programs() -> list[Operator]:
    """The operator acting for each program, in the order of their codes."""
    with reading() as session:
        return [_operator(program) for program in session.scalars(sa.select(Program).order_by(Program.code))]


def note_backup(operator: Operator) -> None:
    """Note in the program's trail that a copy of the database is being made."""
    with transaction():
        trail.record(operator, "backup.make", operator.program_id)


def there_is_a_program() -> bool:
    with reading() as session:
        return session.scalar(sa.select(Program.id).limit(1)) is not None


def there_is_a_demo() -> bool:
    with reading() as session:
        return session.scalar(sa.select(Program.id).where(Program.is_demo).limit(1)) is not None


def _chosen(programs: dict[str, Program], code: str) -> Operator:
    if code not in programs:
        raise RefusedError(
            f"There is no program “{code}”. {_hint(code, programs, 'Make it: caselog create-program.')}"
        )
    return _operator(programs[code])


def _operator(program: Program) -> Operator:
    return Operator(program.id, program.timezone)


def _hint(word: str, known: Iterable[str], otherwise: str) -> str:
    """A sentence that helps on: the likely name, or the few there are, or what else to do."""
    options = sorted(known)
    near = difflib.get_close_matches(word, options, n=1)
    if near:
        return f"Did you mean “{near[0]}”?"
    return f"Known: {', '.join(options)}." if 0 < len(options) <= LISTED else otherwise
