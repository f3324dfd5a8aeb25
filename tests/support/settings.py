"""The settings of the tests' apps."""

from pathlib import Path
from typing import Any

import config

SECRET_KEY = "a fixed secret for tests, long enough to be accepted"


def settings_for(url: str, instance: Path) -> dict[str, Any]:
    """What `config.load` makes of a development environment, so that nothing a start needs is missing here."""
    environ = {
        "CASELOG_ENV": "development",
        "SECRET_KEY": SECRET_KEY,
        "DATABASE_URL": url,
        "CASELOG_INSTANCE": str(instance),
    }
    return config.load(environ) | {"TESTING": True}
