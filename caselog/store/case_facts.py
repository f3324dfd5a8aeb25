"""What a cohort's evaluation reads of its cases: the fields that decide, and nothing else.

A cohort has hundreds of thousands of cases, so values travel as the driver gives them and are converted once
for each distinct value, not once for each row.
"""

import uuid
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from caselog.store.cases import LoggedCase, spelled_out


def profiles(
    session: Session, program_id: uuid.UUID, student_ids: Collection[uuid.UUID], fields: Sequence[str]
) -> Iterator[tuple[uuid.UUID, tuple[Any, ...]]]:
    """Each case of these students as its student and the values of `fields`."""
    spelled = spelled_out()
    columns = {**{c.name: c for c in LoggedCase.__table__.columns}, **{c.key: c for c in spelled.selected_columns}}
    rows = session.execute(
        spelled.with_only_columns(LoggedCase.student_id, *(columns[name] for name in fields)).where(
            LoggedCase.program_id == program_id, LoggedCase.student_id.in_(student_ids)
        )
    )
    return ((row[0], tuple(row[1:])) for row in rows)
