"""Signing in and out, sessions, passwords and the one-time links that set them.

Failed sign-ins are counted before the password is looked at, so that tries that race in parallel are all
counted; a sign-in that succeeds takes its own counts back.
"""

import ipaddress
import math
import secrets
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.codes import Position
from caselog.domain.passwords import weakness
from caselog.services import passwords, trail
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.store import accounts as store
from caselog.store.accounts import Account, SignInAttempt, SignInSession
from caselog.store.people import Person
from caselog.store.programs import Program
from caselog.store.session import reading, transaction

ACCOUNT_TRIES = 5  # failed within the window, per account
ADDRESS_TRIES = 30  # per network address


class WrongCredentialsError(RefusedError):
    """What was given does not open the account, whatever the reason: the reasons are not told apart."""


class TooManyTriesError(RefusedError):
    """Too many tries failed; `wait` is in seconds."""

    def __init__(self, wait: int) -> None:
        minutes = math.ceil(wait / 60)
        span = "a minute" if minutes == 1 else f"{minutes} minutes"
        super().__init__(f"Too many tries. Wait {span}, then try again.")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody who signs in gives, and the network address they come from."""

    email: str
    password: str = field(repr=False)
    address: str | None


@dataclass(frozen=True, slots=True)
class PasswordChange:
    current: str = field(repr=False)
    new: str = field(repr=False)
    address: str | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session in use: its token, which only the browser keeps, and who it stands for."""

    token: str = field(repr=False)
    actor: Actor
    in_demo: bool


@dataclass(frozen=True, slots=True)
class AccountView:
    name: str
    email: str
    program: str
    position: str


def normal_email(text: str) -> str:
    """The form in which an e-mail address is stored and compared."""
    return text.strip().lower()


def sign_in(credentials: Credentials, replaced: str | None = None) -> SignedIn:
    """Begin a session; `replaced` is the token of the one that the browser had.

    Raises WrongCredentialsError or TooManyTriesError.
    """
    email = normal_email(credentials.email)
    tries = count_a_try(email, credentials.address)
    with reading() as session:
        account = store.account_of(session, email)
        found = (account.id, account.password_hash) if account else None
    password_hash = found[1] if found else None
    right = passwords.fits(password_hash, credentials.password)
    if not right or found is None or password_hash is None:
        raise WrongCredentialsError("E-mail or password is not right.")
    renewed = passwords.hashed(credentials.password) if passwords.outdated(password_hash) else password_hash
    with transaction() as session:
        account = session.get_one(Account, found[0], with_for_update=True)
        people = store.people_who_sign_in(session, account.id)
        if account.password_hash != password_hash or not people:
            raise WrongCredentialsError("E-mail or password is not right.")
        account.password_hash = renewed
        if replaced:
            store.end_session(session, store.digest(replaced))
        _forgive(session, tries)
        signed_in = _begin(session, account, *people[0])
        trail.record(signed_in.actor, "account.sign_in", account.id)
        store.purge(session, clock.now())
    return signed_in


def resume(token: str) -> SignedIn | None:
    """Who a token stands for, if its session has not ended. Notes at most once a minute that it was seen."""
    now = clock.now()
    token_hash = store.digest(token)
    with reading() as session:
        found = store.live_session(session, token_hash, now)
        if found is None:
            return None
        stale = found[0].last_seen_at <= now - store.SESSION_TOUCH
        signed_in = _signed_in(token, *found[1:])
    if stale:
        with suppress(OperationalError), transaction() as session:  # a page is not lost because a note is
            store.touch_session(session, token_hash, now)
    return signed_in


def sign_out(signed_in: SignedIn) -> None:
    with transaction() as session:
        store.end_session(session, store.digest(signed_in.token))
        trail.record(signed_in.actor, "account.sign_out", signed_in.actor.person_id)


def view_account(actor: Actor) -> AccountView:
    with reading() as session:
        account, person, program = store.account_of_person(session, actor.program_id, actor.person_id)
        return AccountView(person.name, account.email, program.name, person.position)


def change_password(actor: Actor, change: PasswordChange) -> SignedIn:
    """Set another password and end every session of the account; the caller gets a fresh one.

    Raises WrongCredentialsError, TooManyTriesError, or RefusedError for a weak password.
    """
    with reading() as session:
        account, _, _ = store.account_of_person(session, actor.program_id, actor.person_id)
        account_id, email, password_hash = account.id, account.email, account.password_hash
    _refuse_weak(change.new, email)
    tries = count_a_try(email, change.address)
    if not passwords.fits(password_hash, change.current):
        raise WrongCredentialsError("The current password is not right.")
    renewed = passwords.hashed(change.new)
    with transaction() as session:
        account = session.get_one(Account, account_id, with_for_update=True)
        if account.password_hash != password_hash:
            raise WrongCredentialsError("The current password is not right.")
        _, person, program = store.account_of_person(session, actor.program_id, actor.person_id)
        _replace_password(session, account, renewed)
        _forgive(session, tries)
        trail.record(actor, "account.change_password", account.id)
        return _begin(session, account, person, program)


