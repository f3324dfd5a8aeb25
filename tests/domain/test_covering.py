"""The fewest things that reach every amount: small programs by hand, and random ones against trying everything."""

import itertools
import random
from fractions import Fraction

from caselog.domain.covering import least_cover


def exact(*rows: str) -> list[list[Fraction]]:
    return [[Fraction(value) for value in row.split()] for row in rows]


def amounts(values: str) -> list[Fraction]:
    return [Fraction(value) for value in values.split()]


def test_one_thing_that_serves_two_rows_is_taken_before_two_that_serve_one() -> None:
    found = least_cover(exact("1 0 1", "0 1 1"), amounts("5 3"))
    assert (found.counts, found.at_least, found.proven) == ((2, 0, 3), 5, True)


def test_of_equally_few_the_kinds_that_stand_first_are_taken() -> None:
    assert least_cover(exact("1 1"), amounts("4")).counts == (4, 0)
    assert least_cover(exact("1 1 0", "0 1 1"), amounts("2 2")).counts == (0, 2, 0)


def test_rows_that_nothing_serves_cannot_be_covered() -> None:
    assert least_cover(exact("1 1", "0 0"), amounts("4 1")).counts is None


def test_rows_that_are_reached_already_ask_for_nothing() -> None:
    assert least_cover(exact("1 1", "0 0"), amounts("0 -3")).counts == (0, 0)


def test_parts_of_a_thing_cannot_be_taken() -> None:
    # Three rows of which each kind serves two: the relaxation takes half of each, whole things need two.
    found = least_cover(exact("1 1 0", "1 0 1", "0 1 1"), amounts("1 1 1"))
    assert found.counts == (1, 1, 0)
    assert found.proven


def test_credit_in_parts_is_added_up_exactly() -> None:
    assert least_cover(exact("1/3"), amounts("1")).counts == (3,)
    assert least_cover(exact("1/2 1/3"), amounts("5/6")).counts == (2, 0)
    assert least_cover(exact("8"), amounts("24.5")).counts == (4,)


def test_a_search_that_is_cut_short_says_so_and_still_covers() -> None:
    gains = exact("1 1 0", "1 0 1", "0 1 1")
    found = least_cover(gains, amounts("1 1 1"), nodes=0)
    assert found.counts is not None
    assert not found.proven
    assert all(sum(g * n for g, n in zip(row, found.counts, strict=True)) >= 1 for row in gains)


def test_a_search_that_is_cut_short_is_proven_when_it_reached_what_no_cover_can_go_below() -> None:
    found = least_cover(exact("1 1 0", "1 0 1", "0 1 1"), amounts("1 1 1"), nodes=1)
    assert (found.at_least, found.proven) == (2, True)


def test_random_programs_have_the_answer_that_trying_everything_finds() -> None:
    dice = random.Random(7)  # noqa: S311 (made-up programs, not secrets)
    for _ in range(150):
        kinds, rows = dice.randrange(1, 4), dice.randrange(1, 5)
        halves = [[dice.choice([0, 0, 1, 2, 2, 2, 4]) for _ in range(kinds)] for _ in range(rows)]
        needed = [dice.randrange(9) for _ in range(rows)]
        found = least_cover(
            [[Fraction(value, 2) for value in row] for row in halves], [Fraction(value, 2) for value in needed]
        )
        covers = [
            (sum(counts), sum(place * n for place, n in enumerate(counts)), counts)
            for counts in itertools.product(range(9), repeat=kinds)  # of one kind, 8 reach everything
            if all(
                sum(gain * n for gain, n in zip(row, counts, strict=True)) >= amount
                for row, amount in zip(halves, needed, strict=True)
            )
        ]
        if not covers:
            assert found.counts is None
            continue
        assert found.counts is not None
        assert found.proven
        total, order, _ = min(covers)
        assert (found.at_least, sum(found.counts)) == (total, total)
        assert sum(place * n for place, n in enumerate(found.counts)) == order
