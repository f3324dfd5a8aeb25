"""The reviewer's decision on one case or learning activity."""

import uuid
from typing import Any

from flask import request

from caselog.domain.case import NOTE_MOST
from caselog.forms.base import CaselogForm, HiddenNumberField, NoteField, RadioChoiceField
from caselog.forms.entry import closed
from caselog.services.kinds import CASES, EntryKind
from caselog.services.review import Decision

ROLE_SEEN = "Choose the role that you saw the student in."


class DecisionForm(CaselogForm):
    """Verify, or return with a comment; which of the two is said by the button that was pressed."""

    version = HiddenNumberField("Version")
    role = RadioChoiceField("Role that you saw the student in", choices=closed("role"))
    comment = NoteField("Comment", most=NOTE_MOST)

    def __init__(self, version: int, kind: EntryKind[Any] = CASES) -> None:
        super().__init__(data={"version": version})
        self._kind, self._as_shown, self._refused = kind, version, False
        if not kind.has_role:
            del self.role

    @property
    def http_status(self) -> int:
        if self._refused:
            return 409
        return 400 if self.errors else 200

    def refuse(self, message: str) -> None:
        """Say on top that what was typed cannot be decided as things stood; the page now shows how they stand."""
        self._refused = True
        self.version.data = self._as_shown
        self.form_errors.append(message)

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if not valid:
            return False
        if self._pressed not in ("verify", "return"):
            self.form_errors.append("Press Verify or Return.")
        elif self._pressed == "verify" and self._kind.has_role and not self.role.data:
            self.role.errors = [ROLE_SEEN]
        elif self._pressed == "return" and not self.comment.data:
            self.comment.errors = [
                f"Say what the student should mend; the {self._kind.noun} goes back with this comment."
            ]
        return not self.errors

    @property
    def _pressed(self) -> str | None:
        found: str | None = request.form.get("decision")
        return found

    def decision(self, uid: uuid.UUID) -> Decision:
        return Decision(
            uid=uid,
            verified=self._pressed == "verify",
            comment=self.comment.data,
            version=self.version.data or 0,
            role=self.role.data if self._kind.has_role else None,
        )
