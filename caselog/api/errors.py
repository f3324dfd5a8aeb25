"""What went wrong with a request of the API, as problem details; the rest is in web/errors.py."""

from collections.abc import Iterator
from typing import Any

from flask import request
from flask.wrappers import Response

from caselog.api.answers import version_meant
from caselog.api.operations import blueprint
from caselog.api.reading import FieldsError, UnreadableBodyError, pointer
from caselog.domain.fields import Fault
from caselog.services.actor import RefusedError
from caselog.services.entry import ConflictError, FaultsError
from caselog.services.screen import SCREENED, IdentifiersError, found_in
from caselog.web.problems import problem


@blueprint.errorhandler(UnreadableBodyError)
def _unreadable(error: UnreadableBodyError) -> Response:
    return problem(400, f"The body is no JSON that can be read. {error}")


@blueprint.errorhandler(FieldsError)
def _fields(error: FieldsError) -> Response:
    return problem(422, errors=error.errors)


@blueprint.errorhandler(FaultsError)
def _faults(error: FaultsError) -> Response:
    return problem(422, errors=[_told(each) for each in error.faults])


@blueprint.errorhandler(IdentifiersError)
def _identifiers(error: IdentifiersError) -> Response:
    """The place of what was found, and never the text."""
    return problem(
        422,
        "A text may say who a patient is; nothing was stored. Leave that out. What is not `strong` may stay if you "
        "looked at it and send `texts_checked: true`.",
        errors=[_told(each) for each in error.faults],
        findings=list(_findings()),
    )


def _findings() -> Iterator[dict[str, Any]]:
    body = request.get_json(silent=True)
    for name, text in body.items() if isinstance(body, dict) else ():
        if name in SCREENED and isinstance(text, str):
            for each in found_in(text, SCREENED[name]):
                yield {
                    "pointer": pointer(name),
                    "start": each.start,
                    "end": each.end,
                    "kind": each.category,
                    "strong": each.strong,
                }


@blueprint.errorhandler(ConflictError)
def _conflict(error: ConflictError) -> Response:
    """412 where it was changed since it was fetched, 409 where it is not to be changed so at all."""
    stale = version_meant() not in (None, error.version)
    differences = [{"field": each.field, "now": each.before, "sent": each.after} for each in error.differences]
    return problem(412 if stale else 409, str(error), differences=differences)


@blueprint.errorhandler(RefusedError)
def _refused(error: RefusedError) -> Response:
    return problem(409, str(error))


def _told(fault: Fault) -> dict[str, str]:
    return {"pointer": pointer(fault.field), "message": fault.message}
