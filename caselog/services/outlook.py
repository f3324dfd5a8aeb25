"""What lies ahead of a student: when each requirement will be met, and what next cases would bring.

All of it follows from the student's progress (services/progress.py) and asks the engine that made it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import sqlalchemy as sa

from caselog.domain.codes import Status
from caselog.domain.conditions import AllOf, Anchor, Between, Condition, Named
from caselog.domain.evaluate import Engine
from caselog.domain.forecast import Forecast, Outlook, forecast_of
from caselog.domain.least_set import LeastSet, least_set
from caselog.domain.next_cases import Adds, Asked, Gain, NextKind, counting, what_each_adds
from caselog.domain.result import Evaluation, RequirementResult, Standing
from caselog.domain.ruleset import CountRequirement
from caselog.domain.wording import label
from caselog.extensions import db
from caselog.rules.next_cases import load_kinds
from caselog.services.actor import Actor
from caselog.services.progress import StudentProgress
from caselog.store.programs import Site

_FULFILLED = (Standing.MET, Standing.WAIVED)
_LOGGED = (Status.VERIFIED, Status.SUBMITTED)


@dataclass(frozen=True, slots=True)
class NextKindRow:
    """One kind of next case, and what one more of it adds in each column of its table, 0 if nothing.

    `wanted` says in how many columns it adds to what is not met yet.
    """

    kind: NextKind
    gains: tuple[Fraction, ...]
    wanted: int


@dataclass(frozen=True, slots=True)
class WhatNext:
    """What next cases would bring to one rule set. `columns` are the requirements to which some kind adds anything.

    The rows that add to the most of what is still open come first.
    """

    evaluation: Evaluation
    least: LeastSet
    columns: tuple[Asked, ...]
    rows: tuple[NextKindRow, ...]


def asked(evaluation: Evaluation) -> tuple[RequirementResult, ...]:
    """The requirements that are asked for on their own, not through a group."""
    members = evaluation.ruleset.members()
    return tuple(each for each in evaluation.requirements if each.requirement.id not in members)


def fulfilled(results: Iterable[RequirementResult]) -> int:
    """How many are met or waived."""
    return sum(each.standing in _FULFILLED for each in results)


def forecast_for(progress: StudentProgress, result: RequirementResult) -> Forecast | None:
    """When a requirement will be met; None if it counts no entries, or is waived.

    The rate is told from the student's first entry on, or from the first day that counts here if that is later.
    Who has graduated is held against no program's pace.
    """
    requirement = result.requirement
    if not isinstance(requirement, CountRequirement) or result.standing is Standing.WAIVED:
        return None
    facts, today = progress.facts.as_of(progress.as_of), progress.as_of
    first_days = []
    for limit in (*_first_days(requirement.where), *_first_days(requirement.eligible)):
        day = _day(limit, facts)
        if (day is None or day > today) and result.standing is Standing.NOT_MET and not result.counted:
            return _nothing_yet(result, limit, day)
        first_days += [day] if day else []
    logged = (each.on for each in progress.entries if each.on and each.status in _LOGGED)
    since = max([min(logged, default=today), *first_days])
    start, graduation = facts.program_start, facts.expected_graduation
    if facts.graduated_on:
        start = graduation = None
    elif start and any(day > start for day in first_days):
        start = None  # the share of the program that has passed says nothing of what counts only later
    return forecast_of(result, today, start, graduation, since)


def _first_days(condition: Condition) -> Iterator[date | Anchor]:
    """The days from which on a condition may hold."""
    match condition:
        case AllOf(parts):
            for part in parts:
                yield from _first_days(part)
        case Named(part=part):
            yield from _first_days(part)
        case Between(least=date() | Anchor() as least):
            yield least


def _day(limit: date | Anchor, facts: object) -> date | None:
    if not isinstance(limit, Anchor):
        return limit
    day: date | None = getattr(facts, limit.name)
    return day and limit.moved(day)


def _nothing_yet(result: RequirementResult, limit: date | Anchor, day: date | None) -> Forecast:
    if isinstance(limit, Anchor) and day is None:
        says = f"Nothing can count as long as there is no {label(limit.name)}."
    else:
        says = f"Nothing can count before {day}."
    return Forecast(outlook=Outlook.TOO_LITTLE, says=says, needed=result.minimum)


def least_sets(actor: Actor, progress: StudentProgress) -> dict[str, LeastSet]:
    """The least number of next cases that completes each set that is not yet fulfilled, by the set's id."""
    country = _usual_country(actor)
    return {
        evaluation.ruleset.id: _least(engine, progress, country)
        for engine, evaluation in progress.evaluations
        if evaluation.standing not in _FULFILLED
    }


def what_next(actor: Actor, progress: StudentProgress) -> tuple[WhatNext, ...]:
    """For each set, in the order of the progress, what completes it and what each kind of next case would add."""
    country = _usual_country(actor)
    return tuple(_what_next(engine, evaluation, progress, country) for engine, evaluation in progress.evaluations)


def _what_next(engine: Engine, evaluation: Evaluation, progress: StudentProgress, country: str | None) -> WhatNext:
    adds = what_each_adds(
        engine, progress.facts, progress.entries, load_kinds(), progress.waivers, site_country=country
    )
    gained = {_key(gain): gain for each in adds for gain in each.gains}
    # An inner set that stands twice is shown once.
    known = {_key(each): each for each in counting(engine, evaluation.requirements)}
    columns = {key: each for key, each in known.items() if key in gained}
    rows = sorted((_row(each, columns) for each in adds), key=lambda row: -row.wanted)
    return WhatNext(evaluation, _least(engine, progress, country), tuple(columns.values()), tuple(rows))


def _row(adds: Adds, columns: Iterable[tuple[str, str]]) -> NextKindRow:
    found = {_key(gain): gain for gain in adds.gains}
    gains = tuple(found[key].gain if key in found else Fraction(0) for key in columns)
    return NextKindRow(adds.kind, gains, sum(gain.wanted for gain in found.values()))


def _key(each: Asked | Gain) -> tuple[str, str]:
    return each.ruleset.id, each.requirement.id


def _least(engine: Engine, progress: StudentProgress, country: str | None) -> LeastSet:
    return least_set(
        engine, progress.facts, progress.entries, load_kinds(), progress.waivers, site_country=country
    )


def _usual_country(actor: Actor) -> str | None:
    """The country of most of the program's sites; of equally many, the first by its code."""
    countries = db.session.scalars(sa.select(Site.country).where(Site.program_id == actor.program_id))
    found = Counter(countries)
    return min(found, key=lambda country: (-found[country], country), default=None)
