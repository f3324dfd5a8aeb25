"""The two kinds of entry of the log: what is done with both is written once, and asks its kind for the rest."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Generic, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.domain import activity, activity_file, case, case_file
from caselog.domain.activity import LearningActivity
from caselog.domain.case import Case
from caselog.domain.cells import Readers
from caselog.domain.fields import Fault
from caselog.services.activity_references import load_activity_references
from caselog.services.references import load_references
from caselog.store import activities, cases
from caselog.store.activities import ActivityChange, ActivityReview, LoggedActivity
from caselog.store.cases import CaseChange, CaseReview, LoggedCase
from caselog.store.entries import EntryChange, EntryReview, LogEntry

E = TypeVar("E", bound=Case | LearningActivity)
Asked_contra = TypeVar("Asked_contra", bound=Case | LearningActivity, contravariant=True)


class EntryReferences(Protocol[Asked_contra]):
    """What an entry of one student may refer to."""

    def faults(self, entry: Asked_contra, /, *, today: date) -> list[Fault]:
        """All that is wrong with an entry, and, unless it is a draft, all that it still lacks."""

    def columns(self, entry: Asked_contra, /) -> dict[str, Any]:
        """An entry without faults as column values, references by id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryKind(Generic[E]):
    """One kind of entry: its words, its values, its tables, and what its entries may refer to.

    `uid` and `reviewer` are the fields that hold its identifier and name who is asked to verify it.
    """

    noun: str
    a_noun: str
    plural: str
    uid: str
    reviewer: str
    columns: tuple[str, ...]
    needed: tuple[str, ...]  # to submit
    parse_row: Callable[..., tuple[E, list[Fault]]]  # of cells, and of the readers of a whole file
    readers: Readers
    table: type[LogEntry]
    reviews: type[EntryReview]
    changes: type[EntryChange]
    labels: Mapping[str, str]
    has_role: bool  # that its reviewer has to confirm
    spelled_out: Callable[..., sa.Select[Any]]
    as_entry: Callable[[Any], E]
    read: Callable[..., list[E]]
    references: Callable[[Session, uuid.UUID, uuid.UUID], EntryReferences[E]]

    def identified(self, entry: E, uid: str) -> E:
        """The entry under this identifier."""
        changes: dict[str, Any] = {self.uid: uid}
        return replace(entry, **changes)


CASES = EntryKind(
    noun="case",
    a_noun="a case",
    plural="cases",
    uid="case_uid",
    reviewer="preceptor",
    columns=case.COLUMNS,
    needed=case.NEEDED_TO_SUBMIT,
    parse_row=case_file.parse_row,
    readers=case_file.READERS,
    table=LoggedCase,
    reviews=CaseReview,
    changes=CaseChange,
    labels=case.LABELS,
    has_role=True,
    spelled_out=cases.spelled_out,
    as_entry=cases.as_case,
    read=cases.read_cases,
    references=load_references,
)
ACTIVITIES = EntryKind(
    noun="activity",
    a_noun="an activity",
    plural="activities",
    uid="activity_uid",
    reviewer="supervisor",
    columns=activity.COLUMNS,
    needed=activity.NEEDED_TO_SUBMIT,
    parse_row=activity_file.parse_row,
    readers=activity_file.READERS,
    table=LoggedActivity,
    reviews=ActivityReview,
    changes=ActivityChange,
    labels=activity.LABELS,
    has_role=False,
    spelled_out=activities.spelled_out,
    as_entry=activities.as_activity,
    read=activities.read_activities,
    references=load_activity_references,
)
