"""The pages of signals: what a director reads, how one is settled, and what never stands on them."""

from datetime import date, time
from typing import Any

import pytest
from flask import Flask

from caselog.services import looks
from caselog.store.cases import LoggedCase
from caselog.store.programs import Site
from caselog.store.session import transaction
from tests.support import page as pages
from tests.support.cast import Cast
from tests.support.client import Client, Page
from tests.support.log import put, signed_in, stored

CASE: dict[str, Any] = {"case_date": date(2026, 11, 20), "start_time": time(7, 30)}
CANARY = "canary"


@pytest.fixture
def director(app: Flask) -> Client:
    return signed_in(app, "director")


def two_primaries(app: Flask) -> None:
    put(app, CASE, {**CASE, "student": Cast.other_student})


def first_signal(director: Client) -> str:
    listed = director.get("/signals")
    return next(href for href in listed.links().values() if href.startswith("/signals/"))


def texts(page: Page, tag: str) -> list[str]:
    return [pages.text(each) for each in page.all(tag)]


def test_without_a_signal_the_page_says_what_is_watched_with_the_thresholds(director: Client) -> None:
    page = director.get("/signals")
    assert "Nothing is open" in texts(page, "h2")
    for threshold in ("72 hours", "1,440 minutes", "100 %", "10 or more cases", "10 evaluations"):
        assert threshold in page.text


def test_a_signal_is_read_with_its_evidence_and_settled(app: Flask, director: Client) -> None:
    two_primaries(app)
    listed = director.get("/signals")
    assert "Two cases name a primary for the same site, day, start and procedure." in listed.text
    assert "Ann Student, Ben Student" in listed.text
    path = first_signal(director)
    shown = director.get(path)
    assert "Two rooms of the site began the same kind of case at the same time." in shown.text
    assert sum(href.startswith("/cases/") for href in shown.links().values()) == 1  # both read alike
    digest = shown.value("digest")
    sent = {"outcome": "explained", "words": "Two rooms.", "digest": digest}
    assert director.post(path, sent).location == "/signals"
    assert "Nothing is open" in director.get("/signals").text
    settled = director.get("/signals?state=settled")
    assert "Explained" in settled.text
    again = director.get(path)
    assert "Two rooms." in again.text
    assert again.all("button", class_="btn-primary") == []


@pytest.mark.parametrize(
    ("sent", "status", "says"),
    [
        ({"outcome": "", "words": "Two rooms."}, 400, "Choose what became of it."),
        ({"outcome": "explained", "words": ""}, 400, "Say what explains it, or what was corrected."),
        ({"outcome": "hidden", "words": "x"}, 400, "hidden"),
        ({"outcome": "no_concern", "digest": "another"}, 409, "The records changed since you opened this."),
        ({"outcome": "explained", "words": "x" * 1_001}, 400, "at most 1,000 fit"),
    ],
)
def test_what_cannot_be_settled_says_why_and_keeps_the_words(
    app: Flask, director: Client, sent: dict[str, str], status: int, says: str
) -> None:
    two_primaries(app)
    path = first_signal(director)
    digest = director.get(path).value("digest")
    before = stored(app)
    page = director.post(path, {"digest": digest, **sent}, status=status)
    assert says in page.text
    assert page.value("words") == sent.get("words", "")
    assert page.value("digest") == digest
    assert stored(app) == before


@pytest.mark.parametrize("who", ["student", "preceptor"])
def test_signals_are_for_directors(app: Flask, who: str) -> None:
    two_primaries(app)
    client = signed_in(app, who)
    client.get("/signals", status=403)
    assert "Signals" not in client.get("/account").links()
    client.post(first_signal(signed_in(app, "director")), {"outcome": "no_concern"}, status=403)


def test_a_director_of_another_program_finds_nothing(app: Flask) -> None:
    two_primaries(app)
    path = first_signal(signed_in(app, "director"))
    signed_in(app, "outsider_director").get(path, status=404)


@pytest.mark.parametrize("query", ["kind=nonsense", "cohort=nonsense", "student=nonsense", "state=nonsense"])
def test_a_filter_that_cannot_be_read_says_so(director: Client, query: str) -> None:
    director.get(f"/signals?{query}", status=400)


def test_of_another_program_the_pages_tell_no_more_than_that_it_holds_a_case(app: Flask, director: Client) -> None:
    with app.app_context(), transaction() as session:
        for program, place in ((Cast.program, Cast.site), (Cast.outsider_program, Cast.outsider_site)):
            session.get_one(Site, (program.id, place.id)).shared_code = "CCN 000001"
        session.get_one(Site, (Cast.outsider_program.id, Cast.outsider_site.id)).name = f"{CANARY} site"
    put(app, CASE)
    (there,) = put(
        app, {**CASE, "note": f"{CANARY} note"}, student=Cast.outsider_student, preceptor=Cast.outsider_preceptor
    )
    path = first_signal(director)
    listed, shown = director.get("/signals"), director.get(path)
    director.post(path, {"outcome": "no_concern", "digest": shown.value("digest")})
    audit = stored(app)["audit_entry"]
    ours = [row for row in audit if Cast.program.id in row]
    seen = listed.html + shown.html + str(shown.response.headers) + path + repr(ours)
    assert "Another program holds a case as primary" in seen
    for secret in (
        CANARY, "Oskar", "Otto", "Olga", "South", "south", "Valley", there, there.hex, Cast.outsider_student.id,
        Cast.outsider_student.id.hex, Cast.outsider_program.id, Cast.outsider_site.id, Cast.outsider_site.id.hex,
    ):  # fmt: skip
        assert str(secret) not in seen


def test_a_shared_code_is_kept_with_the_site_in_one_spelling(app: Flask, director: Client) -> None:
    typed = {"name": "Harbor", "code": "harbor", "country": "US", "shared_code": " ccn  000001 "}
    director.post("/program/sites/harbor", typed)
    assert director.get("/program/sites/harbor").value("shared_code") == "CCN 000001"
    director.post("/program/sites/harbor", typed | {"shared_code": ""})
    with app.app_context(), transaction() as session:
        assert session.get_one(Site, (Cast.program.id, Cast.site.id)).shared_code is None


def test_the_student_reads_on_the_own_case_that_it_was_entered_late(app: Flask) -> None:
    (uid,) = put(app, {"case_date": date(2026, 11, 1)})
    (soon,) = put(app, CASE)
    student, director = signed_in(app, "student"), signed_in(app, "director")
    assert "Entered 20 days after the day of the case." in student.get(f"/cases/{uid}").text
    assert "Entered" not in student.get(f"/cases/{soon}").text
    assert "flagged for the director" not in director.get(f"/cases/{uid}").text
    with app.app_context(), transaction() as session:
        session.get_one(LoggedCase, (Cast.program.id, uid)).status = "void"
    assert "flagged for the director" not in student.get(f"/cases/{uid}").text


def test_each_student_is_told_who_looked_at_the_cases_of_a_signal(app: Flask, director: Client) -> None:
    two_primaries(app)
    director.get(first_signal(director))
    for who in (Cast.student, Cast.other_student):
        with app.app_context():
            told = looks.at_mine(who.actor, 1).looks
        assert [(each.who, each.at_what) for each in told] == [("Dana Director", "cases that a signal is about")]
