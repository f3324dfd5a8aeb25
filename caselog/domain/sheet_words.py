"""Which codes the words of a spreadsheet mean: exactly, by the words people use, or by a name that fits only one."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from caselog.domain.case import LIST_FIELDS
from caselog.domain.sheet_patterns import COVERED, FILLING, PATTERNS
from caselog.domain.sheet_values import NOTHING, age_group_of, split_list

_COMPILED = {name: {code: re.compile(text) for code, text in codes.items()} for name, codes in PATTERNS.items()}
_FILLING = re.compile(rf"(?:(?:{FILLING})(?:\s+|$))*")
_TOKEN = re.compile(r"[^\W_]+")
_TITLES = frozenset({"dr", "mr", "mrs", "ms", "ccp", "lp", "mps", "rn", "bs", "md"})
NAMED = frozenset({"site", "preceptor", "supervisor", "rotation"})  # by names that the program gave


@dataclass(frozen=True)
class Vocabulary:
    """What may stand in a field: its codes, or the people and places, each with the words for it."""

    lists: Mapping[str, Mapping[str, str]]
    _tokens: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict, repr=False, compare=False)

    def __contains__(self, name: str) -> bool:
        return name in self.lists

    def tokens(self, name: str) -> Mapping[str, frozenset[str]]:
        """The words that each code of a field is known by."""
        if name not in self._tokens:
            self._tokens[name] = {
                code: _words_of(words) | _words_of(code.partition("@")[0])
                for code, words in self.lists[name].items()
            }
        return self._tokens[name]


@cache
def folded(text: str) -> str:
    """A text as it is compared: small letters, single blanks."""
    return " ".join(text.casefold().replace("_", " ").split())


def codes_of(name: str, text: str, vocabulary: Vocabulary, heading: str = "") -> tuple[tuple[str, ...], bool]:
    """The codes that a cell means, and whether nothing in it is left that means none.

    `heading` stands over the column, and may say in what unit an age is.
    """
    if folded(text) in NOTHING:
        return (), True
    codes = vocabulary.lists[name]
    if exact := _exact(text, codes):
        return (exact,), True
    if name in NAMED:
        found = _by_name(text, vocabulary.tokens(name))
        return ((found,), True) if found else ((), False)
    if name in LIST_FIELDS:
        return _several(name, text, codes)
    if name == "age_group" and (group := age_group_of(text, heading)):
        return (group,), True
    found_codes = _by_words(name, text, codes)
    return (found_codes, True) if len(found_codes) == 1 else ((), False)


def _exact(text: str, codes: Mapping[str, str]) -> str | None:
    if text in codes:
        return text
    wanted = folded(text)
    return next((code for code, words in codes.items() if wanted in (folded(code), folded(words))), None)


def _several(name: str, text: str, codes: Mapping[str, str]) -> tuple[tuple[str, ...], bool]:
    found, whole = set[str](), True
    for part in split_list(text):
        if exact := _exact(part, codes):
            found.add(exact)
            continue
        by_words = _by_words(name, part, codes)
        found.update(by_words)
        whole = whole and bool(by_words or _FILLING.fullmatch(folded(part)) or folded(part) in NOTHING)
    return tuple(sorted(found)), whole and bool(found)


def _by_words(name: str, text: str, codes: Mapping[str, str]) -> tuple[str, ...]:
    low = folded(text)
    found = {code for code, pattern in _COMPILED.get(name, {}).items() if code in codes and pattern.search(low)}
    # A code of the program's own is known by its words alone.
    found |= {
        code
        for code, words in codes.items()
        if code not in _COMPILED.get(name, {})
        and len(words) > 3
        and re.search(rf"\b{re.escape(folded(words))}\b", low)
    }
    covered = frozenset().union(*(COVERED.get(code, frozenset()) for code in found))
    return tuple(sorted(found - covered))


def _by_name(text: str, tokens: Mapping[str, frozenset[str]]) -> str | None:
    """Who or what is meant by a part of a name, or by initials, if only one fits."""
    said = _words_of(text)
    if not said:
        return None
    fitting = [code for code, words in tokens.items() if said <= words]
    if not fitting:
        long, short = {each for each in said if len(each) > 1}, {each for each in said if len(each) == 1}
        fitting = [
            code
            for code, words in tokens.items()
            if long and long <= words and short <= {each[0] for each in words - long}
        ]
    return fitting[0] if len(fitting) == 1 else None


def _words_of(text: str) -> frozenset[str]:
    return frozenset(_TOKEN.findall(folded(text))) - _TITLES


def share_understood(name: str, texts: Iterable[str], vocabulary: Vocabulary) -> float:
    """How many of these cells mean something in a field, from 0 to 1."""
    all_texts = list(texts)
    if not all_texts:
        return 0.0
    return sum(bool(codes_of(name, each, vocabulary)[0]) for each in all_texts) / len(all_texts)
