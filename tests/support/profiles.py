"""How long Hypothesis searches: the same examples in every run of the suite, many more new ones when asked.

| `HYPOTHESIS_PROFILE` | searches |
| --- | --- |
| `suite` (default) | the same examples each time |
| `deep` | anew each time; `CASELOG_EXAMPLES` says how many times as long (50) |
| `nightly` | anew each time, the engine against the naive evaluator (`make nightly`) |
| `mutation` | the same few examples each time, and a failing one is not made smaller (`make mutation`) |
"""

import os

from hypothesis import HealthCheck, Phase, settings

_SUPPRESSED = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large)
_AT_ONCE = (Phase.explicit, Phase.generate)

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "suite")
DEEP, NIGHTLY, MUTATION = (name == PROFILE for name in ("deep", "nightly", "mutation"))

settings.register_profile("suite", deadline=None, derandomize=True)
settings.register_profile("deep", deadline=None, derandomize=False)
settings.register_profile("nightly", deadline=None, derandomize=False)
settings.register_profile("mutation", deadline=None, derandomize=True, database=None, phases=_AT_ONCE)


def load() -> None:
    """Use the profile that the environment names, else that of the suite."""
    settings.load_profile(PROFILE)


def examples(many: int) -> settings:
    """Settings for `many` examples in the suite; each example may be slow, and may share the test's app."""
    times = int(os.environ.get("CASELOG_EXAMPLES", "50")) if DEEP else 1
    return settings(settings.default, max_examples=many * times, suppress_health_check=_SUPPRESSED)


def the_same(many: int) -> settings:
    """Settings for `many` examples that stay the same; a tenth of them while mutants are tested."""
    if MUTATION:
        return settings(
            max_examples=max(6, many // 10), deadline=None, derandomize=True, database=None, phases=_AT_ONCE
        )
    return settings(max_examples=many, deadline=None, derandomize=True, database=None)
