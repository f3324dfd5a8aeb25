"""The student's log in the browser: log a case, find it, change it while it is open, hand it in."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.codes import CodeList, Status
from caselog.extensions import db
from caselog.services import program
from caselog.store.cases import LoggedCase
from caselog.store.session import transaction
from tests.support import page as pages
from tests.support.cast import Cast
from tests.support.client import Client, Page
from tests.support.log import TYPED, put, put_rotation, row_of, signed_in, stored, typed

FACTS = {
    "Date of the case": "2 Nov 2026, 07:30",
    "Clinical site": "Harbor Test Hospital (US)",
    "Preceptor": "Pat Preceptor",
    "Activity": "CPB (pump run)",
    "Procedures": "Aortic valve, CABG",
    "Setting": "Clinical",
    "Age group": "Adult",
    "Urgency": "Elective",
    "Redo": "Yes",
    "CPB time": "2 h 4 min",
    "Cross-clamp time": "1 h 28 min",
    "Circulatory arrest time": "12 min",
    "Support managed": "1.5 h",
    "Lowest temperature": "32.5 °C",
    "Techniques": "Heparin, Roller pump",
    "Events": "Return to bypass",
    "Learning note": "Kept the filling even. Ask earlier.",
}


def facts(page: Page) -> dict[str, str]:
    """What the page of a case says, term by term."""
    terms = [pages.text(term) for term in page.all("dt")]
    return dict(zip(terms, [pages.text(said) for said in page.all("dd")], strict=True))


def rows(page: Page) -> list[list[str]]:
    """The cells of the page's one table, row by row."""
    bodies = page.all("tbody")
    return [
        [pages.text(cell) for cell in pages.elements(row, "td", "th")]
        for body in bodies
        for row in pages.elements(body, "tr")
    ]


def listed(page: Page) -> list[str]:
    """The uids of the cases that a list links to, in its order."""
    links = [link.get("href", "") for body in page.all("tbody") for link in pages.elements(body, "a")]
    return [link.removeprefix("/cases/") for link in links]


def in_the_log(app: Flask) -> int:
    with app.app_context():
        count = db.session.scalar(sa.select(sa.func.count()).select_from(LoggedCase))
        db.session.rollback()
    return count or 0


def test_a_student_submits_a_case_and_its_page_says_all_that_was_typed(app: Flask) -> None:
    student = signed_in(app, "student")
    uid = uuid.uuid4()
    page = student.post("/cases/new", typed(uid, action="submit"), follow=True)
    assert page.response.request.path == f"/cases/{uid}"
    assert "Case submitted. It counts as soon as your preceptor verifies it." in page.text
    said = facts(page)
    assert {name: said.get(name) for name in FACTS} == FACTS
    assert said["Role"].startswith("Primary, 80 % of the conduct")
    assert "Change" not in page.links()
    assert row_of(app, uid).status == "submitted"


def test_half_a_case_is_kept_as_a_draft_then_finished_and_submitted(app: Flask) -> None:
    student = signed_in(app, "student")
    uid = uuid.uuid4()
    half = {
        "case_uid": str(uid),
        "activity": "ecmo",
        "cpb_minutes": "",
        "note": "to be finished",
        "action": "draft",
    }
    page = student.post("/cases/new", half, follow=True)
    assert "Draft saved. Submit it when it is complete." in page.text
    assert row_of(app, uid).status == "draft"
    form = student.get(page.links()["Change"])
    assert (form.value("activity"), form.value("note"), form.value("version")) == ("ecmo", "to be finished", "1")
    assert (form.value("case_date"), form.value("role"), form.value("procedures")) == ("", None, [])
    whole = typed(uid, version="1", action="draft")
    page = student.post(f"/cases/{uid}/edit", whole, follow=True)
    assert "Draft saved." in page.text
    form = student.get(f"/cases/{uid}/edit")
    assert {name: form.value(name) for name in TYPED} == dict(TYPED)
    page = student.post(f"/cases/{uid}/edit", whole | {"version": "2", "action": "submit"}, follow=True)
    assert "Case submitted." in page.text
    assert row_of(app, uid).version == 3


