"""What a board or program asks, as values: sources, numbers and requirements. Nothing here computes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from caselog.domain.conditions import Condition


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number was read, and on which day."""

    title: str
    address: str
    read: date


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a rule. `by_program`: the program may set it; `value` then is only what holds until it does.

    `key` names the number to the program: the requirement's id, or `requirement.part` for a part's ceiling.
    """

    key: str
    value: int | None
    source: Source
    by_program: bool = False

    def set_by(self, program_numbers: Mapping[str, int]) -> int | None:
        """The number in force for a program that set these numbers, or None while nobody has set it."""
        return program_numbers.get(self.key, self.value) if self.by_program else self.value


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what a requirement counts, with a ceiling on what it contributes."""

    id: str
    title: str
    where: Condition
    at_most: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What all requirements have. The id is stable across editions."""

    id: str
    title: str
    says: str  # what the source asks, in our words
    source: Source
    note: str = ""  # what the source leaves open, shown beside the number


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRequirement(Requirement):
    """At least `minimum` cases that are eligible and satisfy `where`.

    A case belongs to the first part whose condition holds; over that part's ceiling it does not count.
    """

    where: Condition
    eligible: Condition
    minimum: Number
    parts: tuple[Part, ...] = ()

    def numbers(self) -> Iterator[tuple[Number, Part | None]]:
        """The minimum, then each part's ceiling with its part."""
        yield self.minimum, None
        yield from ((part.at_most, part) for part in self.parts)

    def conditions(self) -> Iterator[Condition]:
        yield self.where
        yield self.eligible
        yield from (part.where for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentRequirement(Requirement):
    """Something that must be true of the student."""

    where: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationRequirement(Requirement):
    """A document on file or a statement signed; attestations are matched by the requirement's id."""


AnyRequirement = CaseRequirement | StudentRequirement | AttestationRequirement


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One edition of what one board or program asks."""

    id: str
    title: str
    edition: str
    about: str
    sources: tuple[Source, ...]
    requirements: tuple[AnyRequirement, ...]

    def program_numbers(self) -> Iterator[tuple[CaseRequirement, Number, Part | None]]:
        """The numbers that a program sets itself, each with the part whose ceiling it is, if it is one."""
        for requirement in self.requirements:
            if isinstance(requirement, CaseRequirement):
                for number, part in requirement.numbers():
                    if number.by_program:
                        yield requirement, number, part
