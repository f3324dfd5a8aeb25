"""Cases by a program: listed, logged, changed, amended, made void; never over what somebody else did meanwhile."""

import uuid
from typing import Any

import sqlalchemy as sa
from flask import Flask

from caselog.domain.case import COLUMNS
from caselog.domain.scopes import Scope
from caselog.extensions import db
from caselog.store.audit import AuditEntry
from caselog.store.cases import LoggedCase
from tests.support.api import CASE, Api
from tests.support.cast import Cast
from tests.support.clock import TestClock
from tests.web.test_pages import on_both


def acts(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        rows = db.session.execute(sa.select(AuditEntry.action, AuditEntry.way).order_by(AuditEntry.seq)).all()
    return [(row.action, row.way) for row in rows]


def pointers(answer: Any) -> list[str]:
    return [each["pointer"] for each in answer.get_json()["errors"]]


@on_both
def test_a_case_is_logged_read_changed_and_submitted_under_the_names_of_files(app: Flask) -> None:
    api = Api(app)
    uid = str(uuid.uuid4())
    made = api.ask("POST", "/cases", {**CASE, "case_uid": uid, "note": "Cold, slow."}, status=201)
    assert made.get_json() == {"uid": uid, "status": "draft", "version": 1, "fresh": True}
    assert made.headers["Location"] == f"/api/v1/cases/{uid}"
    shown = api.ask("GET", f"/cases/{uid}")
    values = shown.get_json()
    assert set(COLUMNS) < values.keys()
    assert values.items() >= {**CASE, "note": "Cold, slow.", "redo": False, "support_hours": None}.items()
    assert values["procedures"] == ["aortic_valve", "cabg"]
    etag = shown.headers["ETag"]
    assert etag == made.headers["ETag"]
    changed = api.ask("PATCH", f"/cases/{uid}", {"cpb_minutes": None, "redo": True}, headers={"If-Match": etag})
    after = api.get(f"/cases/{uid}")
    assert (after["cpb_minutes"], after["redo"], after["site"], after["version"]) == (None, True, "harbor", 2)
    api.ask("PATCH", f"/cases/{uid}", {"status": "submitted"}, headers={"If-Match": changed.headers["ETag"]})
    assert api.get(f"/cases/{uid}")["status"] == "submitted"
    assert [act for act in acts(app) if act[0].startswith("case.")] == [
        ("case.draft", "token"), ("case.change", "token"), ("case.submit", "token"),
    ]  # fmt: skip


def test_a_case_that_comes_twice_is_kept_once(app: Flask) -> None:
    api, uid = Api(app), str(uuid.uuid4())
    api.ask("POST", "/cases", {**CASE, "case_uid": uid}, status=201)
    again = api.ask("POST", "/cases", {**CASE, "case_uid": uid, "cpb_minutes": 5})
    assert again.get_json()["fresh"] is False
    assert api.get(f"/cases/{uid}")["cpb_minutes"] == 95


def test_a_change_over_somebody_elses_is_refused_and_says_what_differs(app: Flask) -> None:
    api = Api(app)
    path, etag = api.logged()
    api.ask("PATCH", path, {"cpb_minutes": 96}, headers={"If-Match": etag})
    stale = api.ask("PATCH", path, {"cpb_minutes": 97}, headers={"If-Match": etag}, status=412)
    assert stale.get_json()["differences"] == [{"field": "cpb_minutes", "now": 96, "sent": 97}]
    api.ask("PATCH", path, {"cpb_minutes": 97}, status=428)
    api.ask("PATCH", path, {"cpb_minutes": 97}, headers={"If-Match": '"1"'}, status=412)
    assert api.get(path)["cpb_minutes"] == 96
    api.ask("PATCH", path, {"cpb_minutes": 97}, headers={"If-Match": "*"})
    assert api.get(path)["cpb_minutes"] == 97


def test_who_has_the_case_already_gets_no_body(app: Flask) -> None:
    api = Api(app)
    path, etag = api.logged()
    same = api.ask("GET", path, headers={"If-None-Match": etag}, status=304)
    assert (same.data, same.headers["ETag"]) == (b"", etag)
    api.ask("PATCH", path, {"redo": True}, headers={"If-Match": etag})
    api.ask("GET", path, headers={"If-None-Match": etag})


def test_what_was_handed_in_is_amended_with_a_reason_or_made_void(app: Flask) -> None:
    api = Api(app)
    path, _ = api.logged(status="submitted")
    whatever = {"If-Match": "*"}
    refused = api.ask("PATCH", path, {"cpb_minutes": 1}, headers=whatever, status=409)
    assert "cannot be changed" in refused.get_json()["detail"]
    assert pointers(api.ask("POST", f"{path}/amend", {"redo": True}, headers=whatever, status=422)) == ["/reason"]
    amended = api.ask("POST", f"{path}/amend", {"redo": True, "reason": "Typed wrong."}, headers=whatever)
    api.ask("POST", f"{path}/amend", {"redo": True, "reason": "Once more."}, headers=whatever, status=409)
    api.ask("POST", f"{path}/void", {"reason": "Twice."}, headers={"If-Match": '"1-000000000000"'}, status=412)
    api.ask("POST", f"{path}/void", {"reason": "Twice."}, headers={"If-Match": amended.headers["ETag"]})
    assert api.get(path)["status"] == "void"


def test_a_draft_that_lacks_something_is_not_submitted_and_says_what(app: Flask) -> None:
    api = Api(app)
    path, _ = api.logged(site=None, role=None)
    lacks = api.ask("POST", f"{path}/submit", status=422)
    assert set(pointers(lacks)) == {"/site", "/role"}
    assert "is needed" in lacks.get_json()["errors"][0]["message"]


WRONG: tuple[tuple[Any, str, str], ...] = (
    ({"procedure": ["cabg"]}, "/procedure", "Did you mean “procedures”?"),
    ({"cpb_minutes": "95"}, "/cpb_minutes", "without quotation marks"),
    ({"cpb_minutes": 95.5}, "/cpb_minutes", "whole number"),
    ({"cpb_minutes": -1}, "/cpb_minutes", "must be between 0 and"),
    ({"case_date": "20.11.2026"}, "/case_date", "year-month-day"),
    ({"case_date": "2027-01-01"}, "/case_date", "in the future"),
    ({"start_time": "25:00"}, "/start_time", "HH:MM"),
    ({"role": "boss"}, "/role", "use one of: observed"),
    ({"site": "nowhere"}, "/site", "use one of: harbor"),
    ({"procedures": "cabg"}, "/procedures", "Write a list"),
    ({"procedures": [1]}, "/procedures/0", "Write a text"),
    ({"redo": "yes"}, "/redo", "true or false"),
    ({"status": "verified"}, "/status", "Use one of"),
    ({"case_uid": "7"}, "/case_uid", "Write a UUID"),
    ({"note": "x" * 2001}, "/note", "At most 2,000"),
    ({"note": "\x00"}, "/note", "control character"),
    ({"cross_clamp_minutes": 96}, "/cross_clamp_minutes", "cannot be longer"),
    ([], "", "Write an object"),
)


def test_what_is_wrong_is_said_at_its_field_in_words_that_help(app: Flask) -> None:
    api = Api(app)
    for body, pointer, words in WRONG:
        sent = {**CASE, **body} if isinstance(body, dict) else body
        answer = api.ask("POST", "/cases", sent, status=422)
        assert pointers(answer) == [pointer]
        assert words in answer.get_json()["errors"][0]["message"]


NO_JSON = (
    (b"", "line 1, column 1"),
    (b"{", "line 1, column 2"),
    (b'{"note": "a", "note": "b"}', "stands twice"),
    (b'{"cpb_minutes": NaN}', "NaN is no number"),
    (b"\xff", "not UTF-8 at byte 1"),
    (rb'{"note": "\ud800"}', "half of a character"),
    (b"[" * 100_000, "nested too deeply"),
    (b'{"cpb_minutes": ' + b"9" * 5_000 + b"}", "4300 digits"),
)


def test_a_body_that_is_no_json_is_said_to_be_none(app: Flask) -> None:
    api = Api(app)
    for data, words in NO_JSON:
        answer = api.ask("POST", "/cases", data=data, content_type="application/json", status=400)
        assert words.lower() in answer.get_json()["detail"].lower()


def test_a_text_that_may_name_a_patient_is_refused_with_its_place_and_without_it(app: Flask) -> None:
    api = Api(app)
    strong = api.ask("POST", "/cases", {**CASE, "note": "Cold. MRN 4471902."}, status=422)
    assert "4471902" not in strong.text
    (found,) = strong.get_json()["findings"]
    assert (found["pointer"], found["start"], found["end"], found["strong"]) == ("/note", 10, 18, True)
    weak = {**CASE, "note": "Dr. Jones wanted it colder."}
    assert not api.ask("POST", "/cases", weak, status=422).get_json()["findings"][0]["strong"]
    api.ask("POST", "/cases", {**weak, "texts_checked": True}, status=201)
    api.ask("POST", "/cases", {**CASE, "note": "MRN 4471902.", "texts_checked": True}, status=422)
    assert [act for act, _ in acts(app) if act.startswith("text.")] == ["text.confirm"]
    with app.app_context():
        assert list(db.session.scalars(sa.select(LoggedCase.note))) == [weak["note"]]


@on_both
def test_a_list_comes_in_pieces_that_neither_repeat_nor_skip_a_case(app: Flask, clock: TestClock) -> None:
    api = Api(app)
    logged = []
    for number in range(7):
        clock.advance(seconds=number % 2)
        logged.append(api.logged()[0].rpartition("/")[2])
    seen: list[str] = []
    following = "/cases?limit=3&status=draft"
    while following:
        answer = api.ask("GET", following)
        page = answer.get_json()
        seen += [each["case_uid"] for each in page["cases"]]
        assert ('rel="next"' in answer.headers["Link"]) == (page["next"] is not None)
        if len(seen) == 3:
            api.logged()  # what comes meanwhile is newer, and moves nothing
        following = (page["next"] or "").removeprefix("/api/v1")
    assert sorted(seen) == sorted(logged)
    assert len(seen) == 7


def test_a_list_is_narrowed_and_an_address_with_a_fault_in_it_is_refused(app: Flask) -> None:
    api = Api(app)
    api.logged(cpb_minutes=1)
    api.logged(procedures=["mitral_valve"], case_date="2026-10-01")
    assert len(api.get("/cases?procedure=cabg")["cases"]) == 1
    assert len(api.get("/cases?until=2026-10-31")["cases"]) == 1
    assert api.get("/cases?role=observed")["cases"] == []
    for query, words in {
        "limit=0": "from 1 to 100", "limit=1&limit=2": "more than once", "procedures=cabg": "Did you mean “procedure”?",
        "since=1.10.": "year-month-day", "cursor=x": "no cursor of ours", "cursor=%20": "does not belong here",
        "status=odd": "use one of: draft",
    }.items():  # fmt: skip
        answer = api.ask("GET", f"/cases?{query}", status=422)
        assert words in answer.get_json()["errors"][0]["message"], query
    api.ask("GET", "/me?x=1", status=422)


def test_nobody_reaches_anothers_cases_and_a_director_leaves_a_note(app: Flask) -> None:
    mine = Api(app)
    path, _ = mine.logged(status="submitted")
    for who in ("other_student", "outsider_student", "outsider_director"):
        Api(app, who).ask("GET", path, status=404)
    director = Api(app, "director")
    assert director.get(path)["role"] == "primary"
    assert len(director.get(f"/students/{Cast.student.id}/cases")["cases"]) == 1
    director.ask("GET", f"/students/{Cast.outsider_student.id}/cases", status=404)
    director.ask("GET", "/cases", status=403)
    mine.ask("GET", f"/students/{Cast.student.id}/cases", status=403)
    assert [act for act in acts(app) if act[0].endswith(".look")] == [
        ("case.look", "token"),
        ("log.look", "token"),
    ]


def test_a_preceptor_is_not_told_the_role_before_they_say_which_they_saw(app: Flask) -> None:
    path, _ = Api(app).logged(status="submitted", share_percent=80)
    shown = Api(app, "preceptor", {Scope.READ_LOG}).get(path)
    assert (shown["role"], shown["share_percent"], shown["hidden"]) == (None, None, ["role", "share_percent"])
