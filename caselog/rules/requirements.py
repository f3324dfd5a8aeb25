"""Reading requirements: what is counted, what documents are asked for, and how requirements stand together."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from caselog.domain.conditions import Condition, Kind
from caselog.domain.ruleset import (
    AnyRequirement,
    AttestationRequirement,
    CountRequirement,
    Credit,
    EachYear,
    Entries,
    Exclusive,
    GroupRequirement,
    Number,
    Part,
    Percent,
    Rounding,
    RuleSet,
    SetRequirement,
    Source,
    StudentRequirement,
    is_plain,
)
from caselog.rules.conditions import ConditionReader
from caselog.rules.limits import read_years
from caselog.rules.numbers import NumberReader, amount
from caselog.rules.reading import Table, closest, kind_of

ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
KINDS = ("cases", "activities", "attestation", "student", "group", "set")
# A group tries every set of its members, and each shared pair multiplies the work; ours.
EXCLUSIVE_MOST, PAIRS_MOST = 8, 2
ONCE = frozenset({Kind.CODE, Kind.DATE})  # what distinct things are told apart by


def read_id(table: Table, taken: set[str] | None = None, key: str = "id") -> str:
    """An id, which must differ from those taken."""
    fix = f'Write small letters, digits and hyphens, such as {key} = "open-heart".'
    found = table.text(key, fix)
    if not ID.fullmatch(found):
        raise table.error(key, f"“{found}” is not an id.", fix)
    if taken is not None:
        if found in taken:
            raise table.error(
                "id", f"“{found}” stands twice.", "Ids must differ: attestations and numbers go by them."
            )
        taken.add(found)
    return found


def read_source(table: Table, sources: Mapping[str, Source]) -> Source:
    """The source that a table names; it must be one of the file's."""
    name = table.text("source", f"Every number needs its source: name one of: {', '.join(sources)}.")
    if name not in sources:
        raise table.error("source", f"there is no source “{name}”.", closest(name, list(sources)))
    return sources[name]


