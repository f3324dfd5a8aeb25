"""The director's view: each cohort as a table, and from there a student's log and progress."""

import uuid
from collections.abc import Iterable, Iterator
from itertools import chain

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from caselog.domain.result import RequirementResult
from caselog.domain.ruleset import AttestationRequirement
from caselog.domain.spread import step_of
from caselog.forms.program import AttestationForm
from caselog.services import cohort_standing, looks, people, progress, students_at_risk
from caselog.services.actor import Permission, RefusedError
from caselog.services.cohort_standing import BY_NAME, BY_SHORT_OF, page_of
from caselog.services.people import AttestedDocument
from caselog.services.progress import StudentProgress
from caselog.services.students_at_risk import Paces
from caselog.web.access import current_actor, needs
from caselog.web.activities import activities_page
from caselog.web.cases import log_page
from caselog.web.paging import page_links, wanted_page
from caselog.web.progress import next_page, overview_page, requirement_page
from caselog.web.sorting import wanted_order

PAGE_SIZE = 50  # students

blueprint = Blueprint("cohorts", __name__)


@blueprint.get("/cohorts")
@needs(Permission.VIEW_STUDENTS)
def index() -> ResponseReturnValue:
    return render_template("cohorts/index.html", cohorts=cohort_standing.cohorts(current_actor()))


@blueprint.get("/cohorts/<uuid:cohort_id>")
@needs(Permission.VIEW_STUDENTS)
def table(cohort_id: uuid.UUID) -> ResponseReturnValue:
    looks.at_cohort(current_actor(), cohort_id)
    found = cohort_standing.cohort_table(current_actor(), cohort_id)
    order = wanted_order([BY_NAME, BY_SHORT_OF, *(column.key for column in found.columns)])
    page = page_of(found.in_order(order.key, descending=order.descending), wanted_page(), PAGE_SIZE)
    return render_template(
        "cohorts/table.html",
        table=found,
        page=page,
        links=page_links(page),
        order=order,
        step_of=step_of,
        paces=Paces(found),
    )


@blueprint.get("/cohorts/<uuid:cohort_id>/at-risk")
@needs(Permission.VIEW_STUDENTS)
def at_risk(cohort_id: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    looks.at_cohort(actor, cohort_id)
    paces = Paces(cohort_standing.cohort_table(actor, cohort_id))
    page = students_at_risk.page_of_paces(paces, wanted_page())
    found = students_at_risk.students_at_risk(actor, paces, page)
    return render_template("cohorts/at-risk.html", paces=paces, found=found, page=page, links=page_links(page))


@blueprint.get("/cohorts/<uuid:cohort_id>/<ruleset>/<requirement>")
@needs(Permission.VIEW_STUDENTS)
def cohort_requirement(cohort_id: uuid.UUID, ruleset: str, requirement: str) -> ResponseReturnValue:
    looks.at_cohort(current_actor(), cohort_id)
    found = cohort_standing.cohort_table(current_actor(), cohort_id)
    column = found.column(ruleset, requirement)
    page = page_of(found.in_order(column.key), wanted_page(), PAGE_SIZE)
    return render_template(
        "cohorts/requirement.html", table=found, column=column, page=page, links=page_links(page)
    )


@blueprint.get("/students/<uuid:student_id>/cases")
@needs(Permission.VIEW_STUDENTS)
def student_cases(student_id: uuid.UUID) -> ResponseReturnValue:
    looks.at_student(current_actor(), student_id, "log.look")
    return log_page(student_id, own=False, student=people.student_name(current_actor(), student_id))


@blueprint.get("/students/<uuid:student_id>/activities")
@needs(Permission.VIEW_STUDENTS)
def student_activities(student_id: uuid.UUID) -> ResponseReturnValue:
    looks.at_student(current_actor(), student_id, "activities.look")
    return activities_page(student_id, own=False, student=people.student_name(current_actor(), student_id))


@blueprint.get("/students/<uuid:student_id>/progress")
@needs(Permission.VIEW_STUDENTS)
def student_progress(student_id: uuid.UUID) -> ResponseReturnValue:
    standing = _looked_at(student_id)
    return _overview(standing, AttestationForm(_documents(standing)))


@blueprint.post("/students/<uuid:student_id>/attestations")
@needs(Permission.ATTEST)
def attest(student_id: uuid.UUID) -> ResponseReturnValue:
    standing = _looked_at(student_id)
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


def _looked_at(student_id: uuid.UUID) -> StudentProgress:
    """A student's progress, once it is noted that the director looks at it."""
    looks.at_student(current_actor(), student_id, "progress.look")
    return progress.student_progress(current_actor(), student_id)


def _documents(standing: StudentProgress) -> dict[str, str]:
    """What can be on file for a student: requirement id → title."""
    results = chain.from_iterable(evaluation.requirements for _, evaluation in standing.evaluations)
    return {each.id: each.title for each in _attested(results)}


def _attested(results: Iterable[RequirementResult]) -> Iterator[AttestationRequirement]:
    """The attestations, those of sets that a set builds on too."""
    for result in results:
        if isinstance(result.requirement, AttestationRequirement):
            yield result.requirement
        yield from _attested(result.inner)


def _overview(standing: StudentProgress, form: AttestationForm) -> str:
    return overview_page(standing, own=False, form=form)


@blueprint.get("/students/<uuid:student_id>/progress/next")
@needs(Permission.VIEW_STUDENTS)
def student_next(student_id: uuid.UUID) -> ResponseReturnValue:
    return next_page(_looked_at(student_id), own=False)


@blueprint.get("/students/<uuid:student_id>/progress/<ruleset>/<path:requirement>")
@needs(Permission.VIEW_STUDENTS)
def student_requirement(student_id: uuid.UUID, ruleset: str, requirement: str) -> ResponseReturnValue:
    return requirement_page(_looked_at(student_id), ruleset, requirement, own=False)
