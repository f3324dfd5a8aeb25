"""Names of people in a text: behind a title, with a comma, or first and last beside each other.

Operations and devices carry the names of those who thought of them, so eponyms and brands are set apart; and many a
name is a word as well (“will”, “white”), which counts as a name only beside one that is none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag
from functools import lru_cache
from pathlib import Path

from caselog.domain.screen_finding import Category, Finding, Strength
from caselog.domain.screen_text import PlainText

STRONG, WEAK = Strength.STRONG, Strength.WEAK
_LISTS = Path(__file__).with_name("words")


class Kind(IntFlag):
    """What a word may be."""

    FIRST = 1
    LAST = 2
    AMBIGUOUS = 4  # a word of the language as well
    EPONYM = 8
    TITLE = 16
    PROVIDER = 32
    PATIENT = 64
    SUFFIX = 128


_LISTED = {
    Kind.FIRST: "first-names.txt",
    Kind.LAST: "last-names.txt",
    Kind.AMBIGUOUS: "not-only-names.txt",
    Kind.EPONYM: "eponyms.txt",
}
_WORDS = {
    Kind.TITLE: "mr mrs ms miss mister mx sr sra senor senora herr frau madame mme monsieur sir",
    Kind.PROVIDER: (
        "dr doctor prof professor nurse surgeon anesthesiologist anaesthetist crna preceptor resident fellow attending"
        " perfusionist instructor supervisor tech consultant cardiologist"
    ),
    Kind.PATIENT: (
        "patient patients pt pts baby bb bg babyboy babygirl boy girl name names named called initials husband wife"
        " mother father son daughter mom dad family"
    ),
    Kind.SUFFIX: "md rn ccp do np pa crna phd mbbs frcs lp facs lcp",
}
# Behind “Mr” or “Dr” these begin the next thought; MR is mitral regurgitation too, and MS a stenosis.
_NO_NAMES = frozenset(
    "a about after again all also and any are as asked at back bad be because before better but by called came can chest"
    " clinic closed comes completed converted coming could did do does for from gave gets gone got had has he her him his"
    " i in into is it just left less like likes mild moderate more much no none not now of off office ok on only or our"
    " out over plus post pre recommended repair replaced replacement right said saw says severe she shows so started"
    " still stopped still than that the their then they this to today told took trace trivial uses valve wanted wants was"
    " we went were when who will with without would x yes you your jet grade due residual central significant ring clip"
    " preop postop intraop was again mitral aortic name names number id initials dr mr mrs ms vs boy girl baby family"
    " came done doing well needs needed has started stable died small big large old new very tof vsd asd cabg avr mvr".split()
)
# A name of these is an institution's.
_INSTITUTION = frozenset(
    "university hospital medical college health clinic institute center centre school foundation society memorial heart"
    " children's childrens general healthcare county system valve ring clamp procedure operation technique test sign repair"
    " shunt classification syndrome disease criteria score lecture award conference award method formula graft prosthesis"
    " cannula pump console oxygenator street medicine vascular cardiac cardiovascular press".split()
)
# Those whose full names belong to the trade's history.
_HISTORY = frozenset(
    {
        ("tirone", "david"), ("john", "gibbon"), ("michael", "debakey"), ("denton", "cooley"), ("walton", "lillehei"),
        ("magdi", "yacoub"), ("donald", "ross"), ("francis", "fontan"), ("william", "norwood"), ("james", "cox"),
        ("alain", "carpentier"), ("christiaan", "barnard"), ("norman", "shumway"), ("william", "glenn"),
        ("alfred", "blalock"), ("helen", "taussig"), ("vivien", "thomas"), ("hugh", "bentall"), ("pedro", "nido"),
        ("john", "kirklin"), ("vincent", "dor"), ("ake", "senning"), ("william", "mustard"), ("adib", "jatene"),
        ("gerald", "buckberg"), ("hans", "borst"), ("mary", "gibbon"), ("robert", "bartlett"), ("stanley", "crawford"),
        ("aldo", "castaneda"), ("john", "hopkins"), ("johns", "hopkins"), ("henry", "ford"), ("thomas", "jefferson"),
        ("george", "washington"), ("mary", "washington"), ("john", "hunter"), ("albert", "starr"), ("jeremy", "swan"),
    }
)  # fmt: skip
_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+){0,3}")
_GAP = re.compile(r"\s{1,4}")
_TITLE_GAP = re.compile(r"[.:]?\s{0,4}(?:[a-z]\.\s{0,2}){0,2}")
_CUE_GAP = re.compile(r"(?:'s|s)?[.,:=]?\s{1,4}(?:(?:name|is|was|named|called|boy|girl|of|'s|s)[:.]?\s{1,3}){0,3}")
_COMMA = re.compile(r"\s{0,2},\s{0,3}")
_INITIALS = re.compile(r"(?:(?:'s)?\s(?:initials|init)\.?)?[\s:]{1,3}(?:(?:is|are|was)\s)?([A-Z]\.\s?[A-Z]\.(?:\s?[A-Z]\.)?)")
_INITIAL_LAST = re.compile(r"([A-Z])\.?\s$")
_PARTICLE = re.compile(r"(?:van|von|de|del|della|di|da|la|le|bin|al|el|st|ter|den|der|dos|das|abu|ibn)\s{1,3}")


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for kind, name in _LISTED.items():
        for word in (_LISTS / name).read_text(encoding="ascii").split():
            found[word] = found.get(word, Kind(0)) | kind
    for kind, words in _WORDS.items():
        for word in words.split():
            found[word] = found.get(word, Kind(0)) | kind
    return found


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the text, a possessive’s “’s” left off, and what it may be."""

    start: int
    end: int
    text: str
    kind: Kind

    @property
    def low(self) -> str:
        return self.text.lower()

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def shouted(self) -> bool:
        return len(self.text) > 1 and self.text.isupper()

    def may_be(self, kind: Kind) -> bool:
        return bool(self.kind & kind)

    @property
    def plainly(self) -> bool:
        """Whether it is nothing but a name."""
        return self.may_be(Kind.FIRST | Kind.LAST) and not self.may_be(Kind.AMBIGUOUS | Kind.EPONYM)

    @property
    def unknown(self) -> bool:
        """A capital word that could be a name that no list has."""
        return (
            self.capital and not self.kind and len(self.text) > 2 and not self.shouted
            and self.low not in _NO_NAMES and self.low not in _INSTITUTION
        )  # fmt: skip


