"""How Alembic reaches the database: through the app's own engine, so that its settings hold here too."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from caselog.extensions import db
from caselog.store.session import writing_schema
from caselog.store.types import CodeSet, UtcDateTime

# Our own column types are written as what the database sees, so that old migrations outlive them.
_PLAIN_TYPES = {UtcDateTime: "sa.DateTime(timezone=True)", CodeSet: "sa.Text()"}


def _render_item(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    return _PLAIN_TYPES.get(type(item), False) if kind == "type" else False


def run_migrations_online() -> None:
    engine = db.engine
    with writing_schema(), engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
            render_item=_render_item,
        )
        with context.begin_transaction():
            context.run_migrations()


run_migrations_online()
