"""The checks that every page goes through can fail: each fault is found, and a good page has none."""

import pytest
from flask import Flask, request

from tests.support.client import Client
from tests.support.page import faults

GOOD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title></head><body><main>
<h1>A page</h1>
<svg viewBox="0 0 1 1" role="img"><title>a drawing</title><path d="M0 0"/></svg>
<form method="post" action="/x"><input type="hidden" name="csrf_token" value="token">
<label for="a">A</label><input id="a" name="a" aria-describedby="hint"><p id="hint">about A</p>
<label>B <textarea name="b"></textarea></label>
<select name="c" aria-label="C"><option>one</option></select>
<input type="submit" value="Send"><button>Save</button></form>
<form><label>Find <input name="q"></label></form>
<a href="/y"><img src="/z.png" alt="home"></a>
<script src="/static/x.js"></script>
</main></body></html>"""


def test_a_good_page_has_no_fault() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        (' lang="en"', "", "says no lang"),
        ("<title>A page</title>", "", "one <title>"),
        ("<title>A page</title>", "<title> </title>", "one <title>"),
        ("<h1>A page</h1>", "<h2>A page</h2>", "one <h1>"),
        ("<h1>A page</h1>", "<h1>A page</h1><h1>Again</h1>", "one <h1>"),
        ("<!doctype html>\n", "", "line 1"),
        ("</main>", "", "line"),
        ("<p id=", "<p><div></p><p id=", "line"),
        ('id="hint"', 'id="a"', "id “a” stands 2 times"),
        ('id="hint"', 'id="other"', "points at an id that is not on the page"),
        ('<label for="a">A</label>', "", "<input name=“a”> has no label"),
        ('<label for="a">A</label>', '<label for="a"></label>', "<input name=“a”> has no label"),
        ("<label>B ", "<label>", "<textarea name=“b”> has no label"),
        (' aria-label="C"', "", "<select name=“c”> has no label"),
        ("<button>Save", "<button>", "<button> says nothing"),
        (' alt="home"', ' alt=""', "<a> says nothing"),
        (' value="token"', ' value=""', "csrf_token"),
        ('<input type="hidden" name="csrf_token" value="token">', "", "csrf_token"),
        ("<h1>", '<h1 style="color: red">', "inline attribute style"),
        ("<button>", '<button onclick="x()">', "inline attribute onclick"),
        ('<script src="/static/x.js">', "<script>x()", "inline <script>"),
        ("</title></head>", "</title><style>p {}</style></head>", "inline <style>"),
        ('href="/y"', 'href="javascript:x()"', "javascript:"),
    ],
)
def test_a_fault_of_a_page_is_found(good: str, bad: str, words: str) -> None:
    assert good in GOOD
    assert words in "\n".join(faults(GOOD.replace(good, bad, 1)))


HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@pytest.fixture
def echo() -> Client:
    """A client of an app that answers with the headers of the query."""
    app = Flask("echo")
    app.add_url_rule("/", view_func=lambda: ("text", dict(request.args) | {"Content-Type": "text/plain"}))
    client = Client(app)
    client.signed_in = True
    return client


def test_good_headers_have_no_fault(echo: Client) -> None:
    assert echo.get("/", query=HEADERS).html == "text"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Content-Security-Policy": ""}, "Content-Security-Policy is"),
        (
            {"Content-Security-Policy": "default-src 'self' 'unsafe-inline'; frame-ancestors 'none'"},
            "unsafe-inline",
        ),
        ({"Content-Security-Policy": "default-src 'none'"}, "nothing forbids framing"),
        ({"X-Content-Type-Options": ""}, "nosniff"),
        ({"Referrer-Policy": ""}, "Referrer-Policy is missing"),
        ({"Cache-Control": "private"}, "may be kept"),
    ],
)
def test_a_fault_of_the_headers_is_found(echo: Client, change: dict[str, str], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        echo.get("/", query=HEADERS | change)


def test_an_unexpected_status_is_a_failure_that_shows_the_answer(echo: Client) -> None:
    with pytest.raises(AssertionError, match="404 instead of 200"):
        echo.get("/nowhere", query=HEADERS)
