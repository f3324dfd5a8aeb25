"""One entry under its lock, with all that decides what may be done with it now; every change of one begins here."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Generic

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.codes import Position
from caselog.domain.transitions import (
    STATUS_OF,
    Act,
    Need,
    Party,
    Stage,
    Transition,
    lacks,
    refusal,
    transition,
)
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.kinds import E, EntryKind
from caselog.store.entries import LogEntry
from caselog.store.people import Person
from caselog.store.role_checks import CheckEnd, RoleCheck, open_check, stage_of


@dataclass(frozen=True, slots=True)
class Held(Generic[E]):
    """An entry that nobody else changes before this transaction ends; `check` is its open difference of roles."""

    session: Session
    kind: EntryKind[E]
    actor: Actor
    logged: LogEntry
    check: RoleCheck | None
    stage: Stage
    parties: frozenset[Party]

    def step(self, act: Act, given: Collection[Need] = ()) -> Transition:
        """The transition that `act` is. Raises RefusedError if the table has none, or asks for more than is given."""
        found = transition(self.stage, act, self.parties)
        if found is None:
            raise RefusedError(self.why_not(act))
        if asked := lacks(found, given, self.kind.noun):
            raise RefusedError(asked)
        return found

    def why_not(self, act: Act) -> str:
        """Why the table has no such transition, for the user."""
        return refusal(self.stage, act, noun=self.kind.noun, plural=self.kind.plural, by=self._decided_by())

    def move(self, step: Transition) -> None:
        """Let the entry stand where the transition ends."""
        self.logged.status = STATUS_OF[step.end]

    def end_check(self, end: CheckEnd, agreed_role: str | None = None) -> None:
        """Close the open difference of roles, if there is one."""
        if self.check:
            self.check.ended, self.check.agreed_role = end, agreed_role
            self.check.ended_by, self.check.ended_at = self.actor.person_id, clock.now()

    def entry(self) -> E:
        """The entry as values, as it stands."""
        return self.kind.as_entry(self.session.execute(self._spelled_out()).one())

    def _spelled_out(self) -> sa.Select[tuple[object, ...]]:
        table = self.kind.table
        return self.kind.spelled_out().where(
            table.program_id == self.logged.program_id, table.uid == self.logged.uid
        )

    def _decided_by(self) -> str | None:
        """Who reviewed it last, if a review is why it stands where it does."""
        if self.stage not in (Stage.VERIFIED, Stage.RETURNED):
            return None
        reviews = self.kind.reviews
        return self.session.scalar(
            sa.select(Person.name)
            .join(reviews, sa.and_(Person.program_id == reviews.program_id, Person.id == reviews.reviewer_id))
            .where(reviews.program_id == self.logged.program_id, reviews.entry_uid == self.logged.uid)
            .order_by(reviews.at.desc(), reviews.entry_version.desc())
            .limit(1)
        )


def hold(session: Session, kind: EntryKind[E], actor: Actor, uid: uuid.UUID) -> Held[E]:
    """Lock an entry. Raises NotFoundError for what the actor has no part in; a reviewer has none in a draft."""
    logged = session.scalars(
        sa.select(kind.table)
        .where(kind.table.program_id == actor.program_id, kind.table.uid == uid)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if logged is None:
        raise NotFoundError
    check = open_check(session, actor.program_id, uid) if kind.has_role else None
    stage = stage_of(logged.status, check)
    parties = parties_of(actor, logged.student_id, logged.reviewer_id)
    if not parties or (stage is Stage.DRAFT and parties == {Party.REVIEWER}):
        raise NotFoundError
    return Held(session, kind, actor, logged, check, stage, parties)


def hold_own(session: Session, kind: EntryKind[E], actor: Actor, uid: uuid.UUID) -> Held[E]:
    """Lock an entry of the student's own. Raises NotFoundError."""
    held = hold(session, kind, actor, uid)
    if Party.STUDENT not in held.parties:
        raise NotFoundError
    return held


def parties_of(actor: Actor, student_id: uuid.UUID, reviewer_id: uuid.UUID | None) -> frozenset[Party]:
    """Who the actor is to an entry of their program; who was deactivated has no part in any."""
    if not actor.active:
        return frozenset()
    return frozenset(
        party
        for party, is_so in {
            Party.STUDENT: actor.person_id == student_id,
            Party.REVIEWER: actor.person_id == reviewer_id,
            Party.DIRECTOR: actor.position is Position.DIRECTOR,
        }.items()
        if is_so
    )
