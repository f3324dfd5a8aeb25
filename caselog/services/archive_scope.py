"""What of a program belongs in one student's archive: for each section the rows that are in it."""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.domain.case import LIST_FIELDS
from caselog.domain.ruleset import RuleSet, SetRequirement
from caselog.exports.archive_format import SECTIONS, Section
from caselog.services import rulesets
from caselog.services.actor import Actor, NotFoundError, Operator
from caselog.services.issuing import Prepared
from caselog.services.kinds import ACTIVITIES, CASES
from caselog.services.visible import fetch_student
from caselog.store.audit import AuditEntry
from caselog.store.evaluations import CaseEvaluation, RotationEvaluation
from caselog.store.people import Person, Student
from caselog.store.programs import Rotation
from caselog.store.restored import RestoredArchive

_AT_ONCE = 500  # rows
_SETTLE = "signal.settle"

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose archive is made, and what of the program belongs in it."""

    program_id: uuid.UUID
    student_id: uuid.UUID
    cohort_id: uuid.UUID
    prepared: Prepared
    editions: tuple[RuleSet, ...]
    codes: frozenset[tuple[str, str]]
    settled: frozenset[tuple[str, str]]

    def ids(self, column: Any, *conditions: Condition) -> sa.Select[Any]:
        """The values of a column in the program's rows."""
        return sa.select(column).where(column.class_.program_id == self.program_id, *conditions)


def scope_of(session: Session, actor: Actor | Operator, student_id: uuid.UUID, prepared: Prepared) -> Scope:
    if isinstance(actor, Actor):
        student = fetch_student(session, actor, student_id)[0]
    else:
        found = session.get(Student, (actor.program_id, student_id))
        if found is None:
            raise NotFoundError
        student = found
    adopted = rulesets.adopted(session, actor.program_id, student.cohort_id)
    editions = [rulesets.find(session, actor.program_id, name, each.edition) for name, each in adopted.items()]
    settled = session.scalars(
        sa.select(AuditEntry.subject).where(
            AuditEntry.program_id == actor.program_id,
            AuditEntry.about_id == student_id,
            AuditEntry.action == _SETTLE,
        )
    )
    return Scope(
        actor.program_id,
        student_id,
        student.cohort_id,
        prepared,
        _with_inner(editions),
        _codes_used(session, actor.program_id, student_id),
        frozenset(
            _signal(subject) for subject in (*settled, *_settled_before(session, actor.program_id, student_id))
        ),
    )


def _signal(subject: str) -> tuple[str, str]:
    """The key and the digest of a signal, as the trail names its settlement."""
    key, _, rest = subject.partition(" ")
    return key, rest.partition(" ")[0]


def _settled_before(session: Session, program_id: uuid.UUID, student_id: uuid.UUID) -> Iterator[str]:
    """What the trails say was settled that came with the archives from which the record was restored."""
    trails = session.scalars(
        sa.select(RestoredArchive.trail).where(
            RestoredArchive.program_id == program_id, RestoredArchive.student_id == student_id
        )
    )
    for text in trails:
        yield from (str(entry.get("subject")) for entry in json.loads(text) if entry.get("action") == _SETTLE)


def _with_inner(editions: Iterable[RuleSet]) -> tuple[RuleSet, ...]:
    """The editions with those that they build on, by id and edition."""
    found: dict[tuple[str, str], RuleSet] = {}
    left = list(editions)
    while left:
        each = left.pop()
        if (each.id, each.edition) not in found:
            found[each.id, each.edition] = each
            left += [one.ruleset for one in each.requirements if isinstance(one, SetRequirement)]
    return tuple(found[key] for key in sorted(found))


def _codes_used(session: Session, program_id: uuid.UUID, student_id: uuid.UUID) -> frozenset[tuple[str, str]]:
    names = ("activity", *sorted(LIST_FIELDS))
    table = CASES.table.__table__.c
    query = (
        sa.select(*(table[name] for name in names))
        .where(table.program_id == program_id, table.student_id == student_id)
        .distinct()
        .execution_options(yield_per=_AT_ONCE)
    )
    found: set[tuple[str, str]] = set()
    for row in session.connection().execute(query):
        for name, value in zip(names, row, strict=True):
            found.update((name, code) for code in ((value,) if isinstance(value, str) else value or ()))
    return frozenset(found)


