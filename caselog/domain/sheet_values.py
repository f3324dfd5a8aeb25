"""What people write into the cells of spreadsheets, as our own files have it: days, times, minutes, ages, yes and no.

Each reader gives the text of `domain.cells`, or the cell unchanged where it makes nothing of it: the strict reading
that follows says what is wrong. Only what could mean two things is refused here.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from enum import StrEnum

from caselog.domain.cells import UnreadableError, shown
from caselog.domain.codes import AgeGroup

NOTHING = frozenset({"", "-", "--", "–", "—", "n/a", "na", "none", "nil", "null", "?", "."})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR_FIRST = re.compile(r"([12][0-9]{3})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_PACKED = re.compile(r"(20[0-9]{2}|19[0-9]{2})([0-9]{2})([0-9]{2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_DAY_NAME = re.compile(r"(?:[a-z]+,? )?([0-9]{1,2})(?:st|nd|rd|th)?[-. /]*([a-z]{3,9})[-., /]*([0-9]{4}|[0-9]{2})")
_NAME_DAY = re.compile(
    r"(?:[a-z]+,? )?([a-z]{3,9})[-. /]*([0-9]{1,2})(?:st|nd|rd|th)?,?[-. /]*([0-9]{4}|[0-9]{2})"
)
_SERIAL = re.compile(r"([2-6][0-9]{4})(?:\.0+)?")
_TIME_OF_DAY = re.compile(r"[ T]\(?[0-9]{1,2}:[0-9]{2}.*$", re.IGNORECASE)
_CLOCK = re.compile(r"([0-9]{1,2})[:.h]([0-9]{2})(?::[0-9]{2}(?:\.[0-9]+)?)?\s*(?:([ap])\.?m\.?|h(?:rs?)?|uhr)?")
_CLOCK_PACKED = re.compile(r"([0-2]?[0-9])([0-5][0-9])\s*(?:h(?:rs?)?)?")
_CLOCK_HOUR = re.compile(r"([0-9]{1,2})\s*([ap])\.?m\.?")
_SHARE_OF_DAY = re.compile(r"0?\.[0-9]+")
_DURATION = re.compile(
    r"([0-9]{1,3})\s*(?::|h(?:r|rs|ours?)?)\s*([0-5]?[0-9])(?::[0-9]{2}(?:\.[0-9]+)?)?\s*(?:m|min|mins|minutes)?"
)
_COUNT = re.compile(r"(-?[0-9]+)(?:[.,]0+)?\s*(?:'|min\.?|mins\.?|minutes?|%|percent)?")
_HOURS_ONLY = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*h(?:r|rs|ours?)?\.?")
_DECIMAL = re.compile(
    r"(-?[0-9]+)(?:[.,]([0-9]+))?\s*(?:°|º|deg\.?|degrees?)?\s*([cf])?(?:h(?:r|rs|ours?)?\.?|ceus?|units?)?"
)
_YES = frozenset({"yes", "y", "true", "1", "x", "✓", "✔", "ja", "redo", "re-do", "reop", "re-op", "reoperation"})
_NO = frozenset({"no", "n", "false", "0", "nein", "first", "primary", "first time"})
_FIRST_SERIAL = date(1899, 12, 30)  # what spreadsheets count days from


class Order(StrEnum):
    """What comes first in a date such as 3/2/2026."""

    MONTH = "month"
    DAY = "day"


def day_orders(texts: Iterable[str]) -> tuple[bool, frozenset[Order]]:
    """Whether a date could be read in two ways, and in which ways dates must be read that cannot."""
    open_question, proven = False, set[Order]()
    for text in texts:
        found = _YEAR_LAST.fullmatch(_without_time(text))
        if not found or found[2] == ".":
            continue
        first, second = int(found[1]), int(found[3])
        if first > 12:
            proven.add(Order.DAY)
        elif second > 12:
            proven.add(Order.MONTH)
        elif first != second:
            open_question = True
    return open_question, frozenset(proven)


def order_of(texts: Iterable[str]) -> tuple[bool, Order | None]:
    """Whether somebody must be asked what comes first, and what the dates themselves say."""
    open_question, proven = day_orders(texts)
    if len(proven) == 1:
        return False, next(iter(proven))
    return open_question, None


def read_day(text: str, order: Order | None) -> str:
    """A day as ISO 8601. Raises UnreadableError for one that could be two, when no order is given."""
    bare = _without_time(text)
    found = _known_day(bare.lower())
    if found is None and (match := _YEAR_LAST.fullmatch(bare)):
        found = _by_order(text, match, order)
    return found or text


def looks_like_day(text: str) -> bool:
    bare = _without_time(text)
    return bool(_YEAR_LAST.fullmatch(bare)) or _known_day(bare.lower(), serials=False) is not None


def _without_time(text: str) -> str:
    return _TIME_OF_DAY.sub("", text.strip())


def _known_day(text: str, *, serials: bool = True) -> str | None:
    for pattern in (_YEAR_FIRST, _PACKED):
        if match := pattern.fullmatch(text):
            return _day(int(match[1]), int(match[2]), int(match[3]))
    if serials and (match := _SERIAL.fullmatch(text)):
        return (_FIRST_SERIAL + timedelta(days=int(match[1]))).isoformat()
    if match := _DAY_NAME.fullmatch(text):
        return _named(match[2], match[1], match[3])
    if match := _NAME_DAY.fullmatch(text):
        return _named(match[1], match[2], match[3])
    return None


def _named(month: str, day: str, year: str) -> str | None:
    if month[:3] not in _MONTHS:
        return None
    return _day(_whole_year(year), _MONTHS.index(month[:3]) + 1, int(day))


def _by_order(text: str, match: re.Match[str], order: Order | None) -> str | None:
    first, second, year = int(match[1]), int(match[3]), _whole_year(match[4])
    if match[2] == "." or first > 12:
        return _day(year, second, first)
    if second > 12 or first == second:
        return _day(year, first, second)
    if order is None:
        raise UnreadableError(f"{shown(text)} could be two days; say whether the month or the day comes first.")
    return _day(year, first, second) if order is Order.MONTH else _day(year, second, first)


def _whole_year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text) if int(text) < 70 else 1900 + int(text)


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def read_clock(text: str) -> str:
    """A time of day as HH:MM."""
    low = text.strip().lower()
    if _SHARE_OF_DAY.fullmatch(low):
        minutes = round(float(low) * 24 * 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}" if minutes < 24 * 60 else text
    if " " in low and looks_like_day(low.split(" ", 1)[0]):
        low = low.split(" ", 1)[1]
    if match := _CLOCK.fullmatch(low):
        return _clock(int(match[1]), int(match[2]), match[3]) or text
    if match := _CLOCK_HOUR.fullmatch(low):
        return _clock(int(match[1]), 0, match[2]) or text
    if (match := _CLOCK_PACKED.fullmatch(low)) and len(low) >= 3:
        return _clock(int(match[1]), int(match[2]), None) or text
    return text


def _clock(hour: int, minute: int, half: str | None) -> str | None:
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None


def read_count(text: str) -> str:
    """A whole number of minutes or percent; hours and minutes become minutes."""
    low = text.strip().lower()
    if match := _COUNT.fullmatch(low):
        return str(int(match[1]))
    if match := _DURATION.fullmatch(low):
        return str(int(match[1]) * 60 + int(match[2]))
    if match := _HOURS_ONLY.fullmatch(low):
        return str(round(float(match[1].replace(",", ".")) * 60))
    return text


def read_decimal(text: str) -> str:
    """A number with a point; a temperature that says it is in °F becomes °C."""
    low = text.strip().lower()
    match = _DECIMAL.fullmatch(low)
    if not match:
        return _as_hours(low) or text
    number = f"{match[1]}.{match[2]}" if match[2] else match[1]
    if match[3] == "f":
        return f"{(float(number) - 32) / 1.8:.1f}"
    return number


def _as_hours(low: str) -> str | None:
    match = _DURATION.fullmatch(low)
    return f"{int(match[1]) + int(match[2]) / 60:.2f}".rstrip("0").rstrip(".") if match else None


def read_answer(text: str) -> str:
    """`yes` or `no`."""
    low = text.strip().lower()
    return "yes" if low in _YES else "no" if low in _NO else text


_AGE = re.compile(
    r"(?P<least>[<>≥≤]=?)?\s*(?P<number>[0-9]{1,5}(?:[.,][0-9]+)?)\s*(?P<plus>\+)?\s*-?\s*(?P<unit>[a-z/.]*)"
)
_RANGE = re.compile(r"([0-9]{1,3})\s*(?:-|–|to)\s*([0-9]{1,3})\s*([a-z/.]*)")
_UNITS = {"y": 365.25, "m": 30.44, "w": 7.0, "d": 1.0, "h": 1 / 24}
_OLDEST = 130  # years


def age_group_of(text: str, heading: str = "") -> str | None:
    """The age group that a number with or without a unit stands for; the heading may name the unit.

    None where it stands for none, or for more than one, as an age of 0 years does.
    """
    low = text.strip().lower()
    unit = _unit(heading.lower(), "y", heading=True)
    if match := _RANGE.fullmatch(low):
        ends = {_group(float(match[place]), _unit(match[3], unit)) for place in (1, 2)}
        return ends.pop() if len(ends) == 1 else None
    match = _AGE.match(low)
    if not match or (match["unit"] and match["unit"][0] not in "ymwdhao"):
        return None
    number = float(match["number"].replace(",", "."))
    if match["least"] and match["least"].startswith(("<", "≤")):
        number -= 0.01
    return _group(number, _unit(match["unit"], unit))


def _unit(text: str, otherwise: str, *, heading: bool = False) -> str:
    if heading:
        found = re.search(r"\b(years?|yrs?|months?|mos?|weeks?|wks?|days?|hours?|hrs?)\b", text)
        return found[1][0] if found else otherwise
    return text[0] if text and text[0] in _UNITS else otherwise


def _group(number: float, unit: str) -> str | None:
    years = number * _UNITS[unit] / 365.25
    if number < 0 or years > _OLDEST or (unit == "y" and number == 0):
        return None
    if unit == "y" and number >= 1:
        return next(group for most, group in _BY_YEARS if number < most)
    days = number * _UNITS[unit]
    if unit == "m":
        days = 0 if number < 1 else max(days, 30) if number < 12 else days + 1
    if days < 30:
        return AgeGroup.NEONATE
    return next(group for most, group in ((1, AgeGroup.INFANT), *_BY_YEARS) if days / 365.25 < most)


_BY_YEARS: tuple[tuple[float, AgeGroup], ...] = (
    (12, AgeGroup.CHILD),
    (18, AgeGroup.ADOLESCENT),
    (65, AgeGroup.ADULT),
    (_OLDEST + 1, AgeGroup.OLDER_ADULT),
)


def split_list(text: str) -> Iterator[str]:
    """The parts of a cell that names several things."""
    yield from filter(None, map(str.strip, _BETWEEN.split(text)))


_BETWEEN = re.compile(r"[;,+/&\n|]|\band\b|\bwith\b|\bplus\b|\bw/", re.IGNORECASE)
