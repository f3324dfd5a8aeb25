# ruff: noqa: E501 (a pattern broken in two reads worse than a long one)
"""What words announce: a number behind “MRN”, a date behind “born”, a place behind “lives in”.

The patterns stand under the words that they begin with, and are tried only there.
"""

import re
from collections.abc import Iterable, Mapping
from re import Match

from caselog.domain.screen_finding import Category, Check, Rule, Strength
from caselog.domain.screen_pieces import (
    ANY_DATE,
    CLEAR_DATE,
    FILL,
    MONTH,
    MONTHS,
    NUMBER_WORD,
    NUMBER_WORDS,
    SEP,
    UNIT,
    WEEKDAY,
    numbered,
)

STRONG, WEAK = Strength.STRONG, Strength.WEAK
_rules: dict[str, list[Rule]] = {}


def _announce(
    words: str, category: Category, pattern: str, strength: Strength = STRONG, check: Check | None = None
) -> None:
    """A rule under each of these words; where `pattern` begins with “…” it goes on behind the word."""
    whole = pattern.replace("…", r"[a-z]{1,20}'?s?", 1) if pattern.startswith("…") else pattern
    rule = Rule(category, strength, re.compile(whole), check)
    for word in words.split():
        _rules.setdefault(word, []).append(rule)


_THINGS = (
    "patient patients pt pts record records rec chart hospital hosp visit encounter enc account acct acc accession case"
    " specimen sample unit policy member insurance ins plan subscriber study subject research trial participant donor"
    " recipient epic wristband band medicare medicaid nhs unos optn billing claim registry sts op label sticker file"
    " admission referral order requisition cerner run transplant registration"
    " health urn chi har ohip bank id"
)
_QUALIFIER = r"\s{0,2}(?:id\b|ids\b|i\.d\.|number|num\b|no\b|nr\b|nbr\b|nos\b|identifier\b|code\b|card\b(?:\s(?:no|number)\b)?|#)"
_announce(_THINGS, Category.RECORD_NUMBER, "…" + _QUALIFIER + SEP + FILL + numbered(3) + UNIT)
_announce("id identifier", Category.RECORD_NUMBER, "…" + SEP + FILL + numbered(5))
_announce(
    "mrn csn accession unos nhs medicare medicaid optn mbi hicn ohip urn chi har personnummer",
    Category.RECORD_NUMBER,
    "…" + SEP + FILL + numbered(3),
)
_announce("m", Category.RECORD_NUMBER, r"m\.?\s?r\.\s?n\.?" + SEP + FILL + numbered(3))
_announce(
    "fin enc encounter acct account visit wristband acc specimen",
    Category.RECORD_NUMBER,
    "…" + SEP + numbered(4) + UNIT,
)
_announce(
    "chart record epic specimen file",
    Category.RECORD_NUMBER,
    r"…[\s:#]{1,3}(?=(?:[a-z-]{0,4}\d){5})" + numbered(5),
)
_announce("mr", Category.RECORD_NUMBER, r"mr\s?(?:no\b|number\b|#)" + SEP + numbered(4))
_announce("patient pt", Category.RECORD_NUMBER, r"…[\s:#]{1,3}(?=[a-z]{1,3}-?\d{4})" + numbered(4) + UNIT)

