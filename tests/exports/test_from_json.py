"""Our own JSON as a table: an archive and the rows of an export; any other is refused with a word."""

import json
from typing import Any

import pytest

from caselog.exports.as_json import json_chunks
from caselog.exports.from_anything import read_table
from caselog.exports.from_csv import FileFaultError
from caselog.exports.table import ACTIVITIES, CASES, with_students
from tests.domain.samples import a_case
from tests.exports.test_archive_reader import an_archive
from tests.support.case_files import values

CASE = values(a_case(1, note="'=1+1", procedures=("aortic_valve", "cabg")))


def rows_of(*cases: list[Any]) -> bytes:
    return b"".join(json_chunks({}, [("cases", CASES, cases), ("activities", ACTIVITIES, [])]))


def changed(**changes: Any) -> bytes:
    return json.dumps({**json.loads(rows_of(CASE)), **changes}).encode()


def of_first_case(**changes: Any) -> bytes:
    document = json.loads(rows_of(CASE))
    document["cases"][0] |= changes
    return json.dumps(document).encode()


def test_the_rows_of_an_export_are_read_as_they_are() -> None:
    received = read_table(b"\xef\xbb\xbf\n" + rows_of(CASE), "case")
    line, cells = received.sheet.rows[0]
    found = dict(zip(received.sheet.header, cells, strict=True))
    assert (received.sheet.format, received.notes, line) == ("json", (), 1)
    assert (found["note"], found["procedures"], found["redo"], found["lowest_temp_c"]) == (
        "'=1+1", "aortic_valve;cabg", "no", "",
    )  # fmt: skip


def test_an_archive_gives_either_kind_of_its_entries() -> None:
    data = json.dumps(an_archive(), indent=1).encode()
    cases, activities = read_table(data, "case"), read_table(data, "activity")
    assert cases.sheet.header[0] == "case_uid"
    assert activities.sheet.header[0] == "activity_uid"
    assert cases.notes == ("The file also holds 1 learning activity; read it again for that.",)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"{}", "neither an archive nor rows that Caselog made"),
        (b'{"format": ["caselog-rows"]}', "neither an archive nor rows"),
        (b'[{"a": 1}]', "does not begin with"),
        (b'{"format": "caselog-rows", "ver', "Was the file cut off"),
        (b'{"format": "caselog-archive", "version": 1}', "The section .* is missing.* more faults follow"),
        (changed(version=2), "of another version than 1"),
        (changed(cases=None), "cases: this must be an array"),
        (changed(cases=[7]), "cases, row 1: this must be an object"),
        (changed(cases=[{"case_uid": "1"}]), "cases, row 1: .* is missing"),
        (changed(cases=[]), "holds no cases"),
        (of_first_case(**{"\u202e": 1}), "cases, row 1: “.u202e” is missing or does not belong"),
        (of_first_case(cpb_minutes={"a": 1}), "cases, row 1, cpb_minutes: this is no text"),
        (of_first_case(cpb_minutes=10**400), "cpb_minutes: this is no text"),
        (of_first_case(note="x" * 6_000), "too much text"),
        (
            b"".join(json_chunks({}, [("cases", with_students(CASES), [("Ann", "2027", *CASE)])])),
            "the logs of several students",
        ),
    ],
)
def test_what_is_not_ours_is_refused_with_a_word(data: bytes, says: str) -> None:
    with pytest.raises(FileFaultError, match=says):
        read_table(data, "case")


def test_the_other_kind_is_named_where_only_that_is_there() -> None:
    with pytest.raises(FileFaultError, match="holds no learning activities; it has cases, so choose these"):
        read_table(rows_of(CASE), "activity")


def test_a_table_whose_first_cell_is_in_brackets_is_still_a_table() -> None:
    assert read_table(b"[Date],{Role}\n2026-03-02,primary", "case").sheet.format == "csv"
