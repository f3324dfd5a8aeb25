"""Every table of the house; importing this module registers them all."""

from caselog.store import (
    accounts,
    activities,
    audit,
    cases,
    links,
    mail,
    people,
    programs,
    role_checks,
    rulesets,
    settings,
    stamps,
)

__all__ = [
    "accounts",
    "activities",
    "audit",
    "cases",
    "links",
    "mail",
    "people",
    "programs",
    "role_checks",
    "rulesets",
    "settings",
    "stamps",
]
