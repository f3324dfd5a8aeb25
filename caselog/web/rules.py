"""Rule sets: those that Caselog ships and the program's own, from the first word of one to its adoption."""

import uuid
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response

from caselog import clock
from caselog.domain.ruleset import RuleSet
from caselog.forms.rules import AdoptForm, StartForm, TextForm
from caselog.services import cohort_standing, looks, ruleset_drafts, rulesets
from caselog.services.actor import NotFoundError, Permission, RefusedError
from caselog.services.ruleset_drafts import Draft, SavedMeanwhileError
from caselog.services.ruleset_replay import replay
from caselog.web.access import current_actor, needs

blueprint = Blueprint("rules", __name__, url_prefix="/program/rules")
_may_see_and_change = needs(get=Permission.VIEW_PROGRAM, post=Permission.MANAGE_PROGRAM)


@blueprint.get("")
@needs(Permission.VIEW_PROGRAM)
def index() -> ResponseReturnValue:
    actor = current_actor()
    return render_template(
        "program/rules/index.html", editions=rulesets.editions(actor), drafts=ruleset_drafts.drafts(actor)
    )


@blueprint.route("/new", methods=["GET", "POST"])
@_may_see_and_change
def new() -> ResponseReturnValue:
    actor = current_actor()
    known = [each.ruleset for each in rulesets.editions(actor)]
    like = next((each for each in known if f"{each.id} {each.edition}" == request.args.get("like")), None)
    own = like is not None and not rulesets.is_shipped(like.id)
    form = StartForm(
        known,
        like=request.args.get("like") if like else None,
        title=like.title if like else "",
        ruleset=like.id if like and own else "",
    )
    if form.validate_on_submit():
        try:
            draft_id = ruleset_drafts.start(actor, form.begun())
        except RefusedError as error:
            form.form_errors.append(str(error))
        else:
            return redirect(url_for("rules.draft", draft_id=draft_id))
    return render_template("program/rules/new.html", form=form), 400 if form.errors else 200


