"""Errors for programs: problem details (RFC 9457) instead of a page, for every address under /api."""

import json
from collections.abc import Mapping
from typing import Any, Final

from flask import make_response, request
from flask.wrappers import Response

AREA: Final = "/api/"
MEDIA_TYPE: Final = "application/problem+json"
# Title and how to go on, by status.
WORDS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("The request could not be read", "Something in the address or in the body is not as it should be."),
    401: (
        "A token is needed",
        "Send the header “Authorization: Bearer caselog_…” with a token that is still good.",
    ),
    403: ("This is not yours to do", "The token, or your position in the program, does not include it."),
    404: ("There is no such thing", "It may be mistyped, or it is not yours to see."),
    405: ("That cannot be done here", "The header Allow names the methods of this address."),
    409: ("That cannot be done now", "Things have changed meanwhile. Fetch it again, and look."),
    412: (
        "It was changed meanwhile",
        "Fetch it again, look at what changed, and send the change with the new ETag.",
    ),
    413: ("That is too large", "Send it in several parts."),
    415: ("That kind of content is not taken here", "Send JSON with “Content-Type: application/json”."),
    422: ("Something in it is not right", "Nothing was changed. `errors` says what is wrong where."),
    428: ("It must be said which version is meant", "Send the header If-Match with the ETag that you were given."),
    429: ("Too many requests", "Wait as many seconds as the header Retry-After says."),
    500: (
        "Something went wrong on our side",
        "It has been noted. Look whether the change was made, then try again.",
    ),
    503: ("The service is busy", "Try again in a few seconds. A case that is sent twice is kept once."),
}
_OTHERWISE: Final = ("That did not work", "Look at the request, then try again.")


class ProblemError(Exception):
    """A request of the API cannot be answered; `more` are members of the answer, `headers` go with it."""

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        *,
        retry: int | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.retry = status, detail, retry
        self.headers, self.more = headers or {}, more


def told(error: ProblemError) -> Response:
    response = problem(error.status, error.detail, retry=error.retry, **error.more)
    response.headers.update(error.headers)
    return response


def wanted() -> bool:
    """Whether the request is for the API, so that its errors are problem details."""
    return request.path.startswith(AREA)


def title_of(status: int) -> str:
    return WORDS.get(status, _OTHERWISE)[0]


def problem(status: int, detail: str | None = None, *, retry: int | None = None, **more: Any) -> Response:
    """The answer for an error; `retry` is in seconds, `more` are members of their own."""
    title, usual = WORDS.get(status, _OTHERWISE)
    told = {
        "type": f"/api/v1/#problem-{status}",
        "title": title,
        "status": status,
        "detail": detail or usual,
        **more,
    }
    response = make_response(json.dumps(told, ensure_ascii=False), status)
    response.content_type = MEDIA_TYPE
    if retry is not None:
        response.headers["Retry-After"] = str(retry)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Caselog"'
    return response
