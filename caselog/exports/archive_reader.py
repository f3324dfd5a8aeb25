"""A student's archive read back, strictly: what is wrong is said with its section, row and field, never guessed around.

Limits keep a file that means harm from costing more than a second: its size, and how many values it can hold, are
looked at before anything of it is read.
"""

import gc
import hashlib
import json
import math
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NoReturn

from caselog.domain import activity, case
from caselog.domain.cells import FileRow, shown
from caselog.exports.archive_format import BY_NAME, FORMAT, SECTIONS, VERSION, Kind, Section
from caselog.exports.table import decimal_text
from caselog.rules.reading import closest

FILE_MOST = 16_000_000  # bytes; 175 cases with their reviews and trail take about 600,000
VALUES_MOST = 500_000
_NAMES_MOST = 100  # in one object; a case has 27
FAULTS_MOST = 20  # that a message lists
_INTEGER_MOST = 2**31 - 1
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Row = dict[str, Any]


class ArchiveFaultError(ValueError):
    """A file is no archive that can be read; `faults` say where, what, and how to mend it."""

    def __init__(self, *faults: str) -> None:
        listed = [*faults[:FAULTS_MOST]]
        if len(faults) > FAULTS_MOST:
            listed.append(f"and {len(faults) - FAULTS_MOST:,} more faults.")
        super().__init__("\n".join(listed))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive as it was read: the rows of each section, a section that is one object as one row."""

    sha256: str
    rows: Mapping[str, list[Row]]

    def one(self, section: str) -> Row:
        return self.rows[section][0]


def read_archive(data: bytes) -> Archive:
    """The archive that these bytes are. Raises ArchiveFaultError."""
    return Archive(hashlib.sha256(data).hexdigest(), _sections(document(data)))


def _sections(found: Row) -> dict[str, list[Row]]:
    _check_outside(found)
    wrong: list[str] = []
    rows = {section.name: list(_rows(section, found[section.name], wrong)) for section in SECTIONS}
    if wrong:
        raise ArchiveFaultError(*wrong)
    return rows


def archive_rows(data: bytes) -> tuple[list[FileRow], list[FileRow]]:
    """The cases and the learning activities of an archive, as rows that an import takes. Raises ArchiveFaultError.

    The line of a row is its number within its section.
    """
    return entry_rows(document(data))


def entry_rows(found: Row) -> tuple[list[FileRow], list[FileRow]]:
    """The same, of a `document`."""
    sections = _sections(found)
    cases, activities = (
        [
            FileRow(number, {each: _cell(row[each]) for each in columns})
            for number, row in enumerate(sections[name], 1)
        ]
        for name, columns in (("cases", case.COLUMNS), ("activities", activity.COLUMNS))
    )
    return cases, activities


def _cell(value: Any) -> str:
    """A value as the cells of a file hold it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return decimal_text(value)
        case tuple():
            return ";".join(value)
        case time():
            return f"{value:%H:%M}"
        case _:
            return str(value)


def document(data: bytes) -> Row:
    """The JSON object that the bytes are, read within the limits of an archive. Raises ArchiveFaultError."""
    if len(data) > FILE_MOST:
        raise ArchiveFaultError(
            f"The file is larger than {FILE_MOST // 1_000_000} MB, and no archive of one student is; "
            "is it the right file?"
        )
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ArchiveFaultError(
            f"Line {line}: the byte 0x{data[error.start]:02X} is not UTF-8; an archive is UTF-8 as it was made. "
            "Take the file as it was downloaded."
        ) from error
    if not text.lstrip().startswith("{"):
        raise ArchiveFaultError(
            "The file is no archive: it does not begin with “{”. Give the JSON file that Caselog made."
        )
    if data.count(b",") + data.count(b"[") + data.count(b"{") > VALUES_MOST:
        raise ArchiveFaultError(
            f"The file holds more than {VALUES_MOST:,} values, and no archive of one student does."
        )
    found = _parsed(text)
    if not isinstance(found, dict):
        raise ArchiveFaultError("The file is no archive: it is not one JSON object.")
    return found


def _parsed(text: str) -> Any:
    collecting = gc.isenabled()
    gc.disable()  # it would look through the growing tree again and again, for twice the time and more
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise ArchiveFaultError(
            f"Line {error.lineno}, character {error.colno}: this is not JSON ({error.msg.lower()}). Was the file cut "
            "off, or changed by hand? Take it as it was downloaded."
        ) from error
    except RecursionError:
        raise ArchiveFaultError("The file is nested far deeper than an archive, which has three levels.") from None
    except ArchiveFaultError:
        raise
    except ValueError as error:  # a whole number of thousands of digits
        raise ArchiveFaultError("A number in the file has more digits than any value of an archive.") from error
    finally:
        if collecting:
            gc.enable()


def _object(pairs: list[tuple[str, Any]]) -> Row:
    if len(pairs) > _NAMES_MOST:
        raise ArchiveFaultError(f"An object in the file has {len(pairs):,} names, more than any of an archive.")
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ArchiveFaultError(f"The name {shown(_printable(twice))} stands twice in one object; remove one.")
    return found


