"""What can be wrong with the fields of an entry of the log, be it a case or a learning activity."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

EARLIEST = date(1950, 1, 1)  # ours: catches years typed as 0026
HOURS_MOST = 10_000

# Line breaks and tabs are text; other control characters are not, and PostgreSQL cannot store NUL.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field, and how to mend it, in the user's words."""

    field: str
    message: str


def unknown_code(field: str, code: str, allowed: tuple[str, ...]) -> str:
    """The message for a code that no list has; it shows the codes that would do."""
    return f"“{code[:60]}” is not a code for {field}; use one of: {', '.join(allowed)}."


def lacking(entry: object, needed: Collection[str], labels: Mapping[str, str], noun: str) -> list[Fault]:
    """What an entry, a `noun`, still lacks of what is needed before it can be submitted for verification."""
    return [
        Fault(name, f"{labels[name]} is needed before the {noun} can be submitted.")
        for name in needed
        if not getattr(entry, name)
    ]


def day_faults(field: str, day: date | None, today: date) -> Iterator[Fault]:
    """A day that is still to come, or too long ago to be meant."""
    if day is None:
        return
    if day > today:
        yield Fault(field, f"{day} is in the future; today is {today}.")
    elif day < EARLIEST:
        yield Fault(field, f"{day} is before {EARLIEST.year}; check the year.")


def number_fault(
    field: str, label: str, value: float | None, limits: tuple[float, float], unit: str
) -> Iterator[Fault]:
    """A number outside its limits, which are inclusive."""
    least, most = limits
    if value is not None and not least <= value <= most:
        yield Fault(field, f"{label} must be between {least:,} and {most:,} {unit}{_not_this(value)}.")


def _not_this(value: float) -> str:
    # Integers can have more digits than Python agrees to print, and nobody would read them.
    return f", not {value:,}" if -1e15 < value < 1e15 else ""


def text_faults(field: str, words: str, text: str | None, most: int) -> Iterator[Fault]:
    """A text of more than `most` characters, or with one that cannot be stored; `words` begin the message."""
    if text and len(text) > most:
        yield Fault(field, f"{words} has {len(text):,} characters; at most {most:,} fit.")
    if text and _CONTROL.search(text):
        yield Fault(field, f"{words} contains a control character that cannot be stored; retype that part.")
