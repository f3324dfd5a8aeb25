"""An evaluation as JSON and as text."""

import json
from datetime import date
from fractions import Fraction

from caselog.domain.activity import LearningActivity
from caselog.domain.codes import Status
from caselog.domain.evaluate import Engine
from caselog.domain.result import Evaluation
from caselog.domain.student import StudentFacts, Waiver
from caselog.exports.evaluation_json import evaluation_json
from caselog.exports.evaluation_text import evaluation_text
from caselog.rules.codes import load_codes
from caselog.rules.library import find
from caselog.rules.loader import loads
from tests.domain.samples import TODAY, a_case


def evaluated(name: str, as_of: date = TODAY) -> Evaluation:
    log = [a_case(1), a_case(2, status=Status.SUBMITTED), a_case(3, role="observed")]
    return Engine(find(name), load_codes(), as_of).evaluate(StudentFacts(enrolled=True), log)


def test_the_json_has_exactly_the_promised_keys() -> None:
    found = json.loads(evaluation_json(evaluated("accredited-minimums")))
    assert list(found) == ["ruleset", "edition", "as_of", "status", "requirements"]
    assert (found["ruleset"], found["as_of"], found["status"]) == ("accredited-minimums", "2026-11-21", "not_met")
    first, _, pediatric, *_ = found["requirements"]
    assert first == {
        "id": "open-heart",
        "title": "Open-heart cases",
        "status": "not_met",
        "minimum": 75,
        "counted": 1,
        "pending": 1,
        "remaining": 74,
        "counted_cases": ["00000000-0000-4000-8000-000000000001"],
        "excluded": [
            {
                "uid": "00000000-0000-4000-8000-000000000002",
                "reason": "submitted: waiting for verification",
            },
            {
                "uid": "00000000-0000-4000-8000-000000000003",
                "reason": "observed: only performed cases count",
            },
        ],
    }
    assert (pediatric["status"], pediatric["minimum"], pediatric["remaining"]) == ("unset", None, None)


def test_what_is_not_counted_in_cases_has_no_cases() -> None:
    found = {each["id"]: each for each in json.loads(evaluation_json(evaluated("abcp-pbse")))["requirements"]}
    assert found["transcript"] == {
        "id": "transcript", "title": "Official transcript", "status": "needs_attestation", "minimum": 1,
        "counted": 0, "pending": 0, "remaining": 1, "counted_cases": [], "excluded": [],
    }  # fmt: skip
    assert found["enrolled-or-graduated"]["status"] == "met"


def test_only_what_a_requirement_has_beyond_that_is_added() -> None:
    course = LearningActivity(activity_uid="course", date=TODAY, kind="course", hours=2.0, status=Status.VERIFIED)
    text = """
id = "hours-set"
title = "Hours"
edition = "2026-11"
about = "Hours alone."
[sources.page]
title = "A board's page"
address = "board.example/page"
read = 2026-11-21
[[requirement]]
id = "hours"
title = "Hours of courses"
says = "One point for each half hour of a course, two of the points at most, five at best."
source = "page"
kind = "activities"
where = { kind = "course" }
unit = "points"
minimum = 1
preferred = 5
[[requirement.credit]]
field = "hours"
per = 0.5
[[requirement.part]]
id = "courses"
title = "Courses"
where = { kind = "course" }
at_most = 2
"""
    waiver = Waiver(
        requirement="hours", granted_by="Dana Director", reason="Taught a course", on=TODAY, minimum=Fraction(2)
    )
    engine = Engine(loads(text, "hours.toml"), load_codes(), TODAY)
    (found,) = json.loads(evaluation_json(engine.evaluate(StudentFacts(), [course], [waiver])))["requirements"]
    assert found["counted"] == 2
    assert found["counted_cases"] == []
    assert found["counted_activities"] == ["course"]
    assert found["credits"] == {"course": 2}  # what it contributes under the ceiling
    assert found["preferred"] == 5
    assert found["excess"] == 2
    assert found["parts"] == [
        {
            "id": "courses",
            "title": "Courses",
            "at_least": None,
            "at_most": 2,
            "counted": 2,
            "pending": 0,
            "excess": 2,
        }
    ]
    assert found["waivers"] == [
        {
            "reason": "Taught a course", "granted_by": "Dana Director", "on": "2026-11-21", "until": None,
            "minimum": 2, "counts": [],
        }
    ]  # fmt: skip


def test_the_text_is_a_table_with_status_words_and_numbered_sources() -> None:
    lines = evaluation_text(evaluated("accredited-minimums")).splitlines()
    assert lines[:6] == [
        "Accredited-program minimums, edition 2026-11: not met",
        "As of 2026-11-21; accredited-minimums",
        "",
        "Requirement       Status   Counted       Pending  Remaining  Source",
        "Open-heart cases  not met  1 of 75       1        74         [1]",
        "Valve cases       not met  0 of 40       0        40         [1]",
    ]
    assert lines[6] == "Pediatric cases   not set  0 of not set  0                   [1]"
    assert lines[-1].startswith("[1] Career profile “Perfusionist”")
    assert lines[-1].endswith("jobdescription.org, read 2026-11-21")


def test_the_text_shows_no_counts_where_no_cases_are_counted() -> None:
    (line,) = [line for line in evaluation_text(evaluated("abcp-pbse")).splitlines() if "transcript" in line]
    assert line.split() == ["Official", "transcript", "needs", "attestation", "[1]"]
