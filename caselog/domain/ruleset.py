"""What a board or program asks, as values: sources, numbers and requirements. Nothing here computes.

A few ideas make up every rule: which entries count (conditions), what each is worth (credit), how much parts may
contribute (floors and ceilings), what must be reached (numbers), and how requirements stand together (groups,
exclusive counting, other sets).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from caselog.domain.conditions import Condition


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number was read, and on which day."""

    title: str
    address: str
    read: date


class Rounding(StrEnum):
    """How a share becomes a number: whole where entries count whole, up for a floor and down for a ceiling."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Percent:
    """So many percent of the minimum of another requirement, or of what it counted."""

    percent: Fraction
    of: str
    of_counted: bool = False
    rounding: Rounding = Rounding.UP

    def of_base(self, base: Fraction) -> Fraction:
        exact = base * self.percent / 100
        match self.rounding:
            case Rounding.UP:
                return Fraction(math.ceil(exact))
            case Rounding.DOWN:
                return Fraction(math.floor(exact))
            case Rounding.NONE:
                return exact


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a rule. `by_program`: the program may set it; `value` then is only what holds until it does.

    `key` names the number to the program: the requirement's id, `requirement.part` for a ceiling,
    `requirement.part.at_least` for a floor, `requirement.preferred` and the like.
    `exceptions` are tried in their order: the first whose condition holds for the student gives the number.
    """

    key: str
    value: Fraction | None
    source: Source
    by_program: bool = False
    exceptions: tuple[tuple[Condition, Fraction], ...] = ()
    share: Percent | None = None


@dataclass(frozen=True, slots=True)
class Credit:
    """What an entry is worth: `points`, or its `field` in steps of `per` (one per 4 hours), at most `at_most`.

    Only whole steps count unless `per` is None, when the field's own amount counts.
    """

    where: Condition | None = None
    points: Fraction = Fraction(1)
    field: str | None = None
    per: Fraction | None = None
    at_most: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what a requirement counts: a floor that it must reach, a ceiling on what it contributes."""

    id: str
    title: str
    where: Condition
    at_least: Number | None = None
    at_most: Number | None = None


@dataclass(frozen=True, slots=True)
class EachYear:
    """A floor in each of the last `years` years; see Lately for `year_starts`."""

    at_least: Number
    years: int
    year_starts: tuple[int, int] | None = None


class Entries(StrEnum):
    """What a requirement counts."""

    CASES = "cases"
    ACTIVITIES = "activities"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What all requirements have. The id is stable across editions.

    What was attested, granted or set under `renamed_from`, the id in earlier editions, still holds.
    """

    id: str
    title: str
    says: str  # what the source asks, in our words
    source: Source
    note: str = ""  # what the source leaves open, shown beside the number
    renamed_from: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        return (self.id, self.renamed_from) if self.renamed_from else (self.id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRequirement(Requirement):
    """At least `minimum` from the entries that are eligible and satisfy `where`.

    An entry belongs to the first part whose condition holds, and is worth what the first fitting credit says
    (1 without credits). With `once_per`, of entries with the same value of that field only the best counts.
    """

    where: Condition
    eligible: Condition
    minimum: Number
    of: Entries = Entries.CASES
    preferred: Number | None = None
    unit: str = "cases"  # what the numbers are, in words
    credits: tuple[Credit, ...] = ()
    once_per: str | None = None
    parts: tuple[Part, ...] = ()
    each_year: EachYear | None = None

    def numbers(self) -> Iterator[tuple[Number, Part | None]]:
        """Every number with the part that it belongs to."""
        in_a_year = self.each_year.at_least if self.each_year else None
        for number in (self.minimum, self.preferred, in_a_year):
            if number is not None:
                yield number, None
        for part in self.parts:
            for number in (part.at_least, part.at_most):
                if number is not None:
                    yield number, part

    def conditions(self) -> Iterator[Condition]:
        """Every condition over entries."""
        yield self.where
        yield self.eligible
        yield from (part.where for part in self.parts)
        yield from (credit.where for credit in self.credits if credit.where is not None)

    def fields(self) -> Iterator[str]:
        """Fields that are read beside those of the conditions."""
        if self.once_per:
            yield self.once_per
        yield from (credit.field for credit in self.credits if credit.field)


def is_plain(requirement: CountRequirement) -> bool:
    """Whether each entry is worth one, whatever the others are."""
    return not (requirement.credits or requirement.once_per or requirement.parts or requirement.each_year)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentRequirement(Requirement):
    """Something that must be true of the student."""

    where: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationRequirement(Requirement):
    """Documents on file or statements signed, `minimum` of them; matched by the requirement's id.

    With `every`, one is due for each so many that the requirement `of` has counted.
    """

    minimum: Number
    every: Number | None = None
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRequirement(Requirement):
    """At least `at_least` of the members; members are not asked for on their own."""

    members: tuple[str, ...]
    at_least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRequirement(Requirement):
    """All of another rule set."""

    ruleset: "RuleSet"


AnyRequirement = (
    CountRequirement | StudentRequirement | AttestationRequirement | GroupRequirement | SetRequirement
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exclusive:
    """A case serves one of these requirements only, but for the pairs that may share one."""

    among: tuple[str, ...]
    may_share: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One edition of what one board or program asks."""

    id: str
    title: str
    edition: str
    about: str
    sources: tuple[Source, ...]
    requirements: tuple[AnyRequirement, ...]
    exclusive: tuple[Exclusive, ...] = ()
    starts: date | None = None  # the first day on which a cohort may start under this edition
    notes: tuple[str, ...] = field(default=())

    def requirement(self, requirement_id: str) -> AnyRequirement:
        """The requirement with this id. Raises KeyError."""
        for requirement in self.requirements:
            if requirement.id == requirement_id:
                return requirement
        raise KeyError(requirement_id)

    def counting(self) -> tuple[CountRequirement, ...]:
        return tuple(each for each in self.requirements if isinstance(each, CountRequirement))

    def members(self) -> frozenset[str]:
        """The requirements that are asked for only through a group."""
        groups = (each for each in self.requirements if isinstance(each, GroupRequirement))
        return frozenset(member for group in groups for member in group.members)

    def program_numbers(self) -> Iterator[tuple[CountRequirement, Number, Part | None]]:
        """The numbers that a program sets itself, each with the part that it belongs to."""
        for requirement in self.counting():
            for number, part in requirement.numbers():
                if number.by_program:
                    yield requirement, number, part
