"""Signing in and out."""

from tests.support.cast import Cast
from tests.support.client import Client


def test_a_person_signs_in_and_lands_on_what_is_theirs(client: Client, cast: Cast) -> None:
    for who, home in (("student", "/progress"), ("preceptor", "/review"), ("director", "/cohorts")):
        page = client.post("/sign-in", {"email": cast.member(who).email, "password": cast.password})
        assert page.location == home
        assert client.get("/account").find("h1") is not None
        assert client.get("/", status=302).location == home


def test_signing_out_ends_the_session(client: Client, cast: Cast) -> None:
    client.post("/sign-in", {"email": cast.student.email, "password": cast.password})
    assert client.post("/sign-out").location == "/sign-in"
    assert client.get("/account", status=302).location == "/sign-in?next=%2Faccount"
