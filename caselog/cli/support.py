"""What the commands share: errors without a traceback, rule sets and files as a person names them."""

import errno
import importlib
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from caselog.domain.cells import FileRow, RowFault
from caselog.domain.ruleset import RuleSet
from caselog.exports.from_csv import FileFaultError, read_csv
from caselog.exports.table import CASES, FileTable
from caselog.rules.library import UnknownRuleSetError, find
from caselog.rules.loader import load
from caselog.rules.reading import RuleFileError
from caselog.services.actor import RefusedError
from config import ConfigError

_EXPECTED = (ConfigError, RefusedError, UnknownRuleSetError)


class PlainGroup(click.Group):
    """A group whose commands end with a plain message where the user can mend what is wrong.

    A command is imported when it is asked for: `evaluate` shall not wait for what only `serve` needs.
    """

    def __init__(self, *arguments: Any, places: Mapping[str, str], **options: Any) -> None:
        """`places` names the commands, each with its place as `module:attribute`."""
        super().__init__(*arguments, **options)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in self._places:
            return None
        module, _, attribute = self._places[cmd_name].partition(":")
        found: click.Command = getattr(importlib.import_module(module), attribute)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RuleFileError as error:
            file = f"{error.file}:{error.line}" if error.line else error.file
            message = f"{file}: {error.key}: {error.fault} {error.fix}"
            raise click.ClickException(printable(message)) from error
        except _EXPECTED as error:
            raise click.ClickException(printable(str(error))) from error
        except OSError as error:
            if error.errno == errno.EPIPE or error.filename is None:
                raise
            raise click.ClickException(printable(f"{error.filename}: {error.strerror}.")) from error


def printable(text: str) -> str:
    """Text from a file as it may stand on a terminal: what would steer the terminal is spelled out."""
    return "".join(each if each.isprintable() or each == "\n" else repr(each)[1:-1] for each in text)


def tell(text: str) -> None:
    """A line for the person at the terminal; standard output stays for the result."""
    click.echo(printable(text), err=True)


def refuse_rows(file: str, faults: Sequence[RowFault], consequence: str) -> click.ClickException:
    """Show each fault of a file on its own line; raise what comes back."""
    for fault in faults:
        tell(f"{file}: {fault}")
    number = "1 fault" if len(faults) == 1 else f"{len(faults):,} faults"
    return click.ClickException(f"{file} has {number}; {consequence}")


def is_file(text: str) -> bool:
    """Whether a person means a file, and not the id of a rule set."""
    return text.endswith(".toml") or os.sep in text


def named_ruleset(text: str) -> RuleSet:
    """A rule set by file, by id, or as id@edition. Raises UnknownRuleSetError, RuleFileError, OSError."""
    if is_file(text):
        return load(Path(text))
    ruleset_id, _, edition = text.partition("@")
    try:
        return find(ruleset_id, edition or None)
    except UnknownRuleSetError:
        if Path(text).is_file():
            return load(Path(text))
        raise


def read_log(file: str, needed: Collection[str], table: FileTable = CASES) -> list[FileRow]:
    """The rows of a CSV file, or of standard input for `-`; a message about the file begins with its name."""
    with click.open_file(file, "rb") as opened:
        try:
            return read_csv(opened, needed, table)
        except FileFaultError as error:
            raise click.ClickException(printable(f"{Path(file).name}: {error}")) from error
