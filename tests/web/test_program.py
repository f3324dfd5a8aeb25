"""The director keeps the program in order: people, sites, cohorts, numbers and codes."""

import re
import threading
import uuid
from typing import Any

import pytest
from flask import Flask

from caselog.rules import library
from tests.support import page as pages
from tests.support.cast import Cast
from tests.support.client import Client, Page
from tests.support.log import put, signed_in, stored, typed

PASSWORD = "seven quiet pumps at dawn"
PRECEPTOR = {
    "name": "Nora Newcomer", "email": "nora@north.example", "position": "preceptor", "sites": ["harbor"],
    "active": "yes",
}  # fmt: skip
STUDENT = {
    "name": "Stan Newcomer", "email": "stan@north.example", "position": "student", "cohort": "Class of 2027",
    "program_start": "2026-09-01", "enrolled": "yes", "active": "yes",
}  # fmt: skip
SITE = {"code": "lake", "name": "Lake Test Hospital", "country": "ca", "affiliated_from": "2026-01-01"}
EDITIONS = [f"{each.id} {each.edition}" for each in library.usual()]
COHORT = {"name": "Class of 2028", "starts_on": "2026-09-01", "graduates_on": "2028-05-31", "editions": EDITIONS}
CODE = {"list": "procedures", "code": "ross_procedure", "label": "Ross procedure", "family": "valve"}


def listed(page: Page) -> dict[str, list[str]]:
    """The rows of the page's table by their heading."""
    found = {}
    for body in page.all("tbody"):
        for row in pages.elements(body, "tr"):
            (name,) = [pages.text(cell) for cell in pages.elements(row, "th")]
            found[name] = [pages.text(cell) for cell in pages.elements(row, "td")]
    return found


def link_of(page: Page) -> str:
    """The path of the one-time link that a page shows."""
    found = re.search(r"/set-password/[\w-]+", page.text)
    assert found, page.text
    return found[0]


def test_a_person_is_added_gets_a_link_chooses_a_password_and_signs_in(app: Flask) -> None:
    director = signed_in(app, "director")
    page = director.post("/program/people/new", PRECEPTOR, follow=True)
    assert "Nora Newcomer is added. Give them a link to set their password." in page.text
    person = page.response.request.path
    assert listed(director.get("/program/people"))["Nora Newcomer"][1:] == [
        "nora@north.example", "harbor", "no password yet",
    ]  # fmt: skip
    first = link_of(director.post(f"{person}/password-link", status=200))
    link = link_of(director.post(f"{person}/password-link", status=200))
    newcomer = Client(app)
    newcomer.get(first, status=404)
    newcomer.get(link)
    page = newcomer.post(link, {"password": PASSWORD, "repeated": PASSWORD}, follow=True)
    assert "Your password is set." in page.text
    newcomer.get(link, status=404)
    page = newcomer.post("/sign-in", {"email": "Nora@North.example ", "password": PASSWORD})
    assert page.location == "/review"
    assert "Nora Newcomer" in newcomer.get("/review").text
    assert listed(director.get("/program/people"))["Nora Newcomer"][-1] == "ready"


def test_a_student_who_is_added_can_log_and_is_in_the_cohorts_table(app: Flask) -> None:
    director = signed_in(app, "director")
    page = director.post("/program/people/new", STUDENT, follow=True)
    link = link_of(director.post(f"{page.response.request.path}/password-link", status=200))
    stan = Client(app)
    stan.post(link, {"password": PASSWORD, "repeated": PASSWORD})
    stan.post("/sign-in", {"email": STUDENT["email"], "password": PASSWORD})
    stan.post("/cases/new", typed(action="submit"))
    table = director.get(f"/cohorts/{Cast.program.cohort_id}")
    assert "Stan Newcomer" in table.links()


def test_a_person_is_shown_as_entered_and_changed(app: Flask, cast: Cast) -> None:
    director = signed_in(app, "director")
    page = director.post("/program/people/new", STUDENT | {"graduated_on": "2028-05-31"}, follow=True)
    person = page.response.request.path
    shown = {name: page.value(name) for name in STUDENT}
    assert shown == {name: [value] if name in ("enrolled", "active") else value for name, value in STUDENT.items()}
    changed = STUDENT | {"name": "Stanley Newcomer", "expected_graduation": "2028-05-30"}
    del changed["enrolled"]
    page = director.post(person, changed, follow=True)
    assert "Saved." in page.text
    page = director.get(person)
    assert (page.value("name"), page.value("enrolled"), page.value("graduated_on")) == ("Stanley Newcomer", [], "")
    assert page.value("expected_graduation") == "2028-05-30"


