"""Kinds of case before the requirements of a cohort: each kind is judged once, for all students or for one.

Most requirements judge a case alike for everybody; what they found is kept from one request to the next. A few look
at dates of the student, or at the very day of a case: only these are asked again for each student, about the few
fields that they read.
"""

import uuid
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from operator import itemgetter
from threading import Lock
from typing import Any

from sqlalchemy.orm import Session

from caselog.domain.alike import Asks, day_matters, days_of, steps_of
from caselog.domain.case import Case
from caselog.domain.counting import NOTHING, Judgement
from caselog.domain.evaluate import Engine
from caselog.domain.judging import bound, depends_on_student, judge, may_count
from caselog.domain.remembering import fields_of_cases
from caselog.domain.result import Outcome
from caselog.domain.ruleset import CountRequirement, Entries
from caselog.domain.student import StudentFacts
from caselog.store.case_facts import CaseKinds

Column = list[tuple[Judgement, int]]

_EXCLUDED = Judgement(Outcome.EXCLUDED, "", NOTHING)
_MOST = 50_000  # kinds of case to remember before beginning anew


@lru_cache(maxsize=64)
def of_student(engine: Engine) -> tuple[bool, ...]:
    """For each requirement whether the student's dates, or the very day of a case, matter to its judgements."""
    return tuple(
        depends_on_student(each) or (each.of is Entries.CASES and day_matters([each])) for each in engine.counting
    )


@dataclass(frozen=True, slots=True)
class _Some:
    """Some of an engine's requirements."""

    counting: tuple[CountRequirement, ...]
    as_of: date

    @property
    def fields(self) -> tuple[str, ...]:
        return fields_of_cases(self.counting)


def _some(engine: Engine, *, own: bool) -> _Some:
    asked = zip(engine.counting, of_student(engine), strict=True)
    return _Some(tuple(each for each, is_own in asked if is_own is own), engine.as_of)


@lru_cache(maxsize=32)
def kinds_for(asking: tuple[Asks, ...]) -> CaseKinds:
    """The kinds of case that these can tell apart."""
    return CaseKinds(sorted({name for each in asking for name in each.fields}), steps_of(asking))


class _Judge:
    """One requirement, asked once about all cases that agree in what it reads. Reasons are left out."""

    def __init__(self, engine: Engine, requirement: CountRequirement, fields: Sequence[str]) -> None:
        self._engine, self._requirement = engine, requirement
        self._read = [each for each in fields_of_cases([requirement]) if each != "case_date"]
        self._day = fields.index("case_date")
        self._others = itemgetter(*map(fields.index, (*self._read, "status")))  # of one it would give no tuple
        self._days = sorted(days_of([requirement], engine.as_of))
        self._by_day = requirement.of is Entries.CASES and day_matters([requirement])
        self._known: dict[Any, int] = {}
        self.judgements: list[Judgement] = []

    def __call__(self, values: tuple[Any, ...]) -> int:
        """The place of the judgement in `judgements`."""
        day, others = values[self._day], self._others(values)
        kind = (day if self._by_day or day is None else bisect_right(self._days, day), others)
        found = self._known.get(kind)
        if found is None:
            case = Case(case_date=day, **dict(zip(self._read, others, strict=False)))
            found = self._known[kind] = self._place(self._judged(case))
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

    def column(self, times_of: Mapping[int, int]) -> Column:
        """The judgements under which cases may count, by place, with how many cases were judged so."""
        found = [(self.judgements[place], times) for place, times in sorted(times_of.items())]
        return [(judgement, times) for judgement, times in found if judgement is not _EXCLUDED]


class Judged(dict[str, int]):
    """Each kind of case by its line, before all that judges alike for everybody; kinds judged alike share a number.

    Kept as long as its engines, so also from one request to the next; only `__missing__` adds, one at a time.
    """

    def __init__(self, engines: tuple[Engine, ...]) -> None:
        super().__init__()
        asking = tuple(_some(engine, own=False) for engine in engines)
        self.kinds = kinds_for(asking)
        self._judges = [
            _Judge(engine, requirement, self.kinds.fields)
            for engine, some in zip(engines, asking, strict=True)
            for requirement in some.counting
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

    def of_students(
        self, session: Session, program_id: uuid.UUID, student_ids: Collection[uuid.UUID]
    ) -> dict[uuid.UUID, Counter[int]]:
        """How many cases of each number each of these students has; who has none is not in it."""
        if not self._judges:
            return {}
        lines_of = self.kinds.of_students(session, program_id, student_ids)
        return {student_id: Counter(map(self.__getitem__, lines)) for student_id, lines in lines_of}

    def columns(self, counts: Mapping[int, int]) -> list[Column]:
        """For each requirement, the judgements under which cases may count, and how many cases it judged so."""
        by_judge: list[dict[int, int]] = [{} for _ in self._judges]
        for number, times in counts.items():
            for judge_place, place in self._counted[number]:
                times_of = by_judge[judge_place]
                times_of[place] = times_of.get(place, 0) + times
        return [one.column(times_of) for one, times_of in zip(self._judges, by_judge, strict=True)]


@lru_cache(maxsize=16)
def _kept(engines: tuple[Engine, ...]) -> Judged:
    return Judged(engines)


def judged_by(engines: tuple[Engine, ...]) -> Judged:
    """What these engines judged so far; all of it is forgotten when it becomes too much."""
    judged = _kept(engines)
    if len(judged) > _MOST:
        _kept.cache_clear()
        judged = _kept(engines)
    return judged


class OfStudents:
    """The requirements that each student's cases are judged by anew, with how many cases of each kind there are."""

    def __init__(
        self,
        session: Session,
        program_id: uuid.UUID,
        engines: tuple[Engine, ...],
        student_ids: Collection[uuid.UUID],
    ) -> None:
        self._engines, self._asking = engines, tuple(_some(engine, own=True) for engine in engines)
        self._kinds = kinds_for(self._asking)
        self._values: dict[str, tuple[Any, ...]] = {}
        self._counts: dict[uuid.UUID, Counter[str]] = {}
        if any(some.counting for some in self._asking):
            lines_of = self._kinds.of_students(session, program_id, student_ids)
            self._counts = {student_id: Counter(lines) for student_id, lines in lines_of}

    def columns(self, student_id: uuid.UUID, facts: StudentFacts) -> Iterator[Column]:
        """What `Judged.columns` has of the other requirements."""
        counts = self._counts.get(student_id, Counter[str]())
        for engine, some in zip(self._engines, self._asking, strict=True):
            for requirement in some.counting:
                one = _Judge(engine, bound(requirement, facts.as_of(engine.as_of)), self._kinds.fields)
                times_of: dict[int, int] = {}
                for line, times in counts.items():
                    place = one(self._of(line))
                    times_of[place] = times_of.get(place, 0) + times
                yield one.column(times_of)

    def _of(self, line: str) -> tuple[Any, ...]:
        values = self._values.get(line)
        if values is None:
            values = self._values[line] = self._kinds.values(line)
        return values
