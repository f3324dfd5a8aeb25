"""What a single word may be: a first or a last name, an eponym, a title, or a word of the language besides.

Kinds are plain integers, to be combined by bits: a text has many words, and an enum's bits cost a microsecond each.
"""

from functools import lru_cache
from pathlib import Path
from typing import Final

FIRST: Final = 1
LAST: Final = 2
AMBIGUOUS: Final = 4  # a word of the language as well
EPONYM: Final = 8
TITLE: Final = 16
PROVIDER: Final = 32
PATIENT: Final = 64
SUFFIX: Final = 128
NAME: Final = FIRST | LAST

_FILES = {FIRST: "first-names", LAST: "last-names", AMBIGUOUS: "not-only-names", EPONYM: "eponyms"}
_LISTED = {
    TITLE: "mr mrs ms miss mister mx sr sra senor senora herr frau madame mme monsieur sir master",
    PROVIDER: (
        "dr doctor prof professor nurse surgeon anesthesiologist anaesthetist crna preceptor resident fellow attending"
        " perfusionist instructor supervisor tech consultant cardiologist"
    ),
    PATIENT: (
        "patient patients pt pts baby bb bg babyboy babygirl boy girl name names named called initials husband wife"
        " mother father son daughter mom dad family"
    ),
    SUFFIX: "md rn ccp do np pa crna phd mbbs frcs lp facs lcp",
}


def listed(name: str) -> list[str]:
    """The words of a list that stands beside this module."""
    text = Path(__file__).with_name("words").joinpath(f"{name}.txt").read_text(encoding="ascii")
    return text.split()


# Behind “Mr” or “Dr” these begin the next thought; MR is mitral regurgitation too, and MS a stenosis.
NO_NAMES = frozenset(listed("not-behind-titles"))
INSTITUTION = frozenset(listed("institutions"))  # a name of these is an institution’s


def _read() -> dict[str, int]:
    found: dict[str, int] = {}
    for kind, name in _FILES.items():
        for word in listed(name):
            found[word] = found.get(word, 0) | kind
    for kind, words in _LISTED.items():
        for word in words.split():
            found[word] = found.get(word, 0) | kind
    return found


KINDS = _read()


@lru_cache(maxsize=8_192)
def kind_of(word: str) -> int:
    """What a word may be, whatever its capitals; of “Ji-woo” and “Smith-Jones” what their parts are."""
    low = word.lower()
    known = KINDS.get(low, 0)
    if not known and ("-" in low or "'" in low):
        for part in low.replace("'", "-").split("-"):
            known |= KINDS.get(part, 0) & NAME
    return known


def capital(word: str) -> bool:
    return word[:1].isupper()


def shouted(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def plainly(word: str) -> bool:
    """Whether it is nothing but a name."""
    kind = kind_of(word)
    return bool(kind & NAME) and not kind & (AMBIGUOUS | EPONYM)


def unknown(word: str) -> bool:
    """A capital word that could be a name which no list has."""
    low = word.lower()
    return (
        capital(word) and not shouted(word) and len(word) > 2
        and not kind_of(word) and low not in NO_NAMES and low not in INSTITUTION
    )  # fmt: skip
