"""Signing in and out, setting a password with a one-time link, and one's own account."""

from typing import Final

from flask import Blueprint, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from caselog.domain.codes import Position
from caselog.forms.sign_in import ChangePasswordForm, SetPasswordForm, SignInForm
from caselog.services import accounts
from caselog.services.accounts import Credentials, PasswordChange, TooManyTriesError, WrongCredentialsError
from caselog.services.actor import Actor, NotFoundError, Permission
from caselog.web import access
from caselog.web.access import needs, public

blueprint = Blueprint("sign_in", __name__)

HOMES: Final = {Position.STUDENT: "/progress", Position.PRECEPTOR: "/review", Position.DIRECTOR: "/cohorts"}


@blueprint.get("/")
@public
def home() -> ResponseReturnValue:
    signed_in = access.session_or_none()
    return redirect(_home(signed_in.actor) if signed_in else "/sign-in")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    signed_in = access.session_or_none()
    target = access.safe_next(request.args.get("next"))
    if signed_in and request.method != "POST":
        return redirect(target or _home(signed_in.actor))
    form = SignInForm()
    if form.validate_on_submit():
        given = Credentials(form.email.data, form.password.data, request.remote_addr)
        try:
            begun = accounts.sign_in(given, replaced=signed_in.token if signed_in else None)
        except (WrongCredentialsError, TooManyTriesError) as error:
            return _refused(render_template("sign-in/sign-in.html", form=form, next=target, refusal=error), error)
        access.begin_session(begun)
        if not begun.actor.active:
            flash(
                "Your program has closed your log for new entries. You can read it and take it with you.", "info"
            )
        return redirect(target or _home(begun.actor))
    return render_template("sign-in/sign-in.html", form=form, next=target), 400 if form.errors else 200


@blueprint.post("/sign-out")
@needs(Permission.MANAGE_ACCOUNT)
def sign_out() -> ResponseReturnValue:
    access.end_session()
    flash("You are signed out.", "success")
    return redirect("/sign-in")


@blueprint.route("/set-password/<token>", methods=["GET", "POST"])
@public
def set_password(token: str) -> ResponseReturnValue:
    try:
        email = accounts.email_of_link(token)
        form = SetPasswordForm(account_email=email)
        if form.validate_on_submit():
            accounts.set_password(token, form.password.data)
            access.end_session()
            flash("Your password is set. Sign in with it.", "success")
            return redirect("/sign-in")
    except NotFoundError:
        return render_template("sign-in/no-link.html"), 404
    return render_template("sign-in/set-password.html", form=form, email=email), 400 if form.errors else 200


@blueprint.route("/account", methods=["GET", "POST"])
@needs(get=Permission.VIEW_ACCOUNT, post=Permission.MANAGE_ACCOUNT)
def account() -> ResponseReturnValue:
    actor = access.current_actor()
    view = accounts.view_account(actor)
    form = ChangePasswordForm(account_email=view.email)
    if form.validate_on_submit():
        change = PasswordChange(form.current.data, form.password.data, request.remote_addr)
        try:
            begun = accounts.change_password(actor, change)
        except (WrongCredentialsError, TooManyTriesError) as error:
            return _refused(render_template("sign-in/account.html", form=form, view=view, refusal=error), error)
        access.begin_session(begun)
        flash("Your password is changed. Every other browser was signed out.", "success")
        return redirect("/account")
    return render_template("sign-in/account.html", form=form, view=view), 400 if form.errors else 200


def _home(actor: Actor) -> str:
    return HOMES[actor.position]


def _refused(html: str, error: WrongCredentialsError | TooManyTriesError) -> Response:
    if isinstance(error, TooManyTriesError):
        return make_response(html, 429, {"Retry-After": str(error.wait)})
    return make_response(html, 400)
