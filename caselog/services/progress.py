"""Where a student stands, and where a cohort stands: the same engine, the same numbers."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.activity import LearningActivity
from caselog.domain.codes import CodeBook
from caselog.domain.evaluate import Engine
from caselog.domain.result import Entry, Evaluation
from caselog.domain.ruleset import RuleSet
from caselog.domain.student import Attestation, StudentFacts, Waiver
from caselog.extensions import db
from caselog.services import rulesets, waivers
from caselog.services.actor import Actor
from caselog.services.case_log import hidden_from
from caselog.services.cohort_tally import Known, tally_cohort
from caselog.services.engines import engine_for
from caselog.services.references import load_codes
from caselog.services.summaries import OfPrograms, Summaries
from caselog.services.visible import read_student
from caselog.store import activities, people
from caselog.store.activities import LoggedActivity, activities_of
from caselog.store.cases import cases_of
from caselog.store.people import Student
from caselog.store.programs import ProgramNumber
from caselog.store.session import read_rows
from caselog.store.stamps import read_stamps

SUMMARIES = Summaries()
SHARED = OfPrograms[tuple[dict[str, int], CodeBook]]()
_NUMBERS = sa.select(ProgramNumber.ruleset, ProgramNumber.requirement, ProgramNumber.number).where(
    ProgramNumber.program_id == sa.bindparam("program_id")
)
_ATTESTED = (
    sa.select(
        people.Attestation.student_id, people.Attestation.attested, people.Attestation.by, people.Attestation.on
    )
    .where(
        people.Attestation.program_id.in_(sa.bindparam("program_ids", expanding=True)),
        people.Attestation.student_id.in_(sa.bindparam("student_ids", expanding=True)),
    )
    .order_by(people.Attestation.on, people.Attestation.attested)
)


@dataclass(frozen=True, slots=True)
class StudentRecord:
    """All that one student is judged by: what is known, the log, and an engine for each rule set that applies."""

    student_id: uuid.UUID
    name: str
    cohort: str
    facts: StudentFacts
    as_of: date
    codes: CodeBook
    engines: tuple[Engine, ...]
    entries: list[Entry]
    waivers: list[Waiver]

    def evaluate(self, engine: Engine) -> Evaluation:
        return engine.evaluate(self.facts, self.entries, self.waivers)


@dataclass(frozen=True, slots=True)
class StudentProgress:
    """One student before every rule set that applies; `facts`, `entries` and `waivers` are what they were told."""

    student_id: uuid.UUID
    name: str
    cohort: str
    facts: StudentFacts
    as_of: date
    evaluations: tuple[tuple[Engine, Evaluation], ...]
    entries: tuple[Entry, ...]
    waivers: tuple[Waiver, ...]


def rulesets_of(session: Session, program_id: uuid.UUID, cohort_id: uuid.UUID) -> tuple[RuleSet, ...]:
    """The editions that a cohort is judged under, in the order of their ids."""
    adopted = rulesets.adopted(session, program_id, cohort_id)
    return tuple(rulesets.find(session, program_id, each.ruleset, each.edition) for each in adopted.values())


def program_numbers(session: Session, program_id: uuid.UUID) -> dict[str, int]:
    """The numbers that the program set, by `ruleset/key`."""
    rows = read_rows(session, _NUMBERS, {"program_id": program_id})
    return {f"{ruleset}/{key}": number for ruleset, key, number in rows}


def facts_of(session: Session, students: Sequence[Student | Any]) -> dict[uuid.UUID, StudentFacts]:
    """What is known of students of one program beside their logs; the program's numbers are not in it yet."""
    attested: dict[uuid.UUID, list[Attestation]] = {}
    asked = {
        "program_ids": list({student.program_id for student in students}),
        "student_ids": [student.person_id for student in students],
    }
    rows = read_rows(session, _ATTESTED, asked)
    for student_id, name, by, day in rows:
        attested.setdefault(student_id, []).append(Attestation(name, by, day))
    return {
        student.person_id: StudentFacts(
            program_start=student.program_start,
            expected_graduation=student.expected_graduation,
            graduated_on=student.graduated_on,
            certified_on=student.certified_on,
            enrolled=student.enrolled,
            attestations=tuple(attested.get(student.person_id, ())),
        )
        for student in students
    }


