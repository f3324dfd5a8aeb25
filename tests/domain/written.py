"""Rule sets written as a director writes them, for tests of what they mean."""

from collections.abc import Iterable
from datetime import date

from caselog.domain.evaluate import Engine
from caselog.domain.result import Entry, Evaluation, Outcome, RequirementResult
from caselog.domain.ruleset import RuleSet
from caselog.domain.student import StudentFacts, Waiver
from caselog.rules.codes import load_codes
from caselog.rules.loader import loads
from tests.domain.samples import TODAY

NOBODY = StudentFacts()
HEAD = """
id = "written"
title = "Written"
edition = "1"
about = "A set for tests."
eligible = { is = ["performed", "clinical"] }
[sources.page]
title = "A page"
address = "board.example/page"
read = 2026-11-21
"""


def asks(name: str, body: str) -> str:
    """A requirement with its common keys."""
    common = f'id = "{name}"\ntitle = "{name.capitalize()}"\nsays = "It says so."\nsource = "page"'
    return f"\n[[requirement]]\n{common}\n{body}\n"


def a_set(*parts: str) -> RuleSet:
    return loads(HEAD + "".join(parts), "written.toml")


def evaluate(
    ruleset: RuleSet,
    entries: Iterable[Entry] = (),
    student: StudentFacts = NOBODY,
    waivers: Iterable[Waiver] = (),
    as_of: date = TODAY,
) -> Evaluation:
    return Engine(ruleset, load_codes(), as_of).evaluate(student, entries, waivers)


def runs(
    body: str,
    entries: Iterable[Entry] = (),
    student: StudentFacts = NOBODY,
    waivers: Iterable[Waiver] = (),
    as_of: date = TODAY,
) -> RequirementResult:
    """What comes of one requirement called runs."""
    return evaluate(a_set(asks("runs", body)), entries, student, waivers, as_of).of("runs")


def reasons(result: RequirementResult, outcome: Outcome = Outcome.EXCLUDED) -> list[str]:
    return [verdict.reason for verdict in result.with_outcome(outcome)]


def kept(result: RequirementResult) -> list[int]:
    """The numbers that `a_case` gave to what counts or waits."""
    return [int(each.entry.uid[-12:]) for each in result.verdicts if each.outcome is not Outcome.EXCLUDED]
