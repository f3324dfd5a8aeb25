"""Any file at all: a table, or a message; soon, in little memory, and without running anything."""

import io
import json
import os
import subprocess
import sys
import zipfile
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from caselog.exports.from_anything import UPLOAD_MOST, read_table
from caselog.exports.from_csv import FileFaultError

SHEET = "xl/worksheets/sheet1.xml"
HEAD = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = b"</sheetData></worksheet>"


def workbook(*rows: list[Any], **sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    for row in rows:
        first.append(row)
    for name, more in sheets.items():
        other = book.create_sheet(name)
        for row in more:
            other.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    """A workbook in which one part is another."""
    buffer = io.BytesIO()
    usual = zipfile.ZipFile(io.BytesIO(workbook(["a", "b"], [1, 2])))
    with usual as good, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bad:
        for part in good.namelist():
            if part != name:
                bad.writestr(part, good.read(part))
        bad.writestr(name, content)
    return buffer.getvalue()


def lying(data: bytes) -> bytes:
    """The same zip, whose list of parts says that each is 10 bytes long."""
    changed = bytearray(data)
    place = changed.find(b"PK\x01\x02")
    while place >= 0:
        changed[place + 24 : place + 28] = (10).to_bytes(4, "little")
        place = changed.find(b"PK\x01\x02", place + 4)
    return bytes(changed)


def bomb() -> bytes:
    cell = b'<row r="1"><c r="A1" t="inlineStr"><is><t>' + b"a" * 200_000_000 + b"</t></is></c></row>"
    return with_part(SHEET, HEAD + cell + TAIL)


HOSTILE: dict[str, tuple[Any, str]] = {
    "a zip bomb": (bomb, "Unpacked, the workbook has more than 30 MB"),
    "a zip bomb that lies": (lambda: lying(bomb()), "Unpacked, the workbook has more than 30 MB"),
    "a million empty rows": (
        lambda: with_part(SHEET, HEAD + b"".join(b'<row r="%d"/>' % n for n in range(1, 1_000_001)) + TAIL),
        "The sheet goes on below row 20,000",
    ),
    "a million rows without numbers": (
        lambda: with_part(SHEET, HEAD + b"<row/>" * 1_000_000 + TAIL),
        "below row 20,000",
    ),
    "two cells far apart": (
        lambda: with_part(
            SHEET,
            HEAD
            + b'<row r="1"><c r="A1"><v>1</v></c></row><row r="19999"><c r="XFD19999"><v>1</v></c></row>'
            + TAIL,
        ),
        "at most 200 columns",
    ),
    "cells that do not say where they are": (
        lambda: with_part(
            SHEET, HEAD + b'<row r="1">' + b"<c/>" * 900_000 + b'</row><row r="19999"><c r="A19999"/></row>' + TAIL
        ),
        "1,000,000 cells",
    ),
    "entities": (
        lambda: with_part(
            SHEET, b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]>' + HEAD[21:] + TAIL
        ),
        "declares entities",
    ),
    "a binary workbook": (lambda: with_part("xl/workbook.bin", b"x"), ".xlsb"),
    "a truncated zip": (lambda: workbook(["a", "b"], [1, 2])[:-300], "damaged or incomplete"),
    "half a zip": (lambda: workbook(["a", "b"], [1, 2])[:1500], "damaged or incomplete"),
    "a zip of something": (lambda: with_part("x", b"")[:0] + _zip({"a.txt": b"x"}), "no workbook"),
    "an .ods": (lambda: _zip({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "(.ods)"),
    "thousands of parts": (lambda: _zip({f"{n}.txt": b"" for n in range(600)}), "more parts"),
    "an .xls": (lambda: b"\xd0\xcf\x11\xe0" + bytes(3_000), "old workbook (.xls)"),
    "a workbook with a password": (
        lambda: b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600),
        "protected by a password",
    ),
    "a PDF": (lambda: b"%PDF-1.7 ...", "is a PDF"),
    "a picture": (lambda: b"\x89PNG\r\n", "a picture"),
    "a web page": (lambda: b"<!DOCTYPE html><html></html>", "a web page"),
    "noise": (lambda: bytes(range(256)) * 40, "no text and no workbook"),
    "nothing": (lambda: b"\n\n", "is empty"),
    "a million empty lines": (lambda: b"\n" * 1_000_000 + b"a,b\n1,2", "more than 100,000 lines"),
    "a million rows of commas": (lambda: b"a,b\n" + b",\n" * 1_000_000, "more than 100,000 lines"),
    "100 MB": (lambda: b"a,b\n" * 25_000_000, "larger than 8 MB"),
    "a quotation mark that never closes": (lambda: b'a,b\n"x,1\n2,3', "line 2: The quotation marks"),
    "a cell without end": (lambda: b"a,b\n" + b"x" * 6_000 + b",1\n", "too much text"),
    "no rows": (lambda: b"a,b\n", "no rows below its header"),
}


def _zip(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return buffer.getvalue()


_ASK = """
import json, resource, sys, time
from pathlib import Path
from caselog.exports.from_anything import read_table
from caselog.exports.from_csv import FileFaultError
import python_calamine
told = []
for name in json.loads(sys.argv[1]):
    data = Path(name).read_bytes()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = []
    for _ in range(2):  # the better of two: other tests run beside this one
        begun = time.process_time()
        try:
            said = repr(read_table(data, "case"))[:80]
        except FileFaultError as error:
            said = "refused: " + str(error)
        took.append(time.process_time() - begun)
    told.append([said, min(took), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before])
print(json.dumps(told))
"""


def test_hostile_files_are_refused_with_a_word_at_once_and_in_little_memory(tmp_path: Path) -> None:
    """In a process of its own, the smallest files first, so that none hides behind the memory of another."""
    made = {name: make() for name, (make, _) in HOSTILE.items()}
    names = sorted(made, key=lambda name: len(made[name]))
    paths = [tmp_path / str(number) for number in range(len(names))]
    for path, name in zip(paths, names, strict=True):
        path.write_bytes(made[name])
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", _ASK, json.dumps(list(map(str, paths)))],
        capture_output=True, check=True, text=True, cwd=root, env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    for name, (said, seconds, kilobytes) in zip(names, json.loads(done.stdout), strict=True):
        assert said.startswith("refused: "), f"{name}: {said}"
        assert HOSTILE[name][1] in said, f"{name}: {said}"
        assert seconds <= 1, f"{name} took {seconds} s"
        assert kilobytes <= 50_000, f"{name} took {kilobytes} kB"


def test_what_a_workbook_holds_arrives_as_text() -> None:
    received = read_table(
        workbook(
            ["Date", "Start", "CPB", "Duration", "Redo", "Temp", "Note"],
            [datetime(2026, 3, 2), time(7, 30), 95, timedelta(hours=1, minutes=35), True, 32.5, "one\ntwo"],  # noqa: DTZ001
            [datetime(2026, 3, 2, 7, 30), None, -5, None, False, 46083, "=1+1 is text"],  # noqa: DTZ001
        ),
        "case",
    )
    assert received.sheet.rows[0] == (2, ("2026-03-02", "07:30", "95", "1:35", "yes", "32.5", "one\ntwo"))
    assert received.sheet.rows[1][1][:3] == ("2026-03-02 07:30", "", "-5")
    assert received.sheet.format == "xlsx"


def test_of_several_sheets_the_one_called_cases_is_read() -> None:
    data = workbook(["Requirement", "Met"], ["open-heart", 3], Cases=[["Date", "Role"], ["2026-03-02", "primary"]])
    received = read_table(data, "case")
    assert received.sheet.header == ("Date", "Role")
    assert received.notes == ("The workbook has 2 sheets; “Cases” was read.",)


def test_macros_are_left_where_they_are() -> None:
    received = read_table(with_part("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0"), "case")
    assert received.notes == ("The workbook holds macros. They were neither run nor kept.",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("sign", list(",;\t|"))
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_text_in_any_usual_dress(encoding: str, sign: str, ending: str) -> None:
    lines = [sign.join(each) for each in (["Date", "Note"], ["2026-03-02", "Ärger"], ["2026-03-03", '"one\ntwo"'])]
    received = read_table((ending.join(lines) + ending).encode(encoding), "case")
    assert received.sheet.header == ("Date", "Note")
    assert [cells for _, cells in received.sheet.rows] == [("2026-03-02", "Ärger"), ("2026-03-03", "one\ntwo")]
    assert bool(received.notes) == (encoding == "cp1252")


def test_the_limit_is_what_the_page_says() -> None:
    with pytest.raises(FileFaultError, match="larger than 8 MB"):
        read_table(b"x" * (UPLOAD_MOST + 1), "case")
