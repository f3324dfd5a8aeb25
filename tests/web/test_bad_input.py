"""Wrong input: the message stands at its field and says how to mend it, what was typed stays, nothing is stored."""

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.case import LIST_FIELDS
from caselog.extensions import db
from caselog.store.cases import LoggedCase
from tests.support import page as pages
from tests.support.cast import Cast
from tests.support.client import Client, Page
from tests.support.log import TYPED, put, row_of, signed_in, stored, typed

HUGE = "1" + "0" * 30
CONTROL = re.compile(r"[\x00-\x1f]")
NUL = "A character that cannot be stored was taken out; check the rest and send it again."
# What is typed into one field of an otherwise good form, and what its message says.
Wrong = tuple[str, Any, str]

CASE: list[Wrong] = [
    ("case_date", "2026-11-22", "2026-11-22 is in the future; today is 2026-11-21."),
    ("case_date", "0026-11-02", "0026-11-02 is before 1950; check the year."),
    ("case_date", "2026-02-30", "2026-02-30 is no day of the calendar; check the month and the day."),
    ("case_date", "yesterday", "“yesterday” is not a date such as 2026-05-31 (year, month, day)."),
    ("case_date", "2/11/2026", "“2/11/2026” is not a date"),
    ("case_date", "٢٠٢٦-١١-٠٢", "is not a date such as"),
    ("start_time", "25:00", "“25:00” is not a time of day between 00:00 and 23:59."),
    ("start_time", "7.30", "“7.30” is not a time of day"),
    ("start_time", "🕢", "“🕢” is not a time of day"),
    ("site", "nowhere", "“nowhere” is not a code for site; use one of: harbor, hill."),
    ("site", Cast.other_site.code, "Pat Preceptor is not a preceptor at Hill Test Hospital; choose one who is."),
    ("preceptor", "who@north.example", "“who@north.example” is not a code for preceptor; use one of: "),
    ("preceptor", Cast.director.email, "is not a code for preceptor"),
    ("activity", "cabg", "“cabg” is not a code for activity; use one of: cpb, ecmo, "),
    ("procedures", ["cabg", "cpb"], "“cpb” is not a code for procedures; use one of: cabg, "),
    ("role", "surgeon", "“surgeon” is not a code for role; use one of: observed, first_assistant, "),
    ("setting", "Clinical", "“Clinical” is not a code for setting; use one of: clinical, simulation."),
    ("age_group", "42", "“42” is not a code for age_group; use one of: neonate, "),
    ("urgency", "x" * 3000, f"“{'x' * 60}” is not a code for urgency"),
    ("redo", "maybe", "“maybe” is not a code for redo; use one of: no, yes."),
    ("share_percent", "101", "must be between 0 and 100 percent, not 101."),
    ("share_percent", "-1", "must be between 0 and 100 percent, not -1."),
    ("share_percent", "80 %", "“80 %” is not a whole number in digits, such as 12."),
    ("cpb_minutes", "two hours", "“two hours” is not a whole number in digits, such as 12."),
    ("cpb_minutes", "87", "Cross-clamp time (88 min) cannot be longer than the CPB time (87 min)."),
    ("cpb_minutes", "10001", "CPB time must be between 0 and 10,000 minutes, not 10,001."),
    ("cpb_minutes", "-5", "CPB time must be between 0 and 10,000 minutes, not -5."),
    ("cpb_minutes", HUGE, "CPB time cannot be such a large number; check the digits."),
    ("cpb_minutes", "１２４", "“１２４” is not a whole number"),
    ("cross_clamp_minutes", "125", "Cross-clamp time (125 min) cannot be longer than the CPB time (124 min)."),
    ("cross_clamp_minutes", "8️⃣", "is not a whole number"),
    ("circulatory_arrest_minutes", "125", "cannot be longer than the CPB time (124 min)."),
    ("circulatory_arrest_minutes", "1.5", "“1.5” is not a whole number"),
    ("support_hours", "-0.5", "must be between 0 and 10,000 hours, not -0.5."),
    ("support_hours", "1e3", "“1e3” is not a number in digits, such as 4.5."),
    ("support_hours", HUGE, "cannot be such a large number"),
    ("lowest_temp_c", "9.9", "Lowest temperature must be between 10 and 42 °C, not 9.9."),
    ("lowest_temp_c", "98.6", "must be between 10 and 42 °C, not 98.6."),
    ("lowest_temp_c", "nan", "“nan” is not a number in digits"),
    ("techniques", ["dhca", "🫀"], "“🫀” is not a code for techniques"),
    ("events", "x", "“x” is not a code for events; use one of: air_embolism, "),
    ("note", "n" * 3000, "Learning note has 3,000 characters; at most 2,000 fit."),
    ("note", "🫀" * 2001, "has 2,001 characters; at most 2,000 fit."),
    ("note", "one\x00two", NUL),
    ("start_time", "07:\x0030", NUL),
    ("cpb_minutes", "12\x1b4", NUL),
]
# Where the message stands when that is not the field that was changed.
ELSEWHERE = {("site", Cast.other_site.code): "preceptor", ("cpb_minutes", "87"): "cross_clamp_minutes"}