def _constant(text: str) -> NoReturn:
    raise ArchiveFaultError(f"{text} is no number that JSON knows; write null where nothing is given.")


def _check_outside(found: Mapping[str, Any]) -> None:
    """Whether it is an archive of this version with all of its sections and no others."""
    if found.get("format") != FORMAT:
        raise ArchiveFaultError(f"The file is no archive: its “format” is not “{FORMAT}”.")
    version = found.get("version")
    if version is True or version != VERSION:
        newer = isinstance(version, int) and version > VERSION
        fix = "Restore it with a newer Caselog." if newer else f"Write {VERSION} if it is one."
        raise ArchiveFaultError(
            f"The archive is of version {_said(version)}; this Caselog reads version {VERSION}. {fix}"
        )
    wanted = ("format", "version", *BY_NAME)
    wrong = [
        f"There is no section {shown(_printable(name))}. {closest(_printable(name), list(wanted))}"
        for name in found
        if name not in wanted
    ]
    wrong += [f"The section {name} is missing; an empty one is []." for name in wanted if name not in found]
    if wrong:
        raise ArchiveFaultError(*wrong)


def _rows(section: Section, given: Any, wrong: list[str]) -> Iterator[Row]:
    if section.single:
        given = [given]
    if not isinstance(given, list):
        wrong.append(f"{section.name}: this is {_said(given)}; it must be an array of objects.")
        return
    for number, row in enumerate(given, 1):
        place = section.name if section.single else f"{section.name}, row {number}"
        if not isinstance(row, dict):
            wrong.append(f"{place}: this is {_said(row)}; it must be an object.")
        else:
            yield _row(section, row, place, wrong)
        if len(wrong) > FAULTS_MOST:
            raise ArchiveFaultError(*wrong)


def _row(section: Section, row: Mapping[str, Any], place: str, wrong: list[str]) -> Row:
    found: Row = {}
    if row.keys() != set(section.names):
        wrong += [
            f"{place}: {name} is missing; write null if nothing is given."
            for name in section.names
            if name not in row
        ]
        wrong += [
            f"{place}: there is no field {shown(_printable(name))}. {closest(_printable(name), list(section.names))}"
            for name in row
            if name not in section.names
        ]
    for each in section.fields:
        value = row.get(each.name)
        if value is None:
            if not each.optional and each.name in row:
                wrong.append(f"{place}, {each.name}: this is null, and it must be given.")
            found[each.name] = None
            continue
        try:
            found[each.name] = _READERS[each.kind](value)
        except ValueError as error:
            wrong.append(f"{place}, {each.name}: {_said(value)} {error}")
            continue
        if each.codes and found[each.name] not in each.codes:
            wrong.append(f"{place}, {each.name}: {_said(value)} is not one of {', '.join(each.codes)}.")
    return found


def _said(value: Any) -> str:
    """What stands there, as a message repeats it."""
    match value:
        case str():
            return shown(_printable(value))
        case bool() | None:
            return json.dumps(value)
        case int() | float():
            return shown(repr(value)) if abs(value) < _INTEGER_MOST else "a number beyond any limit"
        case dict():
            return "an object"
        case list():
            return "an array"
        case _:
            return "nothing"


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text[:100])


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("is no text; write it in quotation marks.")
    if _NOT_TEXT.search(value):
        raise ValueError("holds a character that no text can hold; retype it.")
    return value


def _matching(pattern: re.Pattern[str], read: Callable[[str], Any], wanted: str) -> Callable[[Any], Any]:
    def reader(value: Any) -> Any:
        if isinstance(value, str) and pattern.fullmatch(value):
            try:
                return read(value)
            except ValueError:
                pass
        raise ValueError(wanted)

    return reader


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    found.astimezone()  # an instant at the very ends of the calendar has no such day elsewhere
    return found


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _INTEGER_MOST:
        raise ValueError("is no whole number that can stand here; write digits only, such as 95.")
    return value


def _decimal(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _INTEGER_MOST:
        raise ValueError("is no number that can stand here; write it with a point, such as 28.5.")
    if math.isnan(value):
        raise ValueError("is no number.")
    return float(value)


def _yes_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is neither true nor false.")
    return value


def _codes(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(
        isinstance(each, str) and each and ";" not in each for each in value
    ):
        raise ValueError("is no array of codes; write [] or [“cabg”].")
    return tuple(sorted({_text(each) for each in value}))


_READERS: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.UUID: _matching(_UUID, uuid.UUID, "is no identifier; write it as 8-4-4-4-12 hexadecimal digits."),
    Kind.TEXT: _text,
    Kind.DAY: _matching(_DAY, date.fromisoformat, "is no day; write year-month-day, such as 2026-11-21."),
    Kind.TIME: _matching(_TIME, time.fromisoformat, "is no time of day; write it as HH:MM, such as 07:30."),
    Kind.INSTANT: _matching(_INSTANT, _instant, "is no instant; write it as 2026-11-21T07:30:00+00:00."),
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.YES_NO: _yes_no,
    Kind.CODES: _codes,
}