def test_the_day_of_certification_is_entered_and_rules_read_it(app: Flask, cast: Cast) -> None:
    director, student = signed_in(app, "director"), signed_in(app, "student")
    adopted = {"cohort": str(cast.program.cohort_id), "on": "2026-11-21"}
    director.post("/program/rules/abcp-recertification/2026-11/adopt", adopted)
    detail = "/progress/abcp-recertification/clinical-activities"
    before = student.get(detail).text
    now = STUDENT | {"name": cast.student.name, "email": cast.student.email, "certified_on": "2026-10-01"}
    director.post(f"/program/people/{cast.student.id}", now | {"program_start": "2025-09-01"})
    assert director.get(f"/program/people/{cast.student.id}").value("certified_on") == "2026-10-01"
    assert "of 40" in before
    assert "of 20" in student.get(detail).text


def test_a_preceptor_who_moves_is_named_at_the_new_site_only(app: Flask, cast: Cast) -> None:
    director, student = signed_in(app, "director"), signed_in(app, "student")
    now = {"name": cast.preceptor.name, "email": cast.preceptor.email, "position": "preceptor", "active": "yes"}
    director.post(f"/program/people/{cast.preceptor.id}", now | {"sites": ["hill"]})
    page = student.post("/cases/new", typed(action="submit"), status=400)
    assert "Pat Preceptor is not a preceptor at Harbor Test Hospital" in page.text
    student.post("/cases/new", typed(action="submit", site="hill"))


def test_who_is_deactivated_is_signed_out_at_once_and_offered_no_more(app: Flask, cast: Cast) -> None:
    director, preceptor = signed_in(app, "director"), signed_in(app, "preceptor")
    preceptor.get("/review")
    now = {
        "name": cast.preceptor.name,
        "email": cast.preceptor.email,
        "position": "preceptor",
        "sites": ["harbor"],
    }
    page = director.post(f"/program/people/{cast.preceptor.id}", now, follow=True)
    assert listed(page)["Pat Preceptor"][-1] == "deactivated"
    preceptor.get("/review", status=302)
    preceptor.post("/sign-in", {"email": cast.preceptor.email, "password": cast.password}, status=400)
    assert cast.preceptor.email not in signed_in(app, "student").get("/cases/new").html
    assert "deactivated" in director.post(f"/program/people/{cast.preceptor.id}/password-link", status=409).text
    director.post(f"/program/people/{cast.preceptor.id}", now | {"active": "yes"})
    preceptor.post("/sign-in", {"email": cast.preceptor.email, "password": cast.password})


def test_what_a_person_may_not_become_is_said_and_what_was_typed_stays(app: Flask, cast: Cast) -> None:
    director = signed_in(app, "director")
    before = stored(app)
    me = {"name": cast.director.name, "email": cast.director.email, "position": "director", "active": "yes"}
    ann = {"name": "Ann S.", "email": cast.student.email, "position": "preceptor", "active": "yes"}
    for uid, data, message in (
        (cast.director.id, {**me, "active": None}, "You cannot deactivate yourself"),
        (cast.director.id, me | {"position": "preceptor"}, "change your own position; ask another director"),
        (cast.student.id, ann, "A student stays a student in this log"),
        (cast.preceptor.id, me, f"{cast.director.email} belongs to somebody else already."),
    ):
        sent = {name: value for name, value in data.items() if value is not None}
        page = director.post(f"/program/people/{uid}", sent, status=400)
        assert message in page.text
        assert page.value("name") == data["name"]
    for taken in (cast.student.email, cast.outsider_student.email.upper()):
        page = director.post("/program/people/new", PRECEPTOR | {"email": taken}, status=400)
        assert "has an account already" in pages.text(page.find("div", id="email-error"))
        assert page.value("name") == "Nora Newcomer"
    assert stored(app) == before


