"""The form of a learning activity, its fields named as the columns of every file; and the filter of the list."""

import uuid
from typing import Any

from caselog.domain.activity import CATEGORY_MOST, LABELS, PROVIDER_MOST, TITLE_MOST, LearningActivity
from caselog.forms.base import (
    ChoiceField,
    DayField,
    DecimalNumberField,
    HiddenUidField,
    LineField,
    RadioChoiceField,
)
from caselog.forms.entry import EntryForm, LogFilterForm, closed, optional
from caselog.services.activity_log import ActivityFilter
from caselog.services.activity_references import ActivityReferences
from caselog.services.screen import Treatment

# Everything that the form fills in; the identifier and the status are not typed.
_ENTERED = tuple(name for name in LABELS if name not in {"activity_uid", "status"})


class ActivityForm(EntryForm):
    """A learning activity as it is typed."""

    uid_field = "activity_uid"

    activity_uid = HiddenUidField(LABELS["activity_uid"])
    date = DayField(LABELS["date"])
    kind = RadioChoiceField(LABELS["kind"], choices=closed("kind"))
    title = LineField(LABELS["title"], most=TITLE_MOST)
    hours = DecimalNumberField(LABELS["hours"])
    units = DecimalNumberField(LABELS["units"])
    category = LineField(LABELS["category"], most=CATEGORY_MOST)
    provider = LineField(LABELS["provider"], most=PROVIDER_MOST, treatment=Treatment.NAMES)
    supervisor = ChoiceField(LABELS["supervisor"])

    def __init__(
        self,
        references: ActivityReferences,
        *,
        activity: LearningActivity | None = None,
        version: int | None = None,
    ) -> None:
        super().__init__(data=_as_typed(activity, version))
        if activity:  # its page's address says which activity it is, whatever else was sent
            self.activity_uid.data = uuid.UUID(activity.activity_uid)
        kept = activity.supervisor if activity else None
        self.supervisor.choices = optional(
            (
                (each.email, each.name)
                for each in references.supervisors.values()
                if each.active or each.email == kept
            ),
            "Choose a supervisor",
        )

    def activity(self) -> LearningActivity:
        """The activity as typed; its status is the service's to give."""
        values = {name: self[name].data for name in _ENTERED}
        given = {name: values[name] or None for name in ("category", "provider")}
        return LearningActivity(activity_uid=str(self.uid), **values | given)


def _as_typed(activity: LearningActivity | None, version: int | None) -> dict[str, Any]:
    if activity is None:
        return {"activity_uid": uuid.uuid4()}
    values = {name: getattr(activity, name) for name in _ENTERED}
    return values | {"activity_uid": uuid.UUID(activity.activity_uid), "version": version}


class ActivityFilterForm(LogFilterForm):
    """Which activities to show."""

    kind = ChoiceField("Kind", choices=optional(closed("kind"), "Any"))

    def wanted(self) -> ActivityFilter:
        return ActivityFilter(**self.given())
