"""What next: what each kind of next case would add to each requirement, and what a case will count toward.

A next case is verified, dated on the day of the evaluation (the nearest free day before it where a rule counts one
case a day), and stands at the student's usual site. What it adds is the difference of two evaluations, so that
ceilings, credits and exclusive counting have their say.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from caselog.domain.case import Case
from caselog.domain.codes import Role, Status
from caselog.domain.evaluate import Engine, Judged
from caselog.domain.result import Entry, Evaluation, Outcome, RequirementResult, Standing
from caselog.domain.ruleset import CountRequirement, RuleSet, SetRequirement
from caselog.domain.student import StudentFacts, Waiver

NONE = Fraction(0)
ONE_A_DAY = "case_date"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NextKind:
    """A kind of next case. `words` stands after a number; in the fields of `new` each case differs from all others."""

    id: str
    title: str
    words: str
    case: Case
    new: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A requirement that counts entries, as it stands, with the set that it is of."""

    ruleset: RuleSet
    result: RequirementResult

    @property
    def requirement(self) -> CountRequirement:
        found = self.result.requirement
        assert isinstance(found, CountRequirement)  # noqa: S101 (counting() yields no other)
        return found


@dataclass(frozen=True, slots=True)
class Gain:
    """What one more case adds to a requirement, in its unit; `wanted` if the requirement is not met without it."""

    ruleset: RuleSet
    requirement: CountRequirement
    gain: Fraction
    wanted: bool


@dataclass(frozen=True, slots=True)
class Adds:
    """What one case of a kind would add; requirements to which it adds nothing are left out."""

    kind: NextKind
    gains: tuple[Gain, ...]


@dataclass(frozen=True, slots=True)
class Touch:
    """What one case is to one requirement once it is verified: what it adds, and why or why not, in words."""

    ruleset: RuleSet
    requirement: CountRequirement
    title: str
    gain: Fraction
    reason: str


def counting(engine: Engine, results: Iterable[RequirementResult]) -> Iterator[Asked]:
    """Every requirement that counts entries, those of inner sets after the own."""
    results = tuple(results)
    for result in results:
        if isinstance(result.requirement, CountRequirement):
            yield Asked(engine.ruleset, result)
    for result in results:
        if isinstance(result.requirement, SetRequirement):
            yield from counting(engine.inner[result.requirement.id], result.inner)


class Student:
    """A student's log, judged once, to which next cases are added."""

    def __init__(
        self, engine: Engine, facts: StudentFacts, entries: Iterable[Entry], waivers: Iterable[Waiver] = ()
    ) -> None:
        self.engine, self.facts, self.waivers = engine, facts, tuple(waivers)
        self.entries = tuple(entries)
        self.judge = engine.judge_for(facts, self.waivers)
        self.each_judged = [self.judge.judge(entry) for entry in self.entries]
        self.judged = Counter(self.each_judged)
        self.now = self.tally(())

    def tally(self, more: Iterable[Judged]) -> Evaluation:
        """How the student stands with these judgements added."""
        return self.engine.tally(self.facts, self.judged + Counter(more), self.waivers)

    def evaluate_with(self, case: Case) -> Evaluation:
        """How the student stands with this case too, with a verdict for each entry."""
        judged = [*zip(self.entries, self.each_judged, strict=True), (case, self.judge.judge(case))]
        return self.engine.evaluate_judged(self.facts, judged, self.waivers)

    def counting(self, evaluation: Evaluation) -> tuple[Asked, ...]:
        return tuple(counting(self.engine, evaluation.requirements))


