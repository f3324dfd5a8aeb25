"""The settings of a program that its director may change: numbers of ours, each within a range."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a program has set, or our defaults *(ours)*, since no board or program publishes such numbers."""

    confirm_over: int = 25  # a reviewer is asked by mail when more entries than this wait
    confirm_after_days: int = 30  # or when one has waited longer than this
    digest_pause_days: int = 7  # from one mail that was not asked for to the next
    link_days: int = 14  # for which a link in a mail is good
    late_entry_hours: int = 72  # after the day of a case: later entry is flagged, never refused
    free_text: bool = True  # whether notes and comments may be written at all


# Least and most of each number.
RANGES: Mapping[str, tuple[int, int]] = {
    "confirm_over": (1, 500),
    "confirm_after_days": (1, 365),
    "digest_pause_days": (1, 90),
    "link_days": (1, 90),
    "late_entry_hours": (1, 24 * 90),
}
