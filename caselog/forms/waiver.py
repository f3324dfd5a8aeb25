"""What a director waives or substitutes for a student."""

import re
import uuid
from collections.abc import Iterable
from typing import Any

from caselog.forms.base import (
    CaselogForm,
    ChoiceField,
    DayField,
    LineField,
    Needed,
    NoteField,
    RadioChoiceField,
    WholeNumberField,
)
from caselog.services.waivers import MINIMUM_MOST, WaiverDetails

REASON_MOST = 1_000
_UID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
GRANTS = {
    "all": "Waive the requirement",
    "number": "Put another number in its place",
    "entry": "Let one case or activity count",
}


class WaiverForm(CaselogForm):
    """A waiver; the number is read where a number is granted, the entry where an entry is."""

    requirement = ChoiceField("Requirement", [Needed("Choose the requirement.")])
    granted = RadioChoiceField("What is granted", [Needed("Choose what is granted.")], choices=GRANTS.items())
    minimum = WholeNumberField("Number instead", least=0, most=MINIMUM_MOST)
    entry = LineField("Case or activity", treatment=None)
    reason = NoteField("Reason", [Needed("Say why; the student sees it beside the number.")], most=REASON_MOST)
    until = DayField("Until", [Needed("Say until when it holds, that day included.")])

    def __init__(self, requirements: Iterable[tuple[str, str]], **data: Any) -> None:
        """`requirements` are those that may be waived: set and id joined by a space, and their words."""
        super().__init__(data=data)
        self.requirement.choices = [("", ""), *requirements]

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if valid:
            self._check_grant()
        return not self.errors

    def _check_grant(self) -> None:
        granted = self.granted.data
        if granted == "number" and self.minimum.data is None:
            self.minimum.errors = ["Give the number that is asked for instead."]
        if granted == "entry" and self._entry() is None:
            self.entry.errors = ["Give the identifier that ends the address of the entry's page."]
        # Who types a number and forgets to choose it would waive the whole requirement.
        for kind, field in (("number", self.minimum), ("entry", self.entry)):
            if granted != kind and field.data not in (None, ""):
                self.granted.errors = [f"Choose “{GRANTS[kind]}”, or empty the box “{field.label.text}”."]

    def _entry(self) -> uuid.UUID | None:
        """The identifier, also out of a whole address that was pasted: the last one in it."""
        found = _UID.findall(self.entry.data)
        return uuid.UUID(found[-1]) if found else None

    def details(self) -> WaiverDetails:
        ruleset, requirement = self.requirement.data.split(" ", 1)
        return WaiverDetails(
            ruleset=ruleset,
            requirement=requirement,
            reason=self.reason.data,
            until=self.until.data,
            minimum=self.minimum.data if self.granted.data == "number" else None,
            entry_uid=self._entry() if self.granted.data == "entry" else None,
        )
