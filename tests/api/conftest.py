"""As for pages: the services are tested on both databases, and here SQLite stands for both but where it says so."""

from tests.web.conftest import database_url

__all__ = ["database_url"]
