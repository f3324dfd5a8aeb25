"""People of a program: added once, changed by their director, signed out when that must be."""

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.codes import Position
from caselog.extensions import db
from caselog.services import accounts, people
from caselog.services.accounts import Credentials
from caselog.services.actor import NotFoundError, RefusedError
from caselog.services.people import AttestedDocument, PersonDetails, StudentDetails
from caselog.store.accounts import Account
from caselog.store.people import Attestation, Person, PreceptorSite
from caselog.store.session import transaction
from tests.support.cast import GRADUATES_ON, STARTS_ON, Cast
from tests.support.trail import actions

PASSWORD = "seven quiet pumps at dawn"
NEW = PersonDetails(
    name="Nora Newcomer", email="Nora@North.example", position=Position.PRECEPTOR, sites=frozenset({"harbor"})
)
NEW_STUDENT = PersonDetails(
    name="Stan Newcomer",
    email="stan@north.example",
    position=Position.STUDENT,
    student=StudentDetails(cohort="Class of 2027", program_start=STARTS_ON, enrolled=False),
)


def signed_in(who: str) -> accounts.SignedIn:
    member = Cast().member(who)
    return accounts.sign_in(Credentials(member.email, Cast.password, "203.0.113.7"))


def trail() -> list[str]:
    return actions()


def test_a_person_is_added_with_an_account_that_has_no_password_yet(app_context: Flask, cast: Cast) -> None:
    for details in (NEW, NEW_STUDENT):
        uid = people.add_person(cast.director.actor, details)
        assert people.person_details(cast.director.actor, uid) == replace(details, email=details.email.lower())
    account = db.session.scalars(sa.select(Account).where(Account.email == "nora@north.example")).one()
    assert account.password_hash is None
    assert trail() == ["person.add", "person.add"]


def test_the_list_shows_everybody_of_the_program_and_nobody_else(app_context: Flask, cast: Cast) -> None:
    people.add_person(cast.director.actor, NEW)
    listed = people.people(cast.director.actor)
    assert [(each.person.name, each.cohort, each.sites, each.can_sign_in) for each in listed] == [
        ("Dana Director", None, (), True),
        ("Nora Newcomer", None, ("harbor",), False),
        ("Pat Preceptor", None, ("harbor",), True),
        ("Quinn Preceptor", None, ("hill",), True),
        ("Ann Student", "Class of 2027", (), True),
        ("Ben Student", "Class of 2027", (), True),
    ]
    assert {each.person.program_id for each in people.people(cast.outsider_director.actor)} == {
        cast.outsider_program.id
    }


def test_one_address_belongs_to_one_person_of_one_program(app_context: Flask, cast: Cast) -> None:
    for taken in (cast.student.email.upper(), cast.outsider_student.email):
        with pytest.raises(RefusedError, match="has an account already"):
            people.add_person(cast.director.actor, replace(NEW, email=taken))
        with pytest.raises(RefusedError, match="belongs to somebody else"):
            people.change_person(cast.director.actor, cast.preceptor.id, replace(NEW, email=taken))
    assert trail() == []


def test_a_cohort_or_site_that_the_program_does_not_have_is_refused_and_nothing_is_kept(
    app_context: Flask, cast: Cast
) -> None:
    assert NEW_STUDENT.student
    strangers = (
        (replace(NEW, sites=frozenset({"harbor", "valley"})), "There is no site “valley”; add it first."),
        (
            replace(NEW_STUDENT, student=replace(NEW_STUDENT.student, cohort="Class of 1999")),
            "There is no cohort “Class of 1999”; add it first.",
        ),
    )
    for details, message in strangers:
        with pytest.raises(RefusedError) as refused:
            people.add_person(cast.director.actor, details)
        assert str(refused.value) == message
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == len(cast.members)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Account)) == len(cast.members)


def test_a_person_is_changed_with_their_address_sites_and_dates(app_context: Flask, cast: Cast) -> None:
    preceptor = replace(NEW, email="pat.new@north.example", sites=frozenset({"harbor", "hill"}))
    people.change_person(cast.director.actor, cast.preceptor.id, preceptor)
    assert people.person_details(cast.director.actor, cast.preceptor.id) == preceptor
    assert db.session.get_one(Account, cast.preceptor.account_id).email == "pat.new@north.example"
    student = replace(
        NEW_STUDENT,
        student=StudentDetails(
            cohort="Class of 2027", program_start=STARTS_ON, expected_graduation=GRADUATES_ON,
            graduated_on=STARTS_ON + timedelta(days=600), certified_on=STARTS_ON + timedelta(days=700),
        ),
    )  # fmt: skip
    people.change_person(cast.director.actor, cast.student.id, student)
    assert people.person_details(cast.director.actor, cast.student.id) == student
    assert trail() == ["person.change", "person.change"]


def test_who_is_deactivated_or_gets_another_position_or_address_is_signed_out(
    app_context: Flask, cast: Cast
) -> None:
    now = people.person_details(cast.director.actor, cast.preceptor.id)
    changes = (
        (replace(now, name="Pat P. Preceptor", sites=frozenset({"hill"})), True),
        (replace(now, position=Position.DIRECTOR), False),
        (replace(now, email="pat2@north.example", position=Position.DIRECTOR), False),
        (replace(now, active=False), False),
    )
    for details, stays in changes:
        people.change_person(cast.director.actor, cast.preceptor.id, now)
        token = signed_in("preceptor").token
        people.change_person(cast.director.actor, cast.preceptor.id, details)
        assert (accounts.resume(token) is not None) == stays, details


