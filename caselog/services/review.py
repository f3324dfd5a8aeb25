"""The reviewer's part: the submitted cases and activities that name them, and decisions on one or many of them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.codes import Role, Status
from caselog.domain.transitions import Act, Need, Party, Stage
from caselog.services import trail
from caselog.services.activity_log import ActivityPage, page_of_activities
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.case_log import LogPage, page_of_cases
from caselog.services.holding import Held, hold
from caselog.services.kinds import ACTIVITIES, CASES, E, EntryKind
from caselog.store.cases import LoggedCase
from caselog.store.entries import LogEntry
from caselog.store.people import Person
from caselog.store.role_checks import CheckEnd, RoleCheck
from caselog.store.session import transaction


@dataclass(frozen=True, slots=True)
class Decision:
    """Verified, or returned with a comment. `version` is the entry as the reviewer was shown it.

    `role` is the one that the reviewer picked before the student's claim was shown; a case needs it to be verified.
    """

    uid: uuid.UUID
    verified: bool
    comment: str
    version: int
    role: str | None = None


class Became(StrEnum):
    """What became of an entry on which somebody decided; but for the first three, nothing was changed."""

    VERIFIED = "verified"
    RETURNED = "returned"
    DIFFERS = "differs"  # the student claims another role: it waits for agreement
    CHANGED = "changed"  # since the reviewer saw it
    REFUSED = "refused"  # already decided, or something is missing
    GONE = "gone"  # it does not wait for this reviewer any more


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one entry, for the reviewer; `student` and `on` say which one it is, where that is theirs to know.

    `words` is a sentence.
    """

    kind: EntryKind[Any]
    uid: uuid.UUID
    became: Became
    words: str
    student: str | None = None
    on: date | None = None

    @property
    def done(self) -> bool:
        return self.became in (Became.VERIFIED, Became.RETURNED, Became.DIFFERS)


_WORDS = {
    Became.VERIFIED: "Verified.",
    Became.RETURNED: "Returned to the student.",
    Became.DIFFERS: "The student claims another role. Both are noted, and the student is asked for an answer.",
    Became.GONE: "It does not wait for you any more; nothing was changed.",
}


class ChangedError(RefusedError):
    """The entry is not the one that the reviewer was shown."""


def queue(actor: Actor, number: int) -> LogPage:
    """The submitted cases that wait for the actor's decision, oldest first."""
    return page_of_cases(actor, waiting_for(actor, CASES.table), number, oldest_first=True)


def agreement_queue(actor: Actor, number: int) -> LogPage:
    """The cases in which the actor saw another role than is claimed, while the student has not answered."""
    waits = sa.and_(submitted_to(actor, CASES.table), _differs())
    return page_of_cases(actor, waits, number, oldest_first=True)


def activity_queue(actor: Actor, number: int) -> ActivityPage:
    """The submitted activities that name the actor as supervisor, oldest first."""
    return page_of_activities(waiting_for(actor, ACTIVITIES.table), number, oldest_first=True)


def waiting_for(actor: Actor, table: type[LogEntry]) -> sa.ColumnElement[bool]:
    """The condition that an entry waits for this actor's decision, be it the first or, after a difference, the last."""
    mine = submitted_to(actor, table)
    return sa.and_(mine, ~_differs()) if table is CASES.table else mine


def submitted_to(actor: Actor, table: type[LogEntry]) -> sa.ColumnElement[bool]:
    """The condition that an entry names this actor and is not decided, whoever it waits for."""
    return sa.and_(
        table.program_id == actor.program_id,
        table.reviewer_id == actor.person_id,
        table.status == Status.SUBMITTED,
    )


_check = sa.orm.aliased(RoleCheck)


def _differs() -> sa.ColumnElement[bool]:
    """Whether a case waits for its student, because the reviewer saw another role."""
    return (
        sa.exists()
        .where(
            _check.program_id == LoggedCase.program_id,
            _check.case_uid == LoggedCase.case_uid,
            _check.ended.is_(None),
            _check.kept_at.is_(None),
        )
        .correlate(LoggedCase)
    )


def decide(actor: Actor, decision: Decision) -> Became:
    """Verify or return a submitted case that names the actor.

    Raises NotFoundError for a case of somebody else, RefusedError if it was decided or changed meanwhile, or if
    something is missing.
    """
    with transaction() as session:
        return _decide(session, CASES, actor, decision)


def decide_activity(actor: Actor, decision: Decision) -> Became:
    """Verify or return a submitted activity that names the actor, as `decide` does with a case."""
    with transaction() as session:
        return _decide(session, ACTIVITIES, actor, decision)


def decide_many(actor: Actor, decisions: Sequence[tuple[EntryKind[Any], Decision]]) -> tuple[Outcome, ...]:
    """Decide on each entry, in one transaction; the outcomes come in the order of the decisions.

    One that was decided or changed meanwhile is told, and spoils nothing.
    """
    # In one order whoever decides, so that two who decide on the same entries do not wait for each other.
    ordered = sorted(enumerate(decisions), key=lambda each: (each[1][0].noun, each[1][1].uid))
    with transaction() as session:
        found = {place: _outcome(session, actor, kind, decision) for place, (kind, decision) in ordered}
    return tuple(found[place] for place in range(len(decisions)))