@dataclass
class RequirementReader:
    """Reads the requirements of one file, knowing its sources and conditions, and how to find other sets."""

    sources: dict[str, Source]
    conditions: dict[Entries, ConditionReader]
    students: ConditionReader
    eligible: dict[Entries, Condition | None]
    find: Callable[[Table], RuleSet]

    def __post_init__(self) -> None:
        self.numbers = NumberReader(self.students)
        self.found: dict[str, AnyRequirement] = {}
        self.shared_out: set[str] = set()  # requirements of exclusive groups
        self.all_ids: set[str] = set()
        self.renamed: set[str] = set()

    def read_all(self, tables: list[Table]) -> tuple[AnyRequirement, ...]:
        """Every requirement; each may name those above it."""
        taken: set[str] = set()
        self.all_ids = {name for table in tables if isinstance(name := table.peek("id"), str)}
        for table in tables:
            requirement = self._requirement(table, taken)
            self.found[requirement.id] = requirement
        self._check_shares(tables)
        return tuple(self.found.values())

    def _requirement(self, table: Table, taken: set[str]) -> AnyRequirement:
        common: dict[str, Any] = {
            "id": read_id(table, taken),
            "title": table.text("title", "Give the requirement's title."),
            "says": table.text("says", "Say in a sentence what the source asks."),
            "note": table.text("note", "Say what the source leaves open, or leave it out.", default=""),
            "renamed_from": self._renamed_from(table),
            "source": read_source(table, self.sources),
        }
        kind = table.text("kind", f"Write one of: {', '.join(KINDS)}.", default="cases")
        requirement: AnyRequirement
        match kind:
            case "cases" | "activities":
                requirement = self._count(table, common, Entries(kind))
            case "student":
                where = self.students.read(table.table("where", "Say what must be true of the student."))
                requirement = StudentRequirement(**common, where=where)
            case "attestation":
                requirement = self._attestation(table, common)
            case "group":
                requirement = self._group(table, common)
            case "set":
                requirement = SetRequirement(**common, ruleset=self.find(table))
            case _:
                raise table.error("kind", f"“{kind}” is not a kind of requirement.", closest(kind, list(KINDS)))
        table.finish()
        return requirement

    def _renamed_from(self, table: Table) -> str:
        """The id in earlier editions, which stays this requirement's alone."""
        if not table.has("renamed_from"):
            return ""
        name = read_id(table, key="renamed_from")
        if name in self.all_ids or name in self.renamed:
            raise table.error("renamed_from", f"“{name}” is the id of another requirement.", "Give an earlier id.")
        self.renamed.add(name)
        return name

    def _count(self, table: Table, common: dict[str, Any], of: Entries) -> CountRequirement:
        reader = self.conditions[of]
        name, source = common["id"], common["source"]
        part_ids: set[str] = set()
        # Where entries are worth one each, a share of them is a whole number.
        up, down = (Rounding.NONE,) * 2 if table.has("credit") else (Rounding.UP, Rounding.DOWN)
        fix = f"Say which {of} count, such as " + ('{ is = "valve" }.' if of is Entries.CASES else "{ kind = … }.")
        found = CountRequirement(
            **common,
            of=of,
            where=reader.read(table.table("where", fix)),
            eligible=self._eligible(table, of),
            minimum=self.numbers.read(table, "minimum", name, source, up),
            preferred=self._number(table, "preferred", f"{name}.preferred", source, up),
            unit=table.text("unit", 'Say what is counted, such as "hours".', default=str(of)),
            credits=tuple(
                self._credit(each, reader)
                for each in table.tables("credit", "Write each as [[requirement.credit]].")
            ),
            once_per=self._once_per(table, reader),
            parts=tuple(
                self._part(part, reader, part_ids, (name, source, up, down))
                for part in table.tables("part", "Write each as [[requirement.part]].")
            ),
            each_year=self._each_year(table, name, source, up),
        )
        _check_together(table, found)
        return found

    def _eligible(self, table: Table, of: Entries) -> Condition:
        default = self.eligible[of]
        if default is not None and not table.has("eligible"):
            return default
        fix = 'Say which cases count at all, such as eligible = { is = ["performed", "clinical"] }.'
        return self.conditions[of].read(table.table("eligible", fix))

    def _number(
        self, table: Table, key: str, name: str, source: Source, rounding: Rounding = Rounding.UP
    ) -> Number | None:
        return self.numbers.read(table, key, name, source, rounding) if table.has(key) else None

    def _credit(self, table: Table, reader: ConditionReader) -> Credit:
        which = "Say which entries earn this credit, or leave it out for all others."
        where = reader.read(table.table("where", which)) if table.has("where") else None
        fix = 'Write points = 0.5, or field = "support_hours" with per = 4.'
        fields: dict[str, Any] = {}
        if table.has("field"):
            fields["field"] = _field(table, "field", reader, frozenset({Kind.NUMBER}))
            if table.has("per"):
                fields["per"] = amount(table, "per", table.take("per", ""), fix)
                if not fields["per"]:
                    raise table.error("per", "is 0.", "Write how much makes one step, such as per = 4.")
            if table.has("at_most"):
                fields["at_most"] = amount(table, "at_most", table.take("at_most", ""), fix)
        if "field" not in fields or table.has("points"):
            fields["points"] = amount(table, "points", table.take("points", fix), fix)
            if "field" in fields and "per" not in fields:
                raise table.error("points", "stands beside a field without per.", fix)
        table.finish()
        return Credit(where=where, **fields)

    def _once_per(self, table: Table, reader: ConditionReader) -> str | None:
        return _field(table, "once_per", reader, ONCE) if table.has("once_per") else None

    def _part(
        self,
        table: Table,
        reader: ConditionReader,
        taken: set[str],
        of: tuple[str, Source, Rounding, Rounding],
    ) -> Part:
        requirement, source, up, down = of
        name = f"{requirement}.{read_id(table, taken)}"
        if table.has("source"):
            source = read_source(table, self.sources)
        part = Part(
            id=name.rpartition(".")[2],
            title=table.text("title", "Give the part's title."),
            where=reader.read(table.table("where", "Say what is of this part.")),
            at_least=self._number(table, "at_least", f"{name}.at_least", source, up),
            at_most=self._number(table, "at_most", name, source, down),
        )
        if part.at_least is None and part.at_most is None:
            raise table.wrong("has neither at_least nor at_most.", "Write at least one of the two.")
        table.finish()
        return part

    def _each_year(self, table: Table, name: str, source: Source, up: Rounding) -> EachYear | None:
        if not table.has("each_year"):
            return None
        inner = table.table("each_year", "Write { at_least = 10, last_years = 5 }.")
        at_least = self.numbers.read(inner, "at_least", f"{name}.each_year", source, up)
        years, starts = read_years(inner)
        inner.finish()
        return EachYear(at_least, years, starts)

    def _attestation(self, table: Table, common: dict[str, Any]) -> AttestationRequirement:
        name, source = common["id"], common["source"]
        minimum = self._number(table, "minimum", name, source) or _one(name, source)
        every = self._number(table, "every", f"{name}.every", source)
        of = ""
        if every is not None:
            of = table.text("of", "Name the requirement whose entries it goes by.")
            if not isinstance(self.found.get(of), CountRequirement):
                raise table.error("of", f"no requirement above counts entries as “{of}”.", "Name one that does.")
        return AttestationRequirement(**common, minimum=minimum, every=every, of=of)

    def _group(self, table: Table, common: dict[str, Any]) -> GroupRequirement:
        members = self._ids(table, "members")
        fix = f'Write at_least = "all", at_least = "any", or a number from 1 to {len(members)}.'
        value = table.take("at_least", fix)
        at_least = {"all": len(members), "any": 1}.get(value, value) if isinstance(value, str) else value
        if isinstance(at_least, bool) or not isinstance(at_least, int) or not 1 <= at_least <= len(members):
            raise table.error("at_least", f"is {kind_of(value)}.", fix)
        return GroupRequirement(**common, members=members, at_least=at_least)

    def _ids(self, table: Table, key: str) -> tuple[str, ...]:
        """Ids of requirements that stand above."""
        fix = 'Name requirements that stand above, such as ["open-heart", "valve"].'
        value = table.take(key, fix)
        if not isinstance(value, list) or not value:
            raise table.error(key, "is an empty list." if value == [] else f"is {kind_of(value)}.", fix)
        for name in value:
            if not isinstance(name, str):
                raise table.error(key, f"holds {kind_of(name)}.", fix)
            if name not in self.found:
                hint = closest(name, list(self.found)) if self.found else fix
                raise table.error(key, f"there is no requirement “{name}” above.", hint)
        if len(set(value)) < len(value):
            raise table.error(key, "names a requirement twice.", "Name each once.")
        return tuple(value)

    def exclusive(self, table: Table) -> Exclusive:
        """A group of requirements of which each case serves one."""
        among = self._ids(table, "among")
        if not 2 <= len(among) <= EXCLUSIVE_MOST:
            raise table.error("among", f"names {len(among)}.", f"Name 2 to {EXCLUSIVE_MOST} requirements.")
        for name in among:
            if name in self.shared_out:
                raise table.error("among", f"“{name}” stands in two groups.", "Make them one group.")
            self.shared_out.add(name)
            if not _may_be_exclusive(self.found[name]):
                fix = (
                    "Only plain counts of cases can be: no credits, once_per, parts or each_year, "
                    "and no minimum that is a share of what counted."
                )
                raise table.error("among", f"“{name}” cannot be counted exclusively.", fix)
        given = table.take("may_share", "") if table.has("may_share") else []
        pairs = [self._pair(table, pair, among) for pair in (given if isinstance(given, list) else [given])]
        if len(pairs) > PAIRS_MOST:
            raise table.error("may_share", f"names {len(pairs)} pairs.", f"At most {PAIRS_MOST} fit.")
        table.finish()
        return Exclusive(among, tuple(pairs))

    def _pair(self, table: Table, pair: object, among: tuple[str, ...]) -> tuple[str, str]:
        if (
            isinstance(pair, list)
            and len(pair) == 2
            and pair[0] != pair[1]
            and all(name in among for name in pair)
        ):
            return pair[0], pair[1]
        raise table.error("may_share", "holds what is no pair of the group.", 'Write [["valve", "open-heart"]].')

    def _check_shares(self, tables: list[Table]) -> None:
        """A share is of a plain requirement: shares of shares would go round in circles."""
        for table, requirement in zip(tables, self.found.values(), strict=True):
            for share in _shares(requirement):
                other = self.found.get(share.of)
                if not isinstance(other, CountRequirement) or any(_shares(other)):
                    fault = f"“{share.of}” is no requirement that counts entries by a number of its own."
                    raise table.wrong(fault, "Name one in “of”.")


