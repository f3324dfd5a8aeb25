"""How many steps the machine of tests/services/test_transitions_machine.py took, said at the end of a run."""

import os
from collections import Counter

import pytest

LEAST = 10_000  # on each database, when asked to be thorough
taken: Counter[str] = Counter()  # by database
THOROUGH = os.environ.get("CASELOG_TESTS") == "nightly"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for database in sorted(taken):
        terminalreporter.write_line(f"{taken[database]:>9,} steps of decisions and changes on {database}")
