"""The audit row of an act, added to the transaction of the act itself."""

import uuid

from caselog import clock
from caselog.extensions import db
from caselog.services.actor import Actor, Operator
from caselog.store.audit import AuditEntry


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