_announce(
    "dob birthdate birthdates bday birthday yob geb nacimiento",
    Category.BIRTH_DATE,
    r"…(?:/mrn)?" + SEP + FILL + ANY_DATE,
)
_announce("d", Category.BIRTH_DATE, r"d\.\s?o\.\s?b\.?" + SEP + FILL + ANY_DATE)
_announce("b", Category.BIRTH_DATE, r"b['-]day" + SEP + FILL + ANY_DATE)
_announce(
    "b", Category.BIRTH_DATE, r"(?<![a-z0-9])b\.\s{0,2}(?P<it>(?:18|19|20)\d{2}(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|"
    + MONTH + r"\.?\s(?:\d{1,2},?\s)?\d{4})",
)  # fmt: skip
_announce("date", Category.BIRTH_DATE, r"date[\s-]of[\s-]birth" + SEP + FILL + ANY_DATE)
_announce("year", Category.BIRTH_DATE, r"year\sof\sbirth" + SEP + FILL + ANY_DATE)
_announce("birth", Category.BIRTH_DATE, r"birth(?:\s?(?:date|day|year))?" + SEP + FILL + ANY_DATE)
_announce("birthday bday", Category.BIRTH_DATE, r"…\W{1,3}(?:[a-z']{1,12}\W{1,3}){0,6}?" + CLEAR_DATE)
_BORN = r"born\W{1,3}(?:(?:on|in|at|about|around|the|last|early|late|him|her)\s){0,3}(?:" + WEEKDAY + r"\W{1,3})?"
_announce("born", Category.BIRTH_DATE, _BORN + CLEAR_DATE)
_announce("born", Category.BIRTH_DATE, _BORN + r"(?P<it>(?:18|19|20)\d{2}(?!\d)|'\d{2})")
_announce(
    "born", Category.BIRTH_DATE,
    r"born\W{1,3}(?P<it>yesterday|today|tonight|this\s(?:morning|week|afternoon)|last\s[a-z]{3,9}|(?:on\s)?" + WEEKDAY
    + r"|(?:\d{1,3}|an?|" + NUMBER_WORD + r")\s?(?:min|minutes?|h|hrs?|hours?|d|days?|wks?|weeks?|months?|years?|yrs?)\sago)",
)  # fmt: skip


def _no_range(match: Match[str], _plain: str) -> bool:
    return not re.match(
        r"\s?(?:-|–|to|and|through|or|\+|/)\s?\d|\s?\+|\s?(?:and|or)\s(?:over|above|older|up)",
        match.string[match.end() : match.end() + 16],
    )


_AGE_UNITS = r"(?:\s?-?(?:y|yrs?|years?|mos?|mths?|months?|w|wks?|weeks?|d|days?|h|hrs?|hours?)\b)?"
_announce(
    "age aged ages", Category.EXACT_AGE,
    r"…[\s:=~-]{0,3}(?:(?:of|is|was|about|only|just|at)\s){0,2}(?P<it>(?:\d{1,3}(?:\.\d)?(?![\d.%])|" + NUMBER_WORD
    + r"(?:[\s-]" + NUMBER_WORD + r")?)" + _AGE_UNITS + ")", check=_no_range,
)  # fmt: skip
_announce("dol", Category.EXACT_AGE, r"dol\W{0,3}(?P<it>\d{1,3})(?!\d)")
_announce(
    "day days week month",
    Category.EXACT_AGE,
    r"[a-z]{3,5}s?\sof\slife\W{0,3}(?:number\s)?(?P<it>\d{1,3}|" + NUMBER_WORD + ")",
)
_announce(
    " ".join([*NUMBER_WORDS, "half"]), Category.EXACT_AGE,
    r"[a-z]{3,9}(?:[\s-]{1,2}(?:and|a|half|" + NUMBER_WORD + r")){0,5}[\s-]{1,2}(?:years?|yrs?|months?|weeks?|days?|hours?)"
    r"(?:[\s-]{1,2}(?:old|young)|\sof\sage)",
)  # fmt: skip
_announce(
    "turned turning turns",
    Category.EXACT_AGE,
    r"…\s(?P<it>1?\d{1,2})(?![\d.])" + UNIT + r"(?!\s(?:off|on|up|down|clamps?|lines?|pumps?)\b)",
    WEAK,
)
_announce(
    "ex gestation", Category.EXACT_AGE, r"ex[\s-](?P<it>\d{2}(?:\.\d)?[\s-]?(?:wk|week))", WEAK,
)  # fmt: skip

_PHONE = r"(?P<it>[(+]{0,2}\d[\d\s().+/-]{%d,18}\d)(?![\d.%%])"


def _digits(least: int) -> Check:
    """Whether a match holds that many digits at least."""

    def check(match: Match[str], _plain: str) -> bool:
        return sum(map(str.isdigit, match["it"])) >= least

    return check


