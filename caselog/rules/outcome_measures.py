"""The thresholds of the yearly report, read from outcomes/, and the categories in which it counts cases."""

from functools import cache
from pathlib import Path

from caselog.domain.outcomes import Asked, Measure, Thresholds
from caselog.domain.ruleset import RuleSet, Source
from caselog.rules.lines import line_of
from caselog.rules.loader import cited_source, loads, parsed, read_text
from caselog.rules.reading import RuleFileError, Table, closest, kind_of
from caselog.rules.requirements import read_source

FILE = Path(__file__).parent / "outcomes" / "ac-pe.2026-11.toml"
YEARS_MOST = 20  # ours: far above any window that accreditors look back over
CATEGORIES = ("open-heart", "valve", "pediatric", "emergency", "complex")
# How a student took part in a case, and which cases that means.
PARTS = {"performed": 'is = "performed"', "assisted": 'role = "first_assistant"', "observed": 'role = "observed"'}


@cache
def load_thresholds() -> Thresholds:
    """The thresholds that ship."""
    return read_thresholds(read_text(FILE), FILE.name)


def read_thresholds(text: str, file: str) -> Thresholds:
    """The thresholds in a text. Raises RuleFileError, which says the line."""
    try:
        return _thresholds(Table(file, "", parsed(text, file)))
    except RuleFileError as error:
        error.line = line_of(text, error.key, error.fault)
        raise


def _thresholds(root: Table) -> Thresholds:
    fix = "Write [sources.NAME] with title, address and read (the day it was read)."
    sources = {name: cited_source(table) for name, table in root.named_tables("sources", fix).items()}
    if not sources:
        raise root.error("sources", "is missing.", f"Every threshold needs a source. {fix}")
    measures: dict[str, Measure] = {}
    for table in root.tables("measure", "Write each as [[measure]]."):
        measure = _measure(table, sources)
        if measure.id in measures:
            raise table.error("id", f"“{measure.id}” is taken already.", "Give each measure an id of its own.")
        measures[measure.id] = measure
    if not measures:
        raise root.error("measure", "is missing.", "Write at least one [[measure]].")
    found = Thresholds(
        title=root.text("title", "Say whose thresholds these are."),
        edition=root.text("edition", 'Name the edition, such as "2026-11".'),
        about=root.text("about", "Say how they were read.", default=""),
        measures=tuple(measures.values()),
    )
    root.finish()
    return found


def _measure(table: Table, sources: dict[str, Source]) -> Measure:
    asks = table.text("asks", f"Say what is asked of each person: {', '.join(Asked)}.")
    if asks not in tuple(Asked):
        raise table.error("asks", f"“{asks}” is nothing that is known of people.", closest(asks, list(Asked)))
    found = Measure(
        id=table.text("id", "Give the measure a short id."),
        title=table.text("title", "Give the measure a title."),
        asks=Asked(asks),
        says=table.text("says", "Say in a sentence what the source asks."),
        percent=_whole(table, "percent", 100),
        years=_whole(table, "years", YEARS_MOST),
        source=read_source(table, sources),
        counts=table.text("counts", "Say who is counted as what."),
        counts_source=_second_source(table, sources),
        note=table.text("note", "Write the note, or leave the key out.", default=""),
    )
    table.finish()
    return found


def _second_source(table: Table, sources: dict[str, Source]) -> Source | None:
    if not table.has("counts_source"):
        return None
    name = table.text("counts_source", "Name one of the file's sources.")
    if name not in sources:
        raise table.error("counts_source", f"there is no source “{name}”.", closest(name, list(sources)))
    return sources[name]


def _whole(table: Table, key: str, most: int) -> int:
    fix = f"Write a whole number from 1 to {most}."
    value = table.take(key, fix)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise table.error(key, f"is {kind_of(value)}.", fix)
    return value


@cache
def load_categories() -> RuleSet:
    """A rule set that asks for nothing and counts: `cases-PART`, and `CATEGORY-PART` for each category.

    So the report counts clinical cases as any requirement does: verified ones, in the same categories.
    """
    lines = [
        'id = "report-categories"', 'title = "Cases by category"', 'edition = "1"',
        'about = "Counts cases by category and part, and asks for none."', 'eligible = { is = "clinical" }',
        "[sources.own]", 'title = "The categories of this program"', 'citation = "derived.toml"', "read = 2026-11-21",
    ]  # fmt: skip
    for part, where in PARTS.items():
        lines += _counted(f"cases-{part}", f"{{ {where} }}")
        for category in CATEGORIES:
            lines += _counted(f"{category}-{part}", f'{{ all = [{{ is = "{category}" }}, {{ {where} }}] }}')
    return loads("\n".join(lines), "report-categories.toml")


def _counted(name: str, where: str) -> list[str]:
    said = [f'{key} = "{name}"' for key in ("id", "title", "says")]
    return ["[[requirement]]", *said, 'source = "own"', f"where = {where}", "minimum = 0"]
