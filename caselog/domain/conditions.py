"""Conditions over the fields of a case or of a student: and, or, not, codes, families, ranges, given or not.

A condition is a tree of values. It can be held against a record, say itself in words, and say why a record fails.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import assert_never

from caselog.domain.case import LABELS, UNITS
from caselog.domain.codes import CodeBook, CodeList


class Kind(Enum):
    """What a field holds, and so which comparisons make sense for it."""

    CODE = "a code"
    CODES = "a list of codes"
    NUMBER = "a number"
    DATE = "a date"
    YES_NO = "yes or no"


CASE_FIELDS: Mapping[str, Kind] = {
    "case_date": Kind.DATE,
    "site": Kind.CODE,
    "site_country": Kind.CODE,
    "rotation": Kind.CODE,
    "preceptor": Kind.CODE,
    "activity": Kind.CODE,
    "procedures": Kind.CODES,
    "role": Kind.CODE,
    "share_percent": Kind.NUMBER,
    "setting": Kind.CODE,
    "age_group": Kind.CODE,
    "urgency": Kind.CODE,
    "redo": Kind.YES_NO,
    "cpb_minutes": Kind.NUMBER,
    "cross_clamp_minutes": Kind.NUMBER,
    "circulatory_arrest_minutes": Kind.NUMBER,
    "support_hours": Kind.NUMBER,
    "lowest_temp_c": Kind.NUMBER,
    "techniques": Kind.CODES,
    "events": Kind.CODES,
}
STUDENT_FIELDS: Mapping[str, Kind] = {
    "program_start": Kind.DATE,
    "expected_graduation": Kind.DATE,
    "graduated_on": Kind.DATE,
    "enrolled": Kind.YES_NO,
}
# Fields whose codes no list closes: each program has its own sites, people and rotations.
FREE_CODE_FIELDS = frozenset({"site", "site_country", "rotation", "preceptor"})
_STUDENT_LABELS = {
    "program_start": "Start of the program",
    "expected_graduation": "Expected graduation",
    "graduated_on": "Graduation",
    "enrolled": "Enrolled",
}


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field holds one of these codes, or one of a family; of a list, `at_least` different ones."""

    field: str
    codes: frozenset[str]
    families: tuple[str, ...] = ()
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class Between:
    """The field is given and lies within the limits, both included."""

    field: str
    least: float | date | None = None
    most: float | date | None = None


@dataclass(frozen=True, slots=True)
class Is:
    """A yes/no field is as said."""

    field: str
    value: bool


@dataclass(frozen=True, slots=True)
class Given:
    """The field is given, or is not."""

    field: str
    value: bool


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


@dataclass(frozen=True, slots=True)
class Named:
    """A derived category such as *performed* or *valve*: a condition with a name that people use."""

    name: str
    title: str
    part: "Condition"


Condition = OneOf | Between | Is | Given | AllOf | AnyOf | Not | Named


def resolve(condition: Condition, codes: CodeBook) -> Condition:
    """The same condition with families opened into the codes of this program's code book."""
    match condition:
        case OneOf(field, own, families) if families:
            opened = [codes.family(CodeList(field), family) for family in families]
            return replace(condition, codes=own.union(*opened))
        case AllOf(parts):
            return AllOf(tuple(resolve(part, codes) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(resolve(part, codes) for part in parts))
        case Not(part):
            return Not(resolve(part, codes))
        case Named(part=part):
            return replace(condition, part=resolve(part, codes))
        case _:
            return condition


def holds(condition: Condition, record: object) -> bool:
    """Whether the record (a case, or what is known of a student) satisfies a resolved condition."""
    match condition:
        case OneOf(field, codes, _, at_least):
            return _matching(record, field, codes) >= at_least
        case Between(field, least, most):
            return _within(getattr(record, field), least, most)
        case Is(field, value):
            return getattr(record, field) is value
        case Given(field, value):
            return _is_given(getattr(record, field)) is value
        case AllOf(parts):
            return all(holds(part, record) for part in parts)
        case AnyOf(parts):
            return any(holds(part, record) for part in parts)
        case Not(part):
            return not holds(part, record)
        case Named(part=part):
            return holds(part, record)
        case _:
            assert_never(condition)


def _matching(record: object, field: str, codes: frozenset[str]) -> int:
    value: str | tuple[str, ...] | None = getattr(record, field)
    if isinstance(value, tuple):
        return len(codes.intersection(value))
    return int(value in codes)


def _is_given(value: object) -> bool:
    return value is not None and value not in ((), "")


def _within(value: "float | date | None", least: "float | date | None", most: "float | date | None") -> bool:
    # The loader lets only dates meet dates and numbers meet numbers.
    return (
        value is not None
        and (least is None or value >= least)  # type: ignore[operator]  # see above
        and (most is None or value <= most)  # type: ignore[operator]  # see above
    )


def fields_of(condition: Condition) -> Iterator[str]:
    """The fields that a condition reads, so that a store need fetch no others."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from fields_of(part)
        case Not(part) | Named(part=part):
            yield from fields_of(part)
        case OneOf() | Between() | Is() | Given():
            yield condition.field
        case _:
            assert_never(condition)


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
        case Is(field, value) | Given(field, value):
            return _yes_no_in_words(condition, field, value)
        case _:
            assert_never(condition)


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
    if least is not None:
        words.append(f"from {least}" if isinstance(least, date) else f"at least {_amount(field, least)}")
    if most is not None:
        words.append(f"until {most}" if isinstance(most, date) else f"at most {_amount(field, most)}")
    return " and ".join(words)


def _amount(field: str, number: float) -> str:
    return f"{number:,}".removesuffix(".0") + f" {UNITS[field]}"


def label(field: str) -> str:
    """The field's name inside a sentence."""
    text = LABELS.get(field) or _STUDENT_LABELS[field]
    text = text.removeprefix("Your ").split(" (")[0]
    return text if text.startswith("CPB") else text[0].lower() + text[1:]


def why_not(condition: Condition, record: object, codes: CodeBook) -> str:
    """Why the record fails a resolved condition, in a few words: the first part that it fails."""
    match condition:
        case AllOf(parts):
            return next(why_not(part, record, codes) for part in parts if not holds(part, record))
        case Named():
            return _why_not_named(condition, record, codes)
        case AnyOf(parts) if all(isinstance(part, Named) for part in parts):
            titles = [part.title for part in parts if isinstance(part, Named)]
            return f"only {_or(titles)} cases count"
        case Between(field, least, _) if isinstance(getattr(record, field), date):
            value = getattr(record, field)
            return f"before {least}" if isinstance(least, date) and value < least else f"after {condition.most}"
        case OneOf(field) | Between(field) | Is(field) if not _is_given(getattr(record, field)):
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
