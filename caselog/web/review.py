"""The reviewer's queue, which decides many at once, and the decision on one case or learning activity."""

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caselog.domain.transitions import Act
from caselog.forms.deciding import deciding_form, rows_of
from caselog.forms.review import DecisionForm
from caselog.services import activity_log, case_evaluations, case_log, looks, review, role_figures
from caselog.services.activity_log import ActivityView
from caselog.services.actor import Actor, NotFoundError, Permission, RefusedError
from caselog.services.case_log import CaseView
from caselog.services.kinds import ACTIVITIES, CASES
from caselog.services.review import Became, Decision, Outcome
from caselog.web.access import current_actor, needs
from caselog.web.paging import page_links, wanted_page

blueprint = Blueprint("review", __name__)

_ACTIVITIES_PAGE = "activities_page"
_SAID = {
    Became.VERIFIED: "Verified.",
    Became.RETURNED: "Returned to the student.",
    Became.DIFFERS: (
        "Noted. The student claims another role: both are shown to the student now, who takes yours or says why not."
    ),
}


@blueprint.route("/review", methods=["GET", "POST"])
@needs(get=Permission.VIEW_REVIEWS, post=Permission.REVIEW_CASE)
def queue() -> ResponseReturnValue:
    actor = current_actor()
    looks.at_waiting(actor)
    outcomes: Sequence[Outcome] = ()
    cases = review.queue(actor, wanted_page())
    activities = review.activity_queue(actor, wanted_page(_ACTIVITIES_PAGE))
    form = deciding_form(rows_of(cases.cases, activities.activities), sent=request.method == "POST")
    if form.validate_on_submit():
        outcomes = review.decide_many(actor, list(form.decisions()))
        flash_counts(outcomes)
        if all(each.done for each in outcomes):
            return redirect(request.full_path)
        cases = review.queue(actor, wanted_page())
        activities = review.activity_queue(actor, wanted_page(_ACTIVITIES_PAGE))
        form = deciding_form(rows_of(cases.cases, activities.activities), sent=False)
        form.renew()
    return (
        render_template(
            "review/queue.html",
            form=form,
            outcomes=[each for each in outcomes if not each.done],
            page=cases,
            links=page_links(cases),
            activities=activities,
            activity_links=page_links(activities, _ACTIVITIES_PAGE),
            agreement=review.agreement_queue(actor, 1),
        ),
        form.http_status,
    )


def flash_counts(outcomes: Sequence[Outcome]) -> None:
    """Say how many became what."""
    numbers = Counter(each.became for each in outcomes)
    said = [
        (numbers[Became.VERIFIED], "verified"),
        (numbers[Became.RETURNED], "returned"),
        (numbers[Became.DIFFERS], "waiting for agreement, because the student claims another role"),
    ]
    if told := [f"{number} {words}" for number, words in said if number]:
        flash(f"{'; '.join(told)}.", "success")


@blueprint.route("/review/<uuid:case_uid>", methods=["GET", "POST"])
@needs(get=Permission.VIEW_REVIEWS, post=Permission.REVIEW_CASE)
def decide(case_uid: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    looks.at_entry(CASES, actor, case_uid)
    view = case_log.case_view(actor, case_uid)
    if view.preceptor_id != actor.person_id:
        raise NotFoundError
    form = DecisionForm(view.version, CASES)
    return _decision(case_uid, form, review.decide) or _page(
        "review/decide.html", view, form, evaluations=case_evaluations.evaluations_of(actor, case_uid)
    )


@blueprint.route("/review/activities/<uuid:activity_uid>", methods=["GET", "POST"])
@needs(get=Permission.VIEW_REVIEWS, post=Permission.REVIEW_CASE)
def decide_activity(activity_uid: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    looks.at_entry(ACTIVITIES, actor, activity_uid)
    view = activity_log.activity_view(actor, activity_uid)
    if view.supervisor_id != actor.person_id:
        raise NotFoundError
    form = DecisionForm(view.version, ACTIVITIES)
    return _decision(activity_uid, form, review.decide_activity) or _page(
        "review/decide-activity.html", view, form
    )


@blueprint.get("/roles")
@needs(Permission.VIEW_STUDENTS)
def roles() -> ResponseReturnValue:
    """How often claims and confirmations differ."""
    return render_template("roles/figures.html", figures=role_figures.claimed_and_confirmed(current_actor()))


def _decision(
    uid: uuid.UUID, form: DecisionForm, decide: Callable[[Actor, Decision], Became]
) -> ResponseReturnValue | None:
    """Decide as the form says; nothing comes back while it was not sent, is not in order or is refused."""
    if not form.validate_on_submit():
        return None
    try:
        became = decide(current_actor(), form.decision(uid))
    except RefusedError as error:  # shown are the entry as it is now, and the comment as it was typed
        form.refuse(str(error))
        return None
    flash(_SAID[became], "success")
    return redirect(url_for("review.queue"))


def _page(template: str, view: CaseView | ActivityView, form: DecisionForm, **more: object) -> ResponseReturnValue:
    context: dict[str, Any] = {"view": view, "form": form, "waits": Act.RETURN in view.may, **more}
    return render_template(template, **context), form.http_status
