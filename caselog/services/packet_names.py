"""What a packet calls sites, rotations and people: by name, or by the pseudonyms that stand for them outside."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.domain.codes import Status
from caselog.domain.export import Precision, Sites, pseudonym
from caselog.domain.packet_lists import Names, Stay
from caselog.store.cases import CaseReview, LoggedCase
from caselog.store.people import Person
from caselog.store.programs import Rotation, Site
from caselog.store.session import read_rows


def names_of(session: Session, program_id: uuid.UUID, student_id: uuid.UUID, precision: Precision) -> Names:
    """The names that a student's packet needs."""
    hidden = precision.sites is Sites.PSEUDONYM

    def name(prefix: str, identifier: uuid.UUID, own: str) -> str:
        return pseudonym(prefix, identifier) if hidden else own

    asked = {"of_program": program_id, "of_student": student_id}
    sites = read_rows(session, _SITES, asked).all()
    people = read_rows(session, _PEOPLE, asked).all()
    by_id = {row.id: name("person", row.id, row.name) for row in people}
    stays = read_rows(session, _STAYS, asked).all()
    return Names(
        sites={row.code: name("site", row.id, row.name) for row in sites},
        people={row.email: by_id[row.id] for row in people},
        verified_by={str(row.case_uid): by_id[row.reviewer_id] for row in read_rows(session, _VERIFIED, asked)},
        stays=tuple(
            Stay(name("rotation", row.id, row.code), row.code, row.site, row.starts_on, row.ends_on)
            for row in stays
        ),
    )


_OF_PROGRAM: sa.BindParameter[uuid.UUID] = sa.bindparam("of_program")
_OF_STUDENT: sa.BindParameter[uuid.UUID] = sa.bindparam("of_student")
_SITES = sa.select(Site.id, Site.code, Site.name).where(Site.program_id == _OF_PROGRAM)
_PEOPLE = sa.select(Person.id, Person.email, Person.name).where(Person.program_id == _OF_PROGRAM)
_STAYS = (
    sa.select(Rotation.id, Rotation.code, Site.code.label("site"), Rotation.starts_on, Rotation.ends_on)
    .join(Site, sa.and_(Site.program_id == Rotation.program_id, Site.id == Rotation.site_id))
    .where(Rotation.program_id == _OF_PROGRAM, Rotation.student_id == _OF_STUDENT)
    .order_by(Rotation.starts_on, Rotation.code)
)
_VERIFIED = (
    sa.select(CaseReview.case_uid, CaseReview.reviewer_id)
    .join(
        LoggedCase,
        sa.and_(LoggedCase.program_id == CaseReview.program_id, LoggedCase.case_uid == CaseReview.case_uid),
    )
    .where(
        LoggedCase.program_id == _OF_PROGRAM,
        LoggedCase.student_id == _OF_STUDENT,
        CaseReview.decision == Status.VERIFIED,
    )
    .order_by(CaseReview.at)  # the latest stands
)
