# ruff: noqa: E501 (a pattern broken in two reads worse than a long one)
"""What a number is by its shape alone, or by the word behind it: “67 y/o”, “123-45-6789”, “12 Oak Street”."""

import re
from collections.abc import Sequence
from re import Match

from caselog.domain.screen_finding import Category, Rule, Strength
from caselog.domain.screen_pieces import MONTH, UNIT
from caselog.domain.screen_words import listed

STRONG, WEAK = Strength.STRONG, Strength.WEAK
_START = r"(?<![\w.])"

_AGE_UNIT = r"(?:y|yrs?|years?|mos?|mths?|months?|w|wks?|weeks?|d|days?|h|hrs?|hours?)"
_SEX = r"(?:m|f|male|female|man|woman|girl|boy|lady|gentleman|gent|infant|baby|child|kid)\b"
# Devices, grafts and habits have ages too.
_THING = re.compile(
    r"\W{0,3}(?:old\W{0,3})?(?:console|pump|machine|valve|conduit|graft|homograft|shunt|oxygenator|device|stent|prosthesis|study|paper|monitor|heater)"
)


def _somebody(match: Match[str], _plain: str) -> bool:
    return not _THING.match(match.string, match.end())


def _sex_behind(match: Match[str], _plain: str) -> bool:
    """“77F”, but neither “24 F cannula” nor 98 F."""
    behind = match.string[match.end() : match.end() + 14].lstrip(" ,.;-")
    return not behind.startswith(("cann", "cath", "sheath", "art", "ven", "chest", "tube", "deg", "blak", "rpm"))


AGES: Sequence[Rule] = (
    Rule(
        Category.EXACT_AGE, STRONG,
        re.compile(
            _START + r"\d{1,3}(?:\.\d{1,2})?(?:ish|s|\s?\+)?[\s-]{0,2}" + _AGE_UNIT + r"[\s.,-]{0,3}"
            r"(?:(?:and|&)?\s?\d{1,2}[\s-]?(?:mos?|months?|d|days?|wks?|weeks?)[\s-]{1,2})?(?:old|young|of\sage)\b"
        ), _somebody,
    ),
    Rule(Category.EXACT_AGE, STRONG, re.compile(_START + r"\d{1,3}(?:\.\d)?[\s-]{0,2}(?:yr?|d)[\s.]{0,2}/\s?o\b\.?")),
    Rule(Category.EXACT_AGE, STRONG, re.compile(_START + r"\d{1,3}(?:\.\d)?[\s-]{0,2}y[\s.]{0,2}o(?:\b|[mf]\b)\.?")),
    Rule(Category.EXACT_AGE, STRONG, re.compile(_START + r"\d{1,2}do\b")),
    Rule(
        Category.EXACT_AGE, STRONG,
        re.compile(_START + r"\d{1,3}(?:\.\d)?[\s-]{0,2}(?:y|yrs?|years?|mos?|months?|wks?|weeks?|d|days?)[\s,-]{1,2}" + _SEX),
    ),
    Rule(Category.EXACT_AGE, WEAK, re.compile(_START + r"(?:3[89]|[4-8]\d|9[0-4])\s?[mf]\b"), _sex_behind),
    Rule(Category.EXACT_AGE, WEAK, re.compile(_START + r"(?:\d{2}/[mf]\b)")),
    Rule(Category.EXACT_AGE, WEAK, re.compile(_START + r"\d{1,3}y\b")),
    Rule(Category.EXACT_AGE, STRONG, re.compile(_START + r"\d{1,3}(?:st|nd|rd|th)\s(?:birthday|bday)")),
    Rule(Category.EXACT_AGE, WEAK, re.compile(_START + r"\d{2}(?:\s?\+\s?\d)?[\s-]?(?:wk|week)s?[\s-](?:gestation|gest\b|ga\b)")),
)  # fmt: skip

_DAY_END = r"(?![\d/]|[.-]\d)"
_MONTH, _DAY = r"(?:1[0-2]|0?[1-9])", r"(?:[12]\d|3[01]|0?[1-9])"
DAYS: Sequence[Rule] = (
    Rule(Category.DAY, WEAK, re.compile(r"(?<![\w./-])" + _MONTH + r"([/.-])" + _DAY + r"\1(?:19|20)?\d{2}" + _DAY_END)),
    Rule(Category.DAY, WEAK, re.compile(r"(?<![\w./-])" + _DAY + r"([/.-])" + _MONTH + r"\1(?:19|20)?\d{2}" + _DAY_END)),
    Rule(Category.DAY, WEAK, re.compile(r"(?<![\w./-])(?:19|20)\d{2}([/.-])(?:0?[1-9]|1[0-2])\1(?:[0-2]?\d|3[01])" + _DAY_END)),
)  # fmt: skip

