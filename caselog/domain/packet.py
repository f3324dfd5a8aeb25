"""A packet of one student as values: what its pages say, in the order of a reader, whatever file is made of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table in texts; `numeric` are the columns, from 0, whose numbers stand at the right.

    A row that begins with `INSIDE` belongs to the one above it.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    remarks: tuple[str, ...] = ()


INSIDE = "– "


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One requirement by itself: how it stands, what it asks in sentences, and what counts toward it."""

    letter: str  # by which the list of cases refers to it; empty where no cases count
    title: str
    standing: str
    numbers: str
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPart:
    """One rule set: `standing` is whether the record is ready for it."""

    title: str
    edition: str
    standing: str
    about: str
    table: Table
    asked: tuple[Asked, ...]
    attach: tuple[tuple[str, str], ...]  # statements and documents that it asks for, and whether they are on file
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """All that a packet says. Texts are final: dates and sites are as exact as they may leave.

    `code` is grouped as it is printed; `verify` is the address for it, empty where the server has none of its own.
    """

    title: str
    purpose: str
    paper: str
    student: str
    program: str
    is_demo: bool
    facts: tuple[tuple[str, str], ...]
    code: str
    verify: str
    head: str
    made: str
    readiness: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]
    summary: tuple[str, ...]
    breakdown: tuple[Table, ...]
    sets: tuple[SetPart, ...]
    rotations: Table | None
    cases: Table
    activities: Table | None
    activity_count: int  # that stand behind that table
    attestations: Table | None
    waivers: Table | None
    notes: tuple[tuple[str, str], ...]
    signers: tuple[str, ...]
    statement: str
