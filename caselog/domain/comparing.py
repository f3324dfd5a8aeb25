"""Two editions side by side: what is asked otherwise, and whose standing moves and why."""

from collections.abc import Iterator
from dataclasses import dataclass

from caselog.domain.codes import CodeBook
from caselog.domain.number_words import all_in_words, amount
from caselog.domain.result import Evaluation, RequirementResult, Standing
from caselog.domain.ruleset import (
    AnyRequirement,
    AttestationRequirement,
    CountRequirement,
    RuleSet,
    StudentRequirement,
)


@dataclass(frozen=True, slots=True)
class Change:
    """A requirement that the two editions state differently; one of the two is None where only the other has it.

    `before` and `after` are the sentences that only one of them says.
    """

    old: AnyRequirement | None
    new: AnyRequirement | None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def renamed(self) -> bool:
        return self.old is not None and self.new is not None and self.old.id != self.new.id


@dataclass(frozen=True, slots=True)
class Move:
    """A requirement whose standing is another under the new edition, and why, in a sentence."""

    title: str
    before: RequirementResult | None
    after: RequirementResult | None
    why: str


def pairs(old: RuleSet, new: RuleSet) -> list[tuple[AnyRequirement | None, AnyRequirement | None]]:
    """Each requirement with what it was or became: by id, else by the id that it was renamed from."""
    left = {each.id: each for each in old.requirements}
    same = {each.id: left.pop(each.id, None) for each in new.requirements}
    for each in new.requirements:
        if same[each.id] is None:
            renamed = next((other for other in left.values() if set(other.ids) & set(each.ids)), None)
            same[each.id] = left.pop(renamed.id) if renamed else None
    return [*((same[each.id], each) for each in new.requirements), *((each, None) for each in left.values())]


def changes(old: RuleSet, new: RuleSet, codes: CodeBook) -> list[Change]:
    """The requirements that the editions state differently, as far as words can tell."""
    found = []
    for before, after in pairs(old, new):
        said, says = ((all_in_words(each, codes) if each else []) for each in (before, after))
        change = Change(
            before,
            after,
            tuple(each for each in said if each not in says),
            tuple(each for each in says if each not in said),
        )
        if change.before or change.after or change.renamed:
            found.append(change)
    return found


def moves(before: Evaluation, after: Evaluation) -> Iterator[Move]:
    """The requirements of one student whose standing differs between two editions on the same day."""
    were = {result.requirement.id: result for result in before.requirements}
    are = {result.requirement.id: result for result in after.requirements}
    for old, new in pairs(before.ruleset, after.ruleset):
        was, now = were[old.id] if old else None, are[new.id] if new else None
        if now is None and was is not None and was.standing not in _FULFILLED:
            yield Move(was.requirement.title, was, None, f"no longer asked for; {_numbers(was)} before")
        elif was is None and now is not None and now.standing not in _FULFILLED:
            yield Move(now.requirement.title, None, now, f"asked for anew; {_numbers(now)} now")
        elif was is not None and now is not None and was.standing is not now.standing:
            yield Move(now.requirement.title, was, now, why(was, now))


_FULFILLED = (Standing.MET, Standing.WAIVED)


def why(was: RequirementResult, now: RequirementResult) -> str:
    """Why the standing of a requirement moved, with its numbers before and now."""
    if isinstance(now.requirement, StudentRequirement) and isinstance(was.requirement, StudentRequirement):
        return "it is true of the student now" if now.counted else "it is no longer true of the student"
    reasons = [*_reasons(was, now)] or ["what it asks for changed"]
    return f"{_numbers(was)} before, {_numbers(now)} now: {'; '.join(reasons)}"


def _reasons(was: RequirementResult, now: RequirementResult) -> Iterator[str]:
    if was.minimum != now.minimum:
        yield _asked(was, now)
    if was.counted != now.counted:
        difference = now.counted - was.counted
        yield f"{amount(abs(difference))} {'more' if difference > 0 else 'fewer'} {_what(now)}"
    short_before, short_now = [*_short(was)], [*_short(now)]
    yield from (f"now short of {each}" for each in short_now if each not in short_before)
    yield from (f"no longer short of {each}" for each in short_before if each not in short_now)
    if was.waivers != now.waivers:
        yield "a waiver is for one of the two only"


def _asked(was: RequirementResult, now: RequirementResult) -> str:
    if now.minimum is None:
        return f"the program has not set its number, which was {amount(was.minimum)}"
    if was.minimum is None:
        return f"its number is set, to {amount(now.minimum)}"
    return f"it asks for {amount(now.minimum)} instead of {amount(was.minimum)}"


def _short(result: RequirementResult) -> Iterator[str]:
    for part in result.parts:
        if part.short:
            yield f"{part.part.title} ({amount(part.counted)} of {amount(part.at_least)})"
    for year in result.years:
        if year.at_least is not None and year.counted < year.at_least:
            yield f"the year from {year.first} ({amount(year.counted)} of {amount(year.at_least)})"


def _what(result: RequirementResult) -> str:
    match result.requirement:
        case CountRequirement(unit=unit):
            return "count" if unit in ("cases", "activities") else f"{unit} count"
        case AttestationRequirement():
            return "on file"
        case _:
            return "met"


def _numbers(result: RequirementResult) -> str:
    if result.minimum is None:
        return f"{amount(result.counted)} of a number not set"
    return f"{amount(result.counted)} of {amount(result.minimum)}"