_announce(
    "phone telephone tel fax pager pgr beeper ext extension spectralink vocera dial dect desk", Category.PHONE,
    "…" + SEP + FILL + r"(?P<it>[(+]{0,2}\d[\d\s().+/-]{1,18}\d)(?![\d.%])" + UNIT, check=_digits(3),
)  # fmt: skip
_announce("paged page pages", Category.PHONE, "…" + SEP + FILL + r"(?P<it>x?\d{4,5})(?![\d.%])" + UNIT)
_announce("x", Category.PHONE, r"(?<![a-z0-9])x\s?(?P<it>\d{4,5})(?![\d.%])" + UNIT, WEAK)
_announce(
    "cell mobile mob ph call calls called text texted reach reached callback contact number landline whatsapp daughter"
    " son wife husband mother father mom dad sister brother family line home sms", Category.PHONE,
    "…" + SEP + FILL + r"(?P<it>[(+]{0,2}\d[\d\s().+/-]{5,18}\d)(?![\d.%])" + UNIT, check=_digits(7),
)  # fmt: skip

_TLD = (
    r"(?:com|org|net|edu|gov|io|co|info|health|example|us|uk|ca|de|fr|nl|au|in|me|eu|mil|int|ch|at|es|it|br|mx)\b"
)
_HOST = r"[a-z0-9-]{1,40}"
_DOT = r"(?:\.|\s?[\[({<]\s?(?:dot|\.)\s?[\])}>]\s?|\s(?:dot|punkt|point)\s)"
_LOCAL = r"(?<=[a-z0-9_.\s\[({<])"
_announce(
    "at",
    Category.EMAIL,
    _LOCAL + r"at[\])}>]{0,2}\s{0,2}" + _HOST + "(?:" + _DOT + _HOST + "){0,3}" + _DOT + _TLD,
    WEAK,
)
_announce(
    "at",
    Category.EMAIL,
    _LOCAL + r"at[\])}>]{0,2}\s{0,2}(?:gmail|yahoo|hotmail|outlook|aol|icloud|proton|gmx)\b",
    WEAK,
)

_announce("ssn ssns", Category.SSN, r"…" + SEP + FILL + r"(?:[x*•]{1,3}[\s-]?){0,3}(?P<it>\d[\d\s.-]{2,14}\d)")
_announce(
    "s",
    Category.SSN,
    r"s\.?\s?s\.?\s?(?:n\.?)?\s?(?:number|no|#)?" + SEP + r"(?P<it>\d[\d\s.-]{7,14}\d)",
    check=_digits(9),
)
_announce(
    "ss sin itin tin social", Category.SSN, "…" + SEP + FILL + r"(?P<it>\d[\d\s.-]{7,18}\d)", check=_digits(9)
)
_announce(
    "last final",
    Category.SSN,
    r"…\s(?:four|4)\s(?:digits\s)?(?:of\s|on\s)?(?:the\s|her\s|his\s)?(?:ssn|social)"
    + SEP
    + FILL
    + r"(?P<it>\d{4})",
)
_announce(
    "social soc",
    Category.SSN,
    r"soc(?:ial)?\.?\ssec(?:urity)?\.?" + SEP + FILL + r"(?P<it>\d[\d\s.-]{2,14}\d)",
    check=_digits(4),
)
_announce("tax", Category.SSN, r"tax\sid" + SEP + FILL + r"(?P<it>\d[\d\s.-]{7,14}\d)")
_announce(
    "ni insurance nino", Category.SSN, "…" + SEP + FILL + r"(?P<it>[a-z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[a-d]\b)"
)
_announce("passport license licence dl", Category.SSN, "…" + SEP + FILL + numbered(5))


def _capital(match: Match[str], plain: str) -> bool:
    return plain[match.start("it")].isupper() or plain[match.start("it")].isdigit()


def _new_place(match: Match[str], plain: str) -> bool:
    return _capital(match, plain) and match["it"] not in ("icu", "or", "er", "ed", "us", "the")


