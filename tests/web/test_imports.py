"""Bringing a spreadsheet in through the pages: nothing is added unseen, nothing of a file is kept."""

import csv
import io
import re
import threading
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.extensions import db
from caselog.store.base import Model
from caselog.store.cases import LoggedCase
from tests.support.client import Client, Page
from tests.support.log import put, signed_in
from tests.support.record import archived, as_bytes, as_json

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


def test_a_word_is_explained_on_the_page_and_stays_explained(app: Flask) -> None:
    student = signed_in(app, "student")
    page = upload(student, table(GOOD_ROWS[0].replace("CABG x3", "Zebra plication")))
    assert "Procedures: “Zebra plication”" in page.text
    assert not page.all("button", value="import")
    page = go_on(student, page, "preview", status=200, **{"meaning-0": ["other_cardiac"]})
    assert page.value("meaning-0") == ["other_cardiac"]
    go_on(student, page, "import")
    assert [each.procedures for each in log(app)] == [("other_cardiac",)]


def test_an_archive_needs_no_mapping_and_verifies_nothing(app: Flask) -> None:
    put(app, status="verified")
    with app.app_context():
        document = as_json(archived())
    document["cases"][0]["case_uid"] = str(uuid.UUID(int=7))
    student = signed_in(app, "student")
    page = upload(student, as_bytes(document), name="log.txt")
    assert "1 new" in page.text
    assert not page.all("select")
    done = go_on(student, page, "import").location
    assert [each.status for each in log(app)] == ["verified", "submitted"]
    assert "from a JSON file" in student.get(f"/cases/{uuid.UUID(int=7)}").text
    assert "in the log already" in upload(student, as_bytes(document)).text
    student.post(f"{done}/undo")
    assert [each.status for each in log(app)] == ["verified"]


def test_the_order_of_a_date_is_asked_once(app: Flask) -> None:
    student = signed_in(app, "student")
    page = upload(student, table("3/2/2026,,,CABG,,,,,,,,"))
    assert "what comes first?" in page.text
    go_on(student, go_on(student, page, "preview", status=200, order="day"), "import")
    assert [str(each.case_date) for each in log(app)] == ["2026-02-03"]


def test_refused_rows_come_as_a_file_that_no_spreadsheet_runs(app: Flask) -> None:
    student = signed_in(app, "student")
    page = upload(student, table(GOOD_ROWS[0].replace("elective", "=1+1"), GOOD_ROWS[1]))
    sent = go_on(student, page, "refused", status=200).response
    rows = list(csv.DictReader(io.StringIO(sent.get_data(as_text=True))))
    assert [row["line"] for row in rows] == ["2"]
    assert rows[0]["Urgency"] == "'=1+1"
    assert "MRN" not in rows[0]
    assert "attachment" in sent.headers["Content-Disposition"]
    go_on(student, page, "import-good")
    assert len(log(app)) == 1


def test_an_import_is_taken_back_on_its_page(app: Flask) -> None:
    student = signed_in(app, "student")
    done = go_on(student, upload(student, table(*GOOD_ROWS)), "import", submit="yes")
    assert "Take the import back" in student.get(done.location).text
    student.post(f"{done.location}/undo")
    assert log(app) == []
    assert "taken back on" in student.get(done.location).text
    assert "taken back" in student.get("/imports").text


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "Choose a .csv or .xlsx file"),
        (b"%PDF-1.7", "The file is a PDF"),
        (b"a,b\n", "no rows"),
        (b'{"a": 1}', "neither"),
    ],
)
def test_what_is_no_table_is_refused_at_the_field(app: Flask, data: bytes, says: str) -> None:
    page = upload(signed_in(app, "student"), data, status=400)
    assert says in page.text


def test_more_than_a_page_takes_is_refused_unread(app: Flask) -> None:
    student = signed_in(app, "student")
    assert student.post("/imports/check", {"noun": "case", "table": "x" * 10_000_000}, status=413).status == 413


def test_a_table_that_did_not_come_back_whole_is_asked_for_again(app: Flask) -> None:
    page = signed_in(app, "student").post("/imports/check", {"noun": "case", "table": "nonsense"}, status=400)
    assert "Choose the file again; nothing was added." in page.text


def test_a_page_for_who_was_signed_out_does_not_show_the_table(app: Flask) -> None:
    student = signed_in(app, "student")
    page = upload(student, table(*GOOD_ROWS))
    answer = student.http.post(
        "/imports/check",
        data={**filled(page), "csrf_token": "wrong", "act": "import"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 400
    assert str(page.value("table")) not in answer.get_data(as_text=True)


def test_nobody_but_a_student_imports(app: Flask) -> None:
    for who in ("director", "preceptor"):
        signed_in(app, who).get("/imports", status=403)
    put(app, status="submitted")
    assert len(log(app)) == 1


def test_many_rows_are_added_in_the_background(app: Flask) -> None:
    student = signed_in(app, "student")
    rows = (f"2026-03-02,,,CABG,,{number},,,,,," for number in range(1, 320))
    page = upload(student, table(*rows))
    job = go_on(student, page, "import").location
    for thread in threading.enumerate():
        if thread.name == "caselog background":
            thread.join(60)
    assert "319 cases added." in student.get(job).text
    assert len(log(app)) == 319


def test_an_upload_never_touches_the_disk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise AssertionError("a file was made for an upload")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    monkeypatch.setattr("tempfile.SpooledTemporaryFile", refuse)
    for name in ("TemporaryFile", "SpooledTemporaryFile"):
        monkeypatch.setattr(f"werkzeug.formparser.{name}", refuse, raising=False)
    student = signed_in(app, "student")
    rows = (f"2026-03-02,,,CABG,,{number},,,,,,{'x' * 900}" for number in range(1, 900))
    parts = {"csrf_token": student.csrf_token().encode(), "noun": b"case", 'file"; filename="a.csv': table(*rows)}
    body = b"".join(
        b'--cut\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), content)
        for name, content in parts.items()
    )
    sent = student.http.post(
        "/imports", data=body + b"--cut--\r\n", content_type="multipart/form-data; boundary=cut"
    )
    assert "Check the import" in sent.get_data(as_text=True)