def test_a_site_is_added_is_offered_and_changed_but_keeps_its_code(app: Flask) -> None:
    director = signed_in(app, "director")
    page = director.post("/program/sites/new", SITE, follow=True)
    assert listed(page)["Lake Test Hospital"] == ["lake", "CA", "1 Jan 2026 to now"]
    assert "lake" in [option.get("value") for option in signed_in(app, "student").get("/cases/new").all("option")]
    changed = {"code": "other", "name": "Lakeside", "country": "US", "affiliated_until": "2026-12-31"}
    page = director.post("/program/sites/lake", changed, follow=True)
    assert listed(page)["Lakeside"] == ["lake", "US", "– to 31 Dec 2026"]
    before = stored(app)
    page = director.post("/program/sites/new", SITE | {"name": "Another"}, status=400)
    assert "a site with the code “lake” already" in pages.text(page.find("div", id="code-error"))
    assert stored(app) == before


def test_a_site_can_be_saved_as_its_page_shows_it(app: Flask) -> None:
    director = signed_in(app, "director")
    page = director.get("/program/sites/harbor")
    before = stored(app)["site"]
    names = ("code", "name", "country", "affiliated_from", "affiliated_until")
    director.post("/program/sites/harbor", {name: page.value(name) for name in names})
    assert stored(app)["site"] == before


def test_a_cohort_is_added_with_its_rule_sets_and_moved_to_others(app: Flask) -> None:
    director = signed_in(app, "director")
    assert director.get("/program/cohorts/new").value("editions") == EDITIONS
    page = director.post("/program/cohorts/new", COHORT, follow=True)
    assert listed(page)["Class of 2028"] == ["1 Sep 2026", "31 May 2028", "0"]
    path = page.links()["Class of 2028"]
    form = director.get(path)
    assert {name: form.value(name) for name in COHORT} == COHORT
    director.post(path, COHORT | {"name": "Class of ’28", "editions": EDITIONS[:1]})
    form = director.get(path)
    assert (form.value("name"), form.value("editions")) == ("Class of ’28", EDITIONS[:1])
    before = stored(app)
    page = director.post(path, COHORT | {"name": "Class of 2027"}, status=400)
    assert "a cohort “Class of 2027” already" in pages.text(page.find("div", id="name-error"))
    assert stored(app) == before


def number(page: Page, ruleset: str, key: str) -> str:
    """What stands in the box of a number, or that the page says that it is not set."""
    for item in page.all("li", class_="requirement"):
        sent = {each.get("name"): each.get("value", "") for each in pages.elements(item, "input")}
        if (sent["ruleset"], sent["key"]) == (ruleset, key):
            return "not set" if "Not set." in pages.text(item) else sent["value"]
    raise LookupError(key)


def test_a_number_is_not_set_then_set_then_cleared_and_students_see_each(app: Flask) -> None:
    director, student = signed_in(app, "director"), signed_in(app, "student")
    put(app, {"age_group": "infant"}, {"age_group": "child"})
    pediatric = {"ruleset": "accredited-minimums", "key": "pediatric"}
    detail = "/progress/accredited-minimums/pediatric"
    assert number(director.get("/program/numbers"), *pediatric.values()) == "not set"
    assert "Not set" in student.get(detail).text
    for text, standing in (("3", "Not yet"), ("2", "Met"), ("0", "Met"), ("", "Not set")):
        page = director.post("/program/numbers", pediatric | {"value": text}, follow=True)
        assert "Saved." in page.text
        assert number(page, *pediatric.values()) == (text or "not set")
        assert standing in student.get(detail).text


def test_a_number_that_is_wrong_says_so_at_its_own_box_and_keeps_it(app: Flask) -> None:
    director = signed_in(app, "director")
    before = stored(app)
    for text, message in (
        ("many", "“many” is not a whole number"),
        ("-1", "must be at least 0, not -1"),
        ("1" + "0" * 30, "cannot be such a large number"),
        ("100001", "must be at most 100,000"),
        ("٣", "is not a whole number"),
        ("7\x00", "A character that cannot be stored was taken out"),
    ):
        sent = {"ruleset": "accredited-minimums", "key": "complex", "value": text}
        page = director.post("/program/numbers", sent, status=400)
        summary = page.find("div", class_="error-summary")
        (link,) = [each.get("href", "") for each in pages.elements(summary, "a")]
        (box,) = [each for each in page.all("input") if f"#{each.get('id')}" == link]
        assert (box.get("name"), box.get("value")) == ("value", text.replace("\x00", ""))
        assert message in pages.text(page.find("div", id=f"{box.get('id')}-error"))
        label = next(each for each in page.all("label") if each.get("for") == box.get("id"))
        assert "Complex cases" in pages.text(label)
    for ruleset, key in (("accredited-minimums", "open-heart"), ("nobody", "complex"), ("", "")):
        director.post("/program/numbers", {"ruleset": ruleset, "key": key, "value": "1"}, status=404)
    assert stored(app) == before


