"""An archive that the operator makes: on record before its first byte leaves, and again when the last one did."""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from caselog.domain.chain import Head
from caselog.domain.export import Format, Use
from caselog.services import issuing
from caselog.services.actor import Actor, Operator
from caselog.services.archive import archive
from caselog.services.issuing import Issue, Made, Prepared
from caselog.services.kinds import ACTIVITIES, CASES
from caselog.store.session import reading


@dataclass(frozen=True, slots=True)
class IssuedArchive:
    """An archive under way: the code that it shows, the trail's head, and its bytes."""

    code: str
    head: Head
    chunks: Iterator[bytes]


def issue_archive(actor: Actor | Operator, student_id: uuid.UUID, reason: str = "") -> IssuedArchive:
    """Begin an archive and note it. Raises NotFoundError, RefusedError as `archive` does."""
    prepared = issuing.prepare(actor)
    chunks = archive(actor, student_id, prepared)
    issuing.issue(
        actor, prepared, Issue(use=Use.ARCHIVE, format=Format.JSON, student_id=student_id, reason=reason)
    )
    return IssuedArchive(prepared.code, prepared.head, _noted(actor, student_id, prepared, chunks))


def _noted(
    actor: Actor | Operator, student_id: uuid.UUID, prepared: Prepared, chunks: Iterator[bytes]
) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
    issuing.finish(actor, prepared.id, Made(digest.hexdigest(), *counts_of(actor, student_id)))


def counts_of(actor: Actor | Operator, student_id: uuid.UUID) -> tuple[int, int]:
    """How many cases and learning activities a student has."""
    with reading() as session:
        cases, activities = (
            session.scalar(
                sa.select(sa.func.count())
                .select_from(kind.table)
                .where(kind.table.program_id == actor.program_id, kind.table.student_id == student_id)
            )
            or 0
            for kind in (CASES, ACTIVITIES)
        )
    return cases, activities
