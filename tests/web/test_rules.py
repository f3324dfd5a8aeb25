"""A director writes a rule set in the browser, looks at it, publishes it, and has a cohort adopt it."""

import uuid
from typing import Any

import pytest
from flask import Flask

from caselog.extensions import db
from caselog.services.rulesets import TEXT_MOST
from tests.support import page as pages
from tests.support.cast import Cast
from tests.support.client import Client, Page
from tests.support.log import put, signed_in, stored
from tests.support.own_sets import ID, own_text
from tests.support.trail import actions

BEGUN = {"title": "Our minimums", "ruleset": ID, "edition": "1"}
ADOPTED = {"cohort": str(Cast.program.cohort_id), "on": "2026-11-02"}


def begin(director: Client, **changes: str) -> str:
    """The address of a new draft."""
    return director.post("/program/rules/new", BEGUN | changes).location


def sent(director: Client, draft: str, text: str, act: str = "save") -> dict[str, Any]:
    """The form of a draft as it is open now, with another text."""
    seen = director.get(draft).value("seen")
    return {"text": text, "seen": seen, "act": act}


def publish(director: Client, text: str | None = None, edition: str = "1") -> str:
    """The address of an edition that was just published."""
    draft = begin(director, edition=edition)
    return director.post(draft, sent(director, draft, text or own_text(edition), "publish")).location


def trail(app: Flask) -> list[str]:
    with app.app_context():
        found = actions()
        db.session.rollback()
    return [each for each in found if each != "account.sign_in"]


def test_from_a_boards_page_to_a_students_progress(app: Flask) -> None:
    director, student = signed_in(app, "director"), signed_in(app, "student")
    put(app, {})
    draft = begin(director)
    page = director.post(draft, sent(director, draft, own_text().replace("open-heart", "open-hart")), follow=True)
    assert "one thing is still to be mended" in page.text
    assert "Line 18" in page.text
    assert "there is no condition “open-hart”. Did you mean “open-heart”?" in page.text
    (wrong,) = page.all("p", class_="code-wrong")
    assert "Wrong line 18" in pages.text(wrong)
    page = director.post(draft, sent(director, draft, own_text(), "preview"), follow=True)
    assert "A preview" in page.text
    assert "0 of 2" in page.text
    page = director.post(draft, sent(director, draft, own_text(), "replay"), follow=True)
    assert "Judged under no edition of this set so far. Under this one 0 of 2 students would have met" in page.text
    assert "Our minimums" not in student.get("/progress").text
    page = director.post(draft, sent(director, draft, own_text(), "publish"), follow=True)
    assert "Edition 1 is published. No cohort is judged under it yet." in page.text
    assert "Our minimums" not in student.get("/progress").text
    page = director.post(f"{page.response.request.path}/adopt", ADOPTED, follow=True)
    assert "Class of 2027, adopted on 2 Nov 2026" in page.text
    assert "Our minimums" in student.get("/progress").text
    text = student.get(f"/progress/{ID}/pump").text
    assert "1 of 2" in text
    assert "north.example/handbook" in text
    assert trail(app) == [
        "ruleset.start", "ruleset.save", "ruleset.save", "ruleset.save", "ruleset.save", "ruleset.publish",
        "edition.adopt",
    ]  # fmt: skip


def test_a_second_edition_is_replayed_and_adopted_in_the_place_of_the_first(app: Flask) -> None:
    director = signed_in(app, "director")
    put(app, {})
    first = publish(director)
    director.post(f"{first}/adopt", ADOPTED)
    assert f"/program/rules/new?like={ID}+1" in director.get(first).links()["Write a new edition of it"]
    page = director.get("/program/rules/new", query={"like": f"{ID} 1"})
    assert (page.value("ruleset"), page.value("title"), page.value("edition")) == (ID, "Our minimums", "")
    draft = begin(director, edition="2", like=f"{ID} 1")
    assert director.get(draft).value("text") == own_text().replace('edition = "1"', 'edition = "2"').rstrip()
    page = director.post(draft, sent(director, draft, own_text("2", minimum=1), "replay"), follow=True)
    assert "1 of 2 students would stand otherwise" in page.text
    assert "1 of 2 before, 1 of 1 now: it asks for 1 instead of 2." in page.text
    assert "At least 2 cases." in pages.text(page.find("del"))
    second = director.post(draft, sent(director, draft, own_text("2", minimum=1), "publish")).location
    assert "Class of 2027, adopted on" in director.get(first).text
    director.post(f"{second}/adopt", ADOPTED)
    assert "Class of 2027, adopted on" not in director.get(first).text
    assert "Judged under this edition already." in director.get(f"{second}/replay").text
    assert trail(app)[-2:] == ["edition.leave", "edition.adopt"]