PERSON = {
    "name": "Stan Newcomer", "email": "stan@north.example", "position": "student", "cohort": "Class of 2027",
    "program_start": "2026-09-01", "expected_graduation": "2028-05-31", "enrolled": "yes", "active": "yes",
}  # fmt: skip
PERSON_WRONG: list[Wrong] = [
    ("name", "", "Give the person's name."),
    ("name", "n" * 201, "Name has 201 characters; at most 200 fit."),
    ("name", "Stan\x00", NUL),
    ("email", "stan", "Give a whole e-mail address, such as name@program.example."),
    ("email", Cast.student.email, "has an account already; one e-mail address belongs to one person"),
    ("email", "s" * 250 + "@x.example", "E-mail has 260 characters; at most 254 fit."),
    ("position", "surgeon", "“surgeon” is not a code for position"),
    ("position", None, "Choose what the person is in the program."),
    ("cohort", "Class of 1999", "“Class of 1999” is not a code for cohort; use one of: Class of 2027."),
    ("cohort", None, "Choose the student's cohort."),
    ("program_start", "soon", "“soon” is not a date"),
    ("program_start", None, "Give the day on which the student's program starts."),
    ("expected_graduation", "2026-09-01", "must be after the start of the program, 2026-09-01."),
    ("graduated_on", "2020-01-01", "must be after the start of the program, 2026-09-01."),
    ("certified_on", "2026-09-01", "must be after the start of the program, 2026-09-01."),
    ("certified_on", "soon", "“soon” is not a date"),
    ("enrolled", "perhaps", "“perhaps” is neither yes nor no."),
    ("sites", "valley", "“valley” is not a code for sites; use one of: harbor, hill."),
]
SITE = {"code": "lake", "name": "Lake Test Hospital", "country": "CA", "affiliated_from": "2026-01-01"}
SITE_WRONG: list[Wrong] = [
    ("code", "harbor", "There is a site with the code “harbor” already; choose another code."),
    ("code", "../lake", "Write letters, digits, hyphens and underscores only, such as harbor-main."),
    ("code", None, "Give a short code; it stands in files and does not change."),
    ("name", "\x07", NUL),
    ("country", "Canada", "Country has 6 characters; at most 2 fit."),
    ("country", "C1", "Give the country as two letters (ISO 3166), such as US or CA."),
    ("affiliated_from", "1.1.2026", "“1.1.2026” is not a date"),
    ("affiliated_until", "2025-12-31", "The affiliation cannot end before it begins, 2026-01-01."),
]
COHORT = {"name": "Class of 2028", "starts_on": "2026-09-01", "graduates_on": "2028-05-31", "editions": []}
COHORT_WRONG: list[Wrong] = [
    ("name", "Class of 2027", "There is a cohort “Class of 2027” already; choose another name."),
    ("name", None, "Give the cohort's name, such as Class of 2027."),
    ("starts_on", None, "Give the first day of the program."),
    ("graduates_on", "2026-09-01", "The graduation must be after the start, 2026-09-01."),
    ("graduates_on", "2028-13-01", "2028-13-01 is no day of the calendar"),
    ("editions", "abcp-pbse 1999", "“abcp-pbse 1999” is not a code for editions"),
]
CODE = {"list": "procedures", "code": "ross_procedure", "label": "Ross procedure", "family": "valve"}
CODE_WRONG: list[Wrong] = [
    ("list", "role", "“role” is not a code for list; use one of: activity, procedures, techniques, events."),
    ("code", "cabg", "“cabg” is in the list already."),
    ("code", "Ross procedure", "Write small letters, digits and underscores only, such as ross_procedure."),
    ("code", "r" * 41, "Code has 41 characters; at most 40 fit."),
    ("label", "l" * 81, "In words has 81 characters; at most 80 fit."),
    ("family", "Valve!", "Write small letters, digits and underscores only"),
    ("family", None, "Name the family it belongs to, such as valve."),
]