def test_a_draft_is_submitted_from_its_page_or_says_what_it_lacks(app: Flask) -> None:
    student = signed_in(app, "student")
    whole, half = put(app, {}, {"urgency": None}, status="draft")
    page = student.post(f"/cases/{half}/submit", follow=True)
    assert page.response.request.path == f"/cases/{half}/edit"
    assert "Not submitted yet: Urgency is needed before the case can be submitted." in page.text
    assert row_of(app, half).status == "draft"
    assert "Case submitted." in student.post(f"/cases/{whole}/submit", follow=True).text
    assert row_of(app, whole).status == "submitted"


def test_a_form_that_is_sent_twice_is_one_case(app: Flask) -> None:
    student = signed_in(app, "student")
    uid = uuid.uuid4()
    student.post("/cases/new", typed(uid, action="submit"), follow=True)
    before = stored(app)
    for again in (typed(uid, action="submit"), typed(uid, action="draft", note="other", cpb_minutes="300")):
        page = student.post("/cases/new", again, follow=True)
        assert page.response.request.path == f"/cases/{uid}"
        assert "This case is in your log already; nothing was changed." in page.text
    assert stored(app) == before
    signed_in(app, "other_student").post("/cases/new", typed(uid, action="submit"), status=404)
    assert stored(app) == before


def test_a_returned_case_shows_the_comment_is_mended_and_submitted_again(app: Flask) -> None:
    student, preceptor = signed_in(app, "student"), signed_in(app, "preceptor")
    uid = uuid.uuid4()
    student.post("/cases/new", typed(uid, action="submit"))
    preceptor.post(f"/review/{uid}", {"version": "1", "decision": "return", "comment": "The clamp time?\n88?"})
    form = student.get(f"/cases/{uid}/edit")
    assert "Returned by Pat Preceptor" in form.text
    assert "The clamp time? 88?" in form.text
    mended = typed(uid, version="2", cross_clamp_minutes="78")
    page = student.post(f"/cases/{uid}/edit", mended | {"action": "draft"}, follow=True)
    assert "Saved. Submit it again when it is mended." in page.text
    assert row_of(app, uid).status == "returned"
    page = student.post(f"/cases/{uid}/edit", mended | {"version": "3", "action": "submit"}, follow=True)
    assert facts(page)["Cross-clamp time"] == "1 h 18 min"
    assert "The clamp time? 88?" in page.text
    assert row_of(app, uid).status == "submitted"


def test_a_case_that_is_submitted_verified_or_void_is_closed_to_its_student(app: Flask) -> None:
    student = signed_in(app, "student")
    uids = put(app, *({"status": status} for status in ("submitted", "verified", "void")))
    before = stored(app)
    for uid, status in zip(uids, ("submitted", "verified", "void"), strict=True):
        message = f"This case is {status} and cannot be changed; only drafts and returned cases can."
        assert message in student.get(f"/cases/{uid}/edit", status=409).text
        page = student.post(f"/cases/{uid}/edit", typed(uid, version="1", action="submit"), status=409)
        assert message in page.text
        assert message in student.post(f"/cases/{uid}/submit", status=409).text
        assert "Change" not in student.get(f"/cases/{uid}").links()
    assert stored(app) == before


def test_a_change_from_an_older_view_is_refused_and_what_was_typed_is_not_lost(app: Flask) -> None:
    student = signed_in(app, "student")
    (uid,) = put(app, status="draft")
    student.post(f"/cases/{uid}/edit", typed(uid, version="1", note="from one window", action="draft"))
    before = stored(app)
    for version in ("1", "0", "7", None):
        late = typed(uid, version=version, note="from the other", action="submit")
        page = student.post(f"/cases/{uid}/edit", late, status=409)
        assert "This case was changed in another window, or by somebody else, since you opened it." in page.text
        assert {name: page.value(name) for name in TYPED} == {**TYPED, "note": "from the other"}
    assert stored(app) == before


