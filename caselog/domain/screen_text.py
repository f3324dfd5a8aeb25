"""A text as the screen reads it: full-width digits, accents, look-alikes and invisible characters made plain.

Each character becomes none, one or several; `place` leads back, so that what is found can be marked in the original.
"""

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

# Letters and marks that no decomposition makes plain: what they look like, or how they are written without them.
_ALIKE = {
    **dict(zip("аеорсухіјѕАВЕКМНОРСТХІЈЅ", "aeopcyxijsABEKMHOPCTXIJS", strict=True)),  # Cyrillic
    **dict(zip("οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "oABEZHIKMNOPTYX", strict=True)),  # Greek
    **dict(zip("łŁøØđĐı’‘ʼ´`′“”", "lLoOdDi''''''\"\"", strict=True)),
    "ß": "ss",
    "æ": "ae",
    "Æ": "Ae",
    "œ": "oe",
    "−": "-",
    "⁄": "/",
    "∕": "/",
    "。": ".",
    "№": "No",
}
_INVISIBLE = frozenset({"Cf", "Mn", "Me"})  # joiners, soft hyphens, directions; accents once they stand apart


class _Plain(dict[int, str]):
    """What becomes of each character, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = made = "".join(map(_plain, unicodedata.normalize("NFKD", chr(code))))
        return made


def _plain(character: str) -> str:
    if character in _ALIKE:
        return _ALIKE[character]
    category = unicodedata.category(character)
    if category in _INVISIBLE:
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return {"Pd": "-", "Zs": " ", "Zl": "\n", "Zp": "\n"}.get(category, character)


_PLAIN = _Plain()


@dataclass(frozen=True)
class PlainText:
    """A text made plain; `low` is the same in small letters, character for character."""

    original: str
    plain: str
    low: str

    @cached_property
    def _ends(self) -> list[int]:
        """How far the plain text reaches after each character of the original."""
        return list(accumulate(len(_PLAIN[ord(character)]) for character in self.original))

    def spans(self, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Where stretches of the plain text stand in the original; they must come in order and not overlap."""
        if self.original == self.plain:
            return places
        found, at, ends = [], 0, self._ends
        for start, end in places:
            while ends[at] <= start:
                at += 1
            first = at
            while ends[at] < end:
                at += 1
            found.append((first, at + 1))
        return found


def made_plain(text: str) -> PlainText:
    plain = text if text.isascii() else text.translate(_PLAIN)
    return PlainText(text, plain, plain.lower())
