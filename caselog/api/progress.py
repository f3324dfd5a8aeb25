"""Where a student stands, and what a case that is not logged yet would add."""

import uuid
from typing import Any

from flask import Response

from caselog.api.answers import answer
from caselog.api.bodies import CaseFields
from caselog.api.entries import given
from caselog.api.models import DraftEvaluation, ProgressAnswer
from caselog.api.operations import operation
from caselog.api.reading import pointer, read_body
from caselog.domain.case import Case
from caselog.domain.next_cases import Touch
from caselog.domain.result import plain
from caselog.domain.scopes import Scope
from caselog.exports.evaluation_json import evaluation_object
from caselog.services import case_entry, foresight, looks, progress
from caselog.services.actor import Permission
from caselog.store.session import reading
from caselog.web.access import current_actor


def _look(student_id: uuid.UUID) -> None:
    looks.at_student(current_actor(), student_id, "progress.look")


@operation("/progress", permission=Permission.VIEW_OWN_LOG, scope=Scope.READ_LOG, answer=ProgressAnswer)
def show_progress() -> Response:
    """Where you stand before every rule set that applies.

    Each evaluation is the JSON that `caselog evaluate` prints: which cases count, and why the others do not.
    """
    return _progress(current_actor().person_id)


@operation(
    "/students/<uuid:student_id>/progress",
    permission=Permission.VIEW_STUDENTS,
    scope=Scope.READ_STUDENTS,
    answer=ProgressAnswer,
    looks=_look,
)
def show_progress_of_student(student_id: uuid.UUID) -> Response:
    """Where a student stands.

    The look is noted, and the student sees it.
    """
    return _progress(student_id)


def _progress(student_id: uuid.UUID) -> Response:
    with reading():
        found = progress.student_progress(current_actor(), student_id)
    evaluations = [evaluation_object(evaluation) for _, evaluation in found.evaluations]
    return answer({"student_id": str(student_id), "as_of": found.as_of.isoformat(), "evaluations": evaluations})


@operation(
    "/evaluations",
    method="POST",
    permission=Permission.LOG_CASE,
    scope=Scope.READ_LOG,
    body=CaseFields,
    answer=DraftEvaluation,
)
def evaluate_draft() -> Response:
    """What a case would add once it is verified.

    Nothing is stored. A field that is impossible is left out, and said in `left_out`.
    """
    body = read_body(CaseFields)
    actor = current_actor()
    with reading():  # so that nobody who wants to write has to wait for it
        references = case_entry.references_of(actor)
        found = foresight.foresee(actor, references, Case(**given(body, fields=set(CaseFields.model_fields))))
    return answer(
        {
            "lacking": list(found.lacking),
            "still_open": list(found.still_open),
            "left_out": [{"pointer": pointer(each.field), "message": each.message} for each in found.left_out],
            "undated": found.undated,
            "judged": found.judged,
            "gains": [_touch(each) for each in found.gains],
            "nothing": [_touch(each) for of_set in found.sets for each in of_set.nothing],
        }
    )


def _touch(touch: Touch) -> dict[str, Any]:
    return {
        "ruleset": touch.ruleset.id,
        "edition": touch.ruleset.edition,
        "requirement": touch.requirement.id,
        "title": touch.title,
        "gain": plain(touch.gain),
        "reason": touch.reason,
    }
