"""What each view of the API says of itself: for the gate, for the document that is made of it, and for tests."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from flask import Blueprint, request
from flask.wrappers import Response
from pydantic import BaseModel

from caselog.api import repeats
from caselog.api.bodies import Query
from caselog.api.reading import read_query
from caselog.domain.scopes import Scope
from caselog.services.actor import Permission
from caselog.web.access import needs
from caselog.web.problems import ProblemError

JSON: Final = "application/json"
PREFIX: Final = "/api/v1"

blueprint = Blueprint("api", __name__, url_prefix=PREFIX)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one address.

    `media` is what it answers with, `others` are media types that it takes beside JSON. `repeats` says that the header
    Idempotency-Key is honoured, `conditional` that If-Match is needed, `etag` that the answer has one.
    """

    id: str
    method: str
    permission: Permission
    scope: Scope | None
    summary: str
    says: str
    status: int
    answer: type[BaseModel]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    media: tuple[str, ...] = (JSON,)
    others: tuple[str, ...] = ()
    repeats: bool = False
    conditional: bool = False
    etag: bool = False
    also: int | None = None  # another status with the same answer
    errors: tuple[int, ...] = ()


View = Callable[..., Response]


def operation(
    rule: str,
    *,
    permission: Permission,
    answer: type[BaseModel],
    method: str = "GET",
    scope: Scope | None = None,
    status: int = 200,
    looks: Callable[..., None] | None = None,
    **more: Any,
) -> Callable[[View], View]:
    """Make a view answer at `rule`. Its docstring is its description, the first line the summary.

    `looks` notes a look at somebody's record; it is called with the arguments of the view, before anything else.
    """

    def register(view: View) -> View:
        summary, _, rest = (view.__doc__ or "").partition("\n")
        made = Operation(
            id=view.__name__,
            method=method,
            permission=permission,
            scope=scope,
            summary=summary.strip(),
            says=" ".join(rest.split()),
            status=status,
            answer=answer,
            **more,
        )

        @wraps(view)
        def answering(**arguments: Any) -> Response:
            if made.conditional and "If-Match" not in request.headers:
                raise ProblemError(428)
            if made.query is None:
                read_query(Query)
            if looks:
                looks(**arguments)
            return repeats.once(lambda: view(**arguments)) if made.repeats else view(**arguments)

        answering.__dict__["caselog_operation"] = made
        blueprint.add_url_rule(rule, view.__name__, needs(permission)(answering), methods=[method])
        return view

    return register


def operation_of(view: Callable[..., Any]) -> Operation:
    """What a view of the API said of itself."""
    found: Operation = view.__dict__["caselog_operation"]
    return found
