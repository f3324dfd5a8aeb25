"""What became of a student, for directors to enter and for the student to see; and the yearly report."""

import uuid

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caselog.domain.outcomes import EXAM_WORDS, LEAVING_WORDS, PLACEMENT_WORDS
from caselog.forms.outcomes import OutcomeForm, ReportDownloadForm, ReportFile
from caselog.rules.outcome_measures import CATEGORIES
from caselog.services import looks, outcomes, report_files
from caselog.services.actor import NotFoundError, Permission
from caselog.services.outcomes import RefusedOutcomeError
from caselog.services.yearly_report import YearlyReport, yearly_report
from caselog.web.access import current_actor, needs

blueprint = Blueprint("outcomes", __name__)


@blueprint.get("/outcomes")
@needs(Permission.VIEW_OWN_LOG)
def own() -> ResponseReturnValue:
    actor = current_actor()
    return render_template(
        "outcomes/own.html",
        found=outcomes.student_outcome(actor, actor.person_id),
        exam_words=EXAM_WORDS,
        leaving_words=LEAVING_WORDS,
        placement_words=PLACEMENT_WORDS,
    )


@blueprint.route("/students/<uuid:student_id>/outcomes", methods=["GET", "POST"])
@needs(get=Permission.VIEW_STUDENTS, post=Permission.ATTEST)
def of_student(student_id: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    looks.at_student(actor, student_id, "outcomes.look")
    found = outcomes.student_outcome(actor, student_id)
    form = OutcomeForm(found.outcome)
    if form.validate_on_submit():
        try:
            outcomes.record_outcome(actor, student_id, form.outcome())
        except RefusedOutcomeError as error:
            form[error.field].errors = [str(error)]
        else:
            flash("Saved.", "success")
            return redirect(url_for("outcomes.of_student", student_id=student_id))
    return render_template("outcomes/edit.html", found=found, form=form), 400 if form.errors else 200


@blueprint.get("/program/report")
@needs(Permission.VIEW_STUDENTS)
def report() -> ResponseReturnValue:
    return _report_page(yearly_report(current_actor(), _wanted_year()), ReportDownloadForm())


@blueprint.post("/program/report/<int:year>")
@needs(Permission.EXPORT_PROGRAM)
def download(year: int) -> ResponseReturnValue:
    actor = current_actor()
    found = yearly_report(actor, year)
    form = ReportDownloadForm()
    if not form.validate_on_submit():
        return _report_page(found, form), 400
    wanted, reason = form.wanted(), form.reason.data
    if wanted is ReportFile.WORKBOOK:
        made = report_files.make_workbook(actor, found, reason)
    else:
        made = report_files.make_csv(actor, found, wanted, reason)
    answer = Response(made.content, mimetype=made.media_type)
    answer.headers["Content-Disposition"] = f"attachment; filename={made.filename}"
    return answer


def _wanted_year() -> int | None:
    """The year that the address asks for; None where it asks for none. Raises NotFoundError for what is no year."""
    text = request.args.get("year", "")
    if text and not (text.isascii() and text.isdigit() and len(text) == 4):
        raise NotFoundError
    return int(text) if text else None


def _report_page(found: YearlyReport, form: ReportDownloadForm) -> str:
    looks.at_students(current_actor(), "report.look", found.named)
    return render_template("program/report.html", report=found, form=form, categories=CATEGORIES)
