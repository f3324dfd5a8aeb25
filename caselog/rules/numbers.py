"""Reading the numbers of a rule: fixed, the program's own, with exceptions for some students, or a share."""

from fractions import Fraction

from caselog.domain.conditions import Condition
from caselog.domain.ruleset import Number, Percent, Rounding, Source
from caselog.rules.conditions import ConditionReader
from caselog.rules.reading import MOST, Table, kind_of

_AN_EXCEPTION = "{ when = { … about the student … }, value = 20 }"


class NumberReader:
    """Reads numbers; `students` reads the conditions of their exceptions."""

    def __init__(self, students: ConditionReader) -> None:
        self.students = students

    def read(self, table: Table, key: str, name: str, source: Source, rounding: Rounding = Rounding.UP) -> Number:
        """The number under a key that must be there; `name` is what the program knows it by."""
        fix = f'Write {key} = 75, or {key} = "program" where each program sets its own number.'
        value = table.take(key, fix)
        if value == "program":
            return Number(name, None, source, by_program=True)
        if not isinstance(value, dict):
            return Number(name, amount(table, key, value, fix), source)
        inner = Table(table.file, table.path(key), value)
        if inner.has("percent"):
            return Number(name, None, source, share=self._share(inner, rounding))
        found = Number(
            name,
            amount(inner, "value", inner.take("value", fix), fix),
            source,
            by_program=self._may_change(inner, key),
            exceptions=tuple(
                self._exception(each) for each in inner.tables("exceptions", f"Write a list: [{_AN_EXCEPTION}].")
            ),
        )
        inner.finish()
        if not found.by_program and not found.exceptions:
            raise inner.wrong("adds nothing to the number.", f"Write the number alone: {key} = 75.")
        return found

    def _may_change(self, inner: Table, key: str) -> bool:
        if not inner.has("program_may_change"):
            return False
        value = inner.take("program_may_change", "")
        if value is not True:
            alone = f"Write true; where it may not, write the number alone: {key} = 75."
            raise inner.error("program_may_change", f"is {kind_of(value)}.", alone)
        return True

    def _exception(self, table: Table) -> tuple[Condition, Fraction]:
        fix = f"Write {_AN_EXCEPTION}."
        when = self.students.read(table.table("when", fix))
        value = amount(table, "value", table.take("value", fix), fix)
        table.finish()
        return when, value

    def _share(self, inner: Table, rounding: Rounding) -> Percent:
        fix = 'Write { percent = 20, of = "procedures" }.'
        percent = amount(inner, "percent", inner.take("percent", fix), fix)
        if percent > 100:
            raise inner.error("percent", "is more than 100.", "Write at most 100.")
        of = inner.text("of", fix)
        of_counted = inner.has("of_counted") and inner.take("of_counted", "")
        if not isinstance(of_counted, bool):
            raise inner.error("of_counted", f"is {kind_of(of_counted)}.", "Write true or false.")
        inner.finish()
        return Percent(percent, of, of_counted, rounding)


def amount(table: Table, key: str, value: object, fix: str) -> Fraction:
    """A number from 0 to MOST, whole or with decimals."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST:
        raise table.error(key, f"is {kind_of(value)}, not a number from 0 to {MOST:,}.", fix)
    return Fraction(str(value))
