"""Reading conditions from a rule file. The grammar is described in docs/rule-sets.md."""

from collections.abc import Mapping
from datetime import date

from caselog.domain.case import LIST_FIELDS
from caselog.domain.codes import CodeBook, CodeList
from caselog.domain.conditions import (
    FREE_CODE_FIELDS,
    AllOf,
    AnyOf,
    Condition,
    Given,
    Is,
    Kind,
    Named,
    Not,
    OfStudent,
    OneOf,
)
from caselog.rules.limits import read_dates, read_numbers
from caselog.rules.reading import MOST, RuleFileError, Table, closest, kind_of

_FIX = 'Write fields and what they must hold, such as { role = "primary" }, or is, all, any, not.'

_WORDS = ("all", "any", "not")

# Ours: far above what anyone writes, and what a condition may cost wherever it is held, said or walked.
DEEPEST = 20  # conditions within conditions, names written out
LARGEST = 1_000  # parts, names written out


class ConditionReader:
    """Reads the conditions of one file, knowing its named conditions, its parameters and the code book.

    `students` reads what a condition says of the student; without it, it may not say anything of them.
    """

    def __init__(
        self,
        fields: Mapping[str, Kind],
        codes: CodeBook,
        parameters: Mapping[str, int | date],
        named: Mapping[str, Named],
        students: "ConditionReader | None" = None,
    ) -> None:
        self.fields, self.codes, self.parameters, self.students = fields, codes, parameters, students
        self.named = dict(named)
        self.not_yet: set[str] = set()  # names whose own definition is still to be read

    def read(self, table: Table) -> Condition:
        """The condition that a table says: all of its keys must hold."""
        condition = self._read(table, 1)
        levels, parts = _extent(condition)
        if levels > DEEPEST:
            raise _too_deep(table)
        if parts > LARGEST:
            fault = f"says {parts:,} things, names written out."
            raise RuleFileError(table.file, table.key, fault, f"At most {LARGEST:,} fit: say it shorter.")
        return condition

    def _read(self, table: Table, level: int) -> Condition:
        if level > DEEPEST:
            raise _too_deep(table)
        parts = [self._part(table, key, level) for key in table.rest()]
        if not parts:
            raise RuleFileError(table.file, table.key, "says nothing.", _FIX)
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _part(self, table: Table, key: str, level: int) -> Condition:
        match key:
            case "is":
                return self._named(table)
            case "all" | "any":
                inner = table.tables(
                    key, 'Write a list of conditions, such as [{ is = "valve" }, { redo = true }].'
                )
                if not inner:
                    raise table.error(key, "is an empty list.", "Write at least one condition.")
                parts = tuple(self._read(each, level + 1) for each in inner)
                return AllOf(parts) if key == "all" else AnyOf(parts)
            case "not":
                return Not(self._read(table.table(key, _FIX), level + 1))
            case "student" if self.students is not None:
                return OfStudent(self.students.read(table.table(key, _FIX)))
        if key not in self.fields:
            words = ("is", *_WORDS) if self.named else _WORDS
            words = ("student", *words) if self.students is not None else words
            raise table.error(key, "is not a field.", closest(key, [*self.fields, *words]))
        return self._field(table, key, table.take(key, _FIX))

    def _named(self, table: Table) -> Condition:
        fix = 'Name a condition, such as is = "performed", or a list of names.'
        if not self.named:
            raise table.error(
                "is", "does not fit here: named conditions are about cases.", "Write a field instead."
            )
        value = table.take("is", fix)
        names = value if isinstance(value, list) else [value]
        for name in names:
            if not isinstance(name, str):
                raise table.error("is", f"holds {kind_of(name)}.", fix)
            if name in self.not_yet:
                raise table.error("is", f"“{name}” is not defined yet.", "Name only conditions that stand above.")
            if name not in self.named:
                raise table.error("is", f"there is no condition “{name}”.", closest(name, list(self.named)))
        if not names:
            raise table.error("is", "is an empty list.", fix)
        parts = tuple(self.named[name] for name in names)
        return parts[0] if len(parts) == 1 else AllOf(parts)

    def _field(self, table: Table, field: str, value: object) -> Condition:
        kind = self.fields[field]
        if isinstance(value, dict):
            return self._compared(Table(table.file, table.path(field), value), field, kind)
        if kind is Kind.YES_NO:
            if not isinstance(value, bool):
                raise table.error(field, f"is {kind_of(value)}.", "Write true or false.")
            return Is(field, value)
        if kind in (Kind.CODE, Kind.CODES):
            return OneOf(field, self._codes(table, field, field, value))
        example = "{ from = 2024-08-01 }" if kind is Kind.DATE else "{ at_least = 50 }"
        raise table.error(field, f"is {kind_of(value)}.", f"This field holds {kind.value}: write {example}.")

    def _compared(self, inner: Table, field: str, kind: Kind) -> Condition:
        if inner.has("given"):
            value = inner.take("given", "")
            if not isinstance(value, bool):
                raise inner.error("given", f"is {kind_of(value)}.", "Write true or false.")
            inner.finish()
            return Given(field, value)
        if kind in (Kind.CODE, Kind.CODES):
            return self._from_families(inner, field)
        if kind is Kind.DATE:
            return read_dates(inner, field, self.parameters)
        if kind is Kind.NUMBER:
            return read_numbers(inner, field, self.parameters)
        raise RuleFileError(inner.file, inner.key, "is a table.", "Write true or false.")

    def _from_families(self, inner: Table, field: str) -> Condition:
        families: tuple[str, ...] = ()
        own: frozenset[str] = frozenset()
        if inner.has("family"):
            families = self._families(inner, field)
        if inner.has("codes"):
            own = self._codes(inner, "codes", field, inner.take("codes", ""))
        at_least = self._how_many(inner, field)
        inner.finish()
        if not families and not own:
            fix = 'Write { family = "valve" } or { codes = ["asd", "vsd"] }.'
            raise RuleFileError(inner.file, inner.key, "names no codes.", fix)
        return OneOf(field, own, families, at_least)

    def _how_many(self, inner: Table, field: str) -> int:
        if not inner.has("at_least"):
            return 1
        value = inner.take("at_least", "")
        if field not in LIST_FIELDS:
            raise inner.error("at_least", "does not fit a field with one code.", "Leave it out.")
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
            raise inner.error("at_least", f"is {kind_of(value)}.", "Write a whole number from 1 on.")
        return value

    def _families(self, inner: Table, field: str) -> tuple[str, ...]:
        if field not in tuple(CodeList):
            raise inner.error("family", f"{field} has no families.", "List the codes instead.")
        known = self.codes.families(CodeList(field))
        value = inner.take("family", "")
        families = value if isinstance(value, list) else [value]
        for family in families:
            if not isinstance(family, str):
                raise inner.error("family", f"holds {kind_of(family)}.", "Write families as text, in quotes.")
            if family not in known:
                raise inner.error(
                    "family", f"“{family}” is not a family of {field}.", closest(family, list(known))
                )
        return tuple(families)

    def _codes(self, table: Table, key: str, field: str, value: object) -> frozenset[str]:
        codes = value if isinstance(value, list) else [value]
        if not codes:
            raise table.error(key, "is an empty list.", "Name at least one code.")
        for code in codes:
            if not isinstance(code, str):
                raise table.error(key, f"holds {kind_of(code)}.", "Write codes as text, in quotes.")
            if field not in FREE_CODE_FIELDS and not self.codes.knows(field, code):
                allowed = list(self.codes.allowed(field))
                raise table.error(key, f"“{code}” is not a code of {field}.", closest(code, allowed))
        return frozenset(codes)


def parts_of(condition: Condition) -> int:
    """How many parts a condition has, with its names written out."""
    return _extent(condition)[1]


def _extent(condition: Condition) -> tuple[int, int]:
    """How many levels a condition has, and how many parts, with its names written out."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            inner = [_extent(part) for part in parts]
        case Not(part) | Named(part=part) | OfStudent(part):
            inner = [_extent(part)]
        case _:
            return 1, 1
    return 1 + max((levels for levels, _ in inner), default=0), 1 + sum(parts for _, parts in inner)


def _too_deep(table: Table) -> RuleFileError:
    fix = "Say it flatter, with all and any."
    return RuleFileError(table.file, table.key, f"is nested too deep: at most {DEEPEST} levels fit.", fix)
