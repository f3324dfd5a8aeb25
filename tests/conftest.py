"""Fixtures of the whole suite. Each test that uses `app` runs on SQLite and on PostgreSQL.

| fixture | gives |
| --- | --- |
| `app` | the application on a fresh database that holds the cast |
| `client` | a checking test client (tests/support/client.py); `Client(app)` makes a second browser |
| `cast` | who and what is in the database (tests/support/cast.py) |
| `app_context` | for tests of services and store: the app's context is pushed during the test |
| `every_set` | the cast's cohort is judged under every shipped set, not only under a few |
| `clock` | the time; it stands until the test moves it, and `app` uses it |
| `database_url` | the same database, without an app |
| `empty_database_url` | a database without any table |
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import jinja2
import pytest
from flask import Flask
from werkzeug.routing import Rule

import caselog.clock
from caselog import create_app
from caselog.extensions import db
from caselog.services import passwords
from caselog.store.session import end_request, transaction
from tests.support import profiles
from tests.support.cast import QUICK_HASHER, Cast, judge_by_every_set, settle
from tests.support.client import Client
from tests.support.clock import START, TestClock
from tests.support.postgres import Databases, Server
from tests.support.settings import settings_for

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_SERVER = pytest.StashKey[Server]()


class _Bytecode(jinja2.BytecodeCache):
    """Compiled templates, kept from one test's app to the next one's."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_BYTECODE = _Bytecode()


def _compile_each_route_once() -> None:
    """Every test has an app of its own, and four fifths of making one went into compiling the same routes again."""
    compile_builder = Rule._compile_builder
    compiled: dict[object, Any] = {}

    def remembered(rule: Rule, append_unknown: bool = True) -> Any:
        key = rule.rule, append_unknown, repr(rule.defaults), tuple(rule._trace)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = remembered  # type: ignore[method-assign,assignment]  # what it makes asks the rule at each call


def pytest_configure(config: pytest.Config) -> None:
    profiles.load()
    _compile_each_route_once()
    if not hasattr(config, "workerinput"):
        config.stash[_SERVER] = Server()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["postgres_url"] = node.config.stash[_SERVER].url


def pytest_collection_finish(session: pytest.Session) -> None:
    if _SERVER in session.config.stash and not session.config.option.collectonly:
        _start_if_needed(session.config, [item.nodeid for item in session.items])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    _start_if_needed(node.config, ids)


def _start_if_needed(config: pytest.Config, ids: list[str]) -> None:
    if any(POSTGRESQL in name.partition("[")[2] for name in ids):
        config.stash[_SERVER].start()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _SERVER in config.stash:
        config.stash[_SERVER].stop()


def _migrate(url: str, instance: Path) -> None:
    app = create_app(settings_for(url, instance))
    with app.app_context():
        flask_migrate.upgrade()
        with transaction() as session:
            settle(session, START)
        db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file with the cast in it, made once per worker."""
    folder = tmp_path_factory.mktemp("template")
    _migrate(f"sqlite:///{folder / 'template.db'}", folder)
    return folder / "template.db"


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Databases]:
    config = request.config
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    databases = Databases(worker["postgres_url"] if worker else config.stash[_SERVER].url)
    yield databases
    databases.close()


@pytest.fixture(scope="session")
def postgres_template(postgres: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a migrated database with the cast in it, made once per worker."""
    name = postgres.create()
    _migrate(postgres.url(name), tmp_path_factory.mktemp("template"))
    yield name
    postgres.drop(name)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "caselog.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: Databases, postgres_template: str) -> Iterator[str]:
    name = postgres.create(template=postgres_template)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue("sqlite_url" if request.param == SQLITE else "postgres_url")
    return url


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == SQLITE:
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        databases: Databases = request.getfixturevalue("postgres")
        name = databases.create()
        yield databases.url(name)
        databases.drop(name)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> TestClock:
    told = TestClock()
    monkeypatch.setattr(caselog.clock, "now", told.now)
    monkeypatch.setattr(caselog.clock, "today", told.today)
    return told


@pytest.fixture
def cast() -> Cast:
    return Cast()


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign-in does not take a tenth of a second; what takes no `app` meets the real parameters."""
    monkeypatch.setattr(passwords, "HASHER", QUICK_HASHER)


@pytest.fixture
def app(database_url: str, tmp_path: Path, clock: TestClock, quick_passwords: None) -> Iterator[Flask]:
    app = create_app(settings_for(database_url, tmp_path))
    app.jinja_env.bytecode_cache = _BYTECODE
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app_context(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app
        end_request()


@pytest.fixture
def every_set(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        judge_by_every_set(session)


@pytest.fixture
def client(app: Flask) -> Client:
    return Client(app)
