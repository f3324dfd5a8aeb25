"""What came from spreadsheets: each import, and how a person's columns and words were understood before.

Of a file nothing is kept: not its name, not its cells. What a header or a cell was taken for is remembered under a
digest of it.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from caselog.store.base import Model, Tenant, one_of, reference

KINDS = ("case", "activity")
FORMATS = ("csv", "xlsx", "json")
MEANING_MOST = 400  # characters: a field's name, or codes of a list
_AT_ONCE = 500  # digests in one question to the database


class LogImport(Tenant, Model):
    """One import into a student's log, whose entries name it. `imported_by` is empty for the operator."""

    __tablename__ = "log_import"
    __table_args__ = (
        reference("student_id", "student", target_column="person_id"),
        reference("imported_by", "person"),
        one_of("kind", KINDS),
        one_of("format", FORMATS),
        sa.CheckConstraint("added > 0", name="added_something"),
        sa.Index("ix_log_import_student", "program_id", "student_id", "imported_at"),
    )

    student_id: Mapped[uuid.UUID]
    imported_by: Mapped[uuid.UUID | None]
    kind: Mapped[str]
    format: Mapped[str]
    added: Mapped[int]
    imported_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class ImportMemory(Model):
    """What a person took a header or a word of a spreadsheet for; `said` is a digest of it."""

    __tablename__ = "import_memory"
    __table_args__ = (
        reference("person_id", "person"),
        one_of("kind", KINDS),
        sa.CheckConstraint(f"length(meaning) <= {MEANING_MOST}", name="meaning_length"),
    )

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("program.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    said: Mapped[str] = mapped_column(primary_key=True)
    meaning: Mapped[str]


def recall(
    session: Session, program_id: uuid.UUID, person_id: uuid.UUID, kind: str, said: Iterable[str]
) -> dict[str, str]:
    """What is remembered, by digest."""
    wanted, found = sorted(set(said)), dict[str, str]()
    for start in range(0, len(wanted), _AT_ONCE):
        rows = session.execute(
            sa.select(ImportMemory.said, ImportMemory.meaning).where(
                *_of(program_id, person_id, kind), ImportMemory.said.in_(wanted[start : start + _AT_ONCE])
            )
        )
        found.update(dict(rows.all()))
    return found


def remember(
    session: Session, program_id: uuid.UUID, person_id: uuid.UUID, kind: str, meanings: Mapping[str, str]
) -> None:
    """Keep what was understood, instead of what was remembered so far."""
    known = recall(session, program_id, person_id, kind, meanings)
    own: dict[str, Any] = {"program_id": program_id, "person_id": person_id, "kind": kind}
    for said, meaning in meanings.items():
        if said not in known:
            session.add(ImportMemory(**own, said=said, meaning=meaning))
        elif known[said] != meaning:
            session.execute(
                sa.update(ImportMemory)
                .where(*_of(program_id, person_id, kind), ImportMemory.said == said)
                .values(meaning=meaning)
            )
    session.flush()


def _of(program_id: uuid.UUID, person_id: uuid.UUID, kind: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        ImportMemory.program_id == program_id,
        ImportMemory.person_id == person_id,
        ImportMemory.kind == kind,
    )