def test_of_two_windows_the_later_keeps_what_was_typed_and_sees_the_difference(app: Flask) -> None:
    one, other = signed_in(app, "director"), signed_in(app, "director")
    draft = begin(one)
    mine, theirs = sent(one, draft, own_text(minimum=3)), sent(other, draft, own_text(minimum=4), "publish")
    one.post(draft, mine)
    page = other.post(draft, theirs, status=400)
    assert "saved in another window meanwhile, so yours is not saved yet" in page.text
    assert page.value("text") == own_text(minimum=4).strip()
    assert {"saved minimum = 3", 'saved says = "3 pump runs."'} == {
        pages.text(each).replace("saved", "saved ", 1).replace("  ", " ") for each in page.all("del")
    }
    assert "minimum = 4" in " ".join(pages.text(each) for each in page.all("ins"))
    assert one.get(draft).value("text") == own_text(minimum=3).strip()
    assert "ruleset.publish" not in trail(app)
    other.post(draft, theirs | {"seen": page.value("seen")})
    assert "At least 4 cases." in other.get(f"/program/rules/{ID}/1").text


def test_an_edition_that_is_published_has_no_draft_any_more(app: Flask) -> None:
    director = signed_in(app, "director")
    draft = begin(director)
    form = sent(director, draft, own_text(), "publish")
    director.post(draft, form)
    before = stored(app)
    director.post(draft, form, status=404)
    director.post(f"{draft}/discard", status=404)
    for path in (draft, f"{draft}/preview", f"{draft}/replay"):
        director.get(path, status=404)
    assert stored(app) == before


def test_what_is_not_right_is_neither_published_nor_previewed_nor_replayed(app: Flask) -> None:
    director = signed_in(app, "director")
    draft = begin(director)
    page = director.post(draft, sent(director, draft, "nonsense", "publish"), follow=True)
    assert "Not published: line 1, TOML" in page.text
    assert page.value("text") == "nonsense"
    for act in ("preview", "replay"):
        page = director.post(draft, sent(director, draft, "nonsense", act), follow=True)
        assert "one thing is still to be mended" in page.text
        page = director.get(director.get(f"{draft}/{act}", status=302).location)
        assert "Mend the text first" in page.text
    assert "To mend line 1" in director.get("/program/rules").text
    director.get(f"/program/rules/{ID}/1", status=404)


def test_a_draft_can_be_deleted(app: Flask) -> None:
    director = signed_in(app, "director")
    draft = begin(director)
    page = director.post(f"{draft}/discard", follow=True)
    assert "The draft is deleted." in page.text
    assert "Drafts" not in page.text
    assert trail(app)[-1] == "ruleset.discard"


def test_hostile_texts_meet_a_message_and_never_a_fault(app: Flask) -> None:
    director = signed_in(app, "director")
    draft = begin(director)
    good = director.get(draft).value("text")
    for text, says in (
        ("x\x00y", "A character that cannot be stored was taken out"),
        ("x\x1b[31my", "A character that cannot be stored was taken out"),
        ("ü" * (TEXT_MOST // 2 + 1), "The text has 200,002 bytes; at most 200,000 fit."),
        ("x" * (TEXT_MOST + 1), "has 200,001 characters; at most 200,000 fit."),
    ):
        page = director.post(draft, sent(director, draft, text), status=400)
        assert says in pages.text(page.find("div", class_="error-summary"))
        assert director.get(draft).value("text") == good
    for text in (
        "", "a" + ".a" * 90_000 + " = 1", "a = " + "[" * 90_000, "a = " + "9" * 90_000, "<script>alert(1)</script>",
        "{{ 7 * 7 }}", own_text().replace("Pump runs", "<b>Pump</b>").replace("pump", "<i>"),
        'id = "' + "x" * 150_000 + '"', "\u202e" * 9, "x = '''\n" + "\n" * 50_000, own_text(minimum=10**30),
        "[[requirement]]\n" * 9_000,
    ):  # fmt: skip
        director.post(draft, sent(director, draft, text, "publish"))
        director.get(draft)
        director.get("/program/rules")
    for body in ({}, {"text": own_text()}, {"text": own_text(), "seen": "yesterday"}, {"seen": "2026-11-21"}):
        page = director.post(draft, body, status=400)
        assert "open the draft anew" in page.text


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"title": ""}, "title", "Give the set's title"),
        ({"title": "t" * 201}, "title", "at most 200 fit"),
        ({"title": "a\x00b"}, "title", "A character that cannot be stored was taken out"),
        ({"ruleset": ""}, "ruleset", "Give an id"),
        ({"ruleset": "Our Set"}, None, "is not an id"),
        ({"ruleset": "../x"}, None, "is not an id"),
        ({"ruleset": "abcp-pbse"}, None, "a set that Caselog ships"),
        ({"edition": "a/b"}, None, "is no name for an edition"),
        ({"like": "nobody 1"}, "like", "is not a code for like"),
    ],
)
def test_a_beginning_that_is_wrong_says_so(
    app: Flask, changes: dict[str, str], field: str | None, says: str
) -> None:
    director = signed_in(app, "director")
    before = stored(app)
    page = director.post("/program/rules/new", BEGUN | changes, status=400)
    assert says in pages.text(page.find("div", class_="error-summary"))
    if field:
        assert says in pages.text(page.find("div", id=f"{field}-error"))
    assert stored(app) == before


