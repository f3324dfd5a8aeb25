"""The page of a cohort's packets: begun, watched, gone on with, fetched; other requests are answered meanwhile."""

import threading
import uuid
from collections.abc import Callable

import pytest
from flask import Flask

from caselog.services import packet_batches, packets
from caselog.services.issuing import Made
from caselog.web import background
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.clock import TestClock

PAGE = f"/cohorts/{Cast.program.cohort_id}/packets"


@pytest.fixture
def director(client: Client) -> Client:
    client.sign_in("director")
    return client


def test_other_requests_are_answered_while_packets_are_made(
    app: Flask, director: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, begun = threading.Event(), threading.Event()
    threads = []

    def slow(*_about: object) -> tuple[bytes, Made]:
        begun.set()
        assert goes_on.wait(20)
        return b"%PDF", Made("a" * 64, 0, 0)

    def start(body: Callable[[], None]) -> None:
        with app.app_context():
            threads.append(background.start(body))

    monkeypatch.setattr(packets, "packet", slow)
    monkeypatch.setattr("caselog.web.packets.start", start)
    page = director.post(PAGE, {"use": "board"}, follow=True)
    assert "0 of 2 done" in page.text
    assert begun.wait(20)
    director.get("/cohorts")
    director.post(
        f"/cohorts/{uuid.uuid4()}/packets", {"use": "board"}, status=404
    )  # a write is not held up either
    goes_on.set()
    threads[0].join(20)
    shown = director.get(PAGE)
    assert "Ready: 2 of 2 packets" in shown.text
    sent = director.get(shown.links()["Download the ZIP"]).response
    assert sent.mimetype == "application/zip"
    assert sent.headers["Content-Disposition"] == "attachment; filename=caselog-board-Class-of-2027.zip"
    assert sent.headers["Cache-Control"] == "no-store"


def test_the_page_says_that_they_stopped_and_offers_to_go_on(
    app: Flask, director: Client, clock: TestClock
) -> None:
    director.post(PAGE, {"use": "board"})  # whose process ends before it makes any
    clock.advance(minutes=2)
    page = director.get(PAGE)
    assert "It stopped before its end" in page.text
    form = next(each for each in page.all("form") if each.get("action", "").endswith("/go-on"))
    job = director.post(form.get("action", ""), follow=True)
    assert "0 of 2 done" in job.text
    with app.app_context():
        (batch,) = packet_batches.packets_of(Cast.director.actor, Cast.program.cohort_id).batches
    assert batch.job.runs


def test_a_use_is_to_be_chosen(director: Client) -> None:
    assert "Choose what the packets are for" in director.post(PAGE, {"use": "archive"}, status=400).text
