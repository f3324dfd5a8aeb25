"""The strict loader: a rule file becomes a RuleSet, or is refused with file, key, fault and fix."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path

from caselog.domain.codes import CodeBook
from caselog.domain.conditions import CASE_FIELDS, STUDENT_FIELDS, Condition, Named
from caselog.domain.ruleset import (
    AnyRequirement,
    AttestationRequirement,
    CaseRequirement,
    Number,
    Part,
    RuleSet,
    Source,
    StudentRequirement,
)
from caselog.rules.codes import load_codes
from caselog.rules.conditions import ConditionReader
from caselog.rules.reading import MOST, RuleFileError, Table, closest, kind_of

HERE = Path(__file__).parent
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# A host with a dot, perhaps a port, perhaps a path: no scheme, no user.
_ADDRESS = re.compile(r"[^\s/:?#@\[\].]+(\.[^\s/:?#@\[\].]+)+(:\d+)?([/?#]\S*)?")
_BYTE_ORDER_MARK = "\ufeff"  # some editors put it before the first character
_KINDS = ("cases", "attestation", "student")


def load(path: Path, codes: CodeBook | None = None) -> RuleSet:
    """The rule set in a file. Raises RuleFileError, also when the file is no TOML, and OSError."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RuleFileError(
            path.name, f"byte {error.start}", "is not UTF-8.", "Save the file as UTF-8."
        ) from error
    return loads(text, path.name, codes)


