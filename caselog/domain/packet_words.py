"""The summary of a log in words and numbers, made from the cases themselves."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from caselog.domain.case import Case
from caselog.domain.codes import AgeGroup, CodeBook, CodeList, Role, Setting, Status

KINDS_MOST = 6  # of procedures that a sentence names
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
# How each role reads before a number of cases, the weightiest first.
ROLE_WORDS: Mapping[str, str] = {
    Role.PRIMARY: "primary on",
    Role.INDEPENDENT: "independent on",
    Role.INSTRUCTOR: "instructor on",
    Role.FIRST_ASSISTANT: "first assistant on",
    Role.OBSERVED: "observer of",
}
Category = Callable[[Case], bool]


def in_number(count: int) -> str:
    """A count inside a sentence: in letters up to ten."""
    return _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"


def of_things(count: int, one: str, many: str | None = None) -> str:
    return f"{in_number(count)} {one if count == 1 else many or one + 's'}"


def listed(parts: Sequence[str]) -> str:
    """Parts as one enumeration: `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def summary(cases: Iterable[Case], codes: CodeBook, categories: Mapping[str, Category]) -> tuple[str, ...]:
    """What the log comes to, a sentence each: verified clinical cases, then what else there is.

    `categories` are `open-heart`, `pediatric` and `emergency`.
    """
    given = list(cases)
    clinical = [each for each in given if each.setting == Setting.CLINICAL]
    verified = [each for each in clinical if each.status == Status.VERIFIED]
    return tuple(_sentence(each) for each in _parts(given, clinical, verified, codes, categories))


def _parts(
    given: list[Case],
    clinical: list[Case],
    verified: list[Case],
    codes: CodeBook,
    categories: Mapping[str, Category],
) -> Iterator[str]:
    open_heart = [each for each in verified if categories["open-heart"](each)]
    others = [each for each in verified if not categories["open-heart"](each)]
    if not verified:
        yield "no verified clinical case yet"
    if open_heart:
        yield "; ".join(_by_role(open_heart, codes))
    if others:
        yield f"beside open-heart surgery: {'; '.join(_other_by_role(others, codes))}"
    if verified:
        yield _whom(verified, categories)
        supervisors = len({each.preceptor for each in verified if each.preceptor})
        sites = len({each.site for each in verified if each.site})
        yield (
            f"these are {of_things(len(verified), 'verified clinical case')} at {of_things(sites, 'site')}, "
            f"each verified by a preceptor; {of_things(supervisors, 'preceptor')} took part"
        )
    if waiting := len(clinical) - len(verified):
        stands = "stands" if waiting == 1 else "stand"
        yield f"{of_things(waiting, 'more clinical case')} {stands} for verification, and in none of these numbers"
    if simulated := len(given) - len(clinical):
        is_listed = "is listed, and is" if simulated == 1 else "are listed, and are"
        yield f"{of_things(simulated, 'simulation')} {is_listed} in none of these numbers"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _in_roles(cases: list[Case]) -> Iterator[tuple[str, list[Case]]]:
    for role, words in ROLE_WORDS.items():
        if found := [each for each in cases if each.role == role]:
            yield words, found


def _by_role(cases: list[Case], codes: CodeBook) -> Iterator[str]:
    for place, (words, found) in enumerate(_in_roles(cases)):
        of = "open-heart case" if place == 0 else "case"
        said = f"{words} {of_things(len(found), of)}"
        kinds = _kinds(found, codes) if place == 0 else []
        yield f"{said}, among them {listed(kinds)}" if kinds else said


def _kinds(cases: list[Case], codes: CodeBook) -> list[str]:
    """The most frequent procedures; of valves, how many a case had, since that is what readers ask."""
    valves = codes.family(CodeList.PROCEDURES, "valve")
    counts: Counter[str] = Counter()
    for each in cases:
        counts.update(f"with {_plain(codes, code)}" for code in each.procedures if code not in valves)
        if several := len(valves.intersection(each.procedures)):
            counts[f"on {'a single valve' if several == 1 else f'{in_number(several)} valves'}"] += 1
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [f"{in_number(count)} {what}" for what, count in ordered[:KINDS_MOST]]


def _plain(codes: CodeBook, code: str) -> str:
    """A procedure inside a sentence; short forms such as CABG keep their capitals."""
    return _in_sentence(codes.label(CodeList.PROCEDURES, code))


def _in_sentence(label: str) -> str:
    return label[0].lower() + label[1:] if label[1:2].islower() else label


def _other_by_role(cases: list[Case], codes: CodeBook) -> Iterator[str]:
    for words, found in _in_roles(cases):
        counts = Counter(each.activity or "other" for each in found)
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        kinds = [f"{in_number(count)} {_in_sentence(short_label(codes, activity))}" for activity, count in ordered]
        yield f"{words} {listed(kinds)}"


def short_label(codes: CodeBook, activity: str) -> str:
    """An activity without what its label explains in brackets."""
    return codes.label(CodeList.ACTIVITY, activity).partition(" (")[0]


def _whom(cases: list[Case], categories: Mapping[str, Category]) -> str:
    children = [each for each in cases if categories["pediatric"](each)]
    emergencies = sum(map(categories["emergency"], cases))
    redo = sum(each.redo for each in cases)
    groups = Counter(each.age_group for each in children)
    ages = [f"{groups[age]} {AGES[age][0 if groups[age] == 1 else 1]}" for age in AgeGroup if groups[age]]
    of_ages = f" ({', '.join(ages)})" if ages else ""
    return (
        f"of all, {in_number(len(children))} {'was' if len(children) == 1 else 'were'} pediatric{of_ages}, "
        f"{in_number(emergencies)} {'was an emergency' if emergencies == 1 else 'were emergencies'}, and "
        f"{in_number(redo)} {'was a redo operation' if redo == 1 else 'were redo operations'}"
    )


AGES: Mapping[str, tuple[str, str]] = {
    AgeGroup.NEONATE: ("neonate", "neonates"),
    AgeGroup.INFANT: ("infant", "infants"),
    AgeGroup.CHILD: ("child", "children"),
    AgeGroup.ADOLESCENT: ("adolescent", "adolescents"),
    AgeGroup.ADULT: ("adult", "adults"),
    AgeGroup.OLDER_ADULT: ("older adult", "older adults"),
}
