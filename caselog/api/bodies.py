"""What the API takes: bodies and queries, read strictly, with what is wrong in the words of the pages.

The fields are named as the columns of every file (domain/case.py, domain/activity.py). `null` says: not given.
"""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from caselog.domain import activity, case
from caselog.domain.case import CODES_MOST, NOTE_MOST
from caselog.domain.cells import UnreadableError, read_date, read_time
from caselog.domain.codes import CLOSED_LISTS
from caselog.domain.fields import number_fault, text_faults, unknown_code
from caselog.services.amendments import REASON_MOST

CODE_MOST = 254  # characters; as long as an address of mail
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_RANGES = {**case.INTEGER_FIELDS, **case.DECIMAL_FIELDS, **activity.NUMBER_FIELDS}
_LABELS = {**case.LABELS, **activity.LABELS}
_UNITS = {**case.UNITS, **activity.UNITS}


def told(words: str) -> PydanticCustomError:
    """What is wrong with a field, in words for who sent it."""
    return PydanticCustomError("told", "{words}", {"words": words})


@dataclass(frozen=True, eq=False)
class Read:
    """How a value is read before anything else looks at it, and what the document says of it."""

    validate: Callable[[object], Any]
    schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.validate, handler(source))

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.schema)


def _from_text(read: Callable[[str], Any], example: str) -> Callable[[object], Any]:
    def validate(value: object) -> Any:
        if not isinstance(value, str) or not value or value != value.strip():
            raise told(f"Write a text such as “{example}”.")
        try:
            return read(value)
        except UnreadableError as error:
            raise told(str(error)) from None

    return validate


