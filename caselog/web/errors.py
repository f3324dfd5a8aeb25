"""What a person reads when something cannot be done: what it is, in plain words, and how to go on.

None of these pages asks the database, and the page for an unforeseen fault stands even if templates do not.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

import sqlalchemy.exc as sa_exc
from flask import Flask, current_app, make_response, render_template, request
from flask.wrappers import Response
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from caselog.services.accounts import TooManyTriesError
from caselog.services.actor import NotFoundError, RefusedError
from caselog.web import problems
from caselog.web.problems import ProblemError

BUSY_RETRY: Final = 5  # seconds
DRAIN_MOST: Final = 20_000_000  # bytes of a body that nobody wanted, read nevertheless
_UNIQUE_VIOLATION: Final = "23505"  # PostgreSQL's; SQLite has one writer at a time, who sees what was there
_SQLITE_PASSING: Final = re.compile(r"locked|busy|unable to open|disk i/o error|database or disk is full", re.I)

_NOT_TYPED: Final = frozenset({"csrf_token", "table"})  # a table that a page carries would fill the whole page

# Title and how to go on, by status.
_WORDS: Final[Mapping[int, tuple[str, str]]] = {
    400: (
        "This request could not be read",
        "Something in the address or in what was sent is not as it should be. Go back and try again.",
    ),
    403: (
        "This page is not yours to open",
        "Your position in the program does not include it. If it should, ask your program director.",
    ),
    404: (
        "There is no such page",
        "It may have moved, or the address may be mistyped. Pages of other people are not shown either.",
    ),
    405: (
        "That cannot be done here",
        "This address exists, but not for what was asked of it. Go back and use the buttons of the page.",
    ),
    409: ("That cannot be done now", "Things have changed meanwhile. Go back, load the page again, and look."),
    413: (
        "That is too large",
        "What was sent is larger than this page takes. Shorten it, or send it in several parts.",
    ),
    415: ("That kind of content is not taken here", "Go back and use the form of the page."),
    429: ("Too many tries", "Wait a few minutes, then try again."),
    500: (
        "Something went wrong on our side",
        "It has been noted. Go back, look whether what you did was saved, and try again if it was not.",
    ),
    503: (
        "The service is busy",
        "Go back in a few seconds and try again. A case that is sent twice is kept once.",
    ),
}
_OTHERWISE: Final = ("That did not work", "Go back and try again.")

_BARE_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} · Caselog</title></head>
<body><main><h1>{title}</h1><p>{words}</p><p><a href="/">Back to the first page</a></p></main></body></html>
"""


def init_app(app: Flask) -> None:
    app.after_request(_read_to_the_end)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(NotFoundError, lambda _error: _page(404))
    app.register_error_handler(RefusedError, lambda error: _page(409, words=str(error)))
    app.register_error_handler(TooManyTriesError, lambda error: _page(429, words=str(error), retry=error.wait))
    app.register_error_handler(ProblemError, problems.told)
    app.register_error_handler(sa_exc.DataError, _unstorable)
    app.register_error_handler(sa_exc.IntegrityError, _broken_rule)
    app.register_error_handler(StaleDataError, lambda _error: _page(409, typed=typed_here()))
    for passing in (sa_exc.OperationalError, sa_exc.InterfaceError, sa_exc.TimeoutError):
        app.register_error_handler(passing, _database_error)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    response = _page(status)
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value  # such as Allow
    return response


def _csrf_error(_error: CSRFError) -> Response:
    current_app.logger.info("%s %s came without a valid form token", request.method, request.endpoint)
    return _page(
        400,
        title="This form was open too long",
        words="A form is good for one sign-in only, and this one is from an earlier one. Nothing was changed. "
        "Go back, copy what you typed, load the page again, and send it once more.",
        typed=typed_here(),
    )


def signed_out(typed: Mapping[str, Sequence[str]]) -> Response:
    """The answer to a form that was sent after its session had ended."""
    return _page(
        403,
        title="You were signed out",
        words="The form was sent after a while without use. Nothing was changed. Sign in, then send it once more.",
        typed=typed,
    )


def typed_here() -> Mapping[str, Sequence[str]]:
    """What somebody typed into a form of ours, to be copied from the page that refuses it.

    Another site's page may post anything here, and shall not make us show it; browsers say where a form was.
    """
    if request.headers.get("Sec-Fetch-Site") != "same-origin":
        return {}
    return {
        name: values
        for name, values in request.form.lists()
        if name not in _NOT_TYPED and "password" not in name and any(value.strip() for value in values)
    }


def _unstorable(_error: sa_exc.DataError) -> Response:
    current_app.logger.warning("%s %s held what the database cannot store", request.method, request.endpoint)
    return _page(400)


def _broken_rule(error: sa_exc.IntegrityError) -> Response:
    """Two of the same were sent at the same moment; any other rule of the database is ours to keep."""
    if getattr(error.orig, "sqlstate", None) != _UNIQUE_VIOLATION:
        raise error
    current_app.logger.info("%s %s came second by a moment", request.method, request.endpoint)
    return _page(409)


def _database_error(error: sa_exc.SQLAlchemyError) -> Response:
    if isinstance(error, sa_exc.DBAPIError) and _will_not_pass(error):
        raise error
    current_app.logger.warning("The database did not answer: %s", error)
    return _page(503, retry=BUSY_RETRY)


def _will_not_pass(error: sa_exc.DBAPIError) -> bool:
    """SQLite calls a missing table an operational error too; waiting does not mend that."""
    from_sqlite = "sqlite" in type(error.orig).__module__
    return from_sqlite and not _SQLITE_PASSING.search(str(error.orig))


def _read_to_the_end(response: Response) -> Response:
    """Read what is left of a body, within reason: who is cut off while sending never sees the answer."""
    if request.environ.get("wsgi.input_terminated"):  # otherwise reading on could wait for ever
        left = DRAIN_MOST
        with suppress(OSError):  # the client has gone
            while left > 0 and (chunk := request.environ["wsgi.input"].read(min(left, 65_536))):
                left -= len(chunk)
    return response


def _page(
    status: int,
    *,
    title: str | None = None,
    words: str | None = None,
    retry: int | None = None,
    typed: Mapping[str, Sequence[str]] | None = None,
) -> Response:
    usual_title, usual_words = _WORDS.get(status, _OTHERWISE)
    if problems.wanted():
        return problems.problem(status, words, retry=retry)
    title, words = title or usual_title, words or usual_words
    try:
        html = render_template("errors/error.html", title=title, words=words, typed=typed)
    except Exception:  # whatever is wrong with the page must not hide what was wrong with the request
        current_app.logger.exception("The page for the error %s is broken itself", status)
        html = _BARE_PAGE.format(title=escape(title), words=escape(words))
    response = make_response(html, status)
    if retry is not None:
        response.headers["Retry-After"] = str(retry)
    return response
