"""`caselog audit`: hold the trail against itself and the rows against the trail, and print its heads."""

import click
from sqlalchemy.orm import Session

from caselog.cli.database import application
from caselog.cli.support import PlainGroup
from caselog.domain.chain import Head, parse_head
from caselog.services import audit
from caselog.services.operator import find_program, programs
from caselog.store.session import reading

SHOWN_MOST = 100  # breaks of a program
_PLACES = {"verify": "caselog.cli.audit:verify", "head": "caselog.cli.audit:head"}


@click.group("audit", cls=PlainGroup, places=_PLACES)
def group() -> None:
    """The audit trail: one chain of entries for each program."""


def _heads(_context: click.Context, _option: click.Parameter, texts: tuple[str, ...]) -> tuple[Head, ...]:
    try:
        return tuple(map(parse_head, texts))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.option("--program", metavar="CODE", help="Only this program; otherwise each.")
@click.option(
    "--head",
    "noted",
    multiple=True,
    callback=_heads,
    metavar="NUMBER:HASH",
    help="A head that was printed on an export or backup of the program: it must still be in the chain.",
)
def verify(program: str | None, noted: tuple[Head, ...]) -> None:
    """Find any entry that was changed, removed, inserted, moved or cut off, and any row changed past the trail."""
    if noted and not program:
        raise click.UsageError("Say with --program of which program the head was printed.")
    broken = 0
    with application():
        for operator in [find_program(program)] if program else programs():
            found = audit.verify(operator, noted)
            for each in found.breaks[:SHOWN_MOST]:
                click.echo(f"{found.program}: {each.message}", err=True)
            if len(found.breaks) > SHOWN_MOST:
                click.echo(f"{found.program}: and {len(found.breaks) - SHOWN_MOST:,} more.", err=True)
            broken += len(found.breaks)
            if not found.breaks:
                click.echo(
                    f"{found.program}: {found.entries:,} entries and {found.rows:,} rows are as they were written. "
                    f"Head: {found.head or 'none yet'}"
                )
    if broken:
        raise click.ClickException(
            f"{broken:,} {'break was' if broken == 1 else 'breaks were'} found. Keep this database as it is, and "
            "compare it with a backup from before."
        )


@click.command()
def head() -> None:
    """Print the head of each program's chain: note it elsewhere, and a cut end shows."""
    with application(), reading() as session:
        for line in head_lines(session):
            click.echo(line)


def head_lines(session: Session) -> list[str]:
    """The heads as they are printed on backups."""
    return [f"Head of the audit trail of {code}: {found}" for code, found in audit.heads(session).items()]
