"""The student's log: list, look, enter, change and hand in."""

import uuid

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caselog.domain.transitions import Act
from caselog.forms.case import CaseForm, FilterForm
from caselog.services import (
    case_entry,
    case_evaluations,
    case_log,
    digests,
    foresight,
    import_undo,
    looks,
    signals,
    touching,
)
from caselog.services.actor import NotFoundError, Permission
from caselog.services.foresight import Foresight
from caselog.services.kinds import CASES
from caselog.services.references import References
from caselog.store.session import reading
from caselog.web.access import current_actor, needs
from caselog.web.amendments import case_amendment
from caselog.web.entries import form_was_sent, handed_in, stored_change, stored_new
from caselog.web.paging import page_links, wanted_page

blueprint = Blueprint("cases", __name__)


@blueprint.get("/cases")
@needs(Permission.VIEW_OWN_LOG)
def index() -> ResponseReturnValue:
    actor = current_actor()
    return log_page(actor.person_id, own=True, asked=digests.waiting_of(actor))


def log_page(student_id: uuid.UUID, *, own: bool, **context: object) -> ResponseReturnValue:
    """A student's log under the filter in the address, as its owner or a director sees it."""
    actor = current_actor()
    references = case_entry.references_of(actor)
    form = FilterForm(references, request.args)
    wanted = form.wanted() if form.validate() else case_log.LogFilter()
    page = case_log.page_of_log(actor, student_id, wanted, wanted_page())
    status = 200 if not form.errors else 400
    return (
        render_template("cases/index.html", page=page, links=page_links(page), form=form, own=own, **context),
        status,
    )


@blueprint.route("/cases/new", methods=["GET", "POST"])
@needs(get=Permission.VIEW_OWN_LOG, post=Permission.LOG_CASE)
def new() -> ResponseReturnValue:
    actor = current_actor()
    references = case_entry.references_of(actor)
    form = CaseForm(references)
    if form.previews:
        return _entry_page(form, "Log a case", foresight=_foreseen(references, form))
    if stored_new(CASES, form, lambda: case_entry.log_case(actor, form.case(), submit=form.submits)):
        return redirect(url_for("cases.show", case_uid=form.uid))
    return _entry_page(form, "Log a case")


def _entry_page(form: CaseForm, heading: str, **context: object) -> ResponseReturnValue:
    return render_template("cases/entry.html", form=form, heading=heading, **context), form.http_status


@blueprint.post("/cases/preview")
@needs(Permission.LOG_CASE)
def preview() -> ResponseReturnValue:
    """What a case will count toward, for the page on which it is being entered; stores nothing."""
    with reading():  # so that nobody who wants to write has to wait for it
        references = case_entry.references_of(current_actor())
        form = CaseForm(references)
        return render_template("cases/preview.html", foresight=_foreseen(references, form))


def _foreseen(references: References, form: CaseForm) -> Foresight:
    return foresight.foresee(current_actor(), references, form.case(), form.unreadable())


@blueprint.get("/cases/<uuid:case_uid>")
@needs(Permission.VIEW_CASE)
def show(case_uid: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    looks.at_entry(CASES, actor, case_uid)
    view = case_log.case_view(actor, case_uid)
    own = view.student_id == actor.person_id
    return render_template(
        "cases/show.html",
        view=view,
        case=view.listed.case,
        own=own,
        late=signals.late_note(actor, view.created_at, view.listed.case.case_date) if own else None,
        origin=import_undo.origin(actor, CASES, case_uid),
        evaluations=case_evaluations.evaluations_of(actor, case_uid),
        touches=None if view.listed.hidden else touching.entry_touches(actor, view.student_id, case_uid),
    )


@blueprint.route("/cases/<uuid:case_uid>/edit", methods=["GET", "POST"])
@needs(get=Permission.VIEW_OWN_LOG, post=Permission.LOG_CASE)
def edit(case_uid: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    view = case_log.case_view(actor, case_uid) if form_was_sent() else case_entry.open_case(actor, case_uid)
    if view.student_id != actor.person_id:
        raise NotFoundError
    references = case_entry.references_of(actor)
    form = CaseForm(references, case=view.listed.case, version=view.version)
    if form.previews:
        return _entry_page(form, "Change a case", view=view, foresight=_foreseen(references, form))
    if stored_change(
        CASES,
        form,
        lambda: case_entry.change_case(actor, form.case(), version=form.known_version, submit=form.submits),
    ):
        return redirect(url_for("cases.show", case_uid=case_uid))
    if form.conflict and Act.AMEND in form.conflict.may:  # it was handed in meanwhile
        return case_amendment(view, form.conflict) or redirect(url_for("cases.show", case_uid=case_uid))
    return _entry_page(form, "Change a case", view=view)


@blueprint.post("/cases/<uuid:case_uid>/submit")
@needs(Permission.LOG_CASE)
def submit(case_uid: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    if handed_in(CASES, lambda: case_entry.submit_case(actor, case_uid)):
        return redirect(url_for("cases.show", case_uid=case_uid))
    return redirect(url_for("cases.edit", case_uid=case_uid))
