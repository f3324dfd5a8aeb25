"""The director's forms: people, sites, cohorts, numbers, codes and attestations."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import ValidationError

from caselog.domain.codes import CodeList, Position
from caselog.domain.ruleset import RuleSet
from caselog.forms.base import (
    CaselogForm,
    ChoiceField,
    ChoicesField,
    DayField,
    EmailField,
    LineField,
    Needed,
    RadioChoiceField,
    WholeNumberField,
    YesNoField,
)
from caselog.services.people import PersonDetails, StudentDetails
from caselog.services.program import CodeDetails, CohortDetails, SiteDetails
from caselog.services.screen import Treatment

_SITE_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_LISTED_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


class PersonForm(CaselogForm):
    """A person; the student's fields are read for students only, the sites for all others."""

    name = LineField("Name", [Needed("Give the person's name.")], treatment=Treatment.NAMES)
    email = EmailField("E-mail", [Needed("Give the e-mail address; it is what they sign in with.")])
    position = RadioChoiceField(
        "Position",
        [Needed("Choose what the person is in the program.")],
        choices=[(each, each.capitalize()) for each in Position],
    )
    sites = ChoicesField("Works at")
    cohort = ChoiceField("Cohort")
    program_start = DayField("Start of the program")
    expected_graduation = DayField("Expected graduation")
    graduated_on = DayField("Graduated on")
    certified_on = DayField("Certified on")
    enrolled = YesNoField("Enrolled in the program", default=True)
    active = YesNoField("Active", default=True)

    def __init__(
        self, sites: Iterable[tuple[str, str]], cohorts: Iterable[str], details: PersonDetails | None = None
    ) -> None:
        super().__init__(data=_person_as_typed(details))
        self.sites.choices = [(code, name) for code, name in sites]
        self.cohort.choices = [("", ""), *((name, name) for name in cohorts)]

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if valid and self.position.data == Position.STUDENT:
            self._check_student()
        return not self.errors

    def _check_student(self) -> None:
        if not self.cohort.data:
            self.cohort.errors = ["Choose the student's cohort."]
        start = self.program_start.data
        if start is None:
            self.program_start.errors = ["Give the day on which the student's program starts."]
            return
        for field in (self.expected_graduation, self.graduated_on, self.certified_on):
            if field.data and field.data <= start:
                field.errors = [f"{field.label.text} must be after the start of the program, {start}."]
        graduated, certified = self.graduated_on.data, self.certified_on.data
        if graduated and certified and certified < graduated and not self.certified_on.errors:
            self.certified_on.errors = [
                f"Certified on cannot be before the graduation, {graduated}; check both days."
            ]

    def details(self) -> PersonDetails:
        student = None
        if self.position.data == Position.STUDENT:
            student = StudentDetails(
                cohort=self.cohort.data,
                program_start=self.program_start.data,
                expected_graduation=self.expected_graduation.data,
                graduated_on=self.graduated_on.data,
                certified_on=self.certified_on.data,
                enrolled=self.enrolled.data,
            )
        return PersonDetails(
            name=self.name.data,
            email=self.email.data,
            position=Position(self.position.data),
            sites=frozenset() if student else frozenset(self.sites.data or ()),
            student=student,
            active=self.active.data,
        )


def _person_as_typed(details: PersonDetails | None) -> dict[str, Any]:
    if details is None:
        return {}
    student = details.student
    of_student = {name: getattr(student, name) for name in StudentDetails.__slots__} if student else {}
    return of_student | {
        "name": details.name,
        "email": details.email,
        "position": details.position,
        "sites": sorted(details.sites),
        "active": details.active,
    }


