"""Reads cannot write, writes queue, and a transaction is kept whole or not at all."""

import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from caselog.extensions import db
from caselog.store import session as store_session
from caselog.store.accounts import SignInAttempt
from caselog.store.session import end_request, reading, start_request, transaction
from tests.support.clock import START

REFUSED_WRITE = "readonly database|read-only transaction"
THREADS = 4
WRITES_EACH = 5

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def attempt(subject: str) -> SignInAttempt:
    return SignInAttempt(subject=subject, at=START)


def kept() -> list[str]:
    """The subjects that a reader of its own sees."""
    with db.engine.connect() as connection:
        return list(connection.scalars(sa.select(SignInAttempt.subject).order_by(SignInAttempt.subject)))


def at_once(app: Flask, act: Callable[[int], None], threads: int = THREADS) -> None:
    """Do `act(number)` in threads that begin together, each with an app context; raise what they raised."""
    barrier = threading.Barrier(threads)
    raised: list[BaseException] = []

    def run(number: int) -> None:
        try:
            with app.app_context():
                barrier.wait()
                act(number)
        except BaseException as error:  # raised again in the test's own thread
            raised.append(error)

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if raised:
        raise raised[0]


def write_and_fail(subject: str) -> None:
    with transaction() as session:
        session.add(attempt(subject))
        session.flush()
        raise ZeroDivisionError


# Reading


def test_a_read_cannot_write(app_context: Flask) -> None:
    with reading() as session:
        session.add(attempt("reader"))
        with pytest.raises(DBAPIError, match=REFUSED_WRITE):
            session.flush()
    assert kept() == []


def test_a_request_that_reads_cannot_write(app_context: Flask) -> None:
    start_request(writes=False)
    db.session.add(attempt("reader"))
    with pytest.raises(DBAPIError, match=REFUSED_WRITE):
        db.session.commit()
    end_request()
    assert kept() == []


def test_what_says_nothing_cannot_write(app_context: Flask) -> None:
    with pytest.raises(DBAPIError, match=REFUSED_WRITE):
        db.session.execute(sa.text("DELETE FROM listed_code"))
    db.session.rollback()


def test_a_connection_cannot_write_in_a_read_after_its_write(app_context: Flask) -> None:
    with transaction() as session:
        session.add(attempt("writer"))
    with reading() as session, pytest.raises(DBAPIError, match=REFUSED_WRITE):
        session.execute(sa.text("DELETE FROM sign_in_attempt"))
    assert kept() == ["writer"]


def test_a_read_sees_one_state_to_its_end(app: Flask, app_context: Flask) -> None:
    def write(_number: int) -> None:
        with transaction() as session:
            session.add(attempt("writer"))

    counting = sa.select(sa.func.count()).select_from(SignInAttempt)
    with reading() as session:
        before = session.scalar(counting)
        at_once(app, write, threads=1)
        assert session.scalar(counting) == before == 0
    assert kept() == ["writer"]


def test_after_a_read_the_request_can_still_write(app_context: Flask) -> None:
    start_request(writes=True)
    with reading() as session:
        session.scalars(sa.select(SignInAttempt)).all()
    with transaction() as session:
        session.add(attempt("writer"))
    end_request()
    assert kept() == ["writer"]


# Writing


def test_a_transaction_is_kept(app_context: Flask) -> None:
    with transaction() as session:
        session.add(attempt("writer"))
    assert kept() == ["writer"]


def test_a_transaction_inside_a_read_is_kept_and_later_reads_see_it(app_context: Flask) -> None:
    start_request(writes=False)
    assert db.session.scalars(sa.select(SignInAttempt)).all() == []
    with transaction() as session:
        session.add(attempt("writer"))
    assert [row.subject for row in db.session.scalars(sa.select(SignInAttempt))] == ["writer"]
    with pytest.raises(DBAPIError, match=REFUSED_WRITE):
        db.session.execute(sa.text("DELETE FROM sign_in_attempt"))
    end_request()


def test_a_failing_transaction_leaves_nothing(app_context: Flask) -> None:
    with pytest.raises(ZeroDivisionError):
        write_and_fail("first")
    assert kept() == []


def test_a_refused_row_takes_the_whole_transaction_with_it(app_context: Flask) -> None:
    def write_twice() -> None:
        with transaction() as session:
            first = attempt("first")
            session.add(first)
            session.flush()
            session.execute(sa.insert(SignInAttempt).values(id=first.id, subject="again", at=START))

    with pytest.raises(IntegrityError):
        write_twice()
    assert kept() == []


