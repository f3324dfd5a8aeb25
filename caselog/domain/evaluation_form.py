"""A form on which a case is evaluated: sections with weights, a scale, and when the case is failed; and its results.

The form is data of the program. Scores go from 1, a critical error, to 5.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

CRITICAL, BEST = 1, 5
SCORES = range(CRITICAL, BEST + 1)
SECTIONS_MOST = 40
NAME_MOST = 120  # characters
MEANS_MOST = 300  # characters
_LINE = re.compile(r"(?P<name>.*?)[\s,;:|–-]*(?<!\d)(?P<weight>\d{1,4}(?:[.,]\d{1,3})?)\s*%?")


class FormError(Exception):
    """A form cannot be read; `messages` say what is wrong with which part, and what would be right."""

    def __init__(self, messages: Sequence[str]) -> None:
        super().__init__("; ".join(messages))
        self.messages = tuple(messages)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the work that is graded by itself. The id stays in every evaluation."""

    id: str
    name: str
    weight: Fraction


@dataclass(frozen=True, slots=True)
class Grade:
    """What a score is called, and what it means."""

    words: str
    means: str = ""


# The scale and the rule of two critical errors as the Medical University of South Carolina published them
# (academicdepartments.musc.edu/chp/clined/cvp/evaluation.htm, read 2026-11-22), in our words.
PUBLISHED_SOURCE = "academicdepartments.musc.edu/chp/clined/cvp/evaluation.htm"
PUBLISHED_SCALE: tuple[Grade, ...] = (
    Grade("Critical error", "A critical error, or the patient could have been at risk had nobody stepped in."),
    Grade("Unsatisfactory", "Can do it, but needs constant help."),
    Grade("Satisfactory", "Can do it with minimal help."),
    Grade("Good", "Can do it without help."),
    Grade("Excellent", "Faster and better than is asked, takes the initiative, adapts to what is special."),
)
PUBLISHED_CRITICAL_ERRORS = 2


@dataclass(frozen=True, slots=True)
class EvaluationForm:
    """`fails_at` so many critical errors the case is failed; so it is below `least_score`, where that is given."""

    sections: tuple[Section, ...]
    scale: tuple[Grade, ...] = PUBLISHED_SCALE
    fails_at: int = PUBLISHED_CRITICAL_ERRORS
    least_score: Fraction | None = None

    def grade(self, score: int) -> Grade:
        return self.scale[score - CRITICAL]

    def share(self, section: Section) -> Fraction:
        """The section's weight in percent of all."""
        return 100 * section.weight / sum(each.weight for each in self.sections)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an evaluation comes to: the mean score by weight of what was graded, and whether the case is passed."""

    score: Fraction | None
    critical_errors: int
    graded: int
    sections: int
    passed: bool | None
    why: str

    @property
    def graded_share(self) -> Fraction:
        """The share of the sections that were graded, in percent."""
        return Fraction(100 * self.graded, self.sections)


def outcome_of(form: EvaluationForm, scores: Mapping[str, int]) -> Outcome:
    """What these scores, by section, come to; sections that were not graded are not in it."""
    graded = [(each.weight, scores[each.id]) for each in form.sections if each.id in scores]
    critical = sum(score == CRITICAL for _, score in graded)
    if not graded:
        return Outcome(None, 0, 0, len(form.sections), None, "No section is graded yet.")
    score = sum((weight * given for weight, given in graded), Fraction()) / sum(weight for weight, _ in graded)
    passed, why = _judged(form, score, critical)
    return Outcome(score, critical, len(graded), len(form.sections), passed, why)


def _judged(form: EvaluationForm, score: Fraction, critical: int) -> tuple[bool, str]:
    if critical >= form.fails_at:
        errors = "1 critical error" if critical == 1 else f"{critical} critical errors"
        return False, f"{errors}; {form.fails_at} or more fail the case."
    if form.least_score is not None and score < form.least_score:
        return False, f"The score by weight is below {shown(form.least_score)}."
    return True, f"Fewer than {form.fails_at} critical errors." if critical else "No critical error."


def shown(value: Fraction) -> str:
    """A score or a weight with at most two decimals."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def sections_of_lines(text: str) -> tuple[Section, ...]:
    """Sections out of lines such as `Patient work-up: 10`. Raises FormError."""
    sections: list[Section] = []
    messages: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line.strip())
        name = found["name"].strip() if found else ""
        if not found or not name:
            messages.append(
                f"Line {number}: write the section's name and its weight, such as “Patient work-up: 10”."
            )
            continue
        section = Section(_id_of(name), name, Fraction(found["weight"].replace(",", ".")))
        messages += [f"Line {number}: {each}" for each in _section_faults(section, sections)]
        sections.append(section)
    if not sections and not messages:
        messages.append("Name at least one section with its weight, such as “Patient work-up: 10”.")
    if len(sections) > SECTIONS_MOST:
        messages.append(f"{len(sections)} sections are too many; at most {SECTIONS_MOST} fit.")
    if messages:
        raise FormError(messages)
    return tuple(sections)


