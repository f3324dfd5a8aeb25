"""What people read when something cannot be done."""

import logging
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask, request
from flask.typing import ResponseReturnValue
from jinja2 import TemplateNotFound
from psycopg import errors as postgres_errors

from caselog.extensions import db
from caselog.services.actor import NotFoundError, Permission, RefusedError
from caselog.store.people import Person
from caselog.store.session import sqlite_module, transaction
from caselog.web import errors
from caselog.web.access import needs, public
from tests.support.cast import Cast
from tests.support.client import Client

SECRET = "the patient is called Jane Roe"


@pytest.fixture
def faulty(app: Flask) -> Flask:
    """The app with views that fail, each in its way."""
    app.config["PROPAGATE_EXCEPTIONS"] = False  # as in production

    def fail(error: Exception) -> ResponseReturnValue:
        raise error

    def impossible() -> ResponseReturnValue:
        with transaction() as session:
            session.execute(sa.update(Person).values(name=SECRET, position="nobody"))
        return "stored"

    def note() -> ResponseReturnValue:
        return {"note": request.form.get("note", "")}

    passing = sa.exc.OperationalError("UPDATE", {}, sqlite3.OperationalError("database is locked"))
    lasting = sa.exc.OperationalError("UPDATE", {}, sqlite3.OperationalError("no such table: person"))
    lost = sa.exc.OperationalError("UPDATE", {}, postgres_errors.AdminShutdown("terminating connection"))
    too_large = sa.exc.DataError("UPDATE", {}, postgres_errors.NumericValueOutOfRange("integer out of range"))
    for name, error in {
        "broken": ZeroDivisionError(SECRET),
        "missing": NotFoundError(),
        "refused": RefusedError("This case was verified meanwhile; reload it <first>."),
        "busy": passing,
        "lost": lost,
        "no-table": lasting,
        "unstorable": too_large,
    }.items():
        app.add_url_rule(f"/{name}", name, public(lambda error=error: fail(error)))
    app.add_url_rule("/impossible", "impossible", needs(Permission.LOG_CASE)(impossible), methods=["POST"])
    app.add_url_rule("/note", "note", needs(get=Permission.VIEW_CASE, post=Permission.LOG_CASE)(note),
                     methods=["GET", "POST"])  # fmt: skip
    return app


def signed_in(app: Flask) -> Client:
    client = Client(app)
    client.post("/sign-in", {"email": Cast.student.email, "password": Cast.password})
    return client


def test_a_page_that_is_not_there_says_so_and_how_to_go_on(client: Client) -> None:
    page = client.get("/nowhere", status=404)
    assert page.heading == "There is no such page"
    assert page.links()["Back to the first page"] == "/"


def test_somebody_signed_in_keeps_the_way_to_their_pages_where_there_is_none(app: Flask, cast: Cast) -> None:
    assert cast.student.name in signed_in(app).get("/nowhere", status=404).text


def test_a_method_that_is_not_answered_says_which_are(client: Client) -> None:
    page = client.post("/readyz", status=405)
    assert page.heading == "That cannot be done here"
    assert "GET" in page.response.headers["Allow"]


def test_what_a_service_refuses_is_said_in_its_words(faulty: Flask) -> None:
    client = Client(faulty)
    assert "reload it <first>." in client.get("/refused", status=409).text
    assert client.get("/missing", status=404).heading == "There is no such page"


def test_an_unforeseen_fault_shows_nothing_of_itself(faulty: Flask, caplog: pytest.LogCaptureFixture) -> None:
    page = Client(faulty).get("/broken", status=500)
    assert page.heading == "Something went wrong on our side"
    assert "ZeroDivision" not in page.html
    assert SECRET not in page.html
    assert "ZeroDivisionError" in caplog.text


