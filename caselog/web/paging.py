"""Page numbers in addresses: read forgivingly, written with the filters kept."""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

from flask import request

_MOST_DIGITS = 6


class Numbered(Protocol):
    """One page of a list of anything."""

    @property
    def number(self) -> int: ...
    @property
    def pages(self) -> int: ...
    @property
    def total(self) -> int: ...


@dataclass(frozen=True, slots=True)
class PageLinks:
    """What the pagination shows; an address is None where there is nowhere to go."""

    number: int
    pages: int
    total: int
    previous_url: str | None
    next_url: str | None
    first_url: str
    last_url: str


def wanted_page(name: str = "page") -> int:
    """The page that the address asks for under this name; anything that is no page number is the first page."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 1


def page_links(page: Numbered, name: str = "page") -> PageLinks:
    """Links to the pages around this one, with everything else in the address as it is."""
    kept = [(key, value) for key, value in request.args.items(multi=True) if key != name]

    def link(number: int) -> str:
        return f"{request.path}?{urlencode([*kept, (name, number)])}"

    return PageLinks(
        page.number,
        page.pages,
        page.total,
        link(page.number - 1) if page.number > 1 else None,
        link(page.number + 1) if page.number < page.pages else None,
        link(1),
        link(page.pages),
    )
