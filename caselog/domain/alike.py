"""Which cases a set of conditions cannot tell apart.

Days and numbers are only ever compared with the limits of a rule, so what matters of them is between which
limits they lie. Of all other fields the value itself matters. A log is long, but holds few kinds of case.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from operator import attrgetter
from typing import Any, Generic, TypeVar

from caselog.domain.case import Case
from caselog.domain.conditions import CASE_FIELDS, AllOf, AnyOf, Between, Condition, Kind, Named, Not, fields_of

Ordered = date | float
Steps = Mapping[str, tuple[Ordered, ...]]
T = TypeVar("T")

_DAY = timedelta(days=1)
# For a field of which only matters whether it is given.
_SOME: Mapping[Kind, Ordered] = {Kind.DATE: date(2000, 1, 1), Kind.NUMBER: 0.0}
_MOST = 20_000  # kinds of case to remember before beginning anew


def steps_of(conditions: Iterable[Condition]) -> Steps:
    """For each day or number that the conditions read: the values from which on an answer may differ, in order."""
    found: dict[str, set[Ordered]] = {}
    for condition in conditions:
        for field in fields_of(condition):
            if CASE_FIELDS.get(field) in _SOME:
                found.setdefault(field, set())
        for between in _betweens(condition):
            found[between.field].update(_steps(between))
    return {field: tuple(sorted(steps)) for field, steps in found.items()}


def together(several: Iterable[Steps]) -> Steps:
    """The steps that matter to any of several sets of conditions."""
    found: dict[str, set[Ordered]] = {}
    for steps in several:
        for field, values in steps.items():
            found.setdefault(field, set()).update(values)
    return {field: tuple(sorted(values)) for field, values in found.items()}


def stand_ins(field: str, steps: tuple[Ordered, ...]) -> tuple[Ordered, ...]:
    """A value for each stretch that the steps leave: below the first, then from each step on."""
    return (_before(steps[0]), *steps) if steps else (_SOME[CASE_FIELDS[field]],)


class Remembered(Generic[T]):
    """An answer that depends only on the fields and limits of some conditions, found once for each kind of case."""

    def __init__(self, fields: Iterable[str], steps: Steps, answer: Callable[[Case], T]) -> None:
        self._plain = attrgetter(*(field for field in fields if field not in steps))
        self._ordered = [(attrgetter(field), steps[field]) for field in sorted(steps)]
        self._answer = answer
        self._known: dict[tuple[Any, ...], T] = {}

    def __call__(self, case: Case) -> T:
        kind: list[Any] = [self._plain(case)]
        for value_of, steps in self._ordered:
            value = value_of(case)
            kind.append(None if value is None else bisect_right(steps, value))
        key = tuple(kind)
        known = self._known
        if key in known:
            return known[key]
        if len(known) >= _MOST:
            known = self._known = {}
        answer = known[key] = self._answer(case)
        return answer


def _steps(between: Between) -> Iterator[Ordered]:
    if between.least is not None:
        yield between.least
    if between.most is not None:
        yield _after(between.most)


def _after(value: Ordered) -> Ordered:
    if isinstance(value, date):
        return value + _DAY if value < date.max else value
    return math.nextafter(value, math.inf)


def _before(value: Ordered) -> Ordered:
    if isinstance(value, date):
        return value - _DAY if value > date.min else value
    return math.nextafter(value, -math.inf)


def _betweens(condition: Condition) -> Iterator[Between]:
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _betweens(part)
        case Not(part) | Named(part=part):
            yield from _betweens(part)
        case Between():
            yield condition
        case _:
            return
