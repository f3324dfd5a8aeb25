"""What leaves: for which use, in which format, how exactly, and the code by which a stranger can ask about it."""

import hashlib
import re
import uuid
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

REASON_MOST = 200  # characters of why something leaves, or is withdrawn
CODE_LENGTH = 26  # characters of Crockford's base 32: 128 bits and two to spare
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# What people read or write instead: no code holds an I, L or O, and spaces and hyphens only group it.
_MEANT = str.maketrans({"I": "1", "L": "1", "O": "0"})
_SEPARATORS = re.compile(r"[\s\-–]+")
_CODE = re.compile(f"[{_DIGITS}]{{{CODE_LENGTH}}}")


class Use(StrEnum):
    """What an export is for."""

    APPLICATION = "application"
    PROGRAM_FILE = "program_file"
    BOARD = "board"
    SPREADSHEET = "spreadsheet"
    ARCHIVE = "archive"
    COHORT = "cohort"
    REPORT = "report"


class Format(StrEnum):
    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    ZIP = "zip"


class Dates(StrEnum):
    """How exactly the day of a case leaves."""

    DAY = "day"
    MONTH = "month"
    TERM = "term"


class Sites(StrEnum):
    """As what a hospital leaves."""

    NAME = "name"
    PSEUDONYM = "pseudonym"


@dataclass(frozen=True, slots=True)
class Precision:
    dates: Dates = Dates.DAY
    sites: Sites = Sites.NAME


FULL = Precision()


def date_text(day: date | None, dates: Dates) -> str:
    """A day as exactly as it may leave: 2026-09-14, 2026-09, or 2026 fall; empty for no day.

    The terms are ours, since programs name theirs differently: spring to May, summer to August, fall to December.
    """
    if day is None:
        return ""
    match dates:
        case Dates.DAY:
            return day.isoformat()
        case Dates.MONTH:
            return f"{day:%Y-%m}"
        case Dates.TERM:
            return f"{day.year} {'spring' if day.month < 6 else 'summer' if day.month < 9 else 'fall'}"


def pseudonym(prefix: str, identifier: uuid.UUID) -> str:
    """What stands for a thing in everything that leaves under pseudonyms: always the same, such as `site-7KQ2ND`.

    It is made of the thing's random identifier, which itself leaves only in a student's own archive.
    """
    digest = hashlib.sha256(f"{prefix} {identifier}".encode()).digest()
    number = int.from_bytes(digest[:4]) >> 2
    return f"{prefix}-{_in_base_32(number, 6)}"


def code_of(secret: bytes) -> str:
    """16 random bytes as the code of an export."""
    return _in_base_32(int.from_bytes(secret), CODE_LENGTH)


def _in_base_32(number: int, length: int) -> str:
    return "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(length)))


def shown_code(code: str) -> str:
    """A code as it is printed: in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def read_code(typed: str) -> str | None:
    """The code that somebody typed, however grouped and with the usual slips; None when it cannot be one."""
    code = _SEPARATORS.sub("", typed).upper().translate(_MEANT)
    return code if _CODE.fullmatch(code) else None
