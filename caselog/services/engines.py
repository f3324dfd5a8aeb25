"""Engines made ready once and kept: making one, and judging each kind of case anew, takes longer than counting.

An engine knows nothing of students, so it serves everybody whose cohort is judged under its rule set. A day or a
code list that changes makes another engine; what is kept is bounded, and each worker process keeps its own.
"""

from datetime import date
from functools import lru_cache

from caselog.domain.codes import Code, CodeBook, CodeList
from caselog.domain.evaluate import Engine
from caselog.domain.ruleset import RuleSet

CodeRow = tuple[str, str, str, str, bool]  # list, code, label, family, retired


@lru_cache(maxsize=64)
def engine_for(ruleset: RuleSet, codes: CodeBook, as_of: date) -> Engine:
    """The engine of a rule set for a code book and a day."""
    return Engine(ruleset, codes, as_of)


@lru_cache(maxsize=64)
def code_book(rows: tuple[CodeRow, ...]) -> CodeBook:
    """The code book that these rows make: the same one for the same rows, so that its engines are found again."""
    lists: dict[CodeList, list[Code]] = {}
    for name, code, label, family, retired in rows:
        lists.setdefault(CodeList(name), []).append(Code(code, label, family, retired))
    return CodeBook(lists)
