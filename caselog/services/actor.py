"""Who acts, and what each position in a program may do."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from caselog.domain.codes import Position


class Permission(Enum):
    """A verb on a thing. `writes` says whether using it may change data."""

    def __init__(self, words: str, writes: bool) -> None:
        self.words = words
        self.writes = writes

    VIEW_OWN_LOG = "see one's own log and progress", False
    LOG_CASE = "log, edit and submit one's own cases and learning activities", True
    VIEW_CASE = "see a case or learning activity that concerns one", False
    AMEND = "amend a submitted case or activity, or make one void, with a reason", True
    VIEW_REVIEWS = "see the submitted cases and activities that name one", False
    REVIEW_CASE = "verify or return a submitted case or activity", True
    VIEW_STUDENTS = "see cohorts, students, their logs and progress", False
    REDACT = "remove a text that could identify a patient", True
    ATTEST = "record what is on file for a student", True
    WAIVE = "waive or substitute what is asked of a student", True
    VIEW_PROGRAM = "see the program's people, sites, cohorts, rule sets, codes and numbers", False
    MANAGE_PROGRAM = "change the program's people, sites, cohorts, rule sets, codes and numbers", True
    VIEW_SIGNALS = "see what the records signal, for review", False
    SETTLE_SIGNALS = "say what became of a signal", True
    EVALUATE_CASE = "evaluate a case that concerns one", True
    VIEW_TRAIL = "see and export the audit trail", False
    EXPORT_LOG = "take one's own log away as a file", True
    EXPORT_PROGRAM = "take the records of students, cohorts and the program away as files", True
    VIEW_ACCOUNT = "see one's own account", False
    MANAGE_ACCOUNT = "change one's own password, sign out", True


_EVERYONE = frozenset(
    {Permission.VIEW_CASE, Permission.EVALUATE_CASE, Permission.VIEW_ACCOUNT, Permission.MANAGE_ACCOUNT}
)
_REVIEWER = frozenset({Permission.VIEW_REVIEWS, Permission.REVIEW_CASE})

GRANTS: Mapping[Position, frozenset[Permission]] = {
    Position.STUDENT: _EVERYONE
    | {Permission.VIEW_OWN_LOG, Permission.LOG_CASE, Permission.AMEND, Permission.REDACT}
    | {Permission.EXPORT_LOG},
    Position.PRECEPTOR: _EVERYONE | _REVIEWER,
    # A director is often a preceptor too, so the review queue is theirs as well.
    Position.DIRECTOR: _EVERYONE
    | _REVIEWER
    | {
        Permission.AMEND,
        Permission.REDACT,
        Permission.VIEW_STUDENTS,
        Permission.VIEW_TRAIL,
        Permission.ATTEST,
        Permission.WAIVE,
        Permission.VIEW_PROGRAM,
        Permission.MANAGE_PROGRAM,
        Permission.VIEW_SIGNALS,
        Permission.SETTLE_SIGNALS,
        Permission.EXPORT_PROGRAM,
    },
}


# What a student still does whom the program has deactivated: the copy of the log is theirs for life.
_FOR_LIFE = frozenset({Permission.EXPORT_LOG, Permission.MANAGE_ACCOUNT})


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person of a program. Services fetch only what is visible to them.

    Who is not `active` reads, and takes the own log away, but changes nothing; only students sign in so.
    """

    program_id: uuid.UUID
    person_id: uuid.UUID
    position: Position
    name: str
    timezone: str  # the program's, an IANA name
    way: str = "account"  # how they came: signed in, by a `link` of a mail, or with a `token` of theirs
    active: bool = True
    only: frozenset[Permission] | None = None  # what a token is for; None takes nothing away

    def may(self, permission: Permission) -> bool:
        left = self.active or not permission.writes or permission in _FOR_LIFE
        granted = permission in GRANTS[self.position] and (self.only is None or permission in self.only)
        return left and granted


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator at the command line, acting for one program; appears in the trail without a person."""

    program_id: uuid.UUID
    timezone: str

    @property
    def way(self) -> str:
        return "operator"


class NotFoundError(Exception):
    """There is no such thing, or none that this actor may see: the two are not told apart."""


class RefusedError(Exception):
    """The request cannot be carried out as things stand; the message tells the user why and what to do."""
