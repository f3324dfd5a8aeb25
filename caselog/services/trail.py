"""The audit row of an act, added to the transaction of the act itself."""

import hashlib
import json
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.extensions import db
from caselog.services.actor import Actor, Operator
from caselog.store.audit import AuditEntry
from caselog.store.entries import LogEntry


def record(actor: Actor | Operator, action: str, subject: uuid.UUID | str) -> None:
    """Note that `actor` did `action` (a verb on a thing, such as `case.submit`) to `subject`."""
    db.session.add(
        AuditEntry(
            program_id=actor.program_id,
            at=clock.now(),
            actor_id=actor.person_id if isinstance(actor, Actor) else None,
            action=action,
            subject=str(subject),
        )
    )


def content_hash(session: Session, logged: LogEntry) -> str:
    """The digest of what an entry says: all but its status, version and time of change."""
    session.flush()
    columns = (each.key for each in sa.inspect(type(logged)).column_attrs)
    kept = {key: str(getattr(logged, key)) for key in columns if key not in ("status", "version", "changed_at")}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()
