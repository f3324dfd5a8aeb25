"""The rule sets that Caselog ships, by id and edition: one file each in `sets/`."""

from functools import cache

from caselog.domain.ruleset import RuleSet
from caselog.rules.loader import HERE, load
from caselog.rules.reading import closest


class UnknownRuleSetError(LookupError):
    """No rule set has this id, or not in this edition; the message says which there are."""


@cache
def shipped() -> tuple[RuleSet, ...]:
    """Every shipped rule set, by id and then edition."""
    loaded = (load(path) for path in (HERE / "sets").glob("*.toml"))
    return tuple(sorted(loaded, key=lambda ruleset: (ruleset.id, ruleset.edition)))


def newest() -> tuple[RuleSet, ...]:
    """The newest edition of each shipped rule set."""
    return tuple({ruleset.id: ruleset for ruleset in shipped()}.values())


def find(ruleset_id: str, edition: str | None = None) -> RuleSet:
    """The rule set with this id, in this edition or the newest one. Raises UnknownRuleSetError."""
    editions = [ruleset for ruleset in shipped() if ruleset.id == ruleset_id]
    if not editions:
        ids = [ruleset.id for ruleset in shipped()]
        raise UnknownRuleSetError(f"There is no rule set “{ruleset_id}”. {closest(ruleset_id, ids)}")
    for ruleset in reversed(editions):
        if edition in (None, ruleset.edition):
            return ruleset
    known = ", ".join(ruleset.edition for ruleset in editions)
    raise UnknownRuleSetError(f"{ruleset_id} has no edition “{edition}”; there is: {known}.")
