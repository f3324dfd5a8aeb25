"""Whether an archive is of one piece: each name in it is somebody, each entry possible, each verification covered.

Nothing here asks the database: what contradicts itself is refused before anything is looked up.
"""

import json
import re
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from zoneinfo import available_timezones

import sqlalchemy as sa

from caselog import clock
from caselog.domain import activity, case, evaluation_form
from caselog.domain.activity import LearningActivity
from caselog.domain.case import Case
from caselog.domain.chain import Entry, content_digest, entry_hash
from caselog.domain.codes import Code, CodeBook, CodeList, Position, Status
from caselog.domain.fields import Fault
from caselog.exports.archive_format import SECTIONS, SPELLED, Section
from caselog.exports.archive_reader import Archive, Row
from caselog.services import trail
from caselog.services.kinds import ACTIVITIES, CASES, EntryKind
from caselog.services.operator import PROGRAM_CODE
from caselog.store.audit import object_name

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
# What another section's rows are called by, and by which of their fields.
_KEYS: Mapping[str, str] = {
    "person": "people", "site": "sites", "cohort": "cohort", "student": "student", "rotation": "rotations",
    "logged_case": "cases", "logged_activity": "activities", "evaluation_form": "evaluation_forms",
}  # fmt: skip
# How a reference of an entry is spelled: the section, and the field that spells it there.
_SPELLED_BY = {
    "site": ("sites", "code"),
    "rotation": ("rotations", "code"),
    "preceptor": ("people", "email"),
    "supervisor": ("people", "email"),
}
_KINDS: Mapping[str, tuple[EntryKind[Any], str]] = {
    "cases": (CASES, "case_reviews"),
    "activities": (ACTIVITIES, "activity_reviews"),
}


@dataclass(frozen=True, slots=True)
class Whole:
    """An archive of one piece, its rows as the tables hold them but for the program."""

    archive: Archive
    rows: Mapping[str, list[Row]]
    salts: Mapping[str, str]

    @property
    def student_id(self) -> uuid.UUID:
        return cast("uuid.UUID", self.archive.one("student")["person_id"])


def faults(archive: Archive) -> list[str]:
    """All that contradicts itself in an archive, each with its section, row and field."""
    early = [*_of_program(archive), *_twice(archive), *_unknown(archive), *_spelled_wrong(archive)]
    if early:
        return early
    whole = as_whole(archive)
    return [
        *_impossible(archive),
        *_not_json(archive),
        *_trail_faults(archive),
        *_salt_faults(whole),
        *_uncovered(whole),
    ]


def as_whole(archive: Archive) -> Whole:
    """The rows of an archive without such faults as its tables hold them."""
    rows: dict[str, list[Row]] = {}
    for section in SECTIONS:
        if section.table is not None and section.name not in ("salts", "trail"):
            rows[section.name] = [_as_stored(archive, section, row) for row in archive.rows[section.name]]
    return Whole(archive, rows, {row["object"]: row["salt"] for row in archive.rows["salts"]})


def _as_stored(archive: Archive, section: Section, row: Row) -> Row:
    if section.name not in SPELLED:
        return dict(row)
    columns = cast("sa.Table", section.table).columns
    stored = {name: value for name, value in row.items() if name in columns}
    for name, column in SPELLED[section.name].items():
        stored[column] = _spelling(archive, name).get(row[name])
    stored["student_id"] = archive.one("student")["person_id"]
    return stored


def _spelling(archive: Archive, name: str) -> Mapping[str, uuid.UUID]:
    section, field = _SPELLED_BY[name]
    return {row[field]: row["id"] for row in archive.rows[section]}


def _of_program(archive: Archive) -> Iterator[str]:
    program = archive.one("program")
    if program["timezone"] not in available_timezones():
        yield f"program, timezone: “{program['timezone'][:60]}” is no time zone; write it as America/New_York."
    if not PROGRAM_CODE.fullmatch(program["code"]):
        yield f"program, code: “{program['code'][:60]}” is no code; use small letters, digits and hyphens."
    student_id = archive.one("student")["person_id"]
    for number, row in enumerate(archive.rows["people"], 1):
        if row["id"] == student_id and row["position"] != Position.STUDENT:
            yield f"people, row {number}, position: this is the student, and so must be “student”."
        if not _EMAIL.fullmatch(row["email"]) or row["email"] != row["email"].lower():
            yield f"people, row {number}, email: this is no e-mail address in small letters."


