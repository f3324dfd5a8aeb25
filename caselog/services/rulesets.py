"""The editions that a program's cohorts can be judged under: those that Caselog ships, and the program's own.

An edition that was published is never changed, so what was once read of it holds; drafts are never found here.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.chain import alias
from caselog.domain.number_words import all_in_words
from caselog.domain.ruleset import AnyRequirement, RuleSet, SetRequirement
from caselog.extensions import db
from caselog.rules import library
from caselog.rules.conditions import parts_of
from caselog.rules.lines import line_of
from caselog.rules.loader import UnknownRuleSetError, loads
from caselog.rules.reading import RuleFileError
from caselog.services import trail
from caselog.services.actor import Actor, NotFoundError, Operator, RefusedError
from caselog.services.references import load_codes
from caselog.store.programs import Adoption, Cohort
from caselog.store.rulesets import ProgramRuleset
from caselog.store.session import transaction

TEXT_MOST = 200_000  # bytes
REQUIREMENTS_MOST = 300  # with those of the sets that it builds on; the largest shipped set has some twenty
EDITION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
PARTS_MOST = 20_000  # of the conditions, names written out: what judging one kind of case costs at the worst
DEEPEST = 5  # sets within sets; each is read, judged and shown within the one around it
_REMEMBERED_MOST = 1_000
_OWN = "the rule set"  # what a text of the program's own is called where messages name a file
_read: dict[uuid.UUID, RuleSet] = {}  # published editions of all programs, by the id of their row


@dataclass(frozen=True, slots=True)
class Adopter:
    """A cohort that is judged under an edition, and since when."""

    cohort_id: uuid.UUID
    cohort: str
    on: date


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition that cohorts can be judged under, and which are."""

    ruleset: RuleSet
    own: bool
    adopters: tuple[Adopter, ...]


def editions(actor: Actor) -> list[Edition]:
    """Every edition, by id; of one id the older before the newer."""
    session = db.session()
    adopters = _adopters(session, actor.program_id)
    return [
        Edition(ruleset, not is_shipped(ruleset.id), adopters.get((ruleset.id, ruleset.edition), ()))
        for ruleset in available(session, actor.program_id)
    ]


def edition(actor: Actor, ruleset_id: str, name: str) -> Edition:
    """One edition. Raises NotFoundError."""
    found = (each for each in editions(actor) if (each.ruleset.id, each.ruleset.edition) == (ruleset_id, name))
    if one := next(found, None):
        return one
    raise NotFoundError


def available(session: Session, program_id: uuid.UUID) -> tuple[RuleSet, ...]:
    """The shipped editions and those that the program published, by id; of one id the older before the newer."""
    rows = session.execute(
        sa.select(ProgramRuleset.ruleset, ProgramRuleset.edition)
        .where(ProgramRuleset.program_id == program_id, ProgramRuleset.published)
        .order_by(ProgramRuleset.changed_at, ProgramRuleset.edition)
    )
    own = [_own(session, program_id, ruleset_id, name) for ruleset_id, name in rows]
    return tuple(sorted([*library.shipped(), *own], key=lambda ruleset: ruleset.id))


def newest(session: Session, program_id: uuid.UUID) -> tuple[RuleSet, ...]:
    """The newest edition of each set that there is for a program."""
    return tuple({ruleset.id: ruleset for ruleset in available(session, program_id)}.values())


def usual(session: Session, program_id: uuid.UUID) -> tuple[RuleSet, ...]:
    """What a new cohort is judged under unless somebody says otherwise: the newest of the program's own sets, too."""
    shipped = {each.id for each in library.shipped()}
    own = [each for each in newest(session, program_id) if each.id not in shipped]
    return (*library.usual(), *own)


def find(session: Session, program_id: uuid.UUID, ruleset_id: str, name: str) -> RuleSet:
    """An edition that is shipped or that the program published. Raises UnknownRuleSetError."""
    # The program may have had the id before a set with it was shipped, and keeps its edition then.
    shipped = any((each.id, each.edition) == (ruleset_id, name) for each in library.shipped())
    return library.find(ruleset_id, name) if shipped else _own(session, program_id, ruleset_id, name)


