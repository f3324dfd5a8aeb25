"""Fixtures of the tests in a real Chromium, against a live server on SQLite.

| fixture | gives |
| --- | --- |
| `page` | a desktop window |
| `phone` | a window of 360 × 740 with touch |
| `plain_page` | a desktop window without JavaScript |
| `color_scheme` | `light`; parametrize it to have `dark` too |
| `live_server` | the address; relative ones in `page.goto` start there |
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.support.browser import CHROMIUM_ARGUMENTS, Watch, chromium

OpenPage = Callable[..., Page]
TIMEOUT_MS = 15_000


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep browser tests on one worker, so that one Chromium serves them all."""
    for item in items:
        if "/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.xdist_group("browser"))


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 (the name of the overridden method)
        """Requests are not worth a line in a test's output."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The browser sees no difference between databases; web tests cover both."""
    return sqlite_url


@pytest.fixture
def live_server(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def color_scheme() -> Literal["light", "dark"]:
    return "light"


@pytest.fixture
def open_page(browser: Browser, live_server: str, color_scheme: Literal["light", "dark"]) -> Iterator[OpenPage]:
    """Opens a window of its own, as another person would; `open_page(width=1280, height=800, **options)`."""
    watches: list[Watch] = []
    contexts = []

    def open_page(width: int = 1280, height: int = 800, **options: Any) -> Page:
        context = browser.new_context(
            base_url=live_server,
            viewport={"width": width, "height": height},
            color_scheme=color_scheme,
            reduced_motion="reduce",
            locale="en-US",
            **options,
        )
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        page = context.new_page()
        watches.append(Watch(page, live_server))
        return page

    yield open_page
    for context in contexts:
        context.close()
    found = [fault for watch in watches for fault in watch.faults]
    assert not found, "\n".join(found)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    return open_page(width=360, height=740, is_mobile=True, has_touch=True, device_scale_factor=2)


@pytest.fixture
def plain_page(open_page: OpenPage) -> Page:
    return open_page(java_script_enabled=False)
