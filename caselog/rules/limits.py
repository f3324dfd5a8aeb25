"""Reading ranges of numbers and dates: fixed limits, parameters, the student's own dates, months, and years back."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from caselog.domain.conditions import ANCHORS, AllOf, Anchor, Between, Condition, InMonths, Lately, Limit
from caselog.rules.reading import MOST, Table, closest, kind_of

_A_DATE = 'Write a date such as 2024-08-01, a parameter such as "$first-day", or "@graduated_on".'
YEARS_MOST = 100
Parameters = Mapping[str, int | date]


def read_numbers(inner: Table, field: str, parameters: Parameters) -> Condition:
    """`at_least` and `at_most`, both included."""
    limits: dict[str, Any] = {}
    for key in ("at_least", "at_most"):
        if inner.has(key):
            value = _value(inner, key, parameters)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise inner.error(key, f"is {kind_of(value)}.", "Write a number.")
            if not -MOST <= value <= MOST:  # nan is not, either
                raise inner.error(key, f"is {kind_of(value)}.", f"Write a number up to {MOST:,}.")
            limits[key] = value
    inner.finish()
    least, most = limits.get("at_least"), limits.get("at_most")
    if least is None and most is None:
        raise inner.wrong("has no limit.", "Write at_least or at_most.")
    if least is not None and most is not None and least > most:
        raise inner.error("at_most", f"{most} is below {least}.", "Swap the two limits.")
    return Between(field, least, most)


def read_dates(inner: Table, field: str, parameters: Parameters) -> Condition:
    """`from`, `after`, `until`, `before`, `months`, `last_years`, `year_starts`: all that are given must hold."""
    parts: list[Condition] = []
    least, most = _limits(inner, parameters)
    if least is not None or most is not None:
        parts.append(Between(field, least, most))
    if inner.has("months"):
        parts.append(InMonths(field, _months(inner)))
    if inner.has("last_years") or inner.has("year_starts"):
        parts.append(Lately(field, *read_years(inner)))
    inner.finish()
    if not parts:
        raise inner.wrong("has no limit.", "Write from, after, until, before, months, last_years or year_starts.")
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _limits(inner: Table, parameters: Parameters) -> tuple[Limit, Limit]:
    limits: dict[str, Limit] = {}
    given: dict[str, str] = {}
    for key, end, days in (
        ("from", "least", 0),
        ("after", "least", 1),
        ("until", "most", 0),
        ("before", "most", -1),
    ):
        if inner.has(key):
            if end in given:
                raise inner.error(key, f"stands beside “{given[end]}”.", "Write one of the two.")
            given[end] = key
            limits[end] = _day(inner, key, parameters, days)
    least, most = limits.get("least"), limits.get("most")
    if isinstance(least, date) and isinstance(most, date) and least > most:
        if given == {"least": "from", "most": "until"}:
            raise inner.error("until", f"{most} is before {least}.", "Swap the two limits.")
        raise inner.error(
            given["most"], f"leaves no day beside “{given['least']}”.", "Move one of the two limits."
        )
    return least, most


def _day(inner: Table, key: str, parameters: Parameters, days: int) -> date | Anchor:
    value = _value(inner, key, parameters)
    if isinstance(value, str) and value.startswith("@"):
        name = value.removeprefix("@")
        if name not in ANCHORS:
            raise inner.error(key, f"the student has no date “{name}”.", closest(name, list(ANCHORS)))
        return Anchor(name, days)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise inner.error(key, f"is {kind_of(value)}.", _A_DATE)
    try:
        return value + timedelta(days=days)
    except OverflowError:
        raise inner.error(key, f"is {kind_of(value)}.", "Write a year between 1900 and 2200.") from None


def _months(inner: Table) -> frozenset[int]:
    value = inner.take("months", "")
    months = value if isinstance(value, list) else [value]
    if not months:
        raise inner.error("months", "is an empty list.", "Write months as numbers, such as [9, 10, 11].")
    for month in months:
        if isinstance(month, bool) or not isinstance(month, int) or not 1 <= month <= 12:
            raise inner.error("months", f"holds {kind_of(month)}.", "Write months as numbers from 1 to 12.")
    return frozenset(months)


def read_years(inner: Table) -> tuple[int, tuple[int, int] | None]:
    """How many years back, and the month and day on which they start (None: any years, counted back)."""
    years = 1
    if inner.has("last_years"):
        years = inner.take("last_years", "")
        if isinstance(years, bool) or not isinstance(years, int) or not 1 <= years <= YEARS_MOST:
            fix = f"Write a whole number from 1 to {YEARS_MOST}."
            raise inner.error("last_years", f"is {kind_of(years)}.", fix)
    if not inner.has("year_starts"):
        return years, None
    text = inner.take("year_starts", "")
    fix = 'Write the month and the day, such as year_starts = "07-01".'
    if not isinstance(text, str) or len(text) != len("07-01"):
        raise inner.error("year_starts", f"is {kind_of(text)}.", fix)
    try:
        day = date.fromisoformat(f"2024-{text}")
    except ValueError:
        raise inner.error("year_starts", f"is {kind_of(text)}.", fix) from None
    return years, (day.month, day.day)


def _value(inner: Table, key: str, parameters: Parameters) -> object:
    value = inner.take(key, "")
    if isinstance(value, str) and value.startswith("$"):
        name = value.removeprefix("$")
        if name not in parameters:
            fix = closest(name, list(parameters)) if parameters else f"Add [parameters.{name}]."
            raise inner.error(key, f"there is no parameter “{name}”.", fix)
        return parameters[name]
    return value
