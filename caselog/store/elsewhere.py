"""The one place that looks beyond a program: whether another one holds a primary for the same place and time.

Nothing of the other program's comes out but a number. Sites are the same place when the directors of both programs
gave them the same shared code.
"""

import uuid
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from caselog.domain.signal import Entry
from caselog.store.cases import LoggedCase
from caselog.store.programs import Site
from caselog.store.session import read_rows
from caselog.store.signal_facts import COUNTED, PERFORMED_ROLES, claims, entry_of, fields


def count_primaries_of_other_programs_at_the_same_place(
    session: Session, program_id: uuid.UUID
) -> Iterator[tuple[Entry, int]]:
    """The program's own cases as primary that others have one for, each with how many these are.

    The codes are compared as they were stored: the same day, start, activity and set of procedures.
    """
    own = LoggedCase.program_id == program_id
    claim = (
        Site.shared_code, LoggedCase.case_date, LoggedCase.start_time, LoggedCase.activity, LoggedCase.procedures,
    )  # fmt: skip
    our_codes = sa.select(Site.shared_code).where(Site.program_id == program_id, Site.shared_code.is_not(None))
    # The window looks at every program's rows; only the own ones leave the database.
    elsewhere = sa.func.sum(sa.case((own, 0), else_=1)).over(partition_by=claim).label("elsewhere")
    names = ("start", "site", "activity", "procedures", "role")
    found = (
        sa.select(*fields(*names), own.label("own"), elsewhere)
        .join(Site, sa.and_(Site.program_id == LoggedCase.program_id, Site.id == LoggedCase.site_id))
        .where(
            Site.shared_code.in_(our_codes),
            claims(),
            LoggedCase.status.in_(COUNTED),
            LoggedCase.role.in_(PERFORMED_ROLES),
        )
        .subquery()
    )
    for row in read_rows(session, sa.select(found).where(found.c.own, found.c.elsewhere > 0), {}):
        yield entry_of(row, names), int(row.elsewhere)
