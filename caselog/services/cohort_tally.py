"""Many students at once: each kind of case is judged once, then its cases are counted for each student."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from operator import itemgetter
from typing import Any

from sqlalchemy.orm import Session

from caselog.domain.alike import steps_of
from caselog.domain.case import Case
from caselog.domain.evaluate import Engine, Judgement
from caselog.domain.result import Evaluation
from caselog.domain.ruleset import CaseRequirement
from caselog.domain.student import StudentFacts
from caselog.store.case_facts import CaseKinds

Facts = Mapping[uuid.UUID, StudentFacts]


def tally_cohort(
    session: Session,
    program_id: uuid.UUID,
    student_ids: Collection[uuid.UUID],
    asked: Sequence[tuple[Engine, Facts]],
) -> dict[uuid.UUID, list[Evaluation]]:
    """How each student stands before each engine, which comes with its facts about every student.

    The numbers are those of `Engine.evaluate` over the student's cases; there are no verdicts.
    """
    if not asked:
        return {student_id: [] for student_id in student_ids}
    engines = [engine for engine, _ in asked]
    fields = {field for engine in engines for field in engine.fields}
    kinds = CaseKinds(session, program_id, fields, steps_of(engines))
    judges = [[_Judge(single, kinds.fields) for single in _one_by_one(engine)] for engine in engines]
    judged = _Judged([judge for each in judges for judge in each], kinds)
    counts = {
        student_id: Counter(map(judged.__getitem__, lines)) for student_id, lines in kinds.of_students(student_ids)
    }
    nothing = Counter[int]()
    found: dict[uuid.UUID, list[Evaluation]] = {}
    for student_id in student_ids:
        sums = iter(judged.sums(counts.get(student_id, nothing)))
        found[student_id] = [
            engine.tally(facts[student_id], list(islice(sums, len(each))))
            for (engine, facts), each in zip(asked, judges, strict=True)
        ]
    return found


def _one_by_one(engine: Engine) -> Iterator[Engine]:
    """An engine for each requirement that counts cases: each reads few fields, so it meets few kinds of case."""
    for requirement in engine.ruleset.requirements:
        if isinstance(requirement, CaseRequirement):
            yield Engine(replace(engine.ruleset, requirements=(requirement,)), engine.codes, engine.as_of)


class _Judge:
    """One requirement, asked once about all cases that agree in what it reads. Reasons are left out."""

    def __init__(self, engine: Engine, fields: Sequence[str]) -> None:
        self._engine = engine
        self._what_matters = itemgetter(*(fields.index(field) for field in engine.fields))
        self._known: dict[Any, int] = {}
        self.judgements: list[Judgement] = []

    def __call__(self, values: tuple[Any, ...]) -> int:
        """The place of the judgement in `judgements`."""
        read = self._what_matters(values)
        found = self._known.get(read)
        if found is None:
            case = Case(**dict(zip(self._engine.fields, read, strict=True)))
            judgement = replace(self._engine.judge(case)[0], reason="")
            if judgement not in self.judgements:
                self.judgements.append(judgement)
            found = self._known[read] = self.judgements.index(judgement)
        return found


class _Judged(dict[str, int]):
    """Each kind of case by its line, judged when it is first met; kinds judged alike have the same number."""

    def __init__(self, judges: Sequence[_Judge], kinds: CaseKinds) -> None:
        super().__init__()
        self._judges, self._kinds = judges, kinds
        self._numbers: dict[tuple[int, ...], int] = {}
        self._places: list[tuple[int, ...]] = []  # by number: each judge's judgement

    def __missing__(self, line: str) -> int:
        values = self._kinds.values(line)
        places = tuple(judge(values) for judge in self._judges)
        number = self[line] = self._numbers.setdefault(places, len(self._numbers))
        if number == len(self._places):
            self._places.append(places)
        return number

    def sums(self, counts: Mapping[int, int]) -> list[dict[Judgement, int]]:
        """For each judge, how many cases it judged alike."""
        by_judge = []
        for place, judge in enumerate(self._judges):
            times_of = [0] * len(judge.judgements)
            for number, times in counts.items():
                times_of[self._places[number][place]] += times
            by_judge.append(dict(zip(judge.judgements, times_of, strict=True)))
        return by_judge
