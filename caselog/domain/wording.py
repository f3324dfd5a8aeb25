"""How conditions read: what they say in words, and why a record fails one."""

from collections.abc import Mapping
from datetime import date
from typing import assert_never

from caselog.domain.case import LABELS, UNITS
from caselog.domain.codes import CodeBook, CodeList
from caselog.domain.conditions import (
    FREE_CODE_FIELDS,
    AllOf,
    Anchor,
    AnyOf,
    Between,
    Condition,
    Given,
    InMonths,
    Is,
    Lately,
    Named,
    Not,
    OfStudent,
    OneOf,
    Settled,
    holds,
    is_given,
)

_LABELS: Mapping[str, str] = {
    **LABELS,
    "site_affiliated": "Site affiliated on the day",
    "date": "Date",
    "kind": "Kind of activity",
    "hours": "Hours",
    "units": "Units",
    "category": "Category",
    "provider": "Provider",
    "supervisor": "Supervisor",
    "program_start": "Start of the program",
    "expected_graduation": "Expected graduation",
    "graduated_on": "Graduation",
    "certified_on": "Certification",
    "enrolled": "Enrolled",
}
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def in_words(condition: Condition, codes: CodeBook) -> str:
    """The condition as a person would say it; a named one says its name and what it means."""
    match condition:
        case Named(_, title, part):
            return f"{title} ({in_words(part, codes)})"
        case AllOf(parts):
            return "; ".join(in_words(part, codes) for part in parts)
        case AnyOf(parts):
            return ", or ".join(
                f"({in_words(part, codes)})" if isinstance(part, AllOf) else in_words(part, codes)
                for part in parts
            )
        case Not(part):
            words = in_words(part, codes)
            return f"not: ({words})" if isinstance(part, AllOf | AnyOf) else f"not: {words}"
        case OneOf(field):
            return f"{label(field)}: {_codes_in_words(condition, codes)}"
        case Between(field):
            return f"{label(field)} {_limits_in_words(condition)}"
        case Lately(field, years, year_starts):
            return f"{label(field)} {_years_in_words(years, year_starts)}"
        case InMonths(field, months):
            return f"{label(field)} in {_or([_MONTHS[month - 1] for month in sorted(months)])}"
        case OfStudent(part):
            return f"the student: {in_words(part, codes)}"
        case Settled(true, reason):
            return reason or ("always" if true else "never")
        case Is(field, value) | Given(field, value):
            return _yes_no_in_words(condition, field, value)
        case _:
            assert_never(condition)


def _years_in_words(years: int, year_starts: tuple[int, int] | None) -> str:
    span = "the last year" if years == 1 else f"the last {years} years"
    if year_starts is None:
        return f"within {span}"
    month, day = year_starts
    named = "the reporting year" if years == 1 else f"the last {years} reporting years"
    return f"in {named} that {'starts' if years == 1 else 'start'} on {day} {_MONTHS[month - 1]}"


def _yes_no_in_words(condition: Is | Given, field: str, value: bool) -> str:
    if isinstance(condition, Given):
        return f"{label(field)} {'given' if value else 'not given'}"
    return label(field) if value else f"not {label(field)}"


def _codes_in_words(condition: OneOf, codes: CodeBook) -> str:
    named = [f"any of the {_family(family)} family" for family in condition.families]
    of_families = {
        code for family in condition.families for code in codes.family(CodeList(condition.field), family)
    }
    allowed = () if condition.field in FREE_CODE_FIELDS else codes.allowed(condition.field)
    order = {code: place for place, code in enumerate(allowed)}
    single = sorted(condition.codes - of_families, key=lambda code: (order.get(code, 0), code))
    words = _or([*named, *(codes.label(condition.field, code) for code in single)])
    return f"at least {condition.at_least} different, {words}" if condition.at_least > 1 else words


def _family(family: str) -> str:
    return family.upper() if family in {"cpb", "ecmo", "vad"} else family.replace("_", " ")


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _limits_in_words(condition: Between) -> str:
    field, least, most = condition.field, condition.least, condition.most
    words = []
    if isinstance(least, date | Anchor):
        words.append(f"from {_day(least)}")
    elif least is not None:
        words.append(f"at least {_amount(field, least)}")
    if isinstance(most, date | Anchor):
        words.append(f"until {_day(most)}")
    elif most is not None:
        words.append(f"at most {_amount(field, most)}")
    return " and ".join(words)


def _day(limit: date | Anchor) -> str:
    if isinstance(limit, date):
        return f"{limit}"
    moved = {0: "", 1: "the day after ", -1: "the day before "}.get(limit.days, f"{limit.days} days after ")
    return moved + label(limit.name)


def _amount(field: str, number: float) -> str:
    return f"{number:,}".removesuffix(".0") + f" {UNITS.get(field, field)}"


def label(field: str) -> str:
    """The field's name inside a sentence."""
    text = _LABELS[field]
    text = text.removeprefix("Your ").split(" (")[0]
    return text if text.startswith("CPB") else text[0].lower() + text[1:]


def why_not(condition: Condition, record: object, codes: CodeBook) -> str:
    """Why the record fails a resolved condition, in a few words: the first part that it fails."""
    match condition:
        case AllOf(parts):
            return next(why_not(part, record, codes) for part in parts if not holds(part, record))
        case Settled(reason=reason):
            return reason or "never counts"
        case Named():
            return _why_not_named(condition, record, codes)
        case AnyOf(parts) if all(isinstance(part, Named) for part in parts):
            titles = [part.title for part in parts if isinstance(part, Named)]
            return f"only {_or(titles)} cases count"
        case Between(field, least, _) if isinstance(getattr(record, field), date):
            value = getattr(record, field)
            return f"before {least}" if isinstance(least, date) and value < least else f"after {condition.most}"
        case OneOf(field) | Between(field) | Is(field) if not is_given(getattr(record, field)):
            return f"{label(field)} is not given"
        case OneOf(field) if isinstance(getattr(record, field), str):
            found = codes.label(field, getattr(record, field))
            return f"{label(field)} is {found}, not {_codes_in_words(condition, codes)}"
        case Between(field):
            return f"{label(field)} is {_amount(field, getattr(record, field))}, not {_limits_in_words(condition)}"
        case _:
            return f"counts only: {in_words(condition, codes)}"


def _why_not_named(condition: Named, record: object, codes: CodeBook) -> str:
    only = f"only {condition.title} cases count"
    match condition.part:
        case OneOf(field) if getattr(record, field) is None:
            return f"{label(field)} is not given"
        case OneOf(field) if isinstance(getattr(record, field), str):
            return f"{codes.label(field, getattr(record, field))}: {only}"
        case AllOf() as part:
            return why_not(part, record, codes)
        case _:
            return only
