"""What people and the operator did, as the audit trail has it."""

import sqlalchemy as sa

from caselog.extensions import db
from caselog.store.audit import AuditEntry


def acts() -> list[AuditEntry]:
    """The acts in their order, without the rows that a test put there by itself."""
    by_somebody = AuditEntry.way != "unattributed"
    return list(
        db.session.scalars(sa.select(AuditEntry).where(by_somebody).order_by(AuditEntry.at, AuditEntry.seq))
    )


def actions() -> list[str]:
    """What was done, in its order, without the looks at records."""
    return [act.action for act in acts() if not act.action.endswith(".look")]
