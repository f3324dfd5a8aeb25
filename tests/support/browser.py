"""What browser tests share: finding Chromium, signing in, and asking axe-core what is wrong with a page."""

import os
import shutil
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Page, Response

from tests.support.cast import Cast

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",  # containers and root have none; the only pages visited are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str:
    """Where the system's Chromium is. Without one the test is skipped, or fails if CASELOG_REQUIRE_BROWSER=1."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    reason = (
        f"NO BROWSER TEST WAS RUN: none of {', '.join(CHROMIUM_NAMES)} is on the PATH; install Debian's chromium"
    )
    if os.environ.get("CASELOG_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def sign_in(page: Page, who: str) -> None:
    """Sign in as a member of the cast, through the form, and wait for the first page of theirs."""
    page.goto("/sign-in")
    page.locator("[name=email]").fill(Cast().member(who).email)
    page.locator("[name=password]").fill(Cast.password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def axe_violations(page: Page, *only: str) -> list[str]:
    """What axe-core finds wrong: rule, weight, help, and each element with what would mend it.

    All its rules are asked, or `only` those named.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options = {"resultTypes": ["violations"], **({"runOnly": only} if only else {})}
    ask = "options => axe.run(options).then(answer => answer.violations)"
    found: list[dict[str, Any]] = page.evaluate(ask, options)
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']} {violation['helpUrl']}\n"
        + "\n".join(
            f"    {node['html'][:200]}\n      {_indented(node['failureSummary'])}" for node in violation["nodes"]
        )
        for violation in found
    ]


def _indented(summary: str) -> str:
    return summary.replace("\n", "\n      ")


def overflow(page: Page) -> int:
    """By how many CSS pixels the page is wider than its window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


class Watch:
    """Notes what ours must never do: script errors, refusals by policy, foreign or broken resources."""

    def __init__(self, page: Page, origin: str) -> None:
        self.faults: list[str] = []
        self._origin = origin
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # That a page answered 404 is for the test to judge; a resource that did is noted below.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if not response.url.startswith((self._origin, "data:")):
            self.faults.append(f"a foreign address was asked: {response.url}")
        if response.status >= 400 and response.request.resource_type != "document":
            self.faults.append(f"{response.status} for {response.url}")
