"""The packets of a cohort: made in the background, fetched as one ZIP."""

import uuid
from functools import partial

from flask import Blueprint, Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from werkzeug.http import dump_options_header

from caselog.domain.export import Use
from caselog.domain.export_words import USES
from caselog.exports.file_names import in_ascii
from caselog.services import jobs, packet_batches, packets
from caselog.services.actor import Actor, Permission, RefusedError
from caselog.services.jobs import JobView
from caselog.web import jobs as job_pages
from caselog.web.access import current_actor, needs
from caselog.web.background import start

blueprint = Blueprint("packets", __name__)


def _result(view: JobView) -> str:
    return url_for("packets.of_batch", batch_id=view.subject) if view.subject else url_for("cohorts.index")


job_pages.TITLES[packet_batches.KIND] = "Packets of a cohort"
job_pages.RESULTS[packet_batches.KIND] = _result


@blueprint.get("/cohorts/<uuid:cohort_id>/packets")
@needs(Permission.VIEW_STUDENTS)
def of_cohort(cohort_id: uuid.UUID) -> ResponseReturnValue:
    return _page(cohort_id), 200


def _page(cohort_id: uuid.UUID, refusal: str = "") -> str:
    found = packet_batches.packets_of(current_actor(), cohort_id)
    uses = [(use.value, USES[use]) for use in packets.USES]
    return render_template("packets/cohort.html", found=found, uses=uses, words=USES, refusal=refusal)


@blueprint.post("/cohorts/<uuid:cohort_id>/packets")
@needs(Permission.EXPORT_PROGRAM)
def begin(cohort_id: uuid.UUID) -> ResponseReturnValue:
    wanted = request.form.get("use", "")
    if wanted not in tuple(packets.USES):
        return _page(cohort_id, "Choose what the packets are for."), 400
    actor = current_actor()
    batch_id, job_id = packet_batches.order(actor, cohort_id, Use(wanted))
    return _work(actor, batch_id, job_id)


@blueprint.post("/packets/<uuid:batch_id>/go-on")
@needs(Permission.EXPORT_PROGRAM)
def go_on(batch_id: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    try:
        job_id = packet_batches.go_on(actor, batch_id)
    except RefusedError as error:
        flash(str(error), "warning")
        return redirect(url_for("packets.of_batch", batch_id=batch_id))
    return _work(actor, batch_id, job_id)


def _work(actor: Actor, batch_id: uuid.UUID, job_id: uuid.UUID) -> ResponseReturnValue:
    start(partial(jobs.work, actor, job_id, partial(packet_batches.make, actor, batch_id)))
    return redirect(url_for("jobs.show", job_id=job_id))


@blueprint.get("/packets/<uuid:batch_id>")
@needs(Permission.VIEW_STUDENTS)
def of_batch(batch_id: uuid.UUID) -> ResponseReturnValue:
    cohort_id = packet_batches.cohort_of(current_actor(), batch_id)
    return redirect(url_for("packets.of_cohort", cohort_id=cohort_id))


@blueprint.get("/packets/<uuid:batch_id>/packets.zip")
@needs(Permission.VIEW_STUDENTS)
def download(batch_id: uuid.UUID) -> ResponseReturnValue:
    found = packet_batches.zip_of(current_actor(), batch_id)
    response = Response(stream_with_context(found.chunks), mimetype="application/zip")
    response.headers.set(
        "Content-Disposition",
        dump_options_header("attachment", {"filename": in_ascii(found.filename)}),
    )
    return response