def test_a_code_is_added_offered_retired_and_offered_again(app: Flask) -> None:
    director, student = signed_in(app, "director"), signed_in(app, "student")
    page = director.post("/program/codes", CODE, follow=True)
    assert listed(page)["Ross procedure"][:2] == ["ross_procedure", "Valve"]

    def offered() -> bool:
        return bool(student.get("/cases/new").all("input", name="procedures", value="ross_procedure"))

    assert offered()
    student.post("/cases/new", typed(procedures=["ross_procedure"], action="submit"))
    page = director.post("/program/codes/procedures/ross_procedure/retire", follow=True)
    assert "retired" in listed(page)["Ross procedure"][-1]
    assert not offered()
    assert "Ross procedure" in student.get("/cases").text
    director.post("/program/codes/procedures/ross_procedure/restore")
    assert offered()


def test_a_code_of_no_list_can_be_neither_retired_nor_restored(app: Flask) -> None:
    director = signed_in(app, "director")
    before = stored(app)
    for path in ("procedures/nothing", "role/primary", "nothing/cabg", "%C3%A9/%20"):
        for act in ("retire", "restore"):
            director.post(f"/program/codes/{path}/{act}", status=404)
    director.post("/program/codes/procedures/cabg/remove", status=404)
    assert stored(app) == before


def test_what_belongs_to_another_program_is_not_there(app: Flask, cast: Cast) -> None:
    before = stored(app)
    director = signed_in(app, "director")
    strange: list[tuple[str, dict[str, Any]]] = [
        ("/program/sites/valley", SITE),
        (f"/program/cohorts/{cast.outsider_program.cohort_id}", COHORT),
        (f"/program/cohorts/{uuid.uuid4()}", COHORT),
        (f"/program/people/{uuid.uuid4()}", PRECEPTOR),
        *((f"/program/people/{each.id}", PRECEPTOR) for each in (
            cast.outsider_student, cast.outsider_preceptor, cast.outsider_director,
        )),
    ]  # fmt: skip
    for path, data in strange:
        director.get(path, status=404)
        director.post(path, data, status=404)
        if "people" in path:
            director.post(f"{path}/password-link", status=404)
    for name, value in (("sites", cast.outsider_site.code), ("cohort", "Class of 1999")):
        page = director.post("/program/people/new", {**STUDENT, name: value}, status=400)
        assert f"“{value}” is not a code for {name}" in page.text
    for path in ("people", "sites"):
        text = director.get(f"/program/{path}").text
        assert not [each for each in ("Outsider", "Valley") if each in text]
    assert stored(app) == before


def test_only_the_director_sees_or_changes_the_program(app: Flask, cast: Cast) -> None:
    before = stored(app)
    for who in ("student", "preceptor"):
        insider = signed_in(app, who)
        for path in (
            "people", "people/new", f"people/{cast.student.id}", "sites", "sites/new", "sites/harbor", "cohorts",
            "cohorts/new", f"cohorts/{cast.program.cohort_id}", "numbers", "codes",
        ):  # fmt: skip
            insider.get(f"/program/{path}", status=403)
        for path in (
            "people/new", f"people/{cast.student.id}", f"people/{cast.student.id}/password-link", "sites/new",
            "sites/harbor", "cohorts/new", f"cohorts/{cast.program.cohort_id}", "numbers", "codes",
            "codes/procedures/cabg/retire",
        ):  # fmt: skip
            insider.post(f"/program/{path}", PRECEPTOR | SITE | COHORT | CODE, status=403)
    assert stored(app) == before


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_same_thing_added_twice_at_once_is_there_once_and_nobody_meets_a_fault(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = signed_in(app, "director"), signed_in(app, "director")
    answers: list[int] = []
    true = uuid.uuid4

    def meanwhile() -> uuid.UUID:
        """Asked for by the first request after it has looked for the code, before it writes."""
        monkeypatch.setattr(uuid, "uuid4", true)
        again = threading.Thread(target=lambda: answers.append(other.post("/program/sites/new", SITE).status))
        again.start()
        again.join(20)
        return true()

    monkeypatch.setattr(uuid, "uuid4", meanwhile)
    page = one.post("/program/sites/new", SITE, status=409)
    assert "Things have changed meanwhile." in page.text
    assert answers == [302]
    assert len([row for row in stored(app)["site"] if "lake" in row]) == 1
