"""Conditions over the fields of a case, a learning activity or a student.

A condition is a tree of values: and, or, not, codes, families, ranges, months, windows of years. What depends on
the code book and the day is settled once (`resolve`), what depends on the student once per student (`bind`); then
it can be held against any number of records. How it reads in words stands in wording.py.
"""

from calendar import isleap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum
from typing import assert_never

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
    "site_affiliated": Kind.YES_NO,
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
ACTIVITY_FIELDS: Mapping[str, Kind] = {
    "date": Kind.DATE,
    "kind": Kind.CODE,
    "hours": Kind.NUMBER,
    "units": Kind.NUMBER,
    "category": Kind.CODE,
    "provider": Kind.CODE,
    "supervisor": Kind.CODE,
}
STUDENT_FIELDS: Mapping[str, Kind] = {
    "program_start": Kind.DATE,
    "expected_graduation": Kind.DATE,
    "graduated_on": Kind.DATE,
    "certified_on": Kind.DATE,
    "enrolled": Kind.YES_NO,
}
# The student's dates that a limit may name, as in { from = "@program_start" }.
ANCHORS = tuple(name for name, kind in STUDENT_FIELDS.items() if kind is Kind.DATE)
_ANCHOR_WORDS = {
    "program_start": "start of the program",
    "expected_graduation": "expected graduation",
    "graduated_on": "graduation",
    "certified_on": "certification",
}
# Fields whose codes no list closes: each program has its own sites, people and rotations.
FREE_CODE_FIELDS = frozenset(
    {"site", "site_country", "rotation", "preceptor", "category", "provider", "supervisor"}
)


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field holds one of these codes, or one of a family; of a list, `at_least` different ones."""

    field: str
    codes: frozenset[str]
    families: tuple[str, ...] = ()
    at_least: int = 1

    def __repr__(self) -> str:
        # Sorted, so that the same tree prints the same in every process.
        return f"OneOf({self.field!r}, {sorted(self.codes)}, {self.families}, {self.at_least})"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A date of the student's own, moved by some days: the limit of a window such as *after graduation*."""

    name: str
    days: int = 0

    def moved(self, day: date) -> date:
        """The limit where the student's date is `day`; there is no day before the first nor after the last."""
        moved = min(max(day.toordinal() + self.days, date.min.toordinal()), date.max.toordinal())
        return date.fromordinal(moved)


Limit = float | date | Anchor | None


@dataclass(frozen=True, slots=True)
class Between:
    """The field is given and lies within the limits, both included."""

    field: str
    least: Limit = None
    most: Limit = None


@dataclass(frozen=True, slots=True)
class Lately:
    """The date lies within the last `years`: years that start on a fixed month and day, or any years back.

    With `year_starts` the last of them is the one that holds the day of the evaluation.
    """

    field: str
    years: int
    year_starts: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class InMonths:
    """The date lies in one of these months of any year."""

    field: str
    months: frozenset[int]


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
class OfStudent:
    """Something about the student, inside a condition over a case or an activity."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class Settled:
    """What turned out true or false once the student was known; `reason` says what was missing.

    What is not `known` makes neither a condition nor its opposite true.
    """

    true: bool
    reason: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class Named:
    """A derived category such as *performed* or *valve*: a condition with a name that people use."""

    name: str
    title: str
    part: "Condition"


Condition = (
    OneOf | Between | Lately | InMonths | Is | Given | AllOf | AnyOf | Not | OfStudent | Settled | Named
)  # fmt: skip


def _inside(condition: Condition, change: Callable[[Condition], Condition]) -> Condition:
    """The same condition with its parts changed; a condition without parts stays as it is."""
    match condition:
        case AllOf(parts):
            return AllOf(tuple(change(part) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(change(part) for part in parts))
        case Not(part):
            return Not(change(part))
        case OfStudent(part):
            return OfStudent(change(part))
        case Named(part=part):
            return replace(condition, part=change(part))
        case _:
            return condition


def resolve(condition: Condition, codes: CodeBook, as_of: date) -> Condition:
    """The same condition with families opened into the program's codes, and years counted back from a day."""
    match condition:
        case OneOf(field, own, families) if families:
            opened = [codes.family(CodeList(field), family) for family in families]
            return replace(condition, codes=own.union(*opened))
        case Lately(field, years, year_starts):
            return Between(field, start_of_years(as_of, years, year_starts), as_of)
        case _:
            return _inside(condition, lambda part: resolve(part, codes, as_of))


