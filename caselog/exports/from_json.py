"""The entries of Caselog's own JSON files as a table: a student's archive, or the rows of an export.

Both have our columns, so nothing of them is guessed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from caselog.domain import activity, case
from caselog.domain.cells import FileRow, shown
from caselog.domain.sheet import Sheet
from caselog.exports.archive_format import FORMAT as ARCHIVE
from caselog.exports.archive_reader import ArchiveFaultError, document, entry_rows
from caselog.exports.as_json import NAME as ROWS
from caselog.exports.as_json import VERSION as ROWS_VERSION
from caselog.exports.from_csv import FileFaultError
from caselog.exports.table import decimal_text

_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{\s*(?:[\"}]|\Z)|\[\s*[\[{\]])")
_COLUMNS: Mapping[str, tuple[str, ...]] = {"case": case.COLUMNS, "activity": activity.COLUMNS}
_SECTIONS = {"case": "cases", "activity": "activities"}
_SAID = {"case": "cases", "activity": "learning activities"}
_ONE = {"case": "1 case", "activity": "1 learning activity"}
_OTHER = {"case": "activity", "activity": "case"}
_FAULTS_MOST = 3  # that a message lists
_ONLY_OURS = (
    "The file is JSON, but neither an archive nor rows that Caselog made. Choose one of these, or a .csv or .xlsx file "
    "with a table of cases or activities."
)


def looks_like_json(data: bytes) -> bool:
    """Whether the bytes begin as JSON does, and as no table would."""
    return _BEGINS.match(data[:1_000]) is not None


def read_json(data: bytes, noun: str) -> tuple[Sheet, list[str]]:
    """The `case`s or each `activity` of the file, and what of it is to be said. Raises FileFaultError.

    The line of a row is its number within its section.
    """
    try:
        rows = _rows(data)
    except ArchiveFaultError as error:
        more = len(error.faults) - _FAULTS_MOST
        listed = [*error.faults[:_FAULTS_MOST], *([f"{more:,} more faults follow."] if more > 0 else [])]
        raise FileFaultError(" ".join(listed)) from error
    columns, other = _COLUMNS[noun], _OTHER[noun]
    if not rows[noun]:
        raise FileFaultError(f"The file holds no {_SAID[noun]}{_to_choose(rows, other)}.")
    sheet = Sheet(
        "json", columns, tuple((each.line, tuple(each.cells[name] for name in columns)) for each in rows[noun])
    )
    count = len(rows[other])
    others = _ONE[other] if count == 1 else f"{count:,} {_SAID[other]}"
    return sheet, [f"The file also holds {others}; read it again for that."] if count else []


def _to_choose(rows: Mapping[str, Sequence[FileRow]], other: str) -> str:
    return f"; it has {_SAID[other]}, so choose these" if rows[other] else ""


def _rows(data: bytes) -> dict[str, list[FileRow]]:
    found = document(data)
    match found.get("format"):
        case str(name) if name == ARCHIVE:
            return dict(zip(_COLUMNS, entry_rows(found), strict=True))
        case str(name) if name == ROWS:
            return _of_export(found)
    raise ArchiveFaultError(_ONLY_OURS)


def _of_export(found: Mapping[str, Any]) -> dict[str, list[FileRow]]:
    version = found.get("version")
    if version is True or version != ROWS_VERSION:
        raise ArchiveFaultError(
            f"The rows are of another version than {ROWS_VERSION}, which this Caselog reads. Take them from it anew, "
            "or read them with a newer one."
        )
    return {noun: list(_of_section(name, found.get(name), _COLUMNS[noun])) for noun, name in _SECTIONS.items()}


def _of_section(name: str, given: Any, columns: Sequence[str]) -> Iterator[FileRow]:
    if not isinstance(given, list):
        raise ArchiveFaultError(f"{name}: this must be an array of objects. Take the file as it was downloaded.")
    for number, row in enumerate(given, 1):
        place = f"{name}, row {number}"
        if not isinstance(row, dict):
            raise ArchiveFaultError(f"{place}: this must be an object. Take the file as it was downloaded.")
        if "student" in row:
            raise ArchiveFaultError("The file holds the logs of several students; take one student’s alone.")
        if row.keys() != set(columns):
            wrong = sorted(row.keys() ^ set(columns))[0]
            raise ArchiveFaultError(
                f"{place}: {shown(ascii(wrong)[1:-1])} is missing or does not belong there. Take the file as it was "
                "downloaded."
            )
        yield FileRow(number, {each: _cell(row[each], f"{place}, {each}") for each in columns})


def _cell(value: Any, place: str) -> str:
    """A value as the cells of a file hold it. Raises ArchiveFaultError for what no cell can hold."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case int() if abs(value) < 10**15:
            return str(value)
        case float() if abs(value) < 10**15:  # not true of what is no number
            return decimal_text(value)
        case list() if all(isinstance(each, str) for each in value):
            return ";".join(value)
    raise ArchiveFaultError(f"{place}: this is no text, number, true or false, nor an array of codes.")
