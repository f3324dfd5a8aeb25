"""Evaluating a case, as its preceptor and as its student, and how evaluations go over a rotation."""

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from caselog.domain.evaluation_form import SCORES
from caselog.forms.evaluation import EvaluateForm
from caselog.services import case_evaluations, case_log, looks, people
from caselog.services.actor import Permission, RefusedError
from caselog.services.kinds import CASES
from caselog.web.access import current_actor, needs

blueprint = Blueprint("evaluations", __name__)


@blueprint.route("/cases/<uuid:case_uid>/evaluate", methods=["GET", "POST"])
@needs(get=Permission.VIEW_CASE, post=Permission.EVALUATE_CASE)
def case(case_uid: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    looks.at_entry(CASES, actor, case_uid)
    view, found = case_log.case_view(actor, case_uid), case_evaluations.evaluations_of(actor, case_uid)
    form = None
    if found.form and found.side:
        own = found.own
        form = EvaluateForm.for_form(
            found.form.definition, own.scores if own else None, own.comment if own else ""
        )
        if form.validate_on_submit():
            try:
                outcome = case_evaluations.evaluate(actor, case_uid, form.scores(), form.comment.data)
            except RefusedError as error:
                form.form_errors.append(str(error))
            else:
                flash(f"Evaluation saved. {outcome.why}", "success")
                return redirect(url_for("cases.show", case_uid=case_uid))
    status = 400 if form is not None and form.errors else 200
    return render_template("evaluations/case.html", view=view, found=found, form=form, scores=SCORES), status


@blueprint.get("/evaluations")
@needs(Permission.VIEW_OWN_LOG)
def own() -> ResponseReturnValue:
    actor = current_actor()
    return render_template(
        "evaluations/trends.html", trends=case_evaluations.trends(actor, actor.person_id), student=None
    )


@blueprint.get("/students/<uuid:student_id>/evaluations")
@needs(Permission.VIEW_STUDENTS)
def of_student(student_id: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    looks.at_student(actor, student_id, "evaluations.look")
    found = case_evaluations.trends(actor, student_id)
    return render_template(
        "evaluations/trends.html",
        trends=found,
        student=people.student_name(actor, student_id),
        student_id=student_id,
    )
