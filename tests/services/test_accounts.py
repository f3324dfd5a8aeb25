"""Accounts: sessions, tries that are counted, and the way passwords are kept."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask

from caselog.extensions import db
from caselog.services import accounts, passwords
from caselog.services.accounts import Credentials, SignedIn, TooManyTriesError, WrongCredentialsError
from caselog.services.actor import NotFoundError, RefusedError
from caselog.store.accounts import Account, PasswordLink, SignInAttempt, SignInSession, revoke_sessions
from caselog.store.people import Person
from caselog.store.session import reading, transaction
from tests.support.cast import Cast, Member
from tests.support.clock import TestClock

pytestmark = pytest.mark.usefixtures("app_context")

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
NEW = "seven quiet pumps at dawn"


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", QUICK)


def sign_in(
    member: Member = Cast.student, password: str = Cast.password, address: str = "203.0.113.1"
) -> SignedIn:
    return accounts.sign_in(Credentials(member.email, password, address))


def fail(email: str = Cast.student.email, address: str | None = "203.0.113.1") -> None:
    with pytest.raises(WrongCredentialsError):
        accounts.sign_in(Credentials(email, "a wrong one", address))


def count(table: type[SignInSession | SignInAttempt | PasswordLink]) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def password_hash(member: Member = Cast.student) -> str:
    with reading() as session:
        found = session.get_one(Account, member.account_id).password_hash
    assert found is not None
    return found


def test_a_session_stands_for_the_person_as_they_are_now(cast: Cast) -> None:
    signed_in = sign_in(cast.director)
    assert signed_in.actor == cast.director.actor
    with transaction() as session:
        session.execute(sa.update(Person).where(Person.id == cast.director.id).values(name="Renamed Director"))
    resumed = accounts.resume(signed_in.token)
    assert resumed is not None
    assert resumed.actor.name == "Renamed Director"
    assert accounts.resume("made up") is None


def test_tries_that_race_in_parallel_are_all_counted(app: Flask) -> None:
    racers = 12
    start = Barrier(racers)

    def race(_turn: int) -> str:
        with app.app_context():
            start.wait()
            try:
                accounts.sign_in(Credentials(Cast.student.email, "a wrong one", "203.0.113.1"))
            except RefusedError as error:
                return type(error).__name__
            finally:
                db.session.remove()
        return "signed in"

    with ThreadPoolExecutor(racers) as pool:
        answers = list(pool.map(race, range(racers)))
    assert answers.count("WrongCredentialsError") == 5
    assert answers.count("TooManyTriesError") == racers - 5


def test_the_right_password_is_refused_too_while_an_account_is_locked() -> None:
    for _ in range(5):
        fail()
    with pytest.raises(TooManyTriesError, match=r"Wait 15 minutes, then try again\.") as refused:
        sign_in()
    assert 890 < refused.value.wait <= 900


def test_the_wait_is_until_the_oldest_try_is_forgotten(clock: TestClock) -> None:
    for _ in range(5):
        fail()
        clock.advance(minutes=3)
    clock.advance(seconds=-60)
    with pytest.raises(TooManyTriesError, match="Wait a minute"):
        sign_in()
    clock.advance(seconds=60)
    sign_in()


def test_a_refused_try_does_not_lengthen_the_wait(clock: TestClock) -> None:
    for _ in range(5):
        fail()
    for _ in range(14):
        clock.advance(minutes=1)
        with pytest.raises(TooManyTriesError):
            sign_in()
    clock.advance(minutes=1)
    sign_in()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.1", "203.0.113.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.1", "203.0.113.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        (None, "@", True),
    ],
)
def test_an_ipv6_network_counts_as_one_address(one: str | None, other: str, same: bool) -> None:
    for turn in range(30):
        fail(f"{turn}@north.example", one)
    if same:
        with pytest.raises(TooManyTriesError):
            sign_in(address=other)
    else:
        sign_in(address=other)


def test_an_unknown_account_costs_as_much_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Counting:
        verified: list[str]

        def hash(self, password: str) -> str:
            return QUICK.hash(password)

        def verify(self, known: str, password: str) -> bool:
            self.verified.append(known)
            return QUICK.verify(known, password)

    counting = Counting()
    monkeypatch.setattr(passwords, "HASHER", counting)
    for email in (Cast.student.email, "nobody@north.example"):
        counting.verified = []
        fail(email)
        assert [known[:9] for known in counting.verified] == ["$argon2id"]


def test_no_transaction_is_open_while_a_password_is_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    class Watching:
        def __getattr__(self, name: str) -> object:
            seen.append(db.session().in_transaction())
            return getattr(QUICK, name)

    monkeypatch.setattr(passwords, "HASHER", Watching())
    signed_in = sign_in()
    change = accounts.PasswordChange(Cast.password, NEW, None)
    accounts.change_password(signed_in.actor, change)
    accounts.set_password(accounts.issue_password_link(Cast.student.email), NEW)
    assert len(seen) >= 5
    assert not any(seen)


def test_a_password_kept_with_older_parameters_is_kept_anew_at_the_next_sign_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = password_hash()
    sign_in()
    assert password_hash() == before
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    sign_in()
    assert "m=16,t=2,p=1" in password_hash()
    sign_in()


def test_passwords_are_kept_with_argon2id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert passwords.hashed(NEW).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_letter_with_an_accent_is_the_same_from_every_keyboard() -> None:
    accounts.set_password(accounts.issue_password_link(Cast.student.email), "caf\u00e9 au lait noir")
    sign_in(password="cafe\u0301 au lait noir")


def test_a_password_that_changed_while_it_was_looked_at_does_not_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    link = accounts.issue_password_link(Cast.student.email)

    def change_first(known: str | None, password: str) -> bool:
        monkeypatch.undo()
        monkeypatch.setattr(passwords, "HASHER", QUICK)
        accounts.set_password(link, NEW)
        return passwords.fits(known, password)

    monkeypatch.setattr(passwords, "fits", change_first)
    with pytest.raises(WrongCredentialsError):
        sign_in()
    assert count(SignInSession) == 0


def test_a_sign_in_that_races_with_a_change_of_password_leaves_no_session(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = accounts.issue_password_link(Cast.student.email)
    begin = accounts._begin
    changed = Event()

    def change() -> None:
        with app.app_context():
            accounts.set_password(link, NEW)
            db.session.remove()
        changed.set()

    def begin_late(*arguments: Any) -> SignedIn:
        thread.start()
        changed.wait(0.5)  # in vain: the change waits for us
        return begin(*arguments)

    thread = Thread(target=change)
    monkeypatch.setattr(accounts, "_begin", begin_late)
    signed_in = sign_in()
    thread.join()
    assert accounts.resume(signed_in.token) is None


def test_a_weak_password_is_refused_whoever_asks() -> None:
    link = accounts.issue_password_link(Cast.student.email)
    with pytest.raises(RefusedError, match="at least 12 characters"):
        accounts.set_password(link, "short")
    accounts.email_of_link(link)


def test_a_link_needs_an_account() -> None:
    with pytest.raises(NotFoundError):
        accounts.issue_password_link("nobody@north.example")


def test_sessions_are_revoked_by_person_and_by_account() -> None:
    mine, theirs = sign_in(Cast.student), sign_in(Cast.director)
    with transaction() as session:
        revoke_sessions(session, person=session.get_one(Person, (Cast.program.id, Cast.student.id)))
    assert accounts.resume(mine.token) is None
    assert accounts.resume(theirs.token) is not None
    with transaction() as session:
        revoke_sessions(session, account=Cast.director.account_id)
    assert accounts.resume(theirs.token) is None


def test_signing_in_clears_away_what_is_over(clock: TestClock) -> None:
    sign_in()
    accounts.issue_password_link(Cast.student.email)
    fail()
    clock.advance(hours=73)
    sign_in()
    assert (count(SignInSession), count(PasswordLink), count(SignInAttempt)) == (1, 0, 0)


def test_what_is_secret_does_not_show_in_a_traceback() -> None:
    signed_in = sign_in()
    assert signed_in.token not in repr(signed_in)
    assert Cast.password not in repr(Credentials("a@b.example", Cast.password, None))
    assert Cast.password not in repr(accounts.PasswordChange(Cast.password, NEW, None))
