"""The least number of next cases that completes a rule set, by kind.

What the set still asks becomes amounts (missing.py); the fewest cases that reach all of them together are found
exactly (covering.py), and then put before the engine itself, which has the last word. If it says that something is
still open, cases are added until nothing is, and the answer says that fewer might do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from caselog.domain.codes import Status
from caselog.domain.covering import Cover, least_cover
from caselog.domain.evaluate import Engine
from caselog.domain.missing import Missing, Unmended, Way
from caselog.domain.next_cases import NextCases, NextKind, Student
from caselog.domain.result import Entry
from caselog.domain.student import StudentFacts, Waiver

__all__ = ["LeastSet", "Unmended", "least_set"]

REPAIRS = 200  # cases added where the amounts did not say everything
REPAIRED_MOST = 50_000  # cases judged for that, all steps together; it takes a second or two
PATIENCE = 5  # of them in a row that bring nothing: a share of what counts grows with it, and is caught up slowly


@dataclass(frozen=True, slots=True)
class LeastSet:
    """So many next cases of each kind. `proven`: no fewer would do; otherwise fewer than `total` might.

    `completes` is False only if no way was found though each requirement alone can be mended.
    """

    counts: tuple[tuple[NextKind, int], ...]
    proven: bool
    completes: bool
    waiting: int  # submitted entries that are taken for verified
    unmended: tuple[Unmended, ...]

    @property
    def total(self) -> int:
        return sum(number for _, number in self.counts)

    def in_words(self) -> str:
        """Such as “3 pediatric congenital, 2 valve”; empty if no case is needed."""
        return ", ".join(f"{number} {kind.words}" for kind, number in self.counts)


def least_set(
    engine: Engine,
    facts: StudentFacts,
    entries: Iterable[Entry],
    kinds: Sequence[NextKind],
    waivers: Iterable[Waiver] = (),
    *,
    site_country: str | None = None,
) -> LeastSet:
    """The least number of next cases of these kinds after which everything is met that cases can mend.

    Entries that wait for verification are taken for verified. `site_country`: see what_each_adds.
    """
    known = tuple(entries)
    waiting = sum(entry.status == Status.SUBMITTED for entry in known)
    verified = [
        replace(entry, status=Status.VERIFIED) if entry.status == Status.SUBMITTED else entry for entry in known
    ]
    student = Student(engine, facts, verified, waivers)
    cases = NextCases(student, site_country)
    missing = Missing(student, kinds, [cases.judged(kind) for kind in kinds])
    ways, all_ways = missing.ways()
    covers = [_cover(way, len(kinds)) for way in ways]
    best = min(covers, key=lambda cover: _order(cover.counts or ()))
    counts, added, completes = _repaired(student, cases, missing, kinds, best.counts or ())
    return LeastSet(
        tuple((kind, number) for kind, number in zip(kinds, counts, strict=True) if number),
        proven=all_ways and missing.certain and not added and all(cover.proven for cover in covers),
        completes=completes,
        waiting=waiting,
        unmended=tuple(missing.unmended),
    )


def _cover(way: Way, kinds: int) -> Cover:
    amounts = tuple(dict.fromkeys(way))
    if not amounts:
        return Cover((0,) * kinds, 0, proven=True)
    return least_cover([amount.gains for amount in amounts], [amount.needed for amount in amounts])


def _order(counts: Sequence[int]) -> tuple[int, int]:
    """Fewer first, of equally few those with commoner kinds."""
    return sum(counts), sum(place * number for place, number in enumerate(counts))


def _repaired(
    student: Student, cases: NextCases, missing: Missing, kinds: Sequence[NextKind], counts: Sequence[int]
) -> tuple[Sequence[int], bool, bool]:
    """The counts with cases added until the engine finds nothing open; whether any were, and whether it does so."""

    def left(tried: Sequence[int]) -> tuple[Fraction, Fraction]:
        return missing.left(student.tally(cases.together(list(zip(kinds, tried, strict=True)))))

    now = best = left(counts)
    more, without_gain, judged = tuple(counts), 0, 0
    for _ in range(REPAIRS):
        judged += len(kinds) * (sum(more) + 1)
        if not now[0] or without_gain == PATIENCE or not kinds or judged > REPAIRED_MOST:
            break
        steps = [tuple(n + (k == kind) for k, n in enumerate(more)) for kind in range(len(kinds))]
        now, place = min((left(step), place) for place, step in enumerate(steps))
        more = steps[place]
        without_gain = 0 if now[0] < best[0] else without_gain + 1
        best = min(best, now)
    complete = not now[0]
    return (more if complete else counts), more != tuple(counts), complete