def scale_of_lines(text: str) -> tuple[Grade, ...]:
    """The scale out of five lines such as `Good: Can do it without help.`, for 1 to 5. Raises FormError."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) != len(SCORES):
        count = "is 1 line" if len(lines) == 1 else f"are {len(lines)} lines"
        raise FormError([f"There {count}; write five, for the scores from {CRITICAL} to {BEST}."])
    parts = [line.partition(":") for line in lines]
    scale = tuple(Grade(words.strip(), means.strip()) for words, _, means in parts)
    messages = [
        f"Score {score}: {fault}"
        for score, grade in zip(SCORES, scale, strict=True)
        for fault in _grade_faults(grade)
    ]
    if messages:
        raise FormError(messages)
    return scale


def _grade_faults(grade: Grade) -> Iterator[str]:
    if not grade.words:
        yield "say what it is called before the colon."
    if len(grade.words) > NAME_MOST or len(grade.means) > MEANS_MOST:
        yield f"at most {NAME_MOST} characters fit before the colon, and {MEANS_MOST} after it."


def lines_of_scale(scale: Iterable[Grade]) -> str:
    """The lines that `scale_of_lines` reads."""
    return "\n".join(f"{grade.words}: {grade.means}" if grade.means else grade.words for grade in scale)


def _section_faults(section: Section, before: Iterable[Section]) -> Iterator[str]:
    if section.weight <= 0:
        yield f"the weight of “{section.name}” must be more than 0."
    if len(section.name) > NAME_MOST:
        yield f"the name has {len(section.name)} characters; at most {NAME_MOST} fit."
    if section.id in {each.id for each in before}:
        yield f"there is a section “{section.name}” already."


def _id_of(name: str) -> str:
    return re.sub(r"\W+", "-", name.casefold()).strip("-") or "section"


def lines_of(sections: Iterable[Section]) -> str:
    """The lines that `sections_of_lines` reads."""
    return "\n".join(f"{each.name}: {shown(each.weight)}" for each in sections)


def written(form: EvaluationForm) -> str:
    """The form as JSON, as `read` takes it."""
    return json.dumps(
        {
            "sections": [{"id": each.id, "name": each.name, "weight": str(each.weight)} for each in form.sections],
            "scale": [{"words": each.words, "means": each.means} for each in form.scale],
            "fails_at": form.fails_at,
            "least_score": None if form.least_score is None else str(form.least_score),
        },
        ensure_ascii=False,
    )


def read(text: str) -> EvaluationForm:
    """A form that was written as JSON. Raises FormError, which names the key."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise FormError([f"The definition is no JSON: {error}."]) from None
    if not isinstance(given, dict):
        raise FormError(["The definition must be an object with sections, scale, fails_at and least_score."])
    unknown = sorted(set(given) - {"sections", "scale", "fails_at", "least_score"})
    messages = [
        f"{key}: there is no such key; there are sections, scale, fails_at and least_score." for key in unknown
    ]
    sections = tuple(_sections(given.get("sections"), messages))
    scale = tuple(_scale(given.get("scale"), messages))
    fails_at = given.get("fails_at")
    if not isinstance(fails_at, int) or isinstance(fails_at, bool) or fails_at < 1:
        messages.append(f"fails_at: must be a whole number from 1, not {fails_at!r}.")
    least = given.get("least_score")
    least_score = None if least is None else _fraction("least_score", least, messages)
    if least_score is not None and not CRITICAL <= least_score <= BEST:
        messages.append(f"least_score: must be from {CRITICAL} to {BEST}, not {least}.")
    if messages:
        raise FormError(messages)
    return EvaluationForm(sections, scale, int(fails_at or 0), least_score)


def _sections(given: Any, messages: list[str]) -> Iterator[Section]:
    if not isinstance(given, list) or not 1 <= len(given) <= SECTIONS_MOST:
        messages.append(f"sections: must be a list of 1 to {SECTIONS_MOST} sections.")
        return
    before: list[Section] = []
    for place, each in enumerate(given):
        key = f"sections[{place}]"
        if not isinstance(each, dict) or set(each) != {"id", "name", "weight"}:
            messages.append(f"{key}: must be an object with id, name and weight.")
        elif not all(isinstance(each[name], str) and each[name].strip() for name in ("id", "name")):
            messages.append(f"{key}: id and name must be texts that are not empty.")
        else:
            section = Section(each["id"], each["name"], _fraction(f"{key}.weight", each["weight"], messages))
            messages += [f"{key}: {fault}" for fault in _section_faults(section, before)]
            before.append(section)
            yield section


def _scale(given: Any, messages: list[str]) -> Iterator[Grade]:
    if not isinstance(given, list) or len(given) != len(SCORES):
        messages.append(f"scale: must be a list of {len(SCORES)} grades, from {CRITICAL} to {BEST}.")
        return
    for score, each in zip(SCORES, given, strict=True):
        words, means = (each.get("words"), each.get("means", "")) if isinstance(each, dict) else (None, "")
        if not isinstance(words, str) or not words.strip() or not isinstance(means, str):
            messages.append(f"scale, score {score}: must be an object with words and, perhaps, means.")
        elif len(words) > NAME_MOST or len(means) > MEANS_MOST:
            messages.append(f"scale, score {score}: at most {NAME_MOST} and {MEANS_MOST} characters fit.")
        else:
            yield Grade(words, means)


def _fraction(key: str, given: Any, messages: list[str]) -> Fraction:
    if (
        isinstance(given, str)
        and re.fullmatch(r"\d{1,6}(/\d{1,6}|\.\d{1,3})?", given)
        and not given.endswith("/0")
    ):
        return Fraction(given)
    messages.append(f"{key}: must be a number as a text, such as “10” or “2.5”, not {given!r}.")
    return Fraction(1)
