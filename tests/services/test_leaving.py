"""Deleting an account: the sign-in is gone, what was certified stands, and the trail is whole."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from caselog import clock
from caselog.domain.codes import Position
from caselog.services import accounts, audit, leaving, people
from caselog.services.accounts import Credentials, TooManyTriesError, WrongCredentialsError
from caselog.services.actor import NotFoundError, RefusedError
from caselog.services.leaving import Deletion, before_leaving, delete_account
from caselog.services.people import PersonDetails
from caselog.store.accounts import Account, PasswordLink, SignInAttempt, SignInSession
from caselog.store.api_tokens import ApiToken
from caselog.store.audit import AuditEntry
from caselog.store.cases import LoggedCase
from caselog.store.links import ReviewLink
from caselog.store.mail import OutgoingMail
from caselog.store.people import Person
from caselog.store.session import reading, transaction
from tests.support.cast import Cast, Member
from tests.support.log import put_case
from tests.support.mail import make_link, put_mail
from tests.support.record import OPERATOR, archived, as_json

pytestmark = pytest.mark.usefixtures("app_context")
RIGHT = Deletion(Cast.password, "192.0.2.1")


def sign_in(member: Member, password: str = Cast.password) -> accounts.SignedIn:
    return accounts.sign_in(Credentials(member.email, password, "192.0.2.1"))


def count(table: type, *conditions: sa.ColumnElement[bool]) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0


def test_the_sign_in_is_gone_and_the_log_stands() -> None:
    with transaction() as session:
        put_case(session, status="submitted")
    signed_in = sign_in(Cast.student)
    accounts.issue_password_link(Cast.student.email)
    with transaction() as session:
        session.add(
            ApiToken(
                program_id=Cast.program.id, id=uuid.uuid4(), person_id=Cast.student.id, name="phone", scopes=(),
                token_hash="0", created_at=clock.now(), expires_at=clock.now() + timedelta(days=1),
            )
        )  # fmt: skip
    assert before_leaving(Cast.student.actor).has_log
    delete_account(Cast.student.actor, RIGHT)
    assert accounts.resume(signed_in.token) is None
    with pytest.raises(WrongCredentialsError):
        sign_in(Cast.student)
    with pytest.raises(NotFoundError):
        accounts.issue_password_link(Cast.student.email)
    assert count(Account, Account.email == Cast.student.email) == 0
    assert count(SignInSession) == count(PasswordLink) == count(ApiToken) == 0
    assert count(LoggedCase) == 1
    with reading() as session:
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "account.delete")).one()
        assert (entry.actor_id, entry.about_id) == (Cast.student.id, Cast.student.id)
    assert audit.verify(OPERATOR).breaks[:1] == ()
    assert len(as_json(archived(Cast.director.actor))["cases"]) == 1


def test_a_director_invites_the_same_person_again() -> None:
    with transaction() as session:
        uid = put_case(session, status="draft")
    delete_account(Cast.student.actor, RIGHT)
    listed = {each.person.id: each for each in people.people(Cast.director.actor)}
    assert not listed[Cast.student.id].can_sign_in
    accounts.set_password(
        people.new_password_link(Cast.director.actor, Cast.student.id), "another long pass phrase"
    )
    again = sign_in(Cast.student, "another long pass phrase")
    assert again.actor == Cast.student.actor
    assert count(LoggedCase, LoggedCase.case_uid == uid, LoggedCase.student_id == again.actor.person_id) == 1
    assert audit.verify(OPERATOR).breaks == ()


def test_a_preceptor_who_leaves_gets_no_mail_and_is_not_offered_any_more() -> None:
    with transaction() as session:
        put_case(session, status="submitted")
    make_link(Cast.preceptor)
    put_mail(Cast.preceptor)
    put_mail(Cast.preceptor, outcome="sent")
    delete_account(Cast.preceptor.actor, RIGHT)
    assert count(ReviewLink, ReviewLink.ended_at.is_(None)) == 0
    with reading() as session:
        assert sorted(map(str, session.scalars(sa.select(OutgoingMail.outcome)))) == ["dropped", "sent"]
        assert not session.get_one(Person, (Cast.program.id, Cast.preceptor.id)).active
    with pytest.raises(RefusedError, match="activate them first"):
        people.new_password_link(Cast.director.actor, Cast.preceptor.id)
    details = people.person_details(Cast.director.actor, Cast.preceptor.id)
    people.change_person(Cast.director.actor, Cast.preceptor.id, replace(details, active=True))
    assert people.new_password_link(Cast.director.actor, Cast.preceptor.id)


def test_the_last_director_is_refused_until_another_one_can_sign_in() -> None:
    assert "only director of North Perfusion Program" in str(before_leaving(Cast.director.actor).refusal)
    with pytest.raises(RefusedError, match="Make another person a director first"):
        delete_account(Cast.director.actor, RIGHT)
    email = "second.director@north.example"
    people.add_person(
        Cast.director.actor, PersonDetails(name="Second Director", email=email, position=Position.DIRECTOR)
    )
    assert before_leaving(Cast.director.actor).refusal  # who has no password yet cannot keep the program open
    accounts.set_password(accounts.issue_password_link(email), "another long pass phrase")
    assert before_leaving(Cast.director.actor).refusal is None
    delete_account(Cast.director.actor, RIGHT)
    assert count(Account, Account.email == Cast.director.email) == 0


def test_a_wrong_password_deletes_nothing_and_is_counted() -> None:
    for _ in range(accounts.ACCOUNT_TRIES):
        with pytest.raises(WrongCredentialsError):
            delete_account(Cast.student.actor, Deletion("not the one", "192.0.2.1"))
    with pytest.raises(TooManyTriesError):
        delete_account(Cast.student.actor, RIGHT)
    assert count(Account, Account.email == Cast.student.email) == 1
    assert count(SignInAttempt) == 2 * accounts.ACCOUNT_TRIES


def test_nothing_that_names_the_account_is_left() -> None:
    sign_in(Cast.student)
    delete_account(Cast.student.actor, RIGHT)
    assert leaving.before_leaving(Cast.director.actor).email == Cast.director.email
    assert count(SignInAttempt) == 0
    assert count(Person, Person.account_id == Cast.student.account_id) == 0