def _word(text: PlainText, at: int) -> _Word | None:
    """The word that begins there."""
    match = _TOKEN.match(text.plain, at)
    if match is None:
        return None
    said = match.group()[:40]
    if said.lower().endswith("'s"):
        said = said[:-2]
    kinds = _lexicon()
    kind = kinds.get(said.lower()) or _of_parts(said.lower(), kinds)
    return _Word(match.start(), match.start() + len(said), said, kind)


def _of_parts(low: str, kinds: dict[str, Kind]) -> Kind:
    """What “Ji-woo”, “o'brien” or “smith-jones” may be: what one of their parts is."""
    found = Kind(0)
    if "-" in low or "'" in low:
        for part in low.replace("'", "-").split("-"):
            found |= kinds.get(part, Kind(0)) & (Kind.FIRST | Kind.LAST)
    return found


def _behind(text: PlainText, word: _Word, gap: re.Pattern[str]) -> _Word | None:
    """The word behind a gap of that form."""
    between = gap.match(text.low, word.end)
    return _word(text, between.end()) if between else None


def _finding(category: Category, strength: Strength, first: _Word, last: _Word) -> Iterator[Finding]:
    yield Finding(category, strength, first.start, last.end)


def found_at(text: PlainText, start: int) -> Iterator[Finding]:
    """The names that the word beginning there announces or begins."""
    word = _word(text, start)
    if word is None:
        return
    if word.may_be(Kind.TITLE):
        yield from _titled(text, word)
    if word.may_be(Kind.PROVIDER):
        yield from _provider(text, word)
    if word.may_be(Kind.PATIENT):
        yield from _announced(text, word)
    if word.may_be(Kind.LAST) or word.kind & Kind.EPONYM:
        yield from _last_first(text, word)
    if word.may_be(Kind.FIRST):
        yield from _first_last(text, word)


