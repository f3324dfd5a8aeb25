"""What signals are made of: each query narrows a program's cases to those that may show one kind of signal.

The domain judges what comes out. Narrowing is the database's part, so that a program of many students does not have
each of its cases read. Drafts and void cases never come out.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.domain.codes import Setting, Status
from caselog.domain.signal import (
    BURST_AFTER,
    BURST_CASES,
    BURST_GAP,
    DAY_MINUTES,
    PERFORMED,
    Entry,
    Evaluator,
    WholeCase,
)
from caselog.store.cases import LoggedCase
from caselog.store.evaluations import CaseEvaluation, Side
from caselog.store.session import read_rows

C = LoggedCase
COUNTED = (Status.SUBMITTED, Status.RETURNED, Status.VERIFIED)
PERFORMED_ROLES = sorted(PERFORMED)
_DAY_SECONDS = 86_400
_EAST_MOST = 14 * 3_600  # seconds by which a program's clock may be ahead of UTC
_WHO = ("uid", "student", "day")  # of every entry
# What a copy has in common: all that is logged but the identifier, the day, and the rotation, which follows from it.
_ALIKE = (
    C.start_time, C.site_id, C.preceptor_id, C.activity, C.procedures, C.role, C.share_percent, C.setting,
    C.age_group, C.urgency, C.redo, C.cpb_minutes, C.cross_clamp_minutes, C.circulatory_arrest_minutes,
    C.support_hours, C.lowest_temp_c, C.techniques, C.events, C.note,
)  # fmt: skip


def plain_id(column: Any) -> sa.ColumnElement[str]:
    """An identifier as 32 hexadecimal digits: quicker to read than one that is made into an object."""
    return sa.func.replace(sa.cast(column, sa.Text), "-", "")


_FIELDS: Mapping[str, Any] = {
    "uid": plain_id(C.case_uid),
    "student": plain_id(C.student_id),
    "day": C.case_date,
    "start": C.start_time,
    "site": plain_id(C.site_id),
    "activity": C.activity,
    "procedures": C.procedures,
    "role": C.role,
    "share_percent": C.share_percent,
    "cpb_minutes": C.cpb_minutes,
    "support_hours": C.support_hours,
    "entered": C.created_at,
}


def fields(*names: str) -> list[sa.ColumnElement[Any]]:
    """The columns for an entry with these fields beside its identifier, student and day."""
    return [_FIELDS[name].label(name) for name in (*_WHO, *names)]


def entry_of(row: Any, names: tuple[str, ...]) -> Entry:
    """The entry in a row that begins with such columns."""
    return Entry(row[0], row[1], row[2], **dict(zip(names, row[3:], strict=False)))


def counted(program_id: uuid.UUID, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """The cases of a program that are no drafts and not void, and satisfy the conditions."""
    return sa.and_(C.program_id == program_id, C.status.in_(COUNTED), *conditions)


def claims() -> sa.ColumnElement[bool]:
    """Clinical cases that say when they began."""
    return sa.and_(C.start_time.is_not(None), C.setting == Setting.CLINICAL)


def shared_starts(session: Session, program_id: uuid.UUID) -> list[Entry]:
    """Clinical cases, performed or with a share, that began at one site at once in the logs of several students."""
    asked = counted(program_id, claims(), sa.or_(C.role.in_(PERFORMED_ROLES), C.share_percent.is_not(None)))
    where = (C.site_id, C.case_date, C.start_time)
    several = sa.select(*where).where(asked).group_by(*where).having(sa.func.count(sa.distinct(C.student_id)) > 1)
    return _joined(session, several, asked, "start", "site", "activity", "procedures", "role", "share_percent")


def overfull_days(session: Session, program_id: uuid.UUID) -> list[Entry]:
    """The cases with a CPB time of each day on which these add to more than a day's minutes."""
    asked = counted(program_id, C.cpb_minutes.is_not(None))
    where = (C.student_id, C.case_date)
    full = sa.select(*where).where(asked).group_by(*where).having(sa.func.sum(C.cpb_minutes) > DAY_MINUTES)
    return _joined(session, full, asked, "start", "cpb_minutes")


def _joined(
    session: Session, groups: sa.Select[*tuple[Any, ...]], asked: sa.ColumnElement[bool], *names: str
) -> list[Entry]:
    """The entries of these groups of cases."""
    found = groups.subquery()
    same = sa.and_(*(getattr(C, column.key) == column for column in found.c))
    return _entries(session, sa.select(*fields(*names)).join(found, same).where(asked), names)


def overlapping(session: Session, program_id: uuid.UUID) -> list[Entry]:
    """Cases that begin before an earlier one of the student is known to be over, or last beyond the next's start."""
    begins = _epoch(C.case_date) / 60 + sa.extract("hour", C.start_time) * 60 + sa.extract("minute", C.start_time)
    supported = sa.cast(sa.func.coalesce(C.support_hours, 0) * 60 + 1, sa.Integer)
    bypass = sa.func.coalesce(C.cpb_minutes, 1)
    lasts = sa.case((bypass > supported, bypass), else_=supported)
    names = ("start", "cpb_minutes", "support_hours")
    timed = (
        sa.select(C.case_uid, C.student_id, begins.label("begins"), (begins + lasts).label("ends"))
        .where(counted(program_id, C.start_time.is_not(None)))
        .subquery()
    )
    in_order: dict[str, Any] = {"partition_by": timed.c.student_id, "order_by": (timed.c.begins, timed.c.case_uid)}
    beside = sa.select(
        timed,
        sa.func.max(timed.c.ends).over(**in_order, rows=(None, -1)).label("earlier_ends"),
        sa.func.lead(timed.c.begins).over(**in_order).label("next_begins"),
    ).subquery()
    meet = sa.or_(beside.c.begins < beside.c.earlier_ends, beside.c.ends > beside.c.next_begins)
    query = (
        sa.select(*fields(*names))
        .join(beside, beside.c.case_uid == C.case_uid)
        .where(C.program_id == program_id, meet)
    )
    return _entries(session, query, names)


