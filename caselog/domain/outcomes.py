"""What became of students, and how a program's classes stand against thresholds: no clock, no database.

A measure is a share of people over a window of years. Whoever's answer is not known is named and never counted as
a yes or a no; the verdict is then given only where it is the same whatever those answers turn out to be.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from caselog.domain.ruleset import Source


class Exam(StrEnum):
    """How a student fared in one of the board's examinations."""

    PASSED_FIRST = "passed_first"
    PASSED_LATER = "passed_later"
    NOT_PASSED = "not_passed"
    NOT_TAKEN = "not_taken"


PASSED = frozenset({Exam.PASSED_FIRST, Exam.PASSED_LATER})


class Placement(StrEnum):
    """What a graduate did within a year of graduation."""

    EMPLOYED = "employed"
    EDUCATION = "education"
    MILITARY = "military"
    ELSEWHERE = "elsewhere"
    NOT_PLACED = "not_placed"


PLACED = frozenset({Placement.EMPLOYED, Placement.EDUCATION, Placement.MILITARY})


class Leaving(StrEnum):
    """Why a student left without graduating."""

    ACADEMIC = "academic"
    PERSONAL = "personal"
    TRANSFERRED = "transferred"
    DISMISSED = "dismissed"
    OTHER = "other"


LEAVING_WORDS = {
    Leaving.ACADEMIC: "Academic reasons",
    Leaving.PERSONAL: "Personal reasons",
    Leaving.TRANSFERRED: "Went to another program",
    Leaving.DISMISSED: "Dismissed",
    Leaving.OTHER: "Another reason",
}
EXAM_WORDS = {
    Exam.PASSED_FIRST: "Passed at the first attempt",
    Exam.PASSED_LATER: "Passed at a later attempt",
    Exam.NOT_PASSED: "Not passed so far",
    Exam.NOT_TAKEN: "Not taken",
}
PLACEMENT_WORDS = {
    Placement.EMPLOYED: "Employed in the field, full or part time",
    Placement.EDUCATION: "Continues education",
    Placement.MILITARY: "Serves in the military",
    Placement.ELSEWHERE: "Employed outside the field",
    Placement.NOT_PLACED: "None of these",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GraduateOutcome:
    """What became of a student, as a director entered it by hand; None is not known."""

    left_on: date | None = None
    left_why: Leaving | None = None
    pbse: Exam | None = None
    pbse_passed_on: date | None = None
    cape: Exam | None = None
    cape_passed_on: date | None = None
    placement: Placement | None = None
    placed_on: date | None = None


UNKNOWN = GraduateOutcome()


@dataclass(frozen=True, slots=True)
class Alumnus:
    """A student as measures see them: `due` is the year in which the class was to graduate.

    `graduated` is the year of the student's own graduation, None before it or without one.
    """

    key: str
    name: str
    due: int
    graduated: int | None
    outcome: GraduateOutcome = UNKNOWN


class Asked(StrEnum):
    """What a measure asks of each person."""

    PBSE = "pbse"
    CAPE = "cape"
    RETENTION = "retention"
    PLACEMENT = "placement"


@dataclass(frozen=True, slots=True)
class Measure:
    """A threshold as its publisher gives it: at least `percent` of those who are asked, over `years` years.

    `says` is what the source asks, `counts` who is counted as what, with a source of its own where it has one.
    """

    id: str
    title: str
    asks: Asked
    says: str
    percent: int
    years: int
    source: Source
    counts: str
    counts_source: Source | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The measures of one publisher, as they were read."""

    title: str
    edition: str
    about: str
    measures: tuple[Measure, ...]


class Verdict(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Share:
    """Of how many it is true, of how many it is not, and of whom it is not known."""

    yes: int
    no: int
    missing: tuple[Alumnus, ...] = ()

    @property
    def known(self) -> int:
        return self.yes + self.no

    @property
    def people(self) -> int:
        return self.known + len(self.missing)

    @property
    def percent(self) -> float | None:
        """Of those who are known, with one decimal; None where nobody is.

        Rounded down, so that a share below a threshold never reads as if it had reached it.
        """
        return 1000 * self.yes // self.known / 10 if self.known else None

    def against(self, percent: int) -> Verdict:
        """Met or not met where this holds whatever the missing answers are; whole numbers, so that a tie is exact."""
        if not self.people:
            return Verdict.UNKNOWN
        if 100 * self.yes >= percent * self.people:
            return Verdict.MET
        if 100 * (self.yes + len(self.missing)) < percent * self.people:
            return Verdict.NOT_MET
        return Verdict.UNKNOWN


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure over the window that ends with a year: the years pooled, and each by itself."""

    measure: Measure
    by_year: tuple[tuple[int, Share], ...]
    pooled: Share

    @property
    def verdict(self) -> Verdict:
        return self.pooled.against(self.measure.percent)

    @property
    def first(self) -> int:
        return self.by_year[0][0]

    @property
    def last(self) -> int:
        return self.by_year[-1][0]

    @property
    def nobody_in(self) -> tuple[int, ...]:
        """The years of the window in which there is nobody to ask."""
        return tuple(year for year, share in self.by_year if not share.people)


def year_in(asks: Asked, person: Alumnus) -> int | None:
    """The year in which a measure looks at a person; None where it does not.

    Retention looks at everybody admitted, in the year in which their class was to graduate; the others look at
    graduates, in the year in which they did.
    """
    return person.due if asks is Asked.RETENTION else person.graduated


def answer(asks: Asked, person: Alumnus) -> bool | None:
    """Whether what a measure asks is true of a person; None where it is not known."""
    outcome = person.outcome
    match asks:
        case Asked.PBSE:
            return None if outcome.pbse is None else outcome.pbse in PASSED
        case Asked.CAPE:
            return None if outcome.cape is None else outcome.cape in PASSED
        case Asked.PLACEMENT:
            return None if outcome.placement is None else outcome.placement in PLACED
        case Asked.RETENTION:
            if person.graduated is not None:
                return True
            return None if outcome.left_on is None else False


def share_of(asks: Asked, people: Iterable[Alumnus]) -> Share:
    """The share of these people of whom it is true."""
    answers = [(person, answer(asks, person)) for person in people]
    said = [found for _, found in answers if found is not None]
    return Share(sum(said), len(said) - sum(said), tuple(person for person, found in answers if found is None))


def figure(measure: Measure, people: Sequence[Alumnus], year: int) -> Figure:
    """A measure over its window, which ends with `year`."""
    window = range(year - measure.years + 1, year + 1)
    asked = [(year_in(measure.asks, person), person) for person in people]
    return Figure(
        measure,
        tuple((each, share_of(measure.asks, [person for at, person in asked if at == each])) for each in window),
        share_of(measure.asks, [person for at, person in asked if at in window]),
    )