def test_the_address_says_which_case_is_changed_and_not_the_form(app: Flask) -> None:
    student = signed_in(app, "student")
    one, other = put(app, {}, {}, status="draft")
    student.post(f"/cases/{one}/edit", typed(other, version="1", action="draft"))
    assert (row_of(app, one).cpb_minutes, row_of(app, other).cpb_minutes) == (124, None)
    student.post(f"/cases/{one}/edit", {**TYPED, "version": "2", "cpb_minutes": "130", "action": "draft"})
    assert row_of(app, one).cpb_minutes == 130


def test_a_retired_code_is_no_longer_offered_and_old_cases_keep_it(app: Flask, cast: Cast) -> None:
    student = signed_in(app, "student")
    (uid,) = put(app, status="draft", procedures=("cabg", "maze"))
    with app.app_context():
        program.retire_code(cast.director.actor, CodeList.PROCEDURES, "maze", retired=True)
    assert student.get("/cases/new").all("input", name="procedures", value="maze") == []
    assert student.get(f"/cases/{uid}/edit").value("procedures") == ["cabg", "maze"]
    page = student.post("/cases/new", typed(procedures=["maze"], action="draft"), status=400)
    assert "“maze” is not a code for procedures" in page.text
    kept = typed(uid, version="1", procedures=["cabg", "maze"], action="submit")
    page = student.post(f"/cases/{uid}/edit", kept, follow=True)
    assert facts(page)["Procedures"] == "CABG, Maze"
    assert rows(student.get("/cases", query={"procedure": "maze"}))[0][1] == "CPB (pump run): CABG, Maze (redo)"


def test_another_students_case_is_not_there(app: Flask) -> None:
    uids = put(app, *({"status": status} for status in Status))
    before = stored(app)
    for who in ("other_student", "outsider_student"):
        stranger = signed_in(app, who)
        for uid in (*uids, uuid.uuid4()):
            for path in (f"/cases/{uid}", f"/cases/{uid}/edit"):
                stranger.get(path, status=404)
            stranger.post(f"/cases/{uid}/edit", typed(uid, version="1", action="submit"), status=404)
            stranger.post(f"/cases/{uid}/submit", status=404)
        assert listed(stranger.get("/cases")) == []
    assert stored(app) == before


def test_a_preceptor_sees_the_cases_that_name_them_but_no_drafts_and_changes_none(app: Flask) -> None:
    placed = dict(zip(Status, put(app, *({"status": status} for status in Status)), strict=True))
    before = stored(app)
    for who in ("preceptor", "other_preceptor", "outsider_preceptor"):
        preceptor = signed_in(app, who)
        for status, uid in placed.items():
            preceptor.get(f"/cases/{uid}", status=200 if who == "preceptor" and status != "draft" else 404)
            preceptor.get(f"/cases/{uid}/edit", status=403)
            preceptor.post(f"/cases/{uid}/edit", typed(uid, version="1", action="draft"), status=403)
            preceptor.post(f"/cases/{uid}/submit", status=403)
    assert stored(app) == before


def test_a_director_sees_every_case_of_the_program_and_changes_none(app: Flask) -> None:
    (uid,) = put(app, status="draft")
    before = stored(app)
    signed_in(app, "outsider_director").get(f"/cases/{uid}", status=404)
    director = signed_in(app, "director")
    page = director.get(f"/cases/{uid}")
    assert page.links()["Case log of Ann Student"] == f"/students/{Cast.student.id}/cases"
    assert "Change" not in page.links()
    director.get(f"/cases/{uid}/edit", status=403)
    director.post(f"/cases/{uid}/edit", typed(uid, version="1", action="draft"), status=403)
    director.post(f"/cases/{uid}/submit", status=403)
    assert stored(app) == before


