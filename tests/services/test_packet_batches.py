"""Packets of a cohort: one for each student, on record, made beside everything else, and fetched as one ZIP."""

import io
import uuid
import zipfile
from functools import partial

import pytest
from flask import Flask

from caselog.domain.export import Use
from caselog.domain.job import State
from caselog.services import issuing, jobs, packet_batches, packets
from caselog.services.actor import Actor, NotFoundError, RefusedError
from caselog.services.issuing import Made, Prepared
from caselog.services.jobs import CancelledError, Running
from caselog.store.packets import MadePacket
from caselog.store.session import reading
from tests.support.cast import Cast
from tests.support.clock import TestClock
from tests.support.trail import actions

DIRECTOR, COHORT = Cast.director.actor, Cast.program.cohort_id


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, app_context: Flask) -> None:
    """Packets that cost nothing: what they say is tested elsewhere."""

    def small(_actor: Actor, student_id: uuid.UUID, _use: Use, _prepared: Prepared, _precision: object) -> object:
        return f"%PDF {student_id}".encode(), Made("a" * 64, 0, 0)

    monkeypatch.setattr(packets, "packet", small)


def work(batch_id: uuid.UUID, job_id: uuid.UUID) -> None:
    jobs.work(DIRECTOR, job_id, partial(packet_batches.make, DIRECTOR, batch_id))


def only() -> packet_batches.Batch:
    (batch,) = packet_batches.packets_of(DIRECTOR, COHORT).batches
    return batch


def members(batch_id: uuid.UUID) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(b"".join(packet_batches.zip_of(DIRECTOR, batch_id).chunks))) as archive:
        return {each.filename: archive.read(each) for each in archive.infolist()}


def test_each_student_gets_one_and_each_is_on_record() -> None:
    batch_id, job_id = packet_batches.order(DIRECTOR, COHORT, Use.PROGRAM_FILE)
    work(batch_id, job_id)
    assert members(batch_id) == {
        "caselog-program-file-Ann-Student.pdf": f"%PDF {Cast.student.id}".encode(),
        "caselog-program-file-Ben-Student.pdf": f"%PDF {Cast.other_student.id}".encode(),
    }
    assert actions().count("export.issue") == 2
    issued = issuing.issued_of(DIRECTOR)
    assert {each.issue.student_id for each in issued} == {Cast.student.id, Cast.other_student.id}
    assert jobs.look(DIRECTOR, job_id).words == "2 packets are ready."
    assert only().whole


def test_what_was_stopped_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch, clock: TestClock) -> None:
    batch_id, _ = packet_batches.order(DIRECTOR, COHORT, Use.BOARD)

    class Stopping(Running):
        def step(self, done: int) -> None:
            if done:
                raise CancelledError

    with pytest.raises(CancelledError):
        packet_batches.make(DIRECTOR, batch_id, Stopping(DIRECTOR, uuid.uuid4()))
    with pytest.raises(RefusedError, match="are being made"):
        packet_batches.go_on(DIRECTOR, batch_id)
    clock.advance(minutes=2)  # nothing is heard of it: the server was restarted
    assert (only().job.state, only().ready) == (State.STOPPED, 1)
    assert len(members(batch_id)) == 1
    work(batch_id, packet_batches.go_on(DIRECTOR, batch_id))
    assert (only().job.state, only().ready) == (State.DONE, 2)
    assert actions().count("export.issue") == 2


def test_they_are_gone_after_a_day(clock: TestClock) -> None:
    work(*packet_batches.order(DIRECTOR, COHORT, Use.BOARD))
    clock.advance(days=1, minutes=1)
    packet_batches.order(DIRECTOR, COHORT, Use.BOARD)
    assert only().ready == 0
    with reading() as session:
        assert session.query(MadePacket).count() == 0


def test_only_who_asked_finds_them_and_only_directors_ask() -> None:
    batch_id, _ = packet_batches.order(DIRECTOR, COHORT, Use.BOARD)
    for actor in (Cast.student.actor, Cast.preceptor.actor, Cast.outsider_director.actor):
        with pytest.raises(NotFoundError):
            packet_batches.order(actor, COHORT, Use.BOARD)
        with pytest.raises(NotFoundError):
            packet_batches.zip_of(actor, batch_id)
    with pytest.raises(RefusedError, match="No packet is ready"):
        packet_batches.zip_of(DIRECTOR, batch_id)
    with pytest.raises(RefusedError, match="no packet for this use"):
        packet_batches.order(DIRECTOR, COHORT, Use.ARCHIVE)