def issue_password_link(email: str) -> str:
    """A token for /set-password/<token>, good once and for 72 hours; earlier links of the account end.

    Raises NotFoundError when no account has this address.
    """
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        account = store.account_of(session, normal_email(email))
        if account is None:
            raise NotFoundError
        store.replace_link(session, account.id, store.digest(token), clock.now())
    return token


def email_of_link(token: str) -> str:
    """The account whose password the link may set. Raises NotFoundError when it was used, replaced or expired."""
    with reading() as session:
        account = store.account_of_link(session, store.digest(token), clock.now())
        if account is None:
            raise NotFoundError
        return account.email


def set_password(token: str, password: str) -> None:
    """Set the password that a one-time link allows to set, use the link up and end every session of the account.

    Raises NotFoundError for a link that is no longer good, RefusedError for a weak password.
    """
    _refuse_weak(password, email_of_link(token))
    password_hash = passwords.hashed(password)
    with transaction() as session:
        account = store.account_of_link(session, store.digest(token), clock.now(), lock=True)
        if account is None:
            raise NotFoundError
        _replace_password(session, account, password_hash)
        store.forget_tries_of(session, account.email)
        for person, program in store.people_who_sign_in(session, account.id):
            trail.record(_actor(person, program), "account.set_password", account.id)


def _begin(session: Session, account: Account, person: Person, program: Program) -> SignedIn:
    token = secrets.token_urlsafe(32)
    now = clock.now()
    session.add(
        SignInSession(
            token_hash=store.digest(token),
            account_id=account.id,
            program_id=person.program_id,
            person_id=person.id,
            created_at=now,
            last_seen_at=now,
        )
    )
    return _signed_in(token, person, program)


def _signed_in(token: str, person: Person, program: Program) -> SignedIn:
    return SignedIn(token, _actor(person, program), program.is_demo)


def _actor(person: Person, program: Program) -> Actor:
    return Actor(
        person.program_id,
        person.id,
        Position(person.position),
        person.name,
        program.timezone,
        active=person.active,
    )


def _replace_password(session: Session, account: Account, password_hash: str) -> None:
    account.password_hash = password_hash
    store.drop_links(session, account.id)
    store.revoke_sessions(session, account=account.id)


def _refuse_weak(password: str, email: str) -> None:
    if message := weakness(password, email):
        raise RefusedError(message)


@dataclass(frozen=True, slots=True)
class Tries:
    """What one try was counted under, to take back if it succeeds."""

    account_subject: str
    address_attempt: uuid.UUID


def count_a_try(email: str, address: str | None) -> Tries:
    """Count a try as failed before it is made. Raises TooManyTriesError, and then counts nothing."""
    now = clock.now()
    limits = {store.account_subject(email): ACCOUNT_TRIES, address_subject(address): ADDRESS_TRIES}
    with transaction() as session:
        store.queue_up(session, limits)
        waits = [wait_of(session, subject, limit, now) for subject, limit in limits.items()]
        if any(waits):
            raise TooManyTriesError(max(waits))
        on_account, on_address = (SignInAttempt(id=uuid.uuid4(), subject=subject, at=now) for subject in limits)
        session.add_all([on_account, on_address])
        tries = Tries(on_account.subject, on_address.id)
        session.flush()
        store.purge(session, now)
    return tries


def wait_of(session: Session, subject: str, limit: int, now: datetime) -> int:
    """Seconds until the subject may try again; 0 when it may now."""
    oldest = store.nth_latest_attempt(session, subject, limit, now)
    return max(1, math.ceil((oldest + store.ATTEMPT_WINDOW - now).total_seconds())) if oldest else 0


def _forgive(session: Session, tries: Tries) -> None:
    store.forget_attempts(session, tries.account_subject)
    store.forget_attempt(session, tries.address_attempt)


def address_subject(address: str | None, what: str = "address") -> str:
    """One subject for an IPv4 address or for the /64 network that an IPv6 subscriber has to themselves.

    `what` keeps apart what is counted for other reasons than signing in.
    """
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return store.digest(f"{what} unknown")
    if isinstance(ip, ipaddress.IPv6Address):
        return store.digest(f"{what} {ip.ipv4_mapped or int(ip) >> 64}")
    return store.digest(f"{what} {ip}")