@pytest.mark.parametrize("who", ["preceptor", "director"])
def test_only_a_student_has_a_log_to_see_and_to_fill(app: Flask, who: str) -> None:
    insider = signed_in(app, who)
    insider.get("/cases", status=403)
    insider.get("/cases/new", status=403)
    insider.post("/cases/new", typed(action="submit"), status=403)
    assert in_the_log(app) == 0


def test_what_belongs_to_another_program_or_student_is_refused_at_its_field(app: Flask, cast: Cast) -> None:
    with app.app_context(), transaction() as session:
        put_rotation(session, cast.student, cast.site, "ann-1")
        put_rotation(session, cast.other_student, cast.site, "ben-1")
        put_rotation(session, cast.outsider_student, cast.outsider_site, "south-1")
    student = signed_in(app, "student")
    assert [option.get("value") for option in student.get("/cases/new").all("option", value="ann-1")] == ["ann-1"]
    before = stored(app)
    for name, value in (
        ("site", cast.outsider_site.code),
        ("preceptor", cast.outsider_preceptor.email),
        ("rotation", "south-1"),
        ("rotation", "ben-1"),
        ("site", str(cast.site.id)),
    ):
        for action in ("submit", "draft"):
            page = student.post("/cases/new", typed(action=action, **{name: value}), status=400)
            assert f"“{value}” is not a code for {name}" in pages.text(page.find("div", id=f"{name}-error"))
            assert cast.outsider_site.name not in page.text
    assert stored(app) == before
    student.post("/cases/new", typed(rotation="ann-1", action="submit"))


def test_the_form_offers_only_what_the_program_has(app: Flask, cast: Cast) -> None:
    page = signed_in(app, "outsider_student").get("/cases/new")
    offered = [option.get("value") for option in page.all("option")]
    assert cast.outsider_site.code in offered
    assert cast.outsider_preceptor.email in offered
    assert not {cast.site.code, cast.other_site.code, cast.preceptor.email} & set(offered)


def test_an_empty_log_says_how_to_begin(app: Flask) -> None:
    page = signed_in(app, "student").get("/cases")
    assert "No cases yet" in page.text
    assert "/cases/new" in page.links().values()


def test_the_log_shows_each_case_in_a_line_the_newest_first(app: Flask) -> None:
    old, new, draft = put(
        app,
        {"case_date": date(2026, 3, 1), "status": "returned", "redo": True},
        {"case_date": date(2026, 10, 30), "activity": "ecmo", "procedures": (), "role": "first_assistant"},
        {"case_date": None, "activity": None, "procedures": (), "role": None, "age_group": None,
         "site_id": None, "preceptor_id": None, "status": "draft"},
    )  # fmt: skip
    page = signed_in(app, "student").get("/cases")
    assert listed(page) == [str(draft), str(new), str(old)]
    assert rows(page) == [
        ["–", "Activity not given", "–", "–", "–", "–", "Draft"],
        ["30 Oct 2026", "ECMO", "First assistant", "Adult", "Harbor Test Hospital", "Pat Preceptor", "Verified"],
        ["1 Mar 2026", "CPB (pump run): CABG (redo)", "Primary", "Adult", "Harbor Test Hospital", "Pat Preceptor",
         "Returned"],
    ]  # fmt: skip
    assert page.links()["1 draft"] == "/cases?status=draft"


FILTERS: list[tuple[dict[str, str], set[str]]] = [
    ({}, {"plain", "special"}),
    ({"status": "submitted"}, {"special"}),
    ({"activity": "ecmo"}, {"special"}),
    ({"procedure": "heart_transplant"}, {"special"}),
    ({"role": "observed"}, {"special"}),
    ({"age_group": "infant"}, {"special"}),
    ({"site": "hill"}, {"special"}),
    ({"since": "2026-06-01"}, {"special"}),
    ({"until": "2026-06-01"}, {"plain"}),
    ({"since": "2026-05-10", "until": "2026-05-10"}, {"plain"}),
    ({"status": "submitted", "role": "primary"}, set()),
    ({"site": "hill", "age_group": "infant", "since": "2026-06-20"}, {"special"}),
    ({"status": "", "activity": "", "since": "", "colour": "red"}, {"plain", "special"}),
]


