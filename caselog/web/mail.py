"""Mail and links: a student asks, a director sees what became of it and ends links, and sets when mail is sent."""

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from caselog.domain.settings import RANGES
from caselog.forms.settings import SettingsForm
from caselog.services import digests, links
from caselog.services.actor import Permission, RefusedError
from caselog.services.mail_overview import MAILS_MOST, overview
from caselog.services.settings import change_settings, settings_of
from caselog.store.session import reading
from caselog.web.access import current_actor, needs

blueprint = Blueprint("mail", __name__)


@blueprint.post("/cases/ask/<uuid:reviewer_id>")
@needs(Permission.LOG_CASE)
def ask(reviewer_id: uuid.UUID) -> ResponseReturnValue:
    try:
        name = digests.ask(current_actor(), reviewer_id)
    except RefusedError as error:
        flash(str(error), "warning")
    else:
        flash(f"{name} will get a mail with a link to all that waits with them.", "success")
    return redirect(url_for("cases.index"))


@blueprint.get("/program/mail")
@needs(Permission.VIEW_PROGRAM)
def index() -> ResponseReturnValue:
    return render_template("program/mail.html", view=overview(current_actor()), most=MAILS_MOST)


@blueprint.post("/program/links/<uuid:link_id>/revoke")
@needs(Permission.MANAGE_PROGRAM)
def revoke(link_id: uuid.UUID) -> ResponseReturnValue:
    try:
        links.revoke(current_actor(), link_id)
    except RefusedError as error:
        flash(str(error), "warning")
    else:
        flash("The link is ended: nobody can use it any more.", "success")
    return redirect(url_for("mail.index"))


@blueprint.route("/program/settings", methods=["GET", "POST"])
@needs(get=Permission.VIEW_PROGRAM, post=Permission.MANAGE_PROGRAM)
def settings() -> ResponseReturnValue:
    actor = current_actor()
    with reading() as session:
        in_force = settings_of(session, actor.program_id)
    form = SettingsForm(in_force)
    if form.validate_on_submit():
        change_settings(actor, form.settings())
        flash("Saved.", "success")
        return redirect(url_for("mail.settings"))
    return render_template("program/settings.html", form=form, ranges=RANGES), 400 if form.errors else 200
