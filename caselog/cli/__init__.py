"""The `caselog` command: what an operator does, and evaluation without a server. One file per group of commands."""

import click

from caselog.cli.evaluate import evaluate
from caselog.cli.rules import rules
from caselog.cli.support import PlainGroup


@click.group(cls=PlainGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="caselog", message="%(prog)s %(version)s")
def main() -> None:
    """Caselog, the case log of perfusion students."""


main.add_command(evaluate)
main.add_command(rules)
