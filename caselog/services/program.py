"""What a director keeps in order: sites, cohorts and their rule sets, numbers and code lists."""

import re
import uuid
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog import clock
from caselog.domain.chain import alias
from caselog.domain.codes import CodeBook, CodeList
from caselog.domain.result import plain
from caselog.domain.ruleset import CountRequirement, Number, Part, RuleSet
from caselog.extensions import db
from caselog.services import rulesets, trail
from caselog.services.actor import Actor, NotFoundError, Operator, RefusedError
from caselog.services.progress import program_numbers, rulesets_of
from caselog.services.references import load_codes
from caselog.store.programs import Cohort, ListedCode, ProgramNumber, Site
from caselog.store.session import transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteDetails:
    """A clinical site; `country` is ISO 3166 alpha-2, the affiliation's days are inclusive.

    `shared_code` is what the programs at a hospital agree on; sites with the same one are the same place.
    """

    code: str
    name: str
    country: str
    affiliated_from: date | None
    affiliated_until: date | None
    shared_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortDetails:
    """A graduating class and the editions it is judged under: rule set id → edition."""

    name: str
    starts_on: date
    graduates_on: date
    editions: dict[str, str]


@dataclass(frozen=True, slots=True)
class SettableNumber:
    """A number that a rule set leaves to the program, and what the program set."""

    ruleset: RuleSet
    requirement: CountRequirement
    number: Number
    in_force: int | float | None
    part: Part | None


def sites(actor: Actor) -> list[Site]:
    """The program's sites by name."""
    return list(db.session.scalars(_sites(actor).order_by(Site.name)))


def site(actor: Actor, code: str) -> Site:
    """A site of the program. Raises NotFoundError."""
    return _one(db.session.scalars(_sites(actor).where(Site.code == code)).one_or_none())


def save_site(actor: Actor, details: SiteDetails, *, changing: str | None = None) -> None:
    """Add a site, or change the one with the code `changing`; a site keeps its code. Raises NotFoundError."""
    with transaction() as session:
        if changing is None:
            if session.scalars(_sites(actor).where(Site.code == details.code)).one_or_none():
                raise RefusedError(f"There is a site with the code “{details.code}” already; choose another code.")
            row = Site(program_id=actor.program_id, id=uuid.uuid4(), code=details.code)
            session.add(row)
        else:
            row = _one(session.scalars(_sites(actor).where(Site.code == changing)).one_or_none())
        row.name, row.country = details.name, details.country
        row.affiliated_from, row.affiliated_until = details.affiliated_from, details.affiliated_until
        row.shared_code = details.shared_code
        trail.record(actor, "site.add" if changing is None else "site.change", row.id)


def cohort(actor: Actor, cohort_id: uuid.UUID) -> tuple[Cohort, dict[str, str]]:
    """A cohort of the program with its editions. Raises NotFoundError."""
    row = _one(db.session.get(Cohort, (actor.program_id, cohort_id)))
    return row, {ruleset.id: ruleset.edition for ruleset in rulesets_of(db.session(), actor.program_id, cohort_id)}


def usual_editions(actor: Actor) -> dict[str, str]:
    """The editions that a new cohort is judged under unless the director chooses others."""
    return {ruleset.id: ruleset.edition for ruleset in rulesets.usual(db.session(), actor.program_id)}


def save_cohort(
    actor: Actor | Operator, details: CohortDetails, *, changing: uuid.UUID | None = None
) -> uuid.UUID:
    """Add a cohort or change one, editions included. Raises NotFoundError, RefusedError for a name taken."""
    with transaction() as session:
        taken = session.scalars(
            sa.select(Cohort).where(Cohort.program_id == actor.program_id, Cohort.name == details.name)
        ).one_or_none()
        if taken and taken.id != changing:
            raise RefusedError(f"There is a cohort “{details.name}” already; choose another name.")
        if changing is None:
            row = Cohort(program_id=actor.program_id, id=uuid.uuid4())
        else:
            row = _one(session.get(Cohort, (actor.program_id, changing)))
        row.name, row.starts_on, row.graduates_on = details.name, details.starts_on, details.graduates_on
        session.add(row)
        session.flush()
        _adopt(session, actor, row.id, details.editions)
        trail.record(actor, "cohort.add" if changing is None else "cohort.change", row.id)
        return row.id


