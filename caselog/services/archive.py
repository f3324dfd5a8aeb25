"""Everything about one student as one JSON file, made as it is read: docs/archive.md describes it."""

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.exports.archive_format import FORMAT, SECTIONS, SPELLED, VERSION, Section, row_text
from caselog.rules import library
from caselog.services.actor import Actor, Operator, RefusedError
from caselog.services.archive_scope import Scope, condition, scope_of
from caselog.services.case_log import hidden_from
from caselog.services.issuing import Prepared
from caselog.services.kinds import ACTIVITIES, CASES
from caselog.store.audit import object_name, read_salts, tracked
from caselog.store.cases import REFERENCES
from caselog.store.people import Person, Student
from caselog.store.session import reading

_AT_ONCE = 500  # rows
_CHUNK = 32_000  # characters


def archive(actor: Actor | Operator, student_id: uuid.UUID, prepared: Prepared) -> Iterator[bytes]:
    """A student's archive in chunks; the same record under the same `prepared` gives the same bytes.

    Raises NotFoundError, and RefusedError for a director who is yet to say in which role they saw the student.
    """
    with reading() as session:
        scope = scope_of(session, actor, student_id, prepared)
        if isinstance(actor, Actor) and actor.person_id != student_id:
            waiting = len(hidden_from(session, actor, student_id))
            if waiting:
                ask = "A case of this student asks" if waiting == 1 else f"{waiting:,} cases of this student ask"
                raise RefusedError(
                    f"{ask} you in which role you saw them, and an archive would tell. Decide first; the student "
                    "can take the archive at any time."
                )
    return _chunks(scope)


def counts_of(actor: Actor | Operator, student_id: uuid.UUID) -> tuple[int, int]:
    """How many cases and learning activities a student has."""
    with reading() as session:
        cases, activities = (
            session.scalar(
                sa.select(sa.func.count())
                .select_from(kind.table)
                .where(kind.table.program_id == actor.program_id, kind.table.student_id == student_id)
            )
            or 0
            for kind in (CASES, ACTIVITIES)
        )
    return cases, activities


def _chunks(scope: Scope) -> Iterator[bytes]:
    gathered: list[str] = []
    size = 0
    with reading() as session:
        for line in _lines(session, scope):
            gathered.append(line)
            size += len(line)
            if size >= _CHUNK:
                yield "".join(gathered).encode()
                gathered, size = [], 0
    yield "".join(gathered).encode()


def _lines(session: Session, scope: Scope) -> Iterator[str]:
    """The file a line at a time: every row stands on its own."""
    yield f'{{"format":"{FORMAT}",\n"version":{VERSION}'
    names: list[str] = []
    for section in SECTIONS:
        rows = _rows(session, scope, section, names)
        yield f",\n{json.dumps(section.name)}:"
        if section.single:
            (row,) = rows
            yield row_text(section, row)
        else:
            yield "["
            for number, row in enumerate(rows):
                yield f"{',' if number else ''}\n{row_text(section, row)}"
                if section.own and section.table is not None and tracked(section.table):
                    names.append(_named(section, row))
            yield "]"
    yield "}\n"


def _named(section: Section, row: Sequence[Any]) -> str:
    return object_name(cast("sa.Table", section.table), dict(zip(section.names, row, strict=True)))


def _rows(session: Session, scope: Scope, section: Section, names: Sequence[str]) -> Iterable[Sequence[Any]]:
    """The rows of a section; `names` are the student's own things that came before it."""
    match section.name:
        case "issued":
            prepared = scope.prepared
            return [(prepared.id, prepared.code, prepared.at, prepared.head.seq, prepared.head.hash)]
        case "shipped_rule_sets":
            shipped = {(each.id, each.edition) for each in library.shipped()}
            return [
                (each.id, each.edition, each.title, library.text_of(each.id, each.edition))
                for each in scope.editions
                if (each.id, each.edition) in shipped
            ]
        case "salts":
            student = object_name(cast("sa.Table", Student.__table__), {"person_id": scope.student_id})
            return sorted(read_salts(session, scope.program_id, {student, *names}).items())
        case "codes":
            return sorted(_asked(session, scope, section), key=tuple)
        case _:
            return _asked(session, scope, section)


def _asked(session: Session, scope: Scope, section: Section) -> Iterator[Sequence[Any]]:
    table = cast("sa.Table", section.table)
    if section.name in SPELLED:
        kind = CASES if section.name == "cases" else ACTIVITIES
        spelled: dict[str, Any] = {**REFERENCES, "supervisor": Person.email}
        columns = [table.c[name] if name in table.c else spelled[name] for name in section.names]
        query = kind.spelled_out().with_only_columns(*columns)
    else:
        query = sa.select(*(table.c[name] for name in section.names))
    query = query.where(condition(scope, section)).order_by(*_order(table))
    with session.connection().execute(query.execution_options(yield_per=_AT_ONCE)) as rows:
        yield from rows


def _order(table: sa.Table) -> Iterator[sa.ColumnElement[Any]]:
    for name in ("case_date", "date", "start_time"):
        if name in table.c:
            yield table.c[name].nulls_first()
    if "at" in table.c and "seq" not in table.c:
        yield table.c.at
    yield from table.primary_key
