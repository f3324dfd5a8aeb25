"""Taking a log away as a file."""

import uuid

from flask import Response

from caselog.api.bodies import ExportWish
from caselog.api.exporting import download
from caselog.api.models import FileAnswer
from caselog.api.operations import operation
from caselog.api.reading import read_body
from caselog.domain.scopes import Scope
from caselog.services.actor import Permission
from caselog.web.access import current_actor

FILES = ("text/csv",)


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

    That it left is on record, with the reason, under the code of the header Caselog-Verification-Code.
    """
    wish = read_body(ExportWish)
    actor = current_actor()
    return download(actor, actor.person_id, wish.reason, wish.entries)


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
    wish = read_body(ExportWish)
    return download(current_actor(), student_id, wish.reason, wish.entries)