_announce(
    "lives live lived living resides resided residing", Category.ADDRESS,
    r"…\s(?:in|at|on|near)\s(?:the\s)?(?P<it>(?:apartment\s)?[a-z0-9][a-z0-9'.-]{1,24})", WEAK, check=_new_place,
)  # fmt: skip
_announce(
    "resident residents", Category.ADDRESS, r"…\sof\s(?:the\s)?(?P<it>[a-z][a-z'.-]{2,24})", WEAK, check=_new_place
)
_announce(
    "hometown",
    Category.ADDRESS,
    r"hometown\W{1,3}(?:(?:is|of|was)\s)?(?P<it>[a-z][a-z'.-]{2,24})",
    WEAK,
    check=_new_place,
)
_announce("comes came", Category.ADDRESS, r"comes\sfrom\s(?P<it>[a-z][a-z'.-]{2,24})", WEAK, check=_new_place)
_announce("address", Category.ADDRESS, r"address\W{1,3}(?:is\s)?(?P<it>\d{1,5}[a-d]?\s[a-z][a-z'.]{1,20})")
_announce("p po", Category.ADDRESS, r"p\.?\s?o\.?\s?box\W{0,3}(?P<it>\d{1,6})")
_announce("rr", Category.ADDRESS, r"rr\s?\d{1,3}\W{0,2}\sbox\s?\d{1,5}")
_announce("apt apartment", Category.ADDRESS, r"…\.?\s?(?:no\.?\s?)?#?(?P<it>\d{1,4}[a-z]?\b)")
_announce("highway hwy route rte", Category.ADDRESS, r"…\.?\s(?P<it>\d{1,3})(?!\d)" + UNIT, WEAK)
_announce(
    "rue calle avenida avenue",
    Category.ADDRESS,
    r"…\s(?:(?:de|la|del|du|des|las|los)\s){0,2}(?P<it>[a-z][a-z'-]{2,20})",
    WEAK,
    check=_capital,
)

_POSTCODE = (
    r"(?P<it>\d{5}(?:-\d{4})?(?!\d)|[a-z]{1,2}\d[a-z0-9]?\s?\d[a-z]{2}\b|[a-z]\d[a-z]\s?\d[a-z]\d\b|\d{4,6}(?!\d))"
)
_announce(
    "zip zipcode postal postcode post plz cep",
    Category.ZIP,
    r"…(?:\s?\+\s?4)?\s?(?:code)?" + SEP + FILL + _POSTCODE,
)
_STATES = (
    "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri"
    " sc sd tn tx ut vt va wa wv wi wy dc pr"
)


def _state(match: Match[str], plain: str) -> bool:
    """Two capitals, or two letters behind the comma after a city; “in 30000 units” is neither."""
    return plain[match.start() : match.start() + 2].isupper() or plain[: match.start()].endswith((", ", ","))


_announce(_STATES, Category.ZIP, r"[a-z]{2}\.?[,\s]{1,3}(?P<it>\d{5}(?:-\d{4})?)(?![\d])" + UNIT, check=_state)
_announce(
    "alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois"
    " indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri"
    " montana nebraska nevada hampshire jersey mexico york carolina dakota ohio oklahoma oregon pennsylvania island"
    " tennessee texas utah vermont virginia washington wisconsin wyoming columbia", Category.ZIP,
    r"…[,\s]{1,3}(?P<it>\d{5}(?:-\d{4})?)(?!\d)" + UNIT,
)  # fmt: skip


def _not_operating(match: Match[str], _plain: str) -> bool:
    """Students say in which operating room they were; no patient stays there."""
    before = match.string[max(0, match.start() - 12) : match.start()]
    return not re.search(r"\b(?:or|operating|op|theatre|theater|o\.r\.)\W{0,2}$", before)


