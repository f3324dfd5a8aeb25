"""Exclusive counting, held against trying every possibility."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, combinations_with_replacement, product

from hypothesis import given
from hypothesis import strategies as st

from caselog.domain.assign import Kind, Target, assign
from tests.support.profiles import the_same

Pairs = Sequence[tuple[int, int]]


def _targets(kind: Kind, pairs: Pairs) -> list[Target]:
    return [(place,) for place in sorted(kind)] + [pair for pair in pairs if kind >= set(pair)]


def _met(amounts: Mapping[tuple[Kind, Target], int], needed: Sequence[int]) -> list[bool]:
    got = Counter[int]()
    for (_, target), amount in amounts.items():
        for place in target:
            got[place] += amount
    return [got[place] >= need for place, need in enumerate(needed)]


def _every_way(supply: Mapping[Kind, int], pairs: Pairs) -> Iterator[dict[tuple[Kind, Target], int]]:
    kinds = [kind for kind in supply if kind]
    choices = [list(combinations_with_replacement(_targets(kind, pairs), supply[kind])) for kind in kinds]
    for way in product(*choices):
        amounts = Counter[tuple[Kind, Target]]()
        for kind, targets in zip(kinds, way, strict=True):
            for target in targets:
                amounts[kind, target] += 1
        yield amounts


KINDS = [frozenset(each) for size in (1, 2, 3) for each in combinations(range(3), size)]


@given(
    st.dictionaries(st.sampled_from(KINDS), st.integers(0, 3), max_size=4),
    st.lists(st.integers(0, 4), min_size=3, max_size=3),
    st.lists(st.sampled_from([(0, 1), (0, 2), (1, 2)]), max_size=2, unique=True),
)
@the_same(250)
def test_no_way_of_sharing_cases_out_meets_more_requirements(
    supply: dict[Kind, int], needed: list[int], pairs: list[tuple[int, int]]
) -> None:
    amounts = assign(supply, needed, pairs)
    best = max(sum(_met(way, needed)) for way in _every_way(supply, pairs))
    assert sum(_met(amounts, needed)) == best


@given(
    st.dictionaries(st.sampled_from(KINDS), st.integers(0, 9)),
    st.lists(st.integers(0, 20), min_size=3, max_size=3),
    st.lists(st.sampled_from([(0, 1), (0, 2), (1, 2)]), max_size=2, unique=True),
)
@the_same(150)
def test_every_case_is_counted_exactly_once_for_something_it_could_serve(
    supply: dict[Kind, int], needed: list[int], pairs: list[tuple[int, int]]
) -> None:
    amounts = assign(supply, needed, pairs)
    sent = Counter[Kind]()
    for (kind, target), amount in amounts.items():
        assert amount > 0
        assert target in _targets(kind, pairs)
        sent[kind] += amount
    assert sent == Counter({kind: number for kind, number in supply.items() if number})
    assert amounts == assign(dict(reversed(supply.items())), needed, pairs)


def test_a_case_goes_where_it_is_missing_not_where_it_came_first() -> None:
    either, only_first = frozenset({0, 1}), frozenset({0})
    assert assign({either: 2, only_first: 2}, [2, 2]) == {(either, (1,)): 2, (only_first, (0,)): 2}


def test_a_pair_that_may_share_counts_a_case_for_both() -> None:
    both = frozenset({0, 1})
    assert assign({both: 3}, [3, 3], [(0, 1)]) == {(both, (0, 1)): 3}


def test_of_equally_many_the_earlier_requirement_is_met() -> None:
    both = frozenset({0, 1})
    amounts = assign({both: 3}, [3, 3])
    assert amounts == {(both, (0,)): 3}


def test_a_case_is_not_shared_where_a_third_requirement_needs_it_whole() -> None:
    """One case could serve all three; the others have a case of their own."""
    all_three, first, second = frozenset({0, 1, 2}), frozenset({0}), frozenset({1})
    amounts = assign({all_three: 1, first: 1, second: 1}, [1, 1, 1], [(0, 1)])
    assert amounts == {(all_three, (2,)): 1, (first, (0,)): 1, (second, (1,)): 1}


def test_the_first_of_two_pairs_shares_nothing_where_that_meets_more() -> None:
    all_three, first, second, fourth = frozenset({0, 1, 2}), frozenset({0}), frozenset({1}), frozenset({3})
    amounts = assign({all_three: 1, first: 1, second: 1, fourth: 1}, [1, 1, 1, 1], [(0, 1), (2, 3)])
    assert amounts == {(all_three, (2,)): 1, (first, (0,)): 1, (second, (1,)): 1, (fourth, (3,)): 1}


def test_as_many_cases_are_shared_as_meets_all_and_no_more() -> None:
    """Three cases for all three: one is shared between two, two are left for the third."""
    all_three, first, second = frozenset({0, 1, 2}), frozenset({0}), frozenset({1})
    amounts = assign({all_three: 3, first: 1, second: 1}, [2, 2, 2], [(0, 1)])
    assert amounts == {
        (all_three, (0, 1)): 1, (all_three, (2,)): 2, (first, (0,)): 1, (second, (1,)): 1,
    }  # fmt: skip
