"""What rules read of many students' cases, as little of it as will do.

A cohort has hundreds of thousands of cases but only some thousands of kinds of case. So the database spells each
case's kind as one line and hands over each student's lines as one text; what a line means is worked out once for
each distinct line. Both databases are asked the same.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import reduce
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from caselog.domain.alike import Ordered, Steps, stand_ins
from caselog.domain.case import LIST_FIELDS
from caselog.domain.conditions import CASE_FIELDS, Kind
from caselog.store.cases import REFERENCES, LoggedCase, affiliated_on_the_day, joined

_BETWEEN_VALUES, _BETWEEN_CASES = "\x1f", "\x1e"  # ASCII's own separators; no code has them


class _Read(dict[str, Any]):
    """The values of a field by their text, each worked out when it is first met."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Any:
        value = self[text] = self._read(text)
        return value


class CaseKinds:
    """The kinds of case, as far as rules that read these fields can tell them apart.

    `steps` are the limits that days and numbers are compared with, for each of them that is read. A day or number
    without steps is read as it is.
    """

    def __init__(self, fields: Iterable[str], steps: Steps) -> None:
        self.fields: Sequence[str] = tuple(fields)
        self._read = [_Read(_reader(field, steps)) for field in self.fields]
        spelled = [_spelled(field, steps) for field in self.fields]
        line = reduce(lambda so_far, column: so_far + _written(_BETWEEN_VALUES) + column, spelled)
        lines = sa.func.aggregate_strings(line, _BETWEEN_CASES)
        self._query = (
            joined(sa.select(LoggedCase.student_id, lines), self.fields)
            .where(
                LoggedCase.program_id == sa.bindparam("program_id"),
                LoggedCase.student_id.in_(sa.bindparam("student_ids", expanding=True)),
            )
            .group_by(LoggedCase.student_id)
        )

    def of_students(
        self, session: Session, program_id: uuid.UUID, student_ids: Collection[uuid.UUID]
    ) -> Iterator[tuple[uuid.UUID, list[str]]]:
        """Each of these students who has cases, with a line for each case."""
        rows = session.execute(self._query, {"program_id": program_id, "student_ids": list(student_ids)})
        return ((student_id, lines.split(_BETWEEN_CASES)) for student_id, lines in rows)

    def values(self, line: str) -> tuple[Any, ...]:
        """What a line says, in the order of `fields`; a day or number with steps is some value between them."""
        texts = line.split(_BETWEEN_VALUES)
        return tuple([read[text] for text, read in zip(texts, self._read, strict=True)])


def _written(text: str) -> sa.ColumnElement[str]:
    """A text of ours as a part of the SQL itself: SQLite takes longer with parameters in each line."""
    return sa.literal(text, sa.Text, literal_execute=True)


def _spelled(field: str, steps: Steps) -> sa.ColumnElement[str]:
    if field in REFERENCES:
        text = REFERENCES[field] if field == "site_country" else _without_separators(REFERENCES[field])
        return sa.func.coalesce(text, _written(""))
    if field == "site_affiliated":
        affiliated = affiliated_on_the_day()
        return sa.case((affiliated.is_(None), _written("")), (affiliated, _written("1")), else_=_written("0"))
    column: InstrumentedAttribute[Any] = getattr(LoggedCase, field)
    if field in steps:
        return _stretch(column, steps[field])
    text = sa.type_coerce(column, sa.Text) if isinstance(column.type, sa.Text) else sa.cast(column, sa.Text)
    return sa.func.coalesce(text, _written("")) if column.nullable else text


def _without_separators(text: sa.SQLColumnExpression[str]) -> sa.ColumnElement[str]:
    """Something else in their place, so that the text becomes no code that a rule may name."""
    return sa.func.replace(sa.func.replace(text, _BETWEEN_VALUES, "?"), _BETWEEN_CASES, "?")


def _stretch(column: InstrumentedAttribute[Any], steps: tuple[Ordered, ...]) -> sa.ColumnElement[str]:
    """How many of the steps the value has passed, as text; empty where there is no value."""
    passed = [
        # Not of the column's own type: the step after a whole number of minutes is no whole number.
        (
            column >= sa.literal(step, sa.Date() if isinstance(step, date) else sa.Double(), literal_execute=True),
            _written(str(number)),
        )
        for number, step in reversed(list(enumerate(steps, 1)))
    ]
    return sa.case(*passed, (column.is_(None), _written("")), else_=_written("0"))


def _reader(field: str, steps: Steps) -> Callable[[str], Any]:
    if field in steps:
        values = stand_ins(field, steps[field])
        return lambda text: values[int(text)] if text else None
    if field in LIST_FIELDS:
        return lambda text: tuple(text.split(";")) if text else ()
    if field == "site_affiliated":
        return lambda text: text == "1" if text else None
    if field == "redo":
        return lambda text: text in ("1", "true")
    if field == "case_date":
        return lambda text: date.fromisoformat(text) if text else None
    if CASE_FIELDS.get(field) is Kind.NUMBER:
        return lambda text: float(text) if text else None
    return lambda text: text or None
