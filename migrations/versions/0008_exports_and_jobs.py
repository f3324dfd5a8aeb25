"""exports that were issued, how exactly things leave, and work in the background"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_USES = "'application', 'program_file', 'board', 'spreadsheet', 'archive', 'cohort', 'report'"


def upgrade() -> None:
    op.create_table(
        "issued_export",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=True),
        sa.Column("cohort_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("dates", sa.Text(), nullable=False),
        sa.Column("sites", sa.Text(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=True),
        sa.Column("activities", sa.Integer(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("head_seq", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_why", sa.Text(), nullable=False),
        sa.CheckConstraint(f"use IN ({_USES})", name=op.f("ck_issued_export_use_code")),
        sa.CheckConstraint(
            "format IN ('pdf', 'csv', 'xlsx', 'json', 'zip')", name=op.f("ck_issued_export_format_code")
        ),
        sa.CheckConstraint("dates IN ('day', 'month', 'term')", name=op.f("ck_issued_export_dates_code")),
        sa.CheckConstraint("sites IN ('name', 'pseudonym')", name=op.f("ck_issued_export_sites_code")),
        sa.CheckConstraint("length(reason) <= 200", name=op.f("ck_issued_export_reason_length")),
        sa.CheckConstraint("length(withdrawn_why) <= 200", name=op.f("ck_issued_export_withdrawn_why_length")),
        sa.CheckConstraint("cases >= 0 AND activities >= 0", name=op.f("ck_issued_export_counts_not_negative")),
        sa.CheckConstraint(
            "(sha256 IS NULL) = (cases IS NULL) AND (sha256 IS NULL) = (activities IS NULL)",
            name=op.f("ck_issued_export_whole_when_made"),
        ),
        sa.CheckConstraint(
            "withdrawn_at IS NOT NULL OR withdrawn_why = ''", name=op.f("ck_issued_export_why_when_withdrawn")
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_issued_export_program_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "student_id"],
            ["student.program_id", "student.person_id"],
            name=op.f("fk_issued_export_program_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "cohort_id"],
            ["cohort.program_id", "cohort.id"],
            name=op.f("fk_issued_export_program_id_cohort_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "issued_by"],
            ["person.program_id", "person.id"],
            name=op.f("fk_issued_export_program_id_issued_by"),
        ),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_issued_export")),
        sa.UniqueConstraint("code", name=op.f("uq_issued_export_code")),
    )
    op.create_index("ix_issued_export_student", "issued_export", ["program_id", "student_id", "issued_at"])
    op.create_table(
        "export_policy",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("dates", sa.Text(), nullable=False),
        sa.Column("sites", sa.Text(), nullable=False),
        sa.CheckConstraint(f"use IN ({_USES})", name=op.f("ck_export_policy_use_code")),
        sa.CheckConstraint("dates IN ('day', 'month', 'term')", name=op.f("ck_export_policy_dates_code")),
        sa.CheckConstraint("sites IN ('name', 'pseudonym')", name=op.f("ck_export_policy_sites_code")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_export_policy_program_id")),
        sa.PrimaryKeyConstraint("program_id", "use", name=op.f("pk_export_policy")),
    )
    op.create_table(
        "job",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('running', 'done', 'failed', 'cancelled', 'stopped')", name=op.f("ck_job_state_code")
        ),
        sa.CheckConstraint("done >= 0 AND total >= 0", name=op.f("ck_job_counts_not_negative")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_job_program_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "person_id"],
            ["person.program_id", "person.id"],
            name=op.f("fk_job_program_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_job")),
    )
    op.create_index("ix_job_person", "job", ["program_id", "person_id", "created_at"])


def downgrade() -> None:
    for table in ("job", "export_policy", "issued_export"):
        op.drop_table(table)