def start_of_years(as_of: date, years: int, year_starts: tuple[int, int] | None) -> date:
    """The first day of the last `years` years; see Lately."""
    if year_starts is None:
        return _in_year(as_of.year - years, (as_of.month, as_of.day)) + timedelta(days=1)
    begun = as_of.year if as_of >= _in_year(as_of.year, year_starts) else as_of.year - 1
    return _in_year(begun - years + 1, year_starts)


def _in_year(year: int, day: tuple[int, int]) -> date:
    month, number = day
    leapless = (month, number) == (2, 29) and not isleap(year)
    return date(year, month, 28 if leapless else number)


def bind(condition: Condition, student: object) -> Condition:
    """The same condition with the student's dates put in and what it says of the student settled."""
    match condition:
        case Between(field, least, most) if isinstance(least, Anchor) or isinstance(most, Anchor):
            limits = [_anchored(limit, student) if isinstance(limit, Anchor) else limit for limit in (least, most)]
            unknown = next((limit for limit in limits if isinstance(limit, Settled)), None)
            return unknown or Between(field, *limits)  # type: ignore[arg-type]  # no Settled is left
        case OfStudent(part):
            part = bind(part, student)
            true = holds(part, student)
            known = true or holds(_opposite(part), student)
            return Settled(true, "the student does not fulfil the condition", known)
        case Not(part):
            part = bind(part, student)
            return _opposite(part) if _has_unknown(part) else Not(part)
        case _:
            return _inside(condition, lambda part: bind(part, student))


def _opposite(condition: Condition) -> Condition:
    """What is true where a bound condition is false; what is not known stays unknown."""
    match condition:
        case AllOf(parts):
            return AnyOf(tuple(_opposite(part) for part in parts))
        case AnyOf(parts):
            return AllOf(tuple(_opposite(part) for part in parts))
        case Named(part=part) if _has_unknown(part):
            return _opposite(part)
        case Not(part):
            return part
        case Settled(known=False):
            return condition
        case _:
            return Not(condition)


def _has_unknown(condition: Condition) -> bool:
    match condition:
        case AllOf(parts) | AnyOf(parts):
            return any(_has_unknown(part) for part in parts)
        case Not(part) | Named(part=part):
            return _has_unknown(part)
        case _:
            return isinstance(condition, Settled) and not condition.known


def _anchored(anchor: Anchor, student: object) -> date | Settled:
    day: date | None = getattr(student, anchor.name)
    if day is None:
        return Settled(true=False, reason=f"no {_ANCHOR_WORDS[anchor.name]} is known", known=False)
    return anchor.moved(day)


def reads_student(condition: Condition) -> bool:
    """Whether a condition over records depends on whose they are."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            return any(reads_student(part) for part in parts)
        case Not(part) | Named(part=part):
            return reads_student(part)
        case Between(_, least, most):
            return isinstance(least, Anchor) or isinstance(most, Anchor)
        case _:
            return isinstance(condition, OfStudent)


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
            return is_given(getattr(record, field)) is value
        case InMonths(field, months):
            day: date | None = getattr(record, field)
            return day is not None and day.month in months
        case Settled(true):
            return true
        case AllOf(parts):
            return all(holds(part, record) for part in parts)
        case AnyOf(parts):
            return any(holds(part, record) for part in parts)
        case Not(part):
            return not holds(part, record)
        case Named(part=part):
            return holds(part, record)
        case _:
            raise TypeError(f"{condition} is not resolved and bound yet")


def _matching(record: object, field: str, codes: frozenset[str]) -> int:
    value: str | tuple[str, ...] | None = getattr(record, field)
    if isinstance(value, tuple):
        return len(codes.intersection(value))
    return int(value in codes)


def is_given(value: object) -> bool:
    return value is not None and value not in ((), "")


def _within(value: float | date | None, least: Limit, most: Limit) -> bool:
    # The loader lets only dates meet dates and numbers meet numbers.
    return (
        value is not None
        and (least is None or value >= least)  # type: ignore[operator]  # see above, and anchors are bound
        and (most is None or value <= most)  # type: ignore[operator]  # see above, and anchors are bound
    )


def fields_of(condition: Condition) -> Iterator[str]:
    """The fields that a condition reads, so that a store need fetch no others."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from fields_of(part)
        case Not(part) | Named(part=part):
            yield from fields_of(part)
        case OneOf() | Between() | Lately() | InMonths() | Is() | Given():
            yield condition.field
        case OfStudent() | Settled():
            return
        case _:
            assert_never(condition)
