"""One's own tokens of the API: make one, which is shown once, and end one."""

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from caselog.forms.api_tokens import TokenForm
from caselog.services import api_tokens
from caselog.services.actor import Permission, RefusedError
from caselog.web.access import current_actor, needs

blueprint = Blueprint("api_tokens", __name__)


@blueprint.route("/account/tokens", methods=["GET", "POST"])
@needs(get=Permission.VIEW_ACCOUNT, post=Permission.MANAGE_ACCOUNT)
def index() -> ResponseReturnValue:
    actor = current_actor()
    form = TokenForm(api_tokens.scopes_for(actor))
    if form.validate_on_submit():
        try:
            token = api_tokens.make_token(actor, form.wish())
        except RefusedError as error:
            form.form_errors.append(str(error))
        else:
            return render_template("api/token.html", token=token, name=form.name.data)
    listed = api_tokens.tokens(actor)
    return render_template("api/tokens.html", form=form, tokens=listed), 400 if form.errors else 200


@blueprint.post("/account/tokens/<uuid:token_id>/end")
@needs(Permission.MANAGE_ACCOUNT)
def end(token_id: uuid.UUID) -> ResponseReturnValue:
    api_tokens.end_token(current_actor(), token_id)
    flash("The token is ended: nobody can use it any more.", "success")
    return redirect(url_for("api_tokens.index"))
