"""The screen of identifiers: what in a text may say who a patient is.

It is a net, not a proof: docs/privacy.md says how much it was measured to find and how often it errs.
"""

import re
from collections.abc import Iterator, Sequence

from caselog.domain.screen_cues import CUES
from caselog.domain.screen_finding import Category, Finding, Rule, Strength
from caselog.domain.screen_names import AT_WORDS
from caselog.domain.screen_shapes import ABROAD, ANY_SHAPE, GERMAN_STREET, RUNS, SHAPES
from caselog.domain.screen_text import PlainText, made_plain

__all__ = ["Category", "Finding", "Strength", "findings"]

_WORD = re.compile(r"[a-z]+(?:'[a-z]{3,30})?")
_ALL_WORDS = {word: (CUES.get(word, ()), AT_WORDS.get(word, ())) for word in CUES.keys() | AT_WORDS.keys()}
_HOST = re.compile(r"@\s{0,2}(?:(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}|\[\d)")
_BARE_HOST = re.compile(r"@(?<=[a-z0-9]{2}@)[a-z][a-z0-9-]{2,30}(?![a-z0-9.-])")
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
        Finding(each.category, each.strength, start, end) for each, (start, end) in zip(apart, places, strict=True)
    )


def _all(text: PlainText) -> Iterator[Finding]:
    yield from _by_words(text)
    if "@" in text.low:
        yield from _mail(text)
    if not _DIGIT.search(text.low):
        return
    yield from _by_shape(text)
    for rule in RUNS:
        yield from _scanned(text, rule)
    if "+" in text.low:
        yield from _scanned(text, ABROAD)
    if "str" in text.low:
        yield from _scanned(text, GERMAN_STREET)


def _by_words(text: PlainText) -> Iterator[Finding]:
    """What words announce and begin."""
    low = text.low
    if _ALL_WORDS.keys().isdisjoint(_WORD.findall(low)):
        return
    for match in _WORD.finditer(low):
        at_word = _ALL_WORDS.get(match.group())
        if at_word is None:
            continue
        start, end = match.span()
        rules, handlers = at_word
        for rule in rules:
            if (announced := rule.pattern.match(low, start)) and (told := rule.finding(announced, text)):
                yield told
        for handler in handlers:
            if named := handler(text, start, end):
                yield named


def _by_shape(text: PlainText) -> Iterator[Finding]:
    for place in ANY_SHAPE.finditer(text.low):
        for rule in SHAPES:
            if (match := rule.pattern.match(text.low, place.start())) and (told := rule.finding(match, text)):
                yield told


def _scanned(text: PlainText, rule: Rule) -> Iterator[Finding]:
    for match in rule.pattern.finditer(text.low):
        if told := rule.finding(match, text):
            yield told


def _mail(text: PlainText) -> Iterator[Finding]:
    for match in _HOST.finditer(text.low):
        before = text.low[max(0, match.start() - _LOCAL_MOST) : match.start()][::-1]
        local = _LOCAL_BACKWARDS.match(before)
        yield Finding(Category.EMAIL, Strength.STRONG, match.start() - (local.end() if local else 0), match.end())
    for match in _BARE_HOST.finditer(text.low):
        yield Finding(Category.EMAIL, Strength.WEAK, match.start(), match.end())


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
