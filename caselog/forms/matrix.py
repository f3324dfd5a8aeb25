"""Which part of a student's matrix to show."""

from typing import Any

from caselog.forms.base import CaselogForm, ChoiceField, YesNoField
from caselog.forms.entry import Choice
from caselog.services.touching import Shown

_SHOWN = {
    Shown.ALL: "Everything",
    Shown.COUNTED: "What counts toward something",
    Shown.WAITING: "What waits for verification",
    Shown.NOTHING: "What counts toward nothing in this set",
    Shown.NOWHERE: "What counts toward nothing in any set",
}


class MatrixForm(CaselogForm):
    """Comes in the address, so it can be kept and shared."""

    class Meta:
        csrf = False

    ruleset = ChoiceField("Rule set")
    shown = ChoiceField("Show", choices=[(str(shown), words) for shown, words in _SHOWN.items()])
    reasons = YesNoField("Say why in each cell")

    def __init__(self, rulesets: list[Choice], arguments: Any) -> None:
        super().__init__(formdata=arguments)
        self.ruleset.choices = rulesets

    def wanted(self) -> Shown:
        return Shown(self.shown.data) if self.shown.data else Shown.ALL

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return self.shown.data not in (None, Shown.ALL)