def condition(scope: Scope, section: Section) -> Condition:
    """Which rows of a section's table are in the archive."""
    table = cast("Any", section.table).c
    if section.name == "program":
        return cast("Condition", table.id == scope.program_id)
    return sa.and_(table.program_id == scope.program_id, _WHERE.get(section.name, _of_student)(scope, table))


def _of_student(scope: Scope, table: Any) -> Condition:
    return cast("Condition", table.student_id == scope.student_id)


def _of_cases(scope: Scope, table: Any) -> Condition:
    return cast("Condition", table.case_uid.in_(scope.ids(CASES.table.uid, _of_student(scope, CASES.table))))


def _of_activities(scope: Scope, table: Any) -> Condition:
    mine = scope.ids(ACTIVITIES.table.uid, _of_student(scope, ACTIVITIES.table))
    return cast("Condition", table.activity_uid.in_(mine))


def _of_rotations(scope: Scope, table: Any) -> Condition:
    mine = scope.ids(Rotation.id, _of_student(scope, Rotation))
    return cast("Condition", table.rotation_id.in_(mine))


def _forms(scope: Scope, table: Any) -> Condition:
    given = scope.ids(CaseEvaluation.form_id, _of_cases(scope, CaseEvaluation))
    used = scope.ids(RotationEvaluation.form_id, _of_rotations(scope, RotationEvaluation))
    return sa.or_(table.id.in_(given), table.id.in_(used))


def _own_editions(scope: Scope, table: Any) -> Condition:
    names = [(each.id, each.edition) for each in scope.editions]
    return sa.and_(table.published, sa.tuple_(table.ruleset, table.edition).in_(names))


def _at_named_sites(scope: Scope, table: Any) -> Condition:
    return sa.and_(table.person_id.in_(_people(scope)), table.site_id.in_(_sites(scope)))


# The sections whose rows do not name the student.
_WHERE: Mapping[str, Callable[[Scope, Any], Condition]] = {
    "cohort": lambda scope, table: table.id == scope.cohort_id,
    "people": lambda scope, table: table.id.in_(_people(scope)),
    "sites": lambda scope, table: table.id.in_(_sites(scope)),
    "preceptor_sites": _at_named_sites,
    "student": lambda scope, table: table.person_id == scope.student_id,
    "codes": lambda scope, table: sa.tuple_(table.list, table.code).in_(sorted(scope.codes)),
    "adoptions": lambda scope, table: table.cohort_id == scope.cohort_id,
    "rule_sets": _own_editions,
    "program_numbers": lambda scope, table: table.ruleset.in_(sorted({each.id for each in scope.editions})),
    "evaluation_forms": _forms,
    "rotation_evaluations": _of_rotations,
    **dict.fromkeys(("case_reviews", "role_checks", "case_changes", "case_evaluations"), _of_cases),
    **dict.fromkeys(("activity_reviews", "activity_changes"), _of_activities),
    "settlements": lambda scope, table: sa.tuple_(table.key, table.digest).in_(sorted(scope.settled)),
    # This very archive stands in `issued`; its record is written while it is made.
    "exports": lambda scope, table: sa.and_(_of_student(scope, table), table.id != scope.prepared.id),
    # Up to the head that it shows, so not what noted this archive.
    "trail": lambda scope, table: sa.and_(
        table.about_id == scope.student_id, table.seq <= scope.prepared.head.seq
    ),
}


def _sites(scope: Scope) -> sa.CompoundSelect[Any]:
    table = cast("Any", CASES.table.__table__).c
    logged = sa.select(table.site_id).where(
        table.program_id == scope.program_id, _of_student(scope, table), table.site_id.is_not(None)
    )
    return sa.union(logged, scope.ids(Rotation.site_id, _of_student(scope, Rotation)))


def _people(scope: Scope) -> sa.CompoundSelect[Any]:
    """The student, and everybody to whom a row of another section refers."""
    named = [scope.ids(Person.id, Person.id == scope.student_id)]
    for section in SECTIONS:
        if section.table is None or section.name in ("people", "preceptor_sites"):
            continue
        for constraint in section.table.foreign_key_constraints:
            if constraint.referred_table is Person.__table__:
                column = next(each for each in constraint.columns if each.name != "program_id")
                named.append(sa.select(column).where(condition(scope, section), column.is_not(None)))
    return sa.union(*named)
