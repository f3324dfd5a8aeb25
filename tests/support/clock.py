"""The clock of the tests: it stands at one instant until a test moves it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

START = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
_TICK = timedelta(milliseconds=1)


class TestClock:
    """Takes the place of `caselog.clock`. Each reading is a millisecond later, so that no two acts are at once."""

    __test__ = False  # not a test class, whatever its name begins with

    def __init__(self) -> None:
        self._instant = START

    def now(self) -> datetime:
        self._instant += _TICK
        return self._instant

    def today(self, timezone: str = "UTC") -> date:
        return self._instant.astimezone(ZoneInfo(timezone)).date()

    def set(self, instant: datetime) -> None:
        self._instant = instant

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        self._instant += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