def test_who_is_deactivated_cannot_sign_in_until_they_are_activated_again(app_context: Flask, cast: Cast) -> None:
    now = people.person_details(cast.director.actor, cast.preceptor.id)
    people.change_person(cast.director.actor, cast.preceptor.id, replace(now, active=False))
    with pytest.raises(accounts.WrongCredentialsError):
        signed_in("preceptor")
    with pytest.raises(RefusedError, match="Pat Preceptor is deactivated; activate them first"):
        people.new_password_link(cast.director.actor, cast.preceptor.id)
    people.change_person(cast.director.actor, cast.preceptor.id, now)
    assert signed_in("preceptor").actor == cast.preceptor.actor


def test_a_student_who_is_deactivated_signs_in_all_the_same_and_gets_a_link(
    app_context: Flask, cast: Cast
) -> None:
    now = people.person_details(cast.director.actor, cast.student.id)
    people.change_person(cast.director.actor, cast.student.id, replace(now, active=False))
    assert signed_in("student").actor == replace(cast.student.actor, active=False)
    assert people.new_password_link(cast.director.actor, cast.student.id)


def test_a_student_stays_a_student_and_nobody_else_becomes_one(app_context: Flask, cast: Cast) -> None:
    ann = people.person_details(cast.director.actor, cast.student.id)
    pat = people.person_details(cast.director.actor, cast.preceptor.id)
    for uid, details in (
        (cast.student.id, replace(ann, position=Position.DIRECTOR, student=None)),
        (cast.preceptor.id, replace(pat, position=Position.STUDENT, student=ann.student)),
    ):
        with pytest.raises(RefusedError, match="A student stays a student"):
            people.change_person(cast.director.actor, uid, details)
    assert people.person_details(cast.director.actor, cast.student.id) == ann
    assert people.person_details(cast.director.actor, cast.preceptor.id) == pat


def test_a_director_does_not_shut_themselves_out(app_context: Flask, cast: Cast) -> None:
    me = people.person_details(cast.director.actor, cast.director.id)
    for details in (replace(me, active=False), replace(me, position=Position.PRECEPTOR)):
        with pytest.raises(RefusedError, match="ask another director"):
            people.change_person(cast.director.actor, cast.director.id, details)
    assert people.person_details(cast.director.actor, cast.director.id) == me


def test_people_of_another_program_are_not_there(app_context: Flask, cast: Cast) -> None:
    for uid in (cast.outsider_preceptor.id, cast.outsider_student.id, uuid.uuid4()):
        for act in (people.person_details, people.new_password_link, people.student_name):
            with pytest.raises(NotFoundError):
                act(cast.director.actor, uid)
        with pytest.raises(NotFoundError):
            people.change_person(cast.director.actor, uid, NEW)
    assert trail() == []


def test_a_link_lets_a_new_person_choose_a_password_once_and_sign_in(app_context: Flask, cast: Cast) -> None:
    uid = people.add_person(cast.director.actor, NEW)
    old = people.new_password_link(cast.director.actor, uid)
    token = people.new_password_link(cast.director.actor, uid)
    assert accounts.email_of_link(token) == "nora@north.example"
    accounts.set_password(token, PASSWORD)
    for spent in (old, token):
        with pytest.raises(NotFoundError):
            accounts.set_password(spent, PASSWORD)
    begun = accounts.sign_in(Credentials("nora@north.example", PASSWORD, None))
    assert (begun.actor.person_id, begun.actor.position) == (uid, Position.PRECEPTOR)
    assert people.people(cast.director.actor)[1].can_sign_in


def test_a_document_may_be_signed_again_and_a_second_record_of_a_day_replaces_the_first(
    app_context: Flask, cast: Cast
) -> None:
    for by, on in (("registrar", date(2026, 9, 1)), ("dean", date(2026, 11, 21)), ("provost", date(2026, 9, 1))):
        people.attest(cast.director.actor, cast.student.id, AttestedDocument("progress-report", by, on))
    rows = db.session.scalars(sa.select(Attestation).order_by(Attestation.on)).all()
    assert [(row.by, row.on, row.recorded_by, row.student_id) for row in rows] == [
        ("provost", date(2026, 9, 1), cast.director.id, cast.student.id),
        ("dean", date(2026, 11, 21), cast.director.id, cast.student.id),
    ]
    assert trail() == ["attestation.record"] * 3


def test_a_document_is_not_put_on_file_in_the_future_nor_for_a_stranger(app_context: Flask, cast: Cast) -> None:
    tomorrow = AttestedDocument("transcript", "registrar", date(2026, 11, 22))
    with pytest.raises(RefusedError, match="2026-11-22 is in the future"):
        people.attest(cast.director.actor, cast.student.id, tomorrow)
    for uid in (cast.outsider_student.id, cast.preceptor.id, uuid.uuid4()):
        with pytest.raises(NotFoundError):
            people.attest(cast.director.actor, uid, replace(tomorrow, on=date(2026, 9, 1)))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Attestation)) == 0


def test_the_sites_of_a_student_are_none_even_if_somebody_names_some(app_context: Flask, cast: Cast) -> None:
    uid = people.add_person(cast.director.actor, replace(NEW, sites=frozenset()))
    with transaction() as session:
        assert not session.scalars(sa.select(PreceptorSite).where(PreceptorSite.person_id == uid)).all()
