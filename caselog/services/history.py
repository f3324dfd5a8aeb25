"""What became of an entry of a log, from its first line on, as the trail, the reviews and the changes tell it."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa

from caselog.domain.codes import CodeBook, Status
from caselog.domain.transitions import Act
from caselog.extensions import db
from caselog.services.actor import Actor
from caselog.services.case_log import ListedCase, page_of_cases, past_of
from caselog.services.changes import Change
from caselog.services.entry_pages import Review
from caselog.services.trail_log import EntryAct, acts_on
from caselog.services.visible import cases_visible_to
from caselog.store.cases import LoggedCase

# By which acts of the trail a review comes about.
_REVIEWING: Mapping[str, Collection[str]] = {
    Status.VERIFIED: {Act.VERIFY, Act.AGREE, Act.ACCEPT},
    Status.RETURNED: {Act.RETURN},
}
_NEAR = timedelta(seconds=30)  # between a row and the entry of the trail that was written with it

T = TypeVar("T", Review, Change)


@dataclass(frozen=True, slots=True)
class Event:
    """One step in the life of an entry; `who` is None where the operator acted.

    `review` and `change` are there where the step was, or brought, one.
    """

    at: datetime
    who: str | None
    way: str
    words: str
    review: Review | None = None
    change: Change | None = None


def history(
    actor: Actor, uid: uuid.UUID, reviews: Iterable[Review], changes: Iterable[Change]
) -> tuple[Event, ...]:
    """The steps of an entry that the actor may see, the first one first; its reviews and changes come with its view."""
    left_reviews, left_changes = list(reviews), list(changes)
    events = []
    for act in acts_on(db.session(), actor.program_id, uid):
        verb = act.action.partition(".")[2]
        review = _taken(left_reviews, act, [each for each in left_reviews if verb in _REVIEWING[each.decision]])
        change = _taken(left_changes, act, [each for each in left_changes if verb == each.act])
        events.append(Event(act.at, act.who, act.way, act.words, review, change))
    # What was there before the trail kept digests, or came with the demo, has no act of its own.
    events += [Event(each.at, each.reviewer, each.way, "Decided", review=each) for each in left_reviews]
    events += [Event(each.at, each.actor, "account", "Changed", change=each) for each in left_changes]
    return tuple(sorted(map(_named, events), key=lambda event: event.at))


def _named(event: Event) -> Event:
    """The event in the words of what came of it."""
    if event.review:
        return replace(event, words=event.review.decision.capitalize())
    if event.change:
        return replace(event, words=_CHANGED.get(Act(event.change.act), event.words))
    return event


_CHANGED = {
    Act.AMEND: "Amended",
    Act.VOID: "Made void",
    Act.SUBMIT: "Changed and handed in again",
    Act.CHANGE: "Changed",
}


def _taken(left: list[T], act: EntryAct, fitting: list[T]) -> T | None:
    """The one that was written with this act, taken off the list."""
    for each in sorted(fitting, key=lambda one: one.at):
        if abs(each.at - act.at) < _NEAR:
            left.remove(each)
            return each
    return None


@dataclass(frozen=True, slots=True)
class ToldCase:
    """A case with its whole history."""

    listed: ListedCase
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A page of a student's record, the earliest case first."""

    cases: tuple[ToldCase, ...]
    number: int
    pages: int
    total: int
    codes: CodeBook


def page_of_record(actor: Actor, student_id: uuid.UUID, number: int) -> RecordPage:
    """A page of a student's cases, each with its history; the caller sees to it that the actor may see them."""
    mine = sa.and_(cases_visible_to(actor), LoggedCase.student_id == student_id)
    page = page_of_cases(actor, mine, number, oldest_first=True)
    return RecordPage(
        tuple(ToldCase(each, _of_case(actor, each)) for each in page.cases),
        page.number,
        page.pages,
        page.total,
        page.codes,
    )


def _of_case(actor: Actor, listed: ListedCase) -> tuple[Event, ...]:
    return history(actor, uuid.UUID(listed.case.uid), *past_of(actor, listed))