def test_what_a_request_wrote_outside_a_transaction_is_dropped_at_its_end(app_context: Flask) -> None:
    start_request(writes=True)
    db.session.add(attempt("forgotten"))
    db.session.flush()
    end_request()
    assert kept() == []


def test_after_a_failing_transaction_the_next_one_is_kept(app_context: Flask) -> None:
    with pytest.raises(ZeroDivisionError):
        write_and_fail("first")
    with transaction() as session:
        session.add(attempt("second"))
    assert kept() == ["second"]


def test_a_read_within_a_transaction_sees_what_was_written_and_ends_nothing(app_context: Flask) -> None:
    with transaction() as session:
        session.add(attempt("first"))
        with reading() as same:
            assert [row.subject for row in same.scalars(sa.select(SignInAttempt))] == ["first"]
        session.add(attempt("second"))
    assert kept() == ["first", "second"]


def test_a_transaction_within_a_transaction_falls_with_it(app_context: Flask) -> None:
    def write_both_and_fail() -> None:
        with transaction() as session:
            session.add(attempt("outer"))
            with transaction() as inner:
                inner.add(attempt("inner"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_both_and_fail()
    assert kept() == []


def test_a_transaction_within_a_transaction_can_fail_alone(app_context: Flask) -> None:
    with transaction() as session:
        session.add(attempt("outer"))
        with pytest.raises(ZeroDivisionError):
            write_and_fail("inner")
    assert kept() == ["outer"]


def test_threads_that_write_at_once_all_succeed(app: Flask, app_context: Flask) -> None:
    def write(number: int) -> None:
        for turn in range(WRITES_EACH):
            with transaction() as session:
                session.add(attempt(f"{number}.{turn}"))

    at_once(app, write)
    assert len(kept()) == THREADS * WRITES_EACH


@on_sqlite
def test_writers_queue_so_that_what_one_read_still_holds_when_it_writes(app: Flask, app_context: Flask) -> None:
    """A chain: each link names the one before. Without BEGIN IMMEDIATE two writers would name the same one."""

    def link(_number: int) -> None:
        for _turn in range(WRITES_EACH):
            with transaction() as session:
                length = session.scalar(sa.select(sa.func.count()).select_from(SignInAttempt))
                session.add(attempt(f"{length:03}"))

    at_once(app, link)
    assert kept() == [f"{number:03}" for number in range(THREADS * WRITES_EACH)]


@on_sqlite
def test_a_transaction_holds_the_write_lock_from_its_first_statement(app_context: Flask, sqlite_url: str) -> None:
    other = store_session.sqlite_module().connect(sa.make_url(sqlite_url).database, timeout=0)
    with transaction() as session:
        session.execute(sa.text("SELECT 1"))
        with pytest.raises(store_session.sqlite_module().OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


@on_sqlite
def test_a_reader_does_not_wait_for_a_writer(app: Flask, app_context: Flask) -> None:
    seen: list[list[str]] = []
    with transaction() as session:
        session.add(attempt("writer"))
        session.flush()
        at_once(app, lambda _number: seen.append(kept()), threads=1)
    assert seen == [[]]


@on_sqlite
def test_a_writer_that_waits_too_long_is_told_so(
    app: Flask, app_context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_session, "BUSY_TIMEOUT_MS", 10)

    def write(_number: int) -> None:
        with transaction() as session:
            session.add(attempt("late"))

    with transaction() as session:
        session.execute(sa.text("SELECT 1"))
        with pytest.raises(OperationalError, match="locked"):
            at_once(app, write, threads=1)


# Settings


@on_sqlite
def test_each_connection_of_the_pool_has_the_settings(app_context: Flask) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL: an acknowledged case survives a power cut
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "trusted_schema": 0,
        "busy_timeout": store_session.BUSY_TIMEOUT_MS,
    }
    connections = [db.engine.connect() for _ in range(3)]
    for connection in connections:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
        assert found == wanted
    for connection in connections:
        connection.close()


@on_sqlite
def test_the_engine_uses_the_newer_driver_where_there_is_one(app_context: Flask) -> None:
    assert db.engine.dialect.dbapi is store_session.sqlite_module()


def test_an_old_sqlite_is_named_with_its_danger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_session, "sqlite_module", lambda: SimpleNamespace(sqlite_version="3.51.2"))
    assert "corruption bug" in store_session.sqlite_version()
    monkeypatch.setattr(store_session, "sqlite_module", lambda: SimpleNamespace(sqlite_version="3.51.3"))
    assert store_session.sqlite_version() == "SQLite 3.51.3"
