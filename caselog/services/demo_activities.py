"""Dealing out synthetic learning activities beside the demo's cases. No database, no clock."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from caselog.domain.activity import LearningActivity
from caselog.domain.codes import ActivityKind, Status

EVERY = 30  # days from one activity to the next, about
_WAITING = 10  # days within which nobody has decided yet
_OFFERED: Sequence[tuple[ActivityKind, str, float]] = (
    (ActivityKind.DIDACTIC, "Oxygenators and gas transfer", 2),
    (ActivityKind.WET_LAB, "Priming and de-airing the circuit", 3),
    (ActivityKind.SIMULATION, "Power failure on bypass", 2),
    (ActivityKind.MEETING, "Perfusion rounds", 1),
    (ActivityKind.BEDSIDE_TRAINING, "Anticoagulation at the bedside", 1.5),
    (ActivityKind.RESEARCH, "Journal club: goal-directed perfusion", 1),
    (ActivityKind.SIMULATION, "Oxygenator change-out", 2.5),
    (ActivityKind.COURSE, "Blood conservation, a day course", 6),
)


@dataclass(frozen=True, slots=True)
class DrawnActivity:
    """An activity, and the day on which its supervisor verified it."""

    activity: LearningActivity
    decided_on: date | None


def draw_activities(rng: Random, first: date, last: date, supervisors: Sequence[str]) -> list[DrawnActivity]:
    """About one a month from `first` to `last`, by date; `supervisors` are e-mail addresses."""
    drawn = []
    day = first + timedelta(days=rng.randrange(EVERY))
    place = rng.randrange(len(_OFFERED))
    while day <= last:
        kind, title, hours = _OFFERED[place % len(_OFFERED)]
        decided = day + timedelta(days=rng.randint(1, _WAITING))
        waits = (last - day).days <= _WAITING
        activity = LearningActivity(
            activity_uid=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            date=day,
            kind=kind,
            title=title,
            hours=hours,
            provider="Demo Perfusion Program",
            supervisor=rng.choice(supervisors),
            status=Status.SUBMITTED if waits else Status.VERIFIED,
        )
        drawn.append(DrawnActivity(activity, None if waits else decided))
        day += timedelta(days=EVERY + rng.randint(-6, 6))
        place += 1
    return drawn
