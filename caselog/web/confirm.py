"""Confirming cases by a link of a mail, without signing in.

The address is a secret, so it is named to nobody (web/headers.py) and logged nowhere. Mail scanners open links:
opening one changes nothing, but that it was opened is noted like any other look at a record.
"""

from collections import Counter

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from caselog.extensions import csrf
from caselog.forms.deciding import deciding_form, rows_of
from caselog.services import links, looks
from caselog.services.actor import NotFoundError
from caselog.web.access import public

blueprint = Blueprint("confirm", __name__)


@csrf.exempt  # type: ignore[untyped-decorator]  # no other site knows the address, and some browsers keep no cookie
@blueprint.route("/confirm/<token>", methods=["GET", "POST"])
@public
def confirm(token: str) -> ResponseReturnValue:
    try:
        opened = links.open_link(token)
        looks.at_waiting(opened.actor, [each.uid for each in opened.entries if not each.gone])
        cases, activities = links.pages(opened)
        form = deciding_form(
            rows_of(cases.cases, activities.activities), sent=request.method == "POST", by_link=True
        )
        if form.validate_on_submit():
            used = links.use(token, list(form.decisions()))
            return render_template("confirm/done.html", opened=opened, used=used)
    except NotFoundError:
        return render_template("confirm/no-link.html"), 404
    shown = len(cases.cases) + len(activities.activities)
    page = render_template(
        "confirm/confirm.html",
        opened=opened,
        form=form,
        cases=cases,
        more=cases.total + activities.total - shown,
        gone=Counter((each.kind, each.gone) for each in opened.entries if each.gone),
    )
    return page, form.http_status