_SUFFIXES = (
    "street avenue ave road rd boulevard blvd lane ln drive dr court ct place pl terrace ter circle cir parkway pkwy way"
    " highway hwy trail square sq crescent cres plaza st"
)
_CLEAR = re.compile(
    r"street|ave(?:nue)?|r(?:oa)?d|boulevard|blvd|lane|parkway|pkwy|terrace|highway|hwy|crescent|plaza"
)
_STREET = re.compile(
    r"(?<![\w.,/-])(\d{1,5}[a-d]?,?\s(?:[nsew]\.?\s)?)((?:[a-z0-9'.]{1,20}\s){1,4}?)("
    + "|".join(_SUFFIXES.split())
    + r")\b\.?"
)
_NOT_STREETS = frozenset(listed("not-in-streets"))


def _street(match: Match[str], plain: str) -> bool:
    """A street, and not “3 way stopcock”, “64 slice CT” or “2 mm ST elevation”."""
    names = match[2].split()
    if not _NOT_STREETS.isdisjoint(names):
        return False
    if _CLEAR.fullmatch(match[3]):
        return True
    suffix, behind = plain[match.start(3) : match.end(3)], match.string[match.end() : match.end() + 3]
    ends = not behind or not behind.lstrip(" ")[:1].isalpha() or match.group().endswith(".")
    if not suffix[1:].islower():  # CT and ST are other things
        return False
    if suffix[0].isupper():
        return all(
            word[:1].isupper() or word[:1].isdigit() for word in plain[match.start(2) : match.end(2)].split()
        )
    return (
        ends
        and len(names) == 1
        and match[3] in ("st", "ln", "dr", "ct", "court", "place", "drive", "way", "circle")
    )


STREETS: Sequence[Rule] = (Rule(Category.ADDRESS, STRONG, _STREET, _street),)
GERMAN_STREET = Rule(
    Category.ADDRESS, STRONG, re.compile(r"(?:(?<=[a-z])str\.|(?<=[a-z])strasse)\s?\d{1,4}(?!\d)")
)


def _call(match: Match[str], _plain: str) -> bool:
    """Ten digits in threes and four are a number to call, unless they are three readings in a row."""
    return not (match[1].endswith("0") and match[2].endswith("0") and match[3].endswith("0"))


def _seven(match: Match[str], _plain: str) -> bool:
    return not match.group().endswith(("00", "50"))


def _unround(match: Match[str], _plain: str) -> bool:
    """Doses and cell counts are round; “187000” and “1000000” name nobody."""
    digits = match.group()
    cut = match.string[max(0, match.start() - 10) : match.start()]
    if len(digits) == 6 and re.search(r"(?:ref|cat|model|part|catalog|catalogue|item|no\.?|p/n)\W{0,3}$", cut):
        return False
    return not digits.endswith("000" if len(digits) == 6 else "0000")


def _grouped(match: Match[str], _plain: str) -> bool:
    """Seven digits or more in groups that are not three readings in a row."""
    groups = re.findall(r"\d+", match.group())
    if sum(map(len, groups)) < 7:
        return False
    return any(each.startswith("0") for each in groups) or {len(each) for each in groups} != {3}


def _leading_zero(match: Match[str], _plain: str) -> bool:
    groups = match.group().split()
    return sum(map(len, groups)) >= 7 and any(each.startswith("0") for each in groups[1:] + groups[:1])


NUMBERS: Sequence[Rule] = (
    Rule(Category.SSN, STRONG, re.compile(r"(?<![\w.-])\d{3}(\s?-\s?|\.)\d{2}\1\d{4}(?![\w]|[.-]\d)")),
    Rule(Category.SSN, WEAK, re.compile(r"(?<![\w.-])\d{3}\s\d{2}\s\d{4}(?![\w]|[.-]\d)")),
    Rule(
        Category.PHONE, STRONG,
        re.compile(r"(?<![\w.])(?:\+?1[\s.(-]{1,2})?(\d{3})(?:\)[\s-]{0,2}|[./]|\s?-\s?)(\d{3})(?:[./]|\s?-\s?|\s)(\d{4})(?!\w)"), _call,
    ),
    Rule(Category.PHONE, WEAK, re.compile(r"(?<![\w.])(?:\+?1\s)?([2-9]\d{2})\s([2-9]\d{2})[\s.](\d{4})(?!\w|[.]\d)"), _call),
    Rule(Category.PHONE, WEAK, re.compile(r"(?<![\w./-])[2-9]\d{2}-\d{4}(?![\w/]|[.-]\d)" + UNIT), _seven),
    Rule(Category.ZIP, STRONG, re.compile(r"(?<![\w./-])\d{5}-\d{4}(?![\w]|[.-]\d)" + UNIT), _seven),
    Rule(Category.ZIP, STRONG, re.compile(r"(?<![\w.])(?P<it>\d{5})\s(?:(?:is|was|for)\s)?(?:(?:the|her|his|their|a)\s)?zip\b")),
    Rule(Category.PHONE, STRONG, re.compile(r"(?<![\w.])00[1-9]\d[\s.-]?(?:\d{1,5}[\s.-]?){2,4}\d{2,5}(?!\w)")),
    Rule(Category.LONG_NUMBER, WEAK, re.compile(r"(?<![\w./-])\d{4,6}-\d{4,6}(?![\w]|[.-]\d)"), _seven),
    Rule(Category.LONG_NUMBER, WEAK, re.compile(r"(?<![\w./-])\d{3}\.\d{3}\.\d{3}(?![\w]|[.-]\d)"), _seven),
    Rule(Category.LONG_NUMBER, WEAK, re.compile(r"(?<![\w./-])\d{2,4}+(?:[-_]\d{2,4}+){2,6}+(?![\w-])"), _grouped),
    Rule(Category.LONG_NUMBER, WEAK, re.compile(r"(?<![\w./-])0\d{1,3}(?:[._-]\d{2,4}){2,6}(?![\w-])"), _grouped),
    Rule(Category.LONG_NUMBER, WEAK, re.compile(r"(?<![\w./-])(?<!\d )\d{2,4}+(?: \d{2,4}+){1,5}+(?![\w/%]|[.]\d)"), _leading_zero),
    Rule(Category.LONG_NUMBER, WEAK, re.compile(r"(?<![\w./-])\d{3}[1-9] \d{4}(?![\w/%]|[.]\d)" + UNIT)),
)  # fmt: skip
# Letters may stand right before these.
RUNS: Sequence[Rule] = (
    Rule(Category.LONG_NUMBER, STRONG, re.compile(r"\d(?<![\d.,]\d)\d{6,40}"), _unround),
    Rule(Category.LONG_NUMBER, WEAK, re.compile(r"\d(?<![\d.,]\d)\d{5}(?!\d)" + UNIT), _unround),
)
ABROAD = Rule(
    Category.PHONE, STRONG, re.compile(r"\+\d[\d\s().-]{6,18}\d"),
    lambda match, _: sum(map(str.isdigit, match.group())) >= 8,
)  # fmt: skip

