"""Work in the background says how far it is, ends when somebody asks for it, and is nobody else's business."""

import uuid
from datetime import timedelta

import pytest

from caselog.domain.job import State
from caselog.services import jobs
from caselog.services.actor import NotFoundError, RefusedError
from caselog.services.jobs import Running
from tests.support.cast import Cast
from tests.support.clock import TestClock

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def job(cast: Cast) -> uuid.UUID:
    return jobs.announce(cast.student.actor, "import", 4)


def test_work_says_how_far_it_is_and_what_came_of_it(cast: Cast, job: uuid.UUID) -> None:
    seen: list[tuple[State, int]] = []

    def body(running: Running) -> str:
        running.step(1)
        view = jobs.look(cast.student.actor, job)
        seen.append((view.state, view.percent))
        return "4 cases"

    jobs.work(cast.student.actor, job, body)
    view = jobs.look(cast.student.actor, job)
    assert seen == [(State.RUNNING, 25)]
    assert (view.state, view.done, view.words) == (State.DONE, 4, "4 cases")


def test_work_ends_at_its_next_step_once_it_is_cancelled(cast: Cast, job: uuid.UUID) -> None:
    jobs.cancel(cast.student.actor, job)
    went_on: list[int] = []

    def body(running: Running) -> str:
        running.step(1)
        went_on.append(1)
        return "never"

    jobs.work(cast.student.actor, job, body)
    assert (jobs.look(cast.student.actor, job).state, went_on) == (State.CANCELLED, [])


def test_a_refusal_is_told_and_a_fault_is_not(cast: Cast, job: uuid.UUID) -> None:
    def refused(_running: Running) -> str:
        raise RefusedError("The cohort has no students.")

    def broken(_running: Running) -> str:
        raise KeyError("a name that nobody should see")

    jobs.work(cast.student.actor, job, refused)
    assert jobs.look(cast.student.actor, job).words == "The cohort has no students."
    other = jobs.announce(cast.student.actor, "import", 1)
    jobs.work(cast.student.actor, other, broken)
    view = jobs.look(cast.student.actor, other)
    assert view.state is State.FAILED
    assert "nobody should see" not in view.words


def test_work_that_nothing_was_heard_of_counts_as_stopped(cast: Cast, job: uuid.UUID, clock: TestClock) -> None:
    clock.advance(seconds=(jobs.SILENT + timedelta(seconds=1)).total_seconds())
    assert jobs.look(cast.student.actor, job).state is State.STOPPED
    jobs.cancel(cast.student.actor, job)
    assert jobs.look(cast.student.actor, job).state is State.CANCELLED


def test_nobody_sees_or_cancels_the_work_of_another(cast: Cast, job: uuid.UUID) -> None:
    for meddle in (jobs.look, jobs.cancel):
        with pytest.raises(NotFoundError):
            meddle(cast.director.actor, job)
    assert jobs.look(cast.student.actor, job).state is State.RUNNING
