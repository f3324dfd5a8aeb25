"""What the tables of cases and of learning activities have in common, and those of their reviews and changes."""

import uuid
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from caselog.domain.transitions import Act, Way
from caselog.store.base import Model


class LogEntry(Model):
    """An entry of a student's log. Its own identifier is made by the client, so a second arrival is the same row.

    Each table gives its own names to what is common: the identifier (`uid`), the day (`on`), and who is asked to
    verify it (`reviewer_id`) are synonyms of its columns.
    """

    __abstract__ = True

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True, sort_order=-3)
    student_id: Mapped[uuid.UUID] = mapped_column(sort_order=-1)
    status: Mapped[str] = mapped_column(sort_order=1)
    created_at: Mapped[datetime] = mapped_column(sort_order=1)
    changed_at: Mapped[datetime] = mapped_column(sort_order=1)
    version: Mapped[int] = mapped_column(sort_order=1)
    import_id: Mapped[uuid.UUID | None] = mapped_column(sort_order=2)  # the LogImport that it came with

    if TYPE_CHECKING:
        uid: Mapped[uuid.UUID]
        on: Mapped[date | None]
        reviewer_id: Mapped[uuid.UUID | None]

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 (a declared attribute is given the class)
        return {"version_id_col": cls.version}


class EntryReview(Model):
    """A decision on a submitted entry: verified, or returned with a comment.

    It covers the entry's content as of `entry_version`, whose digest is `content_hash` (none was kept at first).
    `way` says how it came about: by an account, by a mailed link, or by agreement on the role.
    """

    __abstract__ = True

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True, sort_order=-3)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4, sort_order=-2)
    reviewer_id: Mapped[uuid.UUID]
    decision: Mapped[str]
    comment: Mapped[str]
    at: Mapped[datetime] = mapped_column(sort_order=2)
    content_hash: Mapped[str | None] = mapped_column(sort_order=3)
    way: Mapped[str] = mapped_column(server_default=Way.ACCOUNT, sort_order=3)

    if TYPE_CHECKING:
        entry_uid: Mapped[uuid.UUID]
        entry_version: Mapped[int]


class EntryChange(Model):
    """A change of an entry that had been submitted, or its being made void.

    `fields` is JSON: an object that holds, by the name of each field that changed (as in files), the list of its
    value before and its value after. The version before is the one that was changed.
    """

    __abstract__ = True

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True, sort_order=-3)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4, sort_order=-2)
    actor_id: Mapped[uuid.UUID]
    act: Mapped[str]
    reason: Mapped[str]  # empty while a returned entry is mended, and where the student took the reviewer's role
    version_before: Mapped[int]
    version_after: Mapped[int]
    fields: Mapped[str]
    at: Mapped[datetime]

    if TYPE_CHECKING:
        entry_uid: Mapped[uuid.UUID]


# What an EntryChange may tell of, and which of these say why.
CHANGING = (Act.CHANGE, Act.SUBMIT, Act.ACCEPT, Act.AMEND, Act.VOID)
NEEDS_REASON = "act NOT IN ('amend', 'void') OR reason <> ''"
