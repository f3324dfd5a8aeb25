"""Cases and facts from files: what is refused, with its place, and what is let pass."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caselog.domain.case import Case
from caselog.domain.cells import FileRow
from caselog.domain.student import Attestation, StudentFacts
from caselog.rules.codes import load_codes
from caselog.rules.library import find
from caselog.rules.reading import RuleFileError
from caselog.services.file_evaluation import RowFaultsError, read_activities, read_cases, read_facts

PBSE = find("abcp-pbse")
CELLS = {"case_uid": "a", "case_date": "2026-03-02", "activity": "cpb", "role": "primary", "status": "verified"}


def read(*rows: dict[str, str]) -> list[Case]:
    return read_cases([FileRow(line, CELLS | row) for line, row in enumerate(rows, 2)], load_codes())


def complaints(*rows: dict[str, str]) -> list[str]:
    with pytest.raises(RowFaultsError) as caught:
        read(*rows)
    return [str(fault) for fault in caught.value.faults]


def facts(content: Any) -> StudentFacts:
    return read_facts(json.dumps(content), "facts.json", PBSE)[0]


def complaint(content: Any) -> str:
    with pytest.raises(RuleFileError) as caught:
        read_facts(content if isinstance(content, str) else json.dumps(content), "facts.json", PBSE)
    return str(caught.value)


def test_a_case_that_stands_twice_is_one_case() -> None:
    assert len(read({}, {}, {"case_uid": "b"})) == 2


def test_one_identifier_with_two_meanings_is_reported_with_both_lines() -> None:
    (complaint,) = complaints({}, {"role": "observed"})
    assert complaint.startswith("line 3, case_uid: a stands on line 2 already, with other values; remove one")


def test_a_case_without_an_identifier_is_named_after_its_line() -> None:
    assert [case.case_uid for case in read({}, {"case_uid": ""}, {"case_uid": ""})] == ["a", "line 3", "line 4"]


def test_sites_preceptors_and_rotations_are_any_text() -> None:
    (case,) = read({"site": "Mercy", "preceptor": "Dr. Nobody", "rotation": "first"})
    assert (case.site, case.preceptor, case.rotation) == ("Mercy", "Dr. Nobody", "first")


def test_a_future_date_is_left_to_the_engine() -> None:
    assert read({"case_date": "2999-01-01"})[0].case_date == date(2999, 1, 1)


def test_every_fault_of_every_row_is_reported() -> None:
    first, second, third = complaints(
        {"case_date": "soon", "activity": "cbp"}, {}, {"cross_clamp_minutes": "90", "cpb_minutes": "60"}
    )
    assert first.startswith("line 2, case_date: “soon” is not a date")
    assert second.startswith("line 2, activity: “cbp” is not a code for activity; use one of: cpb, ")
    assert third.startswith("line 4, cross_clamp_minutes: Cross-clamp time (90 min) cannot be longer")


def test_facts_may_all_be_missing() -> None:
    assert facts({}) == StudentFacts()
    assert facts({"enrolled": None, "attestations": None, "graduated_on": None}) == StudentFacts()


def test_facts_are_read() -> None:
    assert facts(
        {
            "program_start": "2025-09-01",
            "expected_graduation": "2027-05-31",
            "graduated_on": "2027-05-01",
            "enrolled": True,
            "attestations": [{"id": "transcript", "by": "a registrar", "on": "2026-03-02"}],
            "program_minimums": {"ecmo-or-vad": 4},
        }
    ) == StudentFacts(
        program_start=date(2025, 9, 1),
        expected_graduation=date(2027, 5, 31),
        graduated_on=date(2027, 5, 1),
        enrolled=True,
        attestations=(Attestation("transcript", "a registrar", date(2026, 3, 2)),),
        program_minimums={"ecmo-or-vad": 4},
    )


def test_a_number_that_the_rules_do_not_leave_to_the_program_is_ignored_with_a_note() -> None:
    content = {"program_minimums": {"clinical-perfusions": 10, "clinical-perfusions.ecmo-or-vad": 5}}
    found, notes = read_facts(json.dumps(content), "facts.json", PBSE)
    assert found.program_minimums == {"clinical-perfusions.ecmo-or-vad": 5}
    key = "program_minimums.clinical-perfusions"
    assert notes == [f"facts.json: {key}: abcp-pbse leaves no such number to the program; ignored."]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([], "JSON: is a list. The file must be one JSON object"),
        ("{", "line 1, column 2: "),
        ('{\n "enrolled": yes}', "line 2, column 14: Expecting value."),
        ('{"enrolled": true, "enrolled": false}', "enrolled: stands twice. Remove one of the two."),
        ("[" * 100_000, "JSON: has a number too long or lists too deep to read."),
        ("1" * 5_000, "JSON: has a number too long or lists too deep to read."),
        ({"enroled": True}, "enroled: is not a key that belongs here. Did you mean “enrolled”?"),
        ({"enrolled": "yes"}, "enrolled: is the text “yes”. Write true or false."),
        ({"graduated_on": 2026}, "graduated_on: is the number 2026. Write a day as “2026-11-21”."),
        ({"graduated_on": "2026-W10-1"}, "graduated_on: is the text “2026-W10-1”."),
        ({"graduated_on": "2026-02-30"}, "graduated_on: “2026-02-30” is no day of the calendar."),
        ({"attestations": {}}, "attestations: is a table. Write a list"),
        ({"attestations": ["transcript"]}, "attestations[1]: is the text “transcript”."),
        ({"attestations": [{"id": "transcript", "by": "X"}]}, "attestations[1].on: is missing. Write a day"),
        ({"attestations": [{"id": "", "by": "X", "on": "2026-03-02"}]}, "attestations[1].id: is an empty text."),
        (
            {"attestations": [{"id": "transcript", "by": "X", "on": "2026-03-02", "at": 1}]},
            "attestations[1].at: is not a key that belongs here. Use one of: by, id, on.",
        ),
        ({"program_minimums": [5]}, "program_minimums: is a list."),
        ({"program_minimums": {"ecmo-or-vad": -1}}, "program_minimums.ecmo-or-vad: is the number -1."),
        ({"program_minimums": {"ecmo-or-vad": 5.5}}, "program_minimums.ecmo-or-vad: is the number 5.5."),
        ({"program_minimums": {"ecmo-or-vad": True}}, "program_minimums.ecmo-or-vad: is true (yes/no)."),
        ({"program_minimums": {"anything": "5"}}, "program_minimums.anything: is the text “5”."),
        (
            {"program_start": "2026-09-01", "graduated_on": "2026-05-31"},
            "graduated_on: 2026-05-31 is before the start, 2026-09-01.",
        ),
    ],
)
def test_wrong_facts_are_refused_with_key_and_fix(content: Any, says: str) -> None:
    assert complaint(content).startswith("facts.json: ")
    assert says in complaint(content)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("2026-03-02"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "by", "on", "x"]), inner),
)
_KEYS = ["program_start", "expected_graduation", "graduated_on", "enrolled", "attestations", "program_minimums"]


@given(st.dictionaries(st.sampled_from(_KEYS), _json).map(json.dumps) | st.text())
@settings(deadline=None)
def test_whatever_the_text_the_answer_is_facts_or_a_message(text: str) -> None:
    try:
        read_facts(text, "facts.json", PBSE)
    except RuleFileError as error:
        assert error.fix  # noqa: PT017 (either outcome is right)


LECTURE = {"activity_uid": "a", "date": "2026-03-02", "kind": "didactic", "hours": "2.5", "status": "verified"}


def test_activities_are_read_as_cases_are() -> None:
    rows = [{}, {}, {"activity_uid": "", "date": "2999-01-01", "supervisor": "Dr. Nobody"}]
    first, second = read_activities(FileRow(line, LECTURE | row) for line, row in enumerate(rows, 2))
    assert (first.activity_uid, first.hours, first.kind) == ("a", 2.5, "didactic")
    assert (second.activity_uid, second.date, second.supervisor) == ("line 4", date(2999, 1, 1), "Dr. Nobody")


def test_every_fault_of_a_file_of_activities_is_reported() -> None:
    rows = [{}, {"kind": "party", "hours": "-1"}, {"hours": "3"}]
    with pytest.raises(RowFaultsError) as caught:
        read_activities(FileRow(line, LECTURE | row) for line, row in enumerate(rows, 2))
    first, second, third = map(str, caught.value.faults)
    assert first.startswith("line 3, kind: “party” is not a code for kind; use one of: didactic, ")
    assert second == "line 3, hours: Hours must be between 0 and 10,000 hours, not -1.0."
    assert third.startswith("line 4, activity_uid: a stands on line 2 already, with other values; remove one")


def test_the_day_of_certification_is_a_fact() -> None:
    assert facts({"certified_on": "2026-10-01"}) == StudentFacts(certified_on=date(2026, 10, 1))