def _number(name: str, *, whole: bool) -> Read:
    least, most = _RANGES[name]

    def validate(value: object) -> int | float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or (whole and value != value // 1):
            raise told(f"Write a {'whole number' if whole else 'number'}, without quotation marks.")
        for fault in number_fault(name, _LABELS[name], value, (least, most), _UNITS[name]):
            raise told(fault.message)
        return int(value) if whole else float(value)

    kind = "integer" if whole else "number"
    schema = {"anyOf": [{"type": kind, "minimum": least, "maximum": most}, {"type": "null"}]}
    return Read(validate, schema)


def _closed(name: str, *, nullable: bool = True) -> Read:
    allowed = tuple(map(str, CLOSED_LISTS[name]))

    def validate(value: object) -> str | None:
        if value is None and nullable:
            return None
        if not isinstance(value, str) or value not in allowed:
            raise told(unknown_code(name, str(value), allowed))
        return value

    return Read(validate, {"enum": [*allowed, *([None] if nullable else [])]})


def _identifier(value: object) -> uuid.UUID:
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise told("Write a UUID such as “7f3f2c5e-3b0a-4f0e-9a53-0c6f3a4f9d11”.")
    return uuid.UUID(value)


def _reason(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise told("Say why; the reason stays with it.")
    for fault in text_faults("reason", "The reason", value, REASON_MOST):
        raise told(fault.message)
    return value.strip()


# What the document says of fields and of what stands behind a question mark.
WORDS = {
    **{name: f"{label}, in {_UNITS[name]}" if name in _UNITS else label for name, label in _LABELS.items()},
    "title": "Title of the activity",
    "limit": "How many to list at most; 50 if it is left out",
    "since": "From this day on",
    "until": "Up to this day",
    "procedure": "A code among the procedures of the case",
    "reason": "Why; it stays with the entry, or with the record of the export",
    "version": "How often it was stored; a change must name it, through the ETag",
    "student_id": "Whose it is",
    "texts_checked": "Whether the doubtful texts were looked at: they name no patient",
    "use": "What the file is for",
    "format": "What kind of file",
    "entries": "Which entries a file holds that has room for one table",
    "dry_run": "Only say what would become of the rows",
    "skip_bad": "Bring in the good rows although others are bad",
}

Code = Annotated[str, StringConstraints(min_length=1, max_length=CODE_MOST)]
Codes = Annotated[list[Code], Field(max_length=CODES_MOST)]
Day = Annotated[dt.date, Read(_from_text(read_date, "2026-11-21"), {"type": "string", "format": "date"})]
Clock = Annotated[
    dt.time,
    Read(_from_text(read_time, "07:30"), {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}),
]
Uid = Annotated[uuid.UUID, Read(_identifier, {"type": "string", "format": "uuid"})]
Reason = Annotated[
    str, Read(_reason, {"type": "string", "minLength": 1, "maxLength": REASON_MOST, "pattern": r"\S"})
]
Begins = Literal["draft", "submitted"]


class Strict(BaseModel):
    """A body or a part of one: unknown fields are refused, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class CaseFields(Strict):
    """The fields of a case, as in files."""

    case_date: Day | None = None
    start_time: Clock | None = None
    site: Code | None = None
    site_country: Code | None = None
    rotation: Code | None = None
    preceptor: Code | None = None
    activity: Code | None = None
    procedures: Codes | None = None
    role: Annotated[str | None, _closed("role")] = None
    share_percent: Annotated[int | None, _number("share_percent", whole=True)] = None
    setting: Annotated[str | None, _closed("setting")] = None
    age_group: Annotated[str | None, _closed("age_group")] = None
    urgency: Annotated[str | None, _closed("urgency")] = None
    redo: bool | None = None
    cpb_minutes: Annotated[int | None, _number("cpb_minutes", whole=True)] = None
    cross_clamp_minutes: Annotated[int | None, _number("cross_clamp_minutes", whole=True)] = None
    circulatory_arrest_minutes: Annotated[int | None, _number("circulatory_arrest_minutes", whole=True)] = None
    support_hours: Annotated[float | None, _number("support_hours", whole=False)] = None
    lowest_temp_c: Annotated[float | None, _number("lowest_temp_c", whole=False)] = None
    techniques: Codes | None = None
    events: Codes | None = None
    note: Annotated[str, StringConstraints(max_length=NOTE_MOST)] | None = None


class ActivityFields(Strict):
    """The fields of a learning activity, as in files."""

    date: Day | None = None
    kind: Annotated[str | None, _closed("kind")] = None
    title: Annotated[str, StringConstraints(max_length=activity.TITLE_MOST)] | None = None
    hours: Annotated[float | None, _number("hours", whole=False)] = None
    units: Annotated[float | None, _number("units", whole=False)] = None
    category: Annotated[str, StringConstraints(max_length=activity.CATEGORY_MOST)] | None = None
    provider: Annotated[str, StringConstraints(max_length=activity.PROVIDER_MOST)] | None = None
    supervisor: Code | None = None


class NewCase(CaseFields):
    """A case to log. A second arrival of the same `case_uid` changes nothing."""

    case_uid: Uid | None = None
    status: Begins = "draft"
    texts_checked: bool = False


class NewActivity(ActivityFields):
    """An activity to log. A second arrival of the same `activity_uid` changes nothing."""

    activity_uid: Uid | None = None
    status: Begins = "draft"
    texts_checked: bool = False


class CaseChanges(CaseFields):
    """The fields of a case to change; what is left out stays. With `status: submitted` it is handed in, too."""

    status: Begins | None = None
    texts_checked: bool = False


class ActivityChanges(ActivityFields):
    """The fields of an activity to change; what is left out stays. With `status: submitted` it is handed in, too."""

    status: Begins | None = None
    texts_checked: bool = False


class CaseAmendment(CaseFields):
    """The fields of a case to amend, and why; what is left out stays."""

    reason: Reason
    texts_checked: bool = False


class ActivityAmendment(ActivityFields):
    """The fields of an activity to amend, and why; what is left out stays."""

    reason: Reason
    texts_checked: bool = False


class Voiding(Strict):
    """Why an entry is made void, for good."""

    reason: Reason
    texts_checked: bool = False


class CaseRow(CaseFields):
    """A case as a row of a file."""

    case_uid: Uid | None = None
    status: Annotated[str, _closed("status", nullable=False)]


class CaseRows(Strict):
    """Cases to bring in, as rows of a file."""

    cases: Annotated[list[CaseRow], Field(min_length=1)]


class ExportWish(Strict):
    """What is to leave, for which use, in which format, and why; only CSV asks which `entries`."""

    use: Literal["spreadsheet", "archive", "application", "program_file", "board"] = "spreadsheet"
    format: Literal["csv", "xlsx", "json", "pdf"] = "csv"
    entries: Literal["cases", "activities"] = "cases"
    reason: Reason


class Query(Strict):
    """What may stand behind the question mark of an address; every value is a text."""


def _counted(value: object) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= 100):
        raise told("Write a number from 1 to 100.")
    return int(text)


def _yes(value: object) -> bool:
    if value not in ("true", "false"):
        raise told("Write true or false.")
    return value == "true"


Limit = Annotated[int, Read(_counted, {"type": "integer", "minimum": 1, "maximum": 100})]
Flag = Annotated[bool, Read(_yes, {"type": "boolean"})]
Cursor = Annotated[
    str,
    StringConstraints(pattern="^[A-Za-z0-9_-]+$"),
    Field(description="Where to go on: from the link `next` of the answer before."),
]
# No control character comes through an address.
Named = Annotated[str, StringConstraints(min_length=1, max_length=CODE_MOST, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Listing(Query):
    """Which entries to list."""

    limit: Limit = 50
    cursor: Cursor | None = None
    status: Annotated[str | None, _closed("status")] = None
    since: Day | None = None
    until: Day | None = None


class CaseListing(Listing):
    """Which cases to list."""

    activity: Named | None = None
    procedure: Named | None = None
    role: Annotated[str | None, _closed("role")] = None
    age_group: Annotated[str | None, _closed("age_group")] = None
    site: Named | None = None


class ActivityListing(Listing):
    """Which activities to list."""

    kind: Annotated[str | None, _closed("kind")] = None


class ImportManner(Query):
    """How to bring rows in."""

    dry_run: Flag = False
    skip_bad: Flag = False
    texts_checked: Flag = False
