"""The director's review list: what the records signal, each with its evidence, and what became of it."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caselog.forms.signals import SettleForm, SignalFilterForm
from caselog.services import cohort_standing, looks, signals
from caselog.services.actor import Permission, RefusedError
from caselog.services.signals import Outcome, SignalFilter
from caselog.web.access import current_actor, needs
from caselog.web.paging import page_links, wanted_page

blueprint = Blueprint("signals", __name__, url_prefix="/signals")


@blueprint.get("")
@needs(Permission.VIEW_SIGNALS)
def index() -> ResponseReturnValue:
    actor = current_actor()
    looks.at_signals(actor)
    cohorts = [(str(cohort.id), cohort.name) for cohort, _ in cohort_standing.cohorts(actor)]
    form = SignalFilterForm(signals.titles(), cohorts, request.args)
    readable = form.validate()
    page = signals.review_list(actor, form.wanted() if readable else SignalFilter(), wanted_page())
    shown = render_template("signals/index.html", page=page, links=page_links(page), form=form)
    return shown, 200 if readable else 400


@blueprint.route("/<key>", methods=["GET", "POST"])
@needs(get=Permission.VIEW_SIGNALS, post=Permission.SETTLE_SIGNALS)
def show(key: str) -> ResponseReturnValue:
    actor = current_actor()
    view = signals.signal_view(actor, key, wanted_page())
    looks.at_cases_of_signal(actor, key, [uuid.UUID(uid) for uid in view.listed.signal.cases])
    form = SettleForm(view.listed.signal.digest)
    if form.validate_on_submit():
        try:
            signals.settle(actor, key, form.digest.data, Outcome(form.outcome.data), form.words.data)
        except RefusedError as error:
            view = signals.signal_view(actor, key, wanted_page())
            form.refuse(str(error), view.listed.signal.digest)
        else:
            flash("Settled. It comes back if what the records say about it changes.", "success")
            return redirect(url_for("signals.index"))
    shown = render_template("signals/show.html", view=view, links=page_links(view.cases), form=form)
    return shown, form.http_status
