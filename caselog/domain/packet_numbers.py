"""Tables of a packet that are made of numbers: the log by role and group, and requirements with their sources."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from caselog.domain.case import Case
from caselog.domain.codes import AGE_GROUP_MEANINGS, AgeGroup, CodeBook, CodeList, Role, Setting, Status, Urgency
from caselog.domain.conditions import AllOf, AnyOf, Between, Condition, Named, Not
from caselog.domain.number_words import all_in_words, amount
from caselog.domain.packet import INSIDE, Asked, SetPart, Table
from caselog.domain.result import Evaluation, Outcome, RequirementResult, Standing
from caselog.domain.ruleset import AttestationRequirement, CountRequirement, Source
from caselog.domain.wording import in_words

STANDINGS: Mapping[Standing, str] = {
    Standing.MET: "met",
    Standing.NOT_MET: "not yet",
    Standing.UNSET: "no number set",
    Standing.NEEDS_ATTESTATION: "not on file",
    Standing.WAIVED: "waived",
}
READY = frozenset({Standing.MET, Standing.WAIVED})
_ROLES: Mapping[str, str] = {
    Role.PRIMARY: "Primary",
    Role.INDEPENDENT: "Independent",
    Role.INSTRUCTOR: "Instructor",
    Role.FIRST_ASSISTANT: "First assistant",
    Role.OBSERVED: "Observed",
}
_USUAL = (Role.PRIMARY, Role.FIRST_ASSISTANT, Role.OBSERVED)
Day = Callable[[object], str]


def readiness(standing: Standing) -> str:
    """What may be said of a whole set: certification is the board's, graduation the program's."""
    return "ready" if standing in READY else "not yet"


def breakdown(cases: Iterable[Case], codes: CodeBook) -> tuple[Table, ...]:
    """Clinical cases by activity, family of procedures, age group and urgency, each by role."""
    clinical = [each for each in cases if each.setting == Setting.CLINICAL]
    roles = [role for role in _ROLES if role in _USUAL or any(each.role == role for each in clinical)]
    families = codes.families(CodeList.PROCEDURES)
    by_family = [(family, codes.family(CodeList.PROCEDURES, family)) for family in families]
    parts: list[tuple[str, str, list[tuple[str, list[Case]]], tuple[str, ...]]] = [
        ("By activity", "Activity", _by_activity(clinical, codes), ()),
        (
            "By family of procedures",
            "Family",
            [
                (_capital(family), [each for each in clinical if held.intersection(each.procedures)])
                for family, held in by_family
            ],
            ("A case with procedures of several families counts in each of them.",),
        ),
        (
            "By age group",
            "Age group",
            [
                (
                    f"{_capital(age)} ({AGE_GROUP_MEANINGS[age]})",
                    [each for each in clinical if each.age_group == age],
                )
                for age in AgeGroup
            ],
            (),
        ),
        (
            "By urgency",
            "Urgency",
            [(_capital(urgency), [each for each in clinical if each.urgency == urgency]) for urgency in Urgency],
            (),
        ),
    ]
    return tuple(
        Table(
            title=title,
            head=(first, *(_ROLES[role] for role in roles), "Verified", "Waiting"),
            rows=tuple((name, *_counts(found, roles)) for name, found in groups if found),
            numeric=tuple(range(1, len(roles) + 3)),
            remarks=remarks,
        )
        for title, first, groups, remarks in parts
        if any(found for _, found in groups)
    )


def _by_activity(cases: list[Case], codes: CodeBook) -> list[tuple[str, list[Case]]]:
    return [
        (codes.label(CodeList.ACTIVITY, code), [each for each in cases if each.activity == code])
        for code in codes.codes(CodeList.ACTIVITY)
    ]


def _counts(cases: list[Case], roles: Sequence[str]) -> tuple[str, ...]:
    """Verified ones by role and in sum, then how many wait."""
    verified = [each for each in cases if each.status == Status.VERIFIED]
    by_role = (sum(each.role == role for each in verified) for role in roles)
    return tuple(str(number) for number in (*by_role, len(verified), len(cases) - len(verified)))


def _capital(code: str) -> str:
    text = code.replace("_", " ")
    return text[0].upper() + text[1:]


def set_part(
    evaluation: Evaluation, codes: CodeBook, letters: Mapping[str, str], day: Day, *, own_words: bool
) -> SetPart:
    """A rule set with a row for each requirement; `letters` are those by which a list of cases refers to them.

    Without `own_words` it does not say by whom something is on file.
    """
    ruleset = evaluation.ruleset
    sources: dict[Source, int] = {}
    rows = tuple(row for result in evaluation.requirements for row in _rows(result, sources, ""))
    return SetPart(
        title=ruleset.title,
        edition=ruleset.edition,
        standing=readiness(evaluation.standing),
        about=ruleset.about,
        table=Table(
            title=f"Requirements of {ruleset.title}",
            head=("Requirement", "Asked", "Verified", "Waiting", "Missing", "Stands", "Source"),
            rows=rows,
            numeric=(1, 2, 3, 4),
        ),
        asked=tuple(_asked(result, codes, letters, day) for result in evaluation.requirements),
        attach=tuple(_to_attach(evaluation.requirements, day, own_words=own_words)),
        sources=tuple(f"{each.title}: {each.address}, read {each.read}" for each in sources),
    )


def _rows(result: RequirementResult, sources: dict[Source, int], inside: str) -> Iterator[tuple[str, ...]]:
    source = str(sources.setdefault(result.requirement.source, len(sources) + 1))
    standing = STANDINGS[result.standing]
    numbers = _numbers(result)
    yield (inside + result.requirement.title, *numbers, standing, source)
    for part in result.parts:
        limits = [f"at least {amount(part.at_least)}"] if part.at_least is not None else []
        limits += [f"at most {amount(part.at_most)}"] if part.at_most is not None else []
        words = ", ".join([f"{INSIDE}of these {part.part.title}", *limits])
        short = "not yet" if part.short else ""
        yield (words, "", amount(part.counted), amount(part.pending), "", short, "")
    for inner in result.inner:
        yield from _rows(inner, sources, INSIDE)


def _numbers(result: RequirementResult) -> tuple[str, str, str, str]:
    if isinstance(result.requirement, CountRequirement):
        missing = "" if result.remaining is None else amount(result.remaining)
        return amount(result.minimum), amount(result.counted), amount(result.pending), missing
    if result.inner:
        return amount(result.minimum), amount(result.counted), "", amount(result.remaining)
    return "", "", "", ""


def _asked(result: RequirementResult, codes: CodeBook, letters: Mapping[str, str], day: Day) -> Asked:
    requirement = result.requirement
    numbers = ""
    says = [requirement.says, *all_in_words(requirement, codes)]
    if isinstance(requirement, CountRequirement):
        waits = f", {amount(result.pending)} waiting" if result.pending else ""
        numbers = f"{amount(result.counted)} of {amount(result.minimum)} {requirement.unit}{waits}"
        windows = dict.fromkeys(
            in_words(each, codes) for part in (requirement.where, requirement.eligible) for each in _windows(part)
        )
        says += [f"The window: {words}." for words in windows]
        says += _what_counted(result, day)
    if requirement.note:
        says.append(requirement.note)
    return Asked(
        letter=letters.get(requirement.id, ""),
        title=requirement.title,
        standing=STANDINGS[result.standing],
        numbers=numbers,
        says=tuple(dict.fromkeys(says)),
    )


def _windows(condition: Condition) -> Iterator[Condition]:
    """The limits on days inside a condition."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _windows(part)
        case Not(part) | Named(part=part):
            yield from _windows(part)
        case Between(field) if field in ("case_date", "date"):
            yield condition
        case _:
            return


def _what_counted(result: RequirementResult, day: Day) -> Iterator[str]:
    """Of what counted, by which role, and from when to when."""
    entries = [verdict.entry for verdict in result.with_outcome(Outcome.COUNTED)]
    cases = [each for each in entries if isinstance(each, Case)]
    by_role = [
        f"{count} {words.lower()}"
        for role, words in _ROLES.items()
        if (count := sum(each.role == role for each in cases))
    ]
    if by_role:
        yield f"Counted by role: {', '.join(by_role)}."
    days = sorted(each.on for each in entries if each.on is not None)
    if days:
        yield f"Counted from {day(days[0])} to {day(days[-1])}."


def _to_attach(results: Iterable[RequirementResult], day: Day, *, own_words: bool) -> Iterator[tuple[str, str]]:
    for result in results:
        if isinstance(result.requirement, AttestationRequirement):
            on_file = [f"{each.by}, {day(each.on)}" if own_words else day(each.on) for each in result.attestations]
            words = f"on file: {'; '.join(on_file)}" if on_file else STANDINGS[result.standing]
            yield result.requirement.title, words
        yield from _to_attach(result.inner, day, own_words=own_words)
