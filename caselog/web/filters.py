"""How values read on a page: dates, instants, codes and counts in words, and what every page knows."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, g
from wtforms import Field

from caselog.domain.codes import AGE_GROUP_MEANINGS, ROLE_MEANINGS
from caselog.services.actor import Actor, Permission

NOT_GIVEN = "–"


def day(value: date | None) -> str:
    """A date as `14 Mar 2026`: the month in letters cannot be mistaken for the day."""
    return NOT_GIVEN if value is None else f"{value.day} {value:%b %Y}"


def moment(value: datetime | None, timezone: str = "UTC") -> str:
    """An instant as `14 Mar 2026, 03:12` on the clock of `timezone` (an IANA name); without one, marked UTC."""
    if value is None:
        return NOT_GIVEN
    if value.tzinfo is None:
        raise ValueError("an instant needs its time zone before it can be shown")
    local = value.astimezone(ZoneInfo(timezone))
    return f"{day(local)}, {local:%H:%M}{' UTC' if timezone == 'UTC' else ''}"


def words(code: str | None) -> str:
    """A code as words: `first_assistant` reads `First assistant`."""
    text = (code or "").replace("_", " ")
    return text[:1].upper() + text[1:] or NOT_GIVEN


def number(value: float) -> str:
    """A count, or hours and points with the decimals they have: `1,204`, `0.5`."""
    return f"{round(float(value), 2):,}".removesuffix(".0")


def count(value: float, singular: str, plural: str | None = None) -> str:
    """How many of what: `1 case`, `2 cases`; give the plural where it does not simply end in s."""
    return f"{number(value)} {singular if value == 1 else plural or singular + 's'}"


def minutes(value: int | None) -> str:
    """A duration in minutes as `1 h 35 min`."""
    if value is None:
        return NOT_GIVEN
    hours, rest = divmod(value, 60)
    return " ".join(([f"{hours} h"] if hours else []) + ([f"{rest} min"] if rest or not hours else []))


def field_kind(field: Field) -> str:
    """How a form field is shown: radios, checks (many of a list), select, checkbox, hidden, number or input."""
    option = getattr(getattr(field, "option_widget", None), "input_type", None)
    own = getattr(field.widget, "input_type", None)
    if option == "radio":
        return "radios"
    if option == "checkbox" or getattr(field.widget, "multiple", False):
        return "checks"
    if hasattr(field, "option_widget"):
        return "select"
    return own if own in ("checkbox", "hidden", "number") else "input"


def register_filters(app: Flask) -> None:
    """Teach the templates these filters, and give every page `actor`, `Permission` and `program_is_demo`."""
    for shown in (day, moment, words, number, count, minutes, field_kind):
        app.add_template_filter(shown)
    app.context_processor(_known_to_every_page)


def _known_to_every_page() -> dict[str, Any]:
    actor: Actor | None = g.get("actor")
    return {
        "actor": actor,
        "Permission": Permission,
        "program_is_demo": g.get("program_is_demo", False),
        "role_meanings": ROLE_MEANINGS,
        "age_group_meanings": AGE_GROUP_MEANINGS,
    }
