"""Where each entry may serve one requirement only: judgements are shared out before they are settled."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from caselog.domain.assign import Kind, Target, assign
from caselog.domain.counting import Judgement
from caselog.domain.result import Outcome
from caselog.domain.ruleset import CountRequirement, Exclusive, RuleSet

Rows = Sequence[tuple[tuple[Judgement, ...], int]]


def share_out(
    ruleset: RuleSet, needed: Callable[[CountRequirement], int], rows: Rows, begin: int, end: int
) -> Rows:
    """The rows with each entry left to one requirement of every exclusive group, or to a pair that may share it.

    `rows` are judgements and how many entries were judged so; those from `begin` to `end` are of this rule set. A
    row for many entries may come back as several. Verified entries are shared out first, submitted ones among
    what is then still needed.
    """
    own = ruleset.counting()
    places = {own[place - begin].id: place for place in range(begin, end)}
    for group in ruleset.exclusive:
        columns = [places[requirement_id] for requirement_id in group.among]
        titles = [ruleset.requirement(requirement_id).title for requirement_id in group.among]
        minimums = [needed(own[column - begin]) for column in columns]
        for outcome in (Outcome.COUNTED, Outcome.PENDING):
            rows, reached = _shared(rows, outcome, columns, titles, minimums, _pairs(group))
            minimums = [max(0, minimum - got) for minimum, got in zip(minimums, reached, strict=True)]
    return rows


def _pairs(group: Exclusive) -> list[tuple[int, int]]:
    return [(group.among.index(one), group.among.index(other)) for one, other in group.may_share]


def _shared(
    rows: Rows,
    outcome: Outcome,
    columns: Sequence[int],
    titles: Sequence[str],
    minimums: Sequence[int],
    pairs: Sequence[tuple[int, int]],
) -> tuple[Rows, list[int]]:
    """The rows after sharing out the entries with this outcome, and how many each requirement got."""

    def kind_of(judged: tuple[Judgement, ...]) -> Kind:
        return frozenset(place for place, column in enumerate(columns) if judged[column].outcome is outcome)

    supply: Counter[Kind] = Counter()
    for judged, times in rows:
        supply[kind_of(judged)] += times
    del supply[frozenset()]
    left = assign(supply, minimums, pairs)
    reached = [sum(n for (_, target), n in left.items() if place in target) for place in range(len(columns))]
    shared: list[tuple[tuple[Judgement, ...], int]] = []
    for judged, times in rows:
        kind, rest = kind_of(judged), times
        if not kind:
            shared.append((judged, times))
        for target in sorted(target for of, target in left if of == kind):
            taken = min(rest, left[kind, target])
            if taken:
                left[kind, target] -= taken
                rest -= taken
                shared.append((_left_to(judged, kind, target, columns, titles), taken))
    return shared, reached


def _left_to(
    judged: tuple[Judgement, ...], kind: Kind, target: Target, columns: Sequence[int], titles: Sequence[str]
) -> tuple[Judgement, ...]:
    """The judgements of an entry that serves `target`, and the other requirements of the group no more."""
    instead = " and ".join(titles[place] for place in target)
    changed = list(judged)
    for place in kind - set(target):
        column = columns[place]
        verb = "counted" if judged[column].outcome is Outcome.COUNTED else "waits to count"
        changed[column] = replace(
            judged[column], outcome=Outcome.EXCLUDED, reason=f"{verb} toward {instead} instead"
        )
    return tuple(changed)
