"""`caselog import` and `caselog export`: a student's cases, or learning activities, as files."""

import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click

from caselog.cli.database import application
from caselog.cli.support import printable, refuse_rows, tell
from caselog.domain.arranging import ALWAYS
from caselog.domain.export import Format, Use, shown_code
from caselog.domain.sheet import Sheet
from caselog.domain.sheet_columns import fields_of
from caselog.domain.sheet_values import Order
from caselog.domain.sheet_words import folded
from caselog.exports import table
from caselog.exports.as_csv import csv_chunks
from caselog.exports.from_csv import FILE_MOST, FileFaultError, read_csv
from caselog.exports.from_json import looks_like_json
from caselog.exports.guarded import guarded_csv
from caselog.services import importing
from caselog.services.arrival import ImportReport, Manner
from caselog.services.export_making import make
from caselog.services.importing import Asked
from caselog.services.issuing import Issue
from caselog.services.operator import find_student
from caselog.services.transfer import (
    NEEDED,
    NEEDED_OF_ACTIVITIES,
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
@click.option(
    "--guess",
    is_flag=True,
    help="Any spreadsheet: guess its columns, unless they are ours. Always so for workbooks.",
)
@click.option("--column", "columns", multiple=True, metavar="HEADING=FIELD", help="What a column holds.")
@click.option("--word", "words", multiple=True, metavar="FIELD:WORD=CODE;CODE", help="What a word means.")
@click.option("--always", multiple=True, metavar="FIELD=CODE", help="What rows say that do not say it.")
@click.option(
    "--order",
    type=click.Choice([each.value for each in Order]),
    help="What comes first in dates such as 3/2/2026.",
)
@click.option("--submit", is_flag=True, help="Submit what is complete; otherwise all are drafts.")
@click.option("--twice", is_flag=True, help="Add also what looks like another entry.")
@click.option(
    "--refused", type=click.Path(dir_okay=False), metavar="FILE", help="Write refused rows and why to it."
)
def import_log(file: str, student: str, program: str | None, *, activities: bool, **how: Any) -> None:
    """Add the cases of a CSV, XLSX or our own JSON file to a student's log: all or none, and none twice."""
    given = [name for name in ("columns", "words", "always", "order", "submit", "twice", "refused") if how[name]]
    with click.open_file(file, "rb") as opened:
        data = opened.read(FILE_MOST + 1)
    if how["guess"] or data.startswith(b"PK") or looks_like_json(data):
        _import_any(file, data, student, program, "activity" if activities else "case", how)
        return
    if given:
        raise click.UsageError(f"--{given[0].removesuffix('s')} needs --guess.")
    columns = table.ACTIVITIES if activities else table.CASES
    try:
        rows = read_csv(io.BytesIO(data), NEEDED_OF_ACTIVITIES if activities else NEEDED, columns)
    except FileFaultError as error:
        raise click.ClickException(printable(f"{Path(file).name}: {error}")) from error
    import_rows = import_activities if activities else import_cases
    with application():
        found = find_student(student, program)
        with _progress(len(rows)) as progress:
            report = import_rows(
                found.operator,
                found.id,
                rows,
                skip_bad=how["skip_bad"],
                dry_run=how["dry_run"],
                texts_checked=how["texts_checked"],
                progress=progress,
            )
    _tell(Path(file).name, report, found.name, skip_bad=how["skip_bad"], dry_run=how["dry_run"])


def _import_any(
    file: str, data: bytes, student: str, program: str | None, noun: str, how: Mapping[str, Any]
) -> None:
    name = Path(file).name
    try:
        received = importing.receive(data, noun)
    except FileFaultError as error:
        raise click.ClickException(printable(f"{name}: {error}")) from error
    for note in received.notes:
        tell(f"{name}: {note}")
    with application():
        found = find_student(student, program)
        asked = _asked(received.sheet, noun, how)
        with _progress(len(received.sheet.rows)) as progress:
            plan = importing.carry_out(
                found.operator,
                found.id,
                received.sheet,
                noun,
                asked,
                Manner(skip_bad=how["skip_bad"], dry_run=how["dry_run"], progress=progress),
            )
    guessed = () if plan.reading.own else zip(plan.guesses, received.sheet.header, strict=True)
    for place, (guess, heading) in enumerate(guessed):
        became = plan.reading.columns.get(place) or guess.why or "left out"
        tell(f"{name}: column {heading}: {became}")
    if how["refused"]:
        with click.open_file(how["refused"], "wb", atomic=True) as report_file:
            report_file.write(guarded_csv(*importing.refused_rows(plan)))
    _tell(name, plan.report, found.name, skip_bad=how["skip_bad"], dry_run=how["dry_run"])


def _asked(sheet: Sheet, noun: str, how: Mapping[str, Any]) -> Asked:
    """What the options say of a sheet. Raises click.UsageError."""
    chosen: dict[int, str] = {}
    for each in how["columns"]:
        heading, name = _parted(each, "=", "--column")
        if heading not in sheet.header:
            raise click.UsageError(f"--column: there is no column “{heading}”.")
        chosen[sheet.header.index(heading)] = _known(name, fields_of(noun), "--column")
    meanings: dict[tuple[str, str], tuple[str, ...]] = {}
    for each in how["words"]:
        word, codes = _parted(each, "=", "--word")
        name, word = _parted(word, ":", "--word")
        meanings[_known(name, fields_of(noun), "--word"), folded(word)] = tuple(filter(None, codes.split(";")))
    always = dict(_parted(each, "=", "--always") for each in how["always"])
    for name in always:
        _known(name, ALWAYS[noun], "--always")
    return Asked(
        chosen=chosen,
        order=Order(how["order"]) if how["order"] else None,
        meanings=meanings,
        always=always,
        submit=how["submit"],
        twice=how["twice"],
        texts_checked=how["texts_checked"],
    )


def _known(name: str, fields: Sequence[str], option: str) -> str:
    if name not in fields:
        raise click.UsageError(f"{option}: “{name}” is none of {', '.join(fields)}.")
    return name


def _parted(text: str, sign: str, option: str) -> tuple[str, str]:
    before, found, after = text.rpartition(sign) if sign == "=" else text.partition(sign)
    if not found:
        raise click.UsageError(f"{option}: “{text}” has no “{sign}”.")
    return before.strip(), after.strip()


def _tell(name: str, report: ImportReport, student: str, *, skip_bad: bool, dry_run: bool) -> None:
    for fault in (*report.differing, *report.alike):
        tell(f"{name}: {fault}")
    if report.bad and not skip_bad:
        raise refuse_rows(name, report.bad, "nothing was added. Mend them, or leave the rows out with --skip-bad.")
    for fault in report.bad:
        tell(f"{name}: {fault}")
    for line in _in_words(report, student, dry_run=dry_run):
        click.echo(line)


def _in_words(report: ImportReport, student: str, *, dry_run: bool) -> Iterator[str]:
    would = "would be " if dry_run else ""
    skipped = len({fault.line for fault in report.bad})
    yield (
        f"{student}: {would}{report.added:,} added, {report.already_there:,} in the log already"
        f"{f', {len(report.alike):,} left out that look like another' if report.alike else ''}"
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
