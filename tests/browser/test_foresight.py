"""What a case will count toward, told while it is typed: with a script, without one, and without the network."""

import re

from flask import Flask
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_accessibility import faults
from tests.browser.test_log_a_case import A_CASE, fill_in, value_of
from tests.support.browser import overflow, sign_in
from tests.support.cast import Cast
from tests.support.log import TYPED, put, row_of, stored

CHOOSE = "To see what this case will count toward, choose: activity, your role."
# Whether any part of the element in focus is behind what stands at the foot of the window.
COVERED = """() => {
    const it = document.activeElement.closest("label") ?? document.activeElement;
    const box = it.getBoundingClientRect();
    const foot = document.getElementById("foreseen-says").getBoundingClientRect();
    return getComputedStyle(document.getElementById("foreseen-says")).display !== "none"
        && it.closest(".form-part") && box.bottom > foot.top + 1 && box.top < foot.bottom;
}"""


def enter(page: Page) -> None:
    sign_in(page, "student")
    page.goto("/cases/new")


def choose_a_valve_run(page: Page) -> None:
    page.locator("[name=activity]").select_option("cpb")
    page.locator("[name=role][value=primary]").check()
    page.locator("[name=procedures][value=mitral_valve]").check()


def test_it_changes_as_one_types_without_loading_the_page_again(app: Flask, page: Page) -> None:
    before = stored(app)
    enter(page)
    says, section = page.locator("#foreseen-says"), page.locator("#foreseen")
    expect(says).to_have_text(CHOOSE)
    expect(section).to_be_hidden()
    expect(page.get_by_role("button", name="What will it count toward?")).to_be_hidden()
    page.evaluate("window.stays = true")
    page.locator("[name=activity]").select_option("cpb")
    expect(says).to_have_text("To see what this case will count toward, choose: your role.")
    page.locator("[name=role][value=observed]").check()
    expect(says).to_have_text("Will count toward nothing as it stands.")
    page.locator("[name=role][value=primary]").check()
    expect(says).to_contain_text("Will count: +1 ")
    reasons = section.locator("summary")
    reasons.click()
    expect(section.get_by_text("Not Valve cases: Only valve cases count")).to_be_visible()
    page.locator("[name=procedures][value=mitral_valve]").check()
    expect(section.get_by_text("+1 Valve cases")).to_be_visible()  # what was opened stays open
    page.locator("[name=cpb_minutes]").fill("two hours")
    expect(section.get_by_text("“two hours” is not a whole number")).to_be_visible()
    assert page.evaluate("window.stays") is True
    assert page.url.endswith("/cases/new")
    assert stored(app) == before


def test_it_is_asked_once_when_one_pauses_not_with_each_letter(app: Flask, page: Page) -> None:
    enter(page)
    expect(page.locator("#foreseen-says")).to_have_text(CHOOSE)
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/cases/preview"):
            asked.append(request.url)

    page.on("request", note)
    with page.expect_response("**/cases/preview"):
        page.locator("[name=note]").press_sequentially("Kept the filling even.")
    assert len(asked) == 1


def test_a_late_answer_to_what_is_typed_no_more_is_not_shown(app: Flask, page: Page) -> None:
    enter(page)
    says = page.locator("#foreseen-says")
    expect(says).to_have_text(CHOOSE)
    held: list[Route] = []

    def hold(route: Route) -> None:
        """Keep every answer but the last waiting."""
        if "role=observed" in (route.request.post_data or ""):
            route.continue_()
        else:
            held.append(route)

    page.route("**/cases/preview", hold)
    with page.expect_event("requestfailed"):  # since the next one takes its place
        with page.expect_request("**/cases/preview"):
            choose_a_valve_run(page)
        page.locator("[name=role][value=observed]").check()
    expect(says).to_have_text("Will count toward nothing as it stands.")
    assert held
    page.unroute("**/cases/preview")


def test_what_is_in_the_log_already_is_told_when_it_is_opened_to_be_changed(app: Flask, page: Page) -> None:
    (uid,) = put(app, status="returned", procedures=("mitral_valve",))
    sign_in(page, "student")
    page.goto(f"/cases/{uid}/edit")
    expect(page.locator("#foreseen-says")).to_contain_text("+1 ")
    page.locator("[name=role][value=observed]").check()
    expect(page.locator("#foreseen-says")).to_have_text("Will count toward nothing as it stands.")
    assert row_of(app, uid).role == "primary"


