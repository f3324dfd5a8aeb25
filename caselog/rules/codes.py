"""The seed of the open code lists, read from codes.toml."""

import tomllib
from functools import cache
from pathlib import Path

from caselog.domain.codes import Code, CodeBook, CodeList

SEED = Path(__file__).with_name("codes.toml")


@cache
def load_codes() -> CodeBook:
    """The code book that a new program starts with, and that `evaluate` uses without a database."""
    lists = tomllib.loads(SEED.read_text(encoding="utf-8"))
    return CodeBook(
        {
            name: [
                Code(code, label, family) for family, codes in lists[name].items() for code, label in codes.items()
            ]
            for name in CodeList
        }
    )
