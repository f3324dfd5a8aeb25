"""A link opens what it names, decides once, and dies in every way that it should."""

import base64
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from caselog.domain.settings import Settings
from caselog.services import links, people, review
from caselog.services.actor import NotFoundError, RefusedError
from caselog.services.kinds import ACTIVITIES, CASES, EntryKind
from caselog.services.links import Used
from caselog.services.review import Decision
from caselog.services.settings import change_settings
from caselog.store.accounts import digest
from caselog.store.cases import LoggedCase
from caselog.store.people import Person
from caselog.store.session import transaction
from tests.support.activities import put_activity
from tests.support.cast import Cast, Member
from tests.support.clock import TestClock
from tests.support.log import put_case, row_of
from tests.support.mail import link_rows, make_link
from tests.support.threads import at_once
from tests.support.trail import actions, acts

pytestmark = pytest.mark.usefixtures("app_context")

Chosen = tuple[EntryKind[Any], Decision]


def wait(number: int = 1, preceptor: Member = Cast.preceptor) -> list[uuid.UUID]:
    with transaction() as session:
        return [put_case(session, preceptor=preceptor, status="submitted") for _ in range(number)]


def confirm(*uids: uuid.UUID, version: int = 1) -> list[Chosen]:
    return [(CASES, Decision(uid, verified=True, comment="", version=version, role="primary")) for uid in uids]


def use(token: str, chosen: Sequence[Chosen]) -> Used:
    return links.use(token, chosen)


def is_dead(token: str) -> bool:
    try:
        links.open_link(token)
    except NotFoundError:
        return True
    return False


def change(member: Member = Cast.preceptor, **changes: object) -> None:
    with transaction() as session:
        row = session.get_one(Person, (member.program_id, member.id))
        for name, value in changes.items():
            setattr(row, name, value)


def change_case(uid: uuid.UUID, **changes: object) -> None:
    with transaction() as session:
        row = session.get_one(LoggedCase, (Cast.program.id, uid))
        for name, value in changes.items():
            setattr(row, name, value)


def status(app: Flask, uid: uuid.UUID) -> str:
    return row_of(app, uid).status


# Opening


def test_a_link_opens_what_waits_for_its_reviewer_and_nothing_else() -> None:
    mine = wait(2)
    wait(1, Cast.other_preceptor)
    with transaction() as session:
        put_case(session, status="verified")
        activity = put_activity(session, status="submitted")
    opened = links.open_link(make_link())
    assert {(each.kind, each.uid) for each in opened.entries} == {
        ("case", mine[0]), ("case", mine[1]), ("activity", activity),
    }  # fmt: skip
    assert (opened.actor, opened.program) == (replace(Cast.preceptor.actor, way="link"), Cast.program.name)


def test_opening_a_link_changes_nothing() -> None:
    wait()
    token = make_link()
    before = actions()
    for _ in range(3):
        links.open_link(token)
    assert actions() == before
    assert [row.ended_at for row in link_rows()] == [None]


def test_a_link_stays_dead_when_its_reviewer_gets_the_old_address_back() -> None:
    wait()
    token, director = make_link(), Cast.director.actor
    was = people.person_details(director, Cast.preceptor.id)
    for details in (replace(was, email="elsewhere@north.example"), was):
        people.change_person(director, Cast.preceptor.id, details)
    assert is_dead(token)
    assert [row.ended_why for row in link_rows()] == ["revoked"]


def test_a_token_is_long_and_only_its_hash_is_stored() -> None:
    wait()
    token = make_link()
    assert len(base64.urlsafe_b64decode(token + "=")) == 32
    (row,) = link_rows()
    assert row.token_hash == digest(token)
    assert token not in repr(vars(row))


def test_a_token_cannot_be_found_from_what_is_stored_without_the_secret_key(app: Flask) -> None:
    wait()
    token = make_link()
    (row,) = link_rows()
    assert links.token_of(row) == token
    app.config["SECRET_KEY"] = "another secret for tests, long enough to be accepted"
    assert links.token_of(row) != token


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "é", "../..", "\x00", "A" * 10_000])
def test_a_made_up_token_opens_nothing(token: str) -> None:
    wait()
    make_link()
    assert is_dead(token)
    with pytest.raises(NotFoundError):
        use(token, confirm(uuid.uuid4()))


# Using


def test_a_link_decides_as_its_reviewer_who_came_by_a_link(app: Flask) -> None:
    (uid,) = wait()
    used = use(make_link(), confirm(uid))
    assert [(outcome.uid, outcome.done) for outcome in used.outcomes] == [(uid, True)]
    assert (used.left, used.token) == (0, None)
    assert status(app, uid) == "verified"
    assert actions() == ["link.make", "link.use", "case.verify"]
    assert {(act.actor_id, act.way) for act in acts()[1:]} == {(Cast.preceptor.id, "link")}
    assert [row.ended_why for row in link_rows()] == ["used"]


def test_a_link_works_once() -> None:
    uids = wait(2)
    token = make_link()
    use(token, confirm(uids[0]))
    assert is_dead(token)
    with pytest.raises(NotFoundError):
        use(token, confirm(uids[1]))


def test_what_is_left_gets_a_fresh_link_that_is_good_no_longer(app: Flask, clock: TestClock) -> None:
    uids = wait(3)
    token = make_link()
    clock.advance(days=13)
    used = use(token, confirm(uids[0]))
    assert used.left == 2
    assert used.token
    first, second = link_rows()
    assert second.expires_at == first.expires_at
    assert {each.uid for each in links.open_link(used.token).entries} == set(uids[1:])
    last = use(used.token, confirm(*uids[1:]))
    assert (last.left, last.token) == (0, None)
    assert {status(app, uid) for uid in uids} == {"verified"}


