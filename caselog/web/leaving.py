"""Deleting one's own account: what goes, what stays and why, and then it is gone."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from caselog.forms.sign_in import DeleteAccountForm
from caselog.services import leaving
from caselog.services.accounts import TooManyTriesError, WrongCredentialsError
from caselog.services.actor import Permission, RefusedError
from caselog.services.leaving import Deletion
from caselog.web import access
from caselog.web.access import needs

blueprint = Blueprint("leaving", __name__)


@blueprint.route("/account/delete", methods=["GET", "POST"])
@needs(get=Permission.VIEW_ACCOUNT, post=Permission.MANAGE_ACCOUNT)
def delete() -> ResponseReturnValue:
    actor = access.current_actor()
    form = DeleteAccountForm()
    refusal: RefusedError | None = None
    status = 400 if form.errors else 200
    if form.validate_on_submit():
        try:
            leaving.delete_account(actor, Deletion(form.password.data, request.remote_addr))
        except TooManyTriesError as error:
            refusal, status = error, 429
        except WrongCredentialsError as error:
            refusal, status = error, 400
        except RefusedError:  # the page says it
            status = 409
        else:
            access.forget_session()
            flash("Your account is deleted, and you are signed out everywhere.", "success")
            return redirect("/sign-in")
    view = leaving.before_leaving(actor)
    page = render_template("sign-in/delete.html", form=form, view=view, refusal=refusal)
    return page, 400 if form.errors else status
