"""What all tables share: typed columns, named constraints, and the program that each tenant row belongs to.

Every tenant table has the primary key (program_id, id), and every reference between tenant rows carries the
program too, so the database itself refuses a row that points into another program, and the data can later be
distributed by program without a new key.
"""

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from caselog.extensions import db

__all__ = ["Model", "Tenant", "one_of", "reference"]


if TYPE_CHECKING:  # mypy cannot follow a base class that is made at run time
    from caselog.extensions import Base as Model
else:
    Model = db.Model


class Tenant:
    """Mixin of a table whose rows belong to one program."""

    @declared_attr
    def program_id(cls) -> Mapped[uuid.UUID]:  # noqa: N805 (a declared attribute is given the class)
        return mapped_column(sa.ForeignKey("program.id"), primary_key=True, sort_order=-2)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4, sort_order=-1)


def reference(column: str, target: str, *, target_column: str = "id") -> sa.ForeignKeyConstraint:
    """A foreign key from `column` to a row of the same program."""
    return sa.ForeignKeyConstraint(["program_id", column], [f"{target}.program_id", f"{target}.{target_column}"])


def one_of(column: str, values: Iterable[str]) -> sa.CheckConstraint:
    """The check that a column holds one of a closed list of codes (or NULL)."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_code")
