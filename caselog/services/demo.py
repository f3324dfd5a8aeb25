"""Setting up the demo program, once, and giving its sign-ins a password."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from caselog.domain.codes import Position
from caselog.services import demo_data as data
from caselog.services import passwords, trail
from caselog.services.actor import NotFoundError, Operator, RefusedError
from caselog.services.demo_program import email_of, insert_demo
from caselog.store.accounts import Account, drop_links, revoke_sessions
from caselog.store.people import Person
from caselog.store.programs import Program
from caselog.store.session import reading, transaction


@dataclass(frozen=True, slots=True)
class SignIn:
    email: str
    name: str
    position: Position


@dataclass(frozen=True, slots=True)
class SignIns:
    """Who can sign in to the demo program; `fresh` says whether it was set up just now."""

    program: str
    people: tuple[SignIn, ...]
    fresh: bool


def seed_demo(password: str) -> SignIns:
    """Set up the demo program, unless it is there: then it stays as it is, its passwords included.

    Raises RefusedError when another program has its code.
    """
    password_hash = passwords.hashed(password)
    with transaction() as session:
        found = session.scalar(sa.select(Program).where(Program.code == data.PROGRAM_CODE))
        if found is None:
            insert_demo(session, password_hash)
        elif not found.is_demo:
            raise RefusedError(
                f"There is a program “{data.PROGRAM_CODE}” already that is not the demo program; rename it first."
            )
        return SignIns(data.PROGRAM_NAME, tuple(_sign_ins()), fresh=found is None)


def keep_demo_password(password: str) -> None:
    """Give the demo sign-ins this password, unless it is theirs already: then their sessions go on."""
    with reading() as session:
        wanted = [each.email for each in _sign_ins()]
        hashes = session.scalars(sa.select(Account.password_hash).where(Account.email.in_(wanted))).all()
    if not all(passwords.fits(each, password) for each in hashes):
        set_demo_password(password)


def set_demo_password(password: str) -> None:
    """Give the demo sign-ins this password and end their sessions. Raises NotFoundError without a demo program."""
    password_hash = passwords.hashed(password)
    with transaction() as session:
        program = session.scalar(sa.select(Program).where(Program.code == data.PROGRAM_CODE, Program.is_demo))
        if program is None:
            raise NotFoundError
        accounts = session.scalars(
            sa.select(Account)
            .join(Person, Person.account_id == Account.id)
            .where(Person.program_id == program.id, Account.email.in_([each.email for each in _sign_ins()]))
        )
        for account in accounts:
            account.password_hash = password_hash
            drop_links(session, account.id)
            revoke_sessions(session, account=account.id)
        trail.record(Operator(program.id, program.timezone), "demo.set_password", program.id)


def _sign_ins() -> Iterator[SignIn]:
    for name, position in data.SIGN_INS.items():
        yield SignIn(email_of(name), name, position)
