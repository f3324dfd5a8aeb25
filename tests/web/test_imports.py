"""Bringing a spreadsheet in through the pages: nothing is added unseen, nothing of a file is kept."""

import io
import re
from typing import Any

import sqlalchemy as sa
from flask import Flask

from caselog.extensions import db
from caselog.store.base import Model
from caselog.store.cases import LoggedCase
from tests.support.client import Client, Page
from tests.support.log import signed_in

HEADER = "Date of surgery,Patient name,MRN,Procedure,Hospital,Pump time,Age,Role,Preceptor,Urgency,Type,Setting"
GOOD_ROWS = (
    "2026-03-02,Doe Zebrafinch,4471902,CABG x3,Harbor,1:35,67,1st assist,Pat Preceptor,elective,CPB,clinical",
    "2026-03-03,Roe Zebrafinch,4471903,AVR + MVR,Harbor,120,43,primary,P. Preceptor,urgent,CPB,clinical",
)


def table(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def upload(
    client: Client, data: bytes, *, status: int = 200, name: str = "Zebrafinch.csv", noun: str = "case"
) -> Page:
    return client.post("/imports", {"noun": noun, "file": (io.BytesIO(data), name)}, status=status)


def filled(page: Page) -> dict[str, Any]:
    """The form of the check, as a browser would send it back untouched."""
    names = {
        str(each.get("name"))
        for tag in ("input", "select")
        for each in page.all(tag)
        if each.get("name") not in (None, "csrf_token")
    }
    return {name: page.value(name) for name in names if page.value(name) not in (None, [])}


def go_on(client: Client, page: Page, act: str, *, status: int = 302, **changes: Any) -> Page:
    return client.post("/imports/check", {**filled(page), "act": act, **changes}, status=status)


def log(app: Flask) -> list[LoggedCase]:
    with app.app_context():
        found = list(db.session.scalars(sa.select(LoggedCase).order_by(LoggedCase.case_date)))
        db.session.expunge_all()
        db.session.rollback()
    return found


def test_a_students_table_becomes_cases(app: Flask) -> None:
    student = signed_in(app, "student")
    page = upload(student, table(*GOOD_ROWS))
    assert "2 new" in page.text
    assert "a patient's name" in page.text
    assert log(app) == []
    done = go_on(student, page, "import", submit="yes")
    assert [(each.procedures, each.role, each.age_group, each.cpb_minutes, each.status) for each in log(app)] == [
        (("cabg",), "first_assistant", "older_adult", 95, "submitted"),
        (("aortic_valve", "mitral_valve"), "primary", "adult", 120, "submitted"),
    ]
    assert "2 cases added" in student.get(done.location).text
    assert "from a spreadsheet" in student.get(f"/cases/{log(app)[0].case_uid}").text


def test_nothing_of_a_file_is_kept_that_nobody_mapped(app: Flask) -> None:
    student = signed_in(app, "student")
    page = upload(student, table(*GOOD_ROWS))
    assert "4471902" not in page.html
    assert "Zebrafinch" not in page.html
    go_on(student, page, "import")
    with app.app_context():
        stored = "".join(
            str(tuple(row)) for each in Model.metadata.sorted_tables for row in db.session.execute(sa.select(each))
        )
    assert len(log(app)) == 2
    assert not re.search("zebrafinch|447190|surgery", stored, re.IGNORECASE)
