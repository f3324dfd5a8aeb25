"""Bringing a spreadsheet into one's log: choose it, say what it means, see each row as it will be, then add them.

The file is read from memory and forgotten. The page carries the table to the next step, so none of it is kept here.
"""

import uuid

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caselog.domain.arranging import ALWAYS, choices, order_in
from caselog.domain.carrying import CARRIED_MOST, CarriedError, carry
from caselog.domain.sheet import Sheet
from caselog.domain.sheet_columns import LABELS
from caselog.exports.from_anything import UPLOAD_MOST
from caselog.exports.from_csv import FileFaultError
from caselog.exports.from_workbook import COLUMNS_MOST, ROWS_MOST
from caselog.exports.guarded import guarded_csv
from caselog.forms.importing import CarriedForm, UploadForm
from caselog.services import import_undo, importing, jobs
from caselog.services.actor import Actor, Permission, RefusedError
from caselog.services.import_preview import Fate, preview, shown_columns, shown_words
from caselog.services.importing import KINDS, Asked, Plan
from caselog.services.jobs import Running
from caselog.services.kinds import CASES
from caselog.web import background
from caselog.web.access import current_actor, needs
from caselog.web.jobs import RESULTS, TITLES

AT_ONCE_MOST = 300  # rows that are added while the browser waits

blueprint = Blueprint("imports", __name__)
TITLES["import"] = "Import"
RESULTS["import"] = lambda _view: url_for("imports.index")


@blueprint.url_value_preprocessor
def _take_more(_endpoint: str | None, _values: object) -> None:
    """These pages take a file, or the table that came of one; nothing else does."""
    request.max_content_length = UPLOAD_MOST + CARRIED_MOST // 4
    request.max_form_memory_size = CARRIED_MOST + 500_000
    request.max_form_parts = 3_000


@blueprint.route("/imports", methods=["GET", "POST"])
@needs(get=Permission.VIEW_OWN_LOG, post=Permission.LOG_CASE)
def index() -> ResponseReturnValue:
    form = UploadForm()
    if form.validate_on_submit():
        data = form.data_sent
        if not data:
            form.refuse("Choose a .csv or .xlsx file, or a .json file that Caselog made.")
            return _index(form)
        try:
            received = importing.receive(data, form.noun.data)
        except FileFaultError as error:
            form.refuse(str(error))
            return _index(form)
        return _check(received.sheet, form.noun.data, Asked(), notes=received.notes)
    return _index(form)


