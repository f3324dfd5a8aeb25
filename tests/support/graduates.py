"""Graduates for tests of the yearly report. All are made up."""

import uuid
from datetime import date

from caselog.domain.codes import Position
from caselog.domain.outcomes import GraduateOutcome
from caselog.services import outcomes, people, program
from caselog.services.people import PersonDetails, StudentDetails
from caselog.services.program import CohortDetails
from tests.support.cast import Cast

BEGAN = date(2023, 9, 1)
GRADUATED = date(2025, 5, 31)
CLASS = "Class of 2025"


def put_class() -> uuid.UUID:
    """A class that graduated in 2025, judged under the minimums of accredited programs."""
    details = CohortDetails(
        name=CLASS, starts_on=BEGAN, graduates_on=GRADUATED, editions={"accredited-minimums": "2026-11"}
    )
    return program.save_cohort(Cast.director.actor, details)


def put_graduate(
    name: str, outcome: GraduateOutcome | None = None, graduated_on: date | None = GRADUATED
) -> uuid.UUID:
    """A member of that class, who did not graduate where `graduated_on` is None."""
    director = Cast.director.actor
    student = StudentDetails(cohort=CLASS, program_start=BEGAN, graduated_on=graduated_on, enrolled=False)
    email = f"{name.lower().replace(' ', '.')}@north.example"
    student_id = people.add_person(
        director, PersonDetails(name=name, email=email, position=Position.STUDENT, student=student)
    )
    if outcome:
        outcomes.record_outcome(director, student_id, outcome)
    return student_id
