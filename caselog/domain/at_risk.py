"""Who will probably miss a requirement by graduation, and why. The thresholds are ours, not a board's.

In two steps, since the second is dear: whoever is behind the pace of the program by more than the rule allows
(`lag_of`, from numbers alone), and what the forecast says of that (`danger_of`, from the entries). Requirements
that do not run with the program, such as those of the years after it, are not looked at (`watched`).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from caselog.domain.conditions import (
    AllOf,
    Anchor,
    AnyOf,
    Between,
    Condition,
    Lately,
    Named,
    Not,
    OfStudent,
)
from caselog.domain.forecast import Forecast, Outlook, Pace, pace_of, probability_in_words
from caselog.domain.result import RequirementResult, Standing, plain
from caselog.domain.ruleset import CountRequirement, RuleSet, SetRequirement
from caselog.domain.student import StudentFacts

BEHIND = Fraction(1, 5)  # of what the elapsed share asks; more than that is looked into
LAST = Fraction(9, 10)  # from this share of the program on, any lag is
LATE = Fraction(1, 2)  # from this share on, too little to project from is itself a risk
SURE = 0.8  # a probability by graduation below this is a risk
_LATER = ("graduated_on", "certified_on")


class NotJudged(StrEnum):
    """Why a student has no pace."""

    GRADUATED = "graduated"
    NOT_ENROLLED = "not_enrolled"
    NO_DATES = "no_dates"
    NOT_BEGUN = "not_begun"


class Danger(StrEnum):
    """What the forecast makes of a lag; the worst first."""

    AT_RISK = "at_risk"
    TOO_LITTLE = "too_little"
    LIKELY = "likely"  # to be met by graduation nevertheless


@dataclass(frozen=True, slots=True)
class Watched:
    """A requirement whose pace is that of the program, and where its result stands among a student's results.

    `ruleset` and `requirement` name the page that shows it: for one of a set inside another, the outer one's.
    """

    ruleset: str
    requirement: str
    asked: CountRequirement
    path: tuple[int, ...]

    def result_of(self, results: Sequence[RequirementResult]) -> RequirementResult:
        """Its result among those of all rule sets in a row."""
        found = results[self.path[0]]
        for place in self.path[1:]:
            found = found.inner[place]
        return found


@dataclass(frozen=True, slots=True)
class Lag:
    """A student who is behind the pace of a requirement by more than the rule allows.

    `share`: of what the elapsed share of the program asks, how much is missing.
    """

    watched: Watched
    pace: Pace
    share: Fraction


def not_judged(facts: StudentFacts, as_of: date) -> NotJudged | None:
    """Why a student is not held against the program's pace; None if they are."""
    if facts.graduated_on and facts.graduated_on <= as_of:
        return NotJudged.GRADUATED
    if facts.enrolled is False:
        return NotJudged.NOT_ENROLLED
    if facts.program_start is None or facts.expected_graduation is None:
        return NotJudged.NO_DATES
    return NotJudged.NOT_BEGUN if as_of < facts.program_start else None


def watched(rulesets: Sequence[RuleSet]) -> tuple[Watched, ...]:
    """The requirements of these sets that run with the program, those of sets inside them included, each once."""
    found: dict[tuple[str, str], Watched] = {}
    for within in (False, True):  # what stands by itself has a page of its own, and goes before
        start = 0
        for ruleset in rulesets:
            for place, (own, each) in _counting(ruleset, within):
                top = ruleset.requirements[place[0]].id
                path = (start + place[0], *place[1:])
                found.setdefault((own.id, each.id), Watched(ruleset.id, top, each, path))
            start += len(ruleset.requirements)
    return tuple(found.values())


def _counting(
    ruleset: RuleSet, within: bool
) -> Iterator[tuple[tuple[int, ...], tuple[RuleSet, CountRequirement]]]:
    """The places of the requirements to watch, in the set itself or within the sets that it holds."""
    members = ruleset.members()  # asked for through their group only
    for place, each in enumerate(ruleset.requirements):
        if isinstance(each, SetRequirement) and within:
            for inner in (False, True):
                for path, found in _counting(each.ruleset, inner):
                    yield (place, *path), found
        elif isinstance(each, CountRequirement) and not within and each.id not in members and _runs_with(each):
            yield (place,), (ruleset, each)


def _runs_with(requirement: CountRequirement) -> bool:
    """Whether what counts is earned from the program's start to its end."""
    return requirement.each_year is None and not any(map(_runs_apart, requirement.conditions()))


def _runs_apart(condition: Condition) -> bool:
    """Whether a condition looks at the last years, at days after graduation, or at who the student is."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            return any(_runs_apart(part) for part in parts)
        case Not(part) | Named(part=part):
            return _runs_apart(part)
        case Between(_, least, most):
            return any(isinstance(limit, Anchor) and limit.name in _LATER for limit in (least, most))
        case _:
            return isinstance(condition, Lately | OfStudent)


def lag_of(each: Watched, result: RequirementResult, facts: StudentFacts, as_of: date) -> Lag | None:
    """How a student lags in a requirement, counted and pending together; None if not, or by little."""
    if result.standing is not Standing.NOT_MET or not result.minimum:
        return None
    done = result.counted + result.pending
    pace = pace_of(done, result.minimum, as_of, facts.program_start, facts.expected_graduation)
    if pace is None or not pace.behind:
        return None
    asked = math.floor(result.minimum * pace.elapsed)
    if pace.behind <= BEHIND * asked and pace.elapsed < LAST:
        return None
    return Lag(each, pace, Fraction(pace.behind, asked))


def danger_of(forecast: Forecast) -> Danger:
    """What a forecast makes of a lag."""
    if forecast.by_graduation is not None:
        return Danger.AT_RISK if forecast.by_graduation < SURE else Danger.LIKELY
    late = forecast.pace is not None and forecast.pace.elapsed >= LATE
    return Danger.AT_RISK if late else Danger.TOO_LITTLE


def reason_of(forecast: Forecast, unit: str) -> str:
    """Why, in sentences: what is done, how far that is behind, and what is to be expected."""
    behind = f", {plain(forecast.pace.behind)} behind the pace" if forecast.pace else ""
    waiting = f" ({plain(forecast.pending)} of them waiting for verification)" if forecast.pending else ""
    needed = "" if forecast.needed is None else f" of {plain(forecast.needed)}"
    return f"{plain(forecast.done)}{needed} {unit} done{waiting}{behind}. {_expected(forecast)}"


def _expected(forecast: Forecast) -> str:
    if forecast.pace and forecast.pace.elapsed == 1:
        return "The expected graduation has come."
    if forecast.outlook is Outlook.PROJECTED and forecast.by_graduation is not None:
        chance = probability_in_words(forecast.by_graduation)
        return f"At the present rate it is met by graduation with {chance} probability."
    return forecast.says


def elapsed_in_words(pace: Pace) -> str:
    """How far the program is for a student."""
    return f"At {math.floor(100 * pace.elapsed)} % of the program."
