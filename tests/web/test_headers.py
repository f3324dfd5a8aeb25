"""What every answer says about itself."""

import pytest
from flask import Flask

from caselog import create_app
from caselog.web.headers import CONTENT_SECURITY_POLICY
from tests.support.cast import Cast
from tests.support.client import Client

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
BOOTSTRAP = "/bootstrap/static/css/bootstrap.min.css"


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/account", "/healthz", "/readyz", BOOTSTRAP, "/%00"])
def test_every_answer_carries_the_policy_and_its_companions(app: Flask, path: str) -> None:
    with app.test_client().get(path) as answer:
        headers = answer.headers
    found = (directive.partition(" ") for directive in headers["Content-Security-Policy"].split("; "))
    assert {name: sources for name, _, sources in found} == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers, "this app is served without HTTPS"


def test_with_secure_cookies_browsers_are_told_to_stay_with_https(app: Flask) -> None:
    app.config["SESSION_COOKIE_SECURE"] = True
    assert app.test_client().get("/sign-in").headers["Strict-Transport-Security"] == "max-age=31536000"


def test_nothing_inline_is_allowed() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_pages_are_never_kept_not_even_errors(app: Flask) -> None:
    client = Client(app)
    for path, status in (("/sign-in", 200), ("/nowhere", 404), ("/static/nothing.css", 404), ("/", 302)):
        assert client.get(path, status=status).response.headers["Cache-Control"] == "no-store"
    client.post("/sign-in", {"email": Cast.student.email, "password": Cast.password})
    assert client.get("/account").response.headers["Cache-Control"] == "no-store"


def test_our_own_files_are_kept_for_good_under_an_address_that_names_their_content(client: Client) -> None:
    addresses = [link.get("href", "") for link in client.get("/sign-in").all("link")]
    assert len(addresses) > 1
    for address in addresses:
        with client.http.get(address) as answer:
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert "Set-Cookie" not in answer.headers
    for address in (BOOTSTRAP, f"{BOOTSTRAP}?v=other"):
        with client.http.get(address) as answer:
            assert answer.headers["Cache-Control"] == "public, max-age=3600"


def test_a_proxy_that_is_named_tells_the_address_of_the_client(app: Flask) -> None:
    behind = create_app({**app.config, "CASELOG_PROXIES": 1})
    seen = []

    @behind.before_request
    def note() -> None:
        from flask import request

        seen.append((request.remote_addr, request.scheme))

    forwarded = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7", "X-Forwarded-Proto": "https"}
    behind.test_client().get("/healthz", headers=forwarded)
    assert seen == [("203.0.113.7", "https")]
