"""Inserting many rows of one table at once, past the ORM."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

_PLAIN = "qmark"  # how SQLite's driver writes the places of values


def insert_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns. Raises IntegrityError."""
    if connection.dialect.paramstyle != _PLAIN:
        connection.execute(sa.insert(table), list(rows))  # in batches of many rows, which the server takes fastest
        return
    # SQLite's driver takes plain tuples far faster than SQLAlchemy makes them of dictionaries.
    names = tuple(rows[0])
    makers = [_maker(table.columns[name].type, connection.dialect) for name in names]
    columns = [_made(make, [row[name] for row in rows]) for name, make in zip(names, makers, strict=True)]
    statement = sa.insert(table).compile(connection, column_keys=list(names))
    order = [names.index(name) for name in statement.positiontup or ()]
    connection.exec_driver_sql(str(statement), list(zip(*(columns[place] for place in order), strict=True)))


def _made(make: Callable[[Any], Any], values: list[Any]) -> Sequence[Any]:
    if make is _as_it_is:
        return values
    if all(value is values[0] for value in values):  # as the program, the student and the time of an import are
        return [make(values[0])] * len(values)
    return list(map(make, values))


def _maker(kind: Any, dialect: sa.Dialect) -> Callable[[Any], Any]:
    """What makes a value one that the driver takes."""
    found: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
