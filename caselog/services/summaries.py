"""What was counted for each student at an earlier look, kept in this process for as long as its stamps stand.

It is kept in memory, not in a table, since a read never writes. Triggers set the stamps (store/stamps.py) rather
than events of the ORM, which bulk writes pass by.
"""

import uuid
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from threading import Lock
from typing import Generic, TypeVar

from caselog.domain.evaluate import Engine
from caselog.domain.result import Evaluation
from caselog.store.stamps import Stamps

V = TypeVar("V")
# How many results of a requirement a process keeps; about 100 MB of them at the worst.
RESULTS_MOST = 300_000
PROGRAMS_MOST = 100

CountedBy = tuple[uuid.UUID, tuple[Engine, ...]]  # a program, and its engines, which know the day and the codes
_Kept = dict[uuid.UUID, tuple[int, int, tuple[Evaluation, ...]]]  # stamps of program and student, what was counted


class Summaries:
    """Evaluations without verdicts, by program and engines; the longest unused go first."""

    def __init__(self, most: int = RESULTS_MOST) -> None:
        self._most = most
        self._tables: OrderedDict[CountedBy, _Kept] = OrderedDict()
        self._lock = Lock()

    def recall(
        self, key: CountedBy, stamps: Stamps, student_ids: Collection[uuid.UUID]
    ) -> dict[uuid.UUID, list[Evaluation]]:
        """What is known of those of these students whose stamps have not moved."""
        with self._lock:
            kept = self._tables.get(key, {})
            if kept:
                self._tables.move_to_end(key)
        found = {}
        for student_id in student_ids:
            known = kept.get(student_id)
            if known and known[0] == stamps.program and known[1] == stamps.students.get(student_id):
                found[student_id] = list(known[2])
        return found

    def keep(self, key: CountedBy, stamps: Stamps, counted: Mapping[uuid.UUID, Sequence[Evaluation]]) -> None:
        """Remember what was counted after the stamps were read; without both stamps nothing is kept."""
        if stamps.program is None:
            return
        with self._lock:
            kept = self._tables.setdefault(key, {})
            self._tables.move_to_end(key)
            for student_id, evaluations in counted.items():
                stamp = stamps.students.get(student_id)
                if stamp is not None:
                    kept[student_id] = (stamps.program, stamp, tuple(evaluations))
            self._drop()

    def clear(self) -> None:
        with self._lock:
            self._tables.clear()

    def _drop(self) -> None:
        while self._tables and sum(map(_size, self._tables.values())) > self._most:
            self._tables.popitem(last=False)


def _size(kept: _Kept) -> int:
    """How many results there are; each student of a table has as many."""
    _, _, evaluations = next(iter(kept.values()), (0, 0, ()))
    return len(kept) * sum(len(each.requirements) for each in evaluations)


class OfPrograms(Generic[V]):
    """Something that follows from what all students of a program share, by program, while its stamp stands."""

    def __init__(self) -> None:
        self._known: OrderedDict[uuid.UUID, tuple[int, V]] = OrderedDict()
        self._lock = Lock()

    def recall(self, program_id: uuid.UUID, stamps: Stamps) -> V | None:
        known = self._known.get(program_id)
        return known[1] if known and known[0] == stamps.program else None

    def keep(self, program_id: uuid.UUID, stamps: Stamps, value: V) -> None:
        if stamps.program is not None:
            with self._lock:
                self._known[program_id] = (stamps.program, value)
                if len(self._known) > PROGRAMS_MOST:
                    self._known.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._known.clear()
