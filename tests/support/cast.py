"""The people that every test meets: a program, and the outsiders of another one.

They are in the template of each test's database, under fixed identifiers, so they cost a test nothing.
All are made up.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from caselog.domain.codes import CodeList, Position
from caselog.domain.ruleset import RuleSet
from caselog.rules import library
from caselog.rules.codes import load_codes
from caselog.services.actor import Actor
from caselog.store.accounts import Account
from caselog.store.people import Person, PreceptorSite, Student
from caselog.store.programs import Adoption, Cohort, ListedCode, Program, Site

PASSWORD = "correct horse battery staple"
# Quick to check; such parameters stay in the tests.
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
STARTS_ON = date(2025, 9, 1)
GRADUATES_ON = date(2027, 5, 31)
AFFILIATED_FROM = date(2020, 1, 1)


def fixed_id(name: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.caselog.example")


@dataclass(frozen=True)
class Place:
    """A clinical site of the cast."""

    id: uuid.UUID
    program_id: uuid.UUID
    code: str
    name: str
    country: str


@dataclass(frozen=True)
class House:
    """A program of the cast, with its one cohort, which is judged under a few sets."""

    id: uuid.UUID
    code: str
    name: str
    timezone: str
    cohort_id: uuid.UUID


@dataclass(frozen=True)
class Member:
    """A person of the cast who can sign in with PASSWORD."""

    id: uuid.UUID
    account_id: uuid.UUID
    program_id: uuid.UUID
    name: str
    email: str
    position: Position
    timezone: str
    site: Place | None = None

    @property
    def actor(self) -> Actor:
        return Actor(self.program_id, self.id, self.position, self.name, self.timezone)


def _house(code: str, name: str, timezone: str) -> House:
    return House(fixed_id(code), code, name, timezone, fixed_id(f"cohort.{code}"))


def _place(house: House, code: str, name: str, country: str) -> Place:
    return Place(fixed_id(f"{code}.site.{house.code}"), house.id, code, name, country)


def _member(house: House, name: str, position: Position, site: Place | None = None) -> Member:
    user = name.lower().replace(" ", ".")
    return Member(
        id=fixed_id(f"{user}.person"),
        account_id=fixed_id(f"{user}.account"),
        program_id=house.id,
        name=name,
        email=f"{user}@{house.code}.example",
        position=position,
        timezone=house.timezone,
        site=site,
    )


class Cast:
    """Everybody by name: `cast.student.id`, `cast.student.email`, `cast.student.actor`, `cast.site.id`."""

    password = PASSWORD

    program = _house("north", "North Perfusion Program", "America/New_York")
    site = _place(program, "harbor", "Harbor Test Hospital", "US")
    other_site = _place(program, "hill", "Hill Test Hospital", "US")
    director = _member(program, "Dana Director", Position.DIRECTOR)
    preceptor = _member(program, "Pat Preceptor", Position.PRECEPTOR, site)
    other_preceptor = _member(program, "Quinn Preceptor", Position.PRECEPTOR, other_site)
    student = _member(program, "Ann Student", Position.STUDENT)
    other_student = _member(program, "Ben Student", Position.STUDENT)

    outsider_program = _house("south", "South Perfusion Program", "Europe/Berlin")
    outsider_site = _place(outsider_program, "valley", "Valley Test Hospital", "DE")
    outsider_director = _member(outsider_program, "Olga Outsider", Position.DIRECTOR)
    outsider_preceptor = _member(outsider_program, "Otto Outsider", Position.PRECEPTOR, outsider_site)
    outsider_student = _member(outsider_program, "Oskar Outsider", Position.STUDENT)

    def member(self, who: str) -> Member:
        """The member called `who`, such as `student` or `outsider_director`."""
        found = getattr(self, who)
        if not isinstance(found, Member):
            raise TypeError(f"{who} is nobody of the cast")
        return found

    @property
    def members(self) -> list[Member]:
        return [value for value in vars(Cast).values() if isinstance(value, Member)]


def judged_under() -> tuple[RuleSet, ...]:
    """What the cohorts are judged under: what is usual, and a set that builds on others."""
    return (*library.usual(), library.find("ccp-eligibility"))


def _adoption(house: House, ruleset: RuleSet) -> Adoption:
    return Adoption(
        program_id=house.id, cohort_id=house.cohort_id, ruleset=ruleset.id, edition=ruleset.edition,
        adopted_on=STARTS_ON,
    )  # fmt: skip


def judge_by_every_set(session: Session) -> None:
    """Judge the cohort under the other shipped sets, too."""
    usual = judged_under()
    session.add_all(_adoption(Cast.program, ruleset) for ruleset in library.newest() if ruleset not in usual)


def settle(session: Session, at: datetime) -> None:
    """Put the whole cast into an empty, migrated database."""
    password_hash = QUICK_HASHER.hash(PASSWORD)
    for house in (Cast.program, Cast.outsider_program):
        session.add(Program(id=house.id, code=house.code, name=house.name, timezone=house.timezone, created_at=at))
        session.flush()
        session.add_all(_listed_codes(house))
        session.add(
            Cohort(
                program_id=house.id, id=house.cohort_id, name="Class of 2027",
                starts_on=STARTS_ON, graduates_on=GRADUATES_ON,
            )
        )  # fmt: skip
        session.flush()
        session.add_all(_adoption(house, ruleset) for ruleset in judged_under())
    for place in (Cast.site, Cast.other_site, Cast.outsider_site):
        session.add(
            Site(
                program_id=place.program_id, id=place.id, code=place.code, name=place.name,
                country=place.country, affiliated_from=AFFILIATED_FROM,
            )
        )  # fmt: skip
    session.flush()
    for member in Cast().members:
        _settle_member(session, member, password_hash, at)


def _settle_member(session: Session, member: Member, password_hash: str, at: datetime) -> None:
    session.add(Account(id=member.account_id, email=member.email, password_hash=password_hash, created_at=at))
    session.flush()
    session.add(
        Person(
            program_id=member.program_id, id=member.id, account_id=member.account_id,
            name=member.name, email=member.email, position=member.position,
        )
    )  # fmt: skip
    session.flush()
    if member.site:
        session.add(PreceptorSite(program_id=member.program_id, person_id=member.id, site_id=member.site.id))
    if member.position is Position.STUDENT:
        house = next(h for h in (Cast.program, Cast.outsider_program) if h.id == member.program_id)
        session.add(
            Student(
                program_id=house.id, person_id=member.id, cohort_id=house.cohort_id,
                program_start=STARTS_ON, expected_graduation=GRADUATES_ON,
            )
        )  # fmt: skip
    session.flush()


def _listed_codes(house: House) -> list[ListedCode]:
    return [
        ListedCode(
            program_id=house.id, list=name, code=code.code, position=position, label=code.label, family=code.family
        )
        for name in CodeList
        for position, code in enumerate(load_codes().codes(name).values())
    ]
