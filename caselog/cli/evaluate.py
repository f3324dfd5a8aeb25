"""`caselog evaluate`: a rule set over files, without database, server or settings."""

from datetime import datetime
from pathlib import Path

import click

from caselog import clock
from caselog.cli.support import named_ruleset, read_log, refuse_rows, tell
from caselog.domain.activity import LearningActivity
from caselog.domain.case import Case
from caselog.domain.evaluate import Engine
from caselog.domain.ruleset import RuleSet
from caselog.domain.student import StudentFacts
from caselog.exports.evaluation_json import evaluation_json
from caselog.exports.evaluation_text import evaluation_text
from caselog.exports.table import ACTIVITIES
from caselog.rules.codes import load_codes
from caselog.rules.reading import RuleFileError
from caselog.services.file_evaluation import (
    NEEDED,
    NEEDED_OF_ACTIVITIES,
    RowFaultsError,
    read_activities,
    read_cases,
    read_facts,
)

_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True)


@click.command()
@click.option("--rules", "rules_name", required=True, metavar="ID_OR_FILE", help="A shipped rule set, or a file.")
@click.option("--cases", "cases_file", type=_FILE, help="The log as CSV; - reads standard input.")
@click.option("--activities", "activities_file", type=_FILE, help="The learning activities as CSV; - as above.")
@click.option("--facts", "facts_file", type=_FILE, help="What the log does not hold, as JSON.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day asked about; today.")
@click.option("--format", "form", type=click.Choice(["json", "table"]), default="table", show_default=True)
def evaluate(
    rules_name: str,
    cases_file: str | None,
    activities_file: str | None,
    facts_file: str | None,
    as_of: datetime | None,
    form: str,
) -> None:
    """Say how a log stands before a rule set: what counts, what does not and why, what is missing."""
    if not (cases_file or activities_file):
        raise click.UsageError("Give the log: --cases FILE, --activities FILE, or both.")
    if cases_file == activities_file == "-":
        raise click.UsageError("Standard input holds one file; name the cases or the activities by a path.")
    ruleset = named_ruleset(rules_name)
    facts = _facts(facts_file, ruleset) if facts_file else StudentFacts()
    engine = Engine(ruleset, load_codes(), as_of.date() if as_of else clock.today())
    cases = _cases(cases_file) if cases_file else []
    activities = _activities(activities_file) if activities_file else []
    evaluation = engine.evaluate(facts, [*cases, *activities])
    # As bytes, so that the result is UTF-8 whatever the terminal speaks.
    click.echo((evaluation_json if form == "json" else evaluation_text)(evaluation).encode(), nl=False)


def _facts(file: str, ruleset: RuleSet) -> StudentFacts:
    name = Path(file).name
    with click.open_file(file, "rb") as opened:
        data = opened.read()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RuleFileError(name, f"byte {error.start}", "is not UTF-8.", "Save the file as UTF-8.") from error
    facts, notes = read_facts(text, name, ruleset)
    for note in notes:
        tell(note)
    return facts


def _cases(file: str) -> list[Case]:
    try:
        return read_cases(read_log(file, NEEDED), load_codes())
    except RowFaultsError as error:
        raise refuse_rows(Path(file).name, error.faults, "nothing was evaluated.") from error


def _activities(file: str) -> list[LearningActivity]:
    try:
        return read_activities(read_log(file, NEEDED_OF_ACTIVITIES, ACTIVITIES))
    except RowFaultsError as error:
        raise refuse_rows(Path(file).name, error.faults, "nothing was evaluated.") from error
