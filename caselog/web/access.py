"""The gate. Every view says who may use it, one `before_request` reads that, and a view that says nothing is shut.

    @public                                        anybody, signed in or not
    @needs(Permission.VIEW_OWN_LOG)                every method of the view
    @needs(get=Permission.VIEW_ACCOUNT, post=Permission.MANAGE_ACCOUNT)

HEAD asks what GET asks. OPTIONS, which Flask answers by itself, only names the methods and asks for nothing.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeVar
from urllib.parse import urlencode

import flask_login
from flask import Flask, abort, current_app, flash, g, redirect, request, session
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from caselog.extensions import login_manager
from caselog.services import accounts
from caselog.services.accounts import SignedIn
from caselog.services.actor import Actor, Permission
from caselog.store.session import end_request, start_request
from caselog.web import errors, problems

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
NEXT_MOST: Final = 1_000  # characters of an address to come back to
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_BREAKS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

View = TypeVar("View", bound=Callable[..., Any])
Door = Callable[[], Actor]  # says who asks, or raises an HTTPException
Access = Permission | Literal["public"]


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a view asks for: by method, else for every method."""

    every_method: Access | None = None
    by_method: Mapping[str, Permission] = field(default_factory=dict)

    def access(self, method: str) -> Access | None:
        return self.by_method.get("GET" if method == "HEAD" else method, self.every_method)


def public(view: View) -> View:
    """Anybody may use this view, with every method that it has."""
    return _declare(view, Declaration("public"))


def needs(every_method: Permission | None = None, /, **by_method: Permission) -> Callable[[View], View]:
    """Who may use this view: one permission for all its methods, or one for each (`get=`, `post=`)."""
    declaration = Declaration(every_method, {method.upper(): asked for method, asked in by_method.items()})
    return lambda view: _declare(view, declaration)


def _declare(view: View, declaration: Declaration) -> View:
    view.__dict__["caselog_access"] = declaration
    return view


def declared(view: Callable[..., Any] | None, method: str) -> Access | None:
    """What a view function asks of who calls it with `method`; None when it does not say."""
    declaration: Declaration | None = getattr(view, "caselog_access", None)
    return declaration.access(method) if declaration else None


def use_door(app: Flask, blueprint: str, door: Door) -> None:
    """Let `door`, and never a browser's session, say who asks for a view of this blueprint."""
    app.extensions.setdefault("caselog_doors", {})[blueprint] = door


def current_actor() -> Actor:
    """Who is signed in; only for views that need a permission, since the gate lets nobody else in there."""
    by_door: Actor | None = g.get("by_door")
    if by_door is not None:
        return by_door
    signed_in = session_or_none()
    if signed_in is None:
        raise RuntimeError("a view without a permission asked who is signed in")
    return signed_in.actor


def session_or_none() -> SignedIn | None:
    """The session of this request. The database is asked once, and only if the browser has a token."""
    if "signed_in" not in g:
        user = flask_login.current_user
        _note(user.signed_in if user.is_authenticated else None)
    found: SignedIn | None = g.signed_in
    return found


def begin_session(signed_in: SignedIn) -> None:
    """Make this browser the one that is signed in; what it had before is forgotten."""
    session.clear()
    flask_login.login_user(_User(signed_in))
    _note(signed_in)


def end_session() -> None:
    """Sign this browser out, here and in the database."""
    if signed_in := session_or_none():
        accounts.sign_out(signed_in)
    forget_session()


def forget_session() -> None:
    """Let this browser forget who was signed in; the database has ended the session already."""
    flask_login.logout_user()
    session.clear()
    _note(None)


def safe_next(target: str | None) -> str | None:
    """An address to go on to after signing in, if it certainly is one of ours: a path, perhaps with a query."""
    if not target or len(target) > NEXT_MOST or "\\" in target or _CONTROL.search(target):
        return None
    path = target.partition("?")[0]
    return target if path.startswith("/") and "//" not in path and not path.startswith("/sign-") else None


def init_app(app: Flask) -> None:
    """Stand in front of every request. Call it before any extension that looks at requests."""
    login_manager.init_app(app, add_context_processor=False)  # it would ask the database even for an error page
    login_manager.session_protection = None  # sessions are kept by the server, and phones change their address
    login_manager.user_loader(_load_user)
    # There is no remember-me. Flask-Login would still read its cookie, and no cookie can have this name.
    app.config["REMEMBER_COOKIE_NAME"] = ";"
    app.before_request(_begin)
    app.before_request(_gate)
    app.teardown_request(lambda _error: end_request())


def declare_static(app: Flask) -> None:
    """Our files and Bootstrap's are for everybody. Their views are Flask's, so each gets one of ours around it."""
    for endpoint in ("static", "bootstrap.static"):
        app.view_functions[endpoint] = public(_serving(app.view_functions[endpoint]))


def _serving(view: Callable[..., Any]) -> Callable[..., Any]:
    def serve(filename: str) -> Any:
        return view(filename=filename)

    return serve


class _User:
    """A session as Flask-Login wants to see it."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, signed_in: SignedIn) -> None:
        self.signed_in = signed_in

    def get_id(self) -> str:
        return self.signed_in.token


def _load_user(token: str) -> _User | None:
    signed_in = accounts.resume(token)
    return _User(signed_in) if signed_in else None


def _note(signed_in: SignedIn | None) -> None:
    """Tell templates who is signed in, so that no page has to ask the database for it."""
    g.signed_in = signed_in
    g.actor = signed_in.actor if signed_in else None
    g.program_is_demo = signed_in is not None and signed_in.in_demo


def _begin() -> None:
    start_request(writes=request.method not in SAFE_METHODS)
    if (request.content_length or 0) > (request.max_content_length or math.inf):
        abort(413)
    texts = (request.path, *(text for pair in request.args.items(multi=True) for text in pair))
    if any(_CONTROL_BUT_BREAKS.search(text) for text in texts):
        abort(400)


def _gate() -> ResponseReturnValue | None:
    if request.url_rule is None:
        _look_who_it_is()
        return None  # the error that routing found is the answer
    if request.method == "OPTIONS" and getattr(request.url_rule, "provide_automatic_options", False):
        return None
    access = declared(current_app.view_functions.get(request.endpoint or ""), request.method)
    if access == "public":
        return None
    door = current_app.extensions.get("caselog_doors", {}).get(request.blueprint)
    signed_in = None if door else session_or_none()
    if access is None:
        current_app.logger.error("%s %s declares no access, so it is closed", request.method, request.endpoint)
        abort(403)
    if door:
        g.by_door = door()
        if not g.by_door.may(access):
            abort(403)
        return None
    if signed_in is None:
        return _to_sign_in()
    if not signed_in.actor.may(access):
        abort(403)
    return None


def _look_who_it_is() -> None:
    try:
        if not problems.wanted():
            session_or_none()
    except SQLAlchemyError:
        _note(None)  # a page that is only an error stands without a database


def _to_sign_in() -> ResponseReturnValue:
    if session.pop("_user_id", None):
        if typed := errors.typed_here():
            return errors.signed_out(typed)
        flash("You were signed out after a while without use. Sign in to go on.", "warning")
    here = request.full_path.removesuffix("?")
    rule = request.url_rule
    answers_get = rule is not None and "GET" in (rule.methods or ())
    target = safe_next(here) if answers_get else None
    return redirect("/sign-in" + (f"?{urlencode({'next': target})}" if target else ""))
