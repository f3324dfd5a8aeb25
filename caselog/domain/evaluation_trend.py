"""How evaluations go over a rotation: the mean of each section by week, and the share of graded sections."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from caselog.domain.evaluation_form import EvaluationForm, Section


@dataclass(frozen=True, slots=True)
class GivenScores:
    """The scores of one evaluation, by section, and the day of its case."""

    day: date
    scores: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SectionTrend:
    """A section's mean score in each week of the trend; None where it was not graded."""

    section: Section
    means: tuple[Fraction | None, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """Evaluations of one side over a rotation. `weeks` count from 1; `graded` is the share of sections in percent."""

    weeks: tuple[int, ...]
    evaluations: tuple[int, ...]
    sections: tuple[SectionTrend, ...]
    graded: tuple[Fraction | None, ...]

    @property
    def says(self) -> str:
        """Whether the share of graded sections rises, as it should."""
        known = [(week, share) for week, share in zip(self.weeks, self.graded, strict=True) if share is not None]
        if not known:
            return "Nothing is evaluated yet."
        (first, before), (last, after) = known[0], known[-1]
        if first == last:
            return f"In week {first}, {_percent(after)} of the sections were graded; one week shows no trend."
        moved = "rose" if after > before else "fell" if after < before else "stayed"
        to = f"from {_percent(before)} in week {first} to {_percent(after)} in week {last}"
        return (
            f"The share of graded sections stayed at {_percent(after)} from week {first} to week {last}."
            if moved == "stayed"
            else f"The share of graded sections {moved} {to}."
        )


def week_of(day: date, starts_on: date) -> int:
    """The week of a rotation, from 1; what was before counts as its first."""
    return max(0, (day - starts_on).days) // 7 + 1


def trend_of(form: EvaluationForm, given: Iterable[GivenScores], starts_on: date, weeks: Iterable[int]) -> Trend:
    """The trend of one side's evaluations over these weeks of a rotation."""
    by_week: dict[int, list[Mapping[str, int]]] = defaultdict(list)
    for each in given:
        by_week[week_of(each.day, starts_on)].append(each.scores)
    shown = tuple(weeks)
    return Trend(
        shown,
        tuple(len(by_week[week]) for week in shown),
        tuple(
            SectionTrend(section, tuple(_mean(by_week[week], section) for week in shown))
            for section in form.sections
        ),
        tuple(_graded(form, by_week[week]) for week in shown),
    )


def _mean(evaluations: Iterable[Mapping[str, int]], section: Section) -> Fraction | None:
    scores = [each[section.id] for each in evaluations if section.id in each]
    return Fraction(sum(scores), len(scores)) if scores else None


def _graded(form: EvaluationForm, evaluations: list[Mapping[str, int]]) -> Fraction | None:
    if not evaluations:
        return None
    graded = sum(section.id in each for each in evaluations for section in form.sections)
    return Fraction(100 * graded, len(form.sections) * len(evaluations))


def _percent(share: Fraction) -> str:
    return f"{round(share)} %"
