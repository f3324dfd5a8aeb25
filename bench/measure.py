"""Timing two sides in turns, and telling what the machine itself adds.

Times are of the processor, of this process and of those that it started and waited for: neither side waits for
anything else, and what others do on the machine matters less than on the clock on the wall.
"""

import gc
import resource
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_LOOP = 300_000  # turns of the fixed loop that shows the machine's own noise


@dataclass(frozen=True)
class Times:
    """The times of one side, in processor seconds."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def spread(self) -> float:
        """How far apart the middle half of the times lies, as a share of the median."""
        if len(self.seconds) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.seconds, n=4)
        return (high - low) / self.median

    def shown(self) -> str:
        return f"{self.median * 1000:,.1f} ms ±{self.spread / 2:.0%}"


@dataclass(frozen=True)
class Comparison:
    """One line of the table: what was done, how long we and the other side took, and how much longer we may take."""

    what: str
    ours: Times
    theirs: Times
    other_side: str
    goal: float

    @property
    def ratio(self) -> float:
        return self.ours.median / self.theirs.median


def in_turns(
    sides: Mapping[str, Callable[[], Any]],
    rounds: int,
    before: Mapping[str, Callable[[], Any]] | None = None,
    elsewhere: Callable[[], float] = lambda: 0.0,
) -> dict[str, Times]:
    """Each side once to warm up, then `rounds` times in turns; who begins changes from round to round.

    What is done `before` a side is not timed. What other processes spend on it, in seconds of the processor, is added
    as `elsewhere` counts it.
    """
    first = before or {}
    for name, side in sides.items():
        first.get(name, _nothing)()
        side()
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds):
        order = list(sides) if number % 2 == 0 else list(sides)[::-1]
        gc.collect()
        for name in order:
            first.get(name, _nothing)()
            begun = _processor_seconds() + elsewhere()
            sides[name]()
            seconds[name].append(_processor_seconds() + elsewhere() - begun)
    return {name: Times(tuple(each)) for name, each in seconds.items()}


def _nothing() -> None: ...


def _processor_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def noise(rounds: int) -> Times:
    """How long a loop that does always the same takes, again and again."""
    return in_turns({"loop": lambda: sum(range(_LOOP))}, rounds)["loop"]


def table(comparisons: list[Comparison]) -> str:
    """The comparisons as text, columns aligned."""
    rows = [("", "Caselog", "other side", "", "ratio", "goal", "")]
    rows += [
        (
            each.what,
            each.ours.shown(),
            each.theirs.shown(),
            each.other_side,
            f"{each.ratio:.2f}×",
            f"≤ {each.goal:g}×",
            "ok" if each.ratio <= each.goal else "MISSED",
        )
        for each in comparisons
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
