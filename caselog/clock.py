"""The only place that reads the clock. Everything else is told the time, so a test or a replay can choose it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The current instant, in UTC."""
    return datetime.now(UTC)


def today(timezone: str = "UTC") -> date:
    """The program's local date; `timezone` is an IANA name such as `America/New_York`."""
    return datetime.now(ZoneInfo(timezone)).date()
