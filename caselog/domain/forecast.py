"""When a student will have met a requirement, how sure that is, and how it compares with the share of the program.

The model is a Gamma-Poisson one (docs/forecast.md says it in full). Cases come at a steady rate that nobody knows.
The last 120 days tell it; the days before them weigh in as at most 60. What is then known of the rate is a Gamma
distribution, and the days until so many more cases follow from it exactly: a beta prime distribution. Where a
student's months differ more than chance would have it, or entries are worth unequal credit, all counts are taken
in units of that dispersion (quasi-Poisson), which widens the interval. No clock, no randomness, no approximation
of a tail by a bell curve.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from caselog.domain.result import Outcome, RequirementResult, Standing, plain

RECENT = 120  # days that tell the rate: about one rotation or two
EARLIER = 60  # days that everything before them weighs, at most
BLOCK = 30  # days: the months in which the dispersion is looked for
BLOCKS = 12  # the latest of them that are looked at
CHANCE = 6.0  # the number of months that the thought "their months differ by chance alone" is worth
FEWEST = 3  # entries, and
SHORTEST = 28  # days of logging, below which nothing is projected
FARTHEST = 3_652  # days: ten years ahead nobody reads a date
LOW, HIGH = 0.1, 0.9  # the interval holds 80 %


@dataclass(frozen=True, slots=True)
class Earned:
    """What one entry contributes: its day, its credit in the requirement's unit, and whether it still waits."""

    on: date | None
    credit: Fraction = Fraction(1)
    pending: bool = False


class Outlook(StrEnum):
    """What can be said of when a requirement will be met."""

    MET = "met"
    WAITING = "waiting"  # enough is done; it is met as soon as what waits is verified
    PROJECTED = "projected"
    TOO_LITTLE = "too_little"
    NOT_SET = "not_set"
    NOT_BY_NUMBER = "not_by_number"  # the number is reached, but a part or a year is short