def test_without_a_script_a_button_tells_it_and_keeps_what_was_typed(app: Flask, plain_page: Page) -> None:
    enter(plain_page)
    fill_in(plain_page)
    before = stored(app)
    plain_page.get_by_role("button", name="What will it count toward?").click()
    expect(plain_page.locator("#foreseen-says")).to_contain_text("Will count: +1 ")
    expect(plain_page.locator("#foreseen-heading")).to_be_in_viewport()
    assert {name: value_of(plain_page, name) for name in TYPED} == dict(TYPED)
    assert stored(app) == before
    plain_page.get_by_role("button", name="Submit for verification").click()
    plain_page.wait_for_url(A_CASE)


def test_entry_goes_on_when_the_network_fails(app: Flask, page: Page) -> None:
    enter(page)
    says = page.locator("#foreseen-says")
    expect(says).to_have_text(CHOOSE)
    page.route("**/cases/preview", lambda route: route.abort())
    choose_a_valve_run(page)
    expect(says).to_have_text("What it will count toward cannot be told now; go on, that changes nothing.")
    page.unroute("**/cases/preview")
    page.locator("[name=redo][value=yes]").check()
    expect(says).to_contain_text("Will count: +1 ")
    page.route("**/cases/preview", lambda route: route.abort())
    page.locator("[name=note]").fill("Kept.")
    page.get_by_role("button", name="Save as draft").click()
    page.wait_for_url(A_CASE)


def test_who_was_signed_out_meanwhile_is_not_shown_another_page_in_its_place(app: Flask, page: Page) -> None:
    enter(page)
    expect(page.locator("#foreseen-says")).to_have_text(CHOOSE)
    page.route(
        "**/cases/preview",
        lambda route: route.fulfill(status=200, content_type="text/html", body="<h1>Sign in</h1>"),
    )
    choose_a_valve_run(page)
    expect(page.locator("#foreseen-says")).to_contain_text("cannot be told now")
    expect(page.get_by_role("heading", name="Sign in")).to_have_count(0)


def test_nothing_in_focus_is_behind_what_stands_at_the_foot_of_a_phone(app: Flask, open_page: OpenPage) -> None:
    page = open_page(width=360, height=740)
    enter(page)
    choose_a_valve_run(page)
    expect(page.locator("#foreseen-says")).to_contain_text("+1 ")
    assert overflow(page) == 0
    page.locator("[name=case_date]").focus()
    for _ in range(45):
        page.keyboard.press("Tab")
        assert not page.evaluate(COVERED), page.evaluate("document.activeElement.outerHTML.slice(0, 160)")


def test_the_matrix_and_what_is_foreseen_shut_nobody_out(app: Flask, page: Page) -> None:
    (uid,) = put(app, {"procedures": ("mitral_valve",)})
    put(app, {"status": "submitted"}, {"role": "observed"}, {"status": "draft", "case_date": None})
    sign_in(page, "student")
    found = []
    for path in (
        "/progress/matrix?ruleset=accredited-minimums",
        "/progress/matrix?ruleset=ccp-eligibility&reasons=yes&shown=nothing",
        "/progress/matrix?ruleset=abcp-professional",
        f"/cases/{uid}",
    ):
        page.goto(path)
        found += list(faults(page))
    page.goto("/cases/new")
    choose_a_valve_run(page)
    expect(page.locator("#foreseen-says")).to_contain_text("+1 ")
    page.locator("#foreseen summary").click()
    found += list(faults(page))
    assert found == []


def test_the_heads_of_the_matrix_stay_in_sight(app: Flask, open_page: OpenPage) -> None:
    put(app, *[{"status": "verified"} for _ in range(25)])
    page = open_page(width=360, height=740)
    sign_in(page, "director")
    page.goto(f"/students/{Cast.student.id}/progress/matrix?ruleset=accredited-minimums")
    region = page.get_by_role("region", name=re.compile("Cases and requirements"))
    region.scroll_into_view_if_needed()
    region.evaluate("it => { it.scrollIntoView(); it.scrollTo(it.scrollWidth, it.scrollHeight); }")
    expect(page.get_by_role("columnheader", name="Complex cases")).to_be_in_viewport(ratio=0.9)
    expect(page.get_by_role("rowheader").last).to_be_in_viewport(ratio=0.9)
