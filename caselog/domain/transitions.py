"""What may be done with an entry of the log, by whom, and what becomes of it: one table, which every service asks.

A `Stage` is finer than the status that is stored: a submitted case waits for its reviewer, or, once the reviewer saw
another role than the student claims, for the student's answer, or for the reviewer's last word.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from caselog.domain.codes import Status


class Stage(StrEnum):
    """Where an entry stands."""

    NEW = "new"  # not in the log yet
    DRAFT = "draft"
    WAITING = "waiting"  # submitted, and not decided
    DIFFERS = "differs"  # submitted; the reviewer saw another role, and the student has not answered
    KEPT = "kept"  # submitted; the student keeps the role, and the reviewer has the last word
    RETURNED = "returned"
    VERIFIED = "verified"
    VOID = "void"


STATUS_OF: Mapping[Stage, Status] = {
    Stage.DRAFT: Status.DRAFT,
    Stage.WAITING: Status.SUBMITTED,
    Stage.DIFFERS: Status.SUBMITTED,
    Stage.KEPT: Status.SUBMITTED,
    Stage.RETURNED: Status.RETURNED,
    Stage.VERIFIED: Status.VERIFIED,
    Stage.VOID: Status.VOID,
}


class Act(StrEnum):
    """What can be done; also the verb of its row in the trail, as in `case.amend`."""

    DRAFT = "draft"  # put into the log, to be finished later
    SUBMIT = "submit"  # hand in, for the first time or again
    CHANGE = "change"
    VERIFY = "verify"
    DIFFER = "differ"  # say that one saw another role than the student claims
    RETURN = "return"
    ACCEPT = "accept"  # take the role that the reviewer saw
    KEEP = "keep"  # stay with the role that was claimed
    AGREE = "agree"  # verify with the role that was claimed, after all
    AMEND = "amend"
    VOID = "void"


class Party(StrEnum):
    """Who somebody is to an entry."""

    STUDENT = "student"
    REVIEWER = "reviewer"
    DIRECTOR = "director"


class Need(StrEnum):
    """What must come with an act. An activity has no role, so none is asked for there."""

    REASON = "reason"
    COMMENT = "comment"
    ROLE = "role"


class Way(StrEnum):
    """How a verification came about."""

    ACCOUNT = "account"  # the reviewer was signed in
    LINK = "link"  # the reviewer came by a link that was mailed
    AGREEMENT = "agreement"  # the student took the role that the reviewer saw


@dataclass(frozen=True, slots=True)
class Transition:
    start: Stage
    act: Act
    who: Party
    end: Stage
    needs: frozenset[Need] = frozenset()


def _rows() -> Iterator[Transition]:
    student, reviewer, director = Party.STUDENT, Party.REVIEWER, Party.DIRECTOR
    reason, comment, role = (frozenset({need}) for need in Need)

    yield Transition(Stage.NEW, Act.DRAFT, student, Stage.DRAFT)
    yield Transition(Stage.NEW, Act.SUBMIT, student, Stage.WAITING)
    for start in (Stage.DRAFT, Stage.RETURNED):
        yield Transition(start, Act.CHANGE, student, start)
        yield Transition(start, Act.SUBMIT, student, Stage.WAITING)

    yield Transition(Stage.WAITING, Act.VERIFY, reviewer, Stage.VERIFIED, role)
    yield Transition(Stage.WAITING, Act.DIFFER, reviewer, Stage.DIFFERS, role)
    yield Transition(Stage.WAITING, Act.RETURN, reviewer, Stage.RETURNED, comment)

    yield Transition(Stage.DIFFERS, Act.ACCEPT, student, Stage.VERIFIED)
    yield Transition(Stage.DIFFERS, Act.KEEP, student, Stage.KEPT, reason)
    for start in (Stage.DIFFERS, Stage.KEPT):
        yield Transition(start, Act.AGREE, reviewer, Stage.VERIFIED, role)
        yield Transition(start, Act.RETURN, reviewer, Stage.RETURNED, comment)

    for start in (Stage.WAITING, Stage.DIFFERS, Stage.KEPT, Stage.VERIFIED):
        for who in (student, director):
            yield Transition(start, Act.AMEND, who, Stage.WAITING, reason)
    for start in STATUS_OF:
        if start is not Stage.VOID:
            for who in (student, director):
                yield Transition(start, Act.VOID, who, Stage.VOID, reason)


TABLE: tuple[Transition, ...] = tuple(_rows())
_BY_START = {(each.start, each.act, each.who): each for each in TABLE}


def transition(stage: Stage, act: Act, parties: Collection[Party]) -> Transition | None:
    """What comes of an act at this stage by somebody who is all of `parties`; None if they may not."""
    found = (_BY_START.get((stage, act, who)) for who in Party if who in parties)
    return next((each for each in found if each), None)


def allowed(stage: Stage, parties: Collection[Party]) -> frozenset[Act]:
    """All that somebody who is all of `parties` may do at this stage."""
    return frozenset(each.act for each in TABLE if each.start is stage and each.who in parties)


_ASKED: Mapping[Need, str] = {
    Need.REASON: "Give the reason; it stays with the {noun} for all who see it.",
    Need.COMMENT: "Say in the comment what the student should mend.",
    Need.ROLE: "Choose the role that you saw the student in before you confirm the {noun}.",
}


def lacks(step: Transition, given: Collection[Need], noun: str) -> str | None:
    """The sentence that asks for what an act on an entry, a `noun`, still needs; None if it needs nothing more."""
    wanting = (need for need in Need if need in step.needs and need not in given)
    return next((_ASKED[need].format(noun=noun) for need in wanting), None)


_OPEN = "This {noun} is {status} and cannot be changed; only drafts and returned {plural} can."
_DECIDED = "This {noun} is already {status}{by}; nothing was changed."
_OF_ROLES = frozenset({Act.ACCEPT, Act.KEEP, Act.AGREE})
_DECISIONS = frozenset({Act.VERIFY, Act.DIFFER, Act.RETURN})


def refusal(stage: Stage, act: Act, *, noun: str, plural: str, by: str | None = None) -> str:
    """Why somebody who may not do this now is refused, for the user; `by` is who decided, where that is known."""
    others = dict.fromkeys(each.who for each in TABLE if each.start is stage and each.act is act)
    if others:
        return f"Only the {' or the '.join(others)} may do this with the {noun}."
    words = {"noun": noun, "plural": plural, "status": STATUS_OF.get(stage, ""), "by": f" by {by}" if by else ""}
    return _template(stage, act).format(**words)


def _template(stage: Stage, act: Act) -> str:
    if act in (Act.CHANGE, Act.SUBMIT, Act.DRAFT):
        return _OPEN
    if act is Act.AMEND and stage in (Stage.DRAFT, Stage.RETURNED):
        return "This {noun} is still with its student: change it and submit it; that needs no amendment."
    if act in _DECISIONS and stage in (Stage.DIFFERS, Stage.KEPT):
        return "You have said already which role you saw. Agree to the student's, or return the {noun} with a comment."
    if act in _OF_ROLES and stage not in (Stage.VERIFIED, Stage.RETURNED, Stage.VOID):
        return "No difference of roles waits for you on this {noun}; nothing was changed."
    return _DECIDED