def is_shipped(ruleset_id: str) -> bool:
    return any(each.id == ruleset_id for each in library.shipped())


def text_of(actor: Actor, ruleset_id: str, name: str) -> str:
    """The text of an edition, to write another one from. Raises NotFoundError."""
    if is_shipped(ruleset_id):
        try:
            return library.text_of(ruleset_id, name)
        except UnknownRuleSetError as error:
            raise NotFoundError from error
    text = db.session.scalar(sa.select(ProgramRuleset.text).where(_published(actor.program_id, ruleset_id, name)))
    if text is None:
        raise NotFoundError
    return text


def in_sentences(actor: Actor, ruleset: RuleSet) -> list[tuple[AnyRequirement, list[str]]]:
    """Each requirement with what it asks, in sentences: its numbers first, then what counts."""
    codes = load_codes(db.session(), actor.program_id)
    return [(each, all_in_words(each, codes)) for each in ruleset.requirements]


def read(session: Session, program_id: uuid.UUID, text: str, file: str) -> RuleSet:
    """The rule set that a text says, with a program's codes and its published sets to build on.

    `file` is the name that messages use. Raises RuleFileError.
    """

    def known(ruleset_id: str, name: str | None, _within: tuple[str, ...]) -> RuleSet:
        if name is None:
            # The newest of today would be another one some day, and with it what was published here.
            raise UnknownRuleSetError('Name its edition, too, such as edition = "2026-11".')
        return find(session, program_id, ruleset_id, name)

    return loads(text, file, load_codes(session, program_id), find=known)


def check(session: Session, program_id: uuid.UUID, text: str) -> RuleSet:
    """The same, if a program may publish it as its own. Raises RuleFileError, which says the line."""

    def refuse(key: str, fault: str, fix: str) -> RuleFileError:
        error = RuleFileError(_OWN, key, fault, fix)
        error.line = line_of(text, key, fault)
        return error

    ruleset = read(session, program_id, text, _OWN)
    if is_shipped(ruleset.id):
        raise refuse("id", f"“{ruleset.id}” is a set that Caselog ships.", "Choose an id of your own.")
    if not EDITION.fullmatch(ruleset.edition):
        raise refuse("edition", f"“{ruleset.edition[:60]}” cannot stand in an address.", EDITION_FIX)
    if (size := _size(ruleset)) > REQUIREMENTS_MOST:
        fault = f"has {size:,} with those of the sets that it builds on."
        raise refuse("requirement", fault, f"At most {REQUIREMENTS_MOST} fit: make it several sets.")
    if (parts := _parts(ruleset)) > PARTS_MOST:
        fault = f"says {parts:,} things in its conditions, names written out in each requirement."
        raise refuse("requirement", fault, f"At most {PARTS_MOST:,} fit: say them shorter.")
    if _levels(ruleset) > DEEPEST:
        fault = "builds on sets that build on sets, and so on."
        raise refuse("requirement", fault, f"At most {DEEPEST} levels fit, this set included.")
    return ruleset


EDITION_FIX = 'Write at most 40 letters, digits, dots and hyphens, such as edition = "2026-11".'


def _size(ruleset: RuleSet) -> int:
    return len(ruleset.requirements) + sum(map(_size, _inner(ruleset)))


def _parts(ruleset: RuleSet) -> int:
    own = (parts_of(condition) for each in ruleset.counting() for condition in each.conditions())
    return sum(own) + sum(map(_parts, _inner(ruleset)))


def _levels(ruleset: RuleSet) -> int:
    return 1 + max(map(_levels, _inner(ruleset)), default=0)


def _inner(ruleset: RuleSet) -> Iterator[RuleSet]:
    return (each.ruleset for each in ruleset.requirements if isinstance(each, SetRequirement))


def _published(program_id: uuid.UUID, ruleset_id: str, name: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        ProgramRuleset.program_id == program_id,
        ProgramRuleset.ruleset == ruleset_id,
        ProgramRuleset.edition == name,
        ProgramRuleset.published,
    )


