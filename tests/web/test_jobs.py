"""The page of work in the background: how far it is, without script, and for whoever began it alone."""

import threading
import uuid

import pytest
from flask import Flask

from caselog.services import jobs
from caselog.services.jobs import Running
from caselog.web import background
from tests.support.cast import Cast
from tests.support.client import Client


@pytest.fixture
def job(app: Flask) -> uuid.UUID:
    with app.app_context():
        return jobs.announce(Cast.student.actor, "import", 3)


def test_the_page_sees_for_itself_while_the_work_goes_on(app: Flask, client: Client, job: uuid.UUID) -> None:
    client.sign_in("student")
    page = client.get(f"/jobs/{job}")
    assert page.response.headers["Refresh"] == "2"
    assert "0 of 3 done" in page.text
    client.post(f"/jobs/{job}/cancel")
    assert "Ending" in client.get(f"/jobs/{job}").text

    def body(running: Running) -> str:
        running.step(1)
        return "never"

    with app.app_context():
        jobs.work(Cast.student.actor, job, body)
    ended = client.get(f"/jobs/{job}")
    assert "Refresh" not in ended.response.headers
    assert "Cancelled" in ended.text


def test_nobody_else_finds_it(client: Client, job: uuid.UUID) -> None:
    client.sign_in("other_student")
    client.get(f"/jobs/{job}", status=404)
    client.post(f"/jobs/{job}/cancel", status=404)


def test_work_in_a_thread_has_a_session_of_its_own(app: Flask, client: Client, job: uuid.UUID) -> None:
    client.sign_in("student")
    goes_on = threading.Event()

    def body(running: Running) -> str:
        running.step(2)
        assert goes_on.wait(20)
        return "all three"

    with app.app_context():
        thread = background.start(lambda: jobs.work(Cast.student.actor, job, body))
        client.get("/cases")  # is answered while the work goes on
        goes_on.set()
        thread.join(20)
    assert "all three" in client.get(f"/jobs/{job}").text