def _past_particles(text: PlainText, gap_end: int) -> _Word | None:
    """The name at that place, behind “van der” and the like."""
    for _ in range(3):
        particle = _PARTICLE.match(text.low, gap_end)
        if particle is None:
            break
        gap_end = particle.end()
    return _word(text, gap_end)


def _titled(text: PlainText, title: _Word) -> Iterator[Finding]:
    gap = _TITLE_GAP.match(text.low, title.end)
    if gap is None or gap.end() == title.end:
        return
    word = _past_particles(text, gap.end())
    if word is None or word.low in _NO_NAMES or word.may_be(Kind.TITLE | Kind.PROVIDER | Kind.PATIENT):
        return
    listed = word.may_be(Kind.FIRST | Kind.LAST | Kind.EPONYM)
    surely = title.low in ("mrs", "mister", "mme", "senora", "madame", "monsieur") or title.text in ("Mr", "Ms")
    if title.low in ("miss", "sr", "sir", "sra", "herr", "frau") and not (title.capital and word.capital and (listed or word.unknown)):
        return
    if surely and (word.capital or listed or title.low in ("mrs", "mister")):
        yield from _finding(Category.NAME, STRONG, title, word)
    elif word.plainly and not (title.text in ("MR", "MS") and not word.shouted and not word.capital):
        yield from _finding(Category.NAME, STRONG, title, word)
    elif word.capital and (word.unknown or listed) and not word.may_be(Kind.AMBIGUOUS):
        yield from _finding(Category.NAME, STRONG if title.capital else WEAK, title, word)
    elif title.low == "mr" and text.low[title.end : title.end + 1] == "." and len(word.text) > 3:
        yield from _finding(Category.NAME, WEAK, title, word)


def _provider(text: PlainText, title: _Word) -> Iterator[Finding]:
    """Those who treat are people too, but not the patient: their names ask for a second look."""
    doctor = title.low in ("dr", "doctor", "prof", "professor")
    word = None
    gap = (_TITLE_GAP if doctor else _CUE_GAP).match(text.low, title.end)
    if gap and gap.end() > title.end:
        word = _past_particles(text, gap.end())
    if word is None or word.low in _NO_NAMES or word.low in _INSTITUTION or word.may_be(Kind.TITLE | Kind.PATIENT):
        return
    if doctor:
        named = word.plainly or (word.capital and (word.unknown or word.may_be(Kind.FIRST | Kind.LAST | Kind.EPONYM)))
    else:
        announced = ":" in text.low[title.end : word.start]
        named = word.capital and (
            word.plainly or (announced and (word.unknown or word.may_be(Kind.FIRST | Kind.LAST)))
            or (word.unknown and not title.capital)
        )  # fmt: skip
    if named:
        yield from _finding(Category.NAME, WEAK, title, word)


def _announced(text: PlainText, cue: _Word) -> Iterator[Finding]:
    """A name behind “pt”, “baby boy” or “name is”, or initials."""
    if initials := _INITIALS.match(text.plain, cue.end):
        yield Finding(Category.NAME, WEAK, initials.start(1), initials.end(1))
        return
    word = _behind(text, cue, _CUE_GAP)
    if word is None or word.low in _NO_NAMES or word.may_be(Kind.PATIENT | Kind.TITLE | Kind.PROVIDER):
        return
    naming = cue.low in ("name", "names", "named") or re.search(r"\b(?:name|named|called)\b", text.low[cue.end : word.start])
    if word.plainly and (word.capital or naming):
        yield from _finding(Category.NAME, STRONG, word, word)
    elif naming and (word.may_be(Kind.FIRST | Kind.LAST) or word.unknown):
        yield from _finding(Category.NAME, WEAK, word, word)
    elif word.capital and not word.shouted and word.may_be(Kind.LAST) and not word.may_be(Kind.EPONYM):
        yield from _finding(Category.NAME, WEAK, word, word)
    elif word.unknown and cue.low in ("pt", "patient", "baby", "boy", "girl"):
        yield from _finding(Category.NAME, WEAK, word, word)


