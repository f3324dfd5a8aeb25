"""counting stamps with their triggers, and an index for counting

On SQLite a batch operation makes a table anew and loses its triggers: a later migration that changes a table of
WATCHED in a batch has to create its triggers again.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Table, the column that names whose stamp changes, and after what.
WATCHED = (
    ("logged_case", "student_id", ""),
    ("logged_activity", "student_id", ""),
    ("student", "person_id", ""),
    ("attestation", "student_id", ""),
    ("granted_waiver", "student_id", ""),
    ("rotation", "student_id", ""),
    ("site", "program_id", ""),
    ("listed_code", "program_id", ""),
    ("program_number", "program_id", ""),
    ("person", "program_id", "name, email"),
)
FUNCTION = """
CREATE FUNCTION counting_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stamp_now bigint := hashtextextended(
        extract(epoch FROM pg_postmaster_start_time())::text || ' ' || pg_current_xact_id()::text, 0
    );
    changed jsonb;
    changes jsonb[] := '{}';
BEGIN
    IF TG_OP <> 'DELETE' THEN
        changes := changes || to_jsonb(NEW);
    END IF;
    IF TG_OP <> 'INSERT' THEN
        changes := changes || to_jsonb(OLD);
    END IF;
    FOREACH changed IN ARRAY changes LOOP
        INSERT INTO counting_stamp (program_id, student_id, stamp)
        VALUES ((changed ->> 'program_id')::uuid, (changed ->> TG_ARGV[0])::uuid, stamp_now)
        ON CONFLICT (program_id, student_id) DO UPDATE SET stamp = excluded.stamp
        WHERE counting_stamp.stamp <> excluded.stamp;
    END LOOP;
    RETURN NULL;
END $$
"""
SET_ON_SQLITE = """
    INSERT INTO counting_stamp (program_id, student_id, stamp) VALUES ({row}.program_id, {row}.{column}, random())
    ON CONFLICT (program_id, student_id) DO UPDATE SET stamp = excluded.stamp;
"""


def on_postgresql() -> Iterator[str]:
    yield FUNCTION
    for table, column, fields in WATCHED:
        events = f"UPDATE OF {fields}" if fields else "INSERT OR UPDATE OR DELETE"
        yield (
            f"CREATE TRIGGER counting_{table} AFTER {events} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION counting_changed('{column}')"
        )


def on_sqlite() -> Iterator[str]:
    for table, column, fields in WATCHED:
        events = [f"UPDATE OF {fields}"] if fields else ["INSERT", "UPDATE", "DELETE"]
        for each in events:
            name = each.partition(" ")[0]
            rows = {"INSERT": ["NEW"], "UPDATE": ["NEW", "OLD"], "DELETE": ["OLD"]}[name]
            body = " ".join(SET_ON_SQLITE.format(row=row, column=column) for row in rows)
            yield f"CREATE TRIGGER counting_{table}_{name.lower()} AFTER {each} ON {table} BEGIN {body} END"


def upgrade() -> None:
    op.create_table(
        "counting_stamp",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_counting_stamp_program_id")),
        sa.PrimaryKeyConstraint("program_id", "student_id", name=op.f("pk_counting_stamp")),
    )
    op.create_index(
        "ix_logged_case_counting",
        "logged_case",
        [
            "program_id", "student_id", "status", "setting", "role", "activity", "age_group", "urgency", "redo",
            "site_id", "case_date", "procedures",
        ],
    )  # fmt: skip
    database = op.get_bind()
    sqlite = database.dialect.name == "sqlite"
    for statement in on_sqlite() if sqlite else on_postgresql():
        database.exec_driver_sql(statement)
    drawn = "random()" if sqlite else "cast(random() * 9007199254740992 AS bigint)"
    for rows in ("SELECT id, id FROM program", "SELECT program_id, person_id FROM student"):
        known = rows.replace(" FROM", f", {drawn} FROM")
        database.exec_driver_sql(f"INSERT INTO counting_stamp (program_id, student_id, stamp) {known}")


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, _, fields in WATCHED:
        if sqlite:
            for name in ("update",) if fields else ("insert", "update", "delete"):
                op.execute(f"DROP TRIGGER counting_{table}_{name}")
        else:
            op.execute(f"DROP TRIGGER counting_{table} ON {table}")
    if not sqlite:
        op.execute("DROP FUNCTION counting_changed()")
    op.drop_index("ix_logged_case_counting", table_name="logged_case")
    op.drop_table("counting_stamp")
