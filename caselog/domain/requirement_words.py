"""What a requirement asks, in sentences that follow from the rule itself."""

from collections.abc import Iterator
from fractions import Fraction

from caselog.domain.codes import CodeBook
from caselog.domain.conditions import AllOf
from caselog.domain.ruleset import (
    AnyRequirement,
    AttestationRequirement,
    CountRequirement,
    Credit,
    GroupRequirement,
    Number,
    SetRequirement,
    StudentRequirement,
)
from caselog.domain.wording import in_words, label


def requirement_in_words(requirement: AnyRequirement, codes: CodeBook) -> Iterator[str]:
    """Each sentence says one thing: what counts, what it is worth, what parts may contribute."""
    match requirement:
        case CountRequirement():
            yield from _count(requirement, codes)
        case StudentRequirement(where=where):
            yield f"The student: {in_words(where, codes)}."
        case AttestationRequirement(every=None):
            yield "On file, as attested by the program."
        case AttestationRequirement(every=every) if every:
            yield f"One on file for each {_number(every)} counted toward “{requirement.of}”."
        case GroupRequirement(members=members, at_least=at_least):
            which = "All" if at_least == len(members) else f"At least {at_least}"
            yield f"{which} of: {', '.join(members)}."
        case SetRequirement(ruleset=ruleset):
            yield f"All of {ruleset.title}, edition {ruleset.edition}."


def _count(requirement: CountRequirement, codes: CodeBook) -> Iterator[str]:
    conditions = [each for each in (requirement.where, requirement.eligible) if each != AllOf(())]
    yield f"Counts: {'; '.join(in_words(each, codes) for each in conditions)}."
    for credit in requirement.credits:
        yield f"Credit: {_credit(credit, codes)}."
    if requirement.once_per:
        yield f"Each {label(requirement.once_per)} counts once."
    for part in requirement.parts:
        limits = [f"at least {_number(part.at_least)}"] if part.at_least else []
        limits += [f"at most {_number(part.at_most)}"] if part.at_most else []
        yield f"Of these {' and '.join(limits)}: {part.title} ({in_words(part.where, codes)})."
    if requirement.each_year:
        each = requirement.each_year
        yield f"At least {_number(each.at_least)} in each of the last {each.years} years."
    if requirement.minimum.share:
        share = requirement.minimum.share
        base = "what counted" if share.of_counted else "the minimum"
        yield f"At least {_amount(share.percent)} % of {base} of “{share.of}”."
    if requirement.preferred:
        yield f"Preferred: {_number(requirement.preferred)}."


def _credit(credit: Credit, codes: CodeBook) -> str:
    if credit.field is None:
        worth = f"{_amount(credit.points)} each"
    elif credit.per is None:
        worth = label(credit.field)
    else:
        worth = f"{_amount(credit.points)} for every {_amount(credit.per)} of {label(credit.field)}"
    if credit.at_most is not None:
        worth += f", at most {_amount(credit.at_most)} each"
    return worth if credit.where is None else f"{worth} where {in_words(credit.where, codes)}"


def _number(number: Number) -> str:
    return "a number that the program sets" if number.value is None else _amount(number.value)


def _amount(value: Fraction) -> str:
    return f"{float(value):g}"
