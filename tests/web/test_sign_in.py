"""Signing in and out, passwords, and one's own account."""

import logging

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.extensions import db
from caselog.services.accounts import issue_password_link
from caselog.store.accounts import Account, SignInSession
from caselog.store.people import Person
from caselog.store.session import transaction
from tests.support.cast import Cast
from tests.support.client import Client, Page
from tests.support.clock import TestClock
from tests.support.trail import acts

NEW = "seven quiet pumps at dawn"
NOT_RIGHT = "E-mail or password is not right."
TOO_MANY = "Too many tries."


def try_to_sign_in(client: Client, email: str, password: str = Cast.password, *, status: int = 302) -> Page:
    return client.post("/sign-in", {"email": email, "password": password}, status=status)


def signed_in(app: Flask, who: str = "student") -> Client:
    client = Client(app)
    try_to_sign_in(client, Cast().member(who).email)
    return client


def from_address(app: Flask, address: str) -> Client:
    client = Client(app)
    client.http.environ_base["REMOTE_ADDR"] = address
    return client


def link_for(app: Flask, email: str) -> str:
    with app.app_context():
        return f"/set-password/{issue_password_link(email)}"


def test_a_person_signs_in_and_lands_on_what_is_theirs(client: Client, cast: Cast) -> None:
    for who, home in (("student", "/progress"), ("preceptor", "/review"), ("director", "/cohorts")):
        assert try_to_sign_in(client, cast.member(who).email).location == home
        assert client.get("/", status=302).location == home
        assert client.get("/sign-in", status=302).location == home


def test_nobody_is_sent_from_the_first_page_to_sign_in(client: Client) -> None:
    assert client.get("/", status=302).location == "/sign-in"


def test_an_address_may_be_typed_in_capitals_and_with_spaces_around_it(client: Client, cast: Cast) -> None:
    try_to_sign_in(client, f"  {cast.student.email.upper()} ")


def test_after_signing_in_nobody_is_sent_to_another_site(client: Client, cast: Cast) -> None:
    page = client.get("/sign-in", query={"next": "//evil.example/"})
    assert "evil" not in page.html
    answer = client.post("/sign-in?next=//evil.example", {"email": cast.student.email, "password": cast.password})
    assert answer.location == "/progress"


def test_signing_out_ends_the_session_for_a_copied_cookie_too(app: Flask, cast: Cast) -> None:
    client, copy = signed_in(app), Client(app)
    cookie = client.http.get_cookie("caselog")
    assert cookie is not None
    copy.http.set_cookie("caselog", cookie.value)
    copy.get("/account")
    page = client.post("/sign-out", follow=True)
    assert "You are signed out" in page.text
    client.get("/account", status=302)
    copy.get("/account", status=302)


def test_signing_in_gives_a_new_session_and_ends_the_one_before(app: Flask, cast: Cast) -> None:
    client = Client(app)
    with client.http.session_transaction() as session:
        session["planted"] = "by somebody else"
    try_to_sign_in(client, cast.student.email)
    with client.http.session_transaction() as session:
        assert "planted" not in session
        first = session["_user_id"]
    try_to_sign_in(client, cast.student.email)
    with client.http.session_transaction() as session:
        assert session["_user_id"] != first
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(SignInSession)) == 1


def test_the_database_does_not_know_the_token(app: Flask) -> None:
    client = signed_in(app)
    with client.http.session_transaction() as session:
        token = session["_user_id"]
    with app.app_context():
        assert token not in db.session.scalars(sa.select(SignInSession.token_hash)).one()


def test_the_cookie_ends_with_the_browser_and_no_script_reads_it(client: Client) -> None:
    cookie = client.get("/sign-in").response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Expires" not in cookie
    assert "Max-Age" not in cookie


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client: Client, cast: Cast) -> None:
    wrong = try_to_sign_in(client, cast.student.email, "not the password", status=400)
    unknown = try_to_sign_in(client, "nobody@north.example", "not the password", status=400)
    assert NOT_RIGHT in wrong.text
    assert wrong.text == unknown.text
    assert unknown.value("email") == "nobody@north.example"
    assert unknown.value("password") == ""


