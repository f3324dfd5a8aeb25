"""a chained audit trail that only grows, and the settings of programs

The entries so far are numbered in the order of their times and chained; they hold no digests, since nothing was
digested then. The hash of an entry is made here as it was made when this migration was written, and stays so.
"""

import hashlib
import json
import uuid
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

RANGES = {
    "confirm_over": (1, 500),
    "confirm_after_days": (1, 365),
    "digest_pause_days": (1, 90),
    "link_days": (1, 90),
    "late_entry_hours": (1, 2160),
}
FOLLOWS = "NEW.seq <> 1 + coalesce((SELECT max(seq) FROM audit_entry WHERE program_id = NEW.program_id), 0)"
ON_SQLITE = (
    """
    CREATE TRIGGER audit_entry_stays_update BEFORE UPDATE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'the audit trail only grows: its entries cannot be changed'); END
    """,
    """
    CREATE TRIGGER audit_entry_stays_delete BEFORE DELETE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'the audit trail only grows: its entries cannot be removed'); END
    """,
    # INSERT OR REPLACE removes without the trigger above unless recursive_triggers is on, so it is met here too.
    f"""
    CREATE TRIGGER audit_entry_follows BEFORE INSERT ON audit_entry WHEN {FOLLOWS}
    BEGIN SELECT RAISE(ABORT, 'the audit trail only grows: an entry follows the last one'); END
    """,
)
ON_POSTGRESQL = (
    """
    CREATE FUNCTION audit_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the audit trail only grows: its entries cannot be changed or removed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'audit_entry_stays';
    END $$
    """,
    f"""
    CREATE FUNCTION audit_entry_follows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF {FOLLOWS} THEN
            RAISE EXCEPTION 'the audit trail only grows: an entry follows the last one'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'audit_entry_follows';
        END IF;
        RETURN NEW;
    END $$
    """,
    (
        "CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION audit_entry_stays()"
    ),
    (
        "CREATE TRIGGER audit_entry_stays_whole BEFORE TRUNCATE ON audit_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_stays()"
    ),
    (
        "CREATE TRIGGER audit_entry_follows BEFORE INSERT ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION audit_entry_follows()"
    ),
    "REVOKE UPDATE, DELETE, TRUNCATE ON audit_entry FROM PUBLIC",
    "REVOKE UPDATE, DELETE, TRUNCATE ON audit_entry FROM CURRENT_USER",
)


def upgrade() -> None:
    op.create_table(
        "program_settings",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in RANGES),
        sa.Column("free_text", sa.Boolean(), nullable=False),
        *(
            sa.CheckConstraint(
                f"{name} BETWEEN {least} AND {most}", name=op.f(f"ck_program_settings_{name}_range")
            )
            for name, (least, most) in RANGES.items()
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_program_settings_program_id")),
        sa.PrimaryKeyConstraint("program_id", name=op.f("pk_program_settings")),
    )
    op.create_table(
        "audit_head",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_audit_head_program_id")),
        sa.PrimaryKeyConstraint("program_id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_salt",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_audit_salt_program_id")),
        sa.PrimaryKeyConstraint("program_id", "object", name=op.f("pk_audit_salt")),
    )
    database = op.get_bind()
    earlier = read_earlier(database)
    op.drop_index("ix_audit_entry_at", table_name="audit_entry")
    op.drop_table("audit_entry")
    create_chain()
    for _, entries in groupby(earlier, key=lambda row: row["program_id"]):
        append(database, list(entries))
    for statement in ON_SQLITE if database.dialect.name == "sqlite" else ON_POSTGRESQL:
        database.exec_driver_sql(statement)


def create_chain() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("digests", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["program_id", "actor_id"],
            ["person.program_id", "person.id"],
            name=op.f("fk_audit_entry_program_id_actor_id"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_audit_entry_program_id")),
        sa.PrimaryKeyConstraint("program_id", "seq", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["program_id", "at"])
    op.create_index("ix_audit_entry_about", "audit_entry", ["program_id", "about_id", "seq"])
    op.create_index("ix_audit_entry_subject", "audit_entry", ["program_id", "subject"])


EARLIER = sa.table(
    "audit_entry",
    sa.column("program_id", sa.Uuid()),
    sa.column("id", sa.Uuid()),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("actor_id", sa.Uuid()),
    sa.column("action", sa.Text()),
    sa.column("subject", sa.Text()),
)
CHAINED = sa.table(
    "audit_entry",
    sa.column("program_id", sa.Uuid()),
    sa.column("seq", sa.Integer()),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("actor_id", sa.Uuid()),
    *(sa.column(name, sa.Text()) for name in ("way", "action", "subject")),
    sa.column("about_id", sa.Uuid()),
    *(sa.column(name, sa.Text()) for name in ("digests", "previous", "hash")),
)
HEADS = sa.table("audit_head", sa.column("program_id", sa.Uuid()), sa.column("seq"), sa.column("hash"))


def read_earlier(database: sa.Connection) -> list[dict[str, Any]]:
    query = sa.select(EARLIER).order_by(EARLIER.c.program_id, EARLIER.c.at, EARLIER.c.id)
    return [dict(row) for row in database.execute(query).mappings()]


def append(database: sa.Connection, earlier: list[dict[str, Any]]) -> None:
    previous, rows = "0" * 64, []
    for seq, row in enumerate(earlier, 1):
        way = "account" if row["actor_id"] else "operator"
        entry = {**row, "seq": seq, "way": way, "about_id": None, "digests": "{}", "previous": previous}
        entry.pop("id")
        previous = entry["hash"] = entry_hash(entry)
        rows.append(entry)
    database.execute(sa.insert(CHAINED), rows)
    program_id = rows[0]["program_id"]
    database.execute(sa.insert(HEADS).values(program_id=program_id, seq=len(rows), hash=previous))


def entry_hash(entry: dict[str, Any]) -> str:
    said = [
        text(entry["program_id"]),
        entry["seq"],
        instant(entry["at"]),
        text(entry["actor_id"]),
        entry["way"],
        entry["action"],
        entry["subject"],
        text(entry["about_id"]),
        entry["digests"],
        entry["previous"],
    ]
    canonical = json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def text(value: uuid.UUID | None) -> str | None:
    return str(value) if value else None


def instant(at: datetime) -> str:
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="microseconds")


def downgrade() -> None:
    database = op.get_bind()
    query = sa.select(CHAINED).order_by(CHAINED.c.program_id, CHAINED.c.seq)
    entries = [dict(row) for row in database.execute(query).mappings()]
    op.drop_table("audit_entry")  # its triggers and indexes go with it
    if database.dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_entry_stays()")
        op.execute("DROP FUNCTION audit_entry_follows()")
    op.create_table(
        "audit_entry",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["program_id", "actor_id"],
            ["person.program_id", "person.id"],
            name=op.f("fk_audit_entry_program_id_actor_id"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_audit_entry_program_id")),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["program_id", "at"])
    kept = ("program_id", "at", "actor_id", "action", "subject")
    if entries:
        database.execute(
            sa.insert(EARLIER), [{"id": uuid.uuid4(), **{name: entry[name] for name in kept}} for entry in entries]
        )
    op.drop_table("audit_salt")
    op.drop_table("audit_head")
    op.drop_table("program_settings")
