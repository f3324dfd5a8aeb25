"""imports from spreadsheets, the entries that came with them, and how headers and words were understood"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_import",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("imported_by", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('case', 'activity')", name=op.f("ck_log_import_kind_code")),
        sa.CheckConstraint("format IN ('csv', 'xlsx', 'json')", name=op.f("ck_log_import_format_code")),
        sa.CheckConstraint("added > 0", name=op.f("ck_log_import_added_something")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_log_import_program_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "student_id"],
            ["student.program_id", "student.person_id"],
            name=op.f("fk_log_import_program_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "imported_by"],
            ["person.program_id", "person.id"],
            name=op.f("fk_log_import_program_id_imported_by"),
        ),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_log_import")),
    )
    op.create_index("ix_log_import_student", "log_import", ["program_id", "student_id", "imported_at"])
    op.create_table(
        "import_memory",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('case', 'activity')", name=op.f("ck_import_memory_kind_code")),
        sa.CheckConstraint("length(meaning) <= 400", name=op.f("ck_import_memory_meaning_length")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_import_memory_program_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "person_id"],
            ["person.program_id", "person.id"],
            name=op.f("fk_import_memory_program_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("program_id", "person_id", "kind", "said", name=op.f("pk_import_memory")),
    )
    # Plain columns without a foreign key: a batch would make the tables anew on SQLite, and lose their triggers.
    for table in ("logged_case", "logged_activity"):
        op.add_column(table, sa.Column("import_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    for table in ("logged_activity", "logged_case"):
        op.drop_column(table, "import_id")
    for table in ("import_memory", "log_import"):
        op.drop_table(table)
