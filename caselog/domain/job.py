"""The states of work in the background."""

from enum import StrEnum


class State(StrEnum):
    """`stopped` is work that nothing was heard of for too long: its process is gone."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
