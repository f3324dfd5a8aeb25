"""A learning activity: the log's other entry, beside cases, and what can be wrong with one.

The field names and their order are the columns of every file and the fields of every form.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from caselog.domain.codes import CLOSED_LISTS, Status
from caselog.domain.fields import HOURS_MOST, Fault, day_faults, lacking, number_fault, text_faults, unknown_code

TITLE_MOST = 200  # characters
CATEGORY_MOST = 40
PROVIDER_MOST = 200
UNITS_MOST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningActivity:
    """One learning activity, as values; `units` are the provider's (such as CEU), `None` means not given."""

    activity_uid: str = ""
    date: dt.date | None = None
    kind: str | None = None
    title: str = ""
    hours: float | None = None
    units: float | None = None
    category: str | None = None
    provider: str | None = None
    supervisor: str | None = None
    status: str = Status.DRAFT

    @property
    def uid(self) -> str:
        return self.activity_uid

    @property
    def on(self) -> dt.date | None:
        return self.date


COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(LearningActivity))
NUMBER_FIELDS: Mapping[str, tuple[float, float]] = {"hours": (0, HOURS_MOST), "units": (0, UNITS_MOST)}
UNITS: Mapping[str, str] = {"hours": "hours", "units": "units"}
TEXT_FIELDS: Mapping[str, int] = {"title": TITLE_MOST, "category": CATEGORY_MOST, "provider": PROVIDER_MOST}
LABELS: Mapping[str, str] = {
    "activity_uid": "Activity identifier",
    "date": "Date of the activity",
    "kind": "Kind",
    "title": "Title",
    "hours": "Hours",
    "units": "Credit units",
    "category": "Category",
    "provider": "Provider",
    "supervisor": "Supervisor",
    "status": "Status",
}
CODE_FIELDS = ("kind", "status")
# What an activity must say before it can be submitted; a draft may still lack any of it.
NEEDED_TO_SUBMIT = ("date", "kind", "title", "supervisor")


def faults(activity: LearningActivity, *, today: dt.date) -> list[Fault]:
    """Everything impossible in a learning activity, draft or not: `today` is the program's local date."""
    return [
        *day_faults("date", activity.date, today),
        *_code_faults(activity),
        *_number_faults(activity),
        *_text_faults(activity),
    ]


def missing(activity: LearningActivity) -> list[Fault]:
    """What an activity still lacks before it can be submitted for verification."""
    return lacking(activity, NEEDED_TO_SUBMIT, LABELS, "activity")


def _code_faults(activity: LearningActivity) -> Iterator[Fault]:
    for name in CODE_FIELDS:
        code, allowed = getattr(activity, name), tuple(CLOSED_LISTS[name])
        if code is not None and code not in allowed:
            yield Fault(name, unknown_code(name, code, allowed))


def _number_faults(activity: LearningActivity) -> Iterator[Fault]:
    for name, limits in NUMBER_FIELDS.items():
        yield from number_fault(name, LABELS[name], getattr(activity, name), limits, UNITS[name])


def _text_faults(activity: LearningActivity) -> Iterator[Fault]:
    for name, most in TEXT_FIELDS.items():
        yield from text_faults(name, LABELS[name], getattr(activity, name), most)
