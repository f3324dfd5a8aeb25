"""What is known of a student beside the log: dates, documents, the program's numbers, and waivers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Attestation:
    """A document or statement: its id (such as `transcript`), by whom in words, on which day."""

    id: str
    by: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """What a director granted a student: who, why, from when and until when; never an edit of rule or case.

    Without `minimum` and `counts` the requirement is waived. `minimum` puts another number in its place;
    `counts` are the uids of entries that count although the rule says no. `ruleset` empty means any set.
    """

    requirement: str
    granted_by: str
    reason: str
    on: date
    until: date | None = None
    ruleset: str = ""
    minimum: Fraction | None = None
    counts: tuple[str, ...] = ()

    def in_force(self, day: date) -> bool:
        return self.on <= day and (self.until is None or day <= self.until)

    def names(self, ruleset_id: str, requirement_ids: Collection[str]) -> bool:
        """Whether it is about this requirement, under one of its ids, of this rule set."""
        return self.requirement in requirement_ids and self.ruleset in ("", ruleset_id)

    @property
    def waives(self) -> bool:
        """Whether the whole requirement is waived, not only a number or an entry replaced."""
        return self.minimum is None and not self.counts


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentFacts:
    """Dates and documents of one student, and the numbers that the student's program set.

    `program_minimums` goes by number key, or by `ruleset/key` where several sets have the same key.
    """

    program_start: date | None = None
    expected_graduation: date | None = None
    graduated_on: date | None = None
    certified_on: date | None = None
    enrolled: bool | None = None
    attestations: tuple[Attestation, ...] = ()
    program_minimums: Mapping[str, int] = field(default_factory=dict)

    def as_of(self, day: date) -> "StudentFacts":
        """The facts as they stood on a day: what happened later is not yet known."""
        return replace(
            self,
            graduated_on=self.graduated_on if self.graduated_on and self.graduated_on <= day else None,
            certified_on=self.certified_on if self.certified_on and self.certified_on <= day else None,
            attestations=tuple(attested for attested in self.attestations if attested.on <= day),
        )

    def attested(self, requirement_ids: Collection[str]) -> tuple[Attestation, ...]:
        """The attestations with one of these ids, the earliest first."""
        found = (each for each in self.attestations if each.id in requirement_ids)
        return tuple(sorted(found, key=lambda each: (each.on, each.by)))

    def program_number(self, ruleset_id: str, key: str) -> int | None:
        """The number that the program set under this key, if it did."""
        return self.program_minimums.get(f"{ruleset_id}/{key}", self.program_minimums.get(key))
