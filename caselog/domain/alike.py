"""Which cases a rule set cannot tell apart.

Days and numbers are only ever compared with the limits of a rule, so what matters of them is between which
limits they lie. Of all other fields the value itself matters.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from caselog.domain.conditions import (
    CASE_FIELDS,
    AllOf,
    Anchor,
    AnyOf,
    Between,
    Condition,
    InMonths,
    Kind,
    Named,
    Not,
    start_of_years,
)
from caselog.domain.ruleset import CountRequirement, Entries

if TYPE_CHECKING:  # the engine itself uses what stands here
    from caselog.domain.evaluate import Engine

Ordered = date | float
Steps = Mapping[str, tuple[Ordered, ...]]
_DAY = timedelta(days=1)
# For a field of which only matters whether it is given.
_SOME: Mapping[Kind, Ordered] = {Kind.DATE: date(2000, 1, 1), Kind.NUMBER: 0.0}


def by_value(engines: Iterable["Engine"]) -> frozenset[str]:
    """The days and numbers whose very value matters: for credit, for counting once, by month, or by student."""
    found: set[str] = set()
    for engine in engines:
        for requirement in engine.counting:
            if requirement.of is Entries.CASES:
                found.update(_all_valued(requirement))
    return frozenset(found)


def day_matters(requirements: Iterable[CountRequirement]) -> bool:
    """Whether the very day of a case matters to requirements that count cases."""
    return any("case_date" in _all_valued(each) for each in requirements)


def _all_valued(requirement: CountRequirement) -> Iterator[str]:
    yield from requirement.fields()
    for condition in requirement.conditions():
        yield from _valued(condition)


def _valued(condition: Condition) -> Iterator[str]:
    match condition:
        case InMonths(field):
            yield field
        case Between(field, least, most) if isinstance(least, Anchor) or isinstance(most, Anchor):
            yield field
        case _:
            for part in _parts(condition):
                yield from _valued(part)


def steps_of(engines: Sequence["Engine"]) -> Steps:
    """For each day or number that only limits look at: the values from which on a judgement may differ, in order."""
    valued = by_value(engines)
    found: dict[str, set[Ordered]] = {}
    for engine in engines:
        for field in engine.fields:
            if CASE_FIELDS.get(field) in _SOME:
                found.setdefault(field, set())
        of_cases = [each for each in engine.counting if each.of is Entries.CASES]
        found["case_date"].update(days_of(of_cases, engine.as_of))
        for requirement in of_cases:
            for condition in requirement.conditions():
                for between in _betweens(condition):
                    found[between.field].update(_steps(between))
    return {field: tuple(sorted(steps)) for field, steps in found.items() if field not in valued}


def days_of(requirements: Iterable[CountRequirement], as_of: date) -> set[date]:
    """The days from which on a judgement of such requirements, which count cases, may differ."""
    found = {_after(as_of)}
    for requirement in requirements:
        found.update(_years(requirement, as_of))
        for condition in requirement.conditions():
            for between in _betweens(condition):
                if between.field == "case_date":
                    found.update(_steps(between))
    return {day for day in found if isinstance(day, date)}


def _years(requirement: CountRequirement, as_of: date) -> Iterator[date]:
    each = requirement.each_year
    if each is not None:
        for back in range(each.years + 1):
            yield start_of_years(as_of, back, each.year_starts)


def stand_ins(field: str, steps: tuple[Ordered, ...]) -> tuple[Ordered, ...]:
    """A value for each stretch that the steps leave: below the first, then from each step on."""
    return (_before(steps[0]), *steps) if steps else (_SOME[CASE_FIELDS[field]],)


def _steps(between: Between) -> Iterator[Ordered]:
    if isinstance(between.least, date | int | float):
        yield between.least
    if isinstance(between.most, date | int | float):
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
    if isinstance(condition, Between):
        yield condition
    for part in _parts(condition):
        yield from _betweens(part)


def _parts(condition: Condition) -> tuple[Condition, ...]:
    match condition:
        case AllOf(parts) | AnyOf(parts):
            return parts
        case Not(part) | Named(part=part):
            return (part,)
        case _:
            return ()
