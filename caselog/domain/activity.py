"""A learning activity: the log's other entry, beside cases."""

import datetime as dt
from dataclasses import dataclass

from caselog.domain.codes import Status

TITLE_MOST = 200  # characters
HOURS_MOST = 10_000
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
