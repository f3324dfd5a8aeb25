"""Amending an entry, making one void, and answering a reviewer who saw another role."""

from typing import Any

from flask import request

from caselog.forms.activity import ActivityForm
from caselog.forms.base import CaselogForm, HiddenNumberField, Needed, NoteField
from caselog.forms.case import CaseForm
from caselog.services.amendments import REASON_MOST

_WHY = "Say why it is changed; the reason stays with it."


class AmendCaseForm(CaseForm):
    """A case as it should have been, and why it is changed."""

    reason = NoteField("Reason for the amendment", [Needed(_WHY)], most=REASON_MOST)


class AmendActivityForm(ActivityForm):
    """An activity as it should have been, and why it is changed."""

    reason = NoteField("Reason for the amendment", [Needed(_WHY)], most=REASON_MOST)


class SmallForm(CaselogForm):
    """A form of few fields on an entry as it was shown."""

    version = HiddenNumberField("Version")
    _refused = False

    def __init__(self, version: int) -> None:
        super().__init__(data={"version": version})
        self._as_shown = version

    @property
    def http_status(self) -> int:
        if self._refused:
            return 409
        return 400 if self.errors else 200

    def refuse(self, message: str) -> None:
        """Say on top that this cannot be done as things stood; the page now shows how they stand."""
        self._refused = True
        self.version.data = self._as_shown
        self.form_errors.append(message)


class VoidForm(SmallForm):
    """Why an entry is made void."""

    reason = NoteField("Reason", [Needed("Say why it is made void; the reason stays with it.")], most=REASON_MOST)


class RoleAnswerForm(SmallForm):
    """Take the role that the reviewer saw, or keep one's own; which of the two is said by the button."""

    reason = NoteField("Why you keep your role", most=REASON_MOST)

    @property
    def accepts(self) -> bool:
        return request.form.get("answer") == "accept"

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if valid and request.form.get("answer") not in ("accept", "keep"):
            self.form_errors.append("Press one of the two buttons.")
        elif valid and not self.accepts and not self.reason.data:
            self.reason.errors = ["Say why you keep your role; your preceptor reads it."]
        return not self.errors