def _place(section: Section, number: int) -> str:
    return section.name if section.single else f"{section.name}, row {number}"


def _key_fields(section: Section) -> tuple[str, ...]:
    table = cast("sa.Table", section.table)
    return tuple(column.name for column in table.primary_key if column.name != "program_id")


def _twice(archive: Archive) -> Iterator[str]:
    for section in SECTIONS:
        if section.table is None:
            continue
        names = _key_fields(section)
        known: set[tuple[Any, ...]] = set()
        for number, row in enumerate(archive.rows[section.name], 1):
            key = tuple(row[name] for name in names)
            if key in known:
                yield f"{_place(section, number)}, {', '.join(names)}: an earlier row is the same thing; remove one."
            known.add(key)


def _unknown(archive: Archive) -> Iterator[str]:
    """References to what is not in the archive, above all to what is another student's."""
    ids: dict[str, Collection[Any]] = {}
    for name in (*_KEYS.values(), "imports"):
        section = next(each for each in SECTIONS if each.name == name)
        ids[name] = {row[_key_fields(section)[0]] for row in archive.rows[name]}
    for section in SECTIONS:
        for field, target in _references(section):
            for number, row in enumerate(archive.rows[section.name], 1):
                if row[field] is not None and row[field] not in ids[target]:
                    yield f"{_place(section, number)}, {field}: {row[field]} is nobody and nothing in “{target}”."
    student = archive.one("student")["person_id"]
    for number, row in enumerate(archive.rows["trail"], 1):
        if row["about_id"] != student:
            yield f"trail, row {number}, about_id: this entry is not about the student; remove it."


def _references(section: Section) -> Iterator[tuple[str, str]]:
    """The fields of a section that refer to another one, each with that one's name."""
    if section.table is None:
        return
    if "import_id" in section.names:
        yield "import_id", "imports"  # no foreign key: the column came to tables that have triggers
    for constraint in section.table.foreign_key_constraints:
        target = _KEYS.get(str(constraint.referred_table.name))
        field = next((column.name for column in constraint.columns if column.name != "program_id"), None)
        if target and field in section.names:
            yield str(field), target


def _spelled_wrong(archive: Archive) -> Iterator[str]:
    for section, spelled in SPELLED.items():
        for name in spelled:
            known = _spelling(archive, name)
            for number, row in enumerate(archive.rows[section], 1):
                if row[name] is not None and row[name] not in known:
                    table = _SPELLED_BY[name][0]
                    yield f"{section}, row {number}, {name}: “{row[name][:60]}” stands nowhere in “{table}”."


def _impossible(archive: Archive) -> Iterator[str]:
    today = clock.today(archive.one("program")["timezone"])
    codes = CodeBook(
        {
            name: [
                Code(row["code"], row["label"], row["family"])
                for row in archive.rows["codes"]
                if row["list"] == name
            ]
            for name in CodeList
        }
    )
    for section in SPELLED:
        for number, row in enumerate(archive.rows[section], 1):
            for fault in _entry_faults(section, row, today, codes):
                yield f"{section}, row {number}, {fault.field}: {fault.message}"


def _entry_faults(section: str, row: Row, today: date, codes: CodeBook) -> list[Fault]:
    whole = row["status"] not in (Status.DRAFT, Status.VOID)
    kind = case if section == "cases" else activity
    values: dict[str, Any] = {name: row[name] for name in kind.COLUMNS}
    if section == "cases":
        found = Case(**values | {"case_uid": str(row["case_uid"])})
        return [*case.faults(found, today=today, codes=codes), *(case.missing(found) if whole else [])]
    entry = LearningActivity(**values | {"activity_uid": str(row["activity_uid"])})
    return [*activity.faults(entry, today=today), *(activity.missing(entry) if whole else [])]


def _not_json(archive: Archive) -> Iterator[str]:
    """Fields that hold JSON as text, and do not say what the pages read there."""
    for section, field, fits, wanted in _IN_JSON:
        for number, row in enumerate(archive.rows[section], 1):
            try:
                well = fits(json.loads(row[field]))
            except (ValueError, RecursionError):
                well = False
            if not well:
                yield f"{section}, row {number}, {field}: this must be JSON text of {wanted}."
    for number, row in enumerate(archive.rows["evaluation_forms"], 1):
        try:
            evaluation_form.read(row["definition"])
        except (evaluation_form.FormError, RecursionError) as error:
            yield f"evaluation_forms, row {number}, definition: {error}"


