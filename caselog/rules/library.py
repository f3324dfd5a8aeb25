"""The rule sets that Caselog ships, by id and edition: one file each in `sets/`, named by id and edition."""

from datetime import date
from functools import cache

from caselog.domain.ruleset import RuleSet
from caselog.rules.loader import HERE, SETS, UnknownRuleSetError, find_file, load

__all__ = ["UnknownRuleSetError", "find", "newest", "shipped", "starter", "text_of", "usual"]

# What a student of an accredited program is judged under unless a director says otherwise.
_USUAL = ("abcp-pbse", "accredited-minimums")


@cache
def shipped() -> tuple[RuleSet, ...]:
    """Every shipped rule set, by id and then edition."""
    loaded = (load(path) for path in SETS.glob("*.toml"))
    return tuple(sorted(loaded, key=lambda ruleset: (ruleset.id, ruleset.edition)))


def newest() -> tuple[RuleSet, ...]:
    """The newest edition of each shipped rule set."""
    return tuple({ruleset.id: ruleset for ruleset in shipped()}.values())


def usual() -> tuple[RuleSet, ...]:
    """The newest editions that a new cohort is judged under."""
    return tuple(find(ruleset_id) for ruleset_id in _USUAL)


def text_of(ruleset_id: str, edition: str) -> str:
    """The text of a shipped edition, as its file has it. Raises UnknownRuleSetError."""
    found = find(ruleset_id, edition)
    return (SETS / f"{found.id}.{found.edition}.toml").read_text(encoding="utf-8")


def starter(today: date) -> str:
    """What a new rule set begins with: a whole one, to be written over, with a source read today."""
    return (HERE / "starter.toml").read_text(encoding="utf-8").replace("read = 2026-01-01", f"read = {today}")


@cache
def find(ruleset_id: str, edition: str | None = None) -> RuleSet:
    """The rule set with this id, in this edition or the newest one. Raises UnknownRuleSetError."""
    return find_file(ruleset_id, edition)