def _own(session: Session, program_id: uuid.UUID, ruleset_id: str, name: str) -> RuleSet:
    row_id = session.scalar(sa.select(ProgramRuleset.id).where(_published(program_id, ruleset_id, name)))
    if row_id is None:
        raise UnknownRuleSetError(f"There is no published edition “{name}” of a rule set “{ruleset_id}”.")
    found = _read.get(row_id)
    if found is None:
        text = session.scalars(sa.select(ProgramRuleset.text).where(ProgramRuleset.id == row_id)).one()
        if len(_read) >= _REMEMBERED_MOST:
            _read.clear()
        # Not checked again: what may be published changes with releases, what was published stays.
        found = _read[row_id] = read(session, program_id, text, _OWN)
    return found


def _adopters(session: Session, program_id: uuid.UUID) -> dict[tuple[str, str], tuple[Adopter, ...]]:
    rows = session.execute(
        sa.select(Adoption, Cohort.name)
        .join(Cohort, sa.and_(Cohort.program_id == Adoption.program_id, Cohort.id == Adoption.cohort_id))
        .where(Adoption.program_id == program_id)
        .order_by(Cohort.graduates_on, Cohort.name)
    )
    found: dict[tuple[str, str], tuple[Adopter, ...]] = {}
    for adoption, cohort in rows:
        key = (adoption.ruleset, adoption.edition)
        found[key] = (*found.get(key, ()), Adopter(adoption.cohort_id, cohort, adoption.adopted_on))
    return found


def adopt(actor: Actor, ruleset_id: str, name: str, cohort_id: uuid.UUID, on: date) -> None:
    """Judge a cohort under an edition, in the place of any other edition of the same set; `on` is the day decided.

    It is judged so from now on; until then the edition before was in force, whatever the day.
    Raises NotFoundError, RefusedError for a day in the future or before the edition in force was adopted, and where
    the cohort is judged so already.
    """
    with transaction() as session:
        cohort = session.get(Cohort, (actor.program_id, cohort_id))
        if cohort is None:
            raise NotFoundError
        if on > clock.today(actor.timezone):
            raise RefusedError(f"{on} is in the future; adopt the edition on that day.")
        try:
            find(session, actor.program_id, ruleset_id, name)
        except UnknownRuleSetError as error:
            raise NotFoundError from error
        now = adopted(session, actor.program_id, cohort_id).get(ruleset_id)
        if now is not None and now.edition == name:
            raise RefusedError(f"{cohort.name} is judged under edition {name} already, since {now.adopted_on}.")
        if now is not None and on < now.adopted_on:
            raise RefusedError(f"Edition {now.edition} was adopted on {now.adopted_on}; this one comes after it.")
        take(session, actor, cohort_id, {ruleset_id: name}, on)


def adopted(session: Session, program_id: uuid.UUID, cohort_id: uuid.UUID) -> dict[str, Adoption]:
    """The adoptions of a cohort by rule set id, in the order of the ids."""
    rows = session.scalars(
        sa.select(Adoption)
        .where(Adoption.program_id == program_id, Adoption.cohort_id == cohort_id)
        .order_by(Adoption.ruleset)
    )
    return {row.ruleset: row for row in rows}


def take(session: Session, actor: Actor | Operator, cohort_id: uuid.UUID, names: dict[str, str], on: date) -> None:
    """Have a cohort take editions, rule set id → edition; each that it leaves or adopts is on record.

    Raises UnknownRuleSetError.
    """
    now = adopted(session, actor.program_id, cohort_id)
    moved = {each: name for each, name in names.items() if each not in now or now[each].edition != name}
    for ruleset_id in now.keys() & moved.keys():
        leave(session, actor, now[ruleset_id])
    session.flush()
    for ruleset_id, name in moved.items():
        find(session, actor.program_id, ruleset_id, name)
        session.add(
            Adoption(
                program_id=actor.program_id, cohort_id=cohort_id, ruleset=ruleset_id, edition=name, adopted_on=on
            )
        )
        trail.record(actor, "edition.adopt", f"{cohort_id} {alias(ruleset_id)} {alias(name)}")


def leave(session: Session, actor: Actor | Operator, adoption: Adoption) -> None:
    """Have a cohort leave an edition."""
    session.delete(adoption)
    trail.record(
        actor, "edition.leave", f"{adoption.cohort_id} {alias(adoption.ruleset)} {alias(adoption.edition)}"
    )
