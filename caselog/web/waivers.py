"""What is waived or substituted for a student: granted and ended by directors, each with its reason."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caselog.forms.waiver import WaiverForm
from caselog.services import looks, progress, waivers
from caselog.services.actor import Permission, RefusedError
from caselog.web.access import current_actor, needs

blueprint = Blueprint("waivers", __name__, url_prefix="/students/<uuid:student_id>/waivers")


@blueprint.route("", methods=["GET", "POST"])
@needs(get=Permission.VIEW_STUDENTS, post=Permission.WAIVE)
def index(student_id: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    looks.at_student(actor, student_id, "waivers.look")
    standing = progress.student_progress(actor, student_id)
    rulesets = [evaluation.ruleset for _, evaluation in standing.evaluations]
    waivable = waivers.waivable(rulesets)
    choices = [
        (f"{ruleset_id} {requirement_id}", f"{requirement.title} ({ruleset.title})")
        for (ruleset_id, requirement_id), (ruleset, requirement) in waivable.items()
    ]
    form = WaiverForm(choices, requirement=request.args.get("requirement"), granted="all")
    if form.validate_on_submit():
        try:
            waivers.grant(actor, student_id, form.details(), rulesets)
        except RefusedError as error:
            form.form_errors.append(str(error))
        else:
            flash("Granted; it is shown beside the number from now on.", "success")
            return redirect(url_for("waivers.index", student_id=student_id))
    page = render_template(
        "progress/waivers.html",
        progress=standing,
        form=form,
        titles={
            (ruleset.id, name): f"{requirement.title} ({ruleset.title})"
            for ruleset, requirement in waivable.values()
            for name in requirement.ids
        },
        waivers=waivers.listed(actor, student_id),
    )
    return page, 400 if form.errors else 200


@blueprint.post("/<uuid:waiver_id>/end")
@needs(Permission.WAIVE)
def end(student_id: uuid.UUID, waiver_id: uuid.UUID) -> ResponseReturnValue:
    waivers.end(current_actor(), student_id, waiver_id)
    flash("It ends with today.", "success")
    return redirect(url_for("waivers.index", student_id=student_id))
