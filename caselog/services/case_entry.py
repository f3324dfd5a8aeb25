"""Logging a case: new, changed while it is still the student's, and handed in for verification."""

import uuid

from caselog.domain.case import Case
from caselog.domain.codes import Status
from caselog.domain.transitions import Act, refusal
from caselog.extensions import db
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.case_log import CaseView, case_view
from caselog.services.entry import Logged, change_entry, log_entry, submit_entry
from caselog.services.kinds import CASES
from caselog.services.references import References, load_references


def references_of(actor: Actor, student_id: uuid.UUID | None = None) -> References:
    """What may be chosen from while entering a case of one's own, or of the student whose case is amended."""
    return load_references(db.session(), actor.program_id, student_id or actor.person_id)


def open_case(actor: Actor, case_uid: uuid.UUID) -> CaseView:
    """A case of the student's own to change. Raises NotFoundError, RefusedError if it is not open."""
    view = case_view(actor, case_uid)
    if view.student_id != actor.person_id:
        raise NotFoundError
    if Act.CHANGE not in view.may:
        raise RefusedError(refusal(view.stage, Act.CHANGE, noun=CASES.noun, plural=CASES.plural))
    return view


def log_case(actor: Actor, case: Case, *, submit: bool) -> Logged:
    """Store a new case of the student's own. A second arrival of the same `case_uid` changes nothing.

    Raises FaultsError, and NotFoundError for another's `case_uid`.
    """
    return log_entry(CASES, actor, case, submit=submit)


def change_case(actor: Actor, case: Case, *, version: int, submit: bool) -> Status:
    """Change a draft or a returned case; `version` is the one that the student was shown.

    Raises FaultsError, NotFoundError, and RefusedError if the case is not the student's to change any more.
    """
    return change_entry(CASES, actor, case, version=version, submit=submit)


def submit_case(actor: Actor, case_uid: uuid.UUID) -> None:
    """Hand in a draft or returned case as it stands. Raises FaultsError if it is not whole."""
    submit_entry(CASES, actor, case_uid)
