"""The fewest things that together reach every amount needed: an integer program, solved exactly.

Each kind of thing adds something to each row; how often is each kind taken so that every row reaches what it
needs, in the fewest things altogether, and of equally few in those that stand first in the list? Branch and bound
(Land and Doig 1960) over the linear relaxation, which the simplex method solves by way of its dual, with Bland's
rule. Kinds that an earlier one replaces in every row are dropped first. Candidates are checked in exact numbers;
only bounds are floating point, rounded to the safe side.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

NODES = 400  # of the search; beyond them the best that was found stands, and says that it is not proven
_SAFE = 1e-7

Row = Sequence[Fraction]
# A row of the relaxation: what each kind adds, and what is needed.
_Bounded = tuple[list[float], float]


@dataclass(frozen=True, slots=True)
class Cover:
    """How often each kind is taken; `counts` is None if no number of them reaches every row.

    `at_least` is a number that no cover can go below; `proven` says that the cover reaches it.
    """

    counts: tuple[int, ...] | None
    at_least: int
    proven: bool


def least_cover(gains: Sequence[Row], needed: Sequence[Fraction], nodes: int = NODES) -> Cover:
    """The least cover: `gains` has a row for each amount in `needed`, with what one of each kind adds to it."""
    width = len(gains[0]) if gains else 0
    rows = [(row, amount) for row, amount in zip(gains, needed, strict=True) if amount > 0]
    if not rows:
        return Cover((0,) * width, 0, proven=True)
    if any(all(gain <= 0 for gain in row) for row, _ in rows):
        return Cover(None, 0, proven=True)
    kept = [kind for kind in range(width) if not _replaceable(kind, [row for row, _ in rows])]
    search = _Search([[row[kind] for kind in kept] for row, _ in rows], [amount for _, amount in rows])
    search.run(nodes)
    counts = [0] * width
    for kind, number in zip(kept, search.best, strict=True):
        counts[kind] = number
    return Cover(tuple(counts), search.at_least, search.finished or sum(search.best) == search.at_least)


def _replaceable(kind: int, rows: Sequence[Row]) -> bool:
    """Whether a kind that stands earlier adds as much to every row, or this one adds nothing."""
    return not any(row[kind] for row in rows) or any(
        all(row[other] >= row[kind] for row in rows) for other in range(kind)
    )


class _Search:
    """Branch and bound. A node is a list of further rows: kind at least so often, or at most so often."""

    def __init__(self, gains: list[list[Fraction]], needed: list[Fraction]) -> None:
        self.gains, self.needed = gains, needed
        self.kinds = range(len(gains[0]))
        self.best = self._greedy()
        # Small enough that all of them together never weigh as much as one thing more.
        self.tie = 0.5 / (len(self.kinds) * max(1, sum(self.best)))
        self.costs = [1 + self.tie * kind for kind in self.kinds]
        self.at_least, self.finished = 0, False

    def run(self, nodes: int) -> None:
        relaxed: list[_Bounded] = [
            ([float(gain) for gain in row], float(amount))
            for row, amount in zip(self.gains, self.needed, strict=True)
        ]
        open_nodes = [relaxed]
        for visited in range(nodes):
            if not open_nodes:
                break
            node = open_nodes.pop()
            solved = _relaxation(node, self.costs)
            if solved is None:
                continue
            bound, amounts = solved
            if visited == 0:
                self.at_least = math.ceil(bound / self.costs[-1] - _SAFE)
            if bound > self._cost(self.best) - self.tie / 2:
                continue
            self._offer([math.ceil(amount - _SAFE) for amount in amounts])
            open_nodes += self._branches(node, amounts)
        self.finished = not open_nodes
        if self.finished:
            self.at_least = sum(self.best)

    def _branches(self, node: list[_Bounded], amounts: Sequence[float]) -> list[list[_Bounded]]:
        kind = max(self.kinds, key=lambda kind: (round(_fraction(amounts[kind]), 9), -kind))
        if _fraction(amounts[kind]) <= _SAFE:
            return []
        floor = math.floor(amounts[kind])
        unit = [float(other == kind) for other in self.kinds]
        at_most = [-value for value in unit], -float(floor)
        at_least = unit, float(floor + 1)
        return [[*node, at_most], [*node, at_least]]  # the last is looked at first

    def _greedy(self) -> list[int]:
        """A cover to start from: again and again what takes away most of what is missing."""
        counts = [0] * len(self.kinds)
        left = list(self.needed)
        while any(amount > 0 for amount in left):
            kind = max(self.kinds, key=lambda kind: (self._taken(kind, left), -kind))
            counts[kind] += 1
            left = [amount - row[kind] for row, amount in zip(self.gains, left, strict=True)]
        return counts

    def _taken(self, kind: int, left: Sequence[Fraction]) -> Fraction:
        """What one of a kind takes away of what is left, each row weighing the same."""
        shares = (
            min(row[kind], amount) / amount for row, amount in zip(self.gains, left, strict=True) if amount > 0
        )
        return sum(shares, Fraction(0))

    def _offer(self, counts: list[int]) -> None:
        """Take a candidate that covers and is better, after taking out of it what it does not need."""
        for kind in reversed(self.kinds):
            while counts[kind] > 0 and self._covers([n - (k == kind) for k, n in enumerate(counts)]):
                counts[kind] -= 1
        if self._covers(counts) and self._cost(counts) < self._cost(self.best) - self.tie / 2:
            self.best = counts

    def _covers(self, counts: Sequence[int]) -> bool:
        return all(
            sum((gain * n for gain, n in zip(row, counts, strict=True)), Fraction(0)) >= amount
            for row, amount in zip(self.gains, self.needed, strict=True)
        )

    def _cost(self, counts: Sequence[int]) -> float:
        return sum(cost * n for cost, n in zip(self.costs, counts, strict=True))


def _fraction(amount: float) -> float:
    """How far an amount is from being whole."""
    return min(amount - math.floor(amount), math.ceil(amount) - amount)


def _relaxation(rows: Sequence[_Bounded], costs: Sequence[float]) -> tuple[float, list[float]] | None:
    """The least cost when parts of things are allowed, and the amounts; None if there is no cover at all.

    The dual asks for the greatest value of packing the rows into the costs; nothing packed is always allowed, so
    the simplex method can start at once. Amounts are read off the bottom line.
    """
    packed, kinds = len(rows), len(costs)
    table = [
        [rows[place][0][kind] for place in range(packed)]
        + [float(other == kind) for other in range(kinds)]
        + [costs[kind]]
        for kind in range(kinds)
    ]
    bottom = [-amount for _, amount in rows] + [0.0] * (kinds + 1)
    basis = [packed + kind for kind in range(kinds)]
    while True:
        entering = next((place for place, value in enumerate(bottom[:-1]) if value < -1e-9), None)
        if entering is None:
            return bottom[-1], bottom[packed:-1]
        candidates = [line for line in range(kinds) if table[line][entering] > 1e-9]
        if not candidates:
            return None
        leaving = min(candidates, key=lambda line: (table[line][-1] / table[line][entering], basis[line]))
        _pivot(table, bottom, leaving, entering)
        basis[leaving] = entering


def _pivot(table: list[list[float]], bottom: list[float], leaving: int, entering: int) -> None:
    pivot = table[leaving][entering]
    table[leaving] = [value / pivot for value in table[leaving]]
    for line in (*(line for place, line in enumerate(table) if place != leaving), bottom):
        factor = line[entering]
        if factor:
            line[:] = [value - factor * of for value, of in zip(line, table[leaving], strict=True)]
