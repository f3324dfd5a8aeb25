"""The page on which an account is deleted."""

from flask import Flask

from tests.support.cast import Cast
from tests.support.log import signed_in

WHOLE = {"password": Cast.password, "word": "delete"}


def test_the_page_says_what_goes_what_stays_and_offers_the_archive(app: Flask) -> None:
    client = signed_in(app, "student")
    assert "/account/delete" in client.get("/account").html
    page = client.get("/account/delete")
    assert "What goes, at once and for good" in page.text
    assert "What North Perfusion Program keeps, and why" in page.text
    assert "Take the archive first" in page.text
    assert "Your log" not in signed_in(app, "preceptor").get("/account/delete").text


def test_password_and_word_are_asked_for(app: Flask) -> None:
    client = signed_in(app, "student")
    page = client.post("/account/delete", {**WHOLE, "word": "yes"}, status=400)
    assert "Type the word delete" in page.text
    assert "Give your password" in client.post("/account/delete", {**WHOLE, "password": ""}, status=400).text
    page = client.post("/account/delete", {**WHOLE, "password": "not the one"}, status=400)
    assert "The password is not right" in page.text
    client.get("/account")


def test_who_deletes_the_account_is_out_in_every_browser(app: Flask) -> None:
    client, other = signed_in(app, "student"), signed_in(app, "student")
    page = client.post("/account/delete", {**WHOLE, "word": " Delete "}, follow=True)
    assert "Your account is deleted" in page.text
    client.signed_in = other.signed_in = False
    client.get("/account", status=302)
    other.get("/account", status=302)


def test_the_last_director_sees_the_way_out_and_no_form(app: Flask) -> None:
    client = signed_in(app, "director")
    page = client.get("/account/delete")
    assert "You are the only director of North Perfusion Program" in page.text
    assert 'name="word"' not in page.html
    assert "only director" in client.post("/account/delete", WHOLE, status=409).text


def test_after_five_wrong_passwords_one_waits(app: Flask) -> None:
    client = signed_in(app, "student")
    for _ in range(5):
        client.post("/account/delete", {**WHOLE, "password": "not the one"}, status=400)
    assert "Too many tries" in client.post("/account/delete", WHOLE, status=429).text
