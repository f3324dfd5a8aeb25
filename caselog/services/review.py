"""The reviewer's part: the submitted cases and activities that name them, and a decision on each."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from caselog import clock
from caselog.domain.codes import Status
from caselog.services import trail
from caselog.services.activity_log import ActivityPage, page_of_activities
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.case_log import LogPage, page_of_cases
from caselog.services.kinds import ACTIVITIES, CASES, E, EntryKind
from caselog.store.entries import LogEntry
from caselog.store.session import transaction


@dataclass(frozen=True, slots=True)
class Decision:
    """Verified, or returned with a comment. `version` is the entry as the reviewer was shown it."""

    uid: uuid.UUID
    verified: bool
    comment: str
    version: int


def queue(actor: Actor, number: int) -> LogPage:
    """The submitted cases that name the actor as preceptor, oldest first."""
    return page_of_cases(actor, _waiting(CASES.table, actor), number, oldest_first=True)


def activity_queue(actor: Actor, number: int) -> ActivityPage:
    """The submitted activities that name the actor as supervisor, oldest first."""
    return page_of_activities(_waiting(ACTIVITIES.table, actor), number, oldest_first=True)


def _waiting(table: type[LogEntry], actor: Actor) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.program_id == actor.program_id,
        table.reviewer_id == actor.person_id,
        table.status == Status.SUBMITTED,
    )


def may_decide(actor: Actor, reviewer_id: uuid.UUID | None, status: str) -> bool:
    """Whether an entry waits for this actor."""
    return reviewer_id == actor.person_id and status == Status.SUBMITTED


def decide(actor: Actor, decision: Decision) -> Status:
    """Verify or return a submitted case that names the actor; returns its new status.

    Raises NotFoundError for a case of somebody else, RefusedError if it was decided or changed meanwhile.
    """
    return _decide(CASES, actor, decision)


def decide_activity(actor: Actor, decision: Decision) -> Status:
    """Verify or return a submitted activity that names the actor, as `decide` does with a case."""
    return _decide(ACTIVITIES, actor, decision)


def _decide(kind: EntryKind[E], actor: Actor, decision: Decision) -> Status:
    with transaction() as session:
        logged = session.get(kind.table, (actor.program_id, decision.uid), with_for_update=True)
        if logged is None or logged.reviewer_id != actor.person_id or logged.status == Status.DRAFT:
            raise NotFoundError
        if logged.status != Status.SUBMITTED:
            raise RefusedError(f"This {kind.noun} is already {logged.status}; nothing was changed.")
        if logged.version != decision.version:
            raise RefusedError(f"The student changed this {kind.noun} since you opened it. Look at it again.")
        status = Status.VERIFIED if decision.verified else Status.RETURNED
        if not decision.verified and not decision.comment:
            raise RefusedError("Say in the comment what the student should mend.")
        session.add(
            kind.reviews(
                program_id=actor.program_id,
                entry_uid=logged.uid,
                reviewer_id=actor.person_id,
                decision=status,
                comment=decision.comment,
                entry_version=logged.version,
                at=clock.now(),
            )
        )
        logged.status = status
        act = f"{kind.noun}.{'verify' if decision.verified else 'return'}"
        trail.record(actor, act, logged.uid, about=logged.student_id)
        return status
