"""Every table of the house; importing this module registers them all."""

from caselog.store import accounts, audit, cases, people, programs

__all__ = ["accounts", "audit", "cases", "people", "programs"]
