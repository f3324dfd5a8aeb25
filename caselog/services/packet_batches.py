"""One packet for each student of a cohort: made in the background, fetched as one ZIP, kept for a day."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.export import Format, Use
from caselog.domain.job import State
from caselog.exports.as_zip import distinct, zip_chunks
from caselog.exports.file_names import file_name
from caselog.services import export_policy, issuing, jobs, looks, packets
from caselog.services.actor import Actor, NotFoundError, Permission, RefusedError
from caselog.services.issuing import Issue
from caselog.services.jobs import JobView, Running
from caselog.store.packets import KEPT, MadePacket, PacketBatch, purge
from caselog.store.people import Person, Student
from caselog.store.programs import Cohort
from caselog.store.session import reading, transaction

KIND = "packets"  # of work in the background
_REASON = "With the packets of the whole cohort."


@dataclass(frozen=True, slots=True)
class Batch:
    """Packets of a cohort as a page lists them; `ready` of `students` are made."""

    id: uuid.UUID
    use: Use
    begun_at: datetime
    ready: int
    students: int
    job: JobView

    @property
    def whole(self) -> bool:
        return self.job.state is State.DONE


@dataclass(frozen=True, slots=True)
class CohortPackets:
    """What the page of a cohort's packets shows: the actor's own batches of the last day, the newest first."""

    cohort_id: uuid.UUID
    cohort: str
    students: int
    batches: tuple[Batch, ...]


def packets_of(actor: Actor, cohort_id: uuid.UUID) -> CohortPackets:
    """The page of a cohort's packets. Raises NotFoundError."""
    with reading() as session:
        cohort = _cohort(session, actor, cohort_id)
        students = len(_students(session, actor, cohort_id))
        rows = session.scalars(
            sa.select(PacketBatch)
            .where(*_own(actor), PacketBatch.cohort_id == cohort_id)
            .order_by(PacketBatch.begun_at.desc(), PacketBatch.id)
        )
        return CohortPackets(
            cohort_id, cohort.name, students, tuple(_batch(session, actor, row, students) for row in rows)
        )


def order(actor: Actor, cohort_id: uuid.UUID, use: Use) -> tuple[uuid.UUID, uuid.UUID]:
    """Note that packets are to be made: the identifiers of the batch and of the work. Raises NotFoundError."""
    with transaction() as session:
        _cohort(session, actor, cohort_id)
        if use not in packets.USES:
            raise RefusedError("There is no packet for this use; choose another one.")
        students = _students(session, actor, cohort_id)
        if not students:
            raise RefusedError("This cohort has no students yet, so there is no packet to make.")
        purge(session, clock.now())
        looks.at_cohort(actor, cohort_id)
        batch_id = uuid.uuid4()
        job_id = jobs.announce(actor, KIND, len(students), batch_id)
        session.flush()
        session.add(
            PacketBatch(
                program_id=actor.program_id,
                id=batch_id,
                person_id=actor.person_id,
                cohort_id=cohort_id,
                job_id=job_id,
                use=use,
                begun_at=clock.now(),
            )
        )
    return batch_id, job_id


def go_on(actor: Actor, batch_id: uuid.UUID) -> uuid.UUID:
    """Begin to make what is still missing of packets that stopped or were cancelled; the identifier of the work.

    Raises NotFoundError, and RefusedError while they are being made or when all are ready.
    """
    with transaction() as session:
        row = _fetch(session, actor, batch_id, lock=True)
        students = len(_students(session, actor, row.cohort_id))
        if jobs.look(actor, row.job_id).state in (State.RUNNING, State.DONE):
            raise RefusedError("These packets are being made, or are ready. Load the page again.")
        row.job_id = jobs.announce(actor, KIND, students, batch_id)
        session.flush()
        return row.job_id


def make(actor: Actor, batch_id: uuid.UUID, running: Running) -> str:
    """Make the packets that are still missing, each on record as it is made; returns words for the page."""
    with reading() as session:
        row = _fetch(session, actor, batch_id)
        use, job_id = Use(row.use), row.job_id
        students = [student_id for student_id, _ in _students(session, actor, row.cohort_id)]
        made = _ready(session, actor, batch_id)
    for place, student_id in enumerate(students):
        running.step(place)
        if student_id not in made:
            _make_one(actor, batch_id, job_id, student_id, use)
    return f"{len(students)} packets are ready."


