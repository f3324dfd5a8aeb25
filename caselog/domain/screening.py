"""The screen of identifiers: what in a text may say who a patient is.

It is a net, not a proof: docs/privacy.md says how much it was measured to find and how often it errs.
"""

import re
from collections.abc import Iterator, Sequence

from caselog.domain import screen_names
from caselog.domain.screen_cues import CUES
from caselog.domain.screen_finding import Category, Finding, Rule, Strength
from caselog.domain.screen_shapes import ABROAD, AGE_WORDS, AGES, DAYS, GERMAN_STREETS, NUMBERS, STREET_WORDS, STREETS
from caselog.domain.screen_text import PlainText, made_plain

__all__ = ["Category", "Finding", "Strength", "findings"]

_WORD = re.compile(r"[a-z]+")
_HOST = re.compile(r"@\s{0,2}(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}")
_LOCAL_BACKWARDS = re.compile(r"\s{0,2}[\w.+'\"%-]{1,64}")
_LOCAL_MOST = 66  # characters
_DIGIT = re.compile(r"[0-9]")
_HOW_SURE = {Strength.STRONG: 1, Strength.WEAK: 0}


def findings(text: str) -> tuple[Finding, ...]:
    """What may identify somebody, in the order of the text and without overlaps.

    The time it takes grows with the text, never faster: about a second for a megabyte of the worst kind.
    """
    plain = made_plain(text)
    found = sorted(_all(plain), key=lambda each: (each.start, -each.end))
    apart = _apart(found)
    places = plain.spans([(each.start, each.end) for each in apart])
    return tuple(
        Finding(each.category, each.strength, start, end)
        for each, (start, end) in zip(apart, places, strict=True)
    )


def _all(text: PlainText) -> Iterator[Finding]:
    words = yield from _by_words(text)
    if "@" in text.low:
        yield from _mail(text)
    if not _DIGIT.search(text.low):
        return
    yield from _scanned(text, NUMBERS)
    yield from _scanned(text, DAYS)
    if not AGE_WORDS.isdisjoint(words):
        yield from _scanned(text, AGES)
    if not STREET_WORDS.isdisjoint(words):
        yield from _scanned(text, STREETS)
    if "str" in text.low:
        yield from _scanned(text, GERMAN_STREETS)
    if "+" in text.low:
        yield from _scanned(text, [ABROAD])


def _by_words(text: PlainText) -> Iterator[Finding]:
    """What words announce and begin; comes back with the words that there are."""
    words: set[str] = set()
    for match in _WORD.finditer(text.low):
        word = match.group()
        words.add(word)
        for rule in CUES.get(word, ()):
            yield from rule.found(rule.pattern.match(text.low, match.start()), text)
        if word in screen_names.KINDS:
            yield from screen_names.found_at(text, match.start())
    return words


def _scanned(text: PlainText, rules: Sequence[Rule]) -> Iterator[Finding]:
    for rule in rules:
        for match in rule.pattern.finditer(text.low):
            yield from rule.found(match, text)


def _mail(text: PlainText) -> Iterator[Finding]:
    for match in _HOST.finditer(text.low):
        before = text.low[max(0, match.start() - _LOCAL_MOST) : match.start()][::-1]
        local = _LOCAL_BACKWARDS.match(before)
        yield Finding(Category.EMAIL, Strength.STRONG, match.start() - (local.end() if local else 0), match.end())


def _apart(found: Sequence[Finding]) -> list[Finding]:
    """Of findings that overlap the surer one, and of those as sure the longer."""
    kept: list[Finding] = []
    for each in found:
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
        elif _weight(each) > _weight(kept[-1]):
            kept[-1] = each
    return kept


def _weight(each: Finding) -> tuple[int, int]:
    return _HOW_SURE[each.strength], each.end - each.start
