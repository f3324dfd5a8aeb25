"""The director keeps the program in order: people, sites, cohorts, numbers and code lists."""

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from caselog.domain.codes import CodeList
from caselog.domain.ruleset import RuleSet
from caselog.forms.program import CodeForm, CohortForm, NumberForm, PersonForm, SiteForm
from caselog.services import cohort_standing, looks, people, program, rulesets
from caselog.services.actor import NotFoundError, Permission, RefusedError
from caselog.services.people import PersonDetails
from caselog.web.access import current_actor, needs

blueprint = Blueprint("program", __name__, url_prefix="/program")
_may_see_and_change = needs(get=Permission.VIEW_PROGRAM, post=Permission.MANAGE_PROGRAM)


@blueprint.get("/people")
@needs(Permission.VIEW_PROGRAM)
def list_people() -> ResponseReturnValue:
    return render_template("program/people.html", people=people.people(current_actor()))


def _person_form(details: PersonDetails | None = None) -> PersonForm:
    actor = current_actor()
    return PersonForm(
        [(site.code, site.name) for site in program.sites(actor)],
        [cohort.name for cohort, _ in cohort_standing.cohorts(actor)],
        details,
    )


@blueprint.route("/people/new", methods=["GET", "POST"])
@_may_see_and_change
def new_person() -> ResponseReturnValue:
    form = _person_form()
    if form.validate_on_submit():
        try:
            person_id = people.add_person(current_actor(), form.details())
        except RefusedError as error:
            form.email.errors = [str(error)]
        else:
            flash(f"{form.name.data} is added. Give them a link to set their password.", "success")
            return redirect(url_for("program.person", person_id=person_id))
    return render_template("program/person.html", form=form, person_id=None), _status(form)


@blueprint.route("/people/<uuid:person_id>", methods=["GET", "POST"])
@_may_see_and_change
def person(person_id: uuid.UUID) -> ResponseReturnValue:
    looks.at_person(current_actor(), person_id)
    details = people.person_details(current_actor(), person_id)
    form = _person_form(details)
    if form.validate_on_submit():
        try:
            people.change_person(current_actor(), person_id, form.details())
        except RefusedError as error:
            form.form_errors.append(str(error))
        else:
            flash("Saved.", "success")
            return redirect(url_for("program.list_people"))
    return (
        render_template("program/person.html", form=form, person_id=person_id, details=details),
        _status(form),
    )


@blueprint.post("/people/<uuid:person_id>/password-link")
@needs(Permission.MANAGE_PROGRAM)
def password_link(person_id: uuid.UUID) -> ResponseReturnValue:
    token = people.new_password_link(current_actor(), person_id)
    link = url_for("sign_in.set_password", token=token, _external=True)
    details = people.person_details(current_actor(), person_id)
    return render_template("program/password-link.html", link=link, details=details, person_id=person_id)


@blueprint.get("/sites")
@needs(Permission.VIEW_PROGRAM)
def list_sites() -> ResponseReturnValue:
    return render_template("program/sites.html", sites=program.sites(current_actor()))


@blueprint.route("/sites/new", methods=["GET", "POST"])
@_may_see_and_change
def new_site() -> ResponseReturnValue:
    form = SiteForm()
    if form.validate_on_submit():
        try:
            program.save_site(current_actor(), form.details())
        except RefusedError as error:
            form.code.errors = [str(error)]
        else:
            flash("Site added.", "success")
            return redirect(url_for("program.list_sites"))
    return render_template("program/site.html", form=form, site=None), _status(form)


@blueprint.route("/sites/<code>", methods=["GET", "POST"])
@_may_see_and_change
def site(code: str) -> ResponseReturnValue:
    found = program.site(current_actor(), code)
    form = SiteForm(obj=found)
    if form.validate_on_submit():
        program.save_site(current_actor(), form.details(), changing=code)
        flash("Saved.", "success")
        return redirect(url_for("program.list_sites"))
    return render_template("program/site.html", form=form, site=found), _status(form)


@blueprint.get("/cohorts")
@needs(Permission.VIEW_PROGRAM)
def list_cohorts() -> ResponseReturnValue:
    return render_template("program/cohorts.html", cohorts=cohort_standing.cohorts(current_actor()))


@blueprint.route("/cohorts/new", methods=["GET", "POST"])
@_may_see_and_change
def new_cohort() -> ResponseReturnValue:
    usual = program.usual_editions(current_actor())
    form = CohortForm(_known_editions(), editions=[f"{ruleset} {edition}" for ruleset, edition in usual.items()])
    return _save_cohort(form, None)


@blueprint.route("/cohorts/<uuid:cohort_id>", methods=["GET", "POST"])
@_may_see_and_change
def cohort(cohort_id: uuid.UUID) -> ResponseReturnValue:
    found, editions = program.cohort(current_actor(), cohort_id)
    form = CohortForm(
        _known_editions(),
        name=found.name,
        starts_on=found.starts_on,
        graduates_on=found.graduates_on,
        editions=[f"{ruleset} {edition}" for ruleset, edition in editions.items()],
    )
    return _save_cohort(form, cohort_id)


def _known_editions() -> list[RuleSet]:
    return [each.ruleset for each in rulesets.editions(current_actor())]


def _save_cohort(form: CohortForm, cohort_id: uuid.UUID | None) -> ResponseReturnValue:
    if form.validate_on_submit():
        try:
            program.save_cohort(current_actor(), form.details(), changing=cohort_id)
        except RefusedError as error:
            form.name.errors = [str(error)]
        else:
            flash("Cohort saved.", "success")
            return redirect(url_for("program.list_cohorts"))
    return render_template("program/cohort.html", form=form, cohort_id=cohort_id), _status(form)


@blueprint.route("/numbers", methods=["GET", "POST"])
@_may_see_and_change
def numbers() -> ResponseReturnValue:
    form = NumberForm()
    if form.validate_on_submit():
        program.set_number(current_actor(), form.ruleset.data, form.key.data, form.value.data)
        flash("Saved.", "success")
        return redirect(url_for("program.numbers"))
    settable = program.settable_numbers(current_actor())
    return render_template("program/numbers.html", settable=settable, form=form), _status(form)


@blueprint.route("/codes", methods=["GET", "POST"])
@_may_see_and_change
def codes() -> ResponseReturnValue:
    form = CodeForm()
    if form.validate_on_submit():
        try:
            program.add_code(current_actor(), form.details())
        except RefusedError as error:
            form.code.errors = [str(error)]
        else:
            flash("Code added; it is offered from now on.", "success")
            return redirect(url_for("program.codes"))
    book = program.code_book(current_actor())
    return render_template("program/codes.html", book=book, lists=CodeList, form=form), _status(form)


@blueprint.post("/codes/<name>/<code>/<any(retire, restore):act>")
@needs(Permission.MANAGE_PROGRAM)
def retire_code(name: str, code: str, act: str) -> ResponseReturnValue:
    if name not in tuple(CodeList):
        raise NotFoundError
    program.retire_code(current_actor(), CodeList(name), code, retired=act == "retire")
    flash("Retired: no longer offered, kept on old cases." if act == "retire" else "Offered again.", "success")
    return redirect(url_for("program.codes"))


def _status(form: PersonForm | SiteForm | CohortForm | NumberForm | CodeForm) -> int:
    return 400 if form.errors else 200
