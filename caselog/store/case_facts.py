"""What rules read of a cohort's cases, as little of it as will do.

A cohort has hundreds of thousands of cases but only some thousands of kinds of case. So the database spells each
case's kind as one line and hands over each student's lines as one text; what a line means is worked out once for
each distinct line. Both databases are asked the same.
"""

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import reduce
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.domain.alike import Ordered, stand_ins
from caselog.domain.case import LIST_FIELDS
from caselog.domain.conditions import CASE_FIELDS, Kind
from caselog.store.cases import LoggedCase, affiliated_on_the_day
from caselog.store.people import Person
from caselog.store.programs import Rotation, Site

# Neither occurs in a code, an identifier or a number.
_BETWEEN_VALUES, _BETWEEN_CASES = "|", "\n"
# The fields that a case holds by reference: through which column, to which other column.
_REFERENCES: Mapping[str, tuple[str, sa.orm.InstrumentedAttribute[str]]] = {
    "site": ("site_id", Site.code),
    "site_country": ("site_id", Site.country),
    "rotation": ("rotation_id", Rotation.code),
    "preceptor": ("preceptor_id", Person.email),
}


class _Read(dict[str, tuple[Any, ...]]):
    """The values of a column's fields by its text, each worked out when it is first met."""

    def __init__(self, readers: Sequence[Callable[[str], Any]]) -> None:
        super().__init__()
        self._readers = readers

    def __missing__(self, text: str) -> tuple[Any, ...]:
        values = self[text] = tuple(read(text) for read in self._readers)
        return values


class CaseKinds:
    """The kinds of case in one program, as far as rules that read `fields` can tell them apart.

    `steps` are the limits that days and numbers are compared with, for each of them that is read. The attribute
    `fields` has the fields in the order of `values`.
    """

    def __init__(
        self,
        session: Session,
        program_id: uuid.UUID,
        fields: Collection[str],
        steps: Mapping[str, tuple[Ordered, ...]],
    ) -> None:
        self._session, self._program_id, self._steps = session, program_id, steps
        by_column: dict[str, list[str]] = {}
        for field in sorted(fields):
            by_column.setdefault(_REFERENCES[field][0] if field in _REFERENCES else field, []).append(field)
        self._columns = tuple(by_column)
        self._read = tuple(_Read([self._reader(field) for field in each]) for each in by_column.values())
        self.fields = tuple(field for each in by_column.values() for field in each)

    def of_students(self, student_ids: Collection[uuid.UUID]) -> Iterator[tuple[uuid.UUID, list[str]]]:
        """Each student who has cases, with a line for each case."""
        spelled = [self._spelled(column) for column in self._columns]
        line = reduce(lambda so_far, column: so_far + _BETWEEN_VALUES + column, spelled)
        rows = self._session.execute(
            sa.select(LoggedCase.student_id, sa.func.aggregate_strings(line, _BETWEEN_CASES))
            .where(LoggedCase.program_id == self._program_id, LoggedCase.student_id.in_(student_ids))
            .group_by(LoggedCase.student_id)
        )
        return ((student_id, lines.split(_BETWEEN_CASES)) for student_id, lines in rows)

    def values(self, line: str) -> tuple[Any, ...]:
        """What a line says, in the order of `fields`; a day or number is some value between the same limits."""
        texts = line.split(_BETWEEN_VALUES)
        return tuple(value for text, read in zip(texts, self._read, strict=True) for value in read[text])

    def _spelled(self, name: str) -> sa.ColumnElement[str]:
        if name == "site_affiliated":
            return _affiliated()
        column: sa.orm.InstrumentedAttribute[Any] = getattr(LoggedCase, name)
        if name in self._steps:
            return _stretch(column, self._steps[name])
        text = sa.type_coerce(column, sa.Text) if isinstance(column.type, sa.Text) else sa.cast(column, sa.Text)
        return sa.func.coalesce(text, "") if column.nullable else text

    def _reader(self, field: str) -> Callable[[str], Any]:
        if field in self._steps:
            values = stand_ins(field, self._steps[field])
            return lambda text: values[int(text)] if text else None
        if field in _REFERENCES:
            known = self._referred(_REFERENCES[field][1])
            return lambda text: known[text] if text else None
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

    def _referred(self, column: sa.orm.InstrumentedAttribute[str]) -> dict[str, str]:
        """The column's values by the identifiers of their rows, which are spelled as in the lines."""
        table = column.class_
        rows: Sequence[Any] = self._session.execute(
            sa.select(sa.cast(table.id, sa.Text), column).where(table.program_id == self._program_id)
        ).all()
        return {row[0]: row[1] for row in rows}


def _affiliated() -> sa.ColumnElement[str]:
    """`1` or `0` for a case whose site was or was not affiliated on its day, empty where that is not known."""
    affiliated = affiliated_on_the_day()
    told = (
        sa.select(sa.case((affiliated.is_(None), ""), (affiliated, "1"), else_="0"))
        .select_from(Site)
        .where(Site.program_id == LoggedCase.program_id, Site.id == LoggedCase.site_id)
        .correlate(LoggedCase)
        .scalar_subquery()
    )
    return sa.func.coalesce(told, "")


def _stretch(column: sa.orm.InstrumentedAttribute[Any], steps: tuple[Ordered, ...]) -> sa.ColumnElement[str]:
    """How many of the steps the value has passed, as text; empty where there is no value."""
    passed = [(column >= step, str(number)) for number, step in reversed(list(enumerate(steps, 1)))]
    return sa.case(*passed, (column.is_(None), ""), else_="0")
