"""The preceptor's part: the submitted cases that name them, and a decision on each."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from caselog import clock
from caselog.domain.codes import Status
from caselog.services import trail
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.case_log import LogPage, page_of_cases
from caselog.store.cases import CaseReview, LoggedCase
from caselog.store.session import transaction


@dataclass(frozen=True, slots=True)
class Decision:
    """Verified, or returned with a comment. `version` is the case as the preceptor was shown it."""

    case_uid: uuid.UUID
    verified: bool
    comment: str
    version: int


def queue(actor: Actor, number: int) -> LogPage:
    """The submitted cases that name the actor as preceptor, oldest first."""
    return page_of_cases(
        actor,
        sa.and_(
            LoggedCase.program_id == actor.program_id,
            LoggedCase.preceptor_id == actor.person_id,
            LoggedCase.status == Status.SUBMITTED,
        ),
        number,
        oldest_first=True,
    )


def may_decide(actor: Actor, preceptor_id: uuid.UUID | None, status: str) -> bool:
    """Whether a case waits for this actor."""
    return preceptor_id == actor.person_id and status == Status.SUBMITTED


def decide(actor: Actor, decision: Decision) -> Status:
    """Verify or return a submitted case that names the actor; returns its new status.

    Raises NotFoundError for a case of somebody else, RefusedError if it was decided or changed meanwhile.
    """
    with transaction() as session:
        logged = session.get(LoggedCase, (actor.program_id, decision.case_uid), with_for_update=True)
        if logged is None or logged.preceptor_id != actor.person_id or logged.status == Status.DRAFT:
            raise NotFoundError
        if logged.status != Status.SUBMITTED:
            raise RefusedError(f"This case is already {logged.status}; nothing was changed.")
        if logged.version != decision.version:
            raise RefusedError("The student changed this case since you opened it. Look at it again.")
        status = Status.VERIFIED if decision.verified else Status.RETURNED
        if not decision.verified and not decision.comment:
            raise RefusedError("Say in the comment what the student should mend.")
        session.add(
            CaseReview(
                program_id=actor.program_id,
                case_uid=logged.case_uid,
                reviewer_id=actor.person_id,
                decision=status,
                comment=decision.comment,
                case_version=logged.version,
                at=clock.now(),
            )
        )
        logged.status = status
        trail.record(actor, f"case.{'verify' if decision.verified else 'return'}", logged.case_uid)
        return status
