"""What a director writes into an evaluation form, which rotations use it, and what is said of a case on it."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, TypeVar

from caselog.domain.evaluation_form import (
    BEST,
    CRITICAL,
    NAME_MOST,
    PUBLISHED_CRITICAL_ERRORS,
    PUBLISHED_SCALE,
    SCORES,
    EvaluationForm,
    FormError,
    lines_of,
    lines_of_scale,
    scale_of_lines,
    sections_of_lines,
    shown,
)
from caselog.forms.base import (
    CaselogForm,
    ChoiceField,
    DayField,
    DecimalNumberField,
    LineField,
    Needed,
    NoteField,
    RadioChoiceField,
    WholeNumberField,
)
from caselog.services.case_evaluations import COMMENT_MOST
from caselog.services.evaluation_forms import Assignment, FormDetails

_SECTIONS_MOST = 6_000  # characters
_NOT_GRADED = "open"
T = TypeVar("T")


class FormForm(CaselogForm):
    """A form in plain lines; nobody writes JSON."""

    name = LineField("Name", [Needed("Give the form a name, such as Pump cases.")], most=NAME_MOST)
    sections = NoteField(
        "Sections",
        [Needed("Name at least one section with its weight, such as “Patient work-up: 10”.")],
        most=_SECTIONS_MOST,
    )
    scale = NoteField("Scale", [Needed("Say what each score is called, from 1 to 5.")], most=_SECTIONS_MOST)
    fails_at = WholeNumberField(
        "Critical errors that fail the case",
        [Needed("Say from how many critical errors on a case is failed.")],
        least=1,
        most=40,
    )
    least_score = DecimalNumberField("Least score by weight", least=CRITICAL, most=BEST)
    source = LineField("Source")
    source_read_on = DayField("Read on")

    def __init__(self, details: FormDetails | None = None) -> None:
        super().__init__(data=_as_typed(details))
        self._definition: EvaluationForm | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if valid:
            self._read()
        return not self.errors

    def _read(self) -> None:
        sections, scale = _parts(self.sections, sections_of_lines), _parts(self.scale, scale_of_lines)
        if not self.errors:
            least = None if self.least_score.data is None else Fraction(str(self.least_score.data))
            self._definition = EvaluationForm(sections, scale, self.fails_at.data, least)

    def details(self) -> FormDetails:
        if self._definition is None:
            raise RuntimeError("the form was not validated")
        return FormDetails(self.name.data, self._definition, self.source.data, self.source_read_on.data)


def _parts(field: NoteField, read: Callable[[str], tuple[T, ...]]) -> tuple[T, ...]:
    try:
        return read(field.data)
    except FormError as error:
        field.errors = list(error.messages)
        return ()


def _as_typed(details: FormDetails | None) -> dict[str, Any]:
    form = details.definition if details else EvaluationForm((), PUBLISHED_SCALE, PUBLISHED_CRITICAL_ERRORS)
    return {
        "name": details.name if details else "",
        "sections": lines_of(form.sections),
        "scale": lines_of_scale(form.scale),
        "fails_at": form.fails_at,
        "least_score": None if form.least_score is None else float(form.least_score),
        "source": details.source if details else "",
        "source_read_on": details.source_read_on if details else None,
    }


class AssignForm(CaselogForm):
    """Which rotations shall use a form."""

    cohort = ChoiceField("Rotations of the cohort", [Needed("Choose a cohort.")])
    site = ChoiceField("At the site")
    ending_from = DayField("That end on this day or later")

    def __init__(self, cohorts: Iterable[tuple[str, str]], sites: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        self.cohort.choices = [("", ""), *cohorts]
        self.site.choices = [("", "Every site"), *sites]

    def wanted(self) -> Assignment:
        return Assignment(uuid.UUID(self.cohort.data), self.site.data, self.ending_from.data)


class EvaluateForm(CaselogForm):
    """A score for each section; what is left open is not graded. `for_form` adds the fields of the sections."""

    comment = NoteField("Comment", most=COMMENT_MOST)
    section_ids: Mapping[str, str] = {}  # field name → section id

    @property
    def sections(self) -> list[Any]:
        return [self[name] for name in self.section_ids]

    @classmethod
    def for_form(
        cls, definition: EvaluationForm, scores: Mapping[str, int] | None = None, comment: str = ""
    ) -> "EvaluateForm":
        """The form for this definition, filled in with what was said before."""
        choices = [
            *((str(score), f"{score} {definition.grade(score).words}") for score in reversed(SCORES)),
            (_NOT_GRADED, "Not graded"),
        ]
        names = {f"section-{place}": section.id for place, section in enumerate(definition.sections, start=1)}
        fields: dict[str, Any] = {
            name: RadioChoiceField(f"{section.name} ({shown(definition.share(section))} %)", choices=choices)
            for name, section in zip(names, definition.sections, strict=True)
        }
        made = type("EvaluateFormOfSections", (cls,), {**fields, "section_ids": names})
        before = {name: str((scores or {}).get(section, _NOT_GRADED)) for name, section in names.items()}
        return made(data={**before, "comment": comment})  # type: ignore[no-any-return]  # a class that was just made

    def scores(self) -> dict[str, int]:
        """The scores by section id."""
        given = {section: self[name].data for name, section in self.section_ids.items()}
        return {section: int(score) for section, score in given.items() if score not in (None, _NOT_GRADED)}

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if valid and not self.scores():
            self.form_errors.append("Grade at least one section; leave open what you could not see.")
        return not self.errors
