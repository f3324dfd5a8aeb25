"""`caselog import` and `caselog export`: a student's cases, or learning activities, as CSV."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from caselog.cli.database import application
from caselog.cli.support import read_log, refuse_rows, tell
from caselog.domain.export import Format, Use, shown_code
from caselog.exports import table
from caselog.exports.as_csv import csv_chunks
from caselog.services.export_making import make
from caselog.services.issuing import Issue
from caselog.services.operator import find_student
from caselog.services.transfer import (
    NEEDED,
    NEEDED_OF_ACTIVITIES,
    ImportReport,
    export_activities,
    export_cases,
    import_activities,
    import_cases,
    note_export,
)

_student = click.option("--student", required=True, metavar="EMAIL", help="Whose log.")
_program = click.option("--program", metavar="CODE", help="Needed where several programs know the address.")
_FORMATS = [Format.CSV.value, Format.XLSX.value, Format.JSON.value]
_activities = click.option("--activities", is_flag=True, help="The learning activities instead of the cases.")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@_student
@_program
@_activities
@click.option("--dry-run", is_flag=True, help="Say what would become of each row, and store nothing.")
@click.option("--skip-bad", is_flag=True, help="Import the good rows although others are bad.")
@click.option("--texts-checked", is_flag=True, help="The doubtful texts were checked: they name no patient.")
def import_log(
    file: str,
    student: str,
    program: str | None,
    *,
    activities: bool,
    dry_run: bool,
    skip_bad: bool,
    texts_checked: bool,
) -> None:
    """Add the cases of a CSV file to a student's log: all or none, and none twice."""
    rows = read_log(file, NEEDED_OF_ACTIVITIES, table.ACTIVITIES) if activities else read_log(file, NEEDED)
    name = Path(file).name
    import_rows = import_activities if activities else import_cases
    with application():
        found = find_student(student, program)
        with _progress(len(rows)) as progress:
            report = import_rows(
                found.operator,
                found.id,
                rows,
                skip_bad=skip_bad,
                dry_run=dry_run,
                texts_checked=texts_checked,
                progress=progress,
            )
    for fault in report.differing:
        tell(f"{name}: {fault}")
    if report.bad and not skip_bad:
        raise refuse_rows(name, report.bad, "nothing was added. Mend them, or leave the rows out with --skip-bad.")
    for fault in report.bad:
        tell(f"{name}: {fault}")
    for line in _in_words(report, found.name, dry_run=dry_run):
        click.echo(line)


def _in_words(report: ImportReport, student: str, *, dry_run: bool) -> Iterator[str]:
    would = "would be " if dry_run else ""
    skipped = len({fault.line for fault in report.bad})
    yield (
        f"{student}: {would}{report.added:,} added, {report.already_there:,} in the log already"
        f"{f', {skipped:,} skipped' if skipped else ''}, of {report.rows:,} {'row' if report.rows == 1 else 'rows'}."
    )
    if report.from_verified:
        yield f"{report.from_verified:,} verified in the file: {would}submitted, since only a preceptor verifies."
    if report.from_returned:
        yield f"{report.from_returned:,} returned in the file: {would}a draft again."
    if dry_run:
        yield "This was a dry run: nothing was stored."


@contextmanager
def _progress(length: int) -> Iterator[Callable[[int], None]]:
    """A bar for a person who waits; a program that reads along gets none."""
    if not sys.stderr.isatty():
        yield lambda rows: None
        return
    with click.progressbar(length=length, label="Importing", file=sys.stderr) as bar:
        yield bar.update


@click.command("export")
@_student
@_program
@_activities
@click.option(
    "--format",
    "as_",
    type=click.Choice(_FORMATS),
    default=Format.CSV.value,
    show_default=True,
    help="A workbook or JSON holds cases and activities.",
)
@click.option("-o", "--output", default="-", type=click.Path(dir_okay=False, allow_dash=True), metavar="FILE")
def export_log(student: str, program: str | None, as_: str, output: str, *, activities: bool) -> None:
    """Write a student's log to standard output or a file."""
    if as_ != Format.CSV:
        if activities:
            raise click.UsageError(f"--activities is for CSV; {as_.upper()} holds cases and activities.")
        _export_whole(student, program, Format(as_), output)
        return
    export, columns = (export_activities, table.ACTIVITIES) if activities else (export_cases, table.CASES)
    with application():
        found = find_student(student, program)
        head = note_export(found.operator, found.id)
        with click.open_file(output, "wb", atomic=output != "-") as file:
            for chunk in csv_chunks(export(found.operator, found.id), columns):
                file.write(chunk)
    tell(f"Head of the audit trail: {head}")


def _export_whole(student: str, program: str | None, as_: Format, output: str) -> None:
    with application():
        found = find_student(student, program)
        export = make(found.operator, Issue(use=Use.SPREADSHEET, format=as_, student_id=found.id))
        with closing(export), click.open_file(output, "wb", atomic=output != "-") as file:
            file.writelines(export.chunks)
    tell(f"Head of the audit trail: {export.prepared.head}")
    tell(f"Verification code: {shown_code(export.prepared.code)}")
