"""What an edition would change: every student of the cohorts under the edition in force and under another one."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.comparing import Change, Move, changes, moves
from caselog.domain.result import Standing
from caselog.domain.ruleset import RuleSet
from caselog.extensions import db
from caselog.services.actor import Actor, NotFoundError, Operator, RefusedError
from caselog.services.progress import cohort_evaluations, rulesets_of
from caselog.services.references import load_codes
from caselog.store.people import Person, Student
from caselog.store.programs import Cohort, Program
from caselog.store.session import reading


@dataclass(frozen=True, slots=True)
class StudentMoves:
    """A student whose standing would be another, in the whole set or in some requirements."""

    student_id: uuid.UUID
    name: str
    before: Standing
    after: Standing
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class CohortReplay:
    """A cohort under both editions, and every set that is in force for it.

    `old` None: under no edition of this set so far, so nothing is compared. `met` is how many of its students the
    new edition finds to have met everything, or to have been waived it.
    """

    cohort_id: uuid.UUID
    cohort: str
    in_force: tuple[RuleSet, ...]
    old: RuleSet | None
    students: int
    met: int
    moved: tuple[StudentMoves, ...]
    changes: tuple[Change, ...]


def replay(
    actor: Actor, new: RuleSet, *, cohort_id: uuid.UUID | None = None, instead_of: str | None = None
) -> list[CohortReplay]:
    """Every cohort of the program, or one, under the edition in force of the same set and under `new`.

    With `instead_of`, the id of another set, the edition in force of that one. Raises NotFoundError.
    """
    session = db.session()
    found = []
    for cohort in _cohorts(session, actor.program_id):
        if cohort_id in (None, cohort.id):
            in_force = rulesets_of(session, actor.program_id, cohort.id)
            old = next((each for each in in_force if each.id == (instead_of or new.id)), None)
            found.append(_replay(session, actor, cohort, in_force, (old, new)))
    if cohort_id is not None and not found:
        raise NotFoundError
    return found


def compare(operator: Actor | Operator, old: RuleSet, new: RuleSet) -> list[CohortReplay]:
    """Every cohort of a program that is judged under `old`, under both."""
    session = db.session()
    found = []
    for cohort in _cohorts(session, operator.program_id):
        in_force = rulesets_of(session, operator.program_id, cohort.id)
        if any((each.id, each.edition) == (old.id, old.edition) for each in in_force):
            found.append(_replay(session, operator, cohort, in_force, (old, new)))
    return found


def programs(code: str | None = None) -> list[tuple[Operator, str]]:
    """Every program, or the one with this code, with its code. Raises RefusedError if there is none."""
    with reading() as session:
        query = sa.select(Program).order_by(Program.code)
        found = list(session.scalars(query if code is None else query.where(Program.code == code)))
        if not found:
            raise RefusedError(f"There is no program “{code}”." if code else "There is no program yet.")
        return [(Operator(each.id, each.timezone), each.code) for each in found]


def _cohorts(session: Session, program_id: uuid.UUID) -> list[Cohort]:
    query = sa.select(Cohort).where(Cohort.program_id == program_id).order_by(Cohort.graduates_on, Cohort.name)
    return list(session.scalars(query))


def _replay(
    session: Session,
    actor: Actor | Operator,
    cohort: Cohort,
    in_force: tuple[RuleSet, ...],
    editions: tuple[RuleSet | None, RuleSet],
) -> CohortReplay:
    old, new = editions
    members = session.execute(
        sa.select(Student, Person.name)
        .join(Person, sa.and_(Person.program_id == Student.program_id, Person.id == Student.person_id))
        .where(Student.program_id == actor.program_id, Student.cohort_id == cohort.id)
        .order_by(Person.name, Person.email)
    ).all()
    both = (new,) if old is None else (old, new)
    today = clock.today(actor.timezone)
    evaluated = cohort_evaluations(session, actor.program_id, [row[0] for row in members], both, today)
    moved = []
    met = 0
    for student, name in members:
        before, after = evaluated[student.person_id][0], evaluated[student.person_id][-1]
        met += after.standing in (Standing.MET, Standing.WAIVED)
        found = tuple(moves(before, after))
        if found or before.standing is not after.standing:
            moved.append(StudentMoves(student.person_id, name, before.standing, after.standing, found))
    changed = changes(old, new, load_codes(session, actor.program_id)) if old else []
    return CohortReplay(cohort.id, cohort.name, in_force, old, len(members), met, tuple(moved), tuple(changed))
