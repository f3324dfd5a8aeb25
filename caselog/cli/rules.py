"""`caselog rules`: which rule sets there are, and whether a file is one."""

from pathlib import Path

import click

from caselog.rules.library import shipped
from caselog.rules.loader import load


@click.group()
def rules() -> None:
    """List the rule sets, or check a file."""


@rules.command("list")
def list_rules() -> None:
    """Show the shipped rule sets, each edition on a line."""
    width = max(len(ruleset.id) for ruleset in shipped())
    for ruleset in shipped():
        click.echo(f"{ruleset.id:{width}}  {ruleset.edition}  {ruleset.title}")


@rules.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Read a rule file as strictly as the program does."""
    ruleset = load(file)
    own = [number.key for _, number, _ in ruleset.program_numbers()]
    click.echo(
        f"{file.name}: {ruleset.title}, edition {ruleset.edition}: {len(ruleset.requirements)} requirements."
    )
    if own:
        click.echo(f"Numbers that a program sets itself: {', '.join(own)}.")