def test_who_has_no_password_yet_or_no_longer_a_program_gets_that_answer_too(
    app: Flask, client: Client, cast: Cast
) -> None:
    with app.app_context(), transaction() as session:
        session.execute(sa.update(Account).where(Account.id == cast.student.account_id).values(password_hash=None))
        session.execute(sa.update(Person).where(Person.id == cast.director.id).values(active=False))
    for who in ("student", "director"):
        assert NOT_RIGHT in try_to_sign_in(client, cast.member(who).email, status=400).text


def test_what_is_missing_or_cannot_be_is_said_at_the_fields(client: Client) -> None:
    page = client.post("/sign-in", {"email": "no address", "password": ""}, status=400)
    assert "Give a whole e-mail address" in page.text
    assert "Give your password." in page.text
    assert "at most 200 characters" in try_to_sign_in(client, "a@b.example", "x" * 201, status=400).text


@pytest.mark.parametrize("who", ["ann.student@north.example", "nobody@north.example"])
def test_after_five_failures_nobody_signs_in_there_for_a_quarter_of_an_hour(
    app: Flask, client: Client, clock: TestClock, who: str
) -> None:
    for _ in range(5):
        assert NOT_RIGHT in try_to_sign_in(client, who, "a wrong one", status=400).text
    page = try_to_sign_in(client, who, Cast.password, status=429)
    assert TOO_MANY in page.text
    assert 800 < int(page.response.headers["Retry-After"]) <= 900
    try_to_sign_in(from_address(app, "203.0.113.9"), who, Cast.password, status=429)
    try_to_sign_in(client, Cast.other_student.email)
    clock.advance(minutes=15)
    try_to_sign_in(client, who, status=302 if who == Cast.student.email else 400)


def test_a_success_forgets_the_failures_of_the_account_but_not_those_of_the_address(
    app: Flask, cast: Cast
) -> None:
    client = from_address(app, "203.0.113.9")
    for _ in range(7):
        for _ in range(4):
            try_to_sign_in(client, cast.student.email, "a wrong one", status=400)
        try_to_sign_in(client, cast.student.email)
    try_to_sign_in(client, "one@north.example", "a wrong one", status=400)
    try_to_sign_in(client, "two@north.example", "a wrong one", status=400)
    try_to_sign_in(client, cast.other_student.email, status=429)
    try_to_sign_in(from_address(app, "203.0.113.10"), cast.other_student.email)


def test_successes_never_add_up_to_a_limit(app: Flask, cast: Cast) -> None:
    for _ in range(31):
        signed_in(app)


def test_only_a_proxy_that_is_named_may_name_the_address(app: Flask, client: Client, cast: Cast) -> None:
    for turn in range(30):
        client.http.post(
            "/sign-in",
            data={"csrf_token": client.csrf_token(), "email": f"{turn}@north.example", "password": "a wrong one"},
            headers={"X-Forwarded-For": f"203.0.113.{turn}"},
        )
    try_to_sign_in(client, cast.student.email, status=429)


def test_the_account_page_shows_who_one_is(app: Flask, cast: Cast) -> None:
    text = signed_in(app, "preceptor").get("/account").text
    for words in (cast.preceptor.name, cast.preceptor.email, cast.program.name, "Preceptor"):
        assert words in text


def change_password(client: Client, *, status: int = 302, **fields: str) -> Page:
    data = {"current": Cast.password, "password": NEW, "repeated": NEW} | fields
    return client.post("/account", data, status=status)


def test_changing_the_password_signs_every_other_browser_out_and_keeps_this_one(app: Flask, cast: Cast) -> None:
    here, there = signed_in(app), signed_in(app)
    with here.http.session_transaction() as session:
        before = session["_user_id"]
    assert change_password(here).location == "/account"
    assert "Your password is changed" in here.get("/account").text
    with here.http.session_transaction() as session:
        assert session["_user_id"] != before
    there.get("/account", status=302)
    try_to_sign_in(there, cast.student.email, status=400)
    try_to_sign_in(there, cast.student.email, NEW)


