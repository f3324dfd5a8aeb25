"""`caselog rules`: the rule sets there are, what they ask, whether a file is one, and what another edition moves."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import click

from caselog.cli.support import is_file, named_ruleset, printable
from caselog.domain.number_words import all_in_words
from caselog.domain.result import RequirementResult, Standing
from caselog.domain.ruleset import RuleSet
from caselog.rules.codes import load_codes
from caselog.rules.library import UnknownRuleSetError, shipped
from caselog.rules.loader import read_text
from caselog.rules.reading import closest
from caselog.rules.schema import schema


@click.group()
def rules() -> None:
    """List, show, check and compare rule sets."""


@rules.command("list")
def list_rules() -> None:
    """Show the shipped rule sets, each edition on a line."""
    width = max(len(ruleset.id) for ruleset in shipped())
    for ruleset in shipped():
        click.echo(f"{ruleset.id:{width}}  {ruleset.edition}  {ruleset.title}")


@rules.command()
@click.argument("name", metavar="FILE_OR_ID")
def check(name: str) -> None:
    """Read a rule file as strictly as the program does; a complaint names the line."""
    ruleset = named_ruleset(name)
    own = [number.key for _, number, _ in ruleset.program_numbers()]
    count = len(ruleset.requirements)
    said = f"{ruleset.title}, edition {ruleset.edition}: {count} requirement{'' if count == 1 else 's'}."
    click.echo(printable(f"{Path(name).name}: {said}"))
    if own:
        click.echo(f"Numbers that a program sets itself: {', '.join(own)}.")


@rules.command()
@click.argument("name", metavar="ID_OR_FILE")
def show(name: str) -> None:
    """Say what a rule set asks, in words, with its sources."""
    for line in _in_words(named_ruleset(name)):
        click.echo(printable(line))


def _in_words(ruleset: RuleSet) -> Iterator[str]:
    codes = load_codes()
    yield f"{ruleset.title} ({ruleset.id}, edition {ruleset.edition})"
    yield ruleset.about
    for each in ruleset.requirements:
        yield ""
        yield f"{each.title} ({each.id}) [{ruleset.sources.index(each.source) + 1}]"
        said = [each.says, *all_in_words(each, codes)]
        yield from (f"  {sentence}" for sentence in said)
        if each.note:
            yield f"  Note: {each.note}"
    for group in ruleset.exclusive:
        yield ""
        yield f"A case counts for one of these only: {', '.join(group.among)}."
        yield from (f"  But these may share one: {' and '.join(pair)}." for pair in group.may_share)
    yield ""
    for number, source in enumerate(ruleset.sources, 1):
        yield f"[{number}] {source.title}, {source.address}, read {source.read}"


@rules.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of rule files, for editors that complete and check."""
    click.echo(json.dumps(schema(), indent=2, ensure_ascii=False).encode())


@rules.command()
@click.argument("old")
@click.argument("new")
@click.option("--program", metavar="CODE", help="The cohorts of this program only; otherwise of all.")
def compare(old: str, new: str, program: str | None) -> None:
    """Say whose standing would move, and why, if the cohorts judged under OLD were judged under NEW.

    OLD and NEW are an id, id@edition, or a file; an id alone means the newest edition.
    """
    from caselog.cli.database import application
    from caselog.services.ruleset_replay import CohortReplay, programs
    from caselog.services.ruleset_replay import compare as replay

    def lines(code: str, each: CohortReplay) -> Iterator[str]:
        whom = f"{len(each.moved)} of {each.students}" if each.moved else f"none of {each.students}"
        yield f"{code}, {each.cohort}: {whom} would stand otherwise."
        for change in each.changes:
            found = change.new or change.old
            renamed = f" (was {change.old.id})" if change.old and change.renamed else ""
            yield f"  {found.title if found else ''}{renamed}:"
            yield from (f"    - {sentence}" for sentence in change.before)
            yield from (f"    + {sentence}" for sentence in change.after)
        for student in each.moved:
            whole = (
                f": {_words(student.before)} → {_words(student.after)}" if student.before != student.after else ""
            )
            yield f"  {student.name}{whole}"
            yield from (
                f"    {move.title}: {_stood(move.before)} → {_stood(move.after)}: {move.why}."
                for move in student.moves
            )

    with application():
        found, known, unknown = False, False, None
        for operator, code in programs(program):
            try:
                editions = [_edition(operator.program_id, name) for name in (old, new)]
            except UnknownRuleSetError as error:
                unknown = error
                continue
            known = True
            for each in replay(operator, *editions):
                found = True
                for line in lines(code, each):
                    click.echo(printable(line))
        if not known and unknown is not None:
            raise unknown
        if not found:
            raise click.ClickException(f"No cohort is judged under {old}.")


def _edition(program_id: uuid.UUID, name: str) -> RuleSet:
    """What a person calls an edition, as a program knows it. Raises UnknownRuleSetError, RuleFileError, OSError."""
    from caselog.services import rulesets
    from caselog.store.session import reading

    with reading() as session:
        if is_file(name):
            return rulesets.read(session, program_id, read_text(Path(name)), Path(name).name)
        ruleset_id, _, edition = name.partition("@")
        if edition:
            return rulesets.find(session, program_id, ruleset_id, edition)
        known = {each.id: each for each in rulesets.newest(session, program_id)}
        if ruleset_id not in known:
            raise UnknownRuleSetError(f"There is no rule set “{ruleset_id}”. {closest(ruleset_id, list(known))}")
        return known[ruleset_id]


def _stood(result: RequirementResult | None) -> str:
    return "–" if result is None else _words(result.standing)


def _words(standing: Standing) -> str:
    return standing.replace("_", " ")
