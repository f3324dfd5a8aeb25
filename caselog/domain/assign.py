"""Exclusive counting: each case serves one requirement of a group, or a pair that may share it, so that most are met.

Cases that could serve the same requirements are alike, so the question is one of amounts: a flow from kinds of
cases to requirements. Whether a set of requirements can be met together is decided by a maximum flow (augmenting
paths, Edmonds and Karp 1972), the largest sets first: a group has few requirements. A pair is a target of its own;
how many cases it takes is searched, since for a fixed number the rest is a flow again.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise

Kind = frozenset[int]  # the places of the requirements that a case could serve
Target = tuple[int, ...]  # the requirement, or the pair of them, that a case is counted for
Pairs = Sequence[tuple[int, int]]
_SOURCE, _SINK = "source", "sink"
_Node = str | Kind | Target


def assign(supply: Mapping[Kind, int], needed: Sequence[int], pairs: Pairs = ()) -> dict[tuple[Kind, Target], int]:
    """How many cases of each kind are counted for which requirement or pair; every case is counted once.

    `supply` is the number of cases of each kind, `needed` the minimum of each requirement. As many requirements as
    possible are met, between equally many the earlier ones; what is left over fills the others in their order, and
    what nobody needs goes to the first requirement or pair that it could serve.
    """
    for wanted in _largest_first(len(needed)):
        flow = _meeting(supply, needed, wanted, pairs)
        if flow is not None:
            flow.fill({(place,): needed[place] for place in range(len(needed)) if place not in wanted})
            return _with_leftovers(supply, flow.amounts(), pairs)
    raise AssertionError("to meet none of them is always possible")


def _largest_first(number: int) -> Iterator[Target]:
    """Every set of requirements: the larger first, of equally large ones those with the earlier members."""
    for size in range(number, -1, -1):
        yield from combinations(range(number), size)


def _meeting(supply: Mapping[Kind, int], needed: Sequence[int], wanted: Target, pairs: Pairs) -> "_Flow | None":
    """A flow that meets all of `wanted`, or None if there is none."""
    usable = [pair for pair in pairs if set(pair) <= set(wanted)]
    most = [
        min(needed[one], needed[other], sum(n for kind, n in supply.items() if kind >= {one, other}))
        for one, other in usable
    ]

    def flow(shared: Sequence[int]) -> "_Flow":
        demand: dict[Target, int] = {(place,): needed[place] for place in wanted}
        for pair, amount in zip(usable, shared, strict=True):
            demand[pair] = amount
            for place in pair:
                demand[place,] = max(0, demand[place,] - amount)
        found = _Flow(supply)
        found.fill(demand)
        return found

    found = _nearest(flow, most)
    return None if found.missing else found


def _nearest(
    flow: Callable[[Sequence[int]], "_Flow"], most: Sequence[int], shared: tuple[int, ...] = ()
) -> "_Flow":
    """A flow with nothing missing, or one of those searched; `shared` are the amounts of the first pairs.

    What is missing is the largest excess of demand over supply of any set of targets (Hall), and so convex in each
    amount: the last one is found by halving. One more shared case changes it by two at most, so that the others
    are searched in strides.
    """
    if len(shared) == len(most):
        return flow(shared)
    if len(shared) == len(most) - 1:
        low, high = 0, most[-1]
        while low < high:
            middle = (low + high) // 2
            if flow((*shared, middle)).missing < flow((*shared, middle + 1)).missing:
                high = middle
            else:
                low = middle + 1
        return flow((*shared, low))
    amount = most[len(shared)]
    while True:
        found = _nearest(flow, most, (*shared, amount))
        amount -= max(1, math.ceil(found.missing / 2))
        if not found.missing or amount < 0:
            return found


class _Flow:
    """A flow from kinds of cases to what they are counted for; filling never takes back what is reached."""

    def __init__(self, supply: Mapping[Kind, int]) -> None:
        self.missing = 0
        self.kinds = sorted((kind for kind in supply if kind), key=sorted)
        # What an edge can still carry; the way back carries what was sent.
        self.room: dict[_Node, dict[_Node, int]] = {_SOURCE: {kind: supply[kind] for kind in self.kinds}}
        for kind in self.kinds:
            self.room[kind] = {_SOURCE: 0}

    def fill(self, demand: Mapping[Target, int]) -> None:
        """Send what the targets demand, as far as it goes; `missing` is what did not go."""
        for target, amount in demand.items():
            self.room.setdefault(target, {})[_SINK] = amount
            for kind in self.kinds:
                if kind >= set(target):
                    self.room[kind].setdefault(target, sum(self.room[_SOURCE].values()) + amount)
                    self.room[target].setdefault(kind, 0)
        while path := self._path():
            self._send(path)
        self.missing = sum(self.room[target][_SINK] for target in demand)

    def _path(self) -> list[_Node]:
        """A shortest way from source to sink with room on every edge, or nothing."""
        came_from: dict[_Node, _Node] = {_SOURCE: _SOURCE}
        queue: deque[_Node] = deque([_SOURCE])
        while queue:
            here = queue.popleft()
            for there, room in self.room.get(here, {}).items():
                if room and there not in came_from:
                    came_from[there] = here
                    queue.append(there)
        if _SINK not in came_from:
            return []
        path: list[_Node] = [_SINK]
        while path[-1] != _SOURCE:
            path.append(came_from[path[-1]])
        return path[::-1]

    def _send(self, path: Sequence[_Node]) -> None:
        edges = list(pairwise(path))
        amount = min(self.room[here][there] for here, there in edges)
        for here, there in edges:
            self.room[here][there] -= amount
            if there != _SINK:
                back = self.room[there]
                back[here] = back.get(here, 0) + amount

    def amounts(self) -> dict[tuple[Kind, Target], int]:
        """How much each kind sends to each target."""
        return {
            (kind, target): self.room[target][kind]
            for kind in self.kinds
            for target in self.room[kind]
            if isinstance(target, tuple) and self.room[target].get(kind)
        }


def _with_leftovers(
    supply: Mapping[Kind, int], amounts: dict[tuple[Kind, Target], int], pairs: Pairs
) -> dict[tuple[Kind, Target], int]:
    for kind, number in supply.items():
        if kind:
            left = number - sum(sent for (of, _), sent in amounts.items() if of == kind)
            target = next((pair for pair in pairs if kind >= set(pair)), (min(kind),))
            if left:
                amounts[kind, target] = amounts.get((kind, target), 0) + left
    return amounts
