"""A request that comes twice is carried out once: who sends an Idempotency-Key gets the first answer again.

The answer is kept in the transaction of the act itself, so both are there or neither. What is refused is not kept.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any, Final

from flask import make_response, request
from flask.wrappers import Response

from caselog import clock
from caselog.store import api_tokens as store
from caselog.store.accounts import digest
from caselog.store.api_tokens import ApiAnswer
from caselog.store.session import transaction
from caselog.web.access import current_actor
from caselog.web.problems import ProblemError

HEADER: Final = "Idempotency-Key"
KEY_MOST: Final = 200  # characters
_KEPT: Final = ("Location", "ETag")
_NOT_KEPT: Final = (
    "This was done already, and its answer is not kept. To do it again, send another Idempotency-Key."
)


def once(act: Callable[[], Response]) -> Response:
    """Carry out an act, or give the answer of the first time. Raises ProblemError."""
    key = request.headers.get(HEADER)
    if key is None:
        return act()
    if not 1 <= len(key) <= KEY_MOST:
        raise ProblemError(400, f"{HEADER} must have 1 to {KEY_MOST} characters.")
    actor = current_actor()
    key_hash = digest(f"{actor.person_id} {key}")
    with transaction() as session:
        if not store.claim_key(session, key_hash):
            raise ProblemError(409, f"A request with this {HEADER} is being carried out; ask again in a moment.")
        store.purge_answers(session, clock.now())
        kept = store.kept_answer(session, actor.program_id, actor.person_id, key_hash)
        if kept:
            return _again(kept)
        response = act()
        if response.status_code < 300:
            session.add(
                ApiAnswer(
                    program_id=actor.program_id,
                    person_id=actor.person_id,
                    key_hash=key_hash,
                    request_hash=_of_request(),
                    answer=json.dumps(_to_keep(response)),
                    at=clock.now(),
                )
            )
    return response


def _of_request() -> str:
    """What makes a request another one: its address, and all that is in it."""
    told = f"{request.method} {request.full_path} {request.mimetype}\n".encode()
    return hashlib.sha256(told + request.get_data(cache=True)).hexdigest()


def _to_keep(response: Response) -> list[Any]:
    """Status, headers and body; no file, and nothing that somebody typed, which a message may repeat."""
    headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
    if response.is_streamed or response.mimetype != "application/json":
        return [response.status_code, headers, None]
    return [response.status_code, headers, _without_messages(json.loads(response.get_data()))]


def _without_messages(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_messages(each) for key, each in value.items() if key != "message"}
    return [_without_messages(each) for each in value] if isinstance(value, list) else value


def _again(kept: ApiAnswer) -> Response:
    if kept.request_hash != _of_request():
        raise ProblemError(422, f"This {HEADER} came with another request before; send a new one.", errors=[])
    status, headers, body = json.loads(kept.answer)
    if body is None:
        raise ProblemError(409, _NOT_KEPT)
    response = make_response(json.dumps(body, ensure_ascii=False), status, headers)
    response.content_type = "application/json"
    response.headers["Idempotency-Replayed"] = "true"
    return response
