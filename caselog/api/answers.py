"""What the API answers: JSON with its ETag, and the links to what follows."""

import base64
import binascii
import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from flask import make_response, request
from flask.wrappers import Response

from caselog.api.reading import FieldsError
from caselog.services.changes import plain
from caselog.services.entry_cursor import Shown, Stop
from caselog.services.kinds import EntryKind

_ETAG: Final = re.compile(r'"([0-9]{1,9})-[0-9a-f]{12}"')
_STALE: Final = "That is no cursor of ours; begin again without one."


def answer(values: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    response = make_response(json.dumps(values, ensure_ascii=False), status, dict(headers or {}))
    response.content_type = "application/json"
    return response


def entry_values(kind: EntryKind[Any], shown: Shown[Any]) -> dict[str, Any]:
    """An entry as the API shows it: the columns of files, and what is known of it beside."""
    return {
        **{name: plain(getattr(shown.entry, name)) for name in kind.columns},
        "student_id": str(shown.student_id),
        "version": shown.version,
        "hidden": list(shown.hidden),
    }


def etag_of(version: int, values: Mapping[str, Any]) -> str:
    """The ETag of an entry: its version, which a change must name, and a digest of all that is shown of it."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False)
    return f'"{version}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"'


def version_meant() -> int | None:
    """The version that If-Match names; 0, which nothing has, for no ETag of ours; None for any, or without it."""
    text = request.headers.get("If-Match", "").strip()
    if text in ("", "*"):
        return None
    found = _ETAG.fullmatch(text)
    return int(found[1]) if found else 0


def known_already(etag: str) -> bool:
    """Whether If-None-Match says that the client has this."""
    text = request.headers.get("If-None-Match", "")
    return text.strip() == "*" or etag in (each.strip().removeprefix("W/") for each in text.split(","))


def cursor_of(stop: Stop) -> str:
    text = f"{stop.created_at.isoformat()} {stop.uid.hex}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def stop_of(cursor: str | None) -> Stop | None:
    """Where a cursor says to go on. Raises FieldsError."""
    if cursor is None:
        return None
    try:
        day, uid = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode().split(" ")
        at = datetime.fromisoformat(day)
        if at.tzinfo is None or len(uid) != 32:
            raise ValueError(cursor)
        return Stop(at, uuid.UUID(uid))
    except (ValueError, binascii.Error):
        raise FieldsError([{"parameter": "cursor", "message": _STALE}]) from None


def listed(name: str, values: list[dict[str, Any]], stop: Stop | None) -> Response:
    """Some of a list, with the address of what follows in the body and in the header Link."""
    kept = {key: value for key, value in request.args.items() if key != "cursor"}
    first = request.path + (f"?{urlencode(kept)}" if kept else "")
    links = [f'<{first}>; rel="first"']
    following = None
    if stop:
        following = f"{request.path}?{urlencode({**kept, 'cursor': cursor_of(stop)})}"
        links.append(f'<{following}>; rel="next"')
    return answer({name: values, "next": following}, headers={"Link": ", ".join(links)})
