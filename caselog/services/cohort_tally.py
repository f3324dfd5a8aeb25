"""Many students at once: each kind of case is judged once, then its cases are counted for each student."""

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from threading import Lock
from typing import Any

from sqlalchemy.orm import Session

from caselog.domain.alike import together
from caselog.domain.case import Case
from caselog.domain.evaluate import Engine, Judgement
from caselog.domain.result import Evaluation, Outcome
from caselog.domain.student import StudentFacts
from caselog.store.case_facts import CaseKinds

Facts = Mapping[uuid.UUID, StudentFacts]
Box = tuple[int, Outcome, int | None]  # a requirement's place among all, and what it made of a case
_MOST = 50_000  # kinds of case to remember before beginning anew


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
    judged = _judged(tuple(engine for engine, _ in asked))
    judged.make_room()
    counts = {
        student_id: Counter(map(judged.__getitem__, lines))
        for student_id, lines in judged.kinds.of_students(session, program_id, student_ids)
    }
    boxes_of = judged.boxes_of_numbers()
    nothing = Counter[int]()
    found: dict[uuid.UUID, list[Evaluation]] = {}
    for student_id in student_ids:
        sums = iter(judged.sums(counts.get(student_id, nothing), boxes_of))
        found[student_id] = [
            engine.tally(facts[student_id], list(islice(sums, len(engine.counting)))) for engine, facts in asked
        ]
    return found


@lru_cache(maxsize=16)
def _judged(engines: tuple[Engine, ...]) -> "_Judged":
    return _Judged(engines)


class _Judged(dict[str, int]):
    """Each kind of case by its line, judged when it is first met; kinds judged alike have the same number.

    Kept as long as its engines, so also from one request to the next; only `__missing__` adds, one at a time.
    """

    def __init__(self, engines: Sequence[Engine]) -> None:
        super().__init__()
        fields = sorted({field for engine in engines for field in engine.fields})
        self.kinds = CaseKinds(fields, together(engine.steps for engine in engines))
        self._boxes: dict[Box, int] = {}
        apart = [single for engine in engines for single in engine.apart()]
        self._judges = [_Judge(single, fields, place, self._boxes) for place, single in enumerate(apart)]
        self._numbers: dict[tuple[int, ...], int] = {}  # by the boxes that a kind belongs into
        self._adding = Lock()

    def __missing__(self, line: str) -> int:
        values = self.kinds.values(line)
        with self._adding:
            boxes = tuple([judge(values) for judge in self._judges])
            number = self[line] = self._numbers.setdefault(boxes, len(self._numbers))
        return number

    def make_room(self) -> None:
        if len(self) > _MOST:
            self.clear()
            for judge in self._judges:
                judge.forget()

    def boxes_of_numbers(self) -> list[tuple[int, ...]]:
        """By number: the boxes into which such cases belong."""
        with self._adding:
            return list(self._numbers)

    def sums(self, counts: Mapping[int, int], boxes_of: Sequence[tuple[int, ...]]) -> list[dict[Judgement, int]]:
        """For each requirement of all engines, how many cases it judged alike; `counts` are cases by number."""
        boxes = tuple(self._boxes)
        totals = [0] * len(boxes)
        for number, times in counts.items():
            for box in boxes_of[number]:
                totals[box] += times
        found: list[dict[Judgement, int]] = [{} for _ in self._judges]
        for (place, outcome, part), total in zip(boxes, totals, strict=True):
            found[place][Judgement(outcome, "", part)] = total
        return found


class _Judge:
    """One requirement, asked once about all cases that agree in what it reads. Nobody reads the reasons here."""

    def __init__(self, engine: Engine, fields: Sequence[str], place: int, boxes: dict[Box, int]) -> None:
        self._engine, self._place, self._boxes = engine, place, boxes
        self._what_matters = itemgetter(*(fields.index(field) for field in engine.fields))
        self._known: dict[Any, int] = {}

    def __call__(self, values: tuple[Any, ...]) -> int:
        """The box into which the case belongs; a new one is added."""
        read = self._what_matters(values)
        found = self._known.get(read)
        if found is None:
            case = Case(**dict(zip(self._engine.fields, read, strict=True)))
            [judged] = self._engine.judge(case)
            box = (self._place, judged.outcome, judged.part)
            found = self._known[read] = self._boxes.setdefault(box, len(self._boxes))
        return found

    def forget(self) -> None:
        self._known.clear()
