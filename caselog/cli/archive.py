"""`caselog archive` and `caselog restore`: everything about one student as one file, and back."""

import json
from contextlib import closing
from pathlib import Path

import click

from caselog.cli.database import application
from caselog.cli.people import base_url
from caselog.cli.support import PlainGroup, tell
from caselog.domain.export import Format, Use
from caselog.exports.archive_format import schema as schema_of_archives
from caselog.exports.archive_reader import FILE_MOST
from caselog.services import export_making
from caselog.services.archive_restore import Restored
from caselog.services.archive_restore import restore as restore_archive
from caselog.services.issuing import Issue
from caselog.services.operator import find_student

_PLACES = {"make": "caselog.cli.archive:make", "schema": "caselog.cli.archive:schema"}


@click.group("archive", cls=PlainGroup, places=_PLACES)
def group() -> None:
    """Everything about one student as one JSON file; `caselog restore` reads it back."""


@click.command()
def schema() -> None:
    """Print the JSON Schema (2020-12) of an archive."""
    click.echo(json.dumps(schema_of_archives(), ensure_ascii=False, indent=2))


@click.command()
@click.option("--student", required=True, metavar="EMAIL", help="Whose record.")
@click.option("--program", metavar="CODE", help="Needed where several programs know the address.")
@click.option("--why", default="", metavar="WORDS", help="Why, for the student's list of what left.")
@click.option("-o", "--output", default="-", type=click.Path(dir_okay=False, allow_dash=True), metavar="FILE")
def make(student: str, program: str | None, why: str, output: str) -> None:
    """Write a student's archive, to standard output or a file."""
    with application():
        found = find_student(student, program)
        wanted = Issue(use=Use.ARCHIVE, format=Format.JSON, student_id=found.id, reason=why)
        making = closing(export_making.make(found.operator, wanted))
        with making as export, click.open_file(output, "wb", atomic=output != "-") as file:
            for chunk in export.chunks:
                file.write(chunk)
    tell(f"Issued under {export.prepared.code}. Head of the audit trail: {export.prepared.head}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--program", metavar="CODE", help="Into this program, in the place of the one that the archive names."
)
@click.option("--texts-checked", is_flag=True, help="The doubtful texts were checked: they name no patient.")
@click.option("--base-url", default="http://127.0.0.1:8000", show_default=True, callback=base_url)
def restore(file: str, program: str | None, base_url: str, *, texts_checked: bool) -> None:
    """Read a student's archive back in full: all of it, or nothing."""
    with click.open_file(file, "rb") as opened:
        data = opened.read(FILE_MOST + 1)
    with application() as app:
        restored = restore_archive(data, program, texts_checked=texts_checked)
        link = None
        if restored.token:
            with app.test_request_context():
                link = base_url + app.url_for("sign_in.set_password", token=restored.token, _external=False)
    for line in _in_words(restored, Path(file).name):
        click.echo(line)
    if link:
        click.echo("Send them this link to set a password; it works once, within 72 hours:")
        click.echo(link)


def _in_words(restored: Restored, file: str) -> list[str]:
    cases = _number(restored.cases, "case", "cases")
    log = f"{cases} and {_number(restored.activities, 'learning activity', 'learning activities')}"
    if not restored.added:
        return [f"All of {file} stands in the program {restored.program} already: {restored.student}, {log}."]
    lines = [f"{restored.student} is restored into the program {restored.program}: {log}."]
    if restored.new_program:
        lines.insert(
            0, f"The program {restored.program} is made. A director: caselog create-user --position director …"
        )
    if not restored.token:
        lines.append(f"{restored.email} has an account already, or the person was here: no link was made.")
    return lines


def _number(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
