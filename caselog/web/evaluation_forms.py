"""The director's evaluation forms, and the rotations that use them."""

import uuid

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caselog.domain.evaluation_form import PUBLISHED_SOURCE, SCORES
from caselog.forms.evaluation import AssignForm, FormForm
from caselog.services import cohort_standing, evaluation_forms, program
from caselog.services.actor import NotFoundError, Permission, RefusedError
from caselog.web.access import current_actor, needs

blueprint = Blueprint("evaluation_forms", __name__, url_prefix="/program/evaluations")
_may_see_and_change = needs(get=Permission.VIEW_PROGRAM, post=Permission.MANAGE_PROGRAM)


@blueprint.get("")
@needs(Permission.VIEW_PROGRAM)
def index() -> ResponseReturnValue:
    return render_template("program/evaluations/index.html", forms=evaluation_forms.forms(current_actor()))


@blueprint.route("/new", methods=["GET", "POST"])
@_may_see_and_change
def new() -> ResponseReturnValue:
    """A new form: as published, or like one of the program's."""
    like = request.args.get("like", "")
    form = FormForm(evaluation_forms.form(current_actor(), _uid(like)).details if like else None)
    if form.validate_on_submit():
        try:
            form_id = evaluation_forms.save_form(current_actor(), form.details())
        except RefusedError as error:
            form.name.errors = [str(error)]
        else:
            flash("Form added. Now say which rotations use it.", "success")
            return redirect(url_for("evaluation_forms.show", form_id=form_id))
    page = render_template("program/evaluations/edit.html", form=form, listed=None, published=PUBLISHED_SOURCE)
    return page, 400 if form.errors else 200


def _uid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFoundError from None


@blueprint.route("/<uuid:form_id>/edit", methods=["GET", "POST"])
@_may_see_and_change
def edit(form_id: uuid.UUID) -> ResponseReturnValue:
    listed = evaluation_forms.form(current_actor(), form_id)
    form = FormForm(listed.details)
    if form.validate_on_submit():
        try:
            evaluation_forms.save_form(current_actor(), form.details(), changing=form_id)
        except RefusedError as error:
            form.form_errors.append(str(error))
        else:
            flash("Saved.", "success")
            return redirect(url_for("evaluation_forms.show", form_id=form_id))
    page = render_template("program/evaluations/edit.html", form=form, listed=listed, published=PUBLISHED_SOURCE)
    return page, 400 if form.errors else 200


@blueprint.route("/<uuid:form_id>", methods=["GET", "POST"])
@_may_see_and_change
def show(form_id: uuid.UUID) -> ResponseReturnValue:
    """A form with the rotations that use it; sending it has more rotations use it."""
    actor = current_actor()
    form = AssignForm(
        [(str(cohort.id), cohort.name) for cohort, _ in cohort_standing.cohorts(actor)],
        [(site.code, site.name) for site in program.sites(actor)],
    )
    if form.validate_on_submit():
        try:
            using = evaluation_forms.assign(actor, form_id, form.wanted())
        except RefusedError as error:
            form.form_errors.append(str(error))
        else:
            rotations = "1 rotation uses" if using == 1 else f"{using:,} rotations use"
            flash(f"{rotations} this form now.", "success")
            return redirect(url_for("evaluation_forms.show", form_id=form_id))
    page = render_template(
        "program/evaluations/show.html",
        form=form,
        listed=evaluation_forms.form(actor, form_id),
        rotations=evaluation_forms.rotations_of_form(actor, form_id),
        scores=SCORES,
    )
    return page, 400 if form.errors else 200


@blueprint.post("/<uuid:form_id>/<use>")
@needs(Permission.MANAGE_PROGRAM)
def retire(form_id: uuid.UUID, use: str) -> ResponseReturnValue:
    if use not in ("retire", "restore"):
        abort(404)
    evaluation_forms.retire_form(current_actor(), form_id, retired=use == "retire")
    flash("Retired; what was said on it stays." if use == "retire" else "In use again.", "success")
    return redirect(url_for("evaluation_forms.show", form_id=form_id))


@blueprint.post("/<uuid:form_id>/rotations/<uuid:rotation_id>/release")
@needs(Permission.MANAGE_PROGRAM)
def release(form_id: uuid.UUID, rotation_id: uuid.UUID) -> ResponseReturnValue:
    evaluation_forms.release(current_actor(), form_id, rotation_id)
    flash("The rotation uses no form any more.", "success")
    return redirect(url_for("evaluation_forms.show", form_id=form_id))
