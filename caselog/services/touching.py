"""Entries × requirements: a student's whole log before one rule set, and one entry before every rule."""

import math
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from caselog.domain.activity import LearningActivity
from caselog.domain.case import Case
from caselog.domain.evaluate import Engine
from caselog.domain.result import Entry, Evaluation, Outcome, RequirementResult, Verdict
from caselog.domain.ruleset import CountRequirement, Entries, GroupRequirement, RuleSet, SetRequirement
from caselog.services.actor import Actor, NotFoundError
from caselog.services.entry_pages import PAGE_SIZE
from caselog.services.progress import StudentRecord, student_record

KINDS: Mapping[Entries, type[Entry]] = {Entries.CASES: Case, Entries.ACTIVITIES: LearningActivity}


@dataclass(frozen=True, slots=True)
class Column:
    """A requirement that counts entries, as it stands, and the set that it is of.

    `page` names the requirement on whose page it is explained: its own, or that of the set that it comes with.
    """

    ruleset: RuleSet
    page: tuple[str, str]
    result: RequirementResult

    @property
    def requirement(self) -> CountRequirement:
        found = self.result.requirement
        if not isinstance(found, CountRequirement):
            raise TypeError(f"{found.id} counts no entries")
        return found


def columns(evaluation: Evaluation) -> tuple[Column, ...]:
    """The requirements that count entries: the set's own, then those of the sets that it builds on."""
    return tuple(_columns(evaluation.ruleset, evaluation.requirements, None))


def _columns(
    ruleset: RuleSet, results: Sequence[RequirementResult], page: tuple[str, str] | None
) -> Iterator[Column]:
    for result in results:
        if result.counts_entries:
            yield Column(ruleset, page or (ruleset.id, result.requirement.id), result)
    for result in results:
        if isinstance(result.requirement, SetRequirement):
            inner = result.requirement.ruleset
            yield from _columns(inner, result.inner, page or (ruleset.id, result.requirement.id))


def _verdict(column: Column, entry: Entry, known: Mapping[str, Verdict]) -> Verdict:
    """What an entry is to a requirement; entries of the other kind have no verdict of the engine's."""
    other = f"only {column.requirement.of} count"
    return known.get(entry.uid) or Verdict(entry, Outcome.EXCLUDED, other)


# One entry before every rule


@dataclass(frozen=True, slots=True)
class SetTouches:
    """How one entry touches one rule set; `otherwise` are the titles of what entries of its kind cannot serve."""

    ruleset: RuleSet
    touches: tuple[tuple[Column, Verdict], ...]
    otherwise: tuple[str, ...]


def entry_touches(actor: Actor, student_id: uuid.UUID, uid: uuid.UUID) -> tuple[SetTouches, ...] | None:
    """How an entry of a student touches every rule; None if the student's progress is not the actor's to see.

    Raises NotFoundError if the student has no such entry.
    """
    try:
        record = student_record(actor, student_id)
    except NotFoundError:
        return None
    for entry in record.entries:
        if entry.uid == str(uid):
            return tuple(_touches(record.evaluate(engine), entry) for engine in record.engines)
    raise NotFoundError


def _touches(evaluation: Evaluation, entry: Entry) -> SetTouches:
    found, otherwise = [], []
    for column in columns(evaluation):
        if isinstance(entry, KINDS[column.requirement.of]):
            mine = {each.entry.uid: each for each in column.result.verdicts if each.entry.uid == entry.uid}
            found.append((column, _verdict(column, entry, mine)))
        else:
            otherwise.append(column.requirement.title)
    otherwise += [each.requirement.title for each in _not_of_entries(evaluation.requirements)]
    return SetTouches(evaluation.ruleset, tuple(found), tuple(otherwise))


def _not_of_entries(results: Iterable[RequirementResult]) -> Iterator[RequirementResult]:
    for result in results:
        if isinstance(result.requirement, SetRequirement):
            yield from _not_of_entries(result.inner)
        elif not isinstance(result.requirement, CountRequirement | GroupRequirement):
            yield result


# The whole log before one rule set


class Shown(StrEnum):
    """Which entries a matrix shows."""

    ALL = "all"
    COUNTED = "counted"
    WAITING = "waiting"
    NOTHING = "nothing"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One entry with its verdict in each column."""

    entry: Entry
    verdicts: tuple[Verdict, ...]

    def has(self, outcome: Outcome) -> bool:
        return any(verdict.outcome is outcome for verdict in self.verdicts)

    @property
    def serves(self) -> bool:
        """Whether it counts toward something, or will once it is verified."""
        return self.has(Outcome.COUNTED) or self.has(Outcome.PENDING)


@dataclass(frozen=True, slots=True)
class Matrix:
    """A page of a log × the requirements of one set, newest first; `of` are the kinds of entry that it counts.

    `number` counts from 1, `total` are the entries of all `pages`.
    """

    ruleset: RuleSet
    columns: tuple[Column, ...]
    of: frozenset[Entries]
    rows: tuple[MatrixRow, ...]
    number: int
    pages: int
    total: int

    @property
    def groups(self) -> tuple[tuple[RuleSet, int], ...]:
        """The sets that the columns are of, in their order, each with how many are its."""
        return tuple(
            (each, len(list(mine))) for each, mine in groupby(self.columns, lambda column: column.ruleset)
        )


def matrix(record: StudentRecord, engine: Engine, shown: Shown, number: int) -> Matrix:
    """The page of this number; a page beyond the last is the last."""
    evaluation = record.evaluate(engine)
    asked = columns(evaluation)
    of = frozenset(column.requirement.of for column in asked)
    rows = _rows(record.entries, evaluation)
    match shown:
        case Shown.COUNTED:
            rows = [row for row in rows if row.has(Outcome.COUNTED)]
        case Shown.WAITING:
            rows = [row for row in rows if row.has(Outcome.PENDING)]
        case Shown.NOTHING:
            rows = [row for row in rows if not row.serves]
        case Shown.NOWHERE:
            elsewhere = {
                row.entry.uid
                for other in record.engines
                for row in _rows(record.entries, record.evaluate(other))
                if row.serves
            }
            rows = [row for row in rows if row.entry.uid not in elsewhere]
    pages = max(1, math.ceil(len(rows) / PAGE_SIZE))
    number = min(max(1, number), pages)
    on_page = rows[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return Matrix(evaluation.ruleset, asked, of, tuple(on_page), number, pages, len(rows))


def _rows(entries: Iterable[Entry], evaluation: Evaluation) -> list[MatrixRow]:
    """The entries of the kinds that a set counts, those without a date first, then the newest first."""
    asked = columns(evaluation)
    kinds = tuple({KINDS[column.requirement.of] for column in asked})
    known = [{verdict.entry.uid: verdict for verdict in column.result.verdicts} for column in asked]
    mine = sorted((entry for entry in entries if isinstance(entry, kinds)), key=_newest_first)
    return [
        MatrixRow(entry, tuple(_verdict(column, entry, each) for column, each in zip(asked, known, strict=True)))
        for entry in mine
    ]


def _newest_first(entry: Entry) -> tuple[bool, int, str]:
    return (entry.on is not None, -entry.on.toordinal() if entry.on else 0, entry.uid)
