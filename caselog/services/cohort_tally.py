"""Many students at once: each distinct kind of case is judged once, then counted for each student."""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from caselog.domain.case import Case
from caselog.domain.evaluate import Engine, Judgement
from caselog.domain.result import Evaluation
from caselog.domain.student import StudentFacts


def tally_cohort(
    engine: Engine,
    facts: Mapping[uuid.UUID, StudentFacts],
    rows: Iterable[tuple[uuid.UUID, tuple[Any, ...]]],
) -> dict[uuid.UUID, Evaluation]:
    """How each student stands. `rows` are the cases: student and the values of the engine's fields."""
    judged: dict[tuple[Any, ...], tuple[Judgement, ...]] = {}
    counts: dict[uuid.UUID, Counter[tuple[Judgement, ...]]] = {student_id: Counter() for student_id in facts}
    for student_id, values in rows:
        if values not in judged:
            judged[values] = engine.judge(Case(**dict(zip(engine.fields, values, strict=True))))
        counts[student_id][judged[values]] += 1
    return {student_id: engine.tally(facts[student_id], counts[student_id]) for student_id in facts}
