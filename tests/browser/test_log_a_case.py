"""Logging a case and reviewing it as people do: with the keyboard alone on a phone, and without JavaScript."""

import re
import uuid

from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.support.browser import overflow, sign_in
from tests.support.cast import Cast
from tests.support.log import TYPED, put, row_of

A_CASE = re.compile(r"/cases/[0-9a-f-]{36}$")
UID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
MOST_TABS = 120
# Whether the element in focus is the one that is wanted, shows that it is in focus, and is in sight.
IN_FOCUS = """wanted => {
    const it = document.activeElement;
    const label = it.closest("label") ?? it;
    const drawn = each => {
        const style = getComputedStyle(each);
        return style.outlineStyle !== "none" || style.boxShadow !== "none";
    };
    const box = it.getBoundingClientRect();
    return {
        folded: it.matches("details:not([open]) > summary"),
        reached: it.matches(wanted),
        // Within a date or a time the browser itself marks the part that is in focus.
        shown: drawn(it) || drawn(label) || it.matches("[type=date], [type=time]"),
        aside: box.right < 0 || box.left > innerWidth,
        name: it.outerHTML.slice(0, 120),
    };
}"""


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the wanted element is in focus; what is folded is opened on the way."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focus = page.evaluate(IN_FOCUS, wanted)
        assert focus["shown"], f"nothing shows that this is in focus: {focus['name']}"
        assert not focus["aside"], f"this is beside the window: {focus['name']}"
        if focus["reached"]:
            return
        if focus["folded"]:
            page.keyboard.press("Enter")
    raise AssertionError(f"{wanted} was not reached with {MOST_TABS} tabs")


def value_of(page: Page, name: str) -> str | list[str]:
    """What stands in a field of the form, as it would be sent."""
    sent: list[str] = page.evaluate("name => new FormData(document.querySelector('main form')).getAll(name)", name)
    return sent if isinstance(TYPED[name], list) else sent[0]


def fill_in(page: Page) -> None:
    """Fill in the whole form with the mouse and the keyboard."""
    for name in ("case_date", "start_time", "share_percent", "support_hours", "lowest_temp_c", "note"):
        page.locator(f"[name={name}]").fill(TYPED[name])
    for name in ("cpb_minutes", "cross_clamp_minutes", "circulatory_arrest_minutes"):
        page.locator(f"[name={name}]").fill(TYPED[name])
    for name in ("site", "preceptor", "activity"):
        page.locator(f"select[name={name}]").select_option(TYPED[name])
    for name in ("role", "setting", "age_group", "urgency", "redo", "procedures", "techniques", "events"):
        for value in TYPED[name] if isinstance(TYPED[name], list) else [TYPED[name]]:
            box = page.locator(f"[name={name}][value={value}]")
            for fold in page.locator("details:not([open])", has=box).all():
                if not fold.evaluate("fold => fold.open"):
                    fold.locator("> summary").click()
            box.check()


def submit(page: Page) -> None:
    """Press the button, and wait for the page that answers."""
    with page.expect_event("domcontentloaded"):
        page.get_by_role("button", name="Submit for verification").click()


