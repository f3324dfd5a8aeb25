"""When a reviewer is written to: too much waits for them, or for too long, or a student asks.

A mail goes out for what waits in all, never for a single case, and between two there is a pause unless a student asks.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.codes import Status
from caselog.domain.mail import Cause
from caselog.domain.settings import Settings
from caselog.services import trail
from caselog.services.actor import Actor, NotFoundError, Operator, RefusedError
from caselog.services.settings import settings_of
from caselog.store import mail as store
from caselog.store.cases import LoggedCase
from caselog.store.entries import LogEntry
from caselog.store.links import TABLES
from caselog.store.mail import OutgoingMail
from caselog.store.people import Person, lock_person
from caselog.store.programs import Program
from caselog.store.role_checks import RoleCheck, still_open
from caselog.store.session import reading, transaction

ASKED_AGAIN_AFTER = timedelta(days=1)
# The reviewer has said which role they saw, and it is the student who has to answer.
_WAITS_FOR_STUDENT = sa.exists().where(
    RoleCheck.program_id == LoggedCase.program_id,
    RoleCheck.case_uid == LoggedCase.case_uid,
    RoleCheck.kept_at.is_(None),
    still_open(),
)


@dataclass(frozen=True, slots=True)
class Pile:
    """What waits with a reviewer: how many entries, and since when the oldest has."""

    reviewer_id: uuid.UUID
    waiting: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """A reviewer with whom entries of a student wait; `refusal` says why they cannot be asked now, if so."""

    reviewer_id: uuid.UUID
    name: str
    waiting: int
    since: datetime
    written_at: datetime | None
    refusal: str


def piles(session: Session, program_id: uuid.UUID, **of: uuid.UUID) -> list[Pile]:
    """What waits with each reviewer of a program; narrowed to one `reviewer_id` or `student_id` if given."""
    found: dict[uuid.UUID, Pile] = {}
    for table in TABLES.values():
        query = (
            sa.select(table.reviewer_id, sa.func.count(), sa.func.min(table.changed_at))
            .where(table.program_id == program_id, table.status == Status.SUBMITTED)
            .group_by(table.reviewer_id)
        )
        if table is LoggedCase:
            query = query.where(~_WAITS_FOR_STUDENT)
        for name, value in of.items():
            query = query.where(getattr(table, name) == value)
        for reviewer_id, waiting, since in session.execute(query):
            if reviewer_id:
                known = found.get(reviewer_id, Pile(reviewer_id, 0, since))
                found[reviewer_id] = Pile(reviewer_id, known.waiting + waiting, min(known.since, since))
    return list(found.values())


def handed_in(session: Session, actor: Actor, logged: LogEntry) -> None:
    """Write to the reviewer of an entry if too much waits with them, now that it does; in the same transaction."""
    if logged.status == Status.SUBMITTED and logged.reviewer_id:
        piled_up(session, actor, {logged.reviewer_id})


def piled_up(session: Session, actor: Actor | Operator, reviewer_ids: Collection[uuid.UUID]) -> None:
    """Write to those of these reviewers with whom too much waits, in the transaction that piled it up."""
    settings = settings_of(session, actor.program_id)
    for reviewer_id in sorted(reviewer_ids):
        for pile in piles(session, actor.program_id, reviewer_id=reviewer_id):
            if pile.waiting > settings.confirm_over:
                _write(session, actor, pile, Cause.COUNT, settings)


def look() -> int:
    """Write to all reviewers of all programs with whom too much waits, or for too long; how many are written to."""
    with reading() as session:
        programs = [Operator(each.id, each.timezone) for each in session.scalars(sa.select(Program))]
    return sum(_look(operator) for operator in programs)


def _look(operator: Operator) -> int:
    now = clock.now()
    with reading() as session:
        settings = settings_of(session, operator.program_id)
        due = [
            (pile, cause)
            for pile in piles(session, operator.program_id)
            if (cause := _cause(pile, settings, now))
            and _may_write(session, operator.program_id, pile, settings, now)
        ]
    if not due:
        return 0
    with transaction() as session:
        return sum(_write(session, operator, pile, cause, settings) for pile, cause in due)


def _cause(pile: Pile, settings: Settings, now: datetime) -> Cause | None:
    if pile.waiting > settings.confirm_over:
        return Cause.COUNT
    if pile.since < now - timedelta(days=settings.confirm_after_days):
        return Cause.AGE
    return None


def _may_write(session: Session, program_id: uuid.UUID, pile: Pile, settings: Settings, now: datetime) -> bool:
    """Whether the reviewer is active, and no mail is under way or younger than the pause."""
    reviewer = session.get(Person, (program_id, pile.reviewer_id))
    latest = store.latest_to(session, program_id, pile.reviewer_id)
    pause = timedelta(days=settings.digest_pause_days)
    rested = latest is None or (latest.outcome is not None and latest.created_at <= now - pause)
    return reviewer is not None and reviewer.active and rested


def _write(session: Session, actor: Actor | Operator, pile: Pile, cause: Cause, settings: Settings) -> bool:
    """Put a mail into the outbox, unless one may not be written now or somebody else is about to."""
    # Nobody is waited for: who hands in a case holds it, and who decides on it holds the reviewer.
    held = lock_person(session, actor.program_id, pile.reviewer_id, wait=False)
    if held is None or not _may_write(session, actor.program_id, pile, settings, clock.now()):
        return False
    _put(session, actor, pile.reviewer_id, cause)
    return True


def _put(session: Session, actor: Actor | Operator, reviewer_id: uuid.UUID, cause: Cause) -> None:
    now = clock.now()
    mail = OutgoingMail(
        program_id=actor.program_id,
        id=uuid.uuid4(),
        person_id=reviewer_id,
        cause=cause,
        asked_by=actor.person_id if cause is Cause.STUDENT and isinstance(actor, Actor) else None,
        created_at=now,
        due_at=now,
    )
    session.add(mail)
    trail.record(actor, "mail.ask" if cause is Cause.STUDENT else "mail.queue", mail.id)


def waiting_of(actor: Actor) -> list[Asked]:
    """The reviewers with whom entries of the student wait, the longest pile first."""
    with reading() as session:
        found = piles(session, actor.program_id, student_id=actor.person_id)
        asked = [_asked(session, actor, pile) for pile in found]
    return sorted(asked, key=lambda each: (-each.waiting, each.name))


def _asked(session: Session, actor: Actor, pile: Pile) -> Asked:
    reviewer = session.get_one(Person, (actor.program_id, pile.reviewer_id))
    latest = store.latest_to(session, actor.program_id, reviewer.id)
    refusal = _refusal(reviewer, latest, clock.now())
    written_at = latest.created_at if latest else None
    return Asked(reviewer.id, reviewer.name, pile.waiting, pile.since, written_at, refusal)


def _refusal(reviewer: Person, latest: OutgoingMail | None, now: datetime) -> str:
    """Why a student cannot ask now; empty when they can."""
    if not reviewer.active:
        return f"{reviewer.name} is no longer active; ask your program director who confirms instead."
    if latest and latest.outcome is None:
        return f"A mail to {reviewer.name} is on its way."
    if latest and latest.created_at > now - ASKED_AGAIN_AFTER:
        return f"{reviewer.name} was written to within the last day; ask again tomorrow."
    return ""


def ask(actor: Actor, reviewer_id: uuid.UUID) -> str:
    """Let a student ask a reviewer for confirmation; the reviewer's name.

    Raises NotFoundError where nothing of the student's waits with them, RefusedError where they cannot be asked now.
    """
    with transaction() as session:
        reviewer = lock_person(session, actor.program_id, reviewer_id)
        if reviewer is None or not piles(
            session, actor.program_id, reviewer_id=reviewer_id, student_id=actor.person_id
        ):
            raise NotFoundError
        refusal = _refusal(reviewer, store.latest_to(session, actor.program_id, reviewer_id), clock.now())
        if refusal:
            raise RefusedError(refusal)
        _put(session, actor, reviewer_id, Cause.STUDENT)
        return reviewer.name
