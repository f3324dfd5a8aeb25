"""Pages only show what the services found, and those are tested on both databases: here SQLite stands for both.

The walks over every page and every form (test_pages), and what is about databases, run on both all the same; with
CASELOG_TESTS=nightly everything does.
"""

import os

import pytest

from tests.conftest import POSTGRESQL, SQLITE

DATABASES = [SQLITE, POSTGRESQL] if os.environ.get("CASELOG_TESTS") == "nightly" else [SQLITE]


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue("sqlite_url" if request.param == SQLITE else "postgres_url")
    return url


@pytest.fixture(autouse=True)
def packets_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking for the packets of a cohort begins no thread that would outlive a test; who wants them makes them."""
    monkeypatch.setattr("caselog.web.packets.start", lambda _body: None)