def test_a_case_is_logged_with_the_keyboard_alone_on_a_phone(app: Flask, open_page: OpenPage) -> None:
    page = open_page(width=360, height=740)
    page.goto("/sign-in")
    tab_to(page, "[name=email]")
    page.keyboard.type(Cast.student.email)
    tab_to(page, "[name=password]")
    page.keyboard.type(Cast.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/progress")
    tab_to(page, "a[href='/cases/new']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/new")
    tab_to(page, "[name=case_date]")
    page.keyboard.type("11022026")
    tab_to(page, "[name=start_time]")
    page.keyboard.type("0730AM")
    tab_to(page, "[name=site]")
    page.keyboard.type("Harbor")
    tab_to(page, "[name=preceptor]")
    page.keyboard.type("Pat")
    tab_to(page, "[name=activity]")
    page.keyboard.press("ArrowDown")
    for value in ("cabg", "aortic_valve"):
        tab_to(page, f"[name=procedures][value={value}]")
        page.keyboard.press("Space")
    tab_to(page, "[name=age_group]")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    tab_to(page, "[name=urgency]")
    page.keyboard.press("Space")
    tab_to(page, "[name=redo]")
    page.keyboard.press("ArrowRight")
    tab_to(page, "[name=role]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    tab_to(page, "[name=cpb_minutes]")
    page.keyboard.type("124")
    tab_to(page, "[name=techniques][value=heparin]")
    page.keyboard.press("Space")
    tab_to(page, "[name=note]")
    page.keyboard.type("Kept the filling even.")
    assert overflow(page) == 0
    tab_to(page, "[name=action][value=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url(A_CASE)
    assert "Case submitted." in page.inner_text("main")
    row = row_of(app, UID.findall(page.url)[0])
    assert (str(row.case_date), str(row.start_time), row.activity, row.age_group, row.urgency) == (
        "2026-11-02", "07:30:00", "cpb", "adult", "elective",
    )  # fmt: skip
    assert (row.procedures, row.redo, row.role, row.setting, row.cpb_minutes, row.techniques, row.note) == (
        ("aortic_valve", "cabg"), True, "primary", "clinical", 124, ("heparin",), "Kept the filling even.",
    )  # fmt: skip
    assert (row.site_id, row.preceptor_id, row.status) == (Cast.site.id, Cast.preceptor.id, "submitted")


def test_a_case_is_reviewed_with_the_keyboard_alone_on_a_phone(app: Flask, open_page: OpenPage) -> None:
    (uid,) = put(app, status="submitted")
    page = open_page(width=360, height=740)
    sign_in(page, "preceptor")
    tab_to(page, f"a[href='/review/{uid}']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/review/{uid}")
    tab_to(page, "[name=comment]")
    page.keyboard.type("The clamp time?")
    tab_to(page, "[name=decision][value=return]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/review")
    assert row_of(app, uid).status == "returned"


def test_a_case_is_logged_and_reviewed_without_javascript(app: Flask, open_page: OpenPage) -> None:
    student, preceptor = (open_page(java_script_enabled=False, width=360) for _ in range(2))
    sign_in(student, "student")
    student.get_by_role("link", name="Log a case").first.click()
    fill_in(student)
    student.get_by_role("button", name="Save as draft").click()
    student.wait_for_url(A_CASE)
    student.get_by_role("link", name="Change").click()
    assert {name: value_of(student, name) for name in TYPED} == dict(TYPED)
    student.get_by_role("button", name="Submit for verification").click()
    student.wait_for_url(A_CASE)
    uid = uuid.UUID(UID.findall(student.url)[0])
    sign_in(preceptor, "preceptor")
    preceptor.locator(f"a[href='/review/{uid}']").click()
    preceptor.locator(f"[name=role][value={TYPED['role']}]").check()
    preceptor.get_by_role("button", name="Verify").click()
    preceptor.wait_for_url("**/review")
    assert "Nothing to review" in preceptor.inner_text("main")
    student.goto("/progress")
    assert student.get_by_role("img", name="Open-heart cases: 1 of 75 counted").is_visible()
    assert row_of(app, uid).status == "verified"


def test_what_was_typed_survives_an_error(app: Flask, phone: Page) -> None:
    sign_in(phone, "student")
    phone.goto("/cases/new")
    fill_in(phone)
    phone.locator("[name=cross_clamp_minutes]").fill("88 min, I think")
    uid = phone.locator("[name=case_uid]").input_value()
    submit(phone)
    assert {name: value_of(phone, name) for name in TYPED} == {**TYPED, "cross_clamp_minutes": "88 min, I think"}
    phone.locator("[name=cross_clamp_minutes]").fill("88")
    submit(phone)
    assert row_of(app, uid).cross_clamp_minutes == 88


def test_the_summary_of_errors_takes_the_focus_and_leads_to_each_field(app: Flask, phone: Page) -> None:
    sign_in(phone, "student")
    phone.goto("/cases/new")
    phone.locator("[name=cpb_minutes]").fill("two hours")
    phone.locator("[name=note]").fill("n" * 2001)
    submit(phone)
    summary = phone.locator(".error-summary")
    expect(summary).to_be_focused()
    links = summary.get_by_role("link").all()
    targets = [link.get_attribute("href") or "" for link in links]
    assert targets[-2:] == ["#cpb_minutes", "#note"]
    assert len(targets) == 2
    for link, target in zip(links, targets, strict=True):
        link.click()
        expect(phone.locator(target)).to_be_focused()
    phone.locator("[name=cpb_minutes]").fill("120")
    phone.locator("[name=note]").fill("n")
    submit(phone)
    expect(summary).to_be_focused()
    phone.keyboard.press("Tab")
    phone.keyboard.press("Enter")
    expect(phone.locator("#case_date")).to_be_focused()
    for link in summary.get_by_role("link").all():
        link.click()
        expect(phone.locator(link.get_attribute("href") or "")).to_be_focused()
        assert phone.evaluate("document.activeElement.checkVisibility()")


def test_the_summary_of_a_wrong_number_leads_to_its_own_box(page: Page) -> None:
    sign_in(page, "director")
    page.goto("/program/numbers")
    box = page.get_by_role("textbox", name="Complex cases: at least")
    box.fill("many")
    box.press("Enter")
    page.locator(".error-summary").get_by_role("link").click()
    expect(box).to_be_focused()
    expect(box).to_have_value("many")
