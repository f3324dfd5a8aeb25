"""Logging an entry of either kind: new, changed while it is still the student's, and handed in for verification."""

import uuid
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.codes import Status
from caselog.domain.fields import Fault
from caselog.services import trail
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.kinds import E, EntryKind
from caselog.store.entries import LogEntry
from caselog.store.session import reading, transaction

# While an entry has one of these, its student may change it.
OPEN = frozenset({Status.DRAFT, Status.RETURNED})


class FaultsError(Exception):
    """An entry cannot be stored as it is; `faults` says what is wrong with which field."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.message}" for fault in faults))
        self.faults = faults


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
    with transaction() as session:
        known = _second_arrival(session, kind, actor, uid)
        if known:
            return known
        status = Status.SUBMITTED if submit else Status.DRAFT
        now = clock.now()
        session.add(
            kind.table(
                program_id=actor.program_id,
                uid=uid,
                student_id=actor.person_id,
                created_at=now,
                changed_at=now,
                **_checked(session, kind, actor, replace(entry, status=status)),
            )
        )
        trail.record(actor, f"{kind.noun}.{'submit' if submit else 'draft'}", entry.uid, about=actor.person_id)
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

    Raises FaultsError, NotFoundError, and RefusedError if the entry is not the student's to change any more.
    """
    with transaction() as session:
        logged = _own_open_entry(session, kind, actor, uuid.UUID(entry.uid))
        if logged.version != version:
            raise RefusedError(
                f"This {kind.noun} was changed in another window since you opened it. "
                "Open it again to see how it is now."
            )
        status = Status.SUBMITTED if submit else Status(logged.status)
        for name, value in _checked(session, kind, actor, replace(entry, status=status)).items():
            setattr(logged, name, value)
        logged.changed_at = clock.now()
        trail.record(actor, f"{kind.noun}.{'submit' if submit else 'change'}", entry.uid, about=actor.person_id)
        return status


def submit_entry(kind: EntryKind[E], actor: Actor, uid: uuid.UUID) -> None:
    """Hand in a draft or returned entry as it stands. Raises FaultsError if it is not whole."""
    with transaction() as session:
        logged = _own_open_entry(session, kind, actor, uid)
        row = session.execute(
            kind.spelled_out().where(kind.table.program_id == actor.program_id, kind.table.uid == uid)
        ).one()
        _checked(session, kind, actor, replace(kind.as_entry(row), status=Status.SUBMITTED))
        logged.status = Status.SUBMITTED
        logged.changed_at = clock.now()
        trail.record(actor, f"{kind.noun}.submit", uid, about=actor.person_id)


def refuse_closed(kind: EntryKind[E], status: str) -> None:
    """Raise RefusedError unless the student may still change an entry of this status."""
    if status not in OPEN:
        raise RefusedError(
            f"This {kind.noun} is {status} and cannot be changed; only drafts and returned {kind.plural} can."
        )


def _checked(session: Session, kind: EntryKind[E], actor: Actor, entry: E) -> dict[str, object]:
    """The entry as column values, once nothing is wrong with it."""
    references = kind.references(session, actor.program_id, actor.person_id)
    faults = references.faults(entry, today=clock.today(actor.timezone))
    if faults:
        raise FaultsError(faults)
    return references.columns(entry)


def _own_open_entry(session: Session, kind: EntryKind[E], actor: Actor, uid: uuid.UUID) -> LogEntry:
    logged = session.get(kind.table, (actor.program_id, uid), with_for_update=True)
    if logged is None or logged.student_id != actor.person_id:
        raise NotFoundError
    refuse_closed(kind, logged.status)
    return logged
