"""What a stranger may know about an export: asked by its code, without a sign-in, and not by guessing."""

import uuid

from caselog import clock
from caselog.domain.export import read_code
from caselog.services import issuing
from caselog.services.accounts import TooManyTriesError, address_subject, wait_of
from caselog.services.actor import NotFoundError
from caselog.services.issuing import Found
from caselog.store import accounts as store
from caselog.store.accounts import SignInAttempt
from caselog.store.session import transaction

WRONG_MOST = 10  # codes that there are not, from one network address within the window of sign-in attempts
FILES_MOST = 30  # files that are sent to be compared, likewise


def look_up(typed: str, address: str | None) -> Found:
    """The export of a code, however it was grouped.

    A code is counted as wrong before it is looked up, so that tries that race in parallel are all counted. Raises
    NotFoundError, with nothing said of why, and TooManyTriesError.
    """
    attempt = _count(address, "verify", WRONG_MOST)
    code = read_code(typed)
    found = issuing.look_up(code) if code else None
    if found is None:
        raise NotFoundError
    with transaction() as session:
        store.forget_attempt(session, attempt)
    return found


def count_file(address: str | None) -> None:
    """Count a file that is about to be read. Raises TooManyTriesError."""
    _count(address, "verify file", FILES_MOST)


def _count(address: str | None, what: str, most: int) -> uuid.UUID:
    now, subject = clock.now(), address_subject(address, what)
    with transaction() as session:
        store.queue_up(session, [subject])
        if wait := wait_of(session, subject, most, now):
            raise TooManyTriesError(wait)
        attempt = SignInAttempt(id=uuid.uuid4(), subject=subject, at=now)
        session.add(attempt)
        session.flush()
        store.purge(session, now)
        return attempt.id
