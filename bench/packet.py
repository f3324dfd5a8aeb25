"""How long a packet takes: the whole of it, and of that what our own code takes before Typst sets the pages."""

from collections.abc import Callable
from functools import partial

from bench.measure import Times, in_turns
from bench.world import World
from caselog.domain.export import FULL
from caselog.services import issuing, packets

GOAL = 250  # milliseconds for 250 cases


def shown(world: World, rounds: int) -> str:
    """Two lines for each use."""
    with world.app.app_context():
        prepared = issuing.prepare(world.director)
        of_student = (world.director, world.student_ids[0])
        sides: dict[str, Callable[[], object]] = {}
        for use in packets.USES:
            sides[use] = partial(packets.packet, *of_student, use, prepared, FULL)
            sides[f"{use}, without Typst"] = partial(packets.told, *of_student, use, prepared, FULL)
        for make in sides.values():
            make()  # reads the layouts and fonts, once for a process
        times = in_turns(sides, rounds)
    return "\n".join(
        (
            f"packets of {world.cases} cases (goal: {GOAL} ms each)",
            *(f"  {name:<46}{each.shown():<16}{_verdict(name, each)}".rstrip() for name, each in times.items()),
        )
    )


def _verdict(name: str, times: Times) -> str:
    """Only whole packets have a goal."""
    if name not in packets.USES:
        return ""
    return "ok" if times.median * 1000 <= GOAL else "MISSED"
