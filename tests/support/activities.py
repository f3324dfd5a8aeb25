"""Learning activities for tests: as typed into the form, as values, and as rows. All are made up."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.activity import LearningActivity
from caselog.extensions import db
from caselog.store.activities import LoggedActivity
from caselog.store.session import transaction
from tests.support.cast import Cast, House, Member

# A whole activity as a person types it into the form, and as it then stands in the log.
TYPED: Mapping[str, Any] = {
    "date": "2026-10-12",
    "kind": "wet_lab",
    "title": "Emergency water drill",
    "hours": "2.5",
    "units": "3",
    "category": "I",
    "provider": "Test Society",
    "supervisor": Cast.preceptor.email,
}
ACTIVITY = LearningActivity(
    date=date(2026, 10, 12),
    kind="wet_lab",
    title="Emergency water drill",
    hours=2.5,
    units=3.0,
    category="I",
    provider="Test Society",
    supervisor=Cast.preceptor.email,
    status="submitted",
)


def typed(activity_uid: uuid.UUID | None = None, /, **changes: Any) -> dict[str, Any]:
    """The whole activity as typed, with changes; a field that is changed to None is not sent."""
    sent = {**TYPED, "activity_uid": str(activity_uid or uuid.uuid4()), **changes}
    return {name: value for name, value in sent.items() if value is not None}


def an_activity(activity_uid: uuid.UUID | None = None, /, **changes: Any) -> LearningActivity:
    """The same activity as values."""
    return replace(ACTIVITY, activity_uid=str(activity_uid or uuid.uuid4()), **changes)


def put_activity(
    session: Session, student: Member = Cast.student, supervisor: Member = Cast.preceptor, **changes: Any
) -> uuid.UUID:
    """Put a verified lecture of two hours straight into the log."""
    uid = uuid.uuid4()
    row: dict[str, Any] = {
        "program_id": student.program_id, "activity_uid": uid, "student_id": student.id,
        "date": date(2026, 10, 12), "kind": "didactic", "title": "Oxygenators", "hours": 2.0, "units": None,
        "category": None, "provider": None, "supervisor_id": supervisor.id, "status": "verified",
        "created_at": clock.now(), "changed_at": clock.now(),
    }  # fmt: skip
    session.add(LoggedActivity(**row | changes))
    session.flush()
    return uid


def put(app: Flask, *changes: Mapping[str, Any], **same: Any) -> list[uuid.UUID]:
    """Put an activity into the log for each mapping of changes; what is the same for all comes by name."""
    with app.app_context(), transaction() as session:
        return [put_activity(session, **{**same, **each}) for each in changes or ({},)]


def row_of(app: Flask, activity_uid: uuid.UUID | str, house: House = Cast.program) -> LoggedActivity:
    """An activity as the table has it. Fails if there is none."""
    with app.app_context():
        row = db.session.get_one(LoggedActivity, (house.id, uuid.UUID(str(activity_uid))))
        db.session.expunge(row)
        db.session.rollback()
    return row