def _outcome(session: Session, actor: Actor, kind: EntryKind[Any], decision: Decision) -> Outcome:
    try:
        became = _decide(session, kind, actor, decision)
        words = _WORDS[became]
    except NotFoundError:
        return Outcome(kind, decision.uid, Became.GONE, _WORDS[Became.GONE])
    except RefusedError as error:
        became = Became.CHANGED if isinstance(error, ChangedError) else Became.REFUSED
        words = str(error)
    student, on = session.execute(
        sa.select(Person.name, kind.table.on)
        .join(kind.table, sa.and_(Person.program_id == kind.table.program_id, Person.id == kind.table.student_id))
        .where(kind.table.program_id == actor.program_id, kind.table.uid == decision.uid)
    ).one()
    return Outcome(kind, decision.uid, became, words, student, on)


def _decide(session: Session, kind: EntryKind[E], actor: Actor, decision: Decision) -> Became:
    """All is asked before anything is written, so an error leaves nothing behind."""
    held = hold(session, kind, actor, decision.uid)
    if Party.REVIEWER not in held.parties or held.stage is Stage.DRAFT:
        raise NotFoundError
    act = _act(held, decision)
    step = held.step(act, _given(held, decision))
    if held.logged.version != decision.version:
        raise ChangedError(f"This {kind.noun} was changed since you opened it. Look at it again.")
    match act:
        case Act.DIFFER:
            _note_check(held, decision, None)
            became = Became.DIFFERS
        case Act.RETURN:
            held.end_check(CheckEnd.RETURNED)
            add_review(held, Status.RETURNED, actor.person_id, actor.way, decision.comment)
            became = Became.RETURNED
        case _:
            check = _note_check(held, decision, CheckEnd.MATCHED) if act is Act.VERIFY else held.check
            held.end_check(CheckEnd.AGREED, decision.role)
            add_review(held, Status.VERIFIED, actor.person_id, actor.way, decision.comment, check)
            became = Became.VERIFIED
    held.move(step)
    trail.record(actor, f"{kind.noun}.{act}", decision.uid, about=held.logged.student_id)
    return became


def _act(held: Held[Any], decision: Decision) -> Act:
    if not decision.verified:
        return Act.RETURN
    if not held.kind.has_role or held.stage not in (Stage.WAITING, Stage.DIFFERS, Stage.KEPT):
        return Act.VERIFY
    claims = decision.role is None or decision.role == claimed_role(held)
    if held.stage is Stage.WAITING:
        return Act.VERIFY if claims else Act.DIFFER
    return Act.AGREE if claims else Act.DIFFER


def claimed_role(held: Held[Any]) -> str:
    """The role that a submitted case claims."""
    role: str = held.logged.role  # type: ignore[attr-defined]  # only cases are asked
    return role


def _given(held: Held[Any], decision: Decision) -> set[Need]:
    given = {Need.COMMENT} if decision.comment else set()
    if not held.kind.has_role or decision.role in tuple(Role):
        given.add(Need.ROLE)
    return given


def _note_check(held: Held[Any], decision: Decision, ended: CheckEnd | None) -> RoleCheck | None:
    """Keep which role the reviewer saw; nothing for what has no role."""
    if not held.kind.has_role:
        return None
    now = clock.now()
    check = RoleCheck(
        id=uuid.uuid4(),
        program_id=held.actor.program_id,
        case_uid=held.logged.uid,
        case_version=held.logged.version,
        reviewer_id=held.actor.person_id,
        claimed=claimed_role(held),
        picked=decision.role,
        way=held.actor.way,
        at=now,
        kept_reason="",
        ended=ended,
        ended_by=held.actor.person_id if ended else None,
        ended_at=now if ended else None,
        agreed_role=decision.role if ended else None,
    )
    held.session.add(check)
    return check


def add_review(
    held: Held[Any],
    decision: Status,
    reviewer_id: uuid.UUID,
    way: str,
    comment: str,
    check: RoleCheck | None = None,
) -> None:
    """Keep a decision with what it covers: the entry's version and a digest of its content, as they are now."""
    of_role = {}
    if held.kind.has_role:
        verified = decision is Status.VERIFIED
        of_role = {"role": claimed_role(held) if verified else None, "check_id": check.id if check else None}
    held.session.add(
        held.kind.reviews(
            program_id=held.actor.program_id,
            entry_uid=held.logged.uid,
            reviewer_id=reviewer_id,
            decision=decision,
            comment=comment,
            entry_version=held.logged.version,
            at=clock.now(),
            content_hash=trail.content_hash(held.session, held.logged),
            way=way,
            **of_role,
        )
    )
