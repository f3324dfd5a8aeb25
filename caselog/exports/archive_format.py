"""What a student's archive looks like: its sections, the fields of their rows, and the JSON Schema of the whole.

The sections follow the tables, so a column that is added to a table appears here by itself, and a test asks for
another version of the format. Entries have the columns of every other file in the place of references by id.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any, cast

import sqlalchemy as sa

from caselog.domain import activity, case
from caselog.domain.codes import CLOSED_LISTS, CodeList, Position, Status
from caselog.domain.export import Dates, Format, Sites, Use
from caselog.domain.outcomes import Exam, Leaving, Placement
from caselog.domain.transitions import Way
from caselog.store.activities import ActivityChange, ActivityReview, LoggedActivity
from caselog.store.audit import AuditEntry, AuditSalt
from caselog.store.base import Model
from caselog.store.cases import CaseChange, CaseReview, LoggedCase
from caselog.store.entries import CHANGING
from caselog.store.evaluations import CaseEvaluation, EvaluationForm, RotationEvaluation, Side
from caselog.store.exports import IssuedExport
from caselog.store.imports import FORMATS, KINDS, LogImport
from caselog.store.outcomes import RecordedOutcome
from caselog.store.people import Attestation, Person, PreceptorSite, Student
from caselog.store.programs import Adoption, Cohort, ListedCode, Program, ProgramNumber, Rotation, Site
from caselog.store.restored import RestoredArchive
from caselog.store.role_checks import CheckEnd, RoleCheck
from caselog.store.rulesets import GrantedWaiver, ProgramRuleset
from caselog.store.signals import Outcome, SignalSettlement
from caselog.store.types import CodeSet, UtcDateTime

FORMAT = "caselog-archive"
VERSION = 1


class Kind(StrEnum):
    """What a field holds, in JSON: a string unless it is said otherwise."""

    UUID = "uuid"
    TEXT = "text"
    DAY = "day"  # year-month-day
    TIME = "time"  # HH:MM
    INSTANT = "instant"  # with its time zone, UTC as it is written
    INTEGER = "integer"  # a number
    DECIMAL = "decimal"  # a number
    YES_NO = "yes_no"  # true or false
    CODES = "codes"  # an array of strings


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a row; `codes` are all that it may hold, where that is a closed list."""

    name: str
    kind: Kind
    optional: bool
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one table. `single` is a section that is one object; `own` are rows that only this student has."""

    name: str
    table: sa.Table | None
    words: str
    fields: tuple[Field, ...]
    single: bool = False
    own: bool = False
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(each.name for each in self.fields))


_WAYS = tuple(Way)
_DECISIONS = (Status.VERIFIED, Status.RETURNED)
# The closed lists, by section and field; those of entries are the domain's own.
_CODES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("people", "position"): tuple(Position),
    ("codes", "list"): tuple(CodeList),
    **{("cases", name): tuple(codes) for name, codes in CLOSED_LISTS.items() if name in case.COLUMNS},
    **{("activities", name): tuple(CLOSED_LISTS[name]) for name in activity.CODE_FIELDS},
    ("case_reviews", "decision"): _DECISIONS,
    ("case_reviews", "way"): _WAYS,
    ("case_reviews", "role"): tuple(CLOSED_LISTS["role"]),
    ("activity_reviews", "decision"): _DECISIONS,
    ("activity_reviews", "way"): _WAYS,
    ("case_changes", "act"): CHANGING,
    ("activity_changes", "act"): CHANGING,
    **{("role_checks", name): tuple(CLOSED_LISTS["role"]) for name in ("claimed", "picked", "agreed_role")},
    ("role_checks", "way"): _WAYS,
    ("role_checks", "ended"): tuple(CheckEnd),
    ("case_evaluations", "side"): tuple(Side),
    ("settlements", "outcome"): tuple(Outcome),
    ("imports", "kind"): KINDS,
    ("imports", "format"): FORMATS,
    ("outcomes", "left_why"): tuple(Leaving),
    ("outcomes", "pbse"): tuple(Exam),
    ("outcomes", "cape"): tuple(Exam),
    ("outcomes", "placement"): tuple(Placement),
    ("exports", "use"): tuple(Use),
    ("exports", "format"): tuple(Format),
    ("exports", "dates"): tuple(Dates),
    ("exports", "sites"): tuple(Sites),
}
_KINDS: tuple[tuple[Any, Kind], ...] = (
    (CodeSet, Kind.CODES),
    (UtcDateTime, Kind.INSTANT),
    (sa.Uuid, Kind.UUID),
    (sa.Boolean, Kind.YES_NO),
    (sa.Float, Kind.DECIMAL),
    (sa.Integer, Kind.INTEGER),
    (sa.Date, Kind.DAY),
    (sa.Time, Kind.TIME),
    (sa.String, Kind.TEXT),
)


def _kind(column: Any) -> Kind:
    return next(kind for type_, kind in _KINDS if isinstance(column.type, type_))


def _fields(section: str, table: sa.Table, without: Sequence[str]) -> Iterator[Field]:
    for column in table.columns:
        if column.name not in {"program_id", *without}:
            yield Field(column.name, _kind(column), bool(column.nullable), _CODES.get((section, column.name), ()))


# What entries spell out as files do, and by which column of the table.
SPELLED: Mapping[str, Mapping[str, str]] = {
    "cases": {"site": "site_id", "rotation": "rotation_id", "preceptor": "preceptor_id"},
    "activities": {"supervisor": "supervisor_id"},
}


def _entry_fields(section: str, table: sa.Table, columns: Sequence[str]) -> Iterator[Field]:
    for name in columns:
        codes = _CODES.get((section, name), ())
        if name in table.columns:
            yield Field(name, _kind(table.columns[name]), bool(table.columns[name].nullable), codes)
        else:
            yield Field(name, Kind.TEXT, optional=True)
    # And what a file has not: where the entry came from, since when it stands, and how often it changed.
    told = {*columns, *SPELLED[section].values(), "program_id", "student_id"}
    for column in table.columns:
        if column.name not in told:
            yield Field(column.name, _kind(column), bool(column.nullable))


def _section(
    name: str,
    model: type[Model],
    words: str,
    *,
    without: Sequence[str] = (),
    single: bool = False,
    own: bool = False,
) -> Section:
    table = cast("sa.Table", model.__table__)
    return Section(name, table, words, tuple(_fields(name, table, without)), single, own)


def _entries(name: str, model: type[Model], columns: Sequence[str], words: str) -> Section:
    table = cast("sa.Table", model.__table__)
    return Section(name, table, words, tuple(_entry_fields(name, table, columns)), own=True)


_SHIPPED = tuple(Field(name, Kind.TEXT, optional=False) for name in ("ruleset", "edition", "title", "text"))
_ISSUED = (
    Field("id", Kind.UUID, optional=False),
    Field("code", Kind.TEXT, optional=False),
    Field("at", Kind.INSTANT, optional=False),
    Field("head_seq", Kind.INTEGER, optional=False),
    Field("head_hash", Kind.TEXT, optional=False),
)

# In the order of the file, which is one in which nothing is named before it stands there.
SECTIONS: tuple[Section, ...] = (
    Section(
        "issued",
        None,
        "The code of this archive, when it was made, and the trail's head then.",
        _ISSUED,
        single=True,
    ),
    _section("program", Program, "The program whose log this is.", single=True),
    _section("cohort", Cohort, "The student's graduating class.", single=True),
    _section("people", Person, "The student, and everybody whom the rows below name.", without=("account_id",)),
    _section("sites", Site, "The clinical sites of the rotations and cases."),
    _section("preceptor_sites", PreceptorSite, "Which of these people work at which of these sites."),
    _section("student", Student, "Whose archive this is: cohort and dates.", single=True, own=True),
    _section("rotations", Rotation, "The student's rotations.", own=True),
    _section("codes", ListedCode, "The codes of the program's lists that the cases use."),
    _section("adoptions", Adoption, "The editions under which the cohort is judged."),
    Section("shipped_rule_sets", None, "The text of those editions that come with Caselog, as TOML.", _SHIPPED),
    _section("rule_sets", ProgramRuleset, "The text of those editions that the program wrote, as TOML."),
    _section("program_numbers", ProgramNumber, "Numbers that these editions leave to the program."),
    _section("evaluation_forms", EvaluationForm, "The forms of the evaluations; `definition` is JSON."),
    _section("rotation_evaluations", RotationEvaluation, "Which rotation uses which form.", own=True),
    _section("attestations", Attestation, "Documents on file and statements signed for the student.", own=True),
    _section("waivers", GrantedWaiver, "What was waived or substituted for the student.", own=True),
    _section("imports", LogImport, "Files from which entries of the log came.", own=True),
    _entries("cases", LoggedCase, case.COLUMNS, "The cases, with the columns of every file."),
    _section("case_reviews", CaseReview, "Each decision on a case: who, when, by which way.", own=True),
    _section("role_checks", RoleCheck, "What role a reviewer saw, and how a difference ended.", own=True),
    _section("case_changes", CaseChange, "Each change of a submitted case; `fields` is JSON.", own=True),
    _section("case_evaluations", CaseEvaluation, "Evaluations of cases; `scores` is JSON.", own=True),
    _entries("activities", LoggedActivity, activity.COLUMNS, "The learning activities, as in every file."),
    _section("activity_reviews", ActivityReview, "Each decision on a learning activity.", own=True),
    _section("activity_changes", ActivityChange, "Each change of a submitted learning activity.", own=True),
    _section("outcomes", RecordedOutcome, "What became of the student, as a director entered it.", own=True),
    _section(
        "settlements", SignalSettlement, "How signals that concern only this student were settled.", own=True
    ),
    _section("exports", IssuedExport, "What else left of this student's record.", own=True),
    _section(
        "restored", RestoredArchive, "Archives that this record was restored from; `trail` is JSON.", own=True
    ),
    _section("salts", AuditSalt, "With what the trail's digests of the student's own rows were made.", own=True),
    _section("trail", AuditEntry, "The entries of the audit trail that concern the student.", own=True),
)
BY_NAME: Mapping[str, Section] = {each.name: each for each in SECTIONS}


def in_json(value: Any) -> Any:
    """A value as JSON holds it; what an instant or a day is follows from the field."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | tuple):
        return value
    return str(value)


