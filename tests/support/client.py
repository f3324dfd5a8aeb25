"""A browser without a browser: it sends forms as a person would, and checks every page that it gets."""

import contextvars
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import flask
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from tests.support import page as pages
from tests.support.cast import Cast


@dataclass(frozen=True)
class Page:
    """An answer of the app."""

    response: TestResponse

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def html(self) -> str:
        return self.response.text

    @property
    def location(self) -> str:
        """Where a redirect leads: path and query."""
        parts = urlsplit(self.response.headers["Location"])
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @cached_property
    def root(self) -> pages.Element:
        return pages.parse(self.html)

    @property
    def title(self) -> str:
        return pages.text(self.find("title"))

    @property
    def heading(self) -> str:
        return pages.text(self.find("h1"))

    @property
    def text(self) -> str:
        """All that the body says."""
        return pages.text(self.find("body"))

    def all(self, tag: str, **attributes: str) -> list[pages.Element]:
        """Elements by tag and attributes: `all("input", name="email")`; `class_` asks for one of the classes."""
        return [element for element in pages.elements(self.root, tag) if _fits(element, attributes)]

    def find(self, tag: str, **attributes: str) -> pages.Element:
        """The one element that fits."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} <{tag}> fit {attributes} on the page “{self.response.request.path}”"
        return found[0]

    def links(self) -> dict[str, str]:
        """Where each link of the page leads, by its text."""
        return {pages.text(link): link.get("href", "") for link in self.all("a")}

    def value(self, name: str) -> str | list[str] | None:
        """What stands in the form field `name`: a list where several may be chosen, None where nothing is."""
        chosen: list[str] = []
        several = False
        for field in pages.elements(self.root, "input", "select", "textarea"):
            if field.get("name") == name:
                several = several or "multiple" in field.attrib or field.get("type") == "checkbox"
                chosen += _chosen(field)
        return chosen if several else (chosen[0] if chosen else None)


def _fits(element: pages.Element, attributes: Mapping[str, str]) -> bool:
    for name, wanted in attributes.items():
        if name == "class_":
            if wanted not in element.get("class", "").split():
                return False
        elif element.get(name.rstrip("_").replace("_", "-"), element.get(name)) != wanted:
            return False
    return True


def _chosen(field: pages.Element) -> Iterator[str]:
    if field.tag == "textarea":
        yield (field.text or "").removeprefix("\n")
    elif field.tag == "select":
        options = list(pages.elements(field, "option"))
        picked = [option for option in options if "selected" in option.attrib]
        if not picked and "multiple" not in field.attrib:
            picked = options[:1]  # as a browser does
        yield from (option.get("value", pages.text(option)) for option in picked)
    elif field.get("type") not in ("checkbox", "radio") or "checked" in field.attrib:
        yield field.get("value", "on" if field.get("type") in ("checkbox", "radio") else "")


class Client:
    """One browser. Requests run without the test's own app context, so `g` and sessions are as in production."""

    def __init__(self, app: flask.Flask) -> None:
        self.app = app
        self.http = app.test_client()
        self.signed_in = False

    def get(self, path: str, *, status: int = 200, query: Mapping[str, Any] | None = None) -> Page:
        return self._request("GET", path, status, query_string=query)

    def post(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        status: int = 302,
        follow: bool = False,
        csrf: bool = True,
    ) -> Page:
        """Send a form; `data` may hold lists and files. `csrf=False` sends no token, as a foreign page would."""
        fields = dict(data or {})
        if csrf:
            fields.setdefault("csrf_token", self.csrf_token())
        page = self._request("POST", path, status, data=fields)
        return self.get(page.location) if follow else page

    def sign_in(self, who: str, *, password: str = Cast.password) -> Page:
        """Sign in as a member of the cast, through the form; returns the first page of theirs."""
        form = self.get("/sign-in")
        data = {
            "csrf_token": form.find("input", name="csrf_token").get("value"),
            "email": Cast().member(who).email,
            "password": password,
        }
        page = self.post("/sign-in", data)
        self.signed_in = True
        return self.get(page.location)

    def sign_out(self) -> Page:
        self.signed_in = False
        return self.post("/sign-out")

    def csrf_token(self) -> str:
        """The token that the forms of this session carry (each page is checked for it in each form)."""
        return contextvars.Context().run(self._csrf_token)

    def _csrf_token(self) -> str:
        with self.http.session_transaction() as session, self.app.test_request_context():
            flask.session.update(session)
            token: str = generate_csrf()
            session.update(flask.session)
        return token

    def _request(self, method: str, path: str, status: int, **arguments: Any) -> Page:
        def send() -> TestResponse:
            response = self.http.open(path, method=method, **arguments)
            response.get_data()
            response.close()  # a file that was served
            return response

        page = Page(contextvars.Context().run(send))
        assert page.status == status, f"{method} {path}: {page.status} instead of {status}\n{_in_short(page)}"
        found = [*_header_faults(page, signed_in=self.signed_in)]
        if page.response.mimetype == "text/html" and "Location" not in page.response.headers:
            found += pages.faults(page.html)
        assert not found, f"{method} {path}:\n- " + "\n- ".join(found)
        return page


def _in_short(page: Page) -> str:
    if "Location" in page.response.headers:
        return f"leads to {page.location}"
    return page.text[:2000] if page.response.mimetype == "text/html" else page.html[:2000]


def _header_faults(page: Page, *, signed_in: bool) -> Iterator[str]:
    headers = page.response.headers
    policy = headers.get("Content-Security-Policy", "")
    if "default-src" not in policy or "unsafe-" in policy:
        yield f"Content-Security-Policy is “{policy}”"
    if headers.get("X-Content-Type-Options") != "nosniff":
        yield "X-Content-Type-Options is not nosniff"
    if not headers.get("Referrer-Policy"):
        yield "Referrer-Policy is missing"
    if "frame-ancestors" not in policy and "X-Frame-Options" not in headers:
        yield "nothing forbids framing"
    if signed_in and "no-store" not in headers.get("Cache-Control", "") and not _is_static(page):
        yield f"a signed-in page may be kept: Cache-Control is “{headers.get('Cache-Control', '')}”"


def _is_static(page: Page) -> bool:
    return "/static/" in page.response.request.path