def good_with(good: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    return {each: said for each, said in {**good, name: value}.items() if said is not None}


def faults(page: Page, sent: Mapping[str, Any], wrong: Wrong, at: str) -> Iterator[str]:
    """What a page that refuses one wrong field does not do as it should."""
    name, value, message = wrong
    if not page.title.startswith("Error: "):
        yield f"the title is “{page.title}”"
    said = [pages.text(each) for each in page.all("div", id=f"{at}-error")]
    if not said or message not in said[0]:
        yield f"at {at} stands {said}"
    summary = page.find("div", class_="error-summary")
    if message not in pages.text(summary):
        yield f"the summary says “{pages.text(summary)}”"
    identified = {each.get("id") for each in pages.elements(page.root)}
    for link in pages.elements(summary, "a"):
        if link.get("href", "").removeprefix("#") not in identified:
            yield f"the summary leads to {link.get('href')}, which is not there"
    shown = {**sent, name: CONTROL.sub("", value or "") if not isinstance(value, list) else value}
    for each, typed_there in shown.items():
        is_box = any(box.get("type") not in ("radio", "checkbox") for box in page.all("input", name=each))
        if each == name and not (is_box or page.all("textarea", name=each)):
            continue  # a list cannot show what it does not have
        if page.value(each) not in (typed_there, [typed_there]):
            yield f"{each} shows {page.value(each)} and not {typed_there}"


def all_faults(
    client: Client, path: str, good: Mapping[str, Any], table: list[Wrong], elsewhere: Mapping[Any, str] = {}
) -> list[str]:
    found = []
    for number, wrong in enumerate(table):
        name, value, _ = wrong
        at = elsewhere.get((name, value if isinstance(value, str) else None), name)
        sent = good_with(good, name, value)
        page = client.post(path, sent | {"action": ("submit", "draft")[number % 2]}, status=400)
        found += [f"{name}={str(value)[:40]!r}: {fault}" for fault in faults(page, sent, wrong, at)]
    return found


def test_each_field_of_a_new_case_that_is_wrong_says_so(app: Flask) -> None:
    student = signed_in(app, "student")
    before = stored(app)
    assert all_faults(student, "/cases/new", typed(), CASE, ELSEWHERE) == []
    assert stored(app) == before


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_each_field_of_a_changed_case_that_is_wrong_says_so(app: Flask) -> None:
    student = signed_in(app, "student")
    (uid,) = put(app, status="returned")
    before = stored(app)
    assert all_faults(student, f"/cases/{uid}/edit", typed(uid, version="1"), CASE[::3], ELSEWHERE) == []
    assert stored(app) == before


def test_a_submitted_case_asks_for_each_thing_that_it_lacks(app: Flask) -> None:
    student = signed_in(app, "student")
    before = stored(app)
    for name, label in (
        ("case_date", "Date of the case"), ("site", "Clinical site"), ("preceptor", "Preceptor"),
        ("activity", "Activity"), ("role", "Your role"), ("setting", "Setting"), ("age_group", "Age group"),
        ("urgency", "Urgency"),
    ):  # fmt: skip
        page = student.post("/cases/new", typed(action="submit", **{name: None}), status=400)
        message = f"{label} is needed before the case can be submitted."
        assert message in pages.text(page.find("div", id=f"{name}-error"))
        assert message in pages.text(page.find("div", class_="error-summary"))
    page = student.post("/cases/new", {"action": "submit"}, status=400)
    assert "8 things to correct" in page.text
    assert stored(app) == before


@pytest.mark.parametrize(
    ("path", "good", "table"),
    [
        ("/program/people/new", PERSON, PERSON_WRONG),
        ("/program/sites/new", SITE, SITE_WRONG),
        ("/program/cohorts/new", COHORT, COHORT_WRONG),
        ("/program/codes", CODE, CODE_WRONG),
    ],
    ids=["person", "site", "cohort", "code"],
)
def test_each_field_of_the_directors_forms_that_is_wrong_says_so(
    app: Flask, path: str, good: Mapping[str, Any], table: list[Wrong]
) -> None:
    director = signed_in(app, "director")
    before = stored(app)
    assert all_faults(director, path, good, table) == []
    assert stored(app) == before
    director.post(path, good)  # the form that every row spoils is good itself


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_everything_wrong_at_once_is_said_at_once(app: Flask) -> None:
    student = signed_in(app, "student")
    wrong = {name: "\x00🫀" if name not in LIST_FIELDS else ["🫀", "🫀"] for name in TYPED}
    page = student.post("/cases/new", wrong | {"action": "submit"}, status=400)
    shown = {each.get("id", "").removesuffix("-error") for each in page.all("div", class_="field-error")}
    assert shown == set(TYPED) - {"rotation"}


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_names_in_brackets_and_repeats_are_no_way_in(app: Flask) -> None:
    student = signed_in(app, "student")
    sent = {f"{name}[]": value for name, value in TYPED.items()} | {f"{name}[0]": "x" for name in TYPED}
    page = student.post("/cases/new", sent | {"action": "submit"}, status=400)
    assert "8 things to correct" in page.text
    uid = uuid.uuid4()
    repeated = {name: value if name in LIST_FIELDS else [value, "x"] for name, value in typed(uid).items()}
    student.post("/cases/new", repeated | {"action": ["draft", "submit"]})
    assert (row_of(app, uid).status, row_of(app, uid).cpb_minutes) == ("draft", 124)


def test_a_body_of_another_kind_leaves_nothing_of_itself(app: Flask) -> None:
    student = signed_in(app, "student")
    headers = {"X-CSRFToken": student.csrf_token()}
    bodies: list[tuple[Any, str]] = [
        (json.dumps(typed(action="submit")), "application/json"),
        ("{", "application/json"),
        ("<case/>", "text/xml"),
        (b"\xff\xfe\x00", "application/octet-stream"),
        (b'--x\r\nContent-Disposition: form-data; name="role"\r\n', "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
    ]
    for body, kind in bodies:
        answer = student.http.post("/cases/new", data=body, content_type=kind, headers=headers)
        assert answer.status_code < 500, kind
    with app.app_context():
        kept = {(row.status, row.role, row.note) for row in db.session.scalars(sa.select(LoggedCase))}
        db.session.rollback()
    assert kept <= {("draft", None, "")}
