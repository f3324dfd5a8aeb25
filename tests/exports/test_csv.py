"""CSV out and in: the format, the round trip, and what is said of a file that is no table of cases."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caselog.domain.case import COLUMNS, Case
from caselog.domain.case_file import parse_row
from caselog.domain.cells import FileRow
from caselog.exports.as_csv import csv_chunks
from caselog.exports.from_csv import FILE_MOST, FileFaultError, read_csv
from tests.domain.samples import a_case, some
from tests.support.case_files import any_cases, csv_of, csv_text, nearly_csv, values

NEEDED = ("case_uid", "status")


def rows(data: bytes) -> list[FileRow]:
    return read_csv(io.BytesIO(data), NEEDED)


def refusal(data: bytes) -> FileFaultError:
    with pytest.raises(FileFaultError) as caught:
        rows(data)
    return caught.value


def test_the_file_names_the_columns_first_and_ends_its_lines_as_rfc_4180_says() -> None:
    header, case, rest = csv_of(a_case(1)).split(b"\r\n")
    assert header.decode() == ",".join(COLUMNS)
    assert case.decode() == (
        "00000000-0000-4000-8000-000000000001,2026-03-02,,harbor_test,US,,pat@north.example,cpb,cabg,primary,,"
        "clinical,adult,elective,no,95,70,,,,,,,verified"
    )
    assert rest == b""


def test_a_log_without_cases_is_a_header() -> None:
    assert rows(csv_of()) == []


def test_a_long_log_leaves_in_pieces() -> None:
    log = some(3_000)
    chunks = list(csv_chunks(map(values, log)))
    assert len(chunks) > 3
    assert max(map(len, chunks)) < 100_000
    assert len(rows(b"".join(chunks))) == len(log)


@given(st.lists(any_cases, max_size=3))
@settings(deadline=None)
def test_what_leaves_comes_back_the_same(log: list[Case]) -> None:
    assert [parse_row(row.cells) for row in rows(csv_of(*log))] == [(case, []) for case in log]


@given(any_cases)
@settings(deadline=None)
def test_another_program_reads_the_same_cells(case: Case) -> None:
    (cells,) = csv.DictReader(io.StringIO(csv_of(case).decode(), newline=""))
    (row,) = rows(csv_of(case))
    assert {name: cell for name, cell in cells.items() if not cell.startswith("'")}.items() <= row.cells.items()


@given(nearly_csv)
@settings(deadline=None, max_examples=300)
def test_whatever_the_bytes_the_answer_is_rows_or_a_message(data: bytes) -> None:
    try:
        found = rows(data)
    except FileFaultError as error:
        assert error.message  # noqa: PT017 (either outcome is right)
    else:
        for row in found:
            assert row.faults or row.cells.keys() == set(COLUMNS)


def test_the_order_of_the_columns_is_free_and_optional_ones_may_be_missing() -> None:
    (row,) = rows(csv_text(["status", "note", "case_uid"], ["draft", "kept", "one"]))
    assert row.cells == {"status": "draft", "note": "kept", "case_uid": "one"}


def test_a_byte_order_mark_is_no_text() -> None:
    assert len(rows(b"\xef\xbb\xbf" + csv_of(a_case()))) == 1


def test_rows_are_numbered_by_the_lines_of_the_file() -> None:
    data = b'case_uid,status,note\r\na,draft,"two\r\nlines"\r\n\r\n,,\r\nb,draft,"three\rold\nones"\nc,draft,\n'
    assert [(row.line, row.cells["case_uid"]) for row in rows(data)] == [(2, "a"), (6, "b"), (9, "c")]


def test_a_short_row_says_from_where_on_fields_are_missing() -> None:
    (row,) = rows(b"case_uid,status,note\na,draft\n")
    assert [(row.line, fault.field, fault.message) for fault in row.faults] == [
        (2, "note", "The row has 2 fields and the header 3: from here on they are missing.")
    ]


def test_a_long_row_says_that_a_comma_may_be_unquoted() -> None:
    (row,) = rows(b"case_uid,status,note\na,draft,one, two\n")
    assert [(fault.field, fault.message) for fault in row.faults] == [
        ("note", "The row has 4 fields and the header 3: after this one come more; is a comma unquoted?")
    ]


def test_a_byte_that_is_not_utf_8_is_named_with_line_and_field() -> None:
    good, bad = rows("case_uid,status,note\na,draft,fine\nb,draft,caf\xe9\n".encode("latin-1"))
    assert good.faults == ()
    assert [(fault.field, fault.message) for fault in bad.faults] == [
        ("note", "The byte 0xE9 is not UTF-8. Save the file as “CSV UTF-8”, with commas between the columns.")
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The file is empty; its first line must name the columns: case_uid,"),
        (b"\n\n,,\n", "The file is empty; its first line must name the columns: case_uid,"),
        (
            b"case_uid,status,cpb_minuets\n",
            "line 1: There is no column “cpb_minuets”. Did you mean “cpb_minutes”?",
        ),
        (b"case_uid,status,zzz\n", "line 1: There is no column “zzz”. Use one of: activity, "),
        (b"case_uid,note\n", "line 1: The header lacks status; add what is missing."),
        (b"note\n", "line 1: The header lacks case_uid, status; add what is missing."),
        (b"case_uid,status,note,note\n", "line 1: The column note stands twice; remove one."),
        (b"case_uid,status,\n", "line 1: Column 3 has no name; name it or remove it."),
        (
            b"case_uid;status\n",
            "line 1: There is no column “case_uid;status”. The columns seem to be separated by ';'.",
        ),
        (b"case_uid\tstatus\n", "The columns seem to be separated by '\\t'."),
        (b"PK\x03\x04rest", "line 1: The file is a spreadsheet workbook, not CSV. Save the file as “CSV UTF-8”"),
        ("case_uid,status".encode("utf-16"), "line 1: The file is text in UTF-16, not CSV."),
        ("case_uid,status".encode("utf-16-le"), "line 1: Column 1 is no text."),
        (b"case_uid,stat\xfcs", "line 1: Column 2 is no text."),
        (
            b'case_uid,status,note\na,draft,ok\nb,draft,"never\nclosed\n',
            "line 3, note: The quotation mark that opens this field is never closed.",
        ),
        (
            b'case_uid,status,note\na,"dra"ft,ok\n',
            "line 2, status: After the quotation mark that closes this field comes more text.",
        ),
        (
            b'case_uid,status,note\na,"two\nlines","said "no""\n',
            "line 3, note: After the quotation mark that closes this field comes more text.",
        ),
        (b'case_uid,status\na,draft,"x"y\n', "line 2, column 3: After the quotation mark"),
        (
            b"case_uid,status,note\na," + b"x" * 200_000 + b",\n",
            "line 2, status: The field has more than 131,072 characters.",
        ),
        (
            b'case_uid,status,note\na,draft,"' + b"two words\n" * 20_000,
            "line 2, note: The field has more than 131,072 characters.",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_line_field_and_fix(data: bytes, says: str) -> None:
    assert says in str(refusal(data))


def test_a_file_of_the_wrong_size_is_refused_before_it_is_read_whole() -> None:
    class Endless(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert size == FILE_MOST + 1
            return b"x" * (FILE_MOST + 1)

    with pytest.raises(FileFaultError, match="larger than 64 MB; is it the right one"):
        read_csv(Endless(), NEEDED)


def test_a_guarded_text_comes_back_without_its_guard_and_codes_stay_as_they_are() -> None:
    (row,) = rows(csv_text(["case_uid", "status", "note", "activity"], ["a", "draft", "'=1", "'=1"]))
    assert (row.cells["note"], row.cells["activity"]) == ("=1", "'=1")
