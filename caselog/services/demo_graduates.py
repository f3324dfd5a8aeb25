"""The demo's earlier classes: who graduated, who left, and what a director has entered of them since."""

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from caselog.domain.outcomes import PASSED, PLACED, Exam, Leaving, Placement
from caselog.services.demo_data import DemoStudent
from caselog.store.outcomes import RecordedOutcome
from caselog.store.people import Student

_FIRST, _LATER, _FAILED = Exam.PASSED_FIRST, Exam.PASSED_LATER, Exam.NOT_PASSED


@dataclass(frozen=True, slots=True)
class Became:
    """A student of an earlier class; who `left` did not graduate. None is not known yet."""

    student: DemoStudent
    pbse: Exam | None = _FIRST
    cape: Exam | None = _FIRST
    placement: Placement | None = Placement.EMPLOYED
    left: Leaving | None = None


def _logged(name: str, rank: int) -> DemoStudent:
    return DemoStudent(name, rank, rank, everything=True)


def _unlogged(name: str) -> DemoStudent:
    return DemoStudent(name, None, 0)


def _left(name: str, why: Leaving) -> Became:
    return Became(_unlogged(name), None, None, None, why)


# By the years from the class's graduation to that of the class that graduates next. Only the class that the report
# begins with comes with its logs; which of the first two that is depends on the day of the year.
CLASSES: dict[int, tuple[Became, ...]] = {
    1: (
        Became(_logged("Amy Fictive", 1), cape=None),
        Became(_logged("Bob Sample", 0), placement=None),
        Became(_logged("Cyd Dummy", 2), pbse=None, cape=None, placement=None),
    ),
    2: (
        Became(_logged("Deb Example", 4)),
        Became(_logged("Ezra Sample", 1), pbse=_LATER, cape=_FAILED),
        Became(_logged("Flo Specimen", 3), placement=Placement.EDUCATION),
        Became(_logged("Gil Dummy", 2), cape=_LATER, placement=None),
        _left("Hana Fictive", Leaving.PERSONAL),
    ),
    3: (
        Became(_unlogged("Ivo Example"), cape=_LATER),
        Became(_unlogged("Jill Sample")),
        Became(_unlogged("Kurt Dummy"), pbse=_FAILED, cape=Exam.NOT_TAKEN, placement=Placement.ELSEWHERE),
        _left("Lena Specimen", Leaving.ACADEMIC),
    ),
    4: (
        Became(_unlogged("Milo Fictive")),
        Became(_unlogged("Nell Example"), cape=_FAILED),
        Became(_unlogged("Omar Sample"), cape=None),
    ),
    5: (Became(_unlogged("Pia Specimen")), _left("Rex Dummy", Leaving.TRANSFERRED)),
    6: (Became(_unlogged("Sia Example")), Became(_unlogged("Tim Fictive"))),
}  # fmt: skip


def members_of(years: int, *, logged: bool) -> tuple[Became, ...]:
    """The members of an earlier class, with or without a log."""
    if logged:
        return CLASSES[years]
    return tuple(replace(each, student=_unlogged(each.student.name)) for each in CLASSES[years])


def outcome_row(
    student: Student, became: Became, graduates_on: date, recorded_by: uuid.UUID, at: datetime
) -> RecordedOutcome:
    """What the director entered of a student, with days that fit the class's graduation."""
    today = at.date()

    def after(days: int) -> date:
        return min(today, graduates_on + timedelta(days=days))

    return RecordedOutcome(
        program_id=student.program_id,
        student_id=student.person_id,
        left_on=student.program_start + timedelta(days=210) if became.left else None,
        left_why=became.left,
        pbse=became.pbse,
        pbse_passed_on=after(-40) if became.pbse in PASSED else None,
        cape=became.cape,
        cape_passed_on=after(140) if became.cape in PASSED else None,
        placement=became.placement,
        placed_on=after(45) if became.placement in PLACED else None,
        recorded_by=recorded_by,
        recorded_at=at,
    )
