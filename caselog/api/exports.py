"""Taking a log away as a file."""

import uuid

from flask import Response

from caselog.api.bodies import ExportWish
from caselog.api.models import FileAnswer
from caselog.api.operations import operation
from caselog.api.reading import read_body
from caselog.domain.export import Format, Use
from caselog.domain.scopes import Scope
from caselog.services.actor import Permission
from caselog.services.export_making import Entries, make
from caselog.services.issuing import Issue
from caselog.web.access import current_actor
from caselog.web.downloads import download

FILES = (
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/json",
    "application/pdf",
)


@operation(
    "/exports",
    method="POST",
    permission=Permission.EXPORT_LOG,
    scope=Scope.EXPORT,
    body=ExportWish,
    answer=FileAnswer,
    media=FILES,
    repeats=True,
)
def export_log() -> Response:
    """Take your log away as a file.

    That it left is on record, with the reason, under the code of the header Caselog-Verification-Code. How exactly days
    and sites leave is the program's to say for each use; an archive is always whole.
    """
    return _file(current_actor().person_id)


@operation(
    "/students/<uuid:student_id>/exports",
    method="POST",
    permission=Permission.EXPORT_PROGRAM,
    scope=Scope.EXPORT,
    body=ExportWish,
    answer=FileAnswer,
    media=FILES,
    repeats=True,
)
def export_log_of_student(student_id: uuid.UUID) -> Response:
    """Take a student's log away as a file.

    The student sees that it left, by whom and why.
    """
    return _file(student_id)


def _file(student_id: uuid.UUID) -> Response:
    wish = read_body(ExportWish)
    wanted = Issue(use=Use(wish.use), format=Format(wish.format), student_id=student_id, reason=wish.reason)
    return download(make(current_actor(), wanted, Entries(wish.entries)))
