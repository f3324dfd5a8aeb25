"""The student's learning activities: list, look, enter, change and hand in."""

import uuid

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caselog.domain.transitions import Act
from caselog.forms.activity import ActivityFilterForm, ActivityForm
from caselog.services import activity_entry, activity_log, import_undo, looks, touching
from caselog.services.activity_log import ActivityFilter
from caselog.services.actor import NotFoundError, Permission
from caselog.services.kinds import ACTIVITIES
from caselog.web.access import current_actor, needs
from caselog.web.amendments import activity_amendment
from caselog.web.entries import form_was_sent, handed_in, stored_change, stored_new
from caselog.web.paging import page_links, wanted_page

blueprint = Blueprint("activities", __name__)


@blueprint.get("/activities")
@needs(Permission.VIEW_OWN_LOG)
def index() -> ResponseReturnValue:
    return activities_page(current_actor().person_id, own=True)


def activities_page(student_id: uuid.UUID, *, own: bool, **context: object) -> ResponseReturnValue:
    """A student's activities under the filter in the address, as their owner or a director sees them."""
    form = ActivityFilterForm(request.args)
    wanted = form.wanted() if form.validate() else ActivityFilter()
    page = activity_log.page_of_student(current_actor(), student_id, wanted, wanted_page())
    return (
        render_template("activities/index.html", page=page, links=page_links(page), form=form, own=own, **context),
        400 if form.errors else 200,
    )


@blueprint.route("/activities/new", methods=["GET", "POST"])
@needs(get=Permission.VIEW_OWN_LOG, post=Permission.LOG_CASE)
def new() -> ResponseReturnValue:
    actor = current_actor()
    form = ActivityForm(activity_entry.references_of(actor))
    if stored_new(
        ACTIVITIES, form, lambda: activity_entry.log_activity(actor, form.activity(), submit=form.submits)
    ):
        return redirect(url_for("activities.show", activity_uid=form.uid))
    return render_template("activities/entry.html", form=form, heading="Log an activity"), form.http_status


@blueprint.get("/activities/<uuid:activity_uid>")
@needs(Permission.VIEW_CASE)
def show(activity_uid: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    looks.at_entry(ACTIVITIES, actor, activity_uid)
    view = activity_log.activity_view(actor, activity_uid)
    own = view.student_id == actor.person_id
    return render_template(
        "activities/show.html",
        view=view,
        activity=view.listed.activity,
        own=own,
        origin=import_undo.origin(actor, ACTIVITIES, activity_uid),
        touches=touching.entry_touches(current_actor(), view.student_id, activity_uid),
    )


@blueprint.route("/activities/<uuid:activity_uid>/edit", methods=["GET", "POST"])
@needs(get=Permission.VIEW_OWN_LOG, post=Permission.LOG_CASE)
def edit(activity_uid: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    found = activity_log.activity_view if form_was_sent() else activity_entry.open_activity
    view = found(actor, activity_uid)
    if view.student_id != actor.person_id:
        raise NotFoundError
    references = activity_entry.references_of(actor)
    form = ActivityForm(references, activity=view.listed.activity, version=view.version)
    if stored_change(
        ACTIVITIES,
        form,
        lambda: activity_entry.change_activity(
            actor, form.activity(), version=form.known_version, submit=form.submits
        ),
    ):
        return redirect(url_for("activities.show", activity_uid=activity_uid))
    if form.conflict and Act.AMEND in form.conflict.may:  # it was handed in meanwhile
        page = activity_amendment(view, form.conflict)
        return page or redirect(url_for("activities.show", activity_uid=activity_uid))
    return (
        render_template("activities/entry.html", form=form, heading="Change an activity", view=view),
        form.http_status,
    )


@blueprint.post("/activities/<uuid:activity_uid>/submit")
@needs(Permission.LOG_CASE)
def submit(activity_uid: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    if handed_in(ACTIVITIES, lambda: activity_entry.submit_activity(actor, activity_uid)):
        return redirect(url_for("activities.show", activity_uid=activity_uid))
    return redirect(url_for("activities.edit", activity_uid=activity_uid))
