"""A reviewer confirms by the link of a mail: quickly, without a password, once; and the link leaks nowhere."""

import logging
import uuid

import pytest
from flask import Flask

from caselog.services import links
from caselog.store.session import transaction
from tests.support.activities import put_activity
from tests.support.cast import Cast
from tests.support.client import Client, Page
from tests.support.log import put, row_of, signed_in, stored
from tests.support.mail import make_link


@pytest.fixture
def cases(app: Flask) -> list[uuid.UUID]:
    return put(
        app, {"note": "What I learned."}, {"procedures": ("maze",)}, {"activity": "ecmo"}, status="submitted"
    )


def link(app: Flask) -> str:
    with app.app_context():
        return f"/confirm/{make_link()}"


def chosen(*decisions: tuple[uuid.UUID, str], **more: str) -> dict[str, object]:
    """A form in which these cases got these choices."""
    keys = [f"case-{uid}" for uid, _ in decisions]
    of_rows = {f"case-{uid}-choice": choice for uid, choice in decisions}
    return {"entry": keys, **{f"{key}-version": "1" for key in keys}, **of_rows, **more}


def statuses(app: Flask, cases: list[uuid.UUID]) -> list[str]:
    return [row_of(app, uid).status for uid in cases]


def test_the_page_shows_each_case_without_the_claimed_role(
    app: Flask, client: Client, cases: list[uuid.UUID]
) -> None:
    with app.app_context(), transaction() as session:
        put_activity(session, status="submitted", title="Water drill")
    page = client.get(link(app))
    assert "Pat Preceptor, North Perfusion Program" in page.text
    assert page.value("entry")
    assert {each.get("value") for each in page.all("input", name="entry")} >= {f"case-{uid}" for uid in cases}
    assert "Water drill" in page.text
    for uid in cases:
        assert page.value(f"case-{uid}-choice") is None
    facts = " ".join("".join(each.itertext()) for each in page.all("dl", class_="facts"))
    assert "Primary" not in facts
    assert page.all("a", href="/review") == []


def test_cases_are_confirmed_with_one_press(app: Flask, client: Client, cases: list[uuid.UUID]) -> None:
    address = link(app)
    page = client.post(address, chosen(*((uid, "") for uid in cases), role_for_all="primary"), status=200)
    assert page.heading == "Thank you"
    assert "Nothing is left in this list" in page.text
    assert statuses(app, cases) == ["verified"] * 3
    assert "does not work any more" in client.get(address, status=404).heading
    client.post(address, chosen((cases[0], "primary")), status=404)


def test_what_is_left_open_goes_on_with_a_fresh_link(app: Flask, client: Client, cases: list[uuid.UUID]) -> None:
    page = client.post(
        link(app),
        chosen(
            (cases[0], "primary"), (cases[1], "return"), (cases[2], ""), **{f"case-{cases[1]}-comment": "Which?"}
        ),
        status=200,
    )
    assert statuses(app, cases) == ["verified", "returned", "submitted"]
    assert "1 entry is left open" in page.text
    rest = page.links()["Go on with the rest"]
    assert [each.get("value") for each in client.get(rest).all("input", name="entry")] == [f"case-{cases[2]}"]
    client.post(rest, chosen((cases[2], "primary")), status=200)
    assert statuses(app, cases) == ["verified", "returned", "verified"]


def test_another_role_than_the_claimed_one_is_noted_and_waits(
    app: Flask, client: Client, cases: list[uuid.UUID]
) -> None:
    page = client.post(link(app), chosen((cases[0], "observed")), status=200)
    assert "The student claims another role." in page.text
    assert statuses(app, cases)[0] == "submitted"


def test_what_is_wrong_is_said_and_the_link_stays_good(app: Flask, client: Client, cases: list[uuid.UUID]) -> None:
    address = link(app)
    assert "Nothing is chosen yet." in client.post(address, chosen((cases[0], "")), status=400).text
    page = client.post(address, chosen((cases[0], "return")), status=400)
    assert "Say what the student should mend" in page.text
    assert client.get(address).status == 200
    assert statuses(app, cases) == ["submitted"] * 3


def test_looking_changes_nothing_however_often_and_whoever_looks(
    app: Flask, client: Client, cases: list[uuid.UUID]
) -> None:
    address = link(app)
    before = stored(app)
    for _ in range(2):
        client.get(address)
        client.http.head(address)
        client.http.options(address)
    assert stored(app) == before


