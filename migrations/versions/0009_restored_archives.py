"""archives from which the record of a student was restored"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "restored_archive",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("from_program", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("head_seq", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.Text(), nullable=False),
        sa.Column("trail", sa.Text(), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("head_seq >= 0", name=op.f("ck_restored_archive_head_not_negative")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_restored_archive_program_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "student_id"],
            ["student.program_id", "student.person_id"],
            name=op.f("fk_restored_archive_program_id_student_id"),
        ),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_restored_archive")),
    )
    op.create_index("ix_restored_archive_student", "restored_archive", ["program_id", "student_id"])


def downgrade() -> None:
    op.drop_table("restored_archive")
