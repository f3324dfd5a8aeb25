"""The check that a stranger makes: by a code, without a sign-in, without a name, and not by guessing."""

import hashlib
import io
import uuid

import pytest
from flask import Flask

from caselog.domain.export import Format, Use, shown_code
from caselog.services import issuing, verifying
from caselog.services.issuing import Issue, Made
from tests.support.cast import Cast
from tests.support.client import Client, Page
from tests.support.clock import TestClock

FILE = b"%PDF of Ann"
NO_CODE = "0" * 26


@pytest.fixture
def code(app: Flask) -> str:
    """Of an export of a student's own."""
    with app.app_context():
        student = Cast.student.actor
        prepared = issuing.prepare(student)
        issue = Issue(use=Use.APPLICATION, format=Format.PDF, student_id=student.person_id, reason="a job abroad")
        issuing.issue(student, prepared, issue, Made(hashlib.sha256(FILE).hexdigest(), 3, 1))
    return prepared.code


def sent(content: bytes) -> dict[str, object]:
    return {"file": (io.BytesIO(content), "packet.pdf")}


def send(client: Client, code: str, content: bytes, status: int) -> Page:
    """Send a file as a browser does, whatever its size."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    body = head + content + b"\r\n--x--\r\n"
    return client._request(
        "POST", f"/verify/{code}", status, data=body, content_type="multipart/form-data; boundary=x"
    )


def test_it_says_who_issued_what_when_and_never_whose(client: Client, code: str) -> None:
    page = client.get(f"/verify/{code}")
    for told in (
        Cast.program.name,
        "An application, as a packet (PDF)",
        "3 cases and 1 learning activity",
        "nothing in it was amended",
    ):
        assert told in page.text
    for hidden in (Cast.student.name, str(Cast.student.id), "Ann", "a job abroad", Cast.student.email):
        assert hidden not in page.html


def test_a_code_is_read_however_it_is_typed(client: Client, code: str) -> None:
    typed = shown_code(code).lower().replace("0", "o")
    assert client.get("/verify", query={"code": typed}, status=302).location == f"/verify/{code}"
    assert "code" in client.get("/verify").text


def test_a_file_is_compared_without_script_and_not_kept(client: Client, code: str) -> None:
    assert "This is the file that was issued" in client.post(f"/verify/{code}", sent(FILE), status=200).text
    assert "not the file" in client.post(f"/verify/{code}", sent(FILE + b" "), status=200).text
    assert "no file was chosen" in client.post(f"/verify/{code}", sent(b""), status=200).text
    large = FILE + b"x" * 3_000_000  # more than other pages take
    assert "not the file" in send(client, code, large, status=200).text


def test_a_file_that_is_too_large_is_refused(client: Client, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caselog.web.verify.FILE_MOST", 1_000)
    send(client, code, b"x" * 200_000, status=413)


def test_what_was_withdrawn_says_so(app: Flask, client: Client, code: str) -> None:
    with app.app_context():
        (issued,) = issuing.issued_of(Cast.student.actor)
        issuing.withdraw(Cast.student.actor, issued.id, "sent to the wrong place")
    page = client.get(f"/verify/{code}")
    assert "It no longer stands" in page.text
    assert "wrong place" not in page.html


def test_what_was_never_finished_says_so(app: Flask, client: Client) -> None:
    with app.app_context():
        prepared = issuing.prepare(Cast.student.actor)
        issuing.issue(
            Cast.student.actor, prepared, Issue(use=Use.SPREADSHEET, format=Format.CSV, student_id=Cast.student.id)
        )
    assert "never made to its end" in client.get(f"/verify/{prepared.code}").text
    client.post(f"/verify/{prepared.code}", sent(FILE), status=200)


def test_guessing_ends_soon_and_a_right_code_costs_nothing(client: Client, code: str, clock: TestClock) -> None:
    for _ in range(verifying.WRONG_MOST + 5):
        client.get(f"/verify/{code}")
    for wrong in range(verifying.WRONG_MOST):
        said = client.get(f"/verify/{wrong:026}" if wrong % 2 else "/verify/what", status=404).text
        assert "No export has this code" in said
    refused = client.get(f"/verify/{code}", status=429)
    assert "Too many tries" in refused.text
    assert int(refused.response.headers["Retry-After"]) > 0
    assert "Too many tries" in client.get(f"/verify/{NO_CODE}", status=429).text
    clock.advance(minutes=16)
    client.get(f"/verify/{code}")


def test_files_are_counted_too(client: Client, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "FILES_MOST", 2)
    for _ in range(2):
        client.post(f"/verify/{code}", sent(FILE), status=200)
    client.post(f"/verify/{code}", sent(FILE), status=429)


def test_a_code_that_cannot_be_one_is_answered_like_one_that_is_unknown(client: Client) -> None:
    assert "No export has this code" in client.get("/verify", query={"code": "hello"}, status=404).text
    assert "No export has this code" in client.get(f"/verify/{uuid.uuid4()}", status=404).text
