"""Removing texts that could identify a patient."""

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from caselog.forms.redaction import RedactionForm
from caselog.services import activity_log, case_log, looks, redaction
from caselog.services.activity_log import ActivityView
from caselog.services.actor import Permission, RefusedError
from caselog.services.case_log import CaseView
from caselog.services.kinds import ACTIVITIES, CASES, EntryKind
from caselog.web.access import current_actor, needs

blueprint = Blueprint("redaction", __name__)


@blueprint.route("/cases/<uuid:case_uid>/redact", methods=["GET", "POST"])
@needs(get=Permission.VIEW_CASE, post=Permission.REDACT)
def of_case(case_uid: uuid.UUID) -> ResponseReturnValue:
    looks.at_entry(CASES, current_actor(), case_uid)
    view = case_log.case_view(current_actor(), case_uid)
    return _page(CASES, view, case_uid, url_for("cases.show", case_uid=case_uid))


@blueprint.route("/activities/<uuid:activity_uid>/redact", methods=["GET", "POST"])
@needs(get=Permission.VIEW_CASE, post=Permission.REDACT)
def of_activity(activity_uid: uuid.UUID) -> ResponseReturnValue:
    looks.at_entry(ACTIVITIES, current_actor(), activity_uid)
    view = activity_log.activity_view(current_actor(), activity_uid)
    return _page(ACTIVITIES, view, activity_uid, url_for("activities.show", activity_uid=activity_uid))


def _page(kind: EntryKind[Any], view: CaseView | ActivityView, uid: uuid.UUID, here: str) -> ResponseReturnValue:
    actor = current_actor()
    texts = redaction.texts_of(kind, actor, uid)
    form = RedactionForm(view.version, texts)
    if form.validate_on_submit():
        try:
            redaction.redact(kind, actor, uid, form.texts.data or [], version=form.version.data or 0)
        except RefusedError as error:
            form.refuse(str(error))
        else:
            flash("Removed for good. Note on the record: who removed it, and when.", "success")
            return redirect(here)
    page = render_template("trail/redact.html", form=form, kind=kind, view=view, texts=texts, here=here)
    return page, form.http_status
