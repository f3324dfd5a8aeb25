"""The audit trail for directors, and for students who looked at their record."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from caselog.exports.as_csv import csv_chunks
from caselog.exports.table import TRAIL
from caselog.forms.trail import TrailFilterForm
from caselog.services import looks, trail, trail_log
from caselog.services.actor import Permission
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


@blueprint.get("/looks")
@needs(Permission.VIEW_OWN_LOG)
def own() -> ResponseReturnValue:
    page = looks.at_mine(current_actor(), wanted_page())
    return render_template("trail/looks.html", page=page, links=page_links(page))