def test_error_pages_ask_no_database(faulty: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(faulty)

    with faulty.app_context():
        refusal = db.engine.dialect.loaded_dbapi.OperationalError("unable to open database file")

        def refuse(*_arguments: object, **_options: object) -> None:
            raise refusal

        db.engine.dispose()
        monkeypatch.setattr(db.engine.dialect, "connect", refuse)
    for path, status in (("/broken", 500), ("/nowhere", 404), ("/account", 503)):
        client.get(path, status=status).find("header")  # the whole page, not the bare one


def test_an_error_page_stands_although_the_templates_are_broken(
    faulty: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_context: object) -> str:
        raise TemplateNotFound("errors/error.html")

    monkeypatch.setattr(errors, "render_template", fail)
    assert Client(faulty).get("/broken", status=500).heading == "Something went wrong on our side"
    assert "reload it <first>." in Client(faulty).get("/refused", status=409).text


def test_a_database_that_is_busy_or_lost_is_worth_another_try(faulty: Flask) -> None:
    for path in ("/busy", "/lost"):
        page = Client(faulty).get(path, status=503)
        assert page.heading == "The service is busy"
        assert page.response.headers["Retry-After"] == "5"


def test_a_fault_of_ours_in_the_database_is_not_called_busy(faulty: Flask) -> None:
    Client(faulty).get("/no-table", status=500)


def test_a_locked_sqlite_file_answers_503(faulty: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    url = sa.make_url(faulty.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() != "sqlite":
        return  # a lock of the whole database is SQLite's
    monkeypatch.setattr("caselog.store.session.BUSY_TIMEOUT_MS", 20)
    client = Client(faulty)
    token = client.csrf_token()
    with faulty.app_context():
        db.engine.dispose()
    writer = sqlite_module().connect(str(Path(url.database or "")))
    writer.execute("BEGIN IMMEDIATE")
    data = {"email": Cast.student.email, "password": Cast.password, "csrf_token": token}
    client.post("/sign-in", data, status=503)
    writer.rollback()
    writer.close()
    client.post("/sign-in", data)


def test_what_the_database_cannot_store_is_the_senders_to_mend(faulty: Flask) -> None:
    Client(faulty).get("/unstorable", status=400)


def test_what_people_typed_does_not_reach_the_log(faulty: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        signed_in(faulty).post("/impossible", status=500)
    assert "IntegrityError" in caplog.text
    assert "position_code" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("path", ["/cases/%00", "/cases?page=%00", "/cases?%01=1", "/static/%00", "/%7f"])
def test_control_characters_in_an_address_are_refused(client: Client, path: str) -> None:
    assert client.get(path, status=400).heading == "This request could not be read"


@pytest.mark.parametrize(
    ("path", "status"), [("/%ff%fe", 404), ("/sign-in?%ff=%ff", 200), ("/sign-in?next=%ff%00", 400), ("/ä/ö", 404)]
)
def test_any_bytes_may_stand_in_an_address(client: Client, path: str, status: int) -> None:
    client.get(path, status=status)


def test_ten_million_bytes_are_too_large_for_everybody(app: Flask, client: Client) -> None:
    big = {"note": "x" * 10_000_000}
    assert client.post("/sign-in", big, status=413).heading == "That is too large"
    client.post("/cases/new", big, status=413)
    signed_in(app).post("/cases/new", big, status=413)


def test_a_form_without_its_token_changes_nothing_and_says_what_to_do(faulty: Flask) -> None:
    page = signed_in(faulty).post("/note", {"note": "long"}, csrf=False, status=400)
    assert page.heading == "This form was open too long"
    assert "send it once more" in page.text
    Client(faulty).post("/sign-in", {"email": Cast.student.email}, csrf=False, status=400)


def sent(client: Client, site: str) -> str:
    answer = client.http.post(
        "/note",
        data={
            "note": "took <two> hours",
            "techniques": ["rap", "muf"],
            "new_password": "quiet pumps",
            "empty": " ",
        },
        headers={"Sec-Fetch-Site": site},
    )
    assert answer.status_code in (302, 400, 403)
    return answer.text


def test_what_was_typed_into_a_form_of_ours_comes_back_to_be_copied(faulty: Flask) -> None:
    html = sent(signed_in(faulty), "same-origin")
    assert "took &lt;two&gt; hours" in html
    assert "rap; muf" in html
    assert "quiet pumps" not in html


def test_what_another_site_sent_is_not_shown(faulty: Flask) -> None:
    assert "took" not in sent(signed_in(faulty), "cross-site")


def test_what_was_typed_is_kept_too_when_the_session_had_ended(faulty: Flask) -> None:
    client = signed_in(faulty)
    with faulty.app_context(), transaction() as session:
        session.execute(sa.text("DELETE FROM sign_in_session"))
    html = sent(client, "same-origin")
    assert "You were signed out" in html
    assert "took &lt;two&gt; hours" in html
    assert "took" not in sent(client, "same-origin"), "who has no session at all is sent to sign in"


def test_a_refused_body_is_read_to_its_end(app: Flask) -> None:
    class Body:
        left = 5_000_000

        def read(self, size: int = -1) -> bytes:
            size = min(size, self.left)
            self.left -= size
            return b"x" * size

    body = Body()
    environ = {"wsgi.input": body, "wsgi.input_terminated": True, "CONTENT_LENGTH": "5000000"}
    assert app.test_client().post("/sign-in", environ_overrides=environ).status_code == 413
    assert body.left == 0
