"""Learning activities: list, one, log, change, submit, amend, void."""

import uuid

from flask.wrappers import Response

from caselog.api import entries
from caselog.api.bodies import ActivityAmendment, ActivityChanges, ActivityListing, NewActivity, Voiding
from caselog.api.models import ActivityAnswer, ActivityList, Receipt
from caselog.api.operations import operation
from caselog.api.reading import read_body, read_query
from caselog.domain.activity import LearningActivity
from caselog.domain.scopes import Scope
from caselog.services import looks
from caselog.services.activity_log import ActivityFilter, narrowed
from caselog.services.actor import Permission
from caselog.services.kinds import ACTIVITIES
from caselog.web.access import current_actor


def _look(uid: uuid.UUID) -> None:
    looks.at_entry(ACTIVITIES, current_actor(), uid)


def _look_at_activities(student_id: uuid.UUID) -> None:
    looks.at_student(current_actor(), student_id, "activities.look")


@operation(
    "/activities",
    permission=Permission.VIEW_OWN_LOG,
    scope=Scope.READ_LOG,
    query=ActivityListing,
    answer=ActivityList,
)
def list_activities() -> Response:
    """List your activities."""
    return _list(current_actor().person_id)


@operation(
    "/students/<uuid:student_id>/activities",
    permission=Permission.VIEW_STUDENTS,
    scope=Scope.READ_STUDENTS,
    query=ActivityListing,
    answer=ActivityList,
    looks=_look_at_activities,
)
def list_activities_of_student(student_id: uuid.UUID) -> Response:
    """List a student's activities.

    The look is noted, and the student sees it.
    """
    return _list(student_id)


def _list(student_id: uuid.UUID) -> Response:
    wanted = read_query(ActivityListing)
    asked = ActivityFilter(**wanted.model_dump(exclude={"limit", "cursor"}))
    return entries.show_list(ACTIVITIES, student_id, wanted, narrowed(asked))


@operation(
    "/activities/<uuid:uid>",
    permission=Permission.VIEW_CASE,
    scope=Scope.READ_LOG,
    answer=ActivityAnswer,
    etag=True,
    looks=_look,
)
def show_activity(uid: uuid.UUID) -> Response:
    """One activity that you may see.

    A look at another person's activity is noted.
    """
    return entries.show_one(ACTIVITIES, uid)


@operation(
    "/activities",
    method="POST",
    permission=Permission.LOG_CASE,
    scope=Scope.WRITE_LOG,
    body=NewActivity,
    answer=Receipt,
    status=201,
    also=200,
    repeats=True,
    etag=True,
)
def log_activity() -> Response:
    """Log an activity.

    As a draft, which may lack anything, or submitted. With an `activity_uid` of yours it is safe to send it again:
    an activity that is in the log already is not changed, and the answer is 200.
    """
    return entries.log(ACTIVITIES, read_body(NewActivity), LearningActivity())


@operation(
    "/activities/<uuid:uid>",
    method="PATCH",
    permission=Permission.LOG_CASE,
    scope=Scope.WRITE_LOG,
    body=ActivityChanges,
    answer=Receipt,
    conditional=True,
    etag=True,
)
def change_activity(uid: uuid.UUID) -> Response:
    """Change a draft or a returned activity of yours.

    Only the fields that are sent change. If it was changed since you fetched it the answer is 412, with the
    differences between what stands now and what you sent.
    """
    return entries.change(ACTIVITIES, uid, read_body(ActivityChanges))


@operation(
    "/activities/<uuid:uid>/submit",
    method="POST",
    permission=Permission.LOG_CASE,
    scope=Scope.WRITE_LOG,
    answer=Receipt,
    repeats=True,
    etag=True,
    errors=(409,),
)
def submit_activity(uid: uuid.UUID) -> Response:
    """Submit an activity of yours as it stands."""
    return entries.submit(ACTIVITIES, uid)


@operation(
    "/activities/<uuid:uid>/amend",
    method="POST",
    permission=Permission.AMEND,
    scope=Scope.WRITE_LOG,
    body=ActivityAmendment,
    answer=Receipt,
    repeats=True,
    conditional=True,
    etag=True,
    looks=_look,
)
def amend_activity(uid: uuid.UUID) -> Response:
    """Amend a submitted or verified activity, with a reason.

    It waits for verification again. Only the fields that are sent change.
    """
    return entries.amend(ACTIVITIES, uid, read_body(ActivityAmendment))


@operation(
    "/activities/<uuid:uid>/void",
    method="POST",
    permission=Permission.AMEND,
    scope=Scope.WRITE_LOG,
    body=Voiding,
    answer=Receipt,
    repeats=True,
    conditional=True,
    etag=True,
    looks=_look,
)
def void_activity(uid: uuid.UUID) -> Response:
    """Make an activity void, with a reason, for good.

    It counts nowhere, and stays in the log.
    """
    return entries.void(ACTIVITIES, uid, read_body(Voiding))