def test_a_fresh_link_names_nothing_that_the_first_did_not() -> None:
    uids = wait(2)
    token = make_link()
    wait(1)
    used = use(token, confirm(uids[0]))
    assert used.left == 1


def test_a_link_decides_only_what_it_names(app: Flask) -> None:
    (mine,) = wait()
    token = make_link()
    (later,) = wait()
    (others,) = wait(1, Cast.other_preceptor)
    for uid in (later, others, uuid.uuid4()):
        with pytest.raises(NotFoundError):
            use(token, confirm(mine, uid))
    with pytest.raises(NotFoundError):
        use(token, [(ACTIVITIES, Decision(mine, verified=True, comment="", version=1))])
    with pytest.raises(NotFoundError):
        use(token, [])
    assert {status(app, uid) for uid in (mine, later, others)} == {"submitted"}
    assert not is_dead(token)


def test_what_was_decided_meanwhile_says_so_and_spoils_nothing(app: Flask) -> None:
    first, second = wait(2)
    token = make_link()
    review.decide(
        Cast.preceptor.actor, Decision(first, verified=False, comment="The clamp?", version=1, role="primary")
    )
    assert [each.gone for each in links.open_link(token).entries if each.uid == first] == [
        "It is returned already."
    ]
    used = use(token, confirm(first, second))
    assert [outcome.done for outcome in used.outcomes] == [False, True]
    assert (status(app, first), status(app, second)) == ("returned", "verified")


def test_what_changed_meanwhile_is_not_decided_whatever_version_the_page_claims(app: Flask) -> None:
    first, second = wait(2)
    token = make_link()
    change_case(first, note="Changed since.")
    assert [each.gone for each in links.open_link(token).entries if each.uid == first] == [
        "It was changed since this link was made; a newer link will name it."
    ]
    used = use(token, confirm(first, second, version=2))
    assert [outcome.done for outcome in used.outcomes] == [False, True]
    assert status(app, first) == "submitted"
    assert used.token is None


def test_two_presses_at_once_decide_once(app: Flask) -> None:
    uids = wait(2)
    token = make_link()
    dead = []

    def press(number: int) -> None:
        try:
            use(token, confirm(uids[number % 2]))
        except NotFoundError:
            dead.append(number)

    at_once(app, press)
    assert len(dead) == 3
    assert sorted(status(app, uid) for uid in uids) == ["submitted", "verified"]


def test_a_press_and_the_account_of_the_same_reviewer_at_once_decide_once(app: Flask) -> None:
    (uid,) = wait()
    token = make_link()

    def act(number: int) -> None:
        try:
            if number:
                review.decide(
                    Cast.preceptor.actor, Decision(uid, verified=True, comment="", version=1, role="primary")
                )
            else:
                use(token, confirm(uid))
        except (NotFoundError, RefusedError):
            pass

    at_once(app, act, threads=2)
    assert actions().count("case.verify") == 1


# Dying


def test_a_newer_link_ends_the_older_one_of_the_same_reviewer_only() -> None:
    wait()
    wait(1, Cast.other_preceptor)
    older, other, newer = make_link(), make_link(Cast.other_preceptor), make_link()
    assert [is_dead(token) for token in (older, other, newer)] == [True, False, False]


def test_a_link_ends_after_as_many_days_as_the_program_says(clock: TestClock) -> None:
    uids = wait()
    token = make_link()
    clock.advance(days=13.99)
    assert not is_dead(token)
    clock.advance(days=0.02)
    assert is_dead(token)
    with pytest.raises(NotFoundError):
        use(token, confirm(*uids))
    change_settings(Cast.director.actor, replace(Settings(), link_days=2))
    token = make_link()
    clock.advance(days=2.01)
    assert is_dead(token)


def test_a_link_ends_when_its_reviewer_is_deactivated() -> None:
    uids = wait()
    token = make_link()
    change(active=False)
    assert is_dead(token)
    with pytest.raises(NotFoundError):
        use(token, confirm(*uids))


def test_a_link_ends_when_its_reviewer_gets_another_address() -> None:
    uids = wait()
    token = make_link()
    change(email="another@north.example")
    assert is_dead(token)
    with pytest.raises(NotFoundError):
        use(token, confirm(*uids))


def test_a_link_ends_when_nothing_in_it_is_left_to_decide() -> None:
    first, second = wait(2)
    token = make_link()
    change_case(first, note="Changed since.")
    assert not is_dead(token)
    change_case(second, preceptor_id=Cast.other_preceptor.id)
    assert is_dead(token)
    with pytest.raises(NotFoundError):
        use(token, confirm(first))


def test_a_director_revokes_a_link_and_those_of_another_program_are_not_theirs() -> None:
    wait()
    token = make_link()
    (row,) = link_rows()
    with pytest.raises(NotFoundError):
        links.revoke(Cast.outsider_director.actor, row.id)
    links.revoke(Cast.director.actor, row.id)
    assert is_dead(token)
    assert actions()[-1] == "link.revoke"
    assert [row.ended_why for row in link_rows()] == ["revoked"]
    with pytest.raises(RefusedError, match="ended already"):
        links.revoke(Cast.director.actor, row.id)