def alike(session: Session, program_id: uuid.UUID) -> list[WholeCase]:
    """Cases of a student that share what tells most cases apart with another one; the domain compares the rest."""
    telling = (
        C.student_id, C.start_time, C.cpb_minutes, C.cross_clamp_minutes, C.lowest_temp_c, C.support_hours,
        C.procedures,
    )  # fmt: skip
    many = sa.func.count().over(partition_by=telling).label("many")
    near = sa.select(C.case_uid, many).where(counted(program_id)).subquery()
    query = (
        sa.select(*fields(), *_ALIKE)
        .join(near, near.c.case_uid == C.case_uid)
        .where(C.program_id == program_id, near.c.many > 1)
    )
    names = [column.key for column in _ALIKE]
    return [
        WholeCase(row[0], row[1], row[2], tuple(zip(names, row[3:], strict=True)))
        for row in read_rows(session, query, {})
    ]


def entered_in_bursts(session: Session, program_id: uuid.UUID) -> list[Entry]:
    """Cases entered long after their days, in runs as long as a burst: each soon after the one before."""
    late = (
        sa.select(*fields("entered"), _epoch(C.created_at).label("second"))
        .where(counted(program_id, _entered_after(BURST_AFTER.total_seconds())))
        .subquery()
    )
    in_order: dict[str, Any] = {"partition_by": late.c.student, "order_by": (late.c.second, late.c.uid)}
    gap = late.c.second - sa.func.lag(late.c.second).over(**in_order)
    # Here an instant is a whole second; where it is judged, it is exact.
    breaks = sa.select(late, sa.case((gap > BURST_GAP.seconds + 1, 1), else_=0).label("breaks")).subquery()
    in_order = {"partition_by": breaks.c.student, "order_by": (breaks.c.second, breaks.c.uid)}
    runs = sa.select(breaks, sa.func.sum(breaks.c.breaks).over(**in_order, rows=(None, 0)).label("run")).subquery()
    many = sa.func.count().over(partition_by=(runs.c.student, runs.c.run)).label("many")
    found = sa.select(runs, many).subquery()
    query = sa.select(*(found.c[name] for name in (*_WHO, "entered"))).where(found.c.many >= BURST_CASES)
    return _entries(session, query, ("entered",))


def entered_late(session: Session, program_id: uuid.UUID, after_hours: int) -> list[Entry]:
    """Cases entered at least so many hours after the end of their day, wherever the program's clock stands."""
    asked = counted(program_id, _entered_after(after_hours * 3_600))
    return _entries(session, sa.select(*fields("entered")).where(asked), ("entered",))


def evaluators(session: Session, program_id: uuid.UUID, at_least: int, best: int) -> list[Evaluator]:
    """Who evaluated at least so many cases of students, and gave no score below the best."""
    given = CaseEvaluation
    of_program = sa.and_(given.program_id == program_id, given.side == Side.PRECEPTOR)
    perfect = (
        sa.select(given.given_by)
        .where(of_program)
        .group_by(given.given_by)
        .having(sa.func.min(given.lowest) >= best, sa.func.count(sa.distinct(given.case_uid)) >= at_least)
    )
    query = (
        sa.select(
            plain_id(given.given_by).label("person"), plain_id(given.case_uid).label("uid"), given.lowest, given.at
        )
        .where(of_program, given.given_by.in_(perfect))
        .order_by(given.at.desc(), given.case_uid)
    )
    by: dict[str, list[Any]] = defaultdict(list)
    for row in read_rows(session, query, {}):
        by[row.person].append(row)
    return [_evaluator(person, rows) for person, rows in by.items()]


def _evaluator(person: str, rows: list[Any]) -> Evaluator:
    cases = tuple(dict.fromkeys(row.uid for row in rows))
    return Evaluator(person, len(cases), min(row.lowest for row in rows), rows[0].at.date(), cases)


def _entered_after(seconds: float) -> sa.ColumnElement[bool]:
    """At least so long after the end of the day; a day ends that much earlier where the clock is ahead of UTC."""
    return _epoch(C.created_at) - _epoch(C.case_date) > int(_DAY_SECONDS - _EAST_MOST + seconds)


def _epoch(column: Any) -> sa.ColumnElement[int]:
    """Whole seconds since 1970; a day begins at midnight of UTC."""
    return sa.cast(sa.extract("epoch", column), sa.BigInteger)


def _entries(session: Session, query: sa.Select[*tuple[Any, ...]], names: tuple[str, ...]) -> list[Entry]:
    return [entry_of(row, names) for row in read_rows(session, query, {})]