class SiteForm(CaselogForm):
    code = LineField(
        "Code", [Needed("Give a short code; it stands in files and does not change.")], most=40, treatment=None
    )
    name = LineField("Name", [Needed("Give the site's name.")], treatment=Treatment.NAMES)
    country = LineField(
        "Country", [Needed("Give the country as two letters, such as US or CA.")], most=2, treatment=None
    )
    affiliated_from = DayField("Affiliated from")
    affiliated_until = DayField("Affiliated until")
    shared_code = LineField("Shared code", most=80, treatment=Treatment.NUMBERS)

    def validate_code(self, field: LineField) -> None:
        if not _SITE_CODE.fullmatch(field.data):
            raise ValidationError("Write letters, digits, hyphens and underscores only, such as harbor-main.")

    def validate_country(self, field: LineField) -> None:
        if not re.fullmatch(r"[A-Za-z]{2}", field.data):
            raise ValidationError("Give the country as two letters (ISO 3166), such as US or CA.")

    def validate_affiliated_until(self, field: DayField) -> None:
        if field.data and self.affiliated_from.data and field.data < self.affiliated_from.data:
            raise ValidationError(f"The affiliation cannot end before it begins, {self.affiliated_from.data}.")

    def details(self) -> SiteDetails:
        return SiteDetails(
            code=self.code.data,
            name=self.name.data,
            country=self.country.data.upper(),
            affiliated_from=self.affiliated_from.data,
            affiliated_until=self.affiliated_until.data,
            shared_code=" ".join(self.shared_code.data.split()).upper() or None,
        )


class CohortForm(CaselogForm):
    """A cohort, and for each rule set the edition that it is judged under."""

    name = LineField("Name", [Needed("Give the cohort's name, such as Class of 2027.")], treatment=Treatment.NAMES)
    starts_on = DayField("Starts on", [Needed("Give the first day of the program.")])
    graduates_on = DayField("Graduates on", [Needed("Give the planned day of graduation.")])
    editions = ChoicesField("Judged under")

    def __init__(self, rulesets: Iterable[RuleSet], **data: Any) -> None:
        super().__init__(data=data)
        self.editions.choices = [
            (f"{each.id} {each.edition}", f"{each.title}, edition {each.edition}") for each in rulesets
        ]

    def validate_graduates_on(self, field: DayField) -> None:
        if field.data and self.starts_on.data and field.data <= self.starts_on.data:
            raise ValidationError(f"The graduation must be after the start, {self.starts_on.data}.")

    def validate_editions(self, field: ChoicesField) -> None:
        ids = [choice.split(" ")[0] for choice in field.data or ()]
        if len(set(ids)) < len(ids):
            raise ValidationError("Choose one edition of each rule set.")

    def details(self) -> CohortDetails:
        return CohortDetails(
            name=self.name.data,
            starts_on=self.starts_on.data,
            graduates_on=self.graduates_on.data,
            editions=dict(choice.split(" ", 1) for choice in self.editions.data or ()),
        )


class NumberForm(CaselogForm):
    """One number that a rule set leaves to the program; left empty, it is as the set says."""

    ruleset = LineField("Rule set", treatment=None)
    key = LineField("Number", treatment=None)
    value = WholeNumberField("The program's number", least=0, most=100_000)


def _spelled_for_files(_form: object, field: LineField) -> None:
    if not _LISTED_CODE.fullmatch(field.data):
        raise ValidationError("Write small letters, digits and underscores only, such as ross_procedure.")


class CodeForm(CaselogForm):
    list = ChoiceField(
        "List", [Needed("Choose a list.")], choices=[(each, each.capitalize()) for each in CodeList]
    )
    code = LineField(
        "Code",
        [Needed("Give the code that stands in files, such as ross_procedure."), _spelled_for_files],
        most=40,
        treatment=None,
    )
    label = LineField("In words", [Needed("Give the words that people see.")], most=80, treatment=Treatment.NAMES)
    family = LineField(
        "Family",
        [Needed("Name the family it belongs to, such as valve."), _spelled_for_files],
        most=40,
        treatment=None,
    )

    def details(self) -> CodeDetails:
        return CodeDetails(CodeList(self.list.data), self.code.data, self.label.data, self.family.data)


class AttestationForm(CaselogForm):
    """A document on file for a student."""

    attested = ChoiceField("Document", [Needed("Say which document it is.")])
    by = LineField("By whom", [Needed("Say who issued or signed it.")], treatment=Treatment.NAMES)
    on = DayField("On", [Needed("Say on which day it was put on file.")])

    def __init__(self, documents: Mapping[str, str]) -> None:
        """`documents` are what may be attested: requirement id → title."""
        super().__init__()
        self.attested.choices = [("", ""), *documents.items()]
