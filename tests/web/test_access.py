"""The gate: nobody gets further than the view says."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.typing import ResponseReturnValue

from caselog.extensions import db
from caselog.services.actor import Permission
from caselog.store.people import Person
from caselog.store.session import transaction
from caselog.web.access import current_actor, declared, needs, safe_next
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.clock import TestClock

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
PUBLIC = {
    ("static", "GET"),
    ("bootstrap.static", "GET"),
    ("health.alive", "GET"),
    ("health.ready", "GET"),
    ("sign_in.home", "GET"),
    ("sign_in.sign_in", "GET"),
    ("sign_in.sign_in", "POST"),
    ("confirm.confirm", "GET"),
    ("confirm.confirm", "POST"),
    ("sign_in.set_password", "GET"),
    ("sign_in.set_password", "POST"),
    ("api.guide", "GET"),
    ("api.openapi", "GET"),
    ("verify.ask", "GET"),
    ("verify.show", "GET"),
    ("verify.compare", "POST"),
}


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Each endpoint with each method that reaches its view; Flask itself answers OPTIONS."""
    for rule in app.url_map.iter_rules():
        yield from ((rule.endpoint, method) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"})


def access_of(app: Flask, endpoint: str, method: str) -> Permission | str | None:
    return declared(app.view_functions[endpoint], method)


def signed_in(app: Flask, who: str = "student") -> Client:
    client = Client(app)
    client.post("/sign-in", {"email": Cast().member(who).email, "password": Cast.password})
    return client


def test_every_method_of_every_route_says_who_may_use_it(app: Flask) -> None:
    assert [route for route in routes(app) if access_of(app, *route) is None] == []


def test_only_these_routes_are_for_everybody(app: Flask) -> None:
    assert {route for route in routes(app) if access_of(app, *route) == "public"} == PUBLIC


def test_an_unsafe_method_needs_a_permission_that_writes_and_a_safe_one_never_does(app: Flask) -> None:
    for endpoint, method in set(routes(app)) - PUBLIC:
        access = access_of(app, endpoint, method)
        assert isinstance(access, Permission)
        assert access.writes == (method in UNSAFE), f"{method} {endpoint} needs {access}"


@pytest.fixture
def probed(app: Flask) -> Flask:
    """The app with a few more views."""

    plain = {"Content-Type": "text/plain"}

    def answer() -> ResponseReturnValue:
        return "open", plain

    def who() -> ResponseReturnValue:
        return current_actor().name, plain

    def write() -> str:
        with transaction() as session:
            session.execute(sa.update(Person).values(name="Changed"))
        return "written"

    def write_without_transaction() -> str:
        db.session.execute(sa.update(Person).values(name="Changed"))
        return "written"

    app.add_url_rule("/undeclared", "undeclared", lambda: "open", methods=["GET", "POST"])
    app.add_url_rule("/half", "half", needs(get=Permission.VIEW_ACCOUNT)(answer), methods=["GET", "POST"])
    app.add_url_rule("/students-only", "students", needs(Permission.VIEW_OWN_LOG)(who))
    app.add_url_rule("/log", "log", needs(Permission.LOG_CASE)(write), methods=["POST"])
    app.add_url_rule("/reads", "reads", needs(Permission.VIEW_ACCOUNT)(write_without_transaction))
    return app


def test_a_view_that_says_nothing_is_shut_for_everybody(probed: Flask) -> None:
    for client in (Client(probed), signed_in(probed, "director")):
        client.get("/undeclared", status=403)
        client.post("/undeclared", status=403)


def test_a_method_that_says_nothing_is_shut_although_another_one_is_open(probed: Flask) -> None:
    client = signed_in(probed)
    client.get("/half")
    client.post("/half", status=403)


def test_a_position_without_the_permission_is_refused_and_one_with_it_is_let_in(probed: Flask) -> None:
    signed_in(probed, "director").get("/students-only", status=403)
    assert signed_in(probed, "student").get("/students-only").html == Cast.student.name


def test_who_is_not_signed_in_is_sent_to_sign_in_and_comes_back(probed: Flask, cast: Cast) -> None:
    client = Client(probed)
    page = client.get("/students-only", status=302, query={"page": "2"})
    assert page.location == "/sign-in?next=%2Fstudents-only%3Fpage%3D2"
    form = client.get(page.location).find("form", method="post")
    back = client.post(form.get("action", ""), {"email": cast.student.email, "password": cast.password})
    assert back.location == "/students-only?page=2"


def test_an_unsafe_request_of_nobody_changes_nothing_and_is_sent_to_sign_in(probed: Flask, cast: Cast) -> None:
    assert Client(probed).post("/log").location == "/sign-in"
    with probed.app_context():
        names = set(db.session.scalars(sa.select(Person.name)))
    assert cast.student.name in names


def test_head_asks_what_get_asks_and_options_only_names_the_methods(probed: Flask) -> None:
    http = probed.test_client()
    assert http.head("/students-only").status_code == 302
    answer = http.options("/students-only")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert (answer.status_code, answer.data) == (200, b"")
    assert http.head("/sign-in").data == b""


def test_a_safe_request_cannot_write(probed: Flask) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        signed_in(probed).get("/reads")


def test_a_sign_in_ends_after_half_an_hour_without_use(app: Flask, clock: TestClock) -> None:
    client = signed_in(app)
    clock.advance(minutes=29)
    client.get("/account")
    clock.advance(minutes=29)
    client.get("/account")
    clock.advance(minutes=31)
    page = client.get("/account", status=302)
    assert "You were signed out after a while without use" in client.get(page.location).text


def test_a_sign_in_ends_after_twelve_hours_of_use(app: Flask, clock: TestClock) -> None:
    client = signed_in(app)
    for _ in range(35):
        clock.advance(minutes=20)
        client.get("/account")
    clock.advance(minutes=20)
    client.get("/account", status=302)


def test_that_a_session_was_seen_is_written_at_most_once_a_minute(app: Flask, clock: TestClock) -> None:
    client = signed_in(app)
    written: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("SELECT", "BEGIN", "PRAGMA", "SET TRANSACTION")):
            written.append(statement.split(maxsplit=1)[0])

    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", note)
    client.get("/account")
    client.get("/account")
    assert written == []
    clock.advance(seconds=61)
    client.get("/account")
    client.get("/account")
    assert written == ["UPDATE"]


