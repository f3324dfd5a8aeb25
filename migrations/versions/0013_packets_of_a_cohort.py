"""packets of a cohort while they are made and until they are fetched"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_USES = "'application', 'program_file', 'board', 'spreadsheet', 'archive', 'cohort', 'report'"


def upgrade() -> None:
    op.create_table(
        "packet_batch",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"use IN ({_USES})", name=op.f("ck_packet_batch_use_code")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_packet_batch_program_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "person_id"],
            ["person.program_id", "person.id"],
            name=op.f("fk_packet_batch_program_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "cohort_id"],
            ["cohort.program_id", "cohort.id"],
            name=op.f("fk_packet_batch_program_id_cohort_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "job_id"], ["job.program_id", "job.id"], name=op.f("fk_packet_batch_program_id_job_id")
        ),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_packet_batch")),
    )
    op.create_table(
        "made_packet",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_made_packet_program_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "batch_id"],
            ["packet_batch.program_id", "packet_batch.id"],
            name=op.f("fk_made_packet_program_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "student_id"],
            ["student.program_id", "student.person_id"],
            name=op.f("fk_made_packet_program_id_student_id"),
        ),
        sa.PrimaryKeyConstraint("program_id", "batch_id", "student_id", name=op.f("pk_made_packet")),
    )


def downgrade() -> None:
    for table in ("made_packet", "packet_batch"):
        op.drop_table(table)