class NextCases:
    """Makes next cases for a student: at the usual site, in the role that the student has by now."""

    def __init__(self, student: Student, site_country: str | None = None) -> None:
        self.student = student
        cases = [entry for entry in student.entries if isinstance(entry, Case) and entry.site]
        sites = Counter((case.site, case.site_country, case.site_affiliated, case.preceptor) for case in cases)
        fallback = (None, site_country, True, None)
        self.site, self.country, affiliated, self.preceptor = (
            max(sites, key=lambda site: (sites[site], str(site))) if sites else fallback
        )
        self.affiliated = True if affiliated is None else affiliated
        last = max(cases, key=lambda case: (case.case_date or date.min, case.case_uid), default=None)
        self.rotation = last.rotation if last else None
        graduated = student.facts.as_of(student.engine.as_of).graduated_on
        self.performs = Role.INDEPENDENT if graduated else Role.PRIMARY
        self.one_a_day = any(each.once_per == ONE_A_DAY for each in student.engine.counting)
        self.taken = {case.case_date for case in cases} if self.one_a_day else set()

    def make(self, kind: NextKind, number: int = 1) -> Case:
        """The next case of a kind, or the one after it, and so on."""
        case = replace(
            kind.case,
            case_uid=f"next-{kind.id}-{number}",
            case_date=self.student.engine.as_of,
            site=self.site or "next-site",
            site_country=self.country,
            site_affiliated=self.affiliated,
            preceptor=self.preceptor or "next-preceptor",
            rotation=self.rotation,
            role=self.performs if kind.case.role == Role.PRIMARY else kind.case.role,
            status=Status.VERIFIED,
        )
        if "rotation" in kind.new:
            case = replace(case, rotation=f"next-rotation-{number}")
        if "site" in kind.new:
            case = replace(case, site=f"next-site-{number}")
        if "preceptor" in kind.new:
            case = replace(case, preceptor=f"next-preceptor-{number}")
        return case

    def judged(self, kind: NextKind) -> Judged:
        """What the next case of a kind is to each requirement."""
        return self.student.judge.judge(replace(self.make(kind), case_date=next(self._days())))

    def together(self, counts: Sequence[tuple[NextKind, int]]) -> list[Judged]:
        """The same for so many of each kind."""
        days = self._days()
        return [
            self.student.judge.judge(replace(self.make(kind, number), case_date=next(days)))
            for kind, times in counts
            for number in range(1, times + 1)
        ]

    def _days(self) -> Iterator[date]:
        """The days of next cases: each the latest that has none yet, if a rule counts one case a day."""
        day = self.student.engine.as_of
        while True:
            while self.one_a_day and day in self.taken and day > date.min:
                day -= _DAY
            yield day
            if self.one_a_day and day > date.min:
                day -= _DAY


def what_each_adds(
    engine: Engine,
    facts: StudentFacts,
    entries: Iterable[Entry],
    kinds: Iterable[NextKind],
    waivers: Iterable[Waiver] = (),
    *,
    site_country: str | None = None,
) -> tuple[Adds, ...]:
    """What one more case of each kind would add to each requirement of the set, inner sets included.

    `site_country` is where the student's cases are as long as the log does not say so (ISO 3166 alpha-2).
    """
    student = Student(engine, facts, entries, waivers)
    cases = NextCases(student, site_country)
    return tuple(Adds(kind, _gains(student, student.tally([cases.judged(kind)]))) for kind in kinds)


def _gains(student: Student, then: Evaluation) -> tuple[Gain, ...]:
    pairs = zip(student.counting(student.now), student.counting(then), strict=True)
    return tuple(
        Gain(
            was.ruleset,
            was.requirement,
            now.result.counted - was.result.counted,
            was.result.standing is Standing.NOT_MET,
        )
        for was, now in pairs
        if now.result.counted != was.result.counted
    )


def touches(
    engine: Engine,
    facts: StudentFacts,
    entries: Iterable[Entry],
    draft: Case,
    waivers: Iterable[Waiver] = (),
) -> tuple[Touch, ...]:
    """What a case that is being entered will be to each requirement once it is verified, before it is saved.

    A case that is in the log already, and is being changed, takes the place of what the log has of it.
    """
    others = [entry for entry in entries if not draft.case_uid or entry.uid != draft.case_uid]
    case = replace(draft, status=Status.VERIFIED)
    before = Student(engine, facts, others, waivers)
    after = before.evaluate_with(case)
    pairs = zip(before.counting(before.now), before.counting(after), strict=True)
    return tuple(_touch(was.result, now, case) for was, now in pairs)


def _touch(was: RequirementResult, now: Asked, case: Case) -> Touch:
    gain = now.result.counted - was.counted
    verdict = next((each for each in now.result.verdicts if each.entry is case), None)
    reason = verdict.reason if verdict else f"only {now.requirement.of} count"
    counts = verdict is not None and verdict.outcome is Outcome.COUNTED
    if gain > 0 and not counts:
        reason = f"{reason}; another case counts here in return"
    elif gain <= 0 and counts:
        reason = f"{reason}, in place of another case"
    return Touch(now.ruleset, now.requirement, now.requirement.title, gain, reason)
