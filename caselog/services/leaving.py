"""Deleting an account: what signs in goes at once, what the program certifies and what is said of others stays."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.codes import Position
from caselog.domain.mail import LinkEnd, Outcome
from caselog.services import passwords, trail
from caselog.services.accounts import WrongCredentialsError, count_a_try
from caselog.services.actor import Actor, RefusedError
from caselog.store import accounts as store
from caselog.store.accounts import Account
from caselog.store.links import open_links
from caselog.store.mail import OutgoingMail
from caselog.store.people import Person, lock_person
from caselog.store.programs import Program
from caselog.store.session import reading, transaction

LAST_DIRECTOR = (
    "You are the only director of {} who can sign in, and a program without one is shut. Make another person a "
    "director first (Program, People), give them a link to set a password, and delete your account when they have "
    "used it."
)


@dataclass(frozen=True, slots=True)
class Leaving:
    """What the page says before an account goes: the address, and why it cannot go, if it cannot."""

    email: str
    programs: tuple[str, ...]
    has_log: bool
    refusal: str | None


@dataclass(frozen=True, slots=True)
class Deletion:
    """The password of who deletes their account, and the network address they come from."""

    password: str = field(repr=False)
    address: str | None


def before_leaving(actor: Actor) -> Leaving:
    """What an actor is told before deleting their account."""
    with reading() as session:
        account, _, _ = store.account_of_person(session, actor.program_id, actor.person_id)
        people = _people(session, account)
        return Leaving(
            account.email,
            tuple(program.name for _, program in people),
            any(person.position == Position.STUDENT for person, _ in people),
            _refusal(session, people),
        )


def delete_account(actor: Actor, deletion: Deletion) -> None:
    """End an actor's sign-in in every program, for good; the people and what they did stay on record.

    Raises WrongCredentialsError, TooManyTriesError, and RefusedError for the last director of a program.
    """
    with reading() as session:
        account, _, _ = store.account_of_person(session, actor.program_id, actor.person_id)
        account_id, email, password_hash = account.id, account.email, account.password_hash
    tries = count_a_try(email, deletion.address)
    if not passwords.fits(password_hash, deletion.password):
        raise WrongCredentialsError("The password is not right.")
    with transaction() as session:
        account = session.get_one(Account, account_id, with_for_update=True)
        if account.password_hash != password_hash:
            raise WrongCredentialsError("The password is not right.")
        people = _people(session, account)
        for _, program in sorted(people, key=lambda each: each[1].id):
            session.get_one(Program, program.id, with_for_update=True)  # two directors do not leave at once
        if refusal := _refusal(session, people):
            raise RefusedError(refusal)
        store.forget_attempt(session, tries.address_attempt)
        _forget(session, account, email)
        for person, program in people:
            _leave(session, person)
            as_person = Actor(
                person.program_id, person.id, Position(person.position), person.name, program.timezone
            )
            about = person.id if person.position == Position.STUDENT else None
            trail.record(as_person, "account.delete", account_id, about=about)
        session.flush()
        session.execute(sa.delete(Account).where(Account.id == account_id))


def _people(session: Session, account: Account) -> Sequence[tuple[Person, Program]]:
    rows = session.execute(
        sa.select(Person, Program)
        .join(Program, Program.id == Person.program_id)
        .where(Person.account_id == account.id)
        .order_by(Program.created_at, Program.id)
    )
    return [(row[0], row[1]) for row in rows]


def _refusal(session: Session, people: Sequence[tuple[Person, Program]]) -> str | None:
    for person, program in people:
        if person.position == Position.DIRECTOR and person.active and not _other_director(session, person):
            return LAST_DIRECTOR.format(program.name)
    return None


def _other_director(session: Session, person: Person) -> bool:
    """Whether another director of the program can sign in."""
    other: uuid.UUID | None = session.scalar(
        sa.select(Person.id)
        .join(Account, Account.id == Person.account_id)
        .where(
            Person.program_id == person.program_id,
            Person.id != person.id,
            Person.position == Position.DIRECTOR,
            Person.active,
            Account.password_hash.is_not(None),
        )
        .limit(1)
    )
    return other is not None


def _forget(session: Session, account: Account, email: str) -> None:
    store.revoke_sessions(session, account=account.id)
    store.drop_links(session, account.id)
    store.forget_tries_of(session, email)


def _leave(session: Session, person: Person) -> None:
    """End what was mailed or is to be; a reviewer who left is not offered to students any more."""
    lock_person(session, person.program_id, person.id)
    now = clock.now()
    for link in open_links(session, person.program_id, person.id):
        link.ended_at, link.ended_why = now, LinkEnd.REVOKED
    waiting = session.scalars(
        sa.select(OutgoingMail).where(
            OutgoingMail.program_id == person.program_id,
            OutgoingMail.person_id == person.id,
            OutgoingMail.outcome.is_(None),
        )
    )
    for mail in waiting:
        mail.ended_at, mail.outcome, mail.last_error = now, Outcome.DROPPED, "The account was deleted."
        mail.claimed_until = None
    person.account_id = None
    if person.position != Position.STUDENT:
        person.active = False
