"""The form with what became of a student, and the one that takes the yearly report away."""

from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from typing import Any

from caselog.domain.outcomes import (
    EXAM_WORDS,
    LEAVING_WORDS,
    PASSED,
    PLACED,
    PLACEMENT_WORDS,
    Exam,
    GraduateOutcome,
    Leaving,
    Placement,
)
from caselog.forms.base import CaselogForm, ChoiceField, DayField, LineField, Needed, RadioChoiceField


def _listed(words: Mapping[Any, str], unknown: str = "Not known yet") -> list[tuple[str, str]]:
    return [("", unknown), *((str(code), each) for code, each in words.items())]


class OutcomeForm(CaselogForm):
    """Left without a degree, the two examinations, and the placement; whatever is not chosen is not known."""

    left_on = DayField("Left on")
    left_why = ChoiceField("Why", choices=_listed(LEAVING_WORDS, "Did not leave"))
    pbse = ChoiceField("PBSE", choices=_listed(EXAM_WORDS))
    pbse_passed_on = DayField("PBSE passed on")
    cape = ChoiceField("CAPE", choices=_listed(EXAM_WORDS))
    cape_passed_on = DayField("CAPE passed on")
    placement = ChoiceField("Placement", choices=_listed(PLACEMENT_WORDS))
    placed_on = DayField("Since")

    def __init__(self, known: GraduateOutcome | None = None) -> None:
        super().__init__(data=asdict(known) if known else None)

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if not self.errors:
            self._check_pairs()
        return not self.errors

    def _check_pairs(self) -> None:
        if self.left_on.data and not self.left_why.data:
            self.left_why.errors = ["Say why the student left."]
        if self.left_why.data and not self.left_on.data:
            self.left_on.errors = ["Give the day on which the student left, or choose “Did not leave”."]
        for code, day, fitting, fix in (
            (self.pbse, self.pbse_passed_on, PASSED, "Say at which attempt it was passed, or take out this day."),
            (self.cape, self.cape_passed_on, PASSED, "Say at which attempt it was passed, or take out this day."),
            (self.placement, self.placed_on, PLACED, "Choose a placement that has begun, or take out this day."),
        ):
            if day.data and code.data not in fitting:
                day.errors = [fix]

    def outcome(self) -> GraduateOutcome:
        return GraduateOutcome(
            left_on=self.left_on.data,
            left_why=Leaving(self.left_why.data) if self.left_why.data else None,
            pbse=Exam(self.pbse.data) if self.pbse.data else None,
            pbse_passed_on=self.pbse_passed_on.data,
            cape=Exam(self.cape.data) if self.cape.data else None,
            cape_passed_on=self.cape_passed_on.data,
            placement=Placement(self.placement.data) if self.placement.data else None,
            placed_on=self.placed_on.data,
        )


class ReportFile(StrEnum):
    """As what the yearly report is taken away."""

    WORKBOOK = "workbook"
    GRADUATES = "graduates"
    MEASURES = "measures"


class ReportDownloadForm(CaselogForm):
    file = RadioChoiceField(
        "File",
        [Needed("Choose the file.")],
        choices=[
            (ReportFile.WORKBOOK, "Spreadsheet (XLSX), all of it"),
            (ReportFile.GRADUATES, "Graduates as CSV"),
            (ReportFile.MEASURES, "Thresholds as CSV"),
        ],
        default=ReportFile.WORKBOOK,
    )
    reason = LineField("What for", [Needed("Say what the file is for; it is kept with the record of the export.")])

    def wanted(self) -> ReportFile:
        return ReportFile(self.file.data)
