"""Which signals to list, and what became of one."""

import uuid
from collections.abc import Iterable
from typing import Any

from caselog.domain.signal import SignalKind
from caselog.forms.base import (
    CaselogForm,
    ChoiceField,
    HiddenLineField,
    HiddenUidField,
    Needed,
    NoteField,
    RadioChoiceField,
)
from caselog.services.signals import OUTCOME_MEANINGS, WORDS_MOST, Outcome, SignalFilter

OUTCOMES = {
    Outcome.EXPLAINED: "Explained",
    Outcome.CORRECTED: "Corrected",
    Outcome.NO_CONCERN: "No concern",
}


class SignalFilterForm(CaselogForm):
    """Read from the address."""

    kind = ChoiceField("What")
    cohort = ChoiceField("Cohort")
    state = ChoiceField("Show", choices=[("", "Open"), ("settled", "Settled")])
    student = HiddenUidField("Student")

    class Meta:
        csrf = False

    def __init__(
        self, titles: Iterable[tuple[str, str]], cohorts: Iterable[tuple[str, str]], arguments: Any
    ) -> None:
        super().__init__(arguments)
        self.kind.choices = [("", "Everything that is watched"), *titles]
        self.cohort.choices = [("", "Every cohort"), *cohorts]

    @property
    def narrows(self) -> bool:
        return bool(self.kind.data or self.cohort.data or self.state.data or self.student.data)

    def wanted(self) -> SignalFilter:
        return SignalFilter(
            kind=SignalKind(self.kind.data) if self.kind.data else None,
            cohort=uuid.UUID(self.cohort.data) if self.cohort.data else None,
            student=self.student.data,
            settled=self.state.data == "settled",
        )


class SettleForm(CaselogForm):
    """How a signal was settled; `digest` is what the page rested on."""

    outcome = RadioChoiceField(
        "What became of it", [Needed("Choose what became of it.")], choices=OUTCOMES.items()
    )
    words = NoteField("In a few words", most=WORDS_MOST)
    digest = HiddenLineField("Records")

    def __init__(self, digest: str) -> None:
        super().__init__(data={"digest": digest})
        self.meanings = OUTCOME_MEANINGS
        self._refused = False

    @property
    def http_status(self) -> int:
        if self._refused:
            return 409
        return 400 if self.errors else 200

    def refuse(self, message: str, digest: str) -> None:
        """Say on top that it cannot be settled as things stand; the page now shows how they stand."""
        self._refused = True
        self.digest.data = digest
        self.form_errors.append(message)

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if valid and self.outcome.data != Outcome.NO_CONCERN and not self.words.data:
            self.words.errors = ["Say what explains it, or what was corrected."]
        return not self.errors
