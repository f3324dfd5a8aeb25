"""`caselog backup`: a copy of the whole database while it is in use, with the heads of its trails."""

import os
import shutil
import subprocess
from pathlib import Path

import click
import sqlalchemy as sa

from caselog.cli.audit import head_lines
from caselog.cli.database import application
from caselog.extensions import db
from caselog.services.operator import note_backup, programs
from caselog.store.session import reading, sqlite_module


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def backup(file: Path) -> None:
    """Copy the database to FILE, and print the heads of its audit trails: keep them apart from the copy."""
    if file.exists():
        raise click.ClickException(f"{file} exists; a backup overwrites nothing.")
    with application():
        for operator in programs():
            note_backup(operator)
        lines = _sqlite(file) if db.engine.dialect.name == "sqlite" else _postgresql(file)
    for line in lines:
        click.echo(line)


def _sqlite(file: Path) -> list[str]:
    """The heads and the pages come from one read, so they belong together."""
    module = sqlite_module()
    with reading() as session:
        lines = head_lines(session)
        source = session.connection().connection.dbapi_connection
        copy = module.connect(file)
        try:
            source.backup(copy)  # type: ignore[union-attr]  # it is the driver's, and SQLite's has it
        finally:
            copy.close()
    return lines


def _postgresql(file: Path) -> list[str]:
    """The dump sees the same instant as the heads: both use one snapshot."""
    pg_dump = os.environ.get("PG_DUMP") or shutil.which("pg_dump")
    if not pg_dump:
        raise click.ClickException(
            "pg_dump is not found; install PostgreSQL's client, or set PG_DUMP to its path."
        )
    url = db.engine.url.set(drivername="postgresql")
    password = {"PGPASSWORD": url.password} if url.password else {}
    with reading() as session:
        lines = head_lines(session)
        snapshot = session.scalar(sa.text("SELECT pg_export_snapshot()"))
        address = url.set(password=None).render_as_string()
        asked = [pg_dump, "--format=custom", f"--snapshot={snapshot}", f"--file={file}", f"--dbname={address}"]
        done = subprocess.run(  # noqa: S603 (the operator's own pg_dump)
            asked, env={**os.environ, **password}, capture_output=True, text=True, check=False
        )
    if done.returncode:
        file.unlink(missing_ok=True)
        raise click.ClickException(f"pg_dump failed: {done.stderr.strip()}")
    return lines
