"""The preceptor's decision on a case."""

import uuid
from typing import Any

from flask import request

from caselog.domain.case import NOTE_MOST
from caselog.forms.base import CaselogForm, HiddenNumberField, NoteField
from caselog.services.review import Decision


class DecisionForm(CaselogForm):
    """Verify, or return with a comment; which of the two is said by the button that was pressed."""

    version = HiddenNumberField("Version")
    comment = NoteField("Comment", most=NOTE_MOST)

    def __init__(self, version: int) -> None:
        super().__init__(data={"version": version})

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if not valid:
            return False
        if self._pressed not in ("verify", "return"):
            self.form_errors.append("Press Verify or Return.")
        elif self._pressed == "return" and not self.comment.data:
            self.comment.errors = ["Say what the student should mend; the case goes back with this comment."]
        return not self.errors

    @property
    def _pressed(self) -> str | None:
        found: str | None = request.form.get("decision")
        return found

    def decision(self, case_uid: uuid.UUID) -> Decision:
        return Decision(
            case_uid=case_uid,
            verified=self._pressed == "verify",
            comment=self.comment.data,
            version=self.version.data or 0,
        )