@dataclass(frozen=True, slots=True)
class Pace:
    """What is done beside what the share of the program that has passed would ask; verified and pending together.

    Shares run from 0 to 1; `behind` is in the requirement's unit, 0 when on pace, in whole units.
    """

    elapsed: Fraction
    done: Fraction
    behind: Fraction

    def in_words(self, unit: str = "cases") -> str:
        stands = f"behind by {plain(self.behind)} {_singular(unit, self.behind)}" if self.behind else "on pace"
        return f"At {_percent(self.elapsed)} of the program: {_percent(self.done)} of what is needed; {stands}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When a requirement will be met, if what waits is verified; `says` is the sentence for people.

    `median` has even odds; between `earliest` and `latest`, both included, it falls with a probability of 80 %.
    A date is None where there is none to give: more than ten years ahead, or outlook not PROJECTED (or MET, when
    `median` is the day on which it was met). `by_graduation` is the probability of meeting it by then, None
    where unknown. `rate` is in the requirement's unit per 30 days.
    """

    outlook: Outlook
    says: str
    needed: Fraction | None = None
    counted: Fraction = Fraction(0)
    pending: Fraction = Fraction(0)
    median: date | None = None
    earliest: date | None = None
    latest: date | None = None
    by_graduation: float | None = None
    rate: float | None = None
    pace: Pace | None = None

    @property
    def done(self) -> Fraction:
        """What is done, verified or not."""
        return self.counted + self.pending


@dataclass(frozen=True, slots=True)
class Rate:
    """What is known of a rate: as if `credit` had been earned in `days`, in lumps of `lump`."""

    credit: float
    days: float
    lump: float

    def probability(self, more: float, within: int) -> float:
        """The probability that `more` is earned within so many days from now."""
        if more <= 0:
            return 1.0
        if within <= 0:
            return 0.0
        return beta_share(more / self.lump, self.credit / self.lump, within / (self.days + within))

    def days_until(self, more: float, probability: float) -> int | None:
        """The fewest days within which `more` is earned with at least this probability; None beyond ten years."""
        if self.probability(more, FARTHEST) < probability:
            return None
        high = max(1, min(FARTHEST, int(more * self.days / self.credit)))
        while self.probability(more, high) < probability:
            high = min(FARTHEST, 2 * high)
        low = 0
        while high - low > 1:
            middle = (low + high) // 2
            if self.probability(more, middle) >= probability:
                high = middle
            else:
                low = middle
        return high


def history_of(result: RequirementResult) -> tuple[Earned, ...]:
    """What counted and what waits toward a requirement, as its verdicts say it."""
    return tuple(
        Earned(verdict.entry.on, verdict.credit, verdict.outcome is Outcome.PENDING)
        for verdict in result.verdicts
        if verdict.outcome is not Outcome.EXCLUDED
    )


def forecast_of(
    result: RequirementResult,
    as_of: date,
    program_start: date | None,
    graduation: date | None,
    since: date | None = None,
) -> Forecast | None:
    """The forecast for an evaluated requirement (with verdicts); None if it does not count entries."""
    if not result.counts_entries:
        return None
    found = forecast(history_of(result), result.minimum, as_of, program_start, graduation, since=since)
    if found.outlook is Outlook.MET and result.standing is Standing.NOT_MET:
        says = "The number is reached, but a part of it or a year is still short."
        return Forecast(
            outlook=Outlook.NOT_BY_NUMBER, says=says, needed=found.needed, counted=found.counted,
            pending=found.pending, pace=found.pace,
        )  # fmt: skip
    return found


def forecast(
    history: Sequence[Earned],
    needed: Fraction | None,
    as_of: date,
    program_start: date | None,
    graduation: date | None,
    *,
    since: date | None = None,
) -> Forecast:
    """One requirement of one student, looked at on a day.

    `history` is what counted or waits, in any order; what is dated after `as_of` is left out. Pending entries
    are taken for work done: they tell the rate, and they count toward what is needed, so that every date and
    probability reads "if what waits is verified". `since` is the day from which the student logged at all (the
    first entry of any kind is best: lectures before it are then no slow months); without it, the program's start.
    """
    known = [each for each in history if each.on is None or each.on <= as_of]
    counted = sum((each.credit for each in known if not each.pending), Fraction(0))
    pending = sum((each.credit for each in known if each.pending), Fraction(0))
    if needed is None:
        says = "The program has not set this number yet."
        return Forecast(outlook=Outlook.NOT_SET, says=says, counted=counted, pending=pending)
    pace = pace_of(counted + pending, needed, as_of, program_start, graduation)
    if counted >= needed:
        return _met(known, needed, counted, pending, pace)
    if counted + pending >= needed:
        return Forecast(
            outlook=Outlook.WAITING,
            says=f"Met as soon as {plain(needed - counted)} of the {plain(pending)} that wait are verified.",
            needed=needed, counted=counted, pending=pending, by_graduation=1.0, pace=pace,
        )  # fmt: skip
    first = since or program_start or min((each.on for each in known if each.on), default=as_of)
    lacking = _too_little(known, first, as_of)
    if lacking:
        gone = graduation is not None and graduation <= as_of
        return Forecast(
            outlook=Outlook.TOO_LITTLE, says=lacking, needed=needed, counted=counted, pending=pending,
            by_graduation=0.0 if gone else None, pace=pace,
        )  # fmt: skip
    rate = rate_of(known, first, as_of)
    more = _to_earn(needed - counted - pending, [each.credit for each in known])
    low, middle, high = (_day(as_of, rate.days_until(more, chance)) for chance in (LOW, 0.5, HIGH))
    chance = None if graduation is None else rate.probability(more, (graduation - as_of).days)
    return Forecast(
        outlook=Outlook.PROJECTED,
        says=_in_words(low, middle, high, chance, pending),
        needed=needed, counted=counted, pending=pending, median=middle, earliest=low, latest=high,
        by_graduation=chance, rate=BLOCK * rate.credit / rate.days, pace=pace,
    )  # fmt: skip


def pace_of(
    done: Fraction, needed: Fraction, as_of: date, program_start: date | None, graduation: date | None
) -> Pace | None:
    """How far the student is beside how far the program is; None if its dates are not known or it has not begun."""
    if program_start is None or graduation is None or graduation <= program_start or as_of < program_start:
        return None
    elapsed = min(Fraction(1), Fraction((as_of - program_start).days, (graduation - program_start).days))
    expected = math.floor(needed * elapsed)  # nobody is behind by part of a case
    share = done / needed if needed > 0 else Fraction(1)
    return Pace(elapsed, share, Fraction(math.ceil(max(Fraction(0), expected - done))))


def rate_of(history: Iterable[Earned], first: date, as_of: date) -> Rate:
    """What the history tells of the rate, from `first` to `as_of`, both included."""
    known = [(each.on, float(each.credit)) for each in history if each.on and first <= each.on <= as_of]
    whole = (as_of - first).days + 1
    recent = min(whole, RECENT)
    before = whole - recent
    turn = as_of - timedelta(days=recent)  # the last day before the recent ones
    of_recent = sum(credit for day, credit in known if day > turn)
    of_before = sum(credit for day, credit in known if day <= turn)
    weight = min(1.0, EARLIER / before) if before else 0.0
    lump = _dispersion(known, first, as_of)
    # Half an event more than was seen: Jeffreys' prior for a rate of which nothing is known.
    credit = of_recent + weight * of_before + lump / 2
    return Rate(credit, recent + weight * before, lump)


def _dispersion(known: Sequence[tuple[date, float]], first: date, as_of: date) -> float:
    """The variance of what months earn, in units of its mean: 1 for cases that come by chance alone.

    Pearson's statistic over the latest whole months, drawn toward what unequal credit explains by itself, and
    never below that.
    """
    total = sum(credit for _, credit in known)
    if not total:
        return 1.0
    size = sum(credit * credit for _, credit in known) / total
    months = min(BLOCKS, ((as_of - first).days + 1) // BLOCK)
    earned = [0.0] * months
    for day, credit in known:
        back = (as_of - day).days // BLOCK
        if back < months:
            earned[back] += credit
    mean = sum(earned) / months if months else 0.0
    pearson = sum((each - mean) ** 2 for each in earned) / mean if mean else 0.0
    freedom = max(0, months - 1) if mean else 0
    found = (CHANCE * size + pearson) / (CHANCE + freedom)
    return max(size, found)


def _to_earn(missing: Fraction, credits_seen: Iterable[Fraction]) -> float:
    """What must be earned until `missing` is reached: whole steps, and what the last entry brings beyond it.

    With credits that are all alike the step is the credit itself; with unequal ones, the greatest that they are
    all multiples of, and the last entry then brings on average half of what lies between size and step too much.
    """
    seen = Counter(size for size in credits_seen if size > 0)
    common = math.lcm(*(size.denominator for size in seen))
    step = Fraction(math.gcd(*(size.numerator * (common // size.denominator) for size in seen)), common)
    total = sum(size * times for size, times in seen.items())
    size = sum(size * size * times for size, times in seen.items()) / total
    return float(math.ceil(missing / step) * step + (size - step) / 2)


def _too_little(known: Sequence[Earned], first: date, as_of: date) -> str:
    """Why nothing can be projected, in a sentence; empty if something can."""
    dated = [each for each in known if each.on and first <= each.on and each.credit > 0]
    days = (as_of - first).days + 1
    if days < SHORTEST:
        return f"Too early to project: logging began on {first}, and {SHORTEST // 7} weeks of it are needed."
    if not dated:
        return "Nothing has counted toward it yet, so there is no pace to project from."
    if len(dated) < FEWEST:
        few = "Only one entry has" if len(dated) == 1 else f"Only {len(dated)} entries have"
        return f"{few} counted toward it: {FEWEST} are needed to project from."
    return ""


def _met(
    known: Sequence[Earned], needed: Fraction, counted: Fraction, pending: Fraction, pace: Pace | None
) -> Forecast:
    reached: date | None = None
    total = Fraction(0)
    for each in sorted((each for each in known if not each.pending), key=lambda each: each.on or date.min):
        if total >= needed:
            break
        total += each.credit
        reached = each.on
    return Forecast(
        outlook=Outlook.MET,
        says=f"Met on {reached}." if reached else "Met.",
        needed=needed, counted=counted, pending=pending, median=reached, by_graduation=1.0, pace=pace,
    )  # fmt: skip


def _in_words(
    low: date | None, middle: date | None, high: date | None, chance: float | None, pending: Fraction
) -> str:
    likely = f"At this pace on {middle}" if middle else "At this pace not within ten years"
    if low:
        likely += f", with 80 % probability between {low} and {high or 'a day more than ten years ahead'}"
    if chance is not None:
        likely += f"; by graduation with {probability_in_words(chance)} probability"
    waits = f" What waits for verification ({plain(pending)}) is taken as done." if pending else ""
    return f"{likely}.{waits}"


def probability_in_words(chance: float) -> str:
    """A probability as a person may trust it: never 0 % or 100 %, which no model knows."""
    if chance < 0.01:
        return "less than 1 %"
    return "more than 99 %" if chance > 0.99 else f"{chance * 100:.0f} %"


def _percent(share: Fraction) -> str:
    return f"{math.floor(share * 100)} %"  # 99.6 % is not yet all


def _singular(unit: str, number: Fraction) -> str:
    return unit.removesuffix("s") if number == 1 else unit


def _day(as_of: date, days: int | None) -> date | None:
    return None if days is None else as_of + timedelta(days=days)


def beta_share(a: float, b: float, x: float) -> float:
    """The regularized incomplete beta function I_x(a, b), to about 12 digits.

    For whole `a` this is the negative binomial's upper tail, which the tests sum term by term. Continued
    fraction, DLMF 8.17.22, by Lentz's method; each side is used where it converges quickly.
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _lentz(a, b, x) / a
    return 1.0 - front * _lentz(b, a, 1.0 - x) / b


def _lentz(a: float, b: float, x: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1.0 / _away(1.0 - (a + b) * x / (a + 1.0), tiny)
    found = d
    for m in range(1, 1_000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _away(1.0 + term * d, tiny)
            c = _away(1.0 + term / c, tiny)
            found *= c * d
        if abs(c * d - 1.0) < 1e-12:
            break
    return found


def _away(value: float, least: float) -> float:
    return least if abs(value) < least else value