def _shares(requirement: AnyRequirement) -> Iterator[Percent]:
    """The shares among the numbers of a requirement."""
    numbers: list[Number | None] = []
    if isinstance(requirement, CountRequirement):
        numbers += [number for number, _ in requirement.numbers()]
    elif isinstance(requirement, AttestationRequirement):
        numbers += [requirement.minimum, requirement.every]
    yield from (number.share for number in numbers if number is not None and number.share is not None)


def _check_together(table: Table, requirement: CountRequirement) -> None:
    """Refuse what would let a further entry take from a part or a year what it had."""
    ceilings = any(part.at_most is not None for part in requirement.parts)
    by_day = requirement.once_per in ("case_date", "date")
    if requirement.once_per and requirement.parts:
        raise table.error("once_per", "stands beside parts.", "Write a requirement of its own for each part.")
    if requirement.each_year and (ceilings or (requirement.once_per and not by_day)):
        beside = "a part's at_most" if ceilings else f"once_per = “{requirement.once_per}”"
        raise table.error(
            "each_year", f"stands beside {beside}.", "Write two requirements, each with one of them."
        )


def _may_be_exclusive(requirement: AnyRequirement) -> bool:
    return (
        isinstance(requirement, CountRequirement)
        and requirement.of is Entries.CASES
        and is_plain(requirement)
        and not (requirement.minimum.share and requirement.minimum.share.of_counted)
    )


def _one(name: str, source: Source) -> Number:
    return Number(name, Fraction(1), source)


def _field(table: Table, key: str, reader: ConditionReader, wanted: frozenset[Kind]) -> str:
    """The name of a field of one of these kinds."""
    known = [name for name, kind in reader.fields.items() if kind in wanted]
    name = table.text(key, f"Name a field: {', '.join(known)}.")
    if name not in known:
        raise table.error(key, f"“{name}” is not a field that fits here.", closest(name, known))
    return name
