"""How far work in the background is; its page sees for itself every two seconds, also without script."""

import uuid
from collections.abc import Callable

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from caselog.services import jobs
from caselog.services.actor import Permission
from caselog.services.jobs import JobView
from caselog.web.access import current_actor, needs

REFRESH = 2  # seconds

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")

# By kind of work: what it is called, and where its result, or another try, is.
TITLES: dict[str, str] = {}
RESULTS: dict[str, Callable[[JobView], str]] = {}


@blueprint.get("/<uuid:job_id>")
@needs(Permission.VIEW_ACCOUNT)
def show(job_id: uuid.UUID) -> ResponseReturnValue:
    view = jobs.look(current_actor(), job_id)
    result = RESULTS[view.kind](view) if view.kind in RESULTS else None
    shown = render_template("jobs/show.html", view=view, title=TITLES.get(view.kind, "Work"), result=result)
    return shown, {"Refresh": str(REFRESH)} if view.runs else {}


@blueprint.post("/<uuid:job_id>/cancel")
@needs(Permission.MANAGE_ACCOUNT)
def cancel(job_id: uuid.UUID) -> ResponseReturnValue:
    jobs.cancel(current_actor(), job_id)
    return redirect(url_for("jobs.show", job_id=job_id))