_announce(
    "room rm", Category.ROOM_BED, r"[a-z]{2,4}\.?\s{0,2}(?:no\.?|number|num)?[\s:#.-]{0,4}(?P<it>[a-z]?\d{1,4}[a-z]?(?:-\d{1,4})?)(?![\d.%])"
    + UNIT, check=_not_operating,
)  # fmt: skip
_announce(
    "bed bedspace", Category.ROOM_BED, r"[a-z]{3,8}\s{0,2}(?:space\s?)?(?:no\.?|number|num)?[\s:#.-]{0,4}(?P<it>[a-d]?\d{1,3}[a-d]?)(?![\d.%])"
    + UNIT,
)  # fmt: skip
_announce("bed", Category.ROOM_BED, r"bed\s(?P<it>[a-d])\s(?:of|in)\b", WEAK)
_announce(
    "bay pod slot ward cubicle",
    Category.ROOM_BED,
    r"…[\s:#]{1,3}(?:no\.?\s)?(?P<it>[a-d]?\d{1,3}[a-d]?|[a-d]\sbed\s\d{1,2})\b" + UNIT,
    WEAK,
)
_announce(
    "icu cvicu cticu ctsicu picu nicu sicu micu ccu cicu pcicu csicu pacu csru tcu", Category.ROOM_BED,
    r"…[\s-]{0,2}(?P<it>\d{1,3}[a-d]?)(?![\d.%/:-])\b" + UNIT, WEAK,
)  # fmt: skip

_SERIAL = SEP + r"(?:(?:number|num|no|nr|nbr|is|was)\b" + SEP + "){0,3}"
_announce("serial serials ser", Category.DEVICE_SERIAL, "…" + _SERIAL + numbered(3))
_announce("sn", Category.DEVICE_SERIAL, r"sn" + _SERIAL + numbered(4) + UNIT)
_announce("s", Category.DEVICE_SERIAL, r"(?<![a-z0-9])s\s?[/-]\s?n\b" + _SERIAL + numbered(3))
_announce("s", Category.DEVICE_SERIAL, r"(?<![a-z0-9])s/n" + _SERIAL + numbered(3))
_announce("udi di gtin", Category.DEVICE_SERIAL, "…" + SEP + r"(?P<it>\(?\d[\d()]{7,24})")
_announce(
    "device console controller pump implant",
    Category.DEVICE_SERIAL,
    "…" + _QUALIFIER + SEP + FILL + numbered(4) + UNIT,
)
_announce(
    "lot lots batch", Category.DEVICE_SERIAL, r"…\b" + _SERIAL + r"(?=[a-z]{0,3}\d)" + numbered(3) + UNIT, WEAK
)
_announce(
    "asset biomed tag equipment",
    Category.DEVICE_SERIAL,
    r"…\s?(?:tag|number|no|id|#)?" + _SERIAL + numbered(4) + UNIT,
    WEAK,
)

# Fractions of an inch, as tubing has them, are no days.
_TUBE = r"(?!\s?(?:x|inch|in\b|\"|tubing|line|tube|lines|connector|loop|boot|venous|arterial|circuit|wall|reducer|straight|y\b|of\b|strength|dose|flow|power|volume|ml|l\b))"
_SHORT = (
    r"(?!(?:1/[2-8]|2/3|3/4|[357]/8|[135]/16|[13]/32)(?!\d))(?P<it>(?:0?[1-9]|1[0-2])[/](?:[12]\d|3[01]|0?[1-9])|(?:[12]\d|3[01])[/](?:0?[1-9]|1[0-2]))(?![\d/.])"
    + _TUBE
)
_announce(
    "on since admitted admit adm discharged dc d c transferred back scheduled surgery until till cath echo died expired"
    " from extubated cannulated decannulated seen placed listed operated came intubated implanted explanted op dated"
    " arrived readmitted consented rescheduled pod date dos before after by", Category.DAY,
    r"…\W{1,3}(?:(?:on|from|for|the|was|date|of|back|since|out)\W{1,3}){0,2}(?:" + WEEKDAY + r"\W{1,3})?" + _SHORT, WEAK,
)  # fmt: skip
_announce(
    "dos date dated", Category.DAY, r"…[\s:]{1,3}(?P<it>(?:0?[1-9]|1[0-2])-(?:[0-2]?\d|3[01]))(?![\d.])", WEAK
)
_announce(
    "mon tue tues wed thu thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday",
    Category.DAY,
    r"…\W{1,3}" + _SHORT,
    WEAK,
)