def test_an_adoption_that_is_wrong_says_so(app: Flask) -> None:
    director = signed_in(app, "director")
    shown = publish(director)
    director.post(f"{shown}/adopt", ADOPTED)
    before = stored(app)
    for changes, says in (
        ({"cohort": ""}, "Choose a cohort."),
        ({"cohort": str(Cast.outsider_program.cohort_id)}, "is not a code for cohort"),
        ({"cohort": "x\x00"}, "is not a code for cohort"),
        ({"on": ""}, "Give the day on which it was decided."),
        ({"on": "2026-11-22"}, "2026-11-22 is in the future"),
        ({"on": "9999-12-31"}, "is in the future"),
        ({"on": "soon"}, "“soon” is not a date"),
        ({}, "is judged under edition 1 already, since 2026-11-02"),
    ):
        page = director.post(f"{shown}/adopt", ADOPTED | changes, status=400)
        assert says in pages.text(page.find("div", class_="error-summary"))
    assert stored(app) == before


def test_only_directors_see_and_write_rule_sets(app: Flask) -> None:
    director = signed_in(app, "director")
    draft, shown = begin(director, edition="2"), publish(director)
    form = sent(director, draft, own_text("2"))
    before = stored(app)
    pages_there = [
        "/program/rules", "/program/rules/new", draft, f"{draft}/preview", f"{draft}/replay", shown, f"{shown}/replay",
    ]  # fmt: skip
    acts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("/program/rules/new", BEGUN),
        (draft, form),
        (f"{draft}/discard", {}),
        (f"{shown}/adopt", ADOPTED),
    )
    for who in ("student", "preceptor"):
        insider = signed_in(app, who)
        for path in pages_there:
            insider.get(path, status=403)
        for path, data in acts:
            insider.post(path, data, status=403)
    nobody = Client(app)
    for path in pages_there:
        assert "/sign-in" in nobody.get(path, status=302).location
    outsider = signed_in(app, "outsider_director")
    for path in pages_there[2:]:
        outsider.get(path, status=404)
    for path, data in acts[1:]:
        outsider.post(path, data, status=404)
    assert ID not in outsider.get("/program/rules").text
    assert stored(app) == before


def test_a_form_of_another_page_changes_nothing(app: Flask) -> None:
    director = signed_in(app, "director")
    draft, shown = begin(director, edition="2"), publish(director)
    form = sent(director, draft, own_text("2"), "publish")
    before = stored(app)
    for path, data in (
        ("/program/rules/new", BEGUN | {"edition": "3"}),
        (draft, form),
        (f"{draft}/discard", {}),
        (f"{shown}/adopt", ADOPTED),
    ):
        director.post(path, data, status=400, csrf=False)
    assert stored(app) == before


def test_addresses_that_name_nothing_are_not_there(app: Flask) -> None:
    director = signed_in(app, "director")
    for path in (
        f"drafts/{uuid.uuid4()}", "drafts/x", "abcp-pbse/1999", "nobody/1", "abcp-pbse/%F0%9F%AB%80",
        "abcp-pbse/2026-11/replay?cohort=x", f"abcp-pbse/2026-11/replay?cohort={Cast.outsider_program.cohort_id}",
        "abcp-pbse/1999/replay",
    ):  # fmt: skip
        director.get(f"/program/rules/{path}", status=404)
    director.get("/program/rules/%00/1", status=400)
    director.get("/program/rules/abcp-pbse/2026-11/replay", query={"instead": "nobody", "cohort": ""})
    director.get("/program/rules/new", query={"like": "nobody 1"})
    director.post("/program/rules/abcp-pbse/1999/adopt", ADOPTED, status=404)


def test_every_shipped_set_has_its_page(app: Flask) -> None:
    director = signed_in(app, "director")
    listed = [
        href for href in director.get("/program/rules").links().values() if href.startswith("/program/rules/")
    ]
    assert len([each for each in listed if each.endswith("/2026-11")]) >= 11
    for path in listed:
        director.get(path)


def titles(page: Page) -> list[str]:
    return [pages.text(each) for each in page.all("th", scope="row")]


def test_the_list_says_what_is_own_and_what_is_a_draft(app: Flask) -> None:
    director = signed_in(app, "director")
    publish(director)
    begin(director, edition="2", title="Next year's")
    page = director.get("/program/rules")
    assert [each.replace(" ", "") for each in titles(page)[:3]] == [
        "Nextyear's",
        f"Ourminimums{ID}",
        "AACP1993idealaacp-1993",
    ]
    assert "The program’s own" in page.text
