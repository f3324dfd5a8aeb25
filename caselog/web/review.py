"""The reviewer's queue, and the decision on a case or a learning activity."""

import uuid
from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from caselog.domain.codes import Status
from caselog.forms.review import DecisionForm
from caselog.services import activity_log, case_log, review
from caselog.services.activity_log import ActivityView
from caselog.services.actor import Actor, NotFoundError, Permission, RefusedError
from caselog.services.case_log import CaseView
from caselog.services.review import Decision
from caselog.web.access import current_actor, needs
from caselog.web.paging import page_links, wanted_page

blueprint = Blueprint("review", __name__)

_ACTIVITIES_PAGE = "activities_page"


@blueprint.get("/review")
@needs(Permission.VIEW_REVIEWS)
def queue() -> ResponseReturnValue:
    actor = current_actor()
    page = review.queue(actor, wanted_page())
    activities = review.activity_queue(actor, wanted_page(_ACTIVITIES_PAGE))
    return render_template(
        "review/queue.html",
        page=page,
        links=page_links(page),
        activities=activities,
        activity_links=page_links(activities, _ACTIVITIES_PAGE),
    )


@blueprint.route("/review/<uuid:case_uid>", methods=["GET", "POST"])
@needs(get=Permission.VIEW_REVIEWS, post=Permission.REVIEW_CASE)
def decide(case_uid: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    view = case_log.case_view(actor, case_uid)
    if view.preceptor_id != actor.person_id:
        raise NotFoundError
    form = DecisionForm(view.version, "case")
    return _decision(case_uid, form, review.decide) or _page(
        "review/decide.html", view, form, view.listed.case.status
    )


@blueprint.route("/review/activities/<uuid:activity_uid>", methods=["GET", "POST"])
@needs(get=Permission.VIEW_REVIEWS, post=Permission.REVIEW_CASE)
def decide_activity(activity_uid: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    view = activity_log.activity_view(actor, activity_uid)
    if view.supervisor_id != actor.person_id:
        raise NotFoundError
    form = DecisionForm(view.version, "activity")
    return _decision(activity_uid, form, review.decide_activity) or _page(
        "review/decide-activity.html", view, form, view.listed.activity.status
    )


def _decision(
    uid: uuid.UUID, form: DecisionForm, decide: Callable[[Actor, Decision], Status]
) -> ResponseReturnValue | None:
    """Decide as the form says; nothing comes back while it was not sent, is not in order or is refused."""
    if not form.validate_on_submit():
        return None
    try:
        status = decide(current_actor(), form.decision(uid))
    except RefusedError as error:  # shown are the entry as it is now, and the comment as it was typed
        form.refuse(str(error))
        return None
    flash("Verified." if status is Status.VERIFIED else "Returned to the student.", "success")
    return redirect(url_for("review.queue"))


def _page(template: str, view: CaseView | ActivityView, form: DecisionForm, status: str) -> ResponseReturnValue:
    waits = status == Status.SUBMITTED
    return render_template(template, view=view, form=form, waits=waits), form.http_status
