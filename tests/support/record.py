"""A student with something in every part of their record, and the archive of it. All are made up."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask import Flask

from caselog import clock
from caselog.domain.codes import Status
from caselog.domain.export import Format, Use
from caselog.services import archive, export_making, issuing, trail
from caselog.services.actor import Actor, Operator
from caselog.services.amendments import amend
from caselog.services.export_making import Export
from caselog.services.issuing import Issue
from caselog.services.kinds import ACTIVITIES, CASES, EntryKind
from caselog.store.activities import LoggedActivity
from caselog.store.cases import LoggedCase
from caselog.store.imports import LogImport
from caselog.store.outcomes import RecordedOutcome
from caselog.store.session import reading, transaction
from caselog.store.signals import SignalSettlement
from tests.support.cast import Cast
from tests.support.log import put_case
from tests.support.world import World, furnish

OPERATOR = Operator(Cast.program.id, Cast.program.timezone)
# What another installation makes anew: the archive's own record, and the trail that it is digested in.
MADE_ANEW = ("issued", "restored", "salts", "trail", "program", "exports")


def put_record(app: Flask) -> World:
    """Furnish the program; what a test put into the log as verified gets the review that it lacks."""
    world = furnish(app)
    with app.app_context():
        for kind in (CASES, ACTIVITIES):
            _review_what_is_verified(kind)
        _amend_an_activity()
        _settle_a_signal()
        _know_what_became()
        b"".join(issued("To see what it holds.").chunks)
    return world


def issued(why: str) -> Export:
    """The student's archive, taken by the student."""
    wanted = Issue(use=Use.ARCHIVE, format=Format.JSON, student_id=Cast.student.id, reason=why)
    return export_making.make(Cast.student.actor, wanted)


def _amend_an_activity() -> None:
    with reading() as session:
        mine = LoggedActivity.student_id == Cast.student.id
        entry = ACTIVITIES.read(session, mine, LoggedActivity.status == Status.SUBMITTED)[0]
    amended = replace(entry, title="Oxygenators and filters")
    amend(ACTIVITIES, Cast.student.actor, amended, version=1, reason="The title was cut off.")


def _know_what_became() -> None:
    with transaction() as session:
        tenant = {"program_id": Cast.program.id, "student_id": Cast.student.id}
        if session.get(RecordedOutcome, (Cast.program.id, Cast.student.id)) is None:
            by = {"recorded_by": Cast.director.id, "recorded_at": clock.now()}
            session.add(RecordedOutcome(**tenant, **by, pbse="passed_first"))
        uid = uuid.uuid4()
        session.add(LogImport(**tenant, id=uid, kind="case", format="csv", added=1, imported_at=clock.now()))
        session.flush()
        put_case(session, status="submitted", import_id=uid)


def _settle_a_signal() -> None:
    with transaction() as session:
        session.add(
            SignalSettlement(
                program_id=Cast.program.id, id=uuid.uuid4(), key="late-1", digest="0", outcome="explained",
                words="Logged after the holidays.", settled_by=Cast.director.id, settled_at=clock.now(),
            )
        )  # fmt: skip
        trail.record(Cast.director.actor, "signal.settle", "late-1 0 explained", about=Cast.student.id)


def _review_what_is_verified(kind: EntryKind[Any]) -> None:
    with transaction() as session:
        verified = session.scalars(sa.select(kind.table).where(kind.table.status == Status.VERIFIED))
        reviewed = set(session.scalars(sa.select(kind.reviews.entry_uid)))
        for entry in verified:
            if entry.uid not in reviewed:
                session.add(
                    kind.reviews(
                        program_id=entry.program_id, id=uuid.uuid4(), entry_uid=entry.uid,
                        reviewer_id=entry.reviewer_id, decision=Status.VERIFIED, comment="",
                        entry_version=entry.version, at=clock.now(), content_hash=None, way="account",
                    )
                )  # fmt: skip


def archived(actor: Actor | Operator = OPERATOR, student_id: uuid.UUID = Cast.student.id) -> bytes:
    """The archive of a student, as if it were issued now."""
    return b"".join(archive.archive(actor, student_id, issuing.prepare(actor)))


def as_json(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(data)
    return found


def as_bytes(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def record_in(data: bytes) -> dict[str, Any]:
    """What an archive says of the student, without what another installation makes anew."""
    return {name: rows for name, rows in as_json(data).items() if name not in MADE_ANEW}


def empty_log() -> None:
    """Take all entries without reviews out of every log."""
    with transaction() as session:
        for table in (LoggedCase, LoggedActivity):
            session.execute(sa.delete(table))
