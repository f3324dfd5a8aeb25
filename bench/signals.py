"""How long the director's list of signals takes for a large program: from cold, and again while the log stays as it is.

The rest of the bench has all students at six sites and enters every case on one day, which no program does. Here a
few students share a site, and most cases are entered on their day.
"""

import random
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta

from bench.measure import in_turns
from bench.world import World
from caselog.services import signal_finding, signals
from caselog.services.signals import SignalFilter
from caselog.store.session import sqlite_module

STUDENTS_OF_SITE = 4
LATE_SHARE, LATE_DAYS = 0.2, 30  # of the cases, and how late they are at most


def shown(world: World, rounds: int) -> str:
    """Two lines with the times, and how many signals there are."""
    spread(world)
    times = in_turns({"cold": _list(world), "again": _list(world)}, rounds, {"cold": signal_finding.forget})
    with world.app.app_context():
        total = signals.review_list(world.director, SignalFilter(), 1).total
    cases = len(world.student_ids) * world.cases
    return "\n".join(
        (
            f"signals of {cases:,} cases: {total:,}",
            *(f"  {name:<46}{each.shown()}" for name, each in times.items()),
        )
    )


def _list(world: World) -> Callable[[], object]:
    def ask() -> object:
        with world.app.app_context():
            return signals.review_list(world.director, SignalFilter(), 1).total

    return ask


def spread(world: World) -> None:
    """Give every few students sites of their own, and enter most cases on their day and some late."""
    chance = random.Random(20261121)  # noqa: S311 (synthetic cases, not secrets)
    with closing(sqlite_module().connect(world.path)) as database:
        places = {each.hex: place // STUDENTS_OF_SITE for place, each in enumerate(world.student_ids)}
        database.create_function("place_of", 1, places.__getitem__)
        database.create_function("site_at", 2, lambda site, place: f"{place:08x}{site[8:]}")
        database.create_function("entered", 1, lambda day: _entered(chance, day))
        known = database.execute("SELECT program_id, id, code, name, country FROM site").fetchall()
        database.executemany(
            "INSERT OR IGNORE INTO site (program_id, id, code, name, country) VALUES (?, ?, ?, ?, ?)",
            (
                (program, f"{place:08x}{site[8:]}", f"{code}-{place}", name, country)
                for place in sorted(set(places.values()))
                for program, site, code, name, country in known
            ),
        )
        database.execute(
            "UPDATE logged_case SET site_id = site_at(site_id, place_of(student_id)), created_at = entered(case_date),"
            " status = CASE status WHEN 'verified' THEN 'submitted' ELSE status END"
        )
        database.commit()


def _entered(chance: random.Random, day: str) -> str:
    late = timedelta(days=chance.uniform(4, LATE_DAYS)) if chance.random() < LATE_SHARE else timedelta(hours=3)
    return f"{datetime.fromisoformat(day) + timedelta(hours=20) + late:%Y-%m-%d %H:%M:%S.000000}"
