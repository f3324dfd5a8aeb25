"""Why a reviewer is written to, what became of the mail, and when a failed one is tried again."""

from datetime import timedelta
from enum import StrEnum

ATTEMPTS_MOST = 20  # about three days
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)


class Cause(StrEnum):
    """Why a digest is due."""

    COUNT = "count"  # more entries wait than the program lets pile up
    AGE = "age"  # one has waited for too long
    STUDENT = "student"  # a student asks


class Outcome(StrEnum):
    """What became of a mail in the end."""

    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"  # there was no need for it any more


class LinkEnd(StrEnum):
    """Why a link was ended before its time."""

    USED = "used"
    REPLACED = "replaced"
    REVOKED = "revoked"


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: a minute, then twice as long each time, six hours at most."""
    doublings = min(max(attempts - 1, 0), 20)
    return min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)
