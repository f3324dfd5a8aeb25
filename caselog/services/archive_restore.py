"""A student's archive read back in full: the same things under the same identifiers, or nothing at all."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.screening import Category
from caselog.exports.archive_format import SECTIONS, Section, in_json
from caselog.exports.archive_reader import Archive, ArchiveFaultError, Row, read_archive
from caselog.rules.library import UnknownRuleSetError
from caselog.rules.reading import RuleFileError
from caselog.services import archive_check, rulesets, trail
from caselog.services.accounts import issue_password_link
from caselog.services.actor import Operator, RefusedError
from caselog.services.archive_check import Whole
from caselog.services.confirming import note_confirmed
from caselog.services.operator import find_program, seed_codes
from caselog.services.screen import OPTIONAL_TEXTS, SCREENED, SWITCHED_OFF, found_in, text_faults
from caselog.services.settings import settings_of
from caselog.store import accounts as sign_in_store
from caselog.store.accounts import Account
from caselog.store.audit import AuditSalt, fields_of, object_name, read_salts
from caselog.store.programs import Program
from caselog.store.restored import RestoredArchive
from caselog.store.session import transaction

_AT_ONCE = 400  # rows in one question to the database
# What of a row may be another one here: it is the program's, and not the student's record.
_MAY_DIFFER: Mapping[str, frozenset[str]] = {
    "people": frozenset({"account_id", "active"}),
    "codes": frozenset({"position", "retired"}),
    "evaluation_forms": frozenset({"retired"}),
}


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of an archive; `added` are rows, 0 where all of it was there already.

    `token` is of a link with which the student sets a password; None where they have an account, or cannot get one.
    """

    program: str
    student: str
    email: str
    cases: int
    activities: int
    added: int
    new_program: bool
    token: str | None


def restore(data: bytes, program: str | None = None, *, texts_checked: bool = False) -> Restored:
    """Restore an archive into its own program, which is made if it is not here, or into the one with this code.

    Raises RefusedError, and then nothing was stored.
    """
    try:
        archive = read_archive(data)
        wrong = archive_check.faults(archive) or _texts_refused(archive, texts_checked=texts_checked)
        if wrong:
            raise ArchiveFaultError(*wrong)
    except ArchiveFaultError as error:
        raise RefusedError(f"{error}\nNothing was restored.") from error
    try:
        with transaction() as session:
            return _restore(session, archive_check.as_whole(archive), program, texts_checked=texts_checked)
    except IntegrityError as error:
        raise RefusedError(
            f"The archive asks for what the database refuses ({_constraint(error)}). Nothing was restored."
        ) from error


def _constraint(error: IntegrityError) -> str:
    """The name of what refused a row, and nothing of the row."""
    named = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    return str(named or str(error.orig).partition("\n")[0])[:120]


def _texts_refused(archive: Archive, *, texts_checked: bool) -> list[str]:
    """Texts that may say who a patient is: they were screened when they were written, perhaps by an older screen."""
    return [
        f"{section.name}, row {number}, {fault.field}: {fault.message}"
        for section in SECTIONS
        for number, row in enumerate(archive.rows[section.name], 1)
        for fault in text_faults(_texts(row), confirmed=texts_checked)
    ]


def _texts(row: Row) -> dict[str, str]:
    return {name: text for name, text in row.items() if name in SCREENED and isinstance(text, str) and text}


def _doubtful(archive: Archive) -> frozenset[Category]:
    return frozenset(
        finding.category
        for rows in archive.rows.values()
        for row in rows
        for name, text in _texts(row).items()
        for finding in found_in(text, SCREENED[name])
    )


def _restore(session: Session, whole: Whole, into: str | None, *, texts_checked: bool) -> Restored:
    archive = whole.archive
    operator, new = _program(session, archive, into)
    _refuse_notes(session, operator, archive)
    fresh, wrong = dict[str, list[Row]](), list[str]()
    for section in SECTIONS:
        if section.name in whole.rows and section.name != "program":
            rows = [{**row, "program_id": operator.program_id} for row in whole.rows[section.name]]
            fresh[section.name] = _not_there(session, section, rows, wrong)
    if wrong:
        raise ArchiveConflictError(wrong)
    added = sum(map(len, fresh.values()))
    token = None
    if added:
        if texts_checked and (kinds := _doubtful(archive)):
            note_confirmed(kinds)
        if new:
            seed_codes(session, operator.program_id, {(row["list"], row["code"]) for row in fresh["codes"]})
        token = _store(session, operator, whole, fresh)
        _refuse_unreadable_sets(session, operator, archive)
    student = _student(archive)
    return Restored(
        program=into or archive.one("program")["code"],
        student=student["name"],
        email=student["email"],
        cases=len(archive.rows["cases"]),
        activities=len(archive.rows["activities"]),
        added=added,
        new_program=new,
        token=token,
    )