def _make_one(actor: Actor, batch_id: uuid.UUID, job_id: uuid.UUID, student_id: uuid.UUID, use: Use) -> None:
    precision = export_policy.precision_of(actor, use)
    prepared = issuing.prepare(actor)
    pdf, made = packets.packet(actor, student_id, use, prepared, precision)
    with transaction() as session:
        row = _fetch(session, actor, batch_id, lock=True)
        if row.job_id != job_id:
            raise RefusedError("Other work has taken these packets over.")
        looks.at_student(actor, student_id, "log.export")
        issue = Issue(use=use, format=Format.PDF, student_id=student_id, precision=precision, reason=_REASON)
        issuing.issue(actor, prepared, issue, made)
        session.add(
            MadePacket(
                program_id=actor.program_id,
                batch_id=batch_id,
                student_id=student_id,
                made_at=prepared.at,
                pdf=pdf,
            )
        )


@dataclass(frozen=True, slots=True)
class Zip:
    """A ZIP on its way out."""

    filename: str
    chunks: Iterator[bytes]


def zip_of(actor: Actor, batch_id: uuid.UUID) -> Zip:
    """The packets of a batch as one ZIP, by the students' names; that the actor takes them is noted.

    Raises NotFoundError, and RefusedError while none is ready.
    """
    looks.at_cohort(actor, cohort_of(actor, batch_id))
    with reading() as session:
        row = _fetch(session, actor, batch_id)
        cohort = _cohort(session, actor, row.cohort_id)
        ready = _ready(session, actor, batch_id)
        students = [each for each in _students(session, actor, row.cohort_id) if each[0] in ready]
        if not students:
            raise RefusedError("No packet is ready yet. Wait for the first one.")
        what = row.use.replace("_", "-")
        names = distinct(file_name(["caselog", what, name], "pdf") for _, name in students)
        members = [(name, student_id) for name, (student_id, _) in zip(names, students, strict=True)]
        return Zip(file_name(["caselog", what, cohort.name], "zip"), _chunks(actor, batch_id, members))


def _chunks(actor: Actor, batch_id: uuid.UUID, members: list[tuple[str, uuid.UUID]]) -> Iterator[bytes]:
    pdf = sa.select(MadePacket.pdf).where(_of_batch(actor, batch_id))
    with reading() as session:
        yield from zip_chunks(
            (name, session.scalars(pdf.where(MadePacket.student_id == student_id)).one())
            for name, student_id in members
        )


def cohort_of(actor: Actor, batch_id: uuid.UUID) -> uuid.UUID:
    """The cohort whose packets a batch holds. Raises NotFoundError."""
    with reading() as session:
        return _fetch(session, actor, batch_id).cohort_id


def _batch(session: Session, actor: Actor, row: PacketBatch, students: int) -> Batch:
    ready = session.scalar(sa.select(sa.func.count()).select_from(MadePacket).where(_of_batch(actor, row.id)))
    return Batch(row.id, Use(row.use), row.begun_at, ready or 0, students, jobs.look(actor, row.job_id))


def _of_batch(actor: Actor, batch_id: uuid.UUID) -> sa.ColumnElement[bool]:
    return sa.and_(MadePacket.program_id == actor.program_id, MadePacket.batch_id == batch_id)


def _ready(session: Session, actor: Actor, batch_id: uuid.UUID) -> set[uuid.UUID]:
    return set(session.scalars(sa.select(MadePacket.student_id).where(_of_batch(actor, batch_id))))


def _own(actor: Actor) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        PacketBatch.program_id == actor.program_id,
        PacketBatch.person_id == actor.person_id,
        PacketBatch.begun_at > clock.now() - KEPT,
    )


def _fetch(session: Session, actor: Actor, batch_id: uuid.UUID, *, lock: bool = False) -> PacketBatch:
    query = sa.select(PacketBatch).where(*_own(actor), PacketBatch.id == batch_id)
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None or not actor.may(Permission.EXPORT_PROGRAM):
        raise NotFoundError
    return row


def _cohort(session: Session, actor: Actor, cohort_id: uuid.UUID) -> Cohort:
    cohort = session.get(Cohort, (actor.program_id, cohort_id))
    if cohort is None or not actor.may(Permission.EXPORT_PROGRAM):
        raise NotFoundError
    return cohort


def _students(session: Session, actor: Actor, cohort_id: uuid.UUID) -> list[tuple[uuid.UUID, str]]:
    rows = session.execute(
        sa.select(Student.person_id, Person.name)
        .join(Person, sa.and_(Person.program_id == Student.program_id, Person.id == Student.person_id))
        .where(Student.program_id == actor.program_id, Student.cohort_id == cohort_id)
        .order_by(Person.name, Person.id)
    )
    return [(row[0], row[1]) for row in rows]