def _index(form: UploadForm) -> ResponseReturnValue:
    limits = {"megabytes": UPLOAD_MOST // 1_000_000, "rows": ROWS_MOST, "columns": COLUMNS_MOST}
    shown = render_template(
        "imports/index.html", form=form, imports=import_undo.imports_of(current_actor()), limits=limits
    )
    return shown, form.http_status


@blueprint.post("/imports/check")
@needs(Permission.LOG_CASE)
def check() -> ResponseReturnValue:
    actor, form = current_actor(), CarriedForm()
    sheet = form.sheet() if form.validate() else None
    if sheet is None:
        upload = UploadForm(formdata=None)
        upload.refuse("The table did not come back whole. Choose the file again; nothing was added.")
        return _index(upload)
    noun = form.noun.data
    sheet = importing.without_identities(sheet, noun)
    asked = form.asked(sheet, noun, importing.vocabulary_of(actor, noun))
    match form.act:
        case "import" | "import-good":
            return _bring_in(actor, sheet, noun, asked, good_only=form.act == "import-good")
        case "refused":
            return _refused(importing.plan(actor, actor.person_id, sheet, noun, asked))
    return _check(sheet, noun, asked, page=form.page)


def _check(
    sheet: Sheet, noun: str, asked: Asked, *, notes: tuple[str, ...] = (), page: int = 1
) -> ResponseReturnValue:
    actor = current_actor()
    plan = importing.plan(actor, actor.person_id, sheet, noun, asked)
    try:
        table = carry(sheet)
        if len(table) > CARRIED_MOST:
            raise CarriedError
    except CarriedError:
        upload = UploadForm(formdata=None)
        upload.refuse("The table holds too much text to be shown. Split it, and import part by part.")
        return _index(upload)
    asks_order, proven = order_in(sheet, plan.reading.columns)
    return render_template(
        "imports/check.html",
        plan=plan,
        kind=KINDS[noun],
        table=table,
        asked=asked,
        notes=notes,
        columns=shown_columns(plan),
        words=shown_words(plan),
        fields=[(name, LABELS[noun][name]) for name in choices(noun)],
        always=[(name, LABELS[noun][name], plan.vocabulary.lists[name]) for name in ALWAYS[noun]],
        asks_order=asks_order and proven is None,
        preview=preview(plan, page),
        fates=Fate,
    )


def _bring_in(actor: Actor, sheet: Sheet, noun: str, asked: Asked, *, good_only: bool) -> ResponseReturnValue:
    if len(sheet.rows) > AT_ONCE_MOST:
        return _in_background(actor, sheet, noun, asked, good_only=good_only)
    done = importing.bring_in(actor, actor.person_id, sheet, noun, asked, good_only=good_only)
    if not done.report.stored:
        flash(
            "Some rows cannot be imported, so nothing was added. Mend them, or import the good rows only.",
            "warning",
        )
        return _check(sheet, noun, asked)
    flash(in_words(done), "success")
    made = done.report.import_id
    return redirect(url_for("imports.show", import_id=made) if made else url_for("imports.index"))


def _in_background(actor: Actor, sheet: Sheet, noun: str, asked: Asked, *, good_only: bool) -> ResponseReturnValue:
    job = jobs.announce(actor, "import", len(sheet.rows))

    def body(running: Running) -> str:
        done_rows = 0

        def step(rows: int) -> None:
            nonlocal done_rows
            done_rows += rows
            running.step(done_rows)

        done = importing.bring_in(actor, actor.person_id, sheet, noun, asked, good_only=good_only, progress=step)
        if not done.report.stored:
            raise RefusedError("Some rows cannot be imported, so nothing was added. Import the good rows only.")
        return in_words(done)

    background.start(lambda: jobs.work(actor, job, body))
    return redirect(url_for("jobs.show", job_id=job))


def in_words(done: Plan) -> str:
    """What came of an import, for the person: numbers only, nothing of the file."""
    report, kind = done.report, KINDS[done.noun]
    said = [f"{report.added:,} {kind.noun if report.added == 1 else kind.plural} added"]
    if report.already_there:
        said.append(f"{report.already_there:,} in the log already")
    if report.alike:
        said.append(f"{len(report.alike):,} left out that look like another")
    if done.refused:
        said.append(f"{len(done.refused):,} refused")
    return ", ".join(said) + "."


def _refused(plan: Plan) -> ResponseReturnValue:
    header, rows = importing.refused_rows(plan)
    return Response(
        guarded_csv(header, rows),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="refused-rows.csv"'},
    )


@blueprint.get("/imports/<uuid:import_id>")
@needs(Permission.VIEW_OWN_LOG)
def show(import_id: uuid.UUID) -> ResponseReturnValue:
    return render_template(
        "imports/show.html", view=import_undo.import_view(current_actor(), import_id), cases=CASES
    )


@blueprint.post("/imports/<uuid:import_id>/undo")
@needs(Permission.LOG_CASE)
def undo(import_id: uuid.UUID) -> ResponseReturnValue:
    try:
        done = import_undo.undo(current_actor(), import_id)
    except RefusedError as error:
        flash(str(error), "warning")
    else:
        void = f" {done.void:,} on which somebody had acted became void." if done.void else ""
        flash(f"The import was taken back: {done.removed:,} removed.{void}", "success")
    return redirect(url_for("imports.show", import_id=import_id))
