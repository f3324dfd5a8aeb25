"""The strict loader: a rule file becomes a RuleSet, or is refused with file, key, fault and fix."""

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path

from caselog.domain.codes import CodeBook
from caselog.domain.conditions import ACTIVITY_FIELDS, CASE_FIELDS, STUDENT_FIELDS, AllOf, Condition, Named
from caselog.domain.ruleset import Entries, RuleSet, Source
from caselog.rules.codes import load_codes
from caselog.rules.conditions import ConditionReader
from caselog.rules.lines import line_of
from caselog.rules.reading import MOST, RuleFileError, Table, closest, kind_of
from caselog.rules.requirements import RequirementReader, read_id, read_source

HERE = Path(__file__).parent
SETS = HERE / "sets"
# A host with a dot, perhaps a port, perhaps a path: no scheme, no user.
ADDRESS = re.compile(r"[^\s/:?#@\[\].]+(\.[^\s/:?#@\[\].]+)+(:\d+)?([/?#]\S*)?")
_BYTE_ORDER_MARK = "\ufeff"  # some editors put it before the first character
DOTS_MOST = 100  # in a line: a key of thousands of dotted steps costs the parser memory by their square


# Another set by its id, its edition or None for the newest, and the ids of the sets that it is read for.
Finder = Callable[[str, str | None, tuple[str, ...]], RuleSet]


class UnknownRuleSetError(LookupError):
    """No rule set has this id, or not in this edition; the message says which there are."""


def load(path: Path, codes: CodeBook | None = None, within: tuple[str, ...] = ()) -> RuleSet:
    """The rule set in a file. Raises RuleFileError, also when the file is no TOML, and OSError."""
    return loads(read_text(path), path.name, codes, within)


def read_text(path: Path) -> str:
    """The text of a rule file. Raises RuleFileError where it is not UTF-8, and OSError."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RuleFileError(
            path.name, f"byte {error.start}", "is not UTF-8.", "Save the file as UTF-8."
        ) from error


def loads(
    text: str,
    file: str,
    codes: CodeBook | None = None,
    within: tuple[str, ...] = (),
    find: Finder | None = None,
) -> RuleSet:
    """The rule set in a text; `file` is the name that messages use. Raises RuleFileError, which says the line.

    `within` are the ids of the sets that this one is being read for, so that none contains itself. `find` knows
    the sets that it may build on; without it, those are the shipped ones.
    """
    try:
        return _Loader(
            Table(file, "", parsed(text, file)), codes or load_codes(), within, find or find_file
        ).ruleset()
    except RuleFileError as error:
        error.line = line_of(text, error.key, error.fault)
        raise


def parsed(text: str, file: str) -> dict[str, object]:
    """What a text says as TOML, whatever that is. Raises RuleFileError."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > DOTS_MOST and not line.lstrip().startswith("#"):
            fault = f"has more than {DOTS_MOST} dots in a line (at line {number}, column 1)."
            raise RuleFileError(file, "TOML", fault, "Break the line, or write fewer.")
    try:
        return tomllib.loads(text.removeprefix(_BYTE_ORDER_MARK))
    except tomllib.TOMLDecodeError as error:
        fix = "Texts stand in quotes, numbers and dates do not; toml.io shows the rest."
        raise RuleFileError(file, "TOML", f"{error}.", fix) from error
    except RecursionError as error:
        raise RuleFileError(
            file, "TOML", "is nested too deep.", "Say it with fewer brackets within brackets."
        ) from error
    except ValueError as error:  # the parser lets Python's own refusal of such integers through
        fix = f"Write numbers up to {MOST:,}."
        raise RuleFileError(file, "TOML", "contains a number with thousands of digits.", fix) from error


@cache
def derived_categories() -> Mapping[str, Named]:
    """The categories of derived.toml, which every rule set may name."""
    file = HERE / "derived.toml"
    reader = ConditionReader(CASE_FIELDS, load_codes(), {}, {})
    _read_named(Table(file.name, "", {"conditions": tomllib.loads(file.read_text("utf-8"))}), reader)
    return reader.named


def _read_named(root: Table, reader: ConditionReader) -> None:
    """Add the file's named conditions to the reader; each may use those above it."""
    fix = "Write [conditions.NAME] with title and where."
    tables = root.named_tables("conditions", fix)
    reader.not_yet = set(tables) - set(reader.named)
    for name, table in tables.items():
        if name in reader.named:
            raise root.error(f"conditions.{name}", "is defined already.", "Choose another name.")
        title = table.text("title", "Give the word that people use for it.")
        where = reader.read(table.table("where", fix))
        table.finish()
        reader.named[name] = Named(name, title, where)
        reader.not_yet.discard(name)


