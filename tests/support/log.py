"""Cases for tests of the log: as typed into the form, as values, and as rows. All are made up."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.case import Case
from caselog.extensions import db
from caselog.store.cases import LoggedCase
from caselog.store.programs import Rotation
from caselog.store.session import transaction
from tests.support.cast import Cast, House, Member, Place
from tests.support.client import Client

# A whole case as a person types it into the form (lists in the order of the page), and as it then stands in the log.
TYPED: Mapping[str, Any] = {
    "case_date": "2026-11-02",
    "start_time": "07:30",
    "site": Cast.site.code,
    "preceptor": Cast.preceptor.email,
    "activity": "cpb",
    "procedures": ["cabg", "aortic_valve"],
    "role": "primary",
    "share_percent": "80",
    "setting": "clinical",
    "age_group": "adult",
    "urgency": "elective",
    "redo": "yes",
    "cpb_minutes": "124",
    "cross_clamp_minutes": "88",
    "circulatory_arrest_minutes": "12",
    "support_hours": "1.5",
    "lowest_temp_c": "32.5",
    "techniques": ["roller_pump", "heparin"],
    "events": ["return_to_bypass"],
    "note": "Kept the filling even.\nAsk earlier.",
}
CASE = Case(
    case_date=date(2026, 11, 2),
    start_time=time(7, 30),
    site=Cast.site.code,
    site_country=Cast.site.country,
    site_affiliated=True,
    preceptor=Cast.preceptor.email,
    activity="cpb",
    procedures=("aortic_valve", "cabg"),
    role="primary",
    share_percent=80,
    setting="clinical",
    age_group="adult",
    urgency="elective",
    redo=True,
    cpb_minutes=124,
    cross_clamp_minutes=88,
    circulatory_arrest_minutes=12,
    support_hours=1.5,
    lowest_temp_c=32.5,
    techniques=("heparin", "roller_pump"),
    events=("return_to_bypass",),
    note="Kept the filling even.\nAsk earlier.",
    status="submitted",
)


def typed(case_uid: uuid.UUID | None = None, /, **changes: Any) -> dict[str, Any]:
    """The whole case as typed, with changes; a field that is changed to None is not sent."""
    sent = {**TYPED, "case_uid": str(case_uid or uuid.uuid4()), **changes}
    return {name: value for name, value in sent.items() if value is not None}


def a_case(case_uid: uuid.UUID | None = None, /, **changes: Any) -> Case:
    """The same case as values."""
    return replace(CASE, case_uid=str(case_uid or uuid.uuid4()), **changes)


def put_case(
    session: Session, student: Member = Cast.student, preceptor: Member = Cast.preceptor, **changes: Any
) -> uuid.UUID:
    """Put a verified pump run as primary, the plainest case that counts, straight into the log."""
    uid = uuid.uuid4()
    site: Place = preceptor.site or Cast.site
    row: dict[str, Any] = {
        "program_id": student.program_id, "case_uid": uid, "student_id": student.id,
        "case_date": date(2026, 11, 2), "site_id": site.id, "preceptor_id": preceptor.id, "activity": "cpb",
        "procedures": ("cabg",), "role": "primary", "setting": "clinical", "age_group": "adult",
        "urgency": "elective", "redo": False, "techniques": (), "events": (), "note": "", "status": "verified",
        "created_at": clock.now(), "changed_at": clock.now(),
    }  # fmt: skip
    session.add(LoggedCase(**row | changes))
    session.flush()
    return uid


def put(app: Flask, *changes: Mapping[str, Any], **same: Any) -> list[uuid.UUID]:
    """Put a case into the log for each mapping of changes; what is the same for all comes by name."""
    with app.app_context(), transaction() as session:
        return [put_case(session, **{**same, **each}) for each in changes or ({},)]


def put_rotation(session: Session, student: Member, site: Place, code: str) -> uuid.UUID:
    uid = uuid.uuid4()
    session.add(
        Rotation(
            program_id=student.program_id, id=uid, code=code, student_id=student.id, site_id=site.id,
            starts_on=date(2026, 9, 1), ends_on=date(2026, 12, 20),
        )
    )  # fmt: skip
    session.flush()
    return uid


def signed_in(app: Flask, who: str) -> Client:
    """A browser in which a member of the cast is signed in."""
    client = Client(app)
    client.post("/sign-in", {"email": Cast().member(who).email, "password": Cast.password})
    client.signed_in = True
    return client


def stored(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for what signing in leaves behind: to see that nothing was changed."""
    with app.app_context():
        found = {}
        for table in db.metadata.sorted_tables:
            rows = sa.select(table)
            if table.name == "audit_entry":
                rows = rows.where(table.c.action != "account.sign_in", sa.not_(table.c.action.endswith(".look")))
            if table.name not in ("sign_in_session", "sign_in_attempt", "audit_head"):
                found[table.name] = sorted((tuple(row) for row in db.session.execute(rows)), key=repr)
        db.session.rollback()
    return found


def row_of(app: Flask, case_uid: uuid.UUID | str, house: House = Cast.program) -> LoggedCase:
    """A case as the table has it. Fails if there is none."""
    with app.app_context():
        row = db.session.get_one(LoggedCase, (house.id, uuid.UUID(str(case_uid))))
        db.session.expunge(row)
        db.session.rollback()
    return row
