"""The kinds of next case, read from next-cases.toml."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path

from caselog.domain.case import LIST_FIELDS, Case, faults
from caselog.domain.codes import CodeBook, Setting
from caselog.domain.next_cases import NextKind
from caselog.rules.codes import load_codes
from caselog.rules.reading import Table, kind_of

FILE = Path(__file__).with_name("next-cases.toml")
_MAY_BE_NEW = ("rotation", "site", "preceptor")
_FIELDS = (
    "activity", "procedures", "role", "share_percent", "setting", "age_group", "urgency", "redo", "cpb_minutes",
    "cross_clamp_minutes", "circulatory_arrest_minutes", "support_hours", "lowest_temp_c", "techniques", "events",
)  # fmt: skip


@cache
def load_kinds() -> tuple[NextKind, ...]:
    """The kinds that ship, in their order."""
    return read_kinds(FILE.read_text(encoding="utf-8"), FILE.name, load_codes())


def read_kinds(text: str, file: str, codes: CodeBook) -> tuple[NextKind, ...]:
    """The kinds in a text. Raises RuleFileError, and tomllib.TOMLDecodeError if it is no TOML."""
    values = tomllib.loads(text)
    root = Table(file, "", values)
    return tuple(
        _kind(root.table(name, "Write [NAME] with title, words and case."), name, codes) for name in values
    )


def _kind(table: Table, name: str, codes: CodeBook) -> NextKind:
    new = table.take("new", "") if table.has("new") else []
    if not isinstance(new, list) or not all(field in _MAY_BE_NEW for field in new):
        raise table.error("new", f"is {kind_of(new)}.", f"Name fields of: {', '.join(_MAY_BE_NEW)}.")
    title = table.text("title", "Say in words what the case is.")
    words = table.text("words", "Give the words that stand after a number.")
    case = _case(table.table("case", "Write the fields of the case: case = { activity = … }."), codes)
    table.finish()
    return NextKind(name, title, words, case, tuple(new))


def _case(table: Table, codes: CodeBook) -> Case:
    given = {field: table.take(field, "") for field in _FIELDS if table.has(field)}
    table.finish()
    lists = {field: tuple(sorted(value)) for field, value in given.items() if field in LIST_FIELDS}
    case = Case(**{"setting": Setting.CLINICAL, **given, **lists})
    for fault in faults(case, today=date.max, codes=codes):
        raise table.error(fault.field, fault.message, "Mend the code or the number.")
    return case