def _pairs(given: Any) -> bool:
    return isinstance(given, dict) and all(isinstance(pair, list) and len(pair) == 2 for pair in given.values())


def _scores(given: Any) -> bool:
    return isinstance(given, dict) and all(
        type(each) is int and each in evaluation_form.SCORES for each in given.values()
    )


def _entries(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(each, dict) for each in given)


_IN_JSON: tuple[tuple[str, str, Callable[[Any], bool], str], ...] = (
    ("case_changes", "fields", _pairs, "an object: by field the values before and after"),
    ("activity_changes", "fields", _pairs, "an object: by field the values before and after"),
    ("case_evaluations", "scores", _scores, "an object: by section its score"),
    ("restored", "trail", _entries, "an array of the trail's entries"),
)


def entry_of(program_id: uuid.UUID, row: Row) -> Entry:
    """An entry of the trail as its hash sees it."""
    return Entry(
        program=str(program_id),
        seq=row["seq"],
        at=row["at"],
        actor=str(row["actor_id"]) if row["actor_id"] else None,
        way=row["way"],
        action=row["action"],
        subject=row["subject"],
        about=str(row["about_id"]) if row["about_id"] else None,
        digests=row["digests"],
        previous=row["previous"],
        hash=row["hash"],
    )


def _trail_faults(archive: Archive) -> Iterator[str]:
    """Entries that are not as they were written, or that are of another program's chain."""
    issued, last = archive.one("issued"), None
    for number, row in enumerate(archive.rows["trail"], 1):
        entry = entry_of(archive.one("program")["id"], row)
        place = f"trail, row {number}"
        if entry.hash != entry_hash(entry):
            yield (
                f"{place}, hash: entry {entry.seq} was changed, or is of another program: its hash does not fit what "
                "it says. Take the archive as it was downloaded."
            )
        if last is not None and entry.seq <= last.seq:
            yield f"{place}, seq: entry {entry.seq} stands after entry {last.seq}; the order is that of the chain."
        elif last is not None and entry.seq == last.seq + 1 and entry.previous != last.hash:
            yield f"{place}, previous: entry {entry.seq} does not follow the one before it."
        if entry.seq > issued["head_seq"] or (
            entry.seq == issued["head_seq"] and entry.hash != issued["head_hash"]
        ):
            yield f"{place}, seq: entry {entry.seq} does not fit the head that the archive was issued with."
        last = entry


def _own_things(whole: Whole) -> Iterator[tuple[str, Section, Row]]:
    for section in SECTIONS:
        if section.own and section.name in whole.rows and section.table is not None:
            for row in whole.rows[section.name]:
                yield object_name(section.table, row), section, row


def _salt_faults(whole: Whole) -> Iterator[str]:
    known = {name for name, _, _ in _own_things(whole)}
    for number, name in enumerate(whole.salts, 1):
        if name not in known:
            yield f"salts, row {number}, object: “{name[:80]}” is no row of this archive; remove it."


def _uncovered(whole: Whole) -> Iterator[str]:
    """Entries that say they were verified, and no review that covers what they say."""
    for section, (kind, reviews) in _KINDS.items():
        covered = {
            row[kind.uid]: row["content_hash"]
            for row in sorted(whole.rows[reviews], key=lambda row: row["at"])
            if row["decision"] == Status.VERIFIED
        }
        table = cast("sa.Table", kind.table.__table__)
        for number, row in enumerate(whole.rows[section], 1):
            if row["status"] != Status.VERIFIED:
                continue
            if row[kind.uid] not in covered:
                yield f"{section}, row {number}, status: no review in “{reviews}” says that it was verified."
            elif covered[row[kind.uid]] not in (None, _digest(whole, table, row)):
                yield (
                    f"{section}, row {number}: this is not what was verified; the digest in “{reviews}” is of other "
                    "content. Take the archive as it was downloaded."
                )


def _digest(whole: Whole, table: sa.Table, row: Row) -> str:
    return content_digest(whole.salts.get(object_name(table, row), ""), trail.content(table, row))
