"""Logging an entry of either kind: new, changed while it is still the student's, and handed in for verification."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.codes import Status
from caselog.domain.fields import Fault
from caselog.domain.transitions import STATUS_OF, Act, Need, Party, Stage, Transition, allowed, refusal, transition
from caselog.services import changes, digests, trail
from caselog.services.actor import Actor, NotFoundError, Permission, RefusedError
from caselog.services.changes import Difference, differences
from caselog.services.holding import Held, hold_own
from caselog.services.kinds import E, EntryKind
from caselog.store.session import reading, transaction


class FaultsError(Exception):
    """An entry cannot be stored as it is; `faults` says what is wrong with which field."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.message}" for fault in faults))
        self.faults = faults


class ConflictError(RefusedError):
    """The entry is not as it was when somebody began to change it; what they typed is not stored.

    `version` is what it is now, `differences` go from what stands now (before) to what was typed (after), and `may`
    are the acts that are still theirs.
    """

    def __init__(
        self, message: str, version: int, differences: tuple[Difference, ...], may: frozenset[Act]
    ) -> None:
        super().__init__(message)
        self.version, self.differences, self.may = version, differences, may


@dataclass(frozen=True, slots=True)
class Logged:
    """What became of an entry: its status, and whether it is new in the log."""

    status: Status
    fresh: bool


def log_entry(kind: EntryKind[E], actor: Actor, entry: E, *, submit: bool) -> Logged:
    """Store a new entry of the student's own. A second arrival of the same identifier changes nothing.

    Raises FaultsError, and NotFoundError for another's identifier.
    """
    try:
        return _log(kind, actor, entry, submit=submit)
    except IntegrityError:
        # The same entry may have come twice at once, and the other was stored after this one looked for it.
        with reading() as session:
            known = _second_arrival(session, kind, actor, uuid.UUID(entry.uid))
        if known is None:
            raise
        return known


def _log(kind: EntryKind[E], actor: Actor, entry: E, *, submit: bool) -> Logged:
    uid = uuid.UUID(entry.uid)
    act = Act.SUBMIT if submit else Act.DRAFT
    with transaction() as session:
        known = _second_arrival(session, kind, actor, uid)
        if known:
            return known
        begins = transition(Stage.NEW, act, {Party.STUDENT} if actor.may(Permission.LOG_CASE) else ())
        if begins is None:
            raise RefusedError(refusal(Stage.NEW, act, noun=kind.noun, plural=kind.plural))
        status = STATUS_OF[begins.end]
        now = clock.now()
        logged = kind.table(
            program_id=actor.program_id,
            uid=uid,
            student_id=actor.person_id,
            created_at=now,
            changed_at=now,
            **checked(session, kind, actor, actor.person_id, replace(entry, status=status)),
        )
        session.add(logged)
        trail.record(actor, f"{kind.noun}.{act}", entry.uid, about=actor.person_id)
        digests.handed_in(session, actor, logged)
        return Logged(status, fresh=True)


def _second_arrival(session: Session, kind: EntryKind[E], actor: Actor, uid: uuid.UUID) -> Logged | None:
    known = session.get(kind.table, (actor.program_id, uid))
    if known is None:
        return None
    if known.student_id != actor.person_id:
        raise NotFoundError
    return Logged(Status(known.status), fresh=False)


def change_entry(kind: EntryKind[E], actor: Actor, entry: E, *, version: int, submit: bool) -> Status:
    """Change a draft or a returned entry; `version` is the one that the student was shown.

    Raises FaultsError, NotFoundError, and ConflictError if it changed meanwhile or is not open to change any more.
    """
    act = Act.SUBMIT if submit else Act.CHANGE
    with transaction() as session:
        held = hold_own(session, kind, actor, uuid.UUID(entry.uid))
        step = step_or_conflict(held, act, entry, version)
        before = held.entry()
        take(held, replace(entry, status=STATUS_OF[step.end]))
        found = differences(kind, before, entry)
        if held.stage is not Stage.DRAFT and found:
            changes.record(held, act, "", found, version)
        trail.record(actor, f"{kind.noun}.{act}", entry.uid, about=actor.person_id)
        digests.handed_in(session, actor, held.logged)
        return STATUS_OF[step.end]


def submit_entry(kind: EntryKind[E], actor: Actor, uid: uuid.UUID) -> None:
    """Hand in a draft or returned entry as it stands. Raises FaultsError if it is not whole."""
    with transaction() as session:
        held = hold_own(session, kind, actor, uid)
        step = held.step(Act.SUBMIT)
        take(held, replace(held.entry(), status=STATUS_OF[step.end]))
        trail.record(actor, f"{kind.noun}.{Act.SUBMIT}", uid, about=actor.person_id)
        digests.handed_in(session, actor, held.logged)


def step_or_conflict(held: Held[E], act: Act, entry: E, version: int, given: Collection[Need] = ()) -> Transition:
    """The transition that `act` is, for a page that was made from `version` and on which `entry` was typed.

    Raises ConflictError if the entry has changed since, RefusedError if only something is missing.
    """
    may = allowed(held.stage, held.parties)
    if act in may and held.logged.version == version:
        return held.step(act, given)
    changed = f"This {held.kind.noun} was changed in another window, or by somebody else, since you opened it."
    raise ConflictError(
        changed if act in may else held.why_not(act),
        held.logged.version,
        differences(held.kind, held.entry(), entry),
        may,
    )


def take(held: Held[E], entry: E) -> None:
    """Let the row hold this entry, of the status that it says. Raises FaultsError if something is wrong with it."""
    values = checked(held.session, held.kind, held.actor, held.logged.student_id, entry)
    for name, value in values.items():
        setattr(held.logged, name, value)
    held.logged.changed_at = clock.now()


def checked(
    session: Session, kind: EntryKind[E], actor: Actor, student_id: uuid.UUID, entry: E
) -> dict[str, object]:
    """The entry of a student as column values, once nothing is wrong with it."""
    references = kind.references(session, actor.program_id, student_id)
    faults = references.faults(entry, today=clock.today(actor.timezone))
    if faults:
        raise FaultsError(faults)
    return references.columns(entry)
