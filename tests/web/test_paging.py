"""Page numbers in addresses."""

import pytest
from flask import Flask

from caselog.domain.codes import CodeBook
from caselog.services.case_log import LogPage
from caselog.web.paging import page_links, wanted_page

BARE = Flask("paging")


def page(number: int, pages: int) -> LogPage:
    return LogPage((), number, pages, 25 * pages, {}, CodeBook({}))


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", 1), ("page=", 1), ("page=1", 1), ("page=7", 7), ("page=007", 7), ("page=0", 0), ("page=999999", 999_999),
        ("page=1000000", 1), ("page=-1", 1), ("page=+1", 1), ("page=1.0", 1), ("page=x", 1), ("page=%D9%A2", 1),
        ("page=%C2%B2", 1), ("page=2&page=3", 2), ("page[]=2", 1), ("page=1_0", 1), ("page=%201", 1),
    ],
)  # fmt: skip
def test_anything_that_is_no_page_number_is_the_first_page(query: str, wanted: int) -> None:
    with BARE.test_request_context(f"/cases?{query}"):
        assert wanted_page() == wanted


def test_links_lead_to_the_pages_around_this_one_and_nowhere_beyond() -> None:
    with BARE.test_request_context("/cases"):
        links = page_links(page(2, 3))
        assert (links.previous_url, links.next_url) == ("/cases?page=1", "/cases?page=3")
        assert (links.first_url, links.last_url) == ("/cases?page=1", "/cases?page=3")
        assert (links.number, links.pages, links.total) == (2, 3, 75)
        assert page_links(page(1, 3)).previous_url is None
        assert page_links(page(3, 3)).next_url is None
        only = page_links(page(1, 1))
        assert (only.previous_url, only.next_url) == (None, None)


def test_links_keep_all_else_in_the_address_as_it_was() -> None:
    with BARE.test_request_context("/students/1/cases?status=draft&page=9&site=a%26b&site=%C3%A9"):
        assert page_links(page(1, 2)).next_url == "/students/1/cases?status=draft&site=a%26b&site=%C3%A9&page=2"