def _last_first(text: PlainText, last: _Word) -> Iterator[Finding]:
    """“Smith, John”, “Patel, R.”, “Foster, RN”, “J. Whitaker” and “the Robinson family”."""
    first = _behind(text, last, _COMMA)
    if first and first.may_be(Kind.SUFFIX) and (first.shouted or last.plainly) and last.capital:
        yield from _finding(Category.NAME, WEAK, last, first)
    elif first and last.may_be(Kind.LAST) and first.may_be(Kind.FIRST) and (last.plainly or first.plainly):
        both = last.plainly and first.plainly and last.capital == first.capital
        alike = last.capital and first.capital
        if both or alike:
            yield from _finding(Category.NAME, STRONG if both else WEAK, last, first)
    elif first and last.plainly and last.capital and _given(text, first):
        yield from _finding(Category.NAME, WEAK, last, first)
    before = _INITIAL_LAST.search(text.plain, max(0, last.start - 3), last.start)
    if before and last.plainly and last.capital and not text.plain[max(0, before.start() - 1) : before.start()].isalnum():
        yield Finding(Category.NAME, WEAK, before.start(1), last.end)
    following = _behind(text, last, _GAP)
    if following is None or not last.capital:
        return
    if following.low == "family" and last.may_be(Kind.LAST) and not last.may_be(Kind.EPONYM):
        yield from _finding(Category.NAME, WEAK, last, following)
    elif last.plainly and following.capital and following.plainly and following.may_be(Kind.FIRST) and not last.may_be(Kind.FIRST):
        yield from _finding(Category.BARE_NAME, WEAK, last, following)


def _given(text: PlainText, word: _Word) -> bool:
    """An initial with its point, or a capital name that no list has."""
    if len(word.text) == 1:
        return word.capital and text.plain[word.end : word.end + 1] == "."
    return word.unknown and "-" in word.text


def _first_last(text: PlainText, first: _Word) -> Iterator[Finding]:
    """“John Smith”, “Maria de la Cruz Gonzalez”, “Linda T. Martinez”; also in small letters, where both are plainly names."""
    last = _surname(text, first)
    if last is None or (first.low, last.low) in _HISTORY:
        return
    institution = _behind(text, last, _GAP)
    if last.low in _INSTITUTION or (institution and institution.capital and institution.low in _INSTITUTION):
        return
    strength = _sure(text, first, last)
    if strength:
        yield from _finding(Category.BARE_NAME, strength, first, last)


def _surname(text: PlainText, first: _Word) -> _Word | None:
    """The last name behind a first one, over an initial, a second first name or particles."""
    gap = re.compile(r"\s{1,4}(?:[a-z]\.?\s{1,3})?").match(text.low, first.end)
    word = _past_particles(text, gap.end()) if gap else None
    if word and word.may_be(Kind.FIRST) and word.plainly:
        further = _behind(text, word, _GAP)
        if further and further.may_be(Kind.LAST) and further.plainly and further.capital == word.capital:
            return further
    return word


def _sure(text: PlainText, first: _Word, last: _Word) -> Strength | None:
    if first.capital != last.capital:
        return None
    if last.may_be(Kind.LAST | Kind.FIRST):
        if first.plainly and last.plainly:
            return STRONG if last.may_be(Kind.LAST) else WEAK
        if not first.capital:
            return None
        if last.plainly and last.may_be(Kind.LAST):  # “David Johnson”, “Mark Thompson”
            return STRONG if first.may_be(Kind.EPONYM) and not first.shouted else WEAK
        if first.plainly:  # “Jennifer Brown”, “Linda Ross”
            return WEAK if last.may_be(Kind.EPONYM) or first.shouted else STRONG
        eponyms = first.may_be(Kind.EPONYM) or last.may_be(Kind.EPONYM)
        return None if eponyms or first.shouted or first.start == 0 else WEAK
    return WEAK if first.plainly and first.capital and not first.shouted and last.unknown else None


KINDS = _lexicon()