def test_a_person_who_is_deactivated_is_out_at_once(app: Flask, cast: Cast) -> None:
    client = signed_in(app, "preceptor")
    with app.app_context(), transaction() as session:
        session.execute(sa.update(Person).where(Person.id == cast.preceptor.id).values(active=False))
    client.get("/account", status=302)


@pytest.mark.parametrize(
    "cookie", ["remember_token=a|é", r'remember_token="a|\303\251"', "caselog=x.y.é", "caselog=e30.YQ.a"]
)
def test_a_cookie_made_up_by_somebody_opens_nothing(app: Flask, cookie: str) -> None:
    answer = app.test_client(use_cookies=False).get(
        "/account", headers={"Cookie": cookie.encode().decode("latin-1")}
    )
    assert answer.status_code == 302


@pytest.mark.parametrize("target", ["/", "/cases", "/cases?page=2&site=harbor", "/cases/é", "/a?b=//c"])
def test_an_address_of_ours_is_safe_to_go_on_to(target: str) -> None:
    assert safe_next(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None, "", "cases", "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example",
        "/cases//x", "///evil.example", "/\t/evil.example", "/\x00", "/a\r\nSet-Cookie: b", " /cases",
        "javascript:alert(1)", "/sign-out", "/" + "a" * 1000,
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_ours_is_not_gone_on_to(target: str | None) -> None:
    assert safe_next(target) is None
