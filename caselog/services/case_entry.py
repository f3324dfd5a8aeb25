"""Logging a case: new, changed while it is still the student's, and handed in for verification."""

import uuid
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.case import Case, Fault
from caselog.domain.codes import Status
from caselog.extensions import db
from caselog.services import trail
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.case_log import CaseView, case_view
from caselog.services.references import References, load_references
from caselog.store import cases as store
from caselog.store.cases import LoggedCase
from caselog.store.session import reading, transaction

# While a case has one of these, its student may change it.
OPEN = frozenset({Status.DRAFT, Status.RETURNED})


class FaultsError(Exception):
    """A case cannot be stored as it is; `faults` says what is wrong with which field."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.message}" for fault in faults))
        self.faults = faults


def references_of(actor: Actor) -> References:
    """What the student may choose from while entering a case."""
    return load_references(db.session(), actor.program_id, actor.person_id)


@dataclass(frozen=True, slots=True)
class Logged:
    """What became of a case: its status, and whether it is new in the log."""

    status: Status
    fresh: bool


def open_case(actor: Actor, case_uid: uuid.UUID) -> CaseView:
    """A case of the student's own to change. Raises NotFoundError, RefusedError if it is not open."""
    view = case_view(actor, case_uid)
    if view.student_id != actor.person_id:
        raise NotFoundError
    _refuse_closed(view.listed.case.status)
    return view


def log_case(actor: Actor, case: Case, *, submit: bool) -> Logged:
    """Store a new case of the student's own. A second arrival of the same `case_uid` changes nothing.

    Raises FaultsError, and NotFoundError for another's `case_uid`.
    """
    try:
        return _log(actor, case, submit=submit)
    except IntegrityError:
        # The same case may have come twice at once, and the other was stored after this one looked for it.
        with reading() as session:
            known = _second_arrival(session, actor, uuid.UUID(case.case_uid))
        if known is None:
            raise
        return known


def _log(actor: Actor, case: Case, *, submit: bool) -> Logged:
    case_uid = uuid.UUID(case.case_uid)
    with transaction() as session:
        known = _second_arrival(session, actor, case_uid)
        if known:
            return known
        case = replace(case, status=Status.SUBMITTED if submit else Status.DRAFT)
        now = clock.now()
        session.add(
            LoggedCase(
                program_id=actor.program_id,
                case_uid=case_uid,
                student_id=actor.person_id,
                created_at=now,
                changed_at=now,
                **_checked(session, actor, case),
            )
        )
        trail.record(actor, f"case.{'submit' if submit else 'draft'}", case.case_uid)
        return Logged(Status(case.status), fresh=True)


def _second_arrival(session: Session, actor: Actor, case_uid: uuid.UUID) -> Logged | None:
    known = session.get(LoggedCase, (actor.program_id, case_uid))
    if known is None:
        return None
    if known.student_id != actor.person_id:
        raise NotFoundError
    return Logged(Status(known.status), fresh=False)


def change_case(actor: Actor, case: Case, *, version: int, submit: bool) -> Status:
    """Change a draft or a returned case; `version` is the one that the student was shown.

    Raises FaultsError, NotFoundError, and RefusedError if the case is not the student's to change any more.
    """
    with transaction() as session:
        logged = _own_open_case(session, actor, uuid.UUID(case.case_uid))
        if logged.version != version:
            raise RefusedError(
                "This case was changed in another window since you opened it. Open it again to see how it is now."
            )
        case = replace(case, status=Status.SUBMITTED if submit else logged.status)
        for name, value in _checked(session, actor, case).items():
            setattr(logged, name, value)
        logged.changed_at = clock.now()
        trail.record(actor, f"case.{'submit' if submit else 'change'}", case.case_uid)
        return Status(case.status)


def submit_case(actor: Actor, case_uid: uuid.UUID) -> None:
    """Hand in a draft or returned case as it stands. Raises FaultsError if it is not whole."""
    with transaction() as session:
        logged = _own_open_case(session, actor, case_uid)
        row = session.execute(store.spelled_out().where(_is(actor, case_uid))).one()
        case = replace(store.as_case(row), status=Status.SUBMITTED)
        _checked(session, actor, case)
        logged.status = Status.SUBMITTED
        logged.changed_at = clock.now()
        trail.record(actor, "case.submit", case_uid)


def _checked(session: Session, actor: Actor, case: Case) -> dict[str, object]:
    """The case as column values, once nothing is wrong with it."""
    references = load_references(session, actor.program_id, actor.person_id)
    faults = references.faults(case, today=clock.today(actor.timezone))
    if faults:
        raise FaultsError(faults)
    return references.columns(case)


def _own_open_case(session: Session, actor: Actor, case_uid: uuid.UUID) -> LoggedCase:
    logged = session.get(LoggedCase, (actor.program_id, case_uid), with_for_update=True)
    if logged is None or logged.student_id != actor.person_id:
        raise NotFoundError
    _refuse_closed(logged.status)
    return logged


def _refuse_closed(status: str) -> None:
    if status not in OPEN:
        raise RefusedError(f"This case is {status} and cannot be changed; only drafts and returned cases can.")


def _is(actor: Actor, case_uid: uuid.UUID) -> sa.ColumnElement[bool]:
    return sa.and_(LoggedCase.program_id == actor.program_id, LoggedCase.case_uid == case_uid)
