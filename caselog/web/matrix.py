"""A student's log × the requirements of a rule set, as the student or a director sees it."""

import uuid

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from caselog.forms.matrix import MatrixForm
from caselog.services import looks, touching
from caselog.services.actor import Permission
from caselog.services.progress import student_record
from caselog.services.touching import Shown
from caselog.web.access import current_actor, needs
from caselog.web.paging import page_links, wanted_page

blueprint = Blueprint("matrix", __name__)


@blueprint.get("/progress/matrix")
@needs(Permission.VIEW_OWN_LOG)
def own() -> ResponseReturnValue:
    return _page(current_actor().person_id, own=True)


@blueprint.get("/students/<uuid:student_id>/progress/matrix")
@needs(Permission.VIEW_STUDENTS)
def of_student(student_id: uuid.UUID) -> ResponseReturnValue:
    looks.at_student(current_actor(), student_id, "progress.look")
    return _page(student_id, own=False)


def _page(student_id: uuid.UUID, *, own: bool) -> ResponseReturnValue:
    record = student_record(current_actor(), student_id)
    engines = {engine.ruleset.id: engine for engine in record.engines}
    form = MatrixForm([(name, engine.ruleset.title) for name, engine in engines.items()], request.args)
    valid = form.validate()
    found = None
    if engines:
        engine = engines[form.ruleset.data] if valid and form.ruleset.data else record.engines[0]
        found = touching.matrix(record, engine, form.wanted() if valid else Shown.ALL, wanted_page())
    return (
        render_template(
            "progress/matrix.html",
            record=record,
            matrix=found,
            links=page_links(found) if found else None,
            form=form,
            own=own,
        ),
        200 if valid else 400,
    )
