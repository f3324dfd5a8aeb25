"""Rows as one JSON document: whole JSON, typed, and each text as it was written."""

import json
from datetime import time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from caselog.domain.case import Case
from caselog.exports.as_json import json_chunks
from caselog.exports.table import CASES, with_students
from tests.domain.samples import a_case, some
from tests.support.case_files import any_cases, values


def document(*log: Case) -> dict[str, Any]:
    chunks = json_chunks({"use": "cohort"}, [("cases", CASES, map(values, log)), ("activities", CASES, [])])
    found: dict[str, Any] = json.loads(b"".join(chunks))
    return found


def test_the_document_says_what_it_is_and_holds_each_table() -> None:
    found = document()
    assert found == {"format": "caselog-rows", "version": 1, "use": "cohort", "cases": [], "activities": []}


def test_values_have_their_types_and_what_is_not_given_is_null() -> None:
    case = a_case(1, start_time=time(7, 30), lowest_temp_c=-1.5, note="=1+1", procedures=("aortic_valve", "cabg"))
    (found,) = document(case)["cases"]
    assert found["case_date"] == "2026-03-02"
    assert found["start_time"] == "07:30"
    assert (found["cpb_minutes"], found["lowest_temp_c"], found["share_percent"]) == (95, -1.5, None)
    assert (found["redo"], found["procedures"], found["events"]) == (False, ["aortic_valve", "cabg"], [])
    assert found["note"] == "=1+1"


@given(st.lists(any_cases, max_size=3))
@settings(deadline=None)
def test_every_note_arrives_as_it_was_written(log: list[Case]) -> None:
    assert [case["note"] or "" for case in document(*log)["cases"]] == [case.note for case in log]


def test_a_long_log_leaves_in_pieces() -> None:
    rows = [("Ann", "2027", *values(case)) for case in some(600)]
    chunks = list(json_chunks({}, [("cases", with_students(CASES), rows)]))
    assert len(chunks) > 4
    assert len(json.loads(b"".join(chunks))["cases"]) == 600
