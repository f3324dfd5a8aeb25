"""What leaves is known again in the browser of whoever holds it, and a spreadsheet arrives from a phone."""

import hashlib

from flask import Flask
from playwright.sync_api import FilePayload, Page, expect

from caselog.domain.export import Format, Use
from caselog.services import issuing
from caselog.services.issuing import Issue, Made
from tests.browser.test_accessibility import faults
from tests.support.browser import overflow, sign_in
from tests.support.cast import Cast
from tests.support.log import stored

PACKET = b"%PDF-1.7 a packet"
SHEET = (
    "Date,Hospital,Operation,My role,Pump min,Age\n"
    "2026-02-03,Harbor Test Hospital,CABG x3,Primary,98,67\n"
    "2026-02-04,Harbor Test Hospital,Mitral repair,Primary,120,54\n"
)


def a_file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def test_the_browser_knows_the_file_that_was_issued_without_sending_it(app: Flask, page: Page) -> None:
    with app.app_context():
        student = Cast.student.actor
        prepared = issuing.prepare(student)
        issue = Issue(use=Use.APPLICATION, format=Format.PDF, student_id=student.person_id)
        issuing.issue(student, prepared, issue, Made(hashlib.sha256(PACKET).hexdigest(), 3, 1))
    page.goto(f"/verify/{prepared.code}")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    chosen, said = page.get_by_label("The file"), page.locator("[data-verdict]")
    chosen.set_input_files(a_file("packet.pdf", PACKET))
    expect(said).to_contain_text("This is the file that was issued")
    assert list(faults(page)) == []
    chosen.set_input_files(a_file("packet.pdf", PACKET + b" "))
    expect(said).to_contain_text("This is not the file that was issued")
    expect(said).not_to_contain_text("This is the file")
    assert list(faults(page)) == []
    assert set(sent) <= {"GET"}  # a browser may still fetch the icon


def test_what_a_stranger_reads_about_an_export_fits_its_column(app: Flask, phone: Page) -> None:
    with app.app_context():
        student = Cast.student.actor
        prepared = issuing.prepare(student)
        issue = Issue(use=Use.APPLICATION, format=Format.PDF, student_id=student.person_id)
        issuing.issue(student, prepared, issue, Made(hashlib.sha256(PACKET).hexdigest(), 250, 40))
    phone.goto(f"/verify/{prepared.code}")
    for width in (360, 1280):
        phone.set_viewport_size({"width": width, "height": 800})
        for told in phone.locator(".verify-facts dd").all():
            assert told.evaluate("it => it.clientWidth") > 200, told.inner_text()


def test_a_spreadsheet_goes_from_a_phone_into_the_log(app: Flask, phone: Page) -> None:
    sign_in(phone, "student")
    phone.goto("/imports")
    phone.get_by_label("Spreadsheet").set_input_files(a_file("old log.csv", SHEET.encode()))
    phone.get_by_role("button", name="Read the file").click()
    expect(phone.get_by_role("heading", name="Check the import")).to_be_visible()
    assert overflow(phone) <= 0
    assert stored(app)["logged_case"] == []
    phone.get_by_role("button", name="Add 2 cases").click()
    expect(phone.get_by_text("2 cases from a spreadsheet")).to_be_visible()
    assert len(stored(app)["logged_case"]) == 2
    assert overflow(phone) <= 0


def test_the_check_of_an_import_shuts_nobody_out(page: Page) -> None:
    sign_in(page, "student")
    page.goto("/imports")
    told = SHEET + "2026-02-05,Nowhere,Something odd,Primary,abc,54\n"
    page.get_by_label("Spreadsheet").set_input_files(a_file("old log.csv", told.encode()))
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("heading", name="Check the import")).to_be_visible()
    for fold in reversed(
        page.locator("main details:not([open]) > summary").all()
    ):  # an open one is not found again
        fold.click()
    assert list(faults(page)) == []
