"""The document of the API, and the same as a page for people."""

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from caselog.api.answers import answer
from caselog.api.guide_words import sections
from caselog.api.openapi import document
from caselog.api.operations import blueprint
from caselog.domain.scopes import Scope
from caselog.web import problems
from caselog.web.access import public, session_or_none


@blueprint.get("/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    return answer(document(current_app._get_current_object()))  # type: ignore[attr-defined]  # noqa: SLF001 (Flask's own way)


@blueprint.get("/")
@public
def guide() -> ResponseReturnValue:
    session_or_none()  # so that the page has its usual frame for who is signed in
    told = sections(document(current_app._get_current_object()))  # type: ignore[attr-defined]  # noqa: SLF001
    return render_template("api/guide.html", sections=told, scopes=list(Scope), problems=problems.WORDS)
