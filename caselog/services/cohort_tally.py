"""Many students at once: each kind of case is judged once, then its cases are counted for each student."""

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from threading import Lock
from typing import Any

from sqlalchemy.orm import Session

from caselog.domain.activity import LearningActivity
from caselog.domain.alike import by_value, steps_of
from caselog.domain.case import Case
from caselog.domain.conditions import fields_of
from caselog.domain.counting import NOTHING, Judgement
from caselog.domain.evaluate import Engine, Judged
from caselog.domain.judging import judge, may_count
from caselog.domain.result import Entry, Evaluation, Outcome
from caselog.domain.ruleset import CountRequirement, Entries
from caselog.domain.student import StudentFacts, Waiver
from caselog.store.case_facts import CaseKinds
from caselog.store.cases import LoggedCase, as_case, spelled_out

_EXCLUDED = Judgement(Outcome.EXCLUDED, "", NOTHING)
_MOST = 50_000  # kinds of case to remember before beginning anew


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
    cases: dict[uuid.UUID, list[Entry]] = {}
    of_students = (LoggedCase.program_id == program_id, LoggedCase.student_id.in_(student_ids))
    for row in session.execute(spelled_out().where(*of_students)) if student_ids else ():
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
    for alike, tally in ((True, _tally_alike), (False, _tally_singly)):
        places = [place for place, engine in enumerate(engines) if _judges_alike(engine) is alike]
        if places:
            for student_id, evaluations in tally(
                session, program_id, tuple(engines[place] for place in places), known
            ):
                found[student_id].update(zip(places, evaluations, strict=True))
    return {student_id: [each[place] for place in range(len(engines))] for student_id, each in found.items()}


def _judges_alike(engine: Engine) -> bool:
    """Whether what a case is to each requirement depends neither on the student, its day, nor on the others."""
    return not (engine.depends_on_student or engine.shares_out or "case_date" in by_value([engine]))


@lru_cache(maxsize=16)
def _kinds_for(engines: tuple[Engine, ...]) -> CaseKinds:
    fields = sorted({name for engine in engines for name in engine.fields})
    return CaseKinds(fields, steps_of(engines))


def _tally_alike(
    session: Session, program_id: uuid.UUID, engines: tuple[Engine, ...], known: Known
) -> Iterator[tuple[uuid.UUID, list[Evaluation]]]:
    judged = _judged_by(engines)
    counts = {
        student_id: Counter(map(judged.__getitem__, lines))
        for student_id, lines in judged.kinds.of_students(session, program_id, known.facts)
    }
    nothing = Counter[int]()
    for student_id, facts in known.facts.items():
        sums = iter(judged.sums(counts.get(student_id, nothing)))
        yield (
            student_id,
            [
                engine.tally_columns(
                    facts,
                    _with_activities(
                        engine, list(islice(sums, len(engine.counting))), known.activities.get(student_id, ())
                    ),
                    known.waivers.get(student_id, ()),
                )
                for engine in engines
            ],
        )


def _with_activities(
    engine: Engine, columns: list[list[tuple[Judgement, int]]], activities: Sequence[LearningActivity]
) -> list[list[tuple[Judgement, int]]]:
    if engine.counts_activities:
        for column, requirement in zip(columns, engine.counting, strict=True):
            if requirement.of is Entries.ACTIVITIES:
                column += [(judge(requirement, each, engine.codes, engine.as_of), 1) for each in activities]
    return columns


def _tally_singly(
    session: Session, program_id: uuid.UUID, engines: tuple[Engine, ...], known: Known
) -> Iterator[tuple[uuid.UUID, list[Evaluation]]]:
    """For sets that look at days, at the student, or at cases side by side: kinds of case are counted first."""
    cases: dict[str, Case] = {}
    kinds = _kinds_for(engines)
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


class _Judge:
    """One requirement, asked once about all cases that agree in what it reads. Reasons are left out."""

    def __init__(self, engine: Engine, requirement: CountRequirement, fields: Sequence[str]) -> None:
        self._engine, self._requirement = engine, requirement
        read = {"case_date", "status", *requirement.fields()} if requirement.of is Entries.CASES else {"case_date"}
        if requirement.of is Entries.CASES:
            read.update(field for condition in requirement.conditions() for field in fields_of(condition))
        self._read = tuple(sorted(read))
        self._what_matters = itemgetter(*(fields.index(field) for field in self._read), fields.index("case_date"))
        self._known: dict[Any, int] = {}
        self.judgements: list[Judgement] = []

    def __call__(self, values: tuple[Any, ...]) -> int:
        """The place of the judgement in `judgements`."""
        read = self._what_matters(values)
        found = self._known.get(read)
        if found is None:
            case = Case(**dict(zip(self._read, read, strict=False)))
            found = self._known[read] = self._place(self._judged(case))
        return found

    def _judged(self, case: Case) -> Judgement:
        of_cases = self._requirement.of is Entries.CASES
        if not of_cases or not may_count(self._requirement, case, self._engine.as_of):
            return _EXCLUDED  # finding words for why would take longer than all else
        judgement = judge(self._requirement, case, self._engine.codes, self._engine.as_of)
        return _EXCLUDED if judgement.outcome is Outcome.EXCLUDED else replace(judgement, reason="")

    def _place(self, judgement: Judgement) -> int:
        if judgement not in self.judgements:
            self.judgements.append(judgement)
        return self.judgements.index(judgement)


class _Judged(dict[str, int]):
    """Each kind of case by its line, judged when it is first met; kinds judged alike have the same number.

    Kept as long as its engines, so also from one request to the next; only `__missing__` adds, one at a time.
    """

    def __init__(self, engines: tuple[Engine, ...]) -> None:
        super().__init__()
        self.kinds = _kinds_for(engines)
        self._judges = [
            _Judge(engine, requirement, self.kinds.fields) for engine in engines for requirement in engine.counting
        ]
        self._numbers: dict[tuple[int, ...], int] = {}
        # By number: the judges who do not exclude it, each with the place of its judgement.
        self._counted: list[list[tuple[int, int]]] = []
        self._adding = Lock()

    def __missing__(self, line: str) -> int:
        values = self.kinds.values(line)
        with self._adding:
            places = tuple([judge(values) for judge in self._judges])
            number = self._numbers.setdefault(places, len(self._numbers))
            if number == len(self._counted):
                self._counted.append(
                    [
                        (judge_place, place)
                        for judge_place, (one, place) in enumerate(zip(self._judges, places, strict=True))
                        if one.judgements[place] is not _EXCLUDED
                    ]
                )
            self[line] = number
        return number

    def sums(self, counts: Mapping[int, int]) -> list[list[tuple[Judgement, int]]]:
        """For each judge, the judgements under which cases may count, and how many cases it judged so."""
        by_judge: list[dict[int, int]] = [{} for _ in self._judges]
        for number, times in counts.items():
            for judge_place, place in self._counted[number]:
                times_of = by_judge[judge_place]
                times_of[place] = times_of.get(place, 0) + times
        return [
            [(one.judgements[place], times) for place, times in sorted(times_of.items())]
            for one, times_of in zip(self._judges, by_judge, strict=True)
        ]


@lru_cache(maxsize=16)
def _kept(engines: tuple[Engine, ...]) -> _Judged:
    return _Judged(engines)


def _judged_by(engines: tuple[Engine, ...]) -> _Judged:
    """What these engines judged so far; all of it is forgotten when it becomes too much."""
    judged = _kept(engines)
    if len(judged) > _MOST:
        _kept.cache_clear()
        judged = _kept(engines)
    return judged