SPACED = Rule(Category.LONG_NUMBER, STRONG, re.compile(r"(?<![\w./-])(?<!\d )\d(?:[ -]\d){6,40}+(?![\w/%]|[.]\d)"))
NAMED_BED = Rule(
    Category.ROOM_BED, WEAK, re.compile(r"(?<![\w.])\d{1,2}\s?(?:east|west|north|south)\s\d{1,3}\b" + UNIT)
)
NAMED_DAY = Rule(
    Category.DAY,
    WEAK,
    re.compile(
        _START
        + r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?[\s-]{0,2}(?:of[\s-])?(?:(?:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)(?=\d)|"
        + MONTH
        + ")"
        + r"(?!\s?[%\d]{0,1}%)"
    ),
    lambda match, plain: match.string[match.end() - 3 : match.end()] != "may" or plain[match.end() - 3].isupper(),
)
BROADWAY = Rule(Category.ADDRESS, WEAK, re.compile(_START + r"\d{1,5}\s(?:[nsew]\.?\s)?broadway\b"))
NAMED_ROOM = Rule(
    Category.ROOM_BED, WEAK, re.compile(_START + r"\d{3,4}[a-z]?(?:-\d{1,2})?\s?\(?room\b(?!\s(?:air|temp))")
)
PAIR_OF_DAYS = Rule(
    Category.DAY, WEAK,
    re.compile(_START + r"(?!(?:1/[2-8]|2/3|3/4|[357]/8)(?!\d))(?:0?[1-9]|1[0-2])/(?:[12]\d|3[01]|0?[1-9])\s?(?:and|to|-|thru|through|&|until)\s?(?:0?[1-9]|1[0-2])/(?:[12]\d|3[01]|0?[1-9])(?![\d/])"),
)  # fmt: skip
BEFORE_WORDS: Sequence[Rule] = (*STREETS, NAMED_DAY, NAMED_BED, NAMED_ROOM, PAIR_OF_DAYS, BROADWAY)
SHAPES: Sequence[Rule] = (*NUMBERS, SPACED, *DAYS, *AGES, *BEFORE_WORDS)


def _any(rules: Sequence[Rule]) -> str:
    return "(?:" + "|".join(_anywhere(rule.pattern.pattern) for rule in rules) + ")"


def _anywhere(pattern: str) -> str:
    """The pattern so that it can stand beside others: groups without names, and any separator for the same one."""
    bare = re.sub(r"\(\?P<[a-z]+>", "(?:", pattern).removeprefix(_START)
    return re.sub(r"\\[12]", r"[\\s./-]{1,3}", bare)


# Where any shape begins: one walk over the text in place of one for each, since most numbers are none of them. What
# stands before the patterns is a cheap look at whether they can hold at all.
ANY_SHAPE = re.compile(
    r"(?<![a-z0-9_])(?=[+0-9])(?=(?=[0-9]{2}|\+?1[\s.(-]{1,2}[0-9]{3})" + _any(NUMBERS) + "|" + _any([SPACED])
    + r"|(?=[0-9]{1,4}[./-])" + _any(DAYS)
    + r"|(?=[0-9.]{1,6}+(?:ish|s)?[\s+-]{0,3}+[ymwdhfsnr/])" + _any(AGES)
    + r"|(?=[0-9./,\s+-]{1,9}+[a-z(&])" + _any(BEFORE_WORDS) + ")"
)  # fmt: skip
