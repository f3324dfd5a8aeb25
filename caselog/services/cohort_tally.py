"""Many students at once: each kind of case is judged once, then its cases are counted for each student."""

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from caselog.domain.activity import LearningActivity
from caselog.domain.case import Case
from caselog.domain.evaluate import Engine, Judged
from caselog.domain.judging import bound, judge
from caselog.domain.result import Entry, Evaluation
from caselog.domain.ruleset import Entries
from caselog.domain.student import StudentFacts, Waiver
from caselog.services.judged_kinds import Column, OfStudents, judged_by, kinds_for, of_student
from caselog.store.cases import LoggedCase, as_case, spelled_out


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of students beside their cases, by student."""

    facts: Mapping[uuid.UUID, StudentFacts]
    activities: Mapping[uuid.UUID, Sequence[LearningActivity]] = field(default_factory=dict)
    waivers: Mapping[uuid.UUID, Sequence[Waiver]] = field(default_factory=dict)

    def without(self, student_ids: Sequence[uuid.UUID]) -> "Known":
        """The same of all other students."""
        return replace(
            self,
            facts={student_id: each for student_id, each in self.facts.items() if student_id not in student_ids},
        )


def tally_cohort(
    session: Session,
    program_id: uuid.UUID,
    engines: Sequence[Engine],
    known: Known,
) -> dict[uuid.UUID, list[Evaluation]]:
    """How each student stands before each engine.

    The numbers are those of `Engine.evaluate` over the student's entries; there are no verdicts. Who was granted
    that a single entry counts is evaluated alone, since a tally knows no single case.
    """
    singly = [student_id for student_id, granted in known.waivers.items() if any(each.counts for each in granted)]
    found = _tally_kinds(session, program_id, engines, known.without(singly))
    found.update(_evaluate(session, program_id, engines, known, singly))
    return found


def _evaluate(
    session: Session,
    program_id: uuid.UUID,
    engines: Sequence[Engine],
    known: Known,
    student_ids: Sequence[uuid.UUID],
) -> Iterator[tuple[uuid.UUID, list[Evaluation]]]:
    """Students of whom each case is looked at."""
    if not student_ids:
        return
    cases: dict[uuid.UUID, list[Entry]] = {}
    of_students = (LoggedCase.program_id == program_id, LoggedCase.student_id.in_(student_ids))
    for row in session.execute(spelled_out().where(*of_students)):
        cases.setdefault(row[0].student_id, []).append(as_case(row))
    for student_id in student_ids:
        entries = [*cases.get(student_id, ()), *known.activities.get(student_id, ())]
        granted = known.waivers[student_id]
        found = [engine.evaluate(known.facts[student_id], entries, granted) for engine in engines]
        yield student_id, [each.without_verdicts() for each in found]


def _tally_kinds(
    session: Session, program_id: uuid.UUID, engines: Sequence[Engine], known: Known
) -> dict[uuid.UUID, list[Evaluation]]:
    """Students of whom only is counted how many cases of each kind they have."""
    found: dict[uuid.UUID, dict[int, Evaluation]] = {student_id: {} for student_id in known.facts}
    for shares_out, tally in ((False, _tally_columns), (True, _tally_rows)):
        places = [place for place, engine in enumerate(engines) if engine.shares_out is shares_out]
        if places:
            for student_id, evaluations in tally(
                session, program_id, tuple(engines[place] for place in places), known
            ):
                found[student_id].update(zip(places, evaluations, strict=True))
    return {student_id: [each[place] for place in range(len(engines))] for student_id, each in found.items()}


def _tally_columns(
    session: Session, program_id: uuid.UUID, engines: tuple[Engine, ...], known: Known
) -> Iterator[tuple[uuid.UUID, list[Evaluation]]]:
    """For sets whose requirements each count for themselves."""
    judged = judged_by(engines)
    counts = judged.of_students(session, program_id, known.facts)
    own = OfStudents(session, program_id, engines, known.facts)
    nothing = Counter[int]()
    for student_id, facts in known.facts.items():
        of_all = iter(judged.columns(counts.get(student_id, nothing)))
        of_one = own.columns(student_id, facts)
        activities = known.activities.get(student_id, ())
        evaluations = []
        for engine in engines:
            columns = [next(of_one if own_judge else of_all) for own_judge in of_student(engine)]
            if activities and engine.counts_activities:
                _add_activities(engine, facts, columns, activities)
            evaluations.append(engine.tally_columns(facts, columns, known.waivers.get(student_id, ())))
        yield student_id, evaluations


def _add_activities(
    engine: Engine, facts: StudentFacts, columns: Sequence[Column], activities: Sequence[LearningActivity]
) -> None:
    then = facts.as_of(engine.as_of)
    for column, requirement in zip(columns, engine.counting, strict=True):
        if requirement.of is Entries.ACTIVITIES:
            asked = bound(requirement, then)
            column += [(judge(asked, each, engine.codes, engine.as_of), 1) for each in activities]


def _tally_rows(
    session: Session, program_id: uuid.UUID, engines: tuple[Engine, ...], known: Known
) -> Iterator[tuple[uuid.UUID, list[Evaluation]]]:
    """For sets that share cases out among requirements, which must be seen side by side."""
    cases: dict[str, Case] = {}
    kinds = kinds_for(engines)
    counts = {
        student_id: Counter(lines) for student_id, lines in kinds.of_students(session, program_id, known.facts)
    }
    for student_id, facts in known.facts.items():
        entries: list[tuple[Entry, int]] = [(each, 1) for each in known.activities.get(student_id, ())]
        for line, times in counts.get(student_id, {}).items():
            if line not in cases:
                cases[line] = Case(**dict(zip(kinds.fields, kinds.values(line), strict=True)))
            entries.append((cases[line], times))
        evaluations = []
        for engine in engines:
            judges = engine.judge_for(facts)
            rows = Counter[Judged]()
            for entry, times in entries:
                rows[judges.judge(entry)] += times
            evaluations.append(engine.tally(facts, rows, known.waivers.get(student_id, ())))
        yield student_id, evaluations
