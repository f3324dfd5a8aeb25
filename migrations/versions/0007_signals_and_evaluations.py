"""settled signals, evaluations of cases with their forms, and the code that programs share for a site"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A plain column: a batch would make the table anew on SQLite, and lose its triggers.
    op.add_column("site", sa.Column("shared_code", sa.Text(), nullable=True))
    op.create_table(
        "signal_settlement",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("settled_by", sa.Uuid(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('explained', 'corrected', 'no_concern')", name=op.f("ck_signal_settlement_outcome_code")
        ),
        sa.CheckConstraint("length(words) <= 1000", name=op.f("ck_signal_settlement_words_length")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_signal_settlement_program_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "settled_by"],
            ["person.program_id", "person.id"],
            name=op.f("fk_signal_settlement_program_id_settled_by"),
        ),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_signal_settlement")),
        sa.UniqueConstraint(
            "program_id", "key", "digest", name=op.f("uq_signal_settlement_program_id_key_digest")
        ),
    )
    op.create_table(
        "evaluation_form",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_read_on", sa.Date(), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_evaluation_form_program_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "written_by"],
            ["person.program_id", "person.id"],
            name=op.f("fk_evaluation_form_program_id_written_by"),
        ),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_evaluation_form")),
        sa.UniqueConstraint("program_id", "name", name=op.f("uq_evaluation_form_program_id_name")),
    )
    op.create_table(
        "rotation_evaluation",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("rotation_id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_rotation_evaluation_program_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "form_id"],
            ["evaluation_form.program_id", "evaluation_form.id"],
            name=op.f("fk_rotation_evaluation_program_id_form_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "rotation_id"],
            ["rotation.program_id", "rotation.id"],
            name=op.f("fk_rotation_evaluation_program_id_rotation_id"),
        ),
        sa.PrimaryKeyConstraint("program_id", "rotation_id", name=op.f("pk_rotation_evaluation")),
    )
    op.create_index("ix_rotation_evaluation_form", "rotation_evaluation", ["program_id", "form_id"])
    op.create_table(
        "case_evaluation",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_uid", sa.Uuid(), nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("scores", sa.Text(), nullable=False),
        sa.Column("lowest", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(comment) <= 2000", name=op.f("ck_case_evaluation_comment_length")),
        sa.CheckConstraint("side IN ('preceptor', 'self')", name=op.f("ck_case_evaluation_side_code")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_case_evaluation_program_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "case_uid"],
            ["logged_case.program_id", "logged_case.case_uid"],
            name=op.f("fk_case_evaluation_program_id_case_uid"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "form_id"],
            ["evaluation_form.program_id", "evaluation_form.id"],
            name=op.f("fk_case_evaluation_program_id_form_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "given_by"],
            ["person.program_id", "person.id"],
            name=op.f("fk_case_evaluation_program_id_given_by"),
        ),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_case_evaluation")),
    )
    op.create_index("ix_case_evaluation_case", "case_evaluation", ["program_id", "case_uid"])
    op.create_index("ix_case_evaluation_given_by", "case_evaluation", ["program_id", "given_by"])


def downgrade() -> None:
    for table in ("case_evaluation", "rotation_evaluation", "evaluation_form", "signal_settlement"):
        op.drop_table(table)
    op.drop_column("site", "shared_code")
