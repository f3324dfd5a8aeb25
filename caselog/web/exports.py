"""What leaves: a student's own log, a student's by a director, a cohort's, the program's; and what left before."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caselog.domain.export import shown_code
from caselog.domain.export_words import DATES, FORMATS, SITES, USES, what_is_left_out
from caselog.forms.export import (
    OF_MANY,
    OF_ONESELF,
    OF_STUDENT,
    SET_HERE,
    Choice,
    ExportForm,
    PrecisionForm,
    WithdrawForm,
)
from caselog.services import export_policy, issuing, looks, people, program
from caselog.services.actor import NotFoundError, Permission, RefusedError
from caselog.services.export_making import make, previews
from caselog.services.issuing import Issued
from caselog.web.access import current_actor, needs
from caselog.web.downloads import download

blueprint = Blueprint("exports", __name__)
_WORDS = {"shown_code": shown_code, "uses": USES, "formats": FORMATS, "dates": DATES, "sites": SITES}


@dataclass(frozen=True, slots=True)
class _Of:
    """Of whom something leaves: of a student, a cohort, or where neither is given the program."""

    template: str
    choices: Sequence[Choice]
    name: str
    issued: tuple[Issued, ...]
    student_id: uuid.UUID | None = None
    cohort_id: uuid.UUID | None = None


@blueprint.route("/exports", methods=["GET", "POST"])
@needs(get=Permission.VIEW_OWN_LOG, post=Permission.EXPORT_LOG)
def own() -> ResponseReturnValue:
    actor = current_actor()
    issued = issuing.issued_of(actor)
    return _page(_Of("exports/own.html", OF_ONESELF, actor.name, issued, student_id=actor.person_id))


@blueprint.route("/students/<uuid:student_id>/exports", methods=["GET", "POST"])
@needs(get=Permission.VIEW_STUDENTS, post=Permission.EXPORT_PROGRAM)
def student(student_id: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    looks.at_student(actor, student_id, "log.look")
    name, issued = people.student_name(actor, student_id), issuing.issued_of(actor, student_id)
    return _page(_Of("exports/student.html", OF_STUDENT, name, issued, student_id=student_id))


@blueprint.route("/cohorts/<uuid:cohort_id>/exports", methods=["GET", "POST"])
@needs(get=Permission.VIEW_STUDENTS, post=Permission.EXPORT_PROGRAM)
def cohort(cohort_id: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    looks.at_cohort(actor, cohort_id)
    found, _ = program.cohort(actor, cohort_id)
    issued = issuing.issued_of(actor, cohort_id=cohort_id)
    return _page(_Of("exports/cohort.html", OF_MANY, found.name, issued, cohort_id=cohort_id))


@blueprint.route("/program/exports", methods=["GET", "POST"])
@needs(get=Permission.VIEW_STUDENTS, post=Permission.EXPORT_PROGRAM)
def of_program() -> ResponseReturnValue:
    return _page(_Of("exports/program.html", OF_MANY, "the program", issuing.issued_of(current_actor())))


def _page(of: _Of) -> ResponseReturnValue:
    """Send the file if one was asked for as it must be, else show what would leave."""
    actor = current_actor()
    form = ExportForm(of.choices, request.args.get("file"))
    if form.validate_on_submit():
        try:
            return download(make(actor, form.wanted(of.student_id, of.cohort_id), form.choice.entries))
        except RefusedError as error:
            form.form_errors.append(str(error))
    wanted = form.wanted(of.student_id, of.cohort_id)
    shown = previews(actor, wanted, form.choice.tables)
    page = render_template(
        of.template,
        of=of,
        form=form,
        previews=shown,
        precision=shown[0].precision,
        left_out=what_is_left_out(shown[0].precision),
        listed_most=issuing.LISTED_MOST,
        **_WORDS,
    )
    return page, 400 if form.errors else 200


@blueprint.route("/exports/<uuid:issued_id>/withdraw", methods=["GET", "POST"])
@needs(get=Permission.VIEW_OWN_LOG, post=Permission.EXPORT_LOG)
def withdraw_own(issued_id: uuid.UUID) -> ResponseReturnValue:
    return _withdraw(issued_id, url_for("exports.own"))


@blueprint.route("/program/exports/<uuid:issued_id>/withdraw", methods=["GET", "POST"])
@needs(get=Permission.VIEW_STUDENTS, post=Permission.EXPORT_PROGRAM)
def withdraw(issued_id: uuid.UUID) -> ResponseReturnValue:
    return _withdraw(issued_id, url_for("exports.of_program"))


def _withdraw(issued_id: uuid.UUID, back: str) -> ResponseReturnValue:
    actor = current_actor()
    found = next(iter(issuing.issued_of(actor, export_id=issued_id)), None)
    if found is None:
        raise NotFoundError
    form = WithdrawForm()
    if form.validate_on_submit():
        try:
            issuing.withdraw(actor, issued_id, form.why.data)
        except RefusedError as error:
            form.form_errors.append(str(error))
        else:
            flash("Withdrawn: whoever asks about its code is told so.", "success")
            return redirect(back)
    page = render_template("exports/withdraw.html", form=form, export=found, back=back, **_WORDS)
    return page, 400 if form.errors else 200


@blueprint.route("/program/exports/precision", methods=["GET", "POST"])
@needs(get=Permission.VIEW_PROGRAM, post=Permission.MANAGE_PROGRAM)
def precision() -> ResponseReturnValue:
    actor = current_actor()
    form = PrecisionForm(export_policy.precisions(actor))
    if form.validate_on_submit():
        export_policy.set_precisions(actor, form.precisions())
        flash("Saved; it holds for whatever leaves from now on.", "success")
        return redirect(url_for("exports.precision"))
    page = render_template("exports/precision.html", form=form, set_here=SET_HERE, uses=USES)
    return page, 400 if form.errors else 200
