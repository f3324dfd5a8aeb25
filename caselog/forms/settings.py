"""The form of a program's settings."""

from dataclasses import asdict
from typing import Any

from caselog.domain.settings import RANGES, Settings
from caselog.forms.base import CaselogForm, Needed, WholeNumberField, YesNoField


def _number(label: str, name: str) -> Any:
    least, most = RANGES[name]
    return WholeNumberField(label, [Needed(f"Give a number from {least} to {most:,}.")], least=least, most=most)


class SettingsForm(CaselogForm):
    confirm_over = _number("Ask by mail when more wait than", "confirm_over")
    confirm_after_days = _number("Ask by mail when one has waited longer than", "confirm_after_days")
    digest_pause_days = _number("Pause between two such mails", "digest_pause_days")
    link_days = _number("A link in a mail is good for", "link_days")
    late_entry_hours = _number("Flag an entry as late after", "late_entry_hours")
    free_text = YesNoField("Notes and comments may be written")

    def __init__(self, settings: Settings) -> None:
        super().__init__(data=asdict(settings))

    def settings(self) -> Settings:
        """What was chosen."""
        return Settings(**{name: self[name].data for name in asdict(Settings())})
