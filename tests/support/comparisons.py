"""How often the engine was held against the naive evaluator, said at the end: a plugin for `make nightly`.

One comparison is one rule set before one log of one student on one day, whatever the number of requirements: every
standing, every number, part and year, and what became of every entry. The first difference fails its test, and with
it the run.
"""

from collections import Counter

import pytest

from caselog.extensions import db

LEAST_STORED = 200_000
made: Counter[str] = Counter()  # by where the entries came from
requirements: Counter[str] = Counter()


def came_from() -> str:
    """The database that is open, if any."""
    try:
        return f"read from {db.engine.dialect.name}"
    except RuntimeError:  # no app, so no database
        return "drawn, in memory"


def note(origin: str, number: int) -> None:
    """One more comparison, of so many requirements."""
    made[origin] += 1
    requirements[origin] += number


def _stored() -> int:
    return sum(number for origin, number in made.items() if origin.startswith("read from"))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if exitstatus == 0 and _stored() < LEAST_STORED:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    for origin in sorted(made):
        terminalreporter.write_line(
            f"{made[origin]:>9,} comparisons {origin}: {requirements[origin]:,} requirements"
        )
    failed = len(terminalreporter.stats.get("failed", ()))
    terminalreporter.write_line(
        f"{made.total():>9,} comparisons in all, {_stored():,} of them of entries read from a database;"
        f" {failed} tests found a difference"
    )
    if _stored() < LEAST_STORED:
        terminalreporter.write_line(f"Fewer than {LEAST_STORED:,} of them were of entries read from a database.")