def row_text(section: Section, values: Sequence[Any]) -> str:
    """One row as a line of JSON."""
    row = dict(zip(section.names, map(in_json, values), strict=True))
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_IN_SCHEMA: Mapping[Kind, Mapping[str, Any]] = {
    Kind.UUID: {"type": "string", "format": "uuid", "pattern": _UUID},
    Kind.TEXT: {"type": "string"},
    Kind.DAY: {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    Kind.TIME: {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"},
    Kind.INSTANT: {"type": "string", "format": "date-time"},
    Kind.INTEGER: {"type": "integer"},
    Kind.DECIMAL: {"type": "number"},
    Kind.YES_NO: {"type": "boolean"},
    Kind.CODES: {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
}


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of an archive."""
    properties: dict[str, Any] = {"format": {"const": FORMAT}, "version": {"const": VERSION}}
    for section in SECTIONS:
        row = _row_schema(section)
        properties[section.name] = (
            {"description": section.words, **row}
            if section.single
            else {"description": section.words, "type": "array", "items": row}
        )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{FORMAT}:{VERSION}",
        "title": "Everything that Caselog knows about one student",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _row_schema(section: Section) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {each.name: _field_schema(each) for each in section.fields},
        "required": list(section.names),
        "additionalProperties": False,
    }


def _field_schema(each: Field) -> dict[str, Any]:
    found = dict(_IN_SCHEMA[each.kind])
    if each.codes:
        found["enum"] = [*map(str, each.codes), *([None] if each.optional else [])]
    if each.optional:
        found["type"] = [found["type"], "null"]
    return found
