"""The people of a program: who they are, what they are in it, and the link with which they set a password."""

import uuid
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.codes import Position
from caselog.domain.mail import LinkEnd
from caselog.extensions import db
from caselog.services import trail
from caselog.services.accounts import issue_password_link, normal_email
from caselog.services.actor import Actor, NotFoundError, Operator, RefusedError
from caselog.services.visible import fetch_student
from caselog.store import accounts as sign_in_store
from caselog.store.accounts import Account
from caselog.store.links import open_links
from caselog.store.people import Attestation, Person, PreceptorSite, Student, lock_person
from caselog.store.programs import Cohort, Site
from caselog.store.session import transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentDetails:
    """What the program knows of a student beside the log."""

    cohort: str  # by name
    program_start: date
    expected_graduation: date | None = None
    graduated_on: date | None = None
    certified_on: date | None = None
    enrolled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDetails:
    """A person as a director or the operator enters them; `sites` are codes, for those who supervise cases."""

    name: str
    email: str
    position: Position
    sites: frozenset[str] = frozenset()
    student: StudentDetails | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class AttestedDocument:
    """What is on file for a student: the requirement's id, by whom in words, on which day."""

    attested: str
    by: str
    on: date


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """A person in the program's list; `cohort` is set for students, `sites` are codes."""

    person: Person
    cohort: str | None
    sites: tuple[str, ...]
    can_sign_in: bool


def people(actor: Actor) -> list[ListedPerson]:
    """Everybody in the program, by position and name."""
    session = db.session()
    at_sites = _sites_by_person(session, actor.program_id)
    rows = session.execute(
        sa.select(Person, Cohort.name, Account.password_hash.is_not(None))
        .outerjoin(Account, Account.id == Person.account_id)
        .outerjoin(Student, sa.and_(Student.program_id == Person.program_id, Student.person_id == Person.id))
        .outerjoin(Cohort, sa.and_(Cohort.program_id == Student.program_id, Cohort.id == Student.cohort_id))
        .where(Person.program_id == actor.program_id)
        .order_by(Person.position, Person.name, Person.email)
    )
    return [
        ListedPerson(person, cohort, at_sites.get(person.id, ()), bool(has_password))
        for person, cohort, has_password in rows
    ]


def person_details(actor: Actor, person_id: uuid.UUID) -> PersonDetails:
    """One person of the program. Raises NotFoundError."""
    session = db.session()
    person = _fetch(session, actor, person_id)
    student = session.get(Student, (actor.program_id, person_id))
    details = None
    if student:
        cohort = session.get_one(Cohort, (actor.program_id, student.cohort_id))
        details = StudentDetails(
            cohort=cohort.name,
            program_start=student.program_start,
            expected_graduation=student.expected_graduation,
            graduated_on=student.graduated_on,
            certified_on=student.certified_on,
            enrolled=student.enrolled,
        )
    return PersonDetails(
        name=person.name,
        email=person.email,
        position=Position(person.position),
        sites=frozenset(_sites_by_person(session, actor.program_id).get(person_id, ())),
        student=details,
        active=person.active,
    )


def add_person(actor: Actor | Operator, details: PersonDetails) -> uuid.UUID:
    """Add a person with an account that has no password yet. Raises RefusedError."""
    email = normal_email(details.email)
    with transaction() as session:
        account = _new_account(session, email)
        person = Person(
            program_id=actor.program_id,
            id=uuid.uuid4(),
            account_id=account.id,
            name=details.name,
            email=email,
            position=details.position,
            active=True,
        )
        session.add(person)
        session.flush()
        _set_student(session, person, details)
        _set_sites(session, person, details.sites)
        trail.record(actor, "person.add", person.id, about=_as_student(details, person))
        return person.id


def change_person(actor: Actor, person_id: uuid.UUID, details: PersonDetails) -> None:
    """Change a person; who is deactivated or changes position or address is signed out everywhere, and their links end.

    A deactivated student can sign in again, to read the log and to take it away, but writes nothing more.
    The position is not changed once somebody has a log, and nobody shuts themselves out.
    Raises NotFoundError, RefusedError.
    """
    email = normal_email(details.email)
    with transaction() as session:
        person = _fetch(session, actor, person_id)
        if person_id == actor.person_id and (not details.active or details.position != actor.position):
            raise RefusedError("You cannot deactivate yourself or change your own position; ask another director.")
        if Position.STUDENT in (details.position, person.position) and details.position != person.position:
            raise RefusedError(
                "A student stays a student in this log; add the same person again under another address."
            )
        if (person.position, person.active, person.email) != (details.position, details.active, email):
            sign_in_store.revoke_sessions(session, person=person)
            _end_links(session, actor.program_id, person_id)
        _change_email(session, person, email)
        person.name, person.position, person.active = details.name, details.position, details.active
        _set_student(session, person, details)
        _set_sites(session, person, details.sites)
        trail.record(actor, "person.change", person.id, about=_as_student(details, person))


