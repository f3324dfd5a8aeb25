"""What a case will count toward, told while it is being entered; nothing is stored by asking."""

import time
import uuid
from datetime import date, timedelta
from typing import Any

from flask import Flask

from caselog.domain.codes import CodeList
from caselog.rules import library
from caselog.services import program
from caselog.services.program import CohortDetails
from tests.support import page as pages
from tests.support.cast import GRADUATES_ON, STARTS_ON, Cast
from tests.support.client import Client, Page
from tests.support.log import TYPED, put, signed_in, stored, typed

PREVIEW = "/cases/preview"
MOST_SECONDS = 0.75  # of the processor: several times what it takes, since the tests may run on a slow machine


def asked(client: Client, **typed_so_far: Any) -> Page:
    return client.post(PREVIEW, typed_so_far, status=200)


def said(page: Page) -> str:
    return pages.text(page.find("p", id="foreseen-says"))


def test_a_case_being_entered_says_what_it_will_count_toward_and_where_it_will_not(app: Flask) -> None:
    page = asked(signed_in(app, "student"), **typed(procedures=["mitral_valve"]))
    assert said(page).startswith("Will count: +1 ")
    lines = [pages.text(line) for line in page.all("li")]
    assert "+1 Open-heart cases" in lines
    assert "+1 Valve cases" in lines
    assert "Not Pediatric cases: Adult: only pediatric cases count" in lines


def test_a_long_sentence_is_cut_and_the_rest_stands_below(app: Flask) -> None:
    page = asked(signed_in(app, "student"), **typed())
    assert said(page).endswith(" more")
    gains = [each for each in page.all("strong") if pages.text(each).startswith("+")]
    assert said(page).count("+1") == 4 < len(gains)


def test_what_is_typed_so_far_is_enough_and_what_is_missing_is_named(app: Flask) -> None:
    student = signed_in(app, "student")
    assert said(asked(student)) == "To see what this case will count toward, choose: activity, your role."
    assert said(asked(student, activity="cpb")) == "To see what this case will count toward, choose: your role."
    page = asked(student, activity="cpb", role="primary", setting="clinical")
    assert said(page).startswith("Will count: +1 ")
    assert "reckoned as of today until you give its date" in page.text
    assert "Not given yet, and may change this: Date of the case, Clinical site" in page.text
    assert said(asked(student, activity="hipec", role="observed")) == "Will count toward nothing as it stands."


def test_what_cannot_be_read_or_be_is_said_kindly_and_left_out(app: Flask) -> None:
    page = asked(
        signed_in(app, "student"),
        **typed(cpb_minutes="two hours", case_date="2031-01-01", site="nowhere", note="x" * 5000, version="?"),
    )
    assert said(page).startswith("Will count: ")
    for words in ("“two hours” is not a whole number", "2031-01-01 is in the future", "“nowhere” is not a code"):
        assert words in page.text


def test_asking_changes_nothing_in_the_log_or_the_trail(app: Flask) -> None:
    student = signed_in(app, "student")
    (uid,) = put(app, status="returned")
    before = stored(app)
    for sent in (typed(), typed(uid), typed(uid, action="submit"), typed(uid, action="draft", version="1"), {}):
        asked(student, **sent)
    for path, sent in (("/cases/new", typed()), (f"/cases/{uid}/edit", typed(uid, version="1"))):
        student.post(path, {**sent, "action": "preview"}, status=200)
    assert stored(app) == before


def test_without_a_script_the_button_tells_it_and_keeps_all_that_was_typed(app: Flask) -> None:
    student = signed_in(app, "student")
    uid = uuid.uuid4()
    empty = student.get("/cases/new")
    assert said(empty) == ""
    assert "hidden" in empty.find("section", id="foreseen").attrib
    (button,) = (each for each in empty.all("button") if each.get("value") == "preview")
    assert button.get("formaction") == "/cases/new#foreseen"
    page = student.post("/cases/new", typed(uid, action="preview"), status=200)
    assert page.heading == "Log a case"
    assert said(page).startswith("Will count: +1 ")
    assert "hidden" not in page.find("section", id="foreseen").attrib
    assert {name: page.value(name) for name in TYPED} == dict(TYPED)
    assert page.value("case_uid") == str(uid)
    half = student.post("/cases/new", {"cpb_minutes": "two hours", "action": "preview"}, status=200)
    assert half.value("cpb_minutes") == "two hours"


def test_a_case_that_is_changed_is_told_without_what_the_log_has_of_it(app: Flask) -> None:
    student = signed_in(app, "student")
    (uid,) = put(app, status="returned", procedures=("trauma",))
    with app.app_context():
        program.retire_code(Cast.director.actor, CodeList.PROCEDURES, "trauma", retired=True)
    sent = typed(uid, version="1", procedures=["trauma", "mitral_valve"])
    page = student.post(f"/cases/{uid}/edit", {**sent, "action": "preview"}, status=200)
    assert page.value("version") == "1"
    assert page.value("procedures") == ["mitral_valve", "trauma"]
    assert "Left out" not in page.text  # the code is retired, and the case has it already
    assert said(page) == said(asked(student, **sent))


def test_only_a_student_is_told_and_only_with_the_token_of_a_form(app: Flask) -> None:
    signed_in(app, "student").post(PREVIEW, typed(), status=400, csrf=False)
    for who in ("preceptor", "director"):
        signed_in(app, who).post(PREVIEW, typed(), status=403)
    assert Client(app).post(PREVIEW, typed()).location == "/sign-in"
    signed_in(app, "student").get(PREVIEW, status=405)


def test_a_log_of_three_hundred_cases_is_told_of_while_one_types(app: Flask) -> None:
    procedures = [("cabg",), ("mitral_valve",), ("aortic_valve", "cabg"), ("heart_transplant",)]
    log = [
        {"case_date": date(2025, 10, 1) + timedelta(days=day), "procedures": procedures[day % 4]}
        for day in range(300)
    ]
    put(app, *log)
    judged_by(app, "abcp-pbse", "accredited-minimums")
    student = signed_in(app, "student")
    asked(student, **typed())  # the engines are made once
    begin = time.process_time()
    asked(student, **typed())
    assert time.process_time() - begin < MOST_SECONDS


def judged_by(app: Flask, *rulesets: str) -> None:
    """Have the cohort judged by the newest editions of these sets alone."""
    editions = {each.id: each.edition for each in library.newest() if each.id in rulesets}
    details = CohortDetails(
        name="Class of 2027", starts_on=STARTS_ON, graduates_on=GRADUATES_ON, editions=editions
    )
    with app.app_context():
        program.save_cohort(Cast.director.actor, details, changing=Cast.program.cohort_id)
