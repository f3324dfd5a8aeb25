"""Judging each kind of case once: a log has many cases that a rule cannot tell apart.

What a judgement reads of a case are some of its fields. Their values are the case's kind, but of its day only
between which limits it lies, unless a rule looks at the day itself. Other numbers stand in the reasons as they are.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from operator import attrgetter
from typing import Any, Generic, TypeVar

from caselog.domain.alike import day_matters, days_of
from caselog.domain.case import Case
from caselog.domain.conditions import fields_of
from caselog.domain.ruleset import CountRequirement, Entries

T = TypeVar("T")
_MOST = 20_000  # kinds of case to remember before beginning anew


def fields_read(requirement: CountRequirement) -> Iterator[str]:
    """The fields of a case that a requirement's judgements depend on."""
    yield from ("case_date", "status")
    yield from requirement.fields()
    for condition in requirement.conditions():
        yield from fields_of(condition)


class Remembered(Generic[T]):
    """An answer that depends on nothing of a case but what these requirements read, found once for each kind."""

    def __init__(self, requirements: Iterable[CountRequirement], as_of: date, answer: Callable[[Case], T]) -> None:
        of_cases = [each for each in requirements if each.of is Entries.CASES]
        fields = {field for each in of_cases for field in fields_read(each)} | {"case_date", "status"}
        self._days: Sequence[date] = sorted(days_of(of_cases, as_of))
        self._by_day = day_matters(of_cases)
        self._values = attrgetter(*sorted(fields if self._by_day else fields - {"case_date"}), "status")
        self._answer = answer
        self._known: dict[Any, T] = {}

    def __call__(self, case: Case) -> T:
        kind = self._values(case)
        if not self._by_day:
            day = case.case_date
            kind = (None if day is None else bisect_right(self._days, day), kind)
        known = self._known
        found = known.get(kind)
        if found is None:
            if len(known) >= _MOST:
                known = self._known = {}
            found = known[kind] = self._answer(case)
        return found