def _adopt(session: Session, actor: Actor | Operator, cohort_id: uuid.UUID, editions: dict[str, str]) -> None:
    """Judge a cohort under these editions and no others; each change is on record."""
    for ruleset, adoption in rulesets.adopted(session, actor.program_id, cohort_id).items():
        if ruleset not in editions:
            rulesets.leave(session, actor, adoption)
    rulesets.take(session, actor, cohort_id, editions, clock.today(actor.timezone))


def settable_numbers(actor: Actor) -> list[SettableNumber]:
    """The numbers that the newest editions leave to the program, with what is in force."""
    numbers = program_numbers(db.session(), actor.program_id)
    return [
        SettableNumber(
            ruleset, requirement, number, _in_force(number, numbers.get(f"{ruleset.id}/{number.key}")), part
        )
        for ruleset in rulesets.newest(db.session(), actor.program_id)
        for requirement, number, part in ruleset.program_numbers()
    ]


def _in_force(number: Number, by_program: int | None) -> int | float | None:
    if by_program is not None or number.value is None:
        return by_program
    return plain(number.value)


def set_number(actor: Actor, ruleset_id: str, key: str, value: int | None) -> None:
    """Set a number that a rule set leaves to the program; None takes it back to what the set says.

    Raises NotFoundError for a number that is not the program's to set.
    """
    newest = rulesets.newest(db.session(), actor.program_id)
    ruleset = next((each for each in newest if each.id == ruleset_id), None)
    if ruleset is None or key not in {number.key for _, number, _ in ruleset.program_numbers()}:
        raise NotFoundError
    with transaction() as session:
        row = session.scalars(
            sa.select(ProgramNumber).where(
                ProgramNumber.program_id == actor.program_id,
                ProgramNumber.ruleset == ruleset_id,
                ProgramNumber.requirement == key,
            )
        ).one_or_none()
        if value is None:
            if row:
                session.delete(row)
        else:
            row = row or ProgramNumber(program_id=actor.program_id, ruleset=ruleset_id, requirement=key)
            row.number, row.set_by, row.set_on = value, actor.person_id, clock.today(actor.timezone)
            session.add(row)
        trail.record(actor, "number.set", f"{alias(ruleset_id)} {alias(key)}")


_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class CodeDetails:
    """A code to add to a list of the program."""

    list: CodeList
    code: str
    label: str
    family: str


def code_book(actor: Actor) -> CodeBook:
    """The program's code lists."""
    return load_codes(db.session(), actor.program_id)


def add_code(actor: Actor, details: CodeDetails) -> None:
    """Extend one of the program's code lists. Raises RefusedError if the code is taken or malformed."""
    if not _CODE.fullmatch(details.code) or not _CODE.fullmatch(details.family):
        raise RefusedError("Codes and families are small letters, digits and underscores, such as ross_procedure.")
    with transaction() as session:
        if session.get(ListedCode, (actor.program_id, details.list, details.code)):
            raise RefusedError(f"“{details.code}” is in the list already.")
        last = session.scalar(
            sa.select(sa.func.max(ListedCode.position)).where(ListedCode.program_id == actor.program_id)
        )
        session.add(
            ListedCode(
                program_id=actor.program_id,
                list=details.list,
                code=details.code,
                label=details.label,
                family=details.family,
                position=(last or 0) + 1,
            )
        )
        trail.record(actor, "code.add", f"{details.list} {alias(details.code)}")


def retire_code(actor: Actor, name: CodeList, code: str, *, retired: bool) -> None:
    """Stop offering a code, or offer it again; cases that carry it keep it. Raises NotFoundError."""
    with transaction() as session:
        row = _one(session.get(ListedCode, (actor.program_id, name, code)))
        row.retired = retired
        trail.record(actor, "code.retire" if retired else "code.restore", f"{name} {alias(code)}")


def _sites(actor: Actor) -> sa.Select[Site]:
    return sa.select(Site).where(Site.program_id == actor.program_id)


T = TypeVar("T")


def _one(found: T | None) -> T:
    if found is None:
        raise NotFoundError
    return found
