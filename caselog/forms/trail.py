"""Which part of the audit trail to show."""

import uuid
from typing import Any

from caselog.forms.base import CaselogForm, ChoiceField, DayField
from caselog.forms.entry import optional
from caselog.services.trail_log import TrailChoices, TrailFilter


class TrailFilterForm(CaselogForm):
    """Comes in the address, so it can be kept and shared."""

    class Meta:
        csrf = False

    about = ChoiceField("Student")
    actor = ChoiceField("Who acted")
    thing = ChoiceField("On what")
    since = DayField("From")
    until = DayField("Until")

    def __init__(self, choices: TrailChoices, arguments: Any) -> None:
        super().__init__(formdata=arguments)
        self.about.choices = optional([(str(key), name) for key, name in choices.students], "Any")
        self.actor.choices = optional([(str(key), name) for key, name in choices.people], "Anybody")
        self.thing.choices = optional([(name, name.replace("_", " ")) for name in choices.things], "Anything")

    def wanted(self) -> TrailFilter:
        return TrailFilter(
            about_id=uuid.UUID(self.about.data) if self.about.data else None,
            actor_id=uuid.UUID(self.actor.data) if self.actor.data else None,
            thing=self.thing.data,
            since=self.since.data,
            until=self.until.data,
        )

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return any(field.data for field in self)
