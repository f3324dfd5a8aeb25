"""what a decision covers, changes of submitted entries, checks of roles

A trigger keeps the content of a verified entry as it was verified.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WAYS = "'account', 'link', 'agreement'"
ROLES = "'observed', 'first_assistant', 'primary', 'independent', 'instructor'"
# Plain columns, since SQLite makes a table anew for anything more, and loses its triggers.
ADDED = (
    ("case_review", "content_hash", "TEXT"),
    ("case_review", "way", f"TEXT DEFAULT 'account' NOT NULL CONSTRAINT ck_case_review_way_code CHECK (way IN ({WAYS}))"),
    ("case_review", "role", f"TEXT CONSTRAINT ck_case_review_role_code CHECK (role IN ({ROLES}))"),
    ("case_review", "check_id", "{uuid}"),
    ("activity_review", "content_hash", "TEXT"),
    (
        "activity_review", "way",
        f"TEXT DEFAULT 'account' NOT NULL CONSTRAINT ck_activity_review_way_code CHECK (way IN ({WAYS}))",
    ),
)  # fmt: skip
# All columns but status, version and changed_at.
CONTENT = {
    "logged_case": (
        "program_id", "case_uid", "student_id", "case_date", "start_time", "site_id", "rotation_id", "preceptor_id",
        "activity", "procedures", "role", "share_percent", "setting", "age_group", "urgency", "redo", "cpb_minutes",
        "cross_clamp_minutes", "circulatory_arrest_minutes", "support_hours", "lowest_temp_c", "techniques", "events",
        "note", "created_at",
    ),
    "logged_activity": (
        "program_id", "activity_uid", "student_id", "date", "kind", "title", "hours", "units", "category", "provider",
        "supervisor_id", "created_at",
    ),
}  # fmt: skip
FUNCTION = """
CREATE FUNCTION verified_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the content of a verified entry changes only when it is unverified' USING ERRCODE = '23514';
END $$
"""


def on_postgresql() -> Iterator[str]:
    yield FUNCTION
    for table, columns in CONTENT.items():
        changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
        yield (
            f"CREATE TRIGGER verified_{table} BEFORE UPDATE ON {table} FOR EACH ROW "
            f"WHEN (OLD.status = 'verified' AND NEW.status = 'verified' AND ({changed})) "
            "EXECUTE FUNCTION verified_stays()"
        )


def on_sqlite() -> Iterator[str]:
    for table, columns in CONTENT.items():
        changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
        yield (
            f"CREATE TRIGGER verified_{table} BEFORE UPDATE ON {table} "
            f"WHEN OLD.status = 'verified' AND NEW.status = 'verified' AND ({changed}) "
            "BEGIN SELECT RAISE(ABORT, 'the content of a verified entry changes only when it is unverified'); END"
        )


def create_changes(table: str, entry: str, uid: str) -> None:
    op.create_table(
        table,
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(uid, sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version_before", sa.Integer(), nullable=False),
        sa.Column("version_after", sa.Integer(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("act NOT IN ('amend', 'void') OR reason <> ''", name=op.f(f"ck_{table}_says_why")),
        sa.CheckConstraint(
            "act IN ('change', 'submit', 'accept', 'amend', 'void')", name=op.f(f"ck_{table}_act_code")
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "actor_id"],
            ["person.program_id", "person.id"],
            name=op.f(f"fk_{table}_program_id_actor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", uid],
            [f"{entry}.program_id", f"{entry}.{uid}"],
            name=op.f(f"fk_{table}_program_id_{uid}"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f(f"fk_{table}_program_id")),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_{uid.removesuffix('_uid')}", table, ["program_id", uid])


def create_role_check() -> None:
    op.create_table(
        "role_check",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_uid", sa.Uuid(), nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False),
        sa.Column("claimed", sa.Text(), nullable=False),
        sa.Column("picked", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_reason", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_role", sa.Text(), nullable=True),
        sa.CheckConstraint(f"claimed IN ({ROLES})", name=op.f("ck_role_check_claimed_code")),
        sa.CheckConstraint(f"picked IN ({ROLES})", name=op.f("ck_role_check_picked_code")),
        sa.CheckConstraint(f"agreed_role IN ({ROLES})", name=op.f("ck_role_check_agreed_role_code")),
        sa.CheckConstraint("way IN ('account', 'link')", name=op.f("ck_role_check_way_code")),
        sa.CheckConstraint(
            "ended IN ('matched', 'accepted', 'agreed', 'returned', 'changed', 'void')",
            name=op.f("ck_role_check_ended_code"),
        ),
        sa.CheckConstraint("kept_at IS NULL OR kept_reason <> ''", name=op.f("ck_role_check_keeping_says_why")),
        sa.CheckConstraint("(ended IS NULL) = (ended_at IS NULL)", name=op.f("ck_role_check_ended_at_some_time")),
        sa.ForeignKeyConstraint(
            ["program_id", "case_uid"],
            ["logged_case.program_id", "logged_case.case_uid"],
            name=op.f("fk_role_check_program_id_case_uid"),
        ),
        *(
            sa.ForeignKeyConstraint(
                ["program_id", column],
                ["person.program_id", "person.id"],
                name=op.f(f"fk_role_check_program_id_{column}"),
            )
            for column in ("reviewer_id", "ended_by")
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_role_check_program_id")),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_role_check")),
    )
    op.create_index("ix_role_check_case", "role_check", ["program_id", "case_uid"])


def upgrade() -> None:
    database = op.get_bind()
    sqlite = database.dialect.name == "sqlite"
    for table, column, definition in ADDED:
        kind = definition.format(uuid="CHAR(32)" if sqlite else "UUID")
        database.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    create_changes("case_change", "logged_case", "case_uid")
    create_changes("activity_change", "logged_activity", "activity_uid")
    create_role_check()
    for statement in on_sqlite() if sqlite else on_postgresql():
        database.exec_driver_sql(statement)


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in CONTENT:
        op.execute(f"DROP TRIGGER verified_{table}" + ("" if sqlite else f" ON {table}"))
    if not sqlite:
        op.execute("DROP FUNCTION verified_stays()")
    for table in ("role_check", "activity_change", "case_change"):
        op.drop_table(table)
    for table, column, _ in reversed(ADDED):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