def test_changing_the_password_needs_the_present_one_and_is_limited_too(app: Flask, cast: Cast) -> None:
    client = signed_in(app)
    for _ in range(5):
        page = change_password(client, current="a wrong one", status=400)
        assert "The current password is not right." in page.text
    assert "Retry-After" in change_password(client, status=429).response.headers
    try_to_sign_in(Client(app), cast.student.email, status=429)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("", "Choose a password."),
        ("too short", "Use at least 12 characters; this has 9."),
        ("x1" * 101, "Use at most 200 characters; this has 202."),
        ("ann.student@north.example", "Use something else than your e-mail address."),
        ("PASSWORDPASSWORD", "one of the first passwords that anybody tries"),
        ("abababababababab", "one of the first passwords that anybody tries"),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused_in_words(app: Flask, password: str, words: str) -> None:
    assert words in change_password(signed_in(app), password=password, repeated=password, status=400).text
    page = Client(app).post(
        link_for(app, Cast.student.email), {"password": password, "repeated": password}, status=400
    )
    assert words in page.text


def test_a_new_password_is_typed_twice_the_same(app: Flask) -> None:
    assert "not the same" in change_password(signed_in(app), repeated=NEW + "!", status=400).text


def test_a_link_sets_the_password_once_and_signs_every_browser_out(app: Flask, client: Client, cast: Cast) -> None:
    there = signed_in(app)
    link = link_for(app, cast.student.email)
    page = client.get(link)
    assert cast.student.email in page.text
    assert page.response.headers["Referrer-Policy"] == "no-referrer"
    there.get("/account")
    assert client.post(link, {"password": NEW, "repeated": NEW}).location == "/sign-in"
    there.get("/account", status=302)
    try_to_sign_in(client, cast.student.email, status=400)
    try_to_sign_in(client, cast.student.email, NEW)
    assert "This link no longer works" in client.get(link, status=404).heading
    client.post(link, {"password": NEW, "repeated": NEW}, status=404)


def test_over_https_the_page_that_sends_no_referrer_can_be_sent_all_the_same(
    app: Flask, client: Client, cast: Cast
) -> None:
    link = link_for(app, cast.student.email)
    data = {"password": NEW, "repeated": NEW, "csrf_token": client.csrf_token()}
    assert client.http.post(link, data=data, base_url="https://localhost").status_code == 302


def test_a_link_lets_somebody_in_who_was_locked_out(app: Flask, client: Client, cast: Cast) -> None:
    for _ in range(5):
        try_to_sign_in(client, cast.student.email, "a wrong one", status=400)
    client.post(link_for(app, cast.student.email), {"password": NEW, "repeated": NEW})
    try_to_sign_in(client, cast.student.email, NEW)


def test_a_link_ends_after_three_days_or_when_a_newer_one_is_made(
    app: Flask, client: Client, clock: TestClock, cast: Cast
) -> None:
    older = link_for(app, cast.student.email)
    newer = link_for(app, cast.student.email)
    other = link_for(app, cast.director.email)
    client.get(older, status=404)
    clock.advance(hours=71.9)
    client.get(newer)
    clock.advance(hours=0.1)
    client.get(newer, status=404)
    client.post(other, {"password": NEW, "repeated": NEW}, status=404)
    assert "ask your program director" in client.get("/set-password/made-up", status=404).text


def test_setting_a_password_signs_out_whoever_used_this_browser(app: Flask, cast: Cast) -> None:
    client = signed_in(app, "director")
    client.post(link_for(app, cast.student.email), {"password": NEW, "repeated": NEW})
    client.get("/account", status=302)
    with app.app_context():
        assert db.session.scalars(sa.select(SignInSession)).all() == []


def test_the_link_is_never_logged_even_when_something_breaks(
    app: Flask, client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    link = link_for(app, cast.student.email)

    def fail(_token: str) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr("caselog.services.accounts.email_of_link", fail)
    with caplog.at_level(logging.DEBUG):
        client.get(link, status=500)
    assert "/set-password/<token>" in caplog.text
    assert link.rpartition("/")[2] not in caplog.text


def test_what_people_do_with_their_account_is_in_the_trail(app: Flask, cast: Cast) -> None:
    client = signed_in(app)
    change_password(client)
    client.post("/sign-out")
    Client(app).post(link_for(app, cast.student.email), {"password": NEW, "repeated": NEW})
    with app.app_context():
        entries = acts()
        assert [entry.action for entry in entries] == [
            "account.sign_in",
            "account.change_password",
            "account.sign_out",
            "account.set_password",
        ]
        assert {entry.actor_id for entry in entries} == {cast.student.id}
