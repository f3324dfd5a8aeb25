"""One rule set made ready for one student: it judges entries one by one, and remembers kinds it has seen."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from caselog.domain.activity import LearningActivity
from caselog.domain.case import Case
from caselog.domain.codes import CodeBook, Status
from caselog.domain.conditions import (
    Condition,
    bind,
    holds,
    is_given,
    reads_student,
    resolve,
    start_of_years,
)
from caselog.domain.counting import NOTHING, ONE, Judgement, worth
from caselog.domain.result import Entry, Outcome
from caselog.domain.ruleset import (
    AnyRequirement,
    AttestationRequirement,
    CountRequirement,
    EachYear,
    Entries,
    Number,
    StudentRequirement,
)
from caselog.domain.student import StudentFacts, Waiver
from caselog.domain.wording import label, why_not

_WAITS = "submitted: waiting for verification"
_NOT_YET: Mapping[str, str] = {
    Status.DRAFT: "draft: not submitted yet",
    Status.RETURNED: "returned by the preceptor: mend it and submit it again",
    Status.VOID: "void",
}
_KINDS: Mapping[Entries, type[Entry]] = {Entries.CASES: Case, Entries.ACTIVITIES: LearningActivity}
_OF_OTHER_KIND = Judgement(Outcome.EXCLUDED, "", NOTHING)


def resolved(requirement: AnyRequirement, codes: CodeBook, as_of: date) -> AnyRequirement:
    """The requirement with every condition resolved for a code book and a day."""

    def ready(condition: Condition) -> Condition:
        return resolve(condition, codes, as_of)

    def number(found: Number | None) -> Number | None:
        return found and replace(found, exceptions=tuple((ready(when), value) for when, value in found.exceptions))

    match requirement:
        case CountRequirement(minimum=minimum, each_year=each_year):
            return replace(
                _changed(requirement, ready),
                minimum=number(minimum) or minimum,
                preferred=number(requirement.preferred),
                parts=tuple(
                    replace(
                        part,
                        where=ready(part.where),
                        at_least=number(part.at_least),
                        at_most=number(part.at_most),
                    )
                    for part in requirement.parts
                ),
                each_year=each_year
                and replace(each_year, at_least=number(each_year.at_least) or each_year.at_least),
            )
        case AttestationRequirement(minimum=minimum):
            return replace(requirement, minimum=number(minimum) or minimum, every=number(requirement.every))
        case StudentRequirement(where=where):
            return replace(requirement, where=ready(where))
        case _:
            return requirement


def _changed(requirement: CountRequirement, change: Callable[[Condition], Condition]) -> CountRequirement:
    """The requirement with its conditions over entries changed."""
    return replace(
        requirement,
        where=change(requirement.where),
        eligible=change(requirement.eligible),
        parts=tuple(replace(part, where=change(part.where)) for part in requirement.parts),
        credits=tuple(
            replace(credit, where=credit.where and change(credit.where)) for credit in requirement.credits
        ),
    )


def bound(requirement: CountRequirement, student: StudentFacts) -> CountRequirement:
    """The requirement with the student's dates in its conditions."""
    if not depends_on_student(requirement):
        return requirement
    return _changed(requirement, lambda condition: bind(condition, student))


def depends_on_student(requirement: CountRequirement) -> bool:
    return any(reads_student(condition) for condition in requirement.conditions())


def judge(
    requirement: CountRequirement, entry: Entry, codes: CodeBook, as_of: date, waivers: tuple[Waiver, ...] = ()
) -> Judgement:
    """An entry before a bound requirement, looked at alone."""
    if not isinstance(entry, _KINDS[requirement.of]):
        return _OF_OTHER_KIND
    substituted = next((waiver for waiver in waivers if entry.uid in waiver.counts), None)
    reason = _not_on_time(entry, as_of) or (not substituted and _why_not(requirement, entry, codes)) or None
    credit = worth(requirement, entry)
    if reason or (not credit and not substituted):
        return Judgement(
            Outcome.EXCLUDED, reason or "worth nothing here: no step of its credit is reached", NOTHING
        )
    if entry.status not in (Status.VERIFIED, Status.SUBMITTED):
        return Judgement(Outcome.EXCLUDED, _NOT_YET[entry.status], NOTHING)
    outcome = Outcome.COUNTED if entry.status == Status.VERIFIED else Outcome.PENDING
    says = "counts" if outcome is Outcome.COUNTED else _WAITS
    if substituted:
        says = f"{says}, as granted by {substituted.granted_by}: {substituted.reason}"
    return Judgement(
        outcome,
        says,
        credit or ONE,
        next((place for place, part in enumerate(requirement.parts) if holds(part.where, entry)), None),
        _once(requirement.once_per, entry) if requirement.once_per else None,
        _year_of(requirement.each_year, entry, as_of),
    )


def may_count(requirement: CountRequirement, entry: Entry, as_of: date) -> bool:
    """Whether an entry satisfies a bound requirement on a day, whatever its status and its worth."""
    on_time = entry.on is not None and entry.on <= as_of
    return on_time and holds(requirement.where, entry) and holds(requirement.eligible, entry)


def _not_on_time(entry: Entry, as_of: date) -> str | None:
    if entry.on is None:
        return f"{label('case_date' if isinstance(entry, Case) else 'date')} is not given"
    return f"after {as_of}" if entry.on > as_of else None


def _once(field: str, entry: Entry) -> object:
    """The value that may count once; an entry granted by a waiver may lack it, and then stands for itself."""
    value = getattr(entry, field)
    return value if is_given(value) else entry.uid


def _why_not(requirement: CountRequirement, entry: Entry, codes: CodeBook) -> str | None:
    for condition in (requirement.where, requirement.eligible):
        if not holds(condition, entry):
            return why_not(condition, entry, codes)
    if requirement.once_per and not is_given(getattr(entry, requirement.once_per)):
        return f"{label(requirement.once_per)} is not given"
    return None


def years(each_year: EachYear, as_of: date) -> list[tuple[date, date]]:
    """The first and last day of each year of a yearly floor, the earliest first."""
    starts = [start_of_years(as_of, back, each_year.year_starts) for back in range(each_year.years, 0, -1)]
    ends = [start - timedelta(days=1) for start in starts[1:]]
    last = (
        as_of
        if each_year.year_starts is None
        else start_of_years(as_of, 0, each_year.year_starts) - timedelta(days=1)
    )
    return list(zip(starts, [*ends, last], strict=True))


def _year_of(each_year: EachYear | None, entry: Entry, as_of: date) -> int | None:
    if each_year is None or entry.on is None:
        return None
    spans = years(each_year, as_of)
    return next((place for place, (first, last) in enumerate(spans) if first <= entry.on <= last), None)