def _month(match: Match[str], plain: str) -> bool:
    """May is a verb too, unless it is written as a month."""
    return (
        match.start() == 0 or not match.string.startswith("may", match.start()) or plain[match.start()].isupper()
    )


_announce(
    " ".join(MONTHS), Category.DAY, MONTH + r"\.?[\s-]{1,2}(?:the\s)?(?P<it>(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?)(?![\d.])" + UNIT,
    WEAK, check=_month,
)  # fmt: skip

_announce(
    "delivered", Category.BIRTH_DATE,
    r"delivered\s(?:(?:on|by|at|him|her)\s){0,2}(?P<it>yesterday|today|this\smorning|\d{1,3}\s(?:hours?|days?|weeks?)\sago|(?:0?[1-9]|1[0-2])/[0-3]?\d(?![\d/]))",
    WEAK,
)  # fmt: skip
_announce(
    "she he pt patient who", Category.EXACT_AGE,
    r"[a-z]{2,7}(?:'s|\sis|\swas)\s(?:(?:only|just|about|now|already|almost)\s){0,2}(?P<it>1?\d{1,2})(?=\s?(?:[,;]|$|\.(?!\d)|\b(?:and|but|now|so|who|with)\b))", WEAK,
)  # fmt: skip
_announce(
    "m f", Category.EXACT_AGE, r"(?<![a-z0-9'.])[mf][\s/]?(?P<it>3[89]|[4-8]\d|9[0-4])(?![\d./:%-])" + UNIT, WEAK
)
_announce(
    "male female man woman gentleman lady girl boy", Category.EXACT_AGE,
    r"…[,\s]{1,2}(?:(?:of|age|aged)\s)?(?P<it>1?\d{1,2})(?![\d./:%-])" + UNIT, WEAK,
)  # fmt: skip
_announce("day", Category.EXACT_AGE, r"day\s?#?(?P<it>\d{1,3})\sof\slife")
_announce("home", Category.ADDRESS, r"home\sis\s(?:in\s|at\s)?(?P<it>[a-z][a-z'.-]{2,24})", WEAK, check=_new_place)
_announce("county state", Category.ADDRESS, r"…\s(?:rd|road|highway|hwy)\.?\s(?P<it>\d{1,4})(?!\d)")
_announce("last", Category.SSN, r"last\s?(?:4|four)[\s:#]{1,3}(?P<it>\d{4})\s(?:of\s)?(?:ssn|social)")
_announce("at", Category.EMAIL, r"(?<=_)at_(?:" + _HOST + _DOT + "){1,3}" + _TLD, WEAK)
_announce("a", Category.EMAIL, r"(?<=[\[({<])a[\])}>]\s?(?:" + _HOST + _DOT + "){1,3}" + _TLD, WEAK)
_announce(
    "a c d f g h i k l m n o p r s t u v w", Category.ZIP, r"(?<![a-z0-9])[a-z]\.\s?[a-z]\.,?\s(?P<it>\d{5})(?!\d)",
    check=lambda match, plain: plain[match.start()].isupper(),
)  # fmt: skip
_announce("postponed moved rescheduled pushed", Category.DAY, r"…\s(?:to|from|until|on)\s" + _SHORT, WEAK)
_announce("pod", Category.DAY, r"pod\s?#?\d{1,2}\W{1,3}" + _SHORT, WEAK)
_announce(
    "mon tue tues wed thu thurs fri monday tuesday wednesday thursday friday saturday sunday", Category.DAY,
    r"…,?\s(?:the\s)?(?P<it>[0-3]?\d(?:st|nd|rd|th))\b", WEAK,
)  # fmt: skip

CUES: Mapping[str, Iterable[Rule]] = {word: tuple(rules) for word, rules in _rules.items()}
