"""Names of people in a text: behind a title, with a comma, or first and last beside each other.

Operations and devices carry the names of those who thought of them, so eponyms and brands are set apart; and many a
name is a word as well (“will”, “white”), which counts as a name only beside one that is none. Each form is one pattern,
tried where a word of the lists stands, and one judgement about the words alone, which is remembered.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial

from caselog.domain.screen_finding import Category, Finding, Strength
from caselog.domain.screen_text import PlainText
from caselog.domain.screen_words import (
    AMBIGUOUS,
    EPONYM,
    FIRST,
    INSTITUTION,
    KINDS,
    LAST,
    NAME,
    NO_NAMES,
    PATIENT,
    PROVIDER,
    SUFFIX,
    TITLE,
    capital,
    kind_of,
    plainly,
    shouted,
    unknown,
)

STRONG, WEAK = Strength.STRONG, Strength.WEAK
_WORD = r"([^\W\d_]{1,30}(?:['-](?![sS]\b)[^\W\d_]{1,30}){0,3})"
_PARTICLES = r"(?:(?i:van|von|de|del|della|di|da|la|le|bin|al|el|ter|den|der|dos|das|abu|ibn)\s{1,3}){0,3}"
_INITIALS = r"(?:[A-Za-z]\.?\s{1,3}|[A-Za-z]\.){0,2}"
_TITLED = re.compile(r"(?:([.:])\s{0,4}|\s{1,4})" + _INITIALS + _PARTICLES + _WORD)
_ANNOUNCED = re.compile(
    r"(?:'s|s)?([.,:=]?\s{1,4}(?:(?:name|is|was|named|called|boy|girl|of|Name)[:.]?\s{1,3}){0,3})"
    + _PARTICLES
    + _WORD
)
_WITH_COMMA = re.compile(r"\s{0,2},\s{0,3}" + _WORD + r"(\.?)")
_LAST_WORD = re.compile(r"(?<![^\W_])([^\W\d_]{3,30}),\s$")
_BESIDE = re.compile(r"\s{1,4}" + _WORD)
_BEHIND = re.compile(
    r"\s{1,4}(?:[A-Za-z]\.?\s{1,3})?" + _PARTICLES + _WORD + r"(?:\s{1,4}(?:[A-Za-z]\.\s{1,3})?" + _WORD + r")?"
)
_SIGNED = re.compile(
    r"(?:(?:'s)?\s(?:initials|init)\.?)?[\s:]{1,3}(?:(?:is|are|was)\s)?([A-Z]\.\s?[A-Z]\.(?:\s?[A-Z]\.)?)"
)
# Those whose full names belong to the trade’s history, or to a hospital.
_HISTORY = frozenset(
    [
        "tirone david",
        "john gibbon",
        "michael debakey",
        "denton cooley",
        "walton lillehei",
        "magdi yacoub",
        "donald ross",
        "francis fontan",
        "william norwood",
        "james cox",
        "alain carpentier",
        "christiaan barnard",
        "norman shumway",
        "william glenn",
        "alfred blalock",
        "helen taussig",
        "vivien thomas",
        "hugh bentall",
        "john kirklin",
        "vincent dor",
        "ake senning",
        "william mustard",
        "adib jatene",
        "gerald buckberg",
        "hans borst",
        "mary gibbon",
        "robert bartlett",
        "stanley crawford",
        "aldo castaneda",
        "john hopkins",
        "johns hopkins",
        "henry ford",
        "thomas jefferson",
        "george washington",
        "mary washington",
        "john hunter",
        "albert starr",
        "jeremy swan",
    ]
)
_SURE_TITLES = frozenset(["mrs", "mister", "mme", "senora", "madame", "monsieur"])
_RARE_TITLES = frozenset(["miss", "sr", "sir", "sra", "herr", "frau", "master"])

Handler = Callable[[PlainText, int, int], Finding | None]


def _titled(text: PlainText, start: int, end: int) -> Finding | None:
    match = _TITLED.match(text.plain, end)
    if match is None:
        return None
    strength = _title_holds(text.plain[start:end], match[2], dotted=match[1] == ".")
    return Finding(Category.NAME, strength, start, match.end()) if strength else None


@lru_cache(maxsize=8_192)
def _title_holds(title: str, word: str, *, dotted: bool) -> Strength | None:
    low, kind = title.lower(), kind_of(word)
    if word.lower() in NO_NAMES or kind & (TITLE | PROVIDER | PATIENT):
        return None
    listed = kind & (NAME | EPONYM)
    if low in _RARE_TITLES and not (capital(title) and capital(word) and (listed or unknown(word))):
        return None
    if low in _SURE_TITLES or (title in ("Mr", "Ms") and (capital(word) or listed)) or plainly(word):
        return STRONG
    if capital(word) and (unknown(word) or listed) and not kind & AMBIGUOUS:
        return STRONG if capital(title) else WEAK
    return WEAK if low == "mr" and dotted and len(word) > 3 else None


def _treating(text: PlainText, start: int, end: int, *, doctor: bool) -> Finding | None:
    """Those who treat are people too, but not the patient: their names ask for a second look."""
    match = (_TITLED if doctor else _ANNOUNCED).match(text.plain, end)
    if match is None:
        return None
    announced = doctor or ":" in match[1]
    named = _treats(match[2], announced=announced, begins=not doctor and text.plain[start].isupper())
    return Finding(Category.NAME, WEAK, start, match.end()) if named else None


@lru_cache(maxsize=8_192)
def _treats(word: str, *, announced: bool, begins: bool) -> bool:
    kind = kind_of(word)
    if word.lower() in NO_NAMES or word.lower() in INSTITUTION or kind & (TITLE | PATIENT):
        return False
    if announced:
        return plainly(word) or (capital(word) and (unknown(word) or bool(kind & (NAME | EPONYM))))
    return capital(word) and (plainly(word) or (unknown(word) and not begins))


def _announced(text: PlainText, start: int, end: int) -> Finding | None:
    """A name behind “pt”, “baby boy” or “name is”, or initials."""
    if signed := _SIGNED.match(text.plain, end):
        return Finding(Category.NAME, WEAK, signed.start(1), signed.end(1))
    match = _ANNOUNCED.match(text.plain, end)
    if match is None:
        return None
    strength = _announcement_holds(text.low[start:end], match[1].lower(), match[2])
    return Finding(Category.NAME, strength, match.start(2), match.end()) if strength else None


@lru_cache(maxsize=8_192)
def _announcement_holds(cue: str, between: str, word: str) -> Strength | None:
    kind = kind_of(word)
    if word.lower() in NO_NAMES or kind & (PATIENT | TITLE | PROVIDER):
        return None
    naming = cue in ("name", "names", "named") or "name" in between or "called" in between
    if plainly(word) and (capital(word) or naming):
        return STRONG
    by_name = naming and (kind & NAME or unknown(word))
    by_list = capital(word) and not shouted(word) and kind & LAST and not kind & EPONYM
    by_place = unknown(word) and cue in ("pt", "patient", "baby", "boy", "girl")
    return WEAK if by_name or by_list or by_place else None


def _before_comma(text: PlainText, start: int, end: int) -> Finding | None:
    """“Smith, John”, “Patel, R.”, “Foster, RN”."""
    match = _WITH_COMMA.match(text.plain, end)
    if match is None:
        return None
    strength = _comma_holds(text.plain[start:end], match[1], dotted=bool(match[2]))
    return Finding(Category.NAME, strength, start, match.end(1)) if strength else None


@lru_cache(maxsize=8_192)
def _comma_holds(last: str, first: str, *, dotted: bool) -> Strength | None:
    kind, sure = kind_of(first), plainly(last)
    if kind & SUFFIX and capital(last) and (sure or shouted(first)):
        return WEAK
    if kind_of(last) & LAST and kind & FIRST and capital(last) == capital(first):
        if sure and plainly(first):
            return STRONG
        return WEAK if plainly(first) or (capital(last) and sure) else None
    given = dotted if len(first) == 1 else "-" in first or unknown(first)
    return WEAK if sure and capital(last) and capital(first) and given else None


def _beside(text: PlainText, start: int, end: int) -> Finding | None:
    """“the Robinson family”, “Nguyen Thi”, “J. Whitaker”."""
    plain = text.plain
    if not plain[start].isupper():
        return None
    last = plain[start:end]
    match = _BESIDE.match(plain, end)
    if match and _stands_beside(last, match[1]):
        return Finding(Category.NAME if match[1] == "family" else Category.BARE_NAME, WEAK, start, match.end())
    at = start - 3 if plain[start - 2 : start] == ". " else start - 2
    if at >= 0 and plain[start - 1] == " " and plain[at].isupper() and not plain[max(0, at - 1) : at].isalnum():
        return Finding(Category.NAME, WEAK, at, end) if plainly(last) else None
    return None


def _behind_comma(text: PlainText, start: int, end: int) -> Finding | None:
    """A last name that no list has, before a first name: “Abernathy, Paul”."""
    if text.plain[start - 2 : start - 1] != "," or not text.plain[start].isupper():
        return None
    before = _LAST_WORD.search(text.plain, max(0, start - 34), start)
    if before and unknown(before[1]) and plainly(text.plain[start:end]):
        return Finding(Category.NAME, WEAK, before.start(), end)
    return None


def _alone(text: PlainText, start: int, end: int) -> Finding | None:
    """A last name by itself, with a capital within a line."""
    plain = text.plain
    if start < 2 or plain[start - 1] not in " (" or not plain[start].isupper() or plain[start - 2] in ".!?:\n-":
        return None
    match = _BESIDE.match(plain, end)
    behind = match[1].lower() if match else ""
    if _is_last(plain[start:end]) and behind not in INSTITUTION and not kind_of(behind) & EPONYM:
        return Finding(Category.BARE_NAME, WEAK, start, end)
    return None


@lru_cache(maxsize=8_192)
def _is_last(word: str) -> bool:
    return plainly(word) and bool(kind_of(word) & LAST) and not shouted(word)


@lru_cache(maxsize=8_192)
def _stands_beside(last: str, word: str) -> bool:
    if word == "family":
        return not kind_of(last) & EPONYM
    return (
        capital(word)
        and plainly(word)
        and plainly(last)
        and bool(kind_of(word) & FIRST)
        and not kind_of(last) & FIRST
    )


def _first_last(text: PlainText, start: int, end: int) -> Finding | None:
    """“John Smith”, “Maria de la Cruz”, “Linda T. Martinez”; in small letters where both are plainly names."""
    match = _BEHIND.match(text.plain, end)
    if match is None:
        return None
    found = _full_name(text.plain[start:end], match[1], match[2] or "", begins=start == 0)
    return Finding(Category.BARE_NAME, found[0], start, match.end(found[1])) if found else None


@lru_cache(maxsize=8_192)
def _full_name(first: str, second: str, third: str, *, begins: bool) -> tuple[Strength, int] | None:
    """How sure a full name is, and at which of the words behind the first it ends."""
    middle = kind_of(second) & FIRST and plainly(second) and capital(second) == capital(third)
    if middle and kind_of(third) & LAST and plainly(third) and (sure := _pair(first, third, begins=begins)):
        return sure, 2
    if second.lower() in INSTITUTION or (capital(third) and third.lower() in INSTITUTION):
        return None
    strength = None if f"{first} {second}".lower() in _HISTORY else _pair(first, second, begins=begins)
    return (strength, 1) if strength else None


def _pair(first: str, last: str, *, begins: bool) -> Strength | None:
    if capital(first) != capital(last):
        return None
    one, two = kind_of(first), kind_of(last)
    if not two & NAME:
        return WEAK if plainly(first) and capital(first) and not shouted(first) and unknown(last) else None
    if plainly(first) and plainly(last):
        return STRONG if two & LAST else WEAK
    if not capital(first):
        return None
    if plainly(last) and two & LAST:  # “David Johnson” is sure, “Mark Thompson” less so
        return STRONG if one & EPONYM and not shouted(first) else WEAK
    if plainly(first):  # “Linda Ross” could be a line about the operation
        return WEAK if two & EPONYM or shouted(first) else STRONG
    return None if (one | two) & EPONYM or shouted(first) or begins else WEAK


def _handlers(word: str, kind: int) -> tuple[Handler, ...]:
    doctor = word in ("dr", "doctor", "prof", "professor")
    wanted: dict[int, tuple[Handler, ...]] = {
        TITLE: (_titled,),
        PROVIDER: (partial(_treating, doctor=doctor),),
        PATIENT: (_announced,),
        LAST: (_before_comma, _beside, _alone),
        FIRST: (_first_last, _behind_comma),
    }
    return tuple(each for bit, handlers in wanted.items() if kind & bit for each in handlers)


# What to try at each word of the lists.
AT_WORDS: Mapping[str, tuple[Handler, ...]] = {
    word: handlers for word, kind in KINDS.items() if (handlers := _handlers(word, kind))
}
