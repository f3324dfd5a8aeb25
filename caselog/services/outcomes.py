"""What became of a student, entered by a director; the student sees it too."""

import uuid
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.outcomes import UNKNOWN, Exam, GraduateOutcome, Leaving, Placement
from caselog.services import trail
from caselog.services.actor import Actor, NotFoundError, Permission, RefusedError
from caselog.services.visible import fetch_student
from caselog.store.outcomes import RecordedOutcome
from caselog.store.people import Person, Student
from caselog.store.session import reading, transaction

# What each day is called in messages.
_DAYS = {
    "left_on": "The day of leaving",
    "pbse_passed_on": "The day of the PBSE",
    "cape_passed_on": "The day of the CAPE",
    "placed_on": "The first day of the placement",
}


@dataclass(frozen=True, slots=True)
class StudentOutcome:
    """A student with what became of them; `by` and `at` say who entered it last, None where nobody did."""

    student_id: uuid.UUID
    name: str
    program_start: date
    graduated_on: date | None
    outcome: GraduateOutcome
    by: str | None
    at: datetime | None


class RefusedOutcomeError(RefusedError):
    """An outcome that cannot be; `field` is the one to mend."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def as_outcome(row: RecordedOutcome | None) -> GraduateOutcome:
    """A row as the domain has it; without a row nothing is known."""
    if row is None:
        return UNKNOWN
    return GraduateOutcome(
        left_on=row.left_on,
        left_why=Leaving(row.left_why) if row.left_why else None,
        pbse=Exam(row.pbse) if row.pbse else None,
        pbse_passed_on=row.pbse_passed_on,
        cape=Exam(row.cape) if row.cape else None,
        cape_passed_on=row.cape_passed_on,
        placement=Placement(row.placement) if row.placement else None,
        placed_on=row.placed_on,
    )


def student_outcome(actor: Actor, student_id: uuid.UUID) -> StudentOutcome:
    """What became of a student whom the actor may see. Raises NotFoundError."""
    with reading() as session:
        student, person = fetch_student(session, actor, student_id)
        row = session.get(RecordedOutcome, (actor.program_id, student_id))
        return _found(session, student, person, row)


def _found(session: Session, student: Student, person: Person, row: RecordedOutcome | None) -> StudentOutcome:
    by = session.get_one(Person, (row.program_id, row.recorded_by)).name if row else None
    return StudentOutcome(
        student.person_id,
        person.name,
        student.program_start,
        student.graduated_on,
        as_outcome(row),
        by,
        row.recorded_at if row else None,
    )


def record_outcome(actor: Actor, student_id: uuid.UUID, outcome: GraduateOutcome) -> None:
    """Enter what became of a student, in place of what was known. Raises NotFoundError, RefusedOutcomeError."""
    if not actor.may(Permission.ATTEST):
        raise NotFoundError
    with transaction() as session:
        student, _ = fetch_student(session, actor, student_id)
        _refuse_impossible(student, outcome, clock.today(actor.timezone))
        row = session.get(RecordedOutcome, (actor.program_id, student_id), with_for_update=True)
        if row is None:
            row = RecordedOutcome(program_id=actor.program_id, student_id=student_id)
            session.add(row)
        for name, value in asdict(outcome).items():
            setattr(row, name, value)
        row.recorded_by, row.recorded_at = actor.person_id, clock.now()
        session.flush()
        trail.record(actor, "outcome.record", student_id, about=student_id)


def _refuse_impossible(student: Student, outcome: GraduateOutcome, today: date) -> None:
    for field, words in _DAYS.items():
        day: date | None = getattr(outcome, field)
        if day and day > today:
            raise RefusedOutcomeError(field, f"{words}, {day}, is in the future; today is {today}.")
        if day and day < student.program_start:
            start = student.program_start
            raise RefusedOutcomeError(
                field, f"{words}, {day}, is before the start of the program, {start}; check the year."
            )
    graduated = student.graduated_on
    if outcome.left_on and graduated:
        raise RefusedOutcomeError(
            "left_on", f"This student graduated on {graduated}; who graduated did not leave. Mend one of the two."
        )