class ArchiveConflictError(RefusedError):
    """Something of the archive is here already, and says something else."""

    def __init__(self, wrong: Sequence[str]) -> None:
        listed = "\n".join(wrong[:20])
        more = f"\nand {len(wrong) - 20:,} more." if len(wrong) > 20 else ""
        super().__init__(
            f"{listed}{more}\nWhat stands here is kept, and nothing was restored. Restore into a program that does "
            "not have these yet, or a newer archive."
        )


def _student(archive: Archive) -> Row:
    person_id = archive.one("student")["person_id"]
    return next(row for row in archive.rows["people"] if row["id"] == person_id)


def _program(session: Session, archive: Archive, into: str | None) -> tuple[Operator, bool]:
    """The operator acting for the program that the archive goes into, and whether it was just made."""
    if into is not None:
        return find_program(into), False
    said = archive.one("program")
    known = session.get(Program, said["id"])
    if known is not None:
        return Operator(known.id, known.timezone), False
    if session.scalar(sa.select(Program.id).where(Program.code == said["code"])):
        raise RefusedError(
            f"There is another program “{said['code']}” here. If the record is to go into it, say so: "
            f"--program {said['code']}. Nothing was restored."
        )
    session.add(Program(**said))
    session.flush()
    return Operator(said["id"], said["timezone"]), True


def _refuse_notes(session: Session, operator: Operator, archive: Archive) -> None:
    if settings_of(session, operator.program_id).free_text:
        return
    for section in SECTIONS:
        for number, row in enumerate(archive.rows[section.name], 1):
            for name in sorted(OPTIONAL_TEXTS & _texts(row).keys()):
                raise RefusedError(f"{section.name}, row {number}, {name}: {SWITCHED_OFF}")


def _refuse_unreadable_sets(session: Session, operator: Operator, archive: Archive) -> None:
    """Refuse an edition that this Caselog has not, and a text of the program's own that is no rule set."""
    for number, row in enumerate(archive.rows["rule_sets"], 1):
        place = f"rule_sets, row {number}"
        try:
            found = rulesets.read(session, operator.program_id, row["text"], place)
        except (RuleFileError, UnknownRuleSetError) as error:
            raise RefusedError(f"{place}, text: {error}\nNothing was restored.") from error
        if (found.id, found.edition) != (row["ruleset"], row["edition"]):
            raise RefusedError(
                f"{place}, text: this is edition “{found.edition}” of “{found.id}”.\nNothing was restored."
            )
    for number, row in enumerate(archive.rows["adoptions"], 1):
        try:
            rulesets.find(session, operator.program_id, row["ruleset"], row["edition"])
        except UnknownRuleSetError as error:
            raise RefusedError(
                f"adoptions, row {number}: this Caselog has no edition “{row['edition'][:40]}” of "
                f"“{row['ruleset'][:40]}”. Restore with the version that made the archive, or a newer one. "
                "Nothing was restored."
            ) from error


def _not_there(session: Session, section: Section, rows: Sequence[Row], wrong: list[str]) -> list[Row]:
    """The rows that are not in the database; what is there with other values is added to `wrong`."""
    table = cast("sa.Table", section.table)
    key = tuple(table.primary_key)
    there = {tuple(row[column.name] for column in key): row for row in _same(session, table, key, rows)}
    fresh = []
    for number, row in enumerate(rows, 1):
        known = there.get(tuple(row[column.name] for column in key))
        if known is None:
            fresh.append(row)
        elif names := _differences(section, table, row, known):
            wrong.append(
                f"{section.name}, row {number}: it is here already, with other values in {', '.join(names)}."
            )
    for constraint in table.constraints:
        if isinstance(constraint, sa.UniqueConstraint):
            wrong += _taken(session, section, tuple(constraint.columns), fresh)
    return fresh