def _end_links(session: Session, program_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """End what was mailed to the person as they were: it shall not be good again once they are so again."""
    lock_person(session, program_id, person_id)
    for link in open_links(session, program_id, person_id):
        link.ended_at, link.ended_why = clock.now(), LinkEnd.REVOKED


def new_password_link(actor: Actor, person_id: uuid.UUID) -> str:
    """The token of a fresh one-time link for a person of the program. Raises NotFoundError, RefusedError."""
    with transaction() as session:
        person = _fetch(session, actor, person_id)
        if not person.active and person.position != Position.STUDENT:
            raise RefusedError(f"{person.name} is deactivated; activate them first.")
        email = person.email
        if person.account_id is None:
            person.account_id = _new_account(session, email).id
        trail.record(actor, "person.password_link", person_id)
    return issue_password_link(email)


def student_name(actor: Actor, student_id: uuid.UUID) -> str:
    """The name of a student whom the actor may see. Raises NotFoundError."""
    return fetch_student(db.session(), actor, student_id)[1].name


def attest(actor: Actor, student_id: uuid.UUID, document: AttestedDocument) -> None:
    """Record that a document is on file for a student on a day; a second record of the same day replaces the first.

    Raises NotFoundError, RefusedError for a day in the future.
    """
    with transaction() as session:
        student, _ = fetch_student(session, actor, student_id)
        if document.on > clock.today(actor.timezone):
            raise RefusedError(f"{document.on} is in the future; say on which day it was put on file.")
        row = session.scalars(
            sa.select(Attestation).where(
                Attestation.program_id == actor.program_id,
                Attestation.student_id == student.person_id,
                Attestation.attested == document.attested,
                Attestation.on == document.on,
            )
        ).one_or_none() or Attestation(
            program_id=actor.program_id, student_id=student.person_id, attested=document.attested, on=document.on
        )
        row.by, row.recorded_by = document.by, actor.person_id
        session.add(row)
        session.flush()
        trail.record(actor, "attestation.record", row.id, about=student_id)


def _fetch(session: Session, actor: Actor, person_id: uuid.UUID) -> Person:
    person = session.get(Person, (actor.program_id, person_id))
    if person is None:
        raise NotFoundError
    return person


def _new_account(session: Session, email: str) -> Account:
    """An account that has no password yet. Raises RefusedError where the address has one."""
    if sign_in_store.account_of(session, email) is not None:
        raise RefusedError(
            f"{email} has an account already; one e-mail address belongs to one person of one program."
        )
    account = Account(id=uuid.uuid4(), email=email, password_hash=None, created_at=clock.now())
    session.add(account)
    session.flush()
    return account


def _change_email(session: Session, person: Person, email: str) -> None:
    if email == person.email:
        return
    if sign_in_store.account_of(session, email) is not None:
        raise RefusedError(f"{email} belongs to somebody else already.")
    person.email = email
    if person.account_id:
        session.get_one(Account, person.account_id).email = email


def _as_student(details: PersonDetails, person: Person) -> uuid.UUID | None:
    """Whose record an act on a person concerns: a student's own."""
    return person.id if details.student else None


def _set_student(session: Session, person: Person, details: PersonDetails) -> None:
    if details.student is None:
        return
    cohort = session.scalars(
        sa.select(Cohort).where(Cohort.program_id == person.program_id, Cohort.name == details.student.cohort)
    ).one_or_none()
    if cohort is None:
        raise RefusedError(f"There is no cohort “{details.student.cohort}”; add it first.")
    student = session.get(Student, (person.program_id, person.id)) or Student(
        program_id=person.program_id, person_id=person.id
    )
    student.cohort_id = cohort.id
    student.program_start = details.student.program_start
    student.expected_graduation = details.student.expected_graduation
    student.graduated_on = details.student.graduated_on
    student.certified_on = details.student.certified_on
    student.enrolled = details.student.enrolled
    session.add(student)
    session.flush()


def _set_sites(session: Session, person: Person, codes: frozenset[str]) -> None:
    sites = session.scalars(
        sa.select(Site).where(Site.program_id == person.program_id, Site.code.in_(codes))
    ).all()
    unknown = codes - {site.code for site in sites}
    if unknown:
        raise RefusedError(f"There is no site “{min(unknown)}”; add it first.")
    wanted = {site.id for site in sites}
    rows = session.scalars(
        sa.select(PreceptorSite).where(
            PreceptorSite.program_id == person.program_id, PreceptorSite.person_id == person.id
        )
    )
    for row in rows:
        if row.site_id in wanted:
            wanted.remove(row.site_id)
        else:
            session.delete(row)
    session.add_all(
        PreceptorSite(program_id=person.program_id, person_id=person.id, site_id=site_id) for site_id in wanted
    )


def _sites_by_person(session: Session, program_id: uuid.UUID) -> dict[uuid.UUID, tuple[str, ...]]:
    rows = session.execute(
        sa.select(PreceptorSite.person_id, Site.code)
        .join(Site, sa.and_(Site.program_id == PreceptorSite.program_id, Site.id == PreceptorSite.site_id))
        .where(PreceptorSite.program_id == program_id)
        .order_by(Site.code)
    )
    found: dict[uuid.UUID, tuple[str, ...]] = {}
    for person_id, code in rows:
        found[person_id] = (*found.get(person_id, ()), code)
    return found
