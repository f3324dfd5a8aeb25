"""What the screen of texts can find: its kinds, and how sure it is."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from re import Match, Pattern
from typing import NamedTuple

from caselog.domain.screen_text import PlainText


class Category(StrEnum):
    """What a stretch of text looks like."""

    RECORD_NUMBER = "record_number"
    BIRTH_DATE = "birth_date"
    EXACT_AGE = "exact_age"
    NAME = "name"
    BARE_NAME = "bare_name"
    PHONE = "phone"
    EMAIL = "email"
    SSN = "ssn"
    ADDRESS = "address"
    ZIP = "zip"
    ROOM_BED = "room_bed"
    DEVICE_SERIAL = "device_serial"
    LONG_NUMBER = "long_number"
    DAY = "day"


class Strength(StrEnum):
    """Strong is refused; weak may stay once the writer has confirmed that it names no patient."""

    STRONG = "strong"
    WEAK = "weak"


WORDS = {
    Category.RECORD_NUMBER: "looks like a record number; leave it out",
    Category.BIRTH_DATE: "looks like a birth date; leave it out, the age group says enough",
    Category.EXACT_AGE: "looks like an exact age; leave it out, the age group says enough",
    Category.NAME: "looks like somebody’s name; leave it out",
    Category.BARE_NAME: "looks like somebody’s name; leave it out",
    Category.PHONE: "looks like a telephone or pager number; leave it out",
    Category.EMAIL: "looks like an e-mail address; leave it out",
    Category.SSN: "looks like a social security or other official number; leave it out",
    Category.ADDRESS: "looks like an address; leave it out",
    Category.ZIP: "looks like a ZIP code; leave it out",
    Category.ROOM_BED: "looks like a room or a bed; leave it out",
    Category.DEVICE_SERIAL: "looks like the number of one device; leave it out, the model says enough",
    Category.LONG_NUMBER: "is a long number that could identify somebody; leave it out",
    Category.DAY: "looks like a date; the date of the case has its own field",
}


class Finding(NamedTuple):
    """A stretch of text, from `start` up to `end` in characters, that may identify somebody."""

    category: Category
    strength: Strength
    start: int
    end: int

    @property
    def strong(self) -> bool:
        return self.strength is Strength.STRONG

    @property
    def words(self) -> str:
        return WORDS[self.category]


Check = Callable[[Match[str], str], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern over the plain text in small letters; what it finds is its group `it`, or the whole.

    `check` looks again at a match, given the plain text with its capitals, and may turn it down.
    """

    category: Category
    strength: Strength
    pattern: Pattern[str]
    check: Check | None = None

    def finding(self, match: Match[str], text: PlainText) -> Finding | None:
        """What a match of the pattern means, if it holds."""
        if self.check and not self.check(match, text.plain):
            return None
        group: int | str = "it" if "it" in self.pattern.groupindex else 0
        return Finding(self.category, self.strength, match.start(group), match.end(group))
