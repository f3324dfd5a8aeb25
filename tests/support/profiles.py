"""How long Hypothesis searches: the same examples in every run of the suite, many more new ones when asked.

`HYPOTHESIS_PROFILE=deep` searches anew each time; `CASELOG_EXAMPLES` says how many times as long (50).
"""

import os

from hypothesis import HealthCheck, settings

_SUPPRESSED = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large)

settings.register_profile("suite", deadline=None, derandomize=True)
settings.register_profile("deep", deadline=None, derandomize=False)

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"


def load() -> None:
    """Use the profile that the environment names, else that of the suite."""
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


def examples(many: int) -> settings:
    """Settings for `many` examples in the suite; each example may be slow, and may share the test's app."""
    times = int(os.environ.get("CASELOG_EXAMPLES", "50")) if DEEP else 1
    return settings(settings.default, max_examples=many * times, suppress_health_check=_SUPPRESSED)
