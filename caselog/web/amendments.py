"""Changes in the open: amend an entry with a reason, make one void, answer who saw another role."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from caselog.domain.transitions import Act, refusal
from caselog.forms.amendment import AmendActivityForm, AmendCaseForm, RoleAnswerForm, VoidForm
from caselog.services import activity_entry, activity_log, amendments, case_entry, case_log, looks, role_agreement
from caselog.services.activity_log import ActivityView
from caselog.services.actor import Actor, NotFoundError, Permission, RefusedError
from caselog.services.case_log import CaseView
from caselog.services.entry import ConflictError, FaultsError
from caselog.services.kinds import ACTIVITIES, CASES, EntryKind
from caselog.web.access import current_actor, needs
from caselog.web.entries import stored_amendment

blueprint = Blueprint("amendments", __name__)


@blueprint.route("/cases/<uuid:case_uid>/amend", methods=["GET", "POST"])
@needs(get=Permission.VIEW_CASE, post=Permission.AMEND)
def amend_case(case_uid: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    view = _view_of_case(actor, case_uid)
    return case_amendment(view) or redirect(url_for("cases.show", case_uid=case_uid))


def case_amendment(view: CaseView, clash: ConflictError | None = None) -> ResponseReturnValue | None:
    """The page on which a case is amended, or None when it was; `clash` is why it could not be simply changed."""
    actor = current_actor()
    if clash is None:
        _refuse_unless(actor, CASES, view, Act.AMEND)
    references = case_entry.references_of(actor, view.student_id)
    form = AmendCaseForm(references, case=view.listed.case, version=view.version)
    if clash:
        form.clash(clash)
    elif stored_amendment(
        CASES,
        form,
        lambda: amendments.amend(CASES, actor, form.case(), version=form.known_version, reason=form.reason.data),
    ):
        return None
    return render_template("cases/amend.html", form=form, view=view), form.http_status


@blueprint.route("/activities/<uuid:activity_uid>/amend", methods=["GET", "POST"])
@needs(get=Permission.VIEW_CASE, post=Permission.AMEND)
def amend_activity(activity_uid: uuid.UUID) -> ResponseReturnValue:
    looks.at_entry(ACTIVITIES, current_actor(), activity_uid)
    view = activity_log.activity_view(current_actor(), activity_uid)
    return activity_amendment(view) or redirect(url_for("activities.show", activity_uid=activity_uid))


def activity_amendment(view: ActivityView, clash: ConflictError | None = None) -> ResponseReturnValue | None:
    """The same for an activity."""
    actor = current_actor()
    if clash is None:
        _refuse_unless(actor, ACTIVITIES, view, Act.AMEND)
    references = activity_entry.references_of(actor, view.student_id)
    form = AmendActivityForm(references, activity=view.listed.activity, version=view.version)
    if clash:
        form.clash(clash)
    elif stored_amendment(
        ACTIVITIES,
        form,
        lambda: amendments.amend(
            ACTIVITIES, actor, form.activity(), version=form.known_version, reason=form.reason.data
        ),
    ):
        return None
    return render_template("activities/amend.html", form=form, view=view), form.http_status


@blueprint.route("/cases/<uuid:case_uid>/void", methods=["GET", "POST"])
@needs(get=Permission.VIEW_CASE, post=Permission.AMEND)
def void_case(case_uid: uuid.UUID) -> ResponseReturnValue:
    looks.at_entry(CASES, current_actor(), case_uid)
    view = case_log.case_view(current_actor(), case_uid)
    here = url_for("cases.show", case_uid=case_uid)
    return _void(CASES, view, case_uid, here)


@blueprint.route("/activities/<uuid:activity_uid>/void", methods=["GET", "POST"])
@needs(get=Permission.VIEW_CASE, post=Permission.AMEND)
def void_activity(activity_uid: uuid.UUID) -> ResponseReturnValue:
    looks.at_entry(ACTIVITIES, current_actor(), activity_uid)
    view = activity_log.activity_view(current_actor(), activity_uid)
    here = url_for("activities.show", activity_uid=activity_uid)
    return _void(ACTIVITIES, view, activity_uid, here)


def _void(kind: EntryKind[Any], view: CaseView | ActivityView, uid: uuid.UUID, here: str) -> ResponseReturnValue:
    actor = current_actor()
    _refuse_unless(actor, kind, view, Act.VOID)
    form = VoidForm(view.version)
    if form.validate_on_submit():
        try:
            amendments.make_void(kind, actor, uid, version=form.version.data or 0, reason=form.reason.data)
        except RefusedError as error:
            form.refuse(str(error))
        else:
            flash(
                f"This {kind.noun} is void now. It counts nowhere, and stays in the log with your reason.",
                "success",
            )
            return redirect(here)
    return render_template("cases/void.html", form=form, view=view, kind=kind, here=here), form.http_status


@blueprint.route("/cases/<uuid:case_uid>/role", methods=["GET", "POST"])
@needs(get=Permission.VIEW_OWN_LOG, post=Permission.LOG_CASE)
def answer_role(case_uid: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    view = case_log.case_view(actor, case_uid)
    if Act.KEEP not in view.may:
        raise RefusedError(refusal(view.stage, Act.KEEP, noun=CASES.noun, plural=CASES.plural))
    form = RoleAnswerForm(view.version)
    if form.validate_on_submit():
        answer = _answer(actor, case_uid, form)
        try:
            answer()
        except FaultsError as error:
            form.refuse(error.faults[0].message)
        except RefusedError as error:
            form.refuse(str(error))
        else:
            said = (
                "Verified, with the role that your preceptor saw."
                if form.accepts
                else ("Your preceptor sees both roles and your reason, and has the last word.")
            )
            flash(said, "success")
            return redirect(url_for("cases.show", case_uid=case_uid))
    return render_template("cases/role.html", form=form, view=view), form.http_status


def _answer(actor: Actor, case_uid: uuid.UUID, form: RoleAnswerForm) -> Callable[[], None]:
    version = form.version.data or 0
    if form.accepts:
        return lambda: role_agreement.accept_role(actor, case_uid, version=version)
    return lambda: role_agreement.keep_role(actor, case_uid, version=version, reason=form.reason.data)


def _view_of_case(actor: Actor, case_uid: uuid.UUID) -> CaseView:
    """A case to amend. Who is to say which role they saw would be shown the claimed one, or would wipe it."""
    looks.at_entry(CASES, actor, case_uid)
    view = case_log.case_view(actor, case_uid)
    if view.listed.hidden and Act.AMEND in view.may:
        raise RefusedError("This case names you to verify it: say first which role you saw, then amend it.")
    return view


def _refuse_unless(actor: Actor, kind: EntryKind[Any], view: CaseView | ActivityView, act: Act) -> None:
    if act in view.may:
        return
    if not actor.may(Permission.AMEND) or (
        view.student_id != actor.person_id and not actor.may(Permission.VIEW_STUDENTS)
    ):
        raise NotFoundError
    raise RefusedError(refusal(view.stage, act, noun=kind.noun, plural=kind.plural))
