"""Every page as people meet it: axe-core finds nothing wrong, and a phone shows all of it without scrolling aside.

The pages are found by walking the routes, so a new one is looked at too.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal
from unittest.mock import ANY

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.support.browser import axe_violations, overflow, sign_in
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.log import put, signed_in
from tests.support.mail import make_link
from tests.support.profiles import DEEP
from tests.support.world import EVERYBODY, World, addresses, furnish

PHONE, DESK = (360, 740), (1280, 800)
KINDS_MOST = 2  # of each route
Scheme = Literal["light", "dark"]
# What depends on the colours is asked for each view, all else once for each size; a deep search looks at all of them.
COLOURS = "color-contrast", "link-in-text-block"
VIEWS: tuple[tuple[Scheme, tuple[int, int], tuple[str, ...]], ...] = (
    ("light", PHONE, ()), ("dark", DESK, COLOURS), ("dark", PHONE, COLOURS), ("light", DESK, ()),
)  # fmt: skip


@pytest.fixture
def world(app: Flask) -> World:
    return furnish(app)


def kinds_of_pages(client: Client, app: Flask, world: World) -> Iterator[str]:
    """The richest kinds of page of each route that this person may open: pages of the same parts are of one kind."""
    kinds: dict[str, dict[frozenset[tuple[str, str]], str]] = {}
    for endpoint, path in addresses(app, world):
        answer = client.get(path, status=ANY)
        if answer.status == 200 and answer.response.mimetype == "text/html":
            parts = re.findall(r'<(\w+)[^>]*? class="([^"]*)"', answer.html.replace("status-", ""))
            kinds.setdefault(endpoint, {}).setdefault(frozenset(parts), path)
    for of_route in kinds.values():
        richest = sorted(of_route, key=len, reverse=True)[:KINDS_MOST]
        yield from (of_route[kind] for kind in richest)
    yield "/there/is/no/such/page"


def faults(page: Page) -> Iterator[str]:
    """What is wrong with the page that is open, as a phone and a desk show it, in the light and in the dark."""
    for scheme, (width, height), rules in VIEWS if DEEP else VIEWS[:2]:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        yield from (f"{page.url}, {scheme}, {width} px: {found}" for found in axe_violations(page, *rules))
        if overflow(page) > 0:
            yield f"{page.url}, {width} px: the page is {overflow(page)} px too wide"


@pytest.mark.parametrize("who", EVERYBODY)
def test_no_page_shuts_anybody_out(app: Flask, world: World, page: Page, who: str | None) -> None:
    paths = list(kinds_of_pages(signed_in(app, who) if who else Client(app), app, world))
    if who:
        sign_in(page, who)
    found = []
    for path in paths:
        page.goto(path)
        found += list(faults(page))
    assert found == []


def send(page: Page, path: str, fill: Callable[[Page], None] | None = None, button: str | None = None) -> None:
    """Open a page, fill in its form and send it."""
    page.goto(path)
    for fold in page.locator("main details:not([open]):has(form) > summary").all():
        fold.click()
    if fill:
        fill(page)
    with page.expect_event("domcontentloaded"):
        (
            page.get_by_role("button", name=button, exact=True) if button else page.locator("main button").first
        ).click()


def test_no_form_that_comes_back_with_errors_shuts_anybody_out(app: Flask, page: Page) -> None:
    (uid,) = put(app, status="submitted")
    ann = f"/students/{Cast.student.id}/progress"
    sent: dict[str, list[tuple[str, str | None]]] = {
        "student": [("/cases/new", "Submit for verification"), ("/account", "Change password")],
        "preceptor": [(f"/review/{uid}", "Return with comment")],
        "director": [
            (ann, "Record"), ("/program/people/new", "Save"), ("/program/sites/new", "Save"),
            ("/program/cohorts/new", "Save"), ("/program/codes", "Add"),
        ],
    }  # fmt: skip
    found = []
    send(page, "/sign-in", button="Sign in")
    found += list(faults(page))
    for who, forms in sent.items():
        page.context.clear_cookies()
        sign_in(page, who)
        for path, button in forms:
            send(page, path, button=button)
            assert page.locator(".error-summary").is_visible(), path
            found += list(faults(page))
    send(page, "/program/numbers", lambda there: there.locator("[name=value]").first.fill("many"))
    found += list(faults(page))
    send(page, "/program/settings", lambda there: there.locator("[name=link_days]").fill("many"), "Save")
    found += list(faults(page))
    with app.app_context():
        send(page, f"/confirm/{make_link()}", button="Confirm all chosen")
    assert page.locator(".error-summary").is_visible()
    found += list(faults(page))
    page.context.clear_cookies()
    sign_in(page, "student")
    for text in ("Mr. Sample, MRN 00445566.", "Dr. Example ran it."):  # refused, and to be confirmed
        send(page, "/cases/new", lambda there, text=text: there.locator("[name=note]").fill(text), "Save as draft")  # type: ignore[misc]  # a default binds it
        assert page.locator("mark").first.is_visible()
        found += list(faults(page))
    page.context.clear_cookies()
    sign_in(page, "director")
    page.goto("/cases/new")  # which is not a director's
    found += list(faults(page))
    assert found == []
