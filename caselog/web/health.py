"""What a load balancer asks: does the process live, and can it serve."""

from functools import cache
from typing import Final

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from caselog.store.session import reading
from caselog.web.access import public

blueprint = Blueprint("health", __name__)

_PLAIN: Final = {"Content-Type": "text/plain; charset=utf-8"}


@blueprint.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    return "alive\n", 200, _PLAIN


@blueprint.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    try:
        with reading() as session:
            revision = MigrationContext.configure(session.connection()).get_current_revision()
    except SQLAlchemyError as error:
        current_app.logger.warning("The database does not answer: %s", error)
        return "not ready: the database does not answer\n", 503, _PLAIN
    head = _head(current_app.extensions["migrate"].directory)
    if revision != head:
        there = f"at {revision}" if revision else "empty"
        return f"not ready: the database is {there}, this version needs {head}; run caselog init-db\n", 503, _PLAIN
    return "ready\n", 200, _PLAIN


@cache
def _head(directory: str) -> str | None:
    return ScriptDirectory(directory).get_current_head()
