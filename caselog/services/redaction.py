"""Removing a text that could identify a patient from an entry of a log, wherever a copy of it stands.

What was written is gone for good: the text itself, and the salt of every digest that was made of it. The trail stays
whole, since its entries hold digests only, and says who removed something, when and from where.
"""

import json
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.activity import TEXT_FIELDS
from caselog.domain.transitions import Act, Need, Party, allowed
from caselog.services import changes, trail
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.case_log import hides_role, tells_role
from caselog.services.changes import Difference
from caselog.services.holding import Held, hold
from caselog.services.kinds import E, EntryKind
from caselog.store import appending
from caselog.store.entries import EntryChange, EntryReview
from caselog.store.evaluations import CaseEvaluation
from caselog.store.role_checks import CheckEnd, RoleCheck
from caselog.store.session import transaction

REMOVED = "[removed]"
REASON = "A text that could identify a patient was removed."
_NO_TEXTS = ("", REMOVED, REASON)
_FIELDS: dict[str, tuple[str, ...]] = {"case": ("note",), "activity": tuple(TEXT_FIELDS)}
_SIDES = ("before", "after")


@dataclass(frozen=True, slots=True)
class StoredText:
    """A text that stands with an entry. `key` names it; `place` says in words where it stands."""

    key: str
    place: str
    text: str


def texts_of(kind: EntryKind[E], actor: Actor, uid: uuid.UUID) -> tuple[StoredText, ...]:
    """The texts of an entry that the actor may remove: a director all, its student their own.

    Raises NotFoundError for anybody else.

    Who is still to say which role they saw is not shown the words in which somebody explains another one.
    """
    with transaction() as session:
        held = _held(session, kind, actor, uid)
        blind = kind.has_role and hides_role(actor, held.logged.reviewer_id, held.stage)
        return tuple(
            StoredText(key, place, text)
            for key, place, text, row in _texts(held)
            if text not in _NO_TEXTS and _may_remove(held, key, row) and not (blind and _speaks_of_role(row))
        )


def redact(kind: EntryKind[E], actor: Actor, uid: uuid.UUID, keys: Collection[str], *, version: int) -> None:
    """Remove these texts. An entry that waits or is verified and loses a text of its own waits for verification again.

    Raises NotFoundError, and RefusedError if the entry changed since `version` or nothing is named.
    """
    with transaction() as session:
        held = _held(session, kind, actor, uid)
        if held.logged.version != version:
            raise RefusedError(f"This {kind.noun} was changed since you opened it. Look at it again.")
        wanted = [
            (key, row)
            for key, _, text, row in _texts(held)
            if key in keys and text not in _NO_TEXTS and _may_remove(held, key, row)
        ]
        if not wanted:
            raise RefusedError("Choose at least one text to remove.")
        own = [key.removeprefix("field ") for key, row in wanted if row is held.logged]
        for key, row in wanted:
            _remove(row, key)
        rows = {id(row): row for _, row in wanted}
        if own:
            _amend(held, own, version)
        session.flush()
        for row in rows.values():
            appending.restate(session, row)
        trail.record(actor, "text.redact", uid, about=held.logged.student_id)


def _may_remove(held: Held[Any], key: str, row: Any) -> bool:
    """A student does not take back what others said of their record; a director does it for them."""
    me = held.actor.person_id
    if Party.DIRECTOR in held.parties:
        return True
    if isinstance(row, EntryReview):
        return False
    if isinstance(row, EntryChange) and key.startswith("reason "):
        return row.actor_id == me
    return not isinstance(row, CaseEvaluation) or row.given_by == me


def _speaks_of_role(row: Any) -> bool:
    return isinstance(row, RoleCheck) or (isinstance(row, EntryChange) and tells_role(json.loads(row.fields)))


def _held(session: Session, kind: EntryKind[E], actor: Actor, uid: uuid.UUID) -> Held[E]:
    held = hold(session, kind, actor, uid)
    if not held.parties & {Party.STUDENT, Party.DIRECTOR}:
        raise NotFoundError
    return held


def _texts(held: Held[E]) -> Iterator[tuple[str, str, str, Any]]:
    """Key, place, text and row of each text, empty ones too."""
    kind, logged = held.kind, held.logged
    for name in _FIELDS[kind.noun]:
        yield f"field {name}", kind.labels[name], getattr(logged, name) or "", logged
    for review in _rows(held, kind.reviews):
        yield f"review {review.id}", f"Comment of {review.at:%d %b %Y}", review.comment, review
    for change in _rows(held, kind.changes):
        yield f"reason {change.id}", f"Reason of {change.at:%d %b %Y}", change.reason, change
        fields = json.loads(change.fields)
        for name in _FIELDS[kind.noun]:
            for side, text in zip(_SIDES, fields.get(name, ()), strict=False):
                place = f"{kind.labels[name]} {side} the change of {change.at:%d %b %Y}"
                yield f"{side} {name} {change.id}", place, text or "", change
    if kind.has_role:
        checks = sa.select(RoleCheck).where(
            RoleCheck.program_id == logged.program_id, RoleCheck.case_uid == logged.uid
        )
        for check in held.session.scalars(checks):
            yield f"kept {check.id}", f"Answer on the role of {check.at:%d %b %Y}", check.kept_reason, check
        given = sa.select(CaseEvaluation).where(
            CaseEvaluation.program_id == logged.program_id, CaseEvaluation.case_uid == logged.uid
        )
        for each in held.session.scalars(given.order_by(CaseEvaluation.at)):
            place = f"Comment of the evaluation of {each.at:%d %b %Y}"
            yield f"evaluation {each.id}", place, each.comment, each


def _rows(held: Held[E], table: type[Any]) -> list[Any]:
    query = (
        sa.select(table)
        .where(table.program_id == held.logged.program_id, table.entry_uid == held.logged.uid)
        .order_by(table.at)
    )
    return list(held.session.scalars(query))


def _remove(row: Any, key: str) -> None:
    if isinstance(row, EntryReview | CaseEvaluation):
        row.comment = REMOVED
    elif isinstance(row, RoleCheck):
        row.kept_reason = REMOVED
    elif isinstance(row, EntryChange) and key.startswith("reason "):
        row.reason = REMOVED
    elif isinstance(row, EntryChange):
        side, name, _ = key.split(" ")
        fields = json.loads(row.fields)
        fields[name][_SIDES.index(side)] = REMOVED
        row.fields = json.dumps(fields, ensure_ascii=False)
    else:
        setattr(row, key.removeprefix("field "), REMOVED)


def _amend(held: Held[E], names: Collection[str], version: int) -> None:
    """A change of the content in the open, like any other; what was there is not repeated."""
    if Act.AMEND not in allowed(held.stage, held.parties):
        held.logged.changed_at = clock.now()  # still with its student, or void: nothing was verified
        return
    held.move(held.step(Act.AMEND, {Need.REASON}))
    held.end_check(CheckEnd.CHANGED)
    found = tuple(Difference(name, held.kind.labels[name], REMOVED, REMOVED) for name in names)
    changes.record(held, Act.AMEND, REASON, found, version)
