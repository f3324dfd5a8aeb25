"""Every table of the house; importing this module registers them all."""

from caselog.store import (
    accounts,
    activities,
    api_tokens,
    audit,
    cases,
    evaluations,
    links,
    mail,
    people,
    programs,
    role_checks,
    rulesets,
    settings,
    signals,
    stamps,
)

__all__ = [
    "accounts",
    "activities",
    "api_tokens",
    "audit",
    "cases",
    "evaluations",
    "links",
    "mail",
    "people",
    "programs",
    "role_checks",
    "rulesets",
    "settings",
    "signals",
    "stamps",
]
