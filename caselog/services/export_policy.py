"""How exactly a program lets things leave, for each use; whatever it did not set leaves in full."""

import uuid
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.domain.export import FULL, Dates, Precision, Sites, Use
from caselog.services import trail
from caselog.services.actor import Actor, Operator
from caselog.store.exports import ExportPolicy
from caselog.store.programs import Program
from caselog.store.session import reading, transaction

# A student's archive is the student's own copy, and a program cannot coarsen it.
SET_BY_PROGRAM = tuple(use for use in Use if use is not Use.ARCHIVE)


def precision_of(actor: Actor | Operator, use: Use) -> Precision:
    """How exactly things leave the actor's program for a use."""
    return precisions(actor).get(use, FULL)


def precisions(actor: Actor | Operator) -> dict[Use, Precision]:
    """The same for every use that a program may set."""
    with reading() as session:
        kept = {row.use: Precision(Dates(row.dates), Sites(row.sites)) for row in _rows(session, actor.program_id)}
    return {use: kept.get(use, FULL) for use in SET_BY_PROGRAM}


def set_precisions(actor: Actor, wanted: Mapping[Use, Precision]) -> None:
    """Set how exactly things leave the actor's program from now on."""
    with transaction() as session:
        session.get_one(Program, actor.program_id, with_for_update=True)
        rows = {row.use: row for row in _rows(session, actor.program_id)}
        for use, precision in wanted.items():
            if use not in SET_BY_PROGRAM:
                continue
            row = rows.get(use)
            if row is None:
                row = ExportPolicy(program_id=actor.program_id, use=use, dates="", sites="")
                session.add(row)
            row.dates, row.sites = precision.dates, precision.sites
        trail.record(actor, "exports.set", actor.program_id)


def _rows(session: Session, program_id: uuid.UUID) -> list[ExportPolicy]:
    return list(session.scalars(sa.select(ExportPolicy).where(ExportPolicy.program_id == program_id)))
