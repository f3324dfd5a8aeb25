"""How the database is opened, and the one place that commits.

A transaction says at its beginning whether it reads or writes. On SQLite a write starts with BEGIN IMMEDIATE, so
that two writers queue instead of one failing half-way, and a read runs with `query_only` and cannot write. On
PostgreSQL a read is a read-only snapshot.
"""

import importlib
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import ModuleType
from typing import Any, TypeVarTuple

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from caselog import clock
from caselog.extensions import db
from caselog.store import appending

Ts = TypeVarTuple("Ts")
BUSY_TIMEOUT_MS = 10_000
# Before this release a WAL database can be corrupted when its log is reset.
SAFE_SQLITE = (3, 51, 3)

_writing: ContextVar[bool] = ContextVar("caselog_writing", default=False)
_in_transaction: ContextVar[bool] = ContextVar("caselog_in_transaction", default=False)


def sqlite_module() -> ModuleType:
    """The SQLite driver: `pysqlite3`, which brings a recent SQLite, or else Python's own."""
    try:
        return importlib.import_module("pysqlite3.dbapi2")
    except ModuleNotFoundError:
        return sqlite3


def attach(engine: sa.Engine) -> None:
    """Put our settings and our way of beginning a transaction on an engine."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)


def _set_up_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver must not begin anything: _begin_sqlite does
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "trusted_schema=OFF",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    writing = _writing.get()
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writing else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _begin_postgresql(connection: sa.Connection) -> None:
    if not _writing.get():
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def start_request(*, writes: bool) -> None:
    """Say what the coming request does, before it asks the database anything."""
    _writing.set(writes)


def is_writing() -> bool:
    """Whether what is read now may be what this transaction has written, and not yet committed."""
    return _writing.get()


def in_transaction() -> bool:
    """Whether what is written now is kept only with a whole that is not at its end."""
    return _in_transaction.get()


def end_request() -> None:
    """End what the request read, and whatever it did not commit."""
    db.session.rollback()
    _writing.set(False)


@contextmanager
def reading() -> Iterator[Session]:
    """A read that ends here, whatever the request does later: nothing stays locked after it.

    Within a transaction it sees what the transaction has written so far, and ends nothing.
    """
    if _in_transaction.get():
        yield db.session()
        return
    before = _writing.get()
    db.session.rollback()
    _writing.set(False)
    try:
        yield db.session()
    finally:
        db.session.rollback()
        _writing.set(before)


@contextmanager
def transaction() -> Iterator[Session]:
    """One change with its audit row: committed together at the end, or not at all.

    Joins the write that the request has begun; a read in progress is ended first, since SQLite cannot
    turn a read into a write without risking that somebody else wrote in between. Within another transaction
    it is a part of that one: it can fail alone, but what it did is kept only with the whole.
    """
    if _in_transaction.get():
        so_far = appending.mark(db.session())
        try:
            with db.session.begin_nested():
                yield db.session()
        except BaseException:
            appending.go_back(db.session(), so_far)
            raise
        return
    before = _writing.get()
    if not before:
        db.session.rollback()
        _writing.set(True)
    _in_transaction.set(True)
    try:
        yield db.session()
        appending.seal(db.session(), clock.now)
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        appending.forget(db.session())
        _in_transaction.set(False)
        _writing.set(before)


@contextmanager
def writing_schema() -> Iterator[None]:
    """For migrations: Alembic opens its own connection, which must be allowed to write."""
    token = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(token)


def read_rows(session: Session, query: sa.Select[*Ts], asked: Mapping[str, Any]) -> sa.CursorResult[*Ts]:
    """The rows of a query for columns: past the ORM, which takes twice as long, but with what the session wrote."""
    session.flush()
    return session.connection().execute(query, asked)


def sqlite_version() -> str:
    """The version of SQLite in use, and whether it is safe to run in WAL mode."""
    module = sqlite_module()
    version: str = module.sqlite_version
    if tuple(map(int, version.split("."))) < SAFE_SQLITE:
        wanted = ".".join(map(str, SAFE_SQLITE))
        return f"SQLite {version}: older than {wanted}, which mends a corruption bug of WAL; install pysqlite3"
    return f"SQLite {version}"
