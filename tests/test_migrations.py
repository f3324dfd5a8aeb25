"""The migrations lead to exactly the tables of the models, and back, with data in every table."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from caselog import create_app
from caselog.extensions import db
from caselog.store.session import transaction, writing_schema
from tests.support.rows import insert, rows
from tests.support.settings import settings_for

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ScriptDirectory(str(ROOT / "migrations"))
FIRST_TO_LAST = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]


@pytest.fixture
def empty(empty_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The app on a database without tables, its context pushed."""
    app = create_app(settings_for(empty_database_url, tmp_path))
    with app.app_context():
        yield app
        db.engine.dispose()


def current() -> str | None:
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def described() -> dict[str, dict[str, Any]]:
    """All that the database knows of each table, in an order of ours."""
    inspector = sa.inspect(db.engine)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(table)
            },
            "primary key": inspector.get_pk_constraint(table),
            "references": by_name(inspector.get_foreign_keys(table)),
            "unique": by_name(inspector.get_unique_constraints(table)),
            "checks": by_name(inspector.get_check_constraints(table)),
            "indexes": by_name(inspector.get_indexes(table)),
            "triggers": triggers_of(table),
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


TRIGGERS = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table ORDER BY name",
    "postgresql": """
        SELECT pg_get_triggerdef(t.oid), prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = tgfoid
        WHERE tgrelid = cast(:table AS regclass) AND NOT tgisinternal ORDER BY tgname
    """,
}


def triggers_of(table: str) -> list[tuple[str, ...]]:
    """The text of each trigger, with that of its function where functions stand apart."""
    with db.engine.connect() as connection:
        found = connection.execute(sa.text(TRIGGERS[db.engine.dialect.name]), {"table": table})
        return [tuple(row) for row in found]


def by_name(found: list[Any]) -> list[Any]:
    return sorted(found, key=lambda one: str(one["name"]))


def test_there_is_one_head() -> None:
    assert len(SCRIPTS.get_heads()) == 1


def test_each_file_has_the_next_number_and_says_what_it_does() -> None:
    names = sorted(path.name for path in (ROOT / "migrations" / "versions").glob("*.py"))
    assert [name.partition("_")[0] for name in names] == FIRST_TO_LAST
    assert [f"{number:04}" for number in range(1, len(names) + 1)] == FIRST_TO_LAST
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name) for name in names)
    assert all(SCRIPTS.get_revision(revision).doc for revision in FIRST_TO_LAST)


def test_alembic_finds_nothing_to_add_to_the_head(empty: Flask) -> None:
    flask_migrate.upgrade()
    assert current() == FIRST_TO_LAST[-1]
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, db.metadata) == []


def test_the_head_is_what_the_models_would_make(empty: Flask) -> None:
    """Alembic does not compare checks; this compares all else, too, but triggers: no model has them."""
    flask_migrate.upgrade()
    migrated = described()
    flask_migrate.downgrade(revision="base")
    assert described() == {}
    with writing_schema():
        db.create_all()
    made = described()
    assert migrated.keys() == made.keys()
    for table, details in made.items():
        assert migrated[table] | {"triggers": []} == details, table


def test_triggers_are_there_again_when_all_steps_were_taken_back_and_again(empty: Flask) -> None:
    flask_migrate.upgrade()
    before = {table: details["triggers"] for table, details in described().items()}
    assert before["logged_case"]
    flask_migrate.downgrade(revision="base")
    flask_migrate.upgrade()
    assert {table: details["triggers"] for table, details in described().items()} == before


def test_every_step_can_be_taken_back_and_again_with_data_in_every_table(empty: Flask) -> None:
    for program in ("first", "second"):
        flask_migrate.upgrade()
        with transaction() as session:
            insert(session, rows(program, 1))
        for revision in reversed(FIRST_TO_LAST):
            assert current() == revision
            flask_migrate.downgrade()
    assert current() is None
    assert described() == {}


def test_the_latest_step_taken_back_and_again_keeps_the_data_of_the_steps_before(empty: Flask) -> None:
    flask_migrate.upgrade()
    with transaction() as session:
        insert(session, rows("first", 1))
    flask_migrate.downgrade()
    before = {table: count(table) for table in described()}
    flask_migrate.upgrade()
    assert {table: count(table) for table in before} == before


def count(table: str) -> int:
    with db.engine.connect() as connection:
        found = connection.scalar(sa.select(sa.func.count()).select_from(sa.table(table)))
    assert found is not None
    return found
