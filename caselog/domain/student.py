"""What is known of a student beside the log."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date


@dataclass(frozen=True, slots=True)
class Attestation:
    """A document or statement: its id (such as `transcript`), by whom in words, on which day."""

    id: str
    by: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentFacts:
    """Dates and documents of one student, and the numbers that the student's program set."""

    program_start: date | None = None
    expected_graduation: date | None = None
    graduated_on: date | None = None
    enrolled: bool | None = None
    attestations: tuple[Attestation, ...] = ()
    program_minimums: Mapping[str, int] = field(default_factory=dict)

    def as_of(self, day: date) -> "StudentFacts":
        """The facts as they stood on a day: what happened later is not yet known."""
        return replace(
            self,
            graduated_on=self.graduated_on if self.graduated_on and self.graduated_on <= day else None,
            attestations=tuple(attested for attested in self.attestations if attested.on <= day),
        )

    def attestation(self, attested: str) -> Attestation | None:
        """The attestation with this id, if there is one."""
        return next((found for found in self.attestations if found.id == attested), None)
