"""Evaluation forms: lines and definitions that are read, those that are refused, and what scores come to."""

import json
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from caselog.domain.evaluation_form import (
    PUBLISHED_SCALE,
    EvaluationForm,
    FormError,
    Grade,
    lines_of,
    lines_of_scale,
    outcome_of,
    read,
    scale_of_lines,
    sections_of_lines,
    written,
)
from caselog.domain.evaluation_trend import GivenScores, trend_of, week_of

LINES = "Patient work-up: 10\nConduct of bypass: 50\nWeaning: 40"
FORM = EvaluationForm(sections_of_lines(LINES))
STARTS = date(2026, 9, 1)


@pytest.mark.parametrize(
    ("line", "name", "weight"),
    [
        ("Patient work-up: 10", "Patient work-up", "10"),
        ("  Patient work-up (OR 2) – 12.5 %  ", "Patient work-up (OR 2)", "12.5"),
        ("Weaning; 2,5", "Weaning", "2.5"),
        ("Weaning 40%", "Weaning", "40"),
        ("Phase 2 | 7", "Phase 2", "7"),
        ("Phase 2, 7", "Phase 2", "7"),
    ],
)
def test_a_line_is_a_name_and_a_weight(line: str, name: str, weight: str) -> None:
    (section,) = sections_of_lines(f"\n{line}\n\n")
    assert (section.name, section.weight) == (name, Fraction(weight))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Name at least one section"),
        ("Weaning", "Line 1: write the section's name and its weight"),
        ("10", "Line 1: write the section's name and its weight"),
        ("Weaning: 0", "Line 1: the weight of “Weaning” must be more than 0."),
        ("Weaning: 10\n\nweaning: 5", "Line 3: there is a section “weaning” already."),
        ("x" * 121 + ": 1", "Line 1: the name has 121 characters; at most 120 fit."),
        (
            "\n".join(f"Section {letter * 2}: 1" for letter in "abcdefghijklmnopqrstuvwxyzäöüßåøæçñéèêëïî"),
            "too many",
        ),
    ],
)
def test_a_line_that_is_none_is_named_with_what_would_be_right(text: str, says: str) -> None:
    with pytest.raises(FormError, match=says.replace("(", r"\(")):
        sections_of_lines(text)


def test_lines_and_definitions_come_back_as_they_were() -> None:
    assert lines_of(FORM.sections) == LINES
    assert sections_of_lines(lines_of(FORM.sections)) == FORM.sections
    scale = (Grade("Stop", "a: b"), *PUBLISHED_SCALE[1:4], Grade("Top"))
    assert scale_of_lines(lines_of_scale(scale)) == scale
    whole = EvaluationForm(FORM.sections, scale, 3, Fraction("2.5"))
    assert read(written(whole)) == whole
    assert read(written(FORM)) == FORM


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a\nb\nc\nd", "There are 4 lines; write five"),
        ("a", "There is 1 line; write five"),
        ("a\nb\n: c\nd\ne", "Score 3: say what it is called"),
        ("a\nb\nc\nd\n" + "e" * 121, "Score 5: at most 120 characters fit before the colon"),
    ],
)
def test_a_scale_that_is_none_says_why(text: str, says: str) -> None:
    with pytest.raises(FormError, match=says):
        scale_of_lines(text)


def definition(**changes: Any) -> str:
    return json.dumps(json.loads(written(FORM)) | changes)


SECTION = {"id": "a", "name": "A", "weight": "1"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "no JSON"),
        ("[]", "must be an object"),
        (definition(colour="red"), "colour: there is no such key"),
        (definition(sections=[]), "sections: must be a list of 1 to 40"),
        (definition(sections="A"), "sections: must be a list of 1 to 40"),
        (
            definition(sections=[{"id": "a", "name": "A"}]),
            r"sections\[0\]: must be an object with id, name and weight",
        ),
        (definition(sections=[SECTION | {"name": " "}]), r"sections\[0\]: id and name must be texts"),
        (definition(sections=[SECTION | {"weight": "1e9"}]), r"sections\[0\].weight: must be a number as a text"),
        (definition(sections=[SECTION | {"weight": 1}]), r"sections\[0\].weight: must be a number as a text"),
        (definition(sections=[SECTION | {"weight": "1/0"}]), r"sections\[0\].weight: must be a number as a text"),
        (definition(sections=[SECTION | {"weight": "0"}]), "must be more than 0"),
        (definition(sections=[SECTION, SECTION]), r"sections\[1\]: there is a section “A” already"),
        (definition(scale=[]), "scale: must be a list of 5 grades"),
        (definition(scale=[{"words": ""}] * 5), "scale, score 1: must be an object with words"),
        (definition(scale=[{"words": "x" * 121}] * 5), "scale, score 1: at most"),
        (definition(fails_at=0), "fails_at: must be a whole number from 1, not 0"),
        (definition(fails_at=True), "fails_at: must be a whole number from 1, not True"),
        (definition(fails_at=None), "fails_at: must be a whole number from 1, not None"),
        (definition(least_score="6"), "least_score: must be from 1 to 5, not 6"),
        (definition(least_score="good"), "least_score: must be a number as a text"),
    ],
)
def test_a_definition_that_is_none_names_the_key(text: str, says: str) -> None:
    with pytest.raises(FormError, match=says):
        read(text)