def test_a_browser_that_keeps_no_cookies_can_confirm(app: Flask, cases: list[uuid.UUID]) -> None:
    """The address proves more than a token of a form could."""
    client = app.test_client(use_cookies=False)
    answer = client.post(link(app), data=chosen((cases[0], "primary")))
    assert answer.status_code == 200
    assert statuses(app, cases) == ["verified", "submitted", "submitted"]


def test_entries_that_the_link_does_not_name_are_not_decided(
    app: Flask, client: Client, cases: list[uuid.UUID]
) -> None:
    address = link(app)
    (later,) = put(app, status="submitted")
    client.post(address, chosen((cases[0], "primary"), (later, "primary")), status=404)
    assert statuses(app, [*cases, later]) == ["submitted"] * 4


def test_what_changed_since_is_told_on_the_page(app: Flask, client: Client, cases: list[uuid.UUID]) -> None:
    address = link(app)
    signed_in(app, "preceptor").post(
        f"/review/{cases[0]}", {"version": "1", "decision": "return", "comment": "The clamp?", "role": "primary"}
    )
    page = client.get(address)
    assert "No longer in this list" in page.text
    assert "1 × case: It is returned already." in page.text


@pytest.mark.parametrize("token", ["x", "a" * 43, "é", "%00", "..", "a" * 5_000])
def test_every_dead_or_made_up_link_gets_the_same_page(client: Client, token: str) -> None:
    answer = client.http.get(f"/confirm/{token}")
    assert answer.status_code in (400, 404)


def test_the_page_of_a_dead_link_says_how_to_get_another(client: Client) -> None:
    page = client.get("/confirm/made-up", status=404)
    assert "ask one of your students to press “Ask for confirmation”" in page.text


def headers(page: Page) -> tuple[str | None, str | None]:
    return page.response.headers.get("Referrer-Policy"), page.response.headers.get("Cache-Control")


def test_the_address_is_named_to_no_other_page_and_kept_by_nobody(
    app: Flask, client: Client, cases: list[uuid.UUID]
) -> None:
    address = link(app)
    pages = [
        client.get(address),
        client.get(f"{address}/", status=404),
        client.post(address, chosen((cases[0], "")), status=400),
        client.post(address, chosen((cases[0], "primary")), status=200),
        client.get(address, status=404),
    ]
    assert {headers(page) for page in pages} == {("no-referrer", "no-store")}
    assert all("Location" not in page.response.headers for page in pages)


def test_the_token_is_never_logged_even_when_something_breaks(
    app: Flask,
    client: Client,
    cases: list[uuid.UUID],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    address = link(app)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with caplog.at_level(logging.DEBUG):
        client.get(address)
        client.post(address, {}, status=400, csrf=False)
        monkeypatch.setattr(links, "pages", fail)
        client.get(address, status=500)
        client.post(address, chosen((cases[0], "primary")), status=500)
    assert "/confirm/<token>" in caplog.text
    assert address.rpartition("/")[2] not in caplog.text


def test_who_is_signed_in_as_somebody_else_still_decides_as_the_reviewer(
    app: Flask, cases: list[uuid.UUID]
) -> None:
    student = signed_in(app, "student")
    student.post(link(app), chosen((cases[0], "primary")), status=200)
    page = signed_in(app, "director").get(f"/cases/{cases[0]}")
    assert "Pat Preceptor" in page.text
    assert statuses(app, cases)[0] == "verified"


def test_many_cases_come_in_pages_and_the_rest_follows(app: Flask, client: Client) -> None:
    put(app, *({"note": str(number)} for number in range(30)), status="submitted")
    address = link(app)
    page = client.get(address)
    rows = [each.get("value") or "" for each in page.all("input", name="entry")]
    assert len(rows) == 25
    assert "5 more wait" in page.text
    page = client.post(address, {"entry": rows, "role_for_all": "primary"}, status=200)
    assert "5 entries are left open" in page.text
    assert len(client.get(page.links()["Go on with the rest"]).all("input", name="entry")) == 5


def test_a_link_of_another_program_says_so_and_opens_its_own_only(app: Flask, client: Client) -> None:
    with app.app_context(), transaction() as session:
        from tests.support.log import put_case

        put_case(session, Cast.outsider_student, Cast.outsider_preceptor, status="submitted")
    with app.app_context():
        token = make_link(Cast.outsider_preceptor)
    page = client.get(f"/confirm/{token}")
    assert "Otto Outsider, South Perfusion Program" in page.text
    assert len(page.all("input", name="entry")) == 1