def student_record(actor: Actor, student_id: uuid.UUID) -> StudentRecord:
    """One student with the whole log, not judged yet. Raises NotFoundError.

    Cases that the actor is still to verify are not in it: what they count toward would tell the role that they claim.
    """
    session = db.session()
    student = read_student(session, actor, student_id)
    hidden = hidden_from(session, actor, student_id) if actor.person_id != student_id else frozenset()
    today = clock.today(actor.timezone)
    codes = load_codes(session, actor.program_id)
    rulesets = rulesets_of(session, actor.program_id, student.cohort_id)
    return StudentRecord(
        student_id,
        student.name,
        student.cohort,
        replace(
            facts_of(session, [student])[student_id], program_minimums=program_numbers(session, actor.program_id)
        ),
        today,
        codes,
        tuple(engine_for(ruleset, codes, today) for ruleset in rulesets),
        [
            *(each for each in cases_of(session, actor.program_id, student_id) if each.uid not in hidden),
            *activities_of(session, actor.program_id, student_id),
        ],
        waivers.of_students(session, actor.program_id, [student_id]).get(student_id, []),
    )


def student_progress(actor: Actor, student_id: uuid.UUID) -> StudentProgress:
    """One student, with a verdict for each entry. Raises NotFoundError."""
    record = student_record(actor, student_id)
    evaluations = tuple((engine, record.evaluate(engine)) for engine in record.engines)
    return StudentProgress(
        student_id,
        record.name,
        record.cohort,
        record.facts,
        record.as_of,
        evaluations,
        tuple(record.entries),
        tuple(record.waivers),
    )


def _activities_of(
    session: Session, program_id: uuid.UUID, students: list[Student]
) -> dict[uuid.UUID, list[LearningActivity]]:
    """The learning activities of students of one program."""
    ids = [student.person_id for student in students]
    rows = session.execute(
        activities.spelled_out().where(LoggedActivity.program_id == program_id, LoggedActivity.student_id.in_(ids))
    )
    found: dict[uuid.UUID, list[LearningActivity]] = {}
    for row in rows:
        found.setdefault(row[0].student_id, []).append(activities.as_activity(row))
    return found


def cohort_evaluations(
    session: Session,
    program_id: uuid.UUID,
    students: list[Student],
    rulesets: tuple[RuleSet, ...],
    as_of: date,
) -> dict[uuid.UUID, list[Evaluation]]:
    """Each student's evaluations without verdicts, in the order of the rule sets.

    Only students for whom something changed since the last look are counted again.
    """
    if not rulesets:
        return {student.person_id: [] for student in students}
    ids = [student.person_id for student in students]
    stamps = read_stamps(session, program_id, ids)  # before all else: then what is kept is never older than they
    shared = SHARED.recall(program_id, stamps)
    if shared is None:
        shared = program_numbers(session, program_id), load_codes(session, program_id)
        SHARED.keep(program_id, stamps, shared)
    numbers, codes = shared
    engines = tuple(engine_for(ruleset, codes, as_of) for ruleset in rulesets)
    found = SUMMARIES.recall((program_id, engines), stamps, ids)
    if changed := [student for student in students if student.person_id not in found]:
        counted = _count(session, program_id, changed, engines, numbers)
        SUMMARIES.keep((program_id, engines), stamps, counted)
        found.update(counted)
    return {student_id: found[student_id] for student_id in ids}


def _count(
    session: Session,
    program_id: uuid.UUID,
    students: list[Student],
    engines: tuple[Engine, ...],
    numbers: dict[str, int],
) -> dict[uuid.UUID, list[Evaluation]]:
    facts = facts_of(session, students)
    known = Known(
        {student_id: replace(each, program_minimums=numbers) for student_id, each in facts.items()},
        _activities_of(session, program_id, students) if any(each.counts_activities for each in engines) else {},
        waivers.of_students(session, program_id, list(facts)),
    )
    return tally_cohort(session, program_id, engines, known)
