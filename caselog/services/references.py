"""What a student's case may refer to: the program's sites, preceptors and codes, and the student's rotations.

The same check and the same translation serve the form, the import and the API.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.domain.case import Case, faults, missing
from caselog.domain.codes import CodeBook, Status
from caselog.domain.fields import Fault, unknown_code
from caselog.services.engines import code_book
from caselog.services.settings import settings_of
from caselog.store.cases import OWN_COLUMNS
from caselog.store.people import Person, PreceptorSite
from caselog.store.programs import ListedCode, Rotation, Site
from caselog.store.session import read_rows

_CODES = (
    sa.select(ListedCode.list, ListedCode.code, ListedCode.label, ListedCode.family, ListedCode.retired)
    .where(ListedCode.program_id == sa.bindparam("program_id"))
    .order_by(ListedCode.position)
)


@dataclass(frozen=True, slots=True)
class Preceptor:
    """A person who may be named on a case, with the codes of their sites."""

    id: uuid.UUID
    name: str
    email: str
    active: bool
    sites: frozenset[str]


_own_columns_of = attrgetter(*OWN_COLUMNS)


@dataclass(frozen=True, slots=True)
class References:
    """Everything that a case of one student may refer to, by the names that files use."""

    codes: CodeBook
    sites: Mapping[str, Site]
    preceptors: Mapping[str, Preceptor]
    rotations: Mapping[str, Rotation]
    free_text: bool = True  # whether the program takes notes
    # What cases referred to without a fault: the cases of a log refer to the same few again and again.
    _good: set[tuple[str | None, ...]] = field(default_factory=set, init=False, repr=False, compare=False)

    def faults(self, case: Case, *, today: date) -> list[Fault]:
        """All that is wrong with a case, and, unless it is a draft, all that it still lacks."""
        found = faults(case, today=today, codes=self.codes)
        refers_to = (case.site, case.site_country, case.preceptor, case.rotation)
        if refers_to not in self._good:
            unknown = list(self._unknown(case))
            found += unknown
            if not unknown:
                self._good.add(refers_to)
        if case.status not in (Status.DRAFT, Status.VOID):
            found += missing(case)
        return found

    def _unknown(self, case: Case) -> Iterator[Fault]:
        known: Mapping[str, Mapping[str, object]] = {
            "site": self.sites,
            "preceptor": self.preceptors,
            "rotation": self.rotations,
        }
        for name, options in known.items():
            value = getattr(case, name)
            if value is not None and value not in options:
                yield Fault(name, unknown_code(name, value, tuple(options)) if options else _none_yet(name))
        site = self.sites.get(case.site or "")
        if site and case.site_country not in (None, site.country):
            yield Fault(
                "site_country", f"{site.code} is in {site.country}, not {case.site_country}; leave it empty."
            )
        preceptor = self.preceptors.get(case.preceptor or "")
        if site and preceptor and site.code not in preceptor.sites:
            yield Fault("preceptor", f"{preceptor.name} is not a preceptor at {site.name}; choose one who is.")

    def columns(self, case: Case) -> dict[str, Any]:
        """The case as column values of a LoggedCase, references by id. The case must be without faults."""
        preceptor = self.preceptors.get(case.preceptor or "")
        rotation = self.rotations.get(case.rotation or "")
        site = self.sites.get(case.site or "")
        return {
            **dict(zip(OWN_COLUMNS, _own_columns_of(case), strict=True)),
            "site_id": site.id if site else None,
            "rotation_id": rotation.id if rotation else None,
            "preceptor_id": preceptor.id if preceptor else None,
        }


def _none_yet(name: str) -> str:
    return f"There is no {name} to choose yet; ask the program director to add one, or leave it empty."


def load_references(session: Session, program_id: uuid.UUID, student_id: uuid.UUID) -> References:
    """The references of one student's cases."""
    sites = session.scalars(sa.select(Site).where(Site.program_id == program_id).order_by(Site.name))
    rotations = session.scalars(
        sa.select(Rotation)
        .where(Rotation.program_id == program_id, Rotation.student_id == student_id)
        .order_by(Rotation.starts_on)
    )
    return References(
        codes=load_codes(session, program_id),
        sites={site.code: site for site in sites},
        preceptors={each.email: each for each in _preceptors(session, program_id)},
        rotations={rotation.code: rotation for rotation in rotations},
        free_text=settings_of(session, program_id).free_text,
    )


def _preceptors(session: Session, program_id: uuid.UUID) -> Iterator[Preceptor]:
    rows = session.execute(
        sa.select(Person, Site.code)
        .join(PreceptorSite, _same_program(PreceptorSite, Person, PreceptorSite.person_id == Person.id))
        .join(Site, _same_program(Site, PreceptorSite, Site.id == PreceptorSite.site_id))
        .where(Person.program_id == program_id)
        .order_by(Person.name, Person.email)
    )
    sites: dict[Person, set[str]] = {}
    for person, code in rows:
        sites.setdefault(person, set()).add(code)
    for person, codes in sites.items():
        yield Preceptor(person.id, person.name, person.email, person.active, frozenset(codes))


def _same_program(one: Any, other: Any, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.and_(one.program_id == other.program_id, condition)


def load_codes(session: Session, program_id: uuid.UUID) -> CodeBook:
    """The program's own code lists: the same object for the same codes."""
    rows = read_rows(session, _CODES, {"program_id": program_id}).all()
    return code_book(tuple(map(tuple, rows)))
