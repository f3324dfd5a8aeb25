"""Pieces that the patterns of the screen are made of.

Every repetition has a bound, so that no text, however hostile, makes a pattern look back far.
"""

SEP = r"[\s:;#=.,*()\[\]<>_/-]{0,6}+"
# Words that may stand between what is announced and the number itself.
FILL = (
    r"(?:(?:is|was|are|were|the|number|numbers|num|no|nr|nbr|id|of|for|on|in|at|me|him|her|them|with|ends?|ending|last"
    r"|four|sheet|said|says|it|a|my|x{3,4}|please|back|up|to|security|insurance|desk|office|twice|again)\b"
    + SEP
    + r"){0,5}+"
)


def numbered(least: int) -> str:
    """A token with that many digits or more, perhaps with letters and with groups apart."""
    digits = r"(?:[a-z/\-.]{0,8}\d){" + str(least) + "}"
    return (
        r"(?P<it>(?=(?:[a-z]{1,5}\s)?" + digits + r")(?:[a-z]{1,5}\s)?[a-z0-9][a-z0-9/\-.]{1,24}"
        r"(?:\s\d{2,6}(?![\d.%])(?:\s?[a-z](?![a-z]))?){0,3})"
    )


MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b"
)
MONTHS = [
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|satur|sun)(?:day)?)\b"
_YEAR = r"(?:[\s,.'-]{1,3}\d{2,4})?"
NUMBER_WORDS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
]
NUMBER_WORD = "(?:" + "|".join(NUMBER_WORDS) + r")\b"
# A date in figures or with its month, a month with its year, or a year.
DATE = (
    r"(?:\d{1,4}\s{0,2}[./-]\s{0,2}(?:\d{1,4}|[a-z]{3,9})(?:\s{0,2}[./-]\s{0,2}\d{2,4})?"
    r"|\d{1,2}(?:st|nd|rd|th)?[\s-]{1,2}(?:of[\s-])?"
    + MONTH
    + _YEAR
    + r"|"
    + MONTH
    + r"[\s.,']{0,3}(?:of\s)?\d{1,4}"
    r"(?:st|nd|rd|th)?" + _YEAR + r"|\d{1,2}\s\d{1,2}\s\d{2,4}"
)
ANY_DATE = "(?P<it>" + DATE + r"|'?\d{2,8}(?!\d)))"
CLEAR_DATE = "(?P<it>" + DATE + "))"
# What a number is when it counts or measures.
UNIT = (
    r"(?!\s{0,2}(?:%|°|degrees?\b|deg\b|c\b|f\b|cm\b|mm\b|m\b|ml\b|l\b|cc\b|units?\b|u\b|iu\b|kiu\b|mg\b|mcg\b|g\b|kg\b"
    r"|min\b|mins\b|minutes?\b|h\b|hr\b|hrs\b|hours?\b|days?\b|weeks?\b|rpm\b|fr\b|french\b|x\b|inch\b|in\b|meq\b|j\b"
    r"|mmhg\b|cases?\b|times?\b|patients?\b|pts?\b|years?\b|months?\b|percent\b|[.,/:]\d))"
)
