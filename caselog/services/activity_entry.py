"""Logging a learning activity: new, changed while it is still the student's, and handed in for verification."""

import uuid

from caselog.domain.activity import LearningActivity
from caselog.domain.codes import Status
from caselog.domain.transitions import Act, refusal
from caselog.extensions import db
from caselog.services.activity_log import ActivityView, activity_view
from caselog.services.activity_references import ActivityReferences, load_activity_references
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.entry import Logged, change_entry, log_entry, submit_entry
from caselog.services.kinds import ACTIVITIES


def references_of(actor: Actor, student_id: uuid.UUID | None = None) -> ActivityReferences:
    """What may be chosen from while entering an activity of one's own, or of the student whose activity is amended."""
    return load_activity_references(db.session(), actor.program_id, student_id or actor.person_id)


def open_activity(actor: Actor, activity_uid: uuid.UUID) -> ActivityView:
    """An activity of the student's own to change. Raises NotFoundError, RefusedError if it is not open."""
    view = activity_view(actor, activity_uid)
    if view.student_id != actor.person_id:
        raise NotFoundError
    if Act.CHANGE not in view.may:
        raise RefusedError(refusal(view.stage, Act.CHANGE, noun=ACTIVITIES.noun, plural=ACTIVITIES.plural))
    return view


def log_activity(actor: Actor, activity: LearningActivity, *, submit: bool) -> Logged:
    """Store a new activity of the student's own. A second arrival of the same `activity_uid` changes nothing.

    Raises FaultsError, and NotFoundError for another's `activity_uid`.
    """
    return log_entry(ACTIVITIES, actor, activity, submit=submit)


def change_activity(actor: Actor, activity: LearningActivity, *, version: int, submit: bool) -> Status:
    """Change a draft or a returned activity; `version` is the one that the student was shown.

    Raises FaultsError, NotFoundError, and RefusedError if the activity is not the student's to change any more.
    """
    return change_entry(ACTIVITIES, actor, activity, version=version, submit=submit)


def submit_activity(actor: Actor, activity_uid: uuid.UUID) -> None:
    """Hand in a draft or returned activity as it stands. Raises FaultsError if it is not whole."""
    submit_entry(ACTIVITIES, actor, activity_uid)
