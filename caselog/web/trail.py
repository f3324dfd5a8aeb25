"""The audit trail for directors, and for students who looked at their record."""

import uuid

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caselog.domain.activity import LearningActivity
from caselog.domain.case import Case
from caselog.exports.as_csv import csv_chunks
from caselog.exports.table import TRAIL
from caselog.forms.trail import TrailFilterForm
from caselog.services import activity_log, audit, case_log, looks, people, trail, trail_log
from caselog.services.activity_log import ActivityView
from caselog.services.actor import Permission
from caselog.services.case_log import CaseView
from caselog.services.history import history, page_of_record
from caselog.services.kinds import ACTIVITIES, CASES
from caselog.services.trail_log import TrailFilter
from caselog.web.access import current_actor, needs
from caselog.web.paging import page_links, wanted_page

blueprint = Blueprint("trail", __name__)


@blueprint.get("/trail")
@needs(Permission.VIEW_TRAIL)
def index() -> ResponseReturnValue:
    actor = current_actor()
    form = TrailFilterForm(trail_log.trail_choices(actor), request.args)
    wanted = form.wanted() if form.validate() else TrailFilter()
    page = trail_log.trail_page(actor, wanted, wanted_page())
    html = render_template(
        "trail/index.html",
        page=page,
        links=page_links(page),
        form=form,
        query=request.query_string.decode("ascii"),
    )
    return html, 400 if form.errors else 200


@blueprint.get("/trail.csv")
@needs(Permission.VIEW_TRAIL)
def export() -> ResponseReturnValue:
    actor = current_actor()
    form = TrailFilterForm(trail_log.trail_choices(actor), request.args)
    wanted = form.wanted() if form.validate() else TrailFilter()
    rows = list(trail_log.export_trail(actor, wanted))
    head = trail.head(actor)
    name = f"trail-to-{head.seq}-{head.hash[:12]}.csv"
    return Response(
        csv_chunks(rows, TRAIL),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={name}", "Caselog-Trail-Head": str(head)},
    )


@blueprint.get("/trail/check")
@needs(Permission.VIEW_TRAIL)
def check() -> ResponseReturnValue:
    return render_template("trail/check.html", found=audit.verify(current_actor()))


@blueprint.get("/cases/<uuid:case_uid>/history")
@needs(Permission.VIEW_CASE)
def of_case(case_uid: uuid.UUID) -> ResponseReturnValue:
    looks.at_entry(CASES, current_actor(), case_uid)
    view = case_log.case_view(current_actor(), case_uid)
    return _history("case", view, view.listed.case, url_for("cases.show", case_uid=case_uid))


@blueprint.get("/activities/<uuid:activity_uid>/history")
@needs(Permission.VIEW_CASE)
def of_activity(activity_uid: uuid.UUID) -> ResponseReturnValue:
    looks.at_entry(ACTIVITIES, current_actor(), activity_uid)
    view = activity_log.activity_view(current_actor(), activity_uid)
    return _history("activity", view, view.listed.activity, url_for("activities.show", activity_uid=activity_uid))


def _history(
    noun: str, view: CaseView | ActivityView, entry: Case | LearningActivity, back: str
) -> ResponseReturnValue:
    actor = current_actor()
    return render_template(
        "trail/history.html",
        noun=noun,
        view=view,
        codes=view.codes if isinstance(view, CaseView) else None,
        on=entry.on,
        status=entry.status,
        student=view.listed.student,
        own=view.student_id == actor.person_id,
        back=back,
        events=history(actor, uuid.UUID(entry.uid), view.reviews, view.changes),
    )


@blueprint.get("/students/<uuid:student_id>/record")
@needs(Permission.VIEW_STUDENTS)
def record(student_id: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    looks.at_student(actor, student_id, "log.look")
    page = page_of_record(actor, student_id, wanted_page())
    return render_template(
        "trail/record.html",
        student=people.student_name(actor, student_id),
        student_id=student_id,
        page=page,
        links=page_links(page),
        head=trail.head(actor),
    )


@blueprint.get("/looks")
@needs(Permission.VIEW_OWN_LOG)
def own() -> ResponseReturnValue:
    page = looks.at_mine(current_actor(), wanted_page())
    return render_template("trail/looks.html", page=page, links=page_links(page))
