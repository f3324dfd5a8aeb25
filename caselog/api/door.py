"""Who asks: the token in the Authorization header, and nothing else. Cookies of browsers open nothing here."""

import math
import threading
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from flask import abort, current_app, g, request

from caselog import clock
from caselog.api.operations import operation_of
from caselog.services import api_tokens
from caselog.services.actor import Actor
from caselog.services.api_tokens import TokenUse
from caselog.web.problems import ProblemError

REQUESTS_A_MINUTE: Final = 600  # of one token, in each process of the server; ours
_WINDOW: Final = timedelta(minutes=1)
_KEPT_MOST: Final = 10_000  # tokens


class _Counts:
    """How many requests each token made in its present minute, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: dict[uuid.UUID, tuple[datetime, int]] = {}

    def wait(self, token_id: uuid.UUID, most: int) -> int:
        """Count a request; the seconds to wait if it was one too many, else 0."""
        now = clock.now()
        with self._lock:
            if len(self._since) > _KEPT_MOST:
                self._since = {key: kept for key, kept in self._since.items() if kept[0] > now - _WINDOW}
            since, number = self._since.get(token_id, (now, 0))
            if since <= now - _WINDOW:
                since, number = now, 0
            self._since[token_id] = since, number + 1
        return 0 if number < most else math.ceil((since + _WINDOW - now).total_seconds())


_COUNTS = _Counts()


def who_asks() -> Actor:
    """Who the token of this request stands for. Aborts with 401, 403 or 429."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    used = api_tokens.use(token.strip()) if scheme.lower() == "bearer" else None
    if used is None:
        abort(401)
    wait = _COUNTS.wait(used.token_id, current_app.config.get("API_REQUESTS_A_MINUTE", REQUESTS_A_MINUTE))
    if wait:
        raise ProblemError(429, f"Wait {wait} s. Each token has so many requests a minute.", retry=wait)
    g.token_use = used
    operation = operation_of(current_app.view_functions[request.endpoint or ""])
    if operation.scope and operation.scope not in used.scopes:
        words = f"This needs a token with the scope {operation.scope.code}: {operation.scope.words.lower()}."
        raise ProblemError(403, words)
    # The scope opens this view; whether the person may use it, the gate asks next.
    return replace(used.actor, only=(used.actor.only or frozenset()) | {operation.permission})


def token_in_use() -> TokenUse:
    """The token of this request; only for views behind the door."""
    used: TokenUse = g.token_use
    return used
