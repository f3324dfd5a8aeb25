"""The director's view: each cohort as a table, and from there a student's log and progress."""

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from caselog.domain.ruleset import AttestationRequirement
from caselog.forms.program import AttestationForm
from caselog.services import people, progress
from caselog.services.actor import Permission, RefusedError
from caselog.services.people import AttestedDocument
from caselog.services.progress import StudentProgress
from caselog.web.access import current_actor, needs
from caselog.web.activities import activities_page
from caselog.web.cases import log_page
from caselog.web.progress import next_page, overview_page, requirement_page

blueprint = Blueprint("cohorts", __name__)


@blueprint.get("/cohorts")
@needs(Permission.VIEW_STUDENTS)
def index() -> ResponseReturnValue:
    return render_template("cohorts/index.html", cohorts=progress.cohorts(current_actor()))


@blueprint.get("/cohorts/<uuid:cohort_id>")
@needs(Permission.VIEW_STUDENTS)
def table(cohort_id: uuid.UUID) -> ResponseReturnValue:
    return render_template("cohorts/table.html", table=progress.cohort_table(current_actor(), cohort_id))


@blueprint.get("/students/<uuid:student_id>/cases")
@needs(Permission.VIEW_STUDENTS)
def student_cases(student_id: uuid.UUID) -> ResponseReturnValue:
    return log_page(student_id, own=False, student=people.student_name(current_actor(), student_id))


@blueprint.get("/students/<uuid:student_id>/activities")
@needs(Permission.VIEW_STUDENTS)
def student_activities(student_id: uuid.UUID) -> ResponseReturnValue:
    return activities_page(student_id, own=False, student=people.student_name(current_actor(), student_id))


@blueprint.get("/students/<uuid:student_id>/progress")
@needs(Permission.VIEW_STUDENTS)
def student_progress(student_id: uuid.UUID) -> ResponseReturnValue:
    standing = progress.student_progress(current_actor(), student_id)
    return _overview(standing, AttestationForm(_documents(standing)))


@blueprint.post("/students/<uuid:student_id>/attestations")
@needs(Permission.ATTEST)
def attest(student_id: uuid.UUID) -> ResponseReturnValue:
    standing = progress.student_progress(current_actor(), student_id)
    form = AttestationForm(_documents(standing))
    if form.validate_on_submit():
        document = AttestedDocument(form.attested.data, form.by.data, form.on.data)
        try:
            people.attest(current_actor(), student_id, document)
        except RefusedError as error:
            form.on.errors = [str(error)]
        else:
            flash("Recorded.", "success")
            return redirect(url_for("cohorts.student_progress", student_id=student_id))
    return _overview(standing, form), 400


def _documents(standing: StudentProgress) -> dict[str, str]:
    """What can be on file for a student: requirement id → title."""
    return {
        result.requirement.id: result.requirement.title
        for _, evaluation in standing.evaluations
        for result in evaluation.requirements
        if isinstance(result.requirement, AttestationRequirement)
    }


def _overview(standing: StudentProgress, form: AttestationForm) -> str:
    return overview_page(standing, own=False, form=form)


@blueprint.get("/students/<uuid:student_id>/progress/next")
@needs(Permission.VIEW_STUDENTS)
def student_next(student_id: uuid.UUID) -> ResponseReturnValue:
    return next_page(progress.student_progress(current_actor(), student_id), own=False)


@blueprint.get("/students/<uuid:student_id>/progress/<ruleset>/<path:requirement>")
@needs(Permission.VIEW_STUDENTS)
def student_requirement(student_id: uuid.UUID, ruleset: str, requirement: str) -> ResponseReturnValue:
    standing = progress.student_progress(current_actor(), student_id)
    return requirement_page(standing, ruleset, requirement, own=False)
