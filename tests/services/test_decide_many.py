"""Many decisions at once: each becomes what it can, one that moved on spoils nothing, and nobody decides twice."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.extensions import db
from caselog.services import trail
from caselog.services.actor import Actor
from caselog.services.kinds import ACTIVITIES, CASES, EntryKind
from caselog.services.review import Became, Decision, Outcome, decide, decide_many
from caselog.store.activities import ActivityReview, LoggedActivity
from caselog.store.cases import CaseReview, LoggedCase
from caselog.store.session import end_request, transaction
from tests.support.activities import put_activity
from tests.support.cast import Cast
from tests.support.log import put_case

Decided = tuple[EntryKind[Any], Decision]


def confirm(uid: uuid.UUID, role: str = "primary", version: int = 1) -> Decided:
    return CASES, Decision(uid, verified=True, comment="", version=version, role=role)


def send_back(uid: uuid.UUID, comment: str = "the clamp?") -> Decided:
    return CASES, Decision(uid, verified=False, comment=comment, version=1)


def became(outcomes: tuple[Outcome, ...]) -> list[str]:
    return [each.became for each in outcomes]


def statuses() -> dict[uuid.UUID, str]:
    db.session.rollback()
    found = {case.case_uid: case.status for case in db.session.scalars(sa.select(LoggedCase))}
    return found | {each.activity_uid: each.status for each in db.session.scalars(sa.select(LoggedActivity))}


def test_each_entry_becomes_what_was_decided_and_the_outcomes_keep_the_order(
    app_context: Flask, cast: Cast
) -> None:
    with transaction() as session:
        first, second, third = (put_case(session, status="submitted") for _ in range(3))
        activity = put_activity(session, status="submitted")
    lecture = ACTIVITIES, Decision(activity, verified=True, comment="", version=1)
    outcomes = decide_many(
        cast.preceptor.actor, [send_back(third), lecture, confirm(first), confirm(second, "first_assistant")]
    )
    assert [each.uid for each in outcomes] == [third, activity, first, second]
    assert became(outcomes) == ["returned", "verified", "verified", "differs"]
    assert all(each.done for each in outcomes)
    assert statuses() == {third: "returned", activity: "verified", first: "verified", second: "submitted"}


def test_what_moved_on_is_told_by_name_and_spoils_nothing(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        good, decided, changed, lacking, mute, strange, void = (
            put_case(session, status="submitted") for _ in range(7)
        )
        session.get_one(LoggedCase, (cast.program.id, strange)).preceptor_id = cast.other_preceptor.id
        session.get_one(LoggedCase, (cast.program.id, void)).status = "void"
    decide(cast.preceptor.actor, confirm(decided)[1])
    outcomes = decide_many(
        cast.preceptor.actor,
        [
            confirm(decided), confirm(changed, version=9), confirm(lacking, role="captain"),
            send_back(mute, comment=""), confirm(strange), confirm(void), confirm(uuid.uuid4()), confirm(good),
        ],
    )  # fmt: skip
    assert [(each.became, each.words) for each in outcomes] == [
        (Became.REFUSED, "This case is already verified by Pat Preceptor; nothing was changed."),
        (Became.CHANGED, "This case was changed since you opened it. Look at it again."),
        (Became.REFUSED, "Choose the role that you saw the student in before you confirm the case."),
        (Became.REFUSED, "Say in the comment what the student should mend."),
        (Became.GONE, "It does not wait for you any more; nothing was changed."),
        (Became.REFUSED, "This case is already void; nothing was changed."),
        (Became.GONE, "It does not wait for you any more; nothing was changed."),
        (Became.VERIFIED, "Verified."),
    ]
    assert [(each.student, str(each.on)) for each in outcomes[:2]] == [("Ann Student", "2026-11-02")] * 2
    assert (outcomes[4].student, outcomes[4].on) == (None, None)
    assert statuses() == {
        good: "verified", decided: "verified", changed: "submitted", lacking: "submitted", mute: "submitted",
        strange: "submitted", void: "void",
    }  # fmt: skip


def test_the_same_entry_twice_is_decided_once(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        uid = put_case(session, status="submitted")
    assert became(decide_many(cast.preceptor.actor, [confirm(uid), send_back(uid)])) == ["verified", "refused"]


def test_nothing_is_decided_by_who_is_not_asked(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        uid = put_case(session, status="submitted")
        draft = put_case(session, status="draft")
    for who in ("other_preceptor", "director", "student", "outsider_preceptor"):
        assert became(decide_many(cast.member(who).actor, [confirm(uid), confirm(draft)])) == ["gone", "gone"]
    assert statuses() == {uid: "submitted", draft: "draft"}


@pytest.mark.parametrize("way", ["account", "link"])
def test_a_review_keeps_version_content_who_and_by_which_way(app_context: Flask, cast: Cast, way: str) -> None:
    with transaction() as session:
        case = put_case(session, status="submitted")
        activity = put_activity(session, status="submitted")
    one = cast.preceptor.actor
    actor = Actor(one.program_id, one.person_id, one.position, one.name, one.timezone, way=way)
    decide_many(actor, [confirm(case), (ACTIVITIES, Decision(activity, verified=True, comment="", version=1))])
    with transaction() as session:
        for reviews, table, uid in (
            (CaseReview, LoggedCase, case),
            (ActivityReview, LoggedActivity, activity),
        ):
            review = session.scalars(sa.select(reviews)).one()
            logged = session.get_one(table, (cast.program.id, uid))
            assert review.content_hash == trail.content_hash(session, logged)
            assert review.content_hash
            assert (review.way, review.entry_version) == (way, logged.version - 1)
        assert session.scalars(sa.select(CaseReview.role)).one() == "primary"


def test_two_reviewers_at_once_cannot_both_decide(app: Flask, cast: Cast) -> None:
    """One who is signed in and one who came by a link, each with half of the cases in the other order."""
    with app.app_context(), transaction() as session:
        uids = [put_case(session, status="submitted") for _ in range(12)]
    ready = Barrier(2, timeout=30)

    def race(decisions: list[Decided]) -> tuple[Outcome, ...]:
        with app.app_context():
            ready.wait()
            outcomes = decide_many(cast.preceptor.actor, decisions)
            end_request()
            return outcomes

    with ThreadPoolExecutor(2) as pool:
        confirming = pool.submit(race, [confirm(uid) for uid in uids])
        returning = pool.submit(race, [send_back(uid) for uid in reversed(uids)])
    confirmed = {each.uid: each for each in confirming.result()}
    returned = {each.uid: each for each in returning.result()}
    with app.app_context():
        decisions = {
            row.case_uid: [each.decision for each in db.session.scalars(sa.select(CaseReview))
                           if each.case_uid == row.case_uid]
            for row in db.session.scalars(sa.select(LoggedCase))
        }  # fmt: skip
        for uid in uids:
            won, lost = sorted((confirmed[uid], returned[uid]), key=lambda each: not each.done)
            assert (won.done, lost.done) == (True, False)
            assert decisions[uid] == [won.became]
            assert lost.words == f"This case is already {won.became} by Pat Preceptor; nothing was changed."
            assert db.session.get_one(LoggedCase, (cast.program.id, uid)).status == won.became
        end_request()


@pytest.mark.parametrize("racers", [8])
def test_of_many_who_decide_on_one_case_at_once_one_does(app: Flask, cast: Cast, racers: int) -> None:
    with app.app_context(), transaction() as session:
        uid = put_case(session, status="submitted")
    ready = Barrier(racers, timeout=30)

    def race(number: int) -> Outcome:
        with app.app_context():
            ready.wait()
            (outcome,) = decide_many(cast.preceptor.actor, [confirm(uid) if number % 2 else send_back(uid)])
            end_request()
            return outcome

    with ThreadPoolExecutor(racers) as pool:
        outcomes = list(pool.map(race, range(racers)))
    assert sum(each.done for each in outcomes) == 1
    with app.app_context():
        assert len(db.session.scalars(sa.select(CaseReview)).all()) == 1
        end_request()