def loads(text: str, file: str, codes: CodeBook | None = None) -> RuleSet:
    """The rule set in a text; `file` is the name that messages use. Raises RuleFileError."""
    try:
        values = tomllib.loads(text.removeprefix(_BYTE_ORDER_MARK))
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
    return _Loader(Table(file, "", values), codes or load_codes()).ruleset()


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
    def __init__(self, root: Table, codes: CodeBook) -> None:
        self.root = root
        self.sources = {name: self._read_source(table) for name, table in self._source_tables().items()}
        parameters = {
            name: self._read_parameter(table)
            for name, table in root.named_tables("parameters", "Write [parameters.NAME].").items()
        }
        self.cases = ConditionReader(CASE_FIELDS, codes, parameters, derived_categories())
        self.students = ConditionReader(STUDENT_FIELDS, codes, parameters, {})
        _read_named(root, self.cases)

    def ruleset(self) -> RuleSet:
        root = self.root
        eligible = self._eligible(root, None)
        ids: set[str] = set()
        requirements = tuple(
            self._requirement(table, eligible, ids)
            for table in root.tables("requirement", "Write each as [[requirement]].")
        )
        if not requirements:
            raise root.error("requirement", "is missing.", "Write at least one [[requirement]].")
        ruleset = RuleSet(
            id=_id(root),
            title=root.text("title", "Give the set's title."),
            edition=root.text("edition", 'Name the edition, such as "2026-11".'),
            about=root.text("about", "Say in a sentence what the set is."),
            sources=tuple(self.sources.values()),
            requirements=requirements,
        )
        root.finish()
        return ruleset

    def _source_tables(self) -> dict[str, Table]:
        fix = "Write [sources.NAME] with title, address and read (the day it was read)."
        tables = self.root.named_tables("sources", fix)
        if not tables:
            raise self.root.error("sources", "is missing.", f"Every number needs a source. {fix}")
        return tables

    def _read_source(self, table: Table) -> Source:
        source = Source(
            title=table.text("title", "Give the page's or document's title."),
            address=table.text("address", "Give the page's address, without the scheme."),
            read=table.day("read", "Write the day it was read, such as read = 2026-11-21."),
        )
        if not _ADDRESS.fullmatch(source.address):
            fix = "Write it without the scheme, like board.example/page."
            raise table.error("address", f"is {kind_of(source.address)}.", fix)
        table.finish()
        return source

    def _source(self, table: Table) -> Source:
        name = table.text("source", f"Every number needs its source: name one of: {', '.join(self.sources)}.")
        if name not in self.sources:
            raise table.error("source", f"there is no source “{name}”.", closest(name, list(self.sources)))
        return self.sources[name]

    def _read_parameter(self, table: Table) -> int | date:
        value = table.take("value", "Write a date or a whole number.")
        if isinstance(value, bool | datetime) or not isinstance(value, int | date):
            raise table.error("value", f"is {kind_of(value)}.", "Write a date or a whole number.")
        self._source(table)
        table.finish()
        return value

    def _eligible(self, table: Table, default: Condition | None) -> Condition:
        if default is not None and not table.has("eligible"):
            return default
        fix = 'Say which cases count at all, such as eligible = { is = ["performed", "clinical"] }.'
        return self.cases.read(table.table("eligible", fix))

    def _requirement(self, table: Table, eligible: Condition, ids: set[str]) -> AnyRequirement:
        common = {
            "id": _id(table, ids),
            "title": table.text("title", "Give the requirement's title."),
            "says": table.text("says", "Say in a sentence what the source asks."),
            "note": table.text("note", "Say what the source leaves open, or leave it out.", default=""),
        }
        source = self._source(table)
        kind = table.text("kind", f"Write one of: {', '.join(_KINDS)}.", default="cases")
        requirement: AnyRequirement
        match kind:
            case "cases":
                requirement = self._case_requirement(table, common, source, eligible)
            case "student":
                where = self.students.read(table.table("where", "Say what must be true of the student."))
                requirement = StudentRequirement(**common, source=source, where=where)
            case "attestation":
                requirement = AttestationRequirement(**common, source=source)
            case _:
                raise table.error("kind", f"“{kind}” is not a kind of requirement.", closest(kind, list(_KINDS)))
        table.finish()
        return requirement

    def _case_requirement(
        self, table: Table, common: dict[str, str], source: Source, eligible: Condition
    ) -> CaseRequirement:
        part_ids: set[str] = set()
        return CaseRequirement(
            **common,
            source=source,
            where=self.cases.read(table.table("where", 'Say which cases count, such as { is = "valve" }.')),
            eligible=self._eligible(table, eligible),
            minimum=self._number(table, "minimum", common["id"], source),
            parts=tuple(
                self._part(part, common["id"], source, part_ids)
                for part in table.tables("part", "Write each as [[requirement.part]].")
            ),
        )

    def _part(self, table: Table, requirement_id: str, source: Source, ids: set[str]) -> Part:
        part_id = _id(table, ids)
        if table.has("source"):
            source = self._source(table)
        part = Part(
            id=part_id,
            title=table.text("title", "Give the part's title."),
            where=self.cases.read(table.table("where", "Say which cases are of this part.")),
            at_most=self._number(table, "at_most", f"{requirement_id}.{part_id}", source),
        )
        table.finish()
        return part

    def _number(self, table: Table, key: str, name: str, source: Source) -> Number:
        fix = f'Write {key} = 75, or {key} = "program" where each program sets its own number.'
        value = table.take(key, fix)
        if value == "program":
            return Number(name, None, source, by_program=True)
        by_program = False
        if isinstance(value, dict):
            inner = Table(table.file, table.path(key), value)
            value = inner.take("value", fix)
            by_program = inner.take("program_may_change", "Write program_may_change = true.")
            if by_program is not True:
                alone = f"Write true; where it may not, write the number alone: {key} = 75."
                raise inner.error("program_may_change", f"is {kind_of(by_program)}.", alone)
            inner.finish()
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
            raise table.error(key, f"is {kind_of(value)}, not a whole number from 0 to {MOST:,}.", fix)
        return Number(name, value, source, by_program=by_program)


def _id(table: Table, taken: set[str] | None = None) -> str:
    fix = 'Write small letters, digits and hyphens, such as id = "open-heart".'
    found = table.text("id", fix)
    if not _ID.fullmatch(found):
        raise table.error("id", f"“{found}” is not an id.", fix)
    if taken is not None:
        if found in taken:
            raise table.error(
                "id", f"“{found}” stands twice.", "Ids must differ: attestations and numbers go by them."
            )
        taken.add(found)
    return found
