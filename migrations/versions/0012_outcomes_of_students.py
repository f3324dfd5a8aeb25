"""what became of students: left, examinations, placement"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_EXAM = "'passed_first', 'passed_later', 'not_passed', 'not_taken'"


def upgrade() -> None:
    op.create_table(
        "recorded_outcome",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("left_why", sa.Text(), nullable=True),
        sa.Column("pbse", sa.Text(), nullable=True),
        sa.Column("pbse_passed_on", sa.Date(), nullable=True),
        sa.Column("cape", sa.Text(), nullable=True),
        sa.Column("cape_passed_on", sa.Date(), nullable=True),
        sa.Column("placement", sa.Text(), nullable=True),
        sa.Column("placed_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "left_why IN ('academic', 'personal', 'transferred', 'dismissed', 'other')",
            name=op.f("ck_recorded_outcome_left_why_code"),
        ),
        sa.CheckConstraint(f"pbse IN ({_EXAM})", name=op.f("ck_recorded_outcome_pbse_code")),
        sa.CheckConstraint(f"cape IN ({_EXAM})", name=op.f("ck_recorded_outcome_cape_code")),
        sa.CheckConstraint(
            "placement IN ('employed', 'education', 'military', 'elsewhere', 'not_placed')",
            name=op.f("ck_recorded_outcome_placement_code"),
        ),
        sa.CheckConstraint(
            "(left_on IS NULL) = (left_why IS NULL)", name=op.f("ck_recorded_outcome_left_with_why")
        ),
        sa.CheckConstraint(
            "pbse_passed_on IS NULL OR (pbse IS NOT NULL AND pbse IN ('passed_first', 'passed_later'))",
            name=op.f("ck_recorded_outcome_pbse_passed_on_with_pbse"),
        ),
        sa.CheckConstraint(
            "cape_passed_on IS NULL OR (cape IS NOT NULL AND cape IN ('passed_first', 'passed_later'))",
            name=op.f("ck_recorded_outcome_cape_passed_on_with_cape"),
        ),
        sa.CheckConstraint(
            "placed_on IS NULL OR (placement IS NOT NULL AND placement IN ('education', 'employed', 'military'))",
            name=op.f("ck_recorded_outcome_placed_on_with_placement"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_recorded_outcome_program_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "student_id"],
            ["student.program_id", "student.person_id"],
            name=op.f("fk_recorded_outcome_program_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "recorded_by"],
            ["person.program_id", "person.id"],
            name=op.f("fk_recorded_outcome_program_id_recorded_by"),
        ),
        sa.PrimaryKeyConstraint("program_id", "student_id", name=op.f("pk_recorded_outcome")),
    )


def downgrade() -> None:
    op.drop_table("recorded_outcome")
