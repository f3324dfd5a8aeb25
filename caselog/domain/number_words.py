"""The numbers of a rule in words: fixed, the program's own, with exceptions for some students, or a share."""

from collections.abc import Iterator
from fractions import Fraction

from caselog.domain.codes import CodeBook
from caselog.domain.requirement_words import requirement_in_words
from caselog.domain.ruleset import AnyRequirement, AttestationRequirement, CountRequirement, Number
from caselog.domain.wording import in_words

_ONE = {"cases": "case", "activities": "activity", "hours": "hour", "points": "point", "units": "unit"}


def amount(value: Fraction | None) -> str:
    """A number as people write it; `not set` for one that the program has still to set."""
    return "not set" if value is None else f"{float(value):,.10g}"


def number_in_words(number: Number, codes: CodeBook) -> str:
    """What a number is, such as `40, or 20 where certification …`."""
    if number.share is not None:
        base = "what counted" if number.share.of_counted else "the minimum"
        return f"{amount(number.share.percent)} % of {base} of “{number.share.of}”"
    if number.value is None:
        return "a number that each program sets"
    words = amount(number.value)
    for when, value in number.exceptions:
        words += f"; {amount(value)} where {in_words(when, codes)}"
    return f"{words}; a program may set another" if number.by_program else words


def numbers_in_words(requirement: AnyRequirement, codes: CodeBook) -> Iterator[str]:
    """What must be reached, in sentences; nothing for what has no number of its own."""
    match requirement:
        case CountRequirement(minimum=minimum, unit=unit, preferred=preferred):
            if minimum == Number(minimum.key, minimum.value, minimum.source) and minimum.value is not None:
                yield f"At least {amount(minimum.value)} {_ONE.get(unit, unit) if minimum.value == 1 else unit}."
            else:
                yield f"At least, in {unit}: {number_in_words(minimum, codes)}."
            if preferred is not None:
                yield f"Preferred: {number_in_words(preferred, codes)}."
        case AttestationRequirement(minimum=minimum):
            yield f"Needed on file: {number_in_words(minimum, codes)}."


def all_in_words(requirement: AnyRequirement, codes: CodeBook) -> list[str]:
    """All that a requirement asks, in sentences: its numbers first, then what counts."""
    # Both say what is preferred; once is enough.
    return list(dict.fromkeys([*numbers_in_words(requirement, codes), *requirement_in_words(requirement, codes)]))