def _differences(section: Section, table: sa.Table, row: Row, known: Mapping[str, Any]) -> list[str]:
    columns = {column.name: row.get(column.name) for column in table.columns}
    ours, theirs = fields_of(table, known), fields_of(table, columns)
    may = _MAY_DIFFER.get(section.name, frozenset())
    return [name for name in ours if ours[name] != theirs[name] and name not in may]


def _taken(
    session: Session, section: Section, columns: Sequence[sa.Column[Any]], fresh: Sequence[Row]
) -> Iterator[str]:
    """Rows whose code, name or address something else here has already."""
    table = cast("sa.Table", section.table)
    given = [row for row in fresh if all(row.get(column.name) is not None for column in columns)]
    for known in _same(session, table, columns, given):
        said = ", ".join(str(known[column.name]) for column in columns if column.name != "program_id")
        yield f"{section.name}: something else here has “{said[:120]}” already, under another identifier."


def _same(
    session: Session, table: sa.Table, columns: Sequence[sa.Column[Any]], rows: Sequence[Row]
) -> Iterator[Mapping[str, Any]]:
    """The rows in the database that have the values of these columns."""
    for start in range(0, len(rows), _AT_ONCE):
        values = [tuple(row[column.name] for column in columns) for row in rows[start : start + _AT_ONCE]]
        found = session.connection().execute(sa.select(table).where(sa.tuple_(*columns).in_(values))).mappings()
        for row in found:
            yield {str(name): value for name, value in row.items()}


def _store(session: Session, operator: Operator, whole: Whole, fresh: Mapping[str, list[Row]]) -> str | None:
    archive = whole.archive
    account = _account(session, archive, fresh["people"])
    inserted = []
    own: set[str] = set()
    for section in SECTIONS:
        rows = fresh.get(section.name)
        if not rows:
            continue
        table = cast("sa.Table", section.table)
        session.execute(sa.insert(table), rows)
        inserted.append((table, rows))
        own.update(object_name(table, row) for row in rows if section.own)
    _keep_salts(session, operator, {name: salt for name, salt in whole.salts.items() if name in own})
    session.add(_record(operator, archive))
    trail.record_inserts(operator, "archive.restore", archive.sha256, inserted, about=whole.student_id)
    return issue_password_link(account.email) if account else None


def _account(session: Session, archive: Archive, people: Sequence[Row]) -> Account | None:
    """An account for the student, if they are new here and nobody has their address; a password comes by a link."""
    student = _student(archive)
    row = next((each for each in people if each["id"] == student["id"]), None)
    if row is None or sign_in_store.account_of(session, student["email"]) is not None:
        return None
    account = Account(id=uuid.uuid4(), email=student["email"], password_hash=None, created_at=clock.now())
    session.add(account)
    session.flush()
    row["account_id"] = account.id
    for each in people:
        each.setdefault("account_id", None)
    return account


def _keep_salts(session: Session, operator: Operator, salts: Mapping[str, str]) -> None:
    """The trail digests the student's own rows with the salts that they had: what was verified stays covered."""
    if read_salts(session, operator.program_id, salts):
        raise RefusedError("Parts of this record were here once, and are gone. Nothing was restored.")
    rows = [{"program_id": operator.program_id, "object": name, "salt": salt} for name, salt in salts.items()]
    if rows:
        session.execute(sa.insert(AuditSalt), rows)


def _record(operator: Operator, archive: Archive) -> RestoredArchive:
    issued = archive.one("issued")
    entries = [{name: in_json(value) for name, value in row.items()} for row in archive.rows["trail"]]
    return RestoredArchive(
        program_id=operator.program_id,
        id=uuid.uuid4(),
        student_id=archive.one("student")["person_id"],
        sha256=archive.sha256,
        code=issued["code"],
        from_program=archive.one("program")["id"],
        issued_at=issued["at"],
        head_seq=issued["head_seq"],
        head_hash=issued["head_hash"],
        trail=json.dumps(entries, ensure_ascii=False, separators=(",", ":")),
        restored_at=clock.now(),
    )
