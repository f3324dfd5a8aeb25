"""Work in the background: begun by a person, who alone sees it, told how far it is, and can cancel it."""

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.job import State
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.store.jobs import Job
from caselog.store.session import in_transaction, reading, transaction

SILENT = timedelta(seconds=60)  # after which work counts as stopped: its process was ended
_BEAT = 0.5  # seconds between two notes of how far it is
_FAILED = (
    "Something went wrong on our side; nothing is half done. Begin again, and tell the operator if it recurs."
)
_log = logging.getLogger(__name__)


class CancelledError(Exception):
    """Somebody cancelled the work."""


@dataclass(frozen=True, slots=True)
class JobView:
    """How far work is: `done` of `total` steps, and at its end what came of it in `words`."""

    id: uuid.UUID
    kind: str
    subject: uuid.UUID | None
    state: State
    done: int
    total: int
    words: str
    cancel_asked: bool
    created_at: datetime

    @property
    def runs(self) -> bool:
        return self.state is State.RUNNING

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


class Running:
    """Work while it is done; `step` notes how far it is, at most twice a second."""

    def __init__(self, actor: Actor, job_id: uuid.UUID) -> None:
        self._actor, self._id = actor, job_id
        self._noted = 0.0

    def step(self, done: int) -> None:
        """Note that `done` steps are done. Raises CancelledError. Within a transaction it notes nothing."""
        if in_transaction() or time.monotonic() - self._noted < _BEAT:
            return
        with transaction() as session:
            job = _fetch(session, self._actor, self._id)
            if job.cancel_asked:
                raise CancelledError
            job.done, job.beat_at = done, clock.now()
        self._noted = time.monotonic()


def announce(actor: Actor, kind: str, total: int, subject: uuid.UUID | None = None) -> uuid.UUID:
    """Note work that is about to be done, of `total` steps; its identifier is that of its page."""
    now, identifier = clock.now(), uuid.uuid4()
    job = Job(
        program_id=actor.program_id,
        id=identifier,
        person_id=actor.person_id,
        kind=kind,
        subject=subject,
        state=State.RUNNING,
        done=0,
        total=total,
        outcome="",
        cancel_asked=False,
        created_at=now,
        beat_at=now,
    )
    with transaction() as session:
        session.add(job)
    return identifier


def work(actor: Actor, job_id: uuid.UUID, body: Callable[[Running], str]) -> None:
    """Do the work and note its end; `body` returns what came of it, in words for the page."""
    try:
        words, state = body(Running(actor, job_id)), State.DONE
    except CancelledError:
        words, state = "", State.CANCELLED
    except RefusedError as refusal:
        words, state = str(refusal), State.FAILED
    except Exception:
        _log.exception("Work in the background failed")
        words, state = _FAILED, State.FAILED
    with transaction() as session:
        job = _fetch(session, actor, job_id)
        job.state, job.outcome, job.beat_at = state, words, clock.now()
        if state is State.DONE:
            job.done = job.total


def cancel(actor: Actor, job_id: uuid.UUID) -> None:
    """Ask for the end of work; it ends at its next step. What has ended stays as it is. Raises NotFoundError."""
    with transaction() as session:
        job = _fetch(session, actor, job_id)
        if job.state == State.RUNNING:
            job.cancel_asked = True
            if _is_silent(job):
                job.state = State.CANCELLED


def look(actor: Actor, job_id: uuid.UUID) -> JobView:
    """How far work is. Raises NotFoundError for what somebody else began."""
    with reading() as session:
        job = _fetch(session, actor, job_id)
        state = State.STOPPED if job.state == State.RUNNING and _is_silent(job) else State(job.state)
        return JobView(
            job.id,
            job.kind,
            job.subject,
            state,
            job.done,
            job.total,
            job.outcome,
            job.cancel_asked,
            job.created_at,
        )


def _is_silent(job: Job) -> bool:
    return clock.now() - job.beat_at > SILENT


def _fetch(session: Session, actor: Actor, job_id: uuid.UUID) -> Job:
    job = session.get(Job, (actor.program_id, job_id))
    if job is None or job.person_id != actor.person_id:
        raise NotFoundError
    return job
