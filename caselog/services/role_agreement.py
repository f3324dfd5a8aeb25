"""The student's answer when the reviewer saw another role than was claimed."""

import uuid
from dataclasses import replace

from caselog import clock
from caselog.domain.codes import Status
from caselog.domain.transitions import STATUS_OF, Act, Need, Way
from caselog.services import changes, trail
from caselog.services.actor import Actor, RefusedError
from caselog.services.changes import differences
from caselog.services.entry import take
from caselog.services.holding import hold_own
from caselog.services.kinds import CASES
from caselog.services.review import add_review
from caselog.store.role_checks import CheckEnd
from caselog.store.session import transaction


def accept_role(actor: Actor, case_uid: uuid.UUID, *, version: int) -> None:
    """Take the role that the reviewer saw: the case has it from now on, and is verified by agreement.

    Raises NotFoundError, FaultsError, and RefusedError if no such difference waits or the case changed meanwhile.
    """
    with transaction() as session:
        held = hold_own(session, CASES, actor, case_uid)
        step = held.step(Act.ACCEPT)
        _refuse_other(held.logged.version, version)
        check = held.check
        if check is None:
            raise RuntimeError("a case at this stage has a difference of roles")
        before = held.entry()
        after = replace(before, role=check.picked, status=STATUS_OF[step.end])
        take(held, after)
        held.end_check(CheckEnd.ACCEPTED, check.picked)
        changes.record(held, Act.ACCEPT, "", differences(CASES, before, after), version)
        add_review(held, Status.VERIFIED, check.reviewer_id, Way.AGREEMENT, "", check)
        trail.record(actor, f"{CASES.noun}.{Act.ACCEPT}", case_uid, about=actor.person_id)


def keep_role(actor: Actor, case_uid: uuid.UUID, *, version: int, reason: str) -> None:
    """Stay with the role that was claimed: the reviewer sees both, and the reason, and has the last word.

    Raises NotFoundError, and RefusedError if no such difference waits, the case changed meanwhile, or no reason is
    given.
    """
    with transaction() as session:
        held = hold_own(session, CASES, actor, case_uid)
        held.step(Act.KEEP, {Need.REASON} if reason else ())
        _refuse_other(held.logged.version, version)
        if held.check:
            held.check.kept_reason, held.check.kept_at = reason, clock.now()
        trail.record(actor, f"{CASES.noun}.{Act.KEEP}", case_uid, about=actor.person_id)


def _refuse_other(now: int, shown: int) -> None:
    if now != shown:
        raise RefusedError("This case was changed since you opened it. Look at it again.")