class _Loader:
    def __init__(self, root: Table, codes: CodeBook, within: tuple[str, ...], find: Finder) -> None:
        self.root, self.within, self.find = root, within, find
        self.id = read_id(root)
        sources = {name: cited_source(table) for name, table in self._source_tables().items()}
        parameters = {
            name: self._read_parameter(table, sources)
            for name, table in root.named_tables("parameters", "Write [parameters.NAME].").items()
        }
        students = ConditionReader(STUDENT_FIELDS, codes, parameters, {})
        cases = ConditionReader(CASE_FIELDS, codes, parameters, derived_categories(), students)
        _read_named(root, cases)
        activities = ConditionReader(ACTIVITY_FIELDS, codes, parameters, {}, students)
        self.requirements = RequirementReader(
            sources,
            {Entries.CASES: cases, Entries.ACTIVITIES: activities},
            students,
            {Entries.CASES: self._eligible(cases), Entries.ACTIVITIES: AllOf(())},
            self._find,
        )

    def ruleset(self) -> RuleSet:
        root = self.root
        requirements = self.requirements.read_all(root.tables("requirement", "Write each as [[requirement]]."))
        if not requirements:
            raise root.error("requirement", "is missing.", "Write at least one [[requirement]].")
        ruleset = RuleSet(
            id=self.id,
            title=root.text("title", "Give the set's title."),
            edition=root.text("edition", 'Name the edition, such as "2026-11".'),
            about=root.text("about", "Say in a sentence what the set is."),
            sources=tuple(self.requirements.sources.values()),
            requirements=requirements,
            exclusive=tuple(
                self.requirements.exclusive(table)
                for table in root.tables("exclusive", "Write each as [[exclusive]].")
            ),
        )
        root.finish()
        return ruleset

    def _source_tables(self) -> dict[str, Table]:
        fix = "Write [sources.NAME] with title, address and read (the day it was read)."
        tables = self.root.named_tables("sources", fix)
        if not tables:
            raise self.root.error("sources", "is missing.", f"Every number needs a source. {fix}")
        return tables

    def _read_parameter(self, table: Table, sources: Mapping[str, Source]) -> int | date:
        value = table.take("value", "Write a date or a whole number.")
        if isinstance(value, bool | datetime) or not isinstance(value, int | date):
            raise table.error("value", f"is {kind_of(value)}.", "Write a date or a whole number.")
        read_source(table, sources)
        table.finish()
        return value

    def _eligible(self, cases: ConditionReader) -> Condition | None:
        """Which cases count in the whole set; None leaves it to each requirement that counts cases."""
        if not self.root.has("eligible"):
            return None
        fix = 'Say which cases count at all, such as eligible = { is = ["performed", "clinical"] }.'
        return cases.read(self.root.table("eligible", fix))

    def _find(self, table: Table) -> RuleSet:
        """Another rule set, by its id and perhaps its edition."""
        ruleset_id = table.text("ruleset", "Name the other rule set by its id.")
        edition = table.text("edition", "Name its edition, or leave it out for the newest.", default="")
        within = (*self.within, self.id)
        if ruleset_id in within:
            raise table.error("ruleset", f"“{ruleset_id}” would contain itself.", "Name another set.")
        try:
            return self.find(ruleset_id, edition or None, within)
        except UnknownRuleSetError as error:
            raise table.error("ruleset", "cannot be found.", str(error)) from error


def cited_source(table: Table) -> Source:
    """A source with its title, its address or citation, and the day on which it was read."""
    title = table.text("title", "Give the page's or document's title.")
    if table.has("citation"):
        address = table.text("citation", "Cite it as lawyers and libraries do, such as WAC 246-928-580.")
    else:
        address = table.text("address", "Give the page's address, without the scheme; for a law, its citation.")
        if not ADDRESS.fullmatch(address):
            fix = "Write it without the scheme, like board.example/page."
            raise table.error("address", f"is {kind_of(address)}.", fix)
    source = Source(title, address, table.day("read", "Write the day it was read, such as read = 2026-11-21."))
    table.finish()
    return source


def find_file(ruleset_id: str, edition: str | None = None, within: tuple[str, ...] = ()) -> RuleSet:
    """A shipped rule set, in this edition or the newest. Raises UnknownRuleSetError."""
    editions: dict[str, dict[str, Path]] = {}
    for path in SETS.glob("*.toml"):
        name, _, of = path.stem.partition(".")
        editions.setdefault(name, {})[of] = path
    if ruleset_id not in editions:
        raise UnknownRuleSetError(f"There is no rule set “{ruleset_id}”. {closest(ruleset_id, list(editions))}")
    known = editions[ruleset_id]
    if edition is not None and edition not in known:
        raise UnknownRuleSetError(
            f"{ruleset_id} has no edition “{edition}”; there is: {', '.join(sorted(known))}."
        )
    return load(known[edition or max(known)], within=within)
