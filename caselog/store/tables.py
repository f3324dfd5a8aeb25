"""Every table of the house; importing this module registers them all."""

from caselog.store import (
    accounts,
    activities,
    audit,
    cases,
    evaluations,
    imports,
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
    "audit",
    "cases",
    "evaluations",
    "imports",
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