def scored(*scores: int | None) -> dict[str, int]:
    sections = zip(FORM.sections, scores, strict=True)
    return {section.id: score for section, score in sections if score is not None}


def test_the_score_is_the_mean_by_weight_of_what_was_graded() -> None:
    whole = outcome_of(FORM, scored(5, 4, 3))
    assert whole.score == Fraction(10 * 5 + 50 * 4 + 40 * 3, 100)
    assert (whole.graded, whole.sections, whole.graded_share) == (3, 3, Fraction(100))
    part = outcome_of(FORM, scored(5, None, 3))
    assert part.score == Fraction(10 * 5 + 40 * 3, 50)
    assert part.graded_share == Fraction(200, 3)


@pytest.mark.parametrize(
    ("scores", "passed", "why"),
    [
        ((5, 5, 5), True, "No critical error."),
        ((1, 5, 5), True, "Fewer than 2 critical errors."),
        ((1, 1, 5), False, "2 critical errors; 2 or more fail the case."),
        ((None, None, None), None, "No section is graded yet."),
    ],
)
def test_two_critical_errors_fail_the_case(scores: tuple[int | None, ...], passed: bool | None, why: str) -> None:
    outcome = outcome_of(FORM, scored(*scores))
    assert (outcome.passed, outcome.why) == (passed, why)


def test_how_many_fail_is_the_programs_to_say_and_so_is_a_least_score() -> None:
    strict = EvaluationForm(FORM.sections, fails_at=1)
    assert outcome_of(strict, scored(1, 5, 5)).why == "1 critical error; 1 or more fail the case."
    least = EvaluationForm(FORM.sections, least_score=Fraction(3))
    assert outcome_of(least, scored(3, 3, 3)).passed
    assert outcome_of(least, scored(2, 3, 3)).why == "The score by weight is below 3."


def test_the_share_of_a_section_is_of_all_weights() -> None:
    sections = sections_of_lines("A: 1\nB: 3")
    assert [EvaluationForm(sections).share(each) for each in sections] == [25, 75]


@pytest.mark.parametrize(
    ("day", "week"),
    [(date(2026, 8, 31), 1), (STARTS, 1), (date(2026, 9, 7), 1), (date(2026, 9, 8), 2), (date(2026, 9, 15), 3)],
)
def test_weeks_count_from_the_start_of_the_rotation(day: date, week: int) -> None:
    assert week_of(day, STARTS) == week


def given(day: int, *scores: int | None) -> GivenScores:
    return GivenScores(date(2026, 9, day), scored(*scores))


def test_a_trend_has_the_mean_of_each_section_by_week_and_the_share_that_was_graded() -> None:
    trend = trend_of(
        FORM, [given(1, 2, None, None), given(2, 3, 4, None), given(15, 4, 4, 5)], STARTS, range(1, 4)
    )
    assert trend.evaluations == (2, 0, 1)
    assert [[None if mean is None else float(mean) for mean in each.means] for each in trend.sections] == [
        [2.5, None, 4],
        [4, None, 4],
        [None, None, 5],
    ]
    assert list(trend.graded) == [Fraction(50), None, Fraction(100)]
    assert trend.says == "The share of graded sections rose from 50 % in week 1 to 100 % in week 3."


@pytest.mark.parametrize(
    ("scores", "says"),
    [
        ([], "Nothing is evaluated yet."),
        ([given(1, 2, 3, None)], "In week 1, 67 % of the sections were graded; one week shows no trend."),
        (
            [given(1, 2, 3, 4), given(8, 2, None, None)],
            "The share of graded sections fell from 100 % in week 1 to 33 % in week 2.",
        ),
        (
            [given(1, 2, 3, 4), given(8, 2, 3, 4)],
            "The share of graded sections stayed at 100 % from week 1 to week 2.",
        ),
    ],
)
def test_a_trend_says_where_the_share_goes(scores: list[GivenScores], says: str) -> None:
    assert trend_of(FORM, scores, STARTS, range(1, 3)).says == says