def test_each_filter_narrows_the_log_and_stays_filled_in(app: Flask, cast: Cast) -> None:
    special = {
        "status": "submitted", "activity": "ecmo", "procedures": ("heart_transplant",), "role": "observed",
        "age_group": "infant", "site_id": cast.other_site.id, "case_date": date(2026, 6, 20),
    }  # fmt: skip
    uids = dict(zip(put(app, {"case_date": date(2026, 5, 10)}, special), ("plain", "special"), strict=True))
    student = signed_in(app, "student")
    for query, expected in FILTERS:
        page = student.get("/cases", query=query)
        assert {uids[uuid.UUID(uid)] for uid in listed(page)} == expected, query
        for name, value in query.items():
            assert page.value(name) in (value, None), query
        assert ("No case fits" in page.text) == (not expected)


def test_a_filter_that_cannot_be_read_says_where_and_what_would_do(app: Flask) -> None:
    put(app)
    student = signed_in(app, "student")
    page = student.get("/cases?status=bogus&page=-1&since=yesterday", status=400)
    assert page.title.startswith("Error: ")
    assert "“bogus” is not a code for status; use one of: draft, submitted, returned, verified, void." in page.text
    assert "“yesterday” is not a date such as 2026-05-31 (year, month, day)." in page.text
    assert page.value("since") == "yesterday"
    for query in (
        "site=valley",
        "activity=cabg",
        "procedure=cpb",
        "role=surgeon",
        "age_group=7",
        "until=2026-02-30",
    ):
        student.get(f"/cases?{query}", status=400)


def number_of(page: Page) -> str:
    return pages.text(page.find("nav", aria_label="Pages"))


def test_sixty_cases_stand_on_three_pages_that_keep_the_filter(app: Flask) -> None:
    many: list[dict[str, Any]] = [{"case_date": date(2026, 1, 1) + timedelta(days=n)} for n in range(60)]
    uids = [str(uid) for uid in reversed(put(app, *many, role="observed"))]
    put(app, role="primary")
    student = signed_in(app, "student")
    page = student.get("/cases?role=observed")
    found = listed(page)
    assert "Page 1 of 3 · 60 cases" in number_of(page)
    assert {"Previous page", "First page"}.isdisjoint(page.links())
    for expected in ("Page 2 of 3", "Page 3 of 3"):
        assert page.links()["Next page"].startswith("/cases?role=observed&page=")
        page = student.get(page.links()["Next page"])
        assert expected in number_of(page)
        found += listed(page)
    assert found == uids
    assert {"Next page", "Last page"}.isdisjoint(page.links())
    assert listed(student.get(page.links()["First page"])) == uids[:25]
    assert listed(student.get(student.get("/cases?role=observed").links()["Last page"])) == uids[50:]


def test_a_page_that_is_not_there_is_the_nearest_one(app: Flask) -> None:
    put(app, *({} for _ in range(26)))
    student = signed_in(app, "student")
    for text, number in (
        ("0", 1), ("-1", 1), ("x", 1), ("", 1), ("1e1", 1), ("٢", 1), ("2", 2), ("3", 2), ("999999", 2),
        ("9" * 40, 1),
    ):  # fmt: skip
        assert f"Page {number} of 2" in number_of(student.get("/cases", query={"page": text})), text


def test_a_case_that_was_cancelled_leaves_nothing(client: Client, app: Flask) -> None:
    student = signed_in(app, "student")
    page = student.get("/cases/new")
    assert page.links()["Cancel"] == "/cases"
    assert in_the_log(app) == 0