@blueprint.route("/drafts/<uuid:draft_id>", methods=["GET", "POST"])
@_may_see_and_change
def draft(draft_id: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    found = ruleset_drafts.draft(actor, draft_id)
    form = TextForm(found.text, found.changed_at)
    differences: list[tuple[str, str]] = []
    if form.validate_on_submit() and form.seen_at:
        try:
            saved_at = ruleset_drafts.save(actor, draft_id, form.text.data, form.seen_at)
        except RefusedError as error:
            form.text.errors = [str(error)]
            if isinstance(error, SavedMeanwhileError):
                found = ruleset_drafts.draft(actor, draft_id)
                form.send_over(found.changed_at)
                differences = [*ruleset_drafts.differences(found.text, form.text.data)]
        else:
            return _saved(draft_id, form.act, saved_at)
    page = render_template(
        "program/rules/draft.html", form=form, draft=found, differences=differences, excerpt=_excerpt(found)
    )
    return page, 400 if form.errors else 200


def _saved(draft_id: uuid.UUID, act: str, saved_at: datetime) -> Response:
    """Where to go on to with a draft that was just saved."""
    here = url_for("rules.draft", draft_id=draft_id)
    if act == "publish":
        try:
            published = ruleset_drafts.publish(current_actor(), draft_id, saved_at)
        except RefusedError as error:
            flash(str(error), "danger")
            return redirect(here)
        flash(f"Edition {published.edition} is published. No cohort is judged under it yet.", "success")
        return redirect(url_for("rules.show", ruleset=published.id, edition=published.edition))
    if ruleset_drafts.draft(current_actor(), draft_id).complaint:
        flash("Saved as it is; one thing is still to be mended.", "warning")
        return redirect(here)
    if act in ("preview", "replay"):
        return redirect(url_for(f"rules.{act}_draft", draft_id=draft_id))
    flash("Saved. The text says a whole rule set.", "success")
    return redirect(here)


LINES_AROUND = 3
LINE_MOST = 500  # characters shown of a line


def _excerpt(draft: Draft) -> list[tuple[int, str]]:
    """The lines around the one that is complained of, each with its number."""
    line = draft.complaint.line if draft.complaint else None
    if line is None:
        return []
    lines = list(enumerate(draft.text.split("\n"), 1))
    around = lines[max(0, line - 1 - LINES_AROUND) : line + LINES_AROUND]
    return [(number, text[:LINE_MOST]) for number, text in around]


@blueprint.get("/drafts/<uuid:draft_id>/preview")
@needs(Permission.VIEW_PROGRAM)
def preview_draft(draft_id: uuid.UUID) -> ResponseReturnValue:
    found = ruleset_drafts.draft(current_actor(), draft_id)
    if found.checked is None:
        return _mend_first(draft_id)
    engine, evaluation = ruleset_drafts.preview(current_actor(), found.checked)
    return render_template("program/rules/preview.html", draft=found, engine=engine, evaluation=evaluation)


@blueprint.get("/drafts/<uuid:draft_id>/replay")
@needs(Permission.VIEW_PROGRAM)
def replay_draft(draft_id: uuid.UUID) -> ResponseReturnValue:
    found = ruleset_drafts.draft(current_actor(), draft_id)
    if found.checked is None:
        return _mend_first(draft_id)
    return _replayed(found.checked, url_for("rules.draft", draft_id=draft_id))


def _mend_first(draft_id: uuid.UUID) -> Response:
    flash("Mend the text first; then there is something to show.", "warning")
    return redirect(url_for("rules.draft", draft_id=draft_id))


@blueprint.post("/drafts/<uuid:draft_id>/discard")
@needs(Permission.MANAGE_PROGRAM)
def discard(draft_id: uuid.UUID) -> ResponseReturnValue:
    ruleset_drafts.discard(current_actor(), draft_id)
    flash("The draft is deleted.", "success")
    return redirect(url_for("rules.index"))


@blueprint.get("/<ruleset>/<edition>")
@needs(Permission.VIEW_PROGRAM)
def show(ruleset: str, edition: str) -> ResponseReturnValue:
    return _show(ruleset, edition, _adopt_form())


@blueprint.post("/<ruleset>/<edition>/adopt")
@needs(Permission.MANAGE_PROGRAM)
def adopt(ruleset: str, edition: str) -> ResponseReturnValue:
    form = _adopt_form()
    if form.validate_on_submit():
        try:
            rulesets.adopt(current_actor(), ruleset, edition, uuid.UUID(form.cohort.data), form.on.data)
        except RefusedError as error:
            form.form_errors.append(str(error))
        else:
            flash("Adopted: the cohort is judged under this edition from now on.", "success")
            return redirect(url_for("rules.show", ruleset=ruleset, edition=edition))
    return _show(ruleset, edition, form), 400


def _adopt_form() -> AdoptForm:
    actor = current_actor()
    cohorts = [(str(cohort.id), cohort.name) for cohort, _ in cohort_standing.cohorts(actor)]
    return AdoptForm(cohorts, on=clock.today(actor.timezone))


def _show(ruleset: str, edition: str, form: AdoptForm) -> str:
    actor = current_actor()
    found = rulesets.edition(actor, ruleset, edition)
    return render_template(
        "program/rules/show.html",
        edition=found,
        ruleset=found.ruleset,
        asked=rulesets.in_sentences(actor, found.ruleset),
        text=rulesets.text_of(actor, ruleset, edition),
        form=form,
    )


@blueprint.get("/<ruleset>/<edition>/replay")
@needs(Permission.VIEW_PROGRAM)
def replay_edition(ruleset: str, edition: str) -> ResponseReturnValue:
    found = rulesets.edition(current_actor(), ruleset, edition).ruleset
    return _replayed(found, url_for("rules.show", ruleset=ruleset, edition=edition))


def _replayed(ruleset: RuleSet, back: str) -> str:
    """The replay over all cohorts, or over the one that the address names. Raises NotFoundError."""
    actor = current_actor()
    try:
        cohort = uuid.UUID(request.args["cohort"]) if request.args.get("cohort") else None
    except ValueError as error:
        raise NotFoundError from error
    cohorts = [each for each, _ in cohort_standing.cohorts(actor)]
    for cohort_id in [cohort] if cohort else [each.id for each in cohorts]:
        looks.at_cohort(actor, cohort_id)
    return render_template(
        "program/rules/replay.html",
        ruleset=ruleset,
        back=back,
        chosen=cohort,
        cohorts=cohorts,
        replays=replay(actor, ruleset, cohort_id=cohort, instead_of=request.args.get("instead") or None),
    )
