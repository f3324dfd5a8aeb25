"""The preceptor's queue, and the decision on a case."""

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from caselog.domain.codes import Status
from caselog.forms.review import DecisionForm
from caselog.services import case_log, review
from caselog.services.actor import NotFoundError, Permission, RefusedError
from caselog.web.access import current_actor, needs
from caselog.web.paging import page_links, wanted_page

blueprint = Blueprint("review", __name__)


@blueprint.get("/review")
@needs(Permission.VIEW_REVIEWS)
def queue() -> ResponseReturnValue:
    page = review.queue(current_actor(), wanted_page())
    return render_template("review/queue.html", page=page, links=page_links(page))


@blueprint.route("/review/<uuid:case_uid>", methods=["GET", "POST"])
@needs(get=Permission.VIEW_REVIEWS, post=Permission.REVIEW_CASE)
def decide(case_uid: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    view = case_log.case_view(actor, case_uid)
    if view.preceptor_id != actor.person_id:
        raise NotFoundError
    form = DecisionForm(version=view.version)
    refused = False
    if form.validate_on_submit():
        try:
            status = review.decide(actor, form.decision(case_uid))
        except RefusedError as error:  # shown are the case as it is now, and the comment as it was typed
            refused = True
            form.form_errors.append(str(error))
            form.version.data = view.version
        else:
            flash("Verified." if status is Status.VERIFIED else "Returned to the student.", "success")
            return redirect(url_for("review.queue"))
    waits = review.may_decide(actor, view.preceptor_id, view.listed.case.status)
    return (
        render_template("review/decide.html", view=view, case=view.listed.case, form=form, waits=waits),
        409 if refused else 400 if form.errors else 200,
    )
