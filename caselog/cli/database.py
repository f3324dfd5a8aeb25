"""The database as the commands meet it, and `caselog init-db`."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import Flask
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

import config as settings
from caselog import ROOT, create_app
from caselog.cli.support import printable
from caselog.extensions import db
from caselog.services.audit import vouch_for_what_stands
from caselog.services.operator import programs
from caselog.store.session import reading, sqlite_version

FIRST_WITH_DIGESTS = "0004"  # the revision from which on the audit trail vouches for rows


def operator_settings() -> dict[str, Any]:
    """The server's settings; without its SECRET_KEY, since the commands sign nothing. Raises ConfigError."""
    return settings.load({**os.environ, "SECRET_KEY": os.environ.get("SECRET_KEY") or secrets.token_urlsafe(48)})


@contextmanager
def application(configured: dict[str, Any] | None = None, *, ready: bool = True) -> Iterator[Flask]:
    """The app with its context pushed. With `ready`, a database that is not up to date is an error of the user's.

    What is made meanwhile, the database above all, may be read by its owner only.
    """
    mask = os.umask(0o077)
    try:
        with _app(configured or operator_settings()) as app:
            if ready:
                _require_ready()
            yield app
    finally:
        os.umask(mask)


@contextmanager
def _app(configured: dict[str, Any]) -> Iterator[Flask]:
    try:
        sa.make_url(configured["SQLALCHEMY_DATABASE_URI"])
    except (ArgumentError, ValueError) as error:  # ValueError for a port that is no number
        raise settings.ConfigError("DATABASE_URL is no address of a database.") from error
    app = create_app(configured)
    with app.app_context():
        try:
            yield app
        except DatabaseError as error:
            if type(error) not in (DatabaseError, OperationalError):  # the others are faults of this program
                raise
            reason = printable(str(error.orig)).strip()
            raise click.ClickException(f"The database cannot be used: {reason}") from error
        finally:
            db.session.remove()
            db.engine.dispose()


def address() -> str:
    """The database's address, without a password."""
    return db.engine.url.render_as_string(hide_password=True)


def upgrade() -> tuple[str | None, str | None]:
    """Bring the database to the newest revision; the revisions before and after."""
    before = _revision()
    try:
        command.upgrade(_alembic(), "head")
    except CommandError as error:
        raise click.ClickException(
            f"The database {address()} is of another version of Caselog: {error}"
        ) from error
    if before is not None and before < FIRST_WITH_DIGESTS:
        for operator in programs():
            vouch_for_what_stands(operator)
    return before, _revision()


def _require_ready() -> None:
    found, head = _revision(), ScriptDirectory.from_config(_alembic()).get_current_head()
    if found is None:
        raise click.ClickException(f"There is no Caselog database at {address()}; run: caselog init-db")
    if found != head:
        raise click.ClickException(
            f"The database {address()} is at revision {found}, and this version of Caselog needs {head}; "
            "run: caselog init-db"
        )


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    return config


def _revision() -> str | None:
    """The revision that the database is at; None too for an SQLite file that is not there, which stays so."""
    url = db.engine.url
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        return None
    with reading() as session:
        return MigrationContext.configure(session.connection()).get_current_revision()


@click.command("init-db")
def init_db() -> None:
    """Create the database, or bring it to this version. Running it again changes nothing."""
    with application(ready=False):
        before, after = upgrade()
        if before == after:
            click.echo(f"{address()} is up to date, at revision {after}.")
        elif before is None:
            click.echo(f"{address()} is created, at revision {after}.")
        else:
            click.echo(f"{address()} is brought from revision {before} to {after}.")


def engine_version() -> str:
    """The database's kind and version, and a warning where the version is not to be trusted."""
    if db.engine.dialect.name == "sqlite":
        return sqlite_version()
    with reading() as session:
        return f"PostgreSQL {session.scalar(sa.text('SHOW server_version'))}"
