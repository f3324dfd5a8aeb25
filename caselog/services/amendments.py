"""Changes in the open: an entry that was handed in is amended with a reason, or made void with one."""

import uuid
from dataclasses import replace

from caselog.domain.transitions import STATUS_OF, Act, Need
from caselog.services import changes, digests, trail
from caselog.services.actor import Actor, RefusedError
from caselog.services.changes import Difference, differences
from caselog.services.entry import step_or_conflict, take
from caselog.services.holding import hold
from caselog.services.kinds import E, EntryKind
from caselog.store.role_checks import CheckEnd
from caselog.store.session import transaction

REASON_MOST = 500  # characters


def amend(kind: EntryKind[E], actor: Actor, entry: E, *, version: int, reason: str) -> None:
    """Change an entry that waits or is verified; it waits (again) for verification, and an open difference ends.

    Raises FaultsError, NotFoundError, ConflictError if it changed since `version` or is not to be amended, and
    RefusedError without a reason or a change.
    """
    with transaction() as session:
        held = hold(session, kind, actor, uuid.UUID(entry.uid))
        step = step_or_conflict(held, Act.AMEND, entry, version, {Need.REASON} if reason else ())
        after = replace(entry, status=STATUS_OF[step.end])
        found = differences(kind, held.entry(), after)
        if not found:
            raise RefusedError(f"Nothing differs from the {kind.noun} as it stands, so nothing was changed.")
        take(held, after)
        held.end_check(CheckEnd.CHANGED)
        changes.record(held, Act.AMEND, reason, found, version)
        trail.record(actor, f"{kind.noun}.{Act.AMEND}", entry.uid, about=held.logged.student_id)
        digests.handed_in(session, actor, held.logged)


def make_void(kind: EntryKind[E], actor: Actor, uid: uuid.UUID, *, version: int, reason: str) -> None:
    """Take an entry out of all counting, for good; it stays in the log with the reason.

    Raises NotFoundError, and RefusedError if it changed since `version`, is void already, or no reason is given.
    """
    with transaction() as session:
        held = hold(session, kind, actor, uid)
        step = held.step(Act.VOID, {Need.REASON} if reason else ())
        if held.logged.version != version:
            raise RefusedError(f"This {kind.noun} was changed since you opened it. Look at it again.")
        was = held.logged.status
        held.move(step)
        held.end_check(CheckEnd.VOID)
        found = (Difference("status", kind.labels["status"], was, held.logged.status),)
        changes.record(held, Act.VOID, reason, found, version)
        trail.record(actor, f"{kind.noun}.{Act.VOID}", uid, about=held.logged.student_id)
