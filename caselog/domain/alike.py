"""Which cases a rule set cannot tell apart.

Days and numbers are only ever compared with the limits of a rule, so what matters of them is between which
limits they lie. Of all other fields the value itself matters.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from caselog.domain.conditions import CASE_FIELDS, AllOf, AnyOf, Between, Condition, Kind, Named, Not
from caselog.domain.evaluate import Engine
from caselog.domain.ruleset import CaseRequirement

Ordered = date | float
_DAY = timedelta(days=1)
# For a field of which only matters whether it is given.
_SOME: Mapping[Kind, Ordered] = {Kind.DATE: date(2000, 1, 1), Kind.NUMBER: 0.0}


def steps_of(engines: Iterable[Engine]) -> dict[str, tuple[Ordered, ...]]:
    """For each day or number that the engines read: the values from which on a judgement may differ, in order."""
    found: dict[str, set[Ordered]] = {}
    for engine in engines:
        for field in engine.fields:
            if CASE_FIELDS.get(field) in _SOME:
                found.setdefault(field, set())
        found["case_date"].add(_after(engine.as_of))
        for between in _limits(engine):
            found[between.field].update(_steps(between))
    return {field: tuple(sorted(steps)) for field, steps in found.items()}


def stand_ins(field: str, steps: tuple[Ordered, ...]) -> tuple[Ordered, ...]:
    """A value for each stretch that the steps leave: below the first, then from each step on."""
    return (_before(steps[0]), *steps) if steps else (_SOME[CASE_FIELDS[field]],)


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


def _limits(engine: Engine) -> Iterator[Between]:
    for requirement in engine.ruleset.requirements:
        if isinstance(requirement, CaseRequirement):
            for condition in requirement.conditions():
                yield from _betweens(condition)


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
