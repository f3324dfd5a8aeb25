"""The queue as one form: a choice for each row, one for all that are left open, and a word on what moved on."""

import uuid
from typing import Any

import pytest
from flask import Flask

from caselog.domain.codes import Role
from tests.support import activities
from tests.support import page as pages
from tests.support.cast import Cast
from tests.support.client import Page
from tests.support.log import put, row_of, signed_in, stored


def key(uid: uuid.UUID, kind: str = "case") -> str:
    return f"{kind}-{uid}"


def sent(*rows: tuple[uuid.UUID, str | None], **more: str) -> dict[str, Any]:
    """The form with these rows, each with what was chosen."""
    data: dict[str, Any] = {"entry": [key(uid) for uid, _ in rows], **more}
    for uid, choice in rows:
        data[f"{key(uid)}-version"] = "1"
        if choice:
            data[f"{key(uid)}-choice"] = choice
    return data


def test_rows_are_verified_returned_and_left(app: Flask) -> None:
    preceptor = signed_in(app, "preceptor")
    confirmed, back, later, untouched = put(app, {}, {}, {}, {}, status="submitted")
    form = sent((confirmed, "primary"), (back, "return"), (later, "later"), (untouched, None))
    page = preceptor.post("/review", {**form, f"{key(back)}-comment": "the clamp?"}, follow=True)
    assert "1 verified; 1 returned." in page.text
    assert [row_of(app, uid).status for uid in (confirmed, back, later, untouched)] == [
        "verified", "returned", "submitted", "submitted",
    ]  # fmt: skip


def test_one_role_for_all_that_are_left_open_spares_what_has_a_choice(app: Flask) -> None:
    preceptor = signed_in(app, "preceptor")
    one, two, later, other = put(app, {}, {}, {}, {"role": "observed"}, status="submitted")
    form = sent((one, None), (two, None), (later, "later"), (other, "observed"), role_for_all="primary")
    assert "3 verified." in preceptor.post("/review", form, follow=True).text
    assert row_of(app, later).status == "submitted"


def test_one_role_for_all_never_settles_a_difference(app: Flask) -> None:
    preceptor, student = signed_in(app, "preceptor"), signed_in(app, "student")
    (uid,) = put(app, status="submitted")
    preceptor.post("/review", sent((uid, "observed")))
    student.post(f"/cases/{uid}/role", {"version": "1", "answer": "keep", "reason": "mine"})
    page = preceptor.post("/review", sent((uid, None), role_for_all="primary"), status=400)
    assert "Nothing is chosen yet." in page.text
    preceptor.post("/review", sent((uid, "primary")))
    assert row_of(app, uid).status == "verified"


def test_activities_stand_in_the_same_form(app: Flask) -> None:
    preceptor = signed_in(app, "preceptor")
    one, two = activities.put(app, {}, {}, status="submitted")
    data = {"entry": [key(one, "activity"), key(two, "activity")], "activities_for_all": "yes"}
    data |= {f"{key(uid, 'activity')}-version": "1" for uid in (one, two)}
    assert "2 verified." in preceptor.post("/review", data, follow=True).text
    assert activities.row_of(app, one).status == "verified"


def test_what_was_decided_or_changed_meanwhile_is_told_by_name_and_the_rest_is_done(app: Flask) -> None:
    preceptor = signed_in(app, "preceptor")
    good, decided, changed = put(app, {}, {}, {"procedures": ("maze",)}, status="submitted")
    preceptor.post(f"/review/{decided}", {"version": "1", "decision": "return", "comment": "the clamp?"})
    form = sent((good, "primary"), (decided, "primary"), (changed, "primary"))
    form |= {f"{key(changed)}-version": "7", f"{key(changed)}-comment": "Well run."}
    page = preceptor.post("/review", form, status=200)
    assert "1 verified." in page.text
    assert "Not decided: 2 entries." in page.text
    assert "Case of Ann Student, 2 Nov 2026: This case is already returned by Pat Preceptor" in page.text
    assert "This case was changed since you opened it." in page.text
    assert page.value(f"{key(changed)}-comment") == "Well run."
    assert page.value(f"{key(changed)}-choice") is None
    assert page.value(f"{key(changed)}-version") == "1"
    assert row_of(app, good).status == "verified"


@pytest.mark.parametrize(
    ("choice", "comment", "says"),
    [
        ("return", "", "Say what the student should mend"),
        (None, "Well run.", "Choose what becomes of this case"),
        ("captain", "", "“captain” is not a code"),
        (None, "", "Nothing is chosen yet."),
    ],
)
def test_what_is_missing_is_asked_for_and_nothing_is_decided(
    app: Flask, choice: str | None, comment: str, says: str
) -> None:
    preceptor = signed_in(app, "preceptor")
    (uid,) = put(app, status="submitted")
    before = stored(app)
    page = preceptor.post("/review", {**sent((uid, choice)), f"{key(uid)}-comment": comment}, status=400)
    assert says in page.text
    assert page.value(f"{key(uid)}-comment") == comment
    assert stored(app) == before


def test_a_form_of_strange_rows_decides_nothing(app: Flask) -> None:
    (strange,) = put(app, preceptor=Cast.other_preceptor, status="submitted")
    preceptor = signed_in(app, "preceptor")
    before = stored(app)
    page = preceptor.post("/review", sent((strange, "primary"), (uuid.uuid4(), "primary")), status=200)
    assert "It does not wait for you any more; nothing was changed." in page.text
    assert "Ann Student" not in page.text
    for entry in ("case-x", "x", "", "case", f"void-{strange}"):
        preceptor.post("/review", {"entry": entry, "role_for_all": "primary"}, status=400)
    assert stored(app) == before


def test_no_page_of_the_reviewer_shows_the_claim_before_the_choice(app: Flask) -> None:
    """A case that claims what no other text of the page says: the share, and a role that only definitions name."""
    (uid,) = put(app, status="submitted", role="instructor", share_percent=63)
    preceptor = signed_in(app, "preceptor")
    for path in ("/review", f"/review/{uid}", f"/cases/{uid}"):
        page = preceptor.get(path)
        assert "63 %" not in page.text
        assert chosen_or_told(page) == set()
        assert "counts toward" not in page.text
    history = preceptor.get(f"/cases/{uid}/history").text.lower()
    assert "instructor" not in history
    assert "63" not in history
    assert "63 %" in signed_in(app, "student").get(f"/cases/{uid}").text


def chosen_or_told(page: Page) -> set[str]:
    """Roles that the page says of the case, and not among the choices or the definitions."""
    told = " ".join(
        pages.text(each) for each in page.all("dl", class_="facts") + page.all("p", class_="lead-line")
    )
    ticked = [each for each in page.all("input", type="radio") if "checked" in each.attrib]
    assert ticked == []
    return {role for role in Role if role.replace("_", " ") in told.lower()}


def test_the_definitions_stand_where_a_role_is_picked(app: Flask) -> None:
    (uid,) = put(app, status="submitted")
    preceptor = signed_in(app, "preceptor")
    for path in ("/review", f"/review/{uid}"):
        assert "less than 60 % of the conduct of perfusion" in preceptor.get(path).text
