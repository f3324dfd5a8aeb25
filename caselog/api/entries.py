"""What the addresses of cases and of activities do alike."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import url_for
from flask.wrappers import Response
from pydantic import BaseModel

from caselog.api.answers import answer, entry_values, etag_of, known_already, listed, stop_of, version_meant
from caselog.api.bodies import Listing, Voiding
from caselog.services import amendments, entry, entry_cursor
from caselog.services.actor import RefusedError
from caselog.services.confirming import confirm_texts
from caselog.services.entry_cursor import Shown
from caselog.services.kinds import E, EntryKind
from caselog.web.access import current_actor
from caselog.web.problems import ProblemError

_NOT_CONTENT = frozenset({"status", "reason", "texts_checked", "case_uid", "activity_uid"})
_PEOPLE = frozenset({"preceptor", "supervisor"})
_EMPTY: Mapping[str, Any] = {
    "procedures": (), "techniques": (), "events": (), "note": "", "redo": False, "title": "",
}  # fmt: skip


def show_one(kind: EntryKind[Any], uid: uuid.UUID) -> Response:
    """One entry, or 304 for who has it."""
    shown = entry_cursor.one(kind, current_actor(), uid)
    values = entry_values(kind, shown)
    etag = etag_of(shown.version, values)
    if known_already(etag):
        return Response(status=304, headers={"ETag": etag})
    return answer(values, headers={"ETag": etag})


def show_list(kind: EntryKind[Any], student_id: uuid.UUID, wanted: Listing, narrowed: Any) -> Response:
    """Some of a student's entries."""
    actor, after = current_actor(), stop_of(wanted.cursor)
    stretch = entry_cursor.stretch_of(kind, actor, student_id, narrowed, after, wanted.limit)
    return listed(kind.plural, [entry_values(kind, each) for each in stretch.entries], stretch.stop)


def log(kind: EntryKind[E], body: BaseModel, nothing: E) -> Response:
    """Store a new entry, or say that it is there."""
    sent = body.model_dump()
    uid = sent[kind.uid] or uuid.uuid4()
    confirm_texts(confirmed=sent["texts_checked"])
    made = kind.identified(replace(nothing, **given(body, fields=set(sent))), str(uid))
    logged = entry.log_entry(kind, current_actor(), made, submit=sent["status"] == "submitted")
    return _receipt(kind, uid, fresh=logged.fresh, status=201 if logged.fresh else 200)


def change(kind: EntryKind[E], uid: uuid.UUID, body: BaseModel) -> Response:
    """Change a draft or a returned entry."""
    actor, shown = current_actor(), entry_cursor.one(kind, current_actor(), uid)
    sent = body.model_dump(include={"status", "texts_checked"})
    confirm_texts(confirmed=sent["texts_checked"])
    submits = sent["status"] == "submitted"
    entry.change_entry(kind, actor, _changed(shown, body), version=_version(shown), submit=submits)
    return _receipt(kind, uid, fresh=True)


def amend(kind: EntryKind[E], uid: uuid.UUID, body: BaseModel) -> Response:
    """Amend an entry that was handed in."""
    actor, shown = current_actor(), entry_cursor.one(kind, current_actor(), uid)
    if shown.hidden:
        raise RefusedError("This case names you to verify it: say first which role you saw, then amend it.")
    sent = body.model_dump(include={"reason", "texts_checked"})
    confirm_texts(confirmed=sent["texts_checked"])
    amendments.amend(kind, actor, _changed(shown, body), version=_version(shown), reason=sent["reason"])
    return _receipt(kind, uid, fresh=True)


def void(kind: EntryKind[Any], uid: uuid.UUID, body: Voiding) -> Response:
    """Make an entry void."""
    actor, shown = current_actor(), entry_cursor.one(kind, current_actor(), uid)
    version = _version(shown)
    if version != shown.version:
        raise ProblemError(412, headers={"ETag": etag_of(shown.version, entry_values(kind, shown))})
    confirm_texts(confirmed=body.texts_checked)
    amendments.make_void(kind, actor, uid, version=version, reason=body.reason)
    return _receipt(kind, uid, fresh=True)


def submit(kind: EntryKind[Any], uid: uuid.UUID) -> Response:
    """Hand an entry in as it stands."""
    entry.submit_entry(kind, current_actor(), uid)
    return _receipt(kind, uid, fresh=True)


def _version(shown: Shown[Any]) -> int:
    meant = version_meant()
    return shown.version if meant is None else meant


def _changed(shown: Shown[E], body: BaseModel) -> E:
    return replace(shown.entry, **given(body, fields=body.model_fields_set))


def given(body: BaseModel, *, fields: set[str]) -> dict[str, Any]:
    """The fields of an entry that a body gives, as values of the domain: null becomes what is not given."""
    values = {}
    for name in fields - _NOT_CONTENT:
        value = getattr(body, name)
        if value is None:
            value = _EMPTY.get(name)
        elif name in _PEOPLE:
            value = value.lower()  # as addresses are kept
        values[name] = tuple(sorted(set(value))) if isinstance(value, list) else value
    return values


def _receipt(kind: EntryKind[Any], uid: uuid.UUID, *, fresh: bool, status: int = 200) -> Response:
    """What became of an entry, without anything that was typed into it: such an answer may be kept."""
    shown = entry_cursor.one(kind, current_actor(), uid)
    values = {"uid": str(uid), "status": shown.entry.status, "version": shown.version, "fresh": fresh}
    headers = {
        "ETag": etag_of(shown.version, entry_values(kind, shown)),
        "Location": url_for(f"api.show_{kind.noun}", uid=uid),
    }
    return answer(values, status, headers)
