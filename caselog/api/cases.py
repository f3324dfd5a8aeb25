"""Cases: list, one, log, change, submit, amend, void."""

import uuid

from flask.wrappers import Response

from caselog.api import entries
from caselog.api.bodies import CaseAmendment, CaseChanges, CaseListing, NewCase, Voiding
from caselog.api.models import CaseAnswer, CaseList, Receipt
from caselog.api.operations import operation
from caselog.api.reading import read_body, read_query
from caselog.domain.case import Case
from caselog.domain.scopes import Scope
from caselog.services import looks
from caselog.services.actor import Permission
from caselog.services.case_log import LogFilter, narrowed
from caselog.services.kinds import CASES
from caselog.web.access import current_actor


def _look(uid: uuid.UUID) -> None:
    looks.at_entry(CASES, current_actor(), uid)


def _look_at_log(student_id: uuid.UUID) -> None:
    looks.at_student(current_actor(), student_id, "log.look")


@operation("/cases", permission=Permission.VIEW_OWN_LOG, scope=Scope.READ_LOG, query=CaseListing, answer=CaseList)
def list_cases() -> Response:
    """List your cases."""
    return _list(current_actor().person_id)


@operation(
    "/students/<uuid:student_id>/cases",
    permission=Permission.VIEW_STUDENTS,
    scope=Scope.READ_STUDENTS,
    query=CaseListing,
    answer=CaseList,
    looks=_look_at_log,
)
def list_cases_of_student(student_id: uuid.UUID) -> Response:
    """List a student's cases.

    The look is noted, and the student sees it.
    """
    return _list(student_id)


def _list(student_id: uuid.UUID) -> Response:
    wanted = read_query(CaseListing)
    asked = LogFilter(**wanted.model_dump(exclude={"limit", "cursor"}))
    return entries.show_list(CASES, student_id, wanted, narrowed(current_actor(), asked))


@operation(
    "/cases/<uuid:uid>",
    permission=Permission.VIEW_CASE,
    scope=Scope.READ_LOG,
    answer=CaseAnswer,
    etag=True,
    looks=_look,
)
def show_case(uid: uuid.UUID) -> Response:
    """One case that you may see.

    A look at another person's case is noted.
    """
    return entries.show_one(CASES, uid)


@operation(
    "/cases",
    method="POST",
    permission=Permission.LOG_CASE,
    scope=Scope.WRITE_LOG,
    body=NewCase,
    answer=Receipt,
    status=201,
    also=200,
    repeats=True,
    etag=True,
)
def log_case() -> Response:
    """Log a case.

    As a draft, which may lack anything, or submitted. With a `case_uid` of yours it is safe to send it again: a case
    that is in the log already is not changed, and the answer is 200.
    """
    return entries.log(CASES, read_body(NewCase), Case())


@operation(
    "/cases/<uuid:uid>",
    method="PATCH",
    permission=Permission.LOG_CASE,
    scope=Scope.WRITE_LOG,
    body=CaseChanges,
    answer=Receipt,
    conditional=True,
    etag=True,
)
def change_case(uid: uuid.UUID) -> Response:
    """Change a draft or a returned case of yours.

    Only the fields that are sent change. If it was changed since you fetched it the answer is 412, with the
    differences between what stands now and what you sent.
    """
    return entries.change(CASES, uid, read_body(CaseChanges))


@operation(
    "/cases/<uuid:uid>/submit",
    method="POST",
    permission=Permission.LOG_CASE,
    scope=Scope.WRITE_LOG,
    answer=Receipt,
    repeats=True,
    etag=True,
    errors=(409,),
)
def submit_case(uid: uuid.UUID) -> Response:
    """Submit a case of yours as it stands."""
    return entries.submit(CASES, uid)


@operation(
    "/cases/<uuid:uid>/amend",
    method="POST",
    permission=Permission.AMEND,
    scope=Scope.WRITE_LOG,
    body=CaseAmendment,
    answer=Receipt,
    repeats=True,
    conditional=True,
    etag=True,
    looks=_look,
)
def amend_case(uid: uuid.UUID) -> Response:
    """Amend a submitted or verified case, with a reason.

    It waits for verification again. Only the fields that are sent change.
    """
    return entries.amend(CASES, uid, read_body(CaseAmendment))


@operation(
    "/cases/<uuid:uid>/void",
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
def void_case(uid: uuid.UUID) -> Response:
    """Make a case void, with a reason, for good.

    It counts nowhere, and stays in the log.
    """
    return entries.void(CASES, uid, read_body(Voiding))
