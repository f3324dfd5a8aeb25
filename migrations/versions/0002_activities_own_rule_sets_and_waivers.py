"""activities, own rule sets and waivers"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "program_ruleset",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["program_id", "written_by"],
            ["person.program_id", "person.id"],
            name=op.f("fk_program_ruleset_program_id_written_by"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_program_ruleset_program_id")),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_program_ruleset")),
        sa.UniqueConstraint(
            "program_id", "ruleset", "edition", name=op.f("uq_program_ruleset_program_id_ruleset_edition")
        ),
    )
    op.create_table(
        "granted_waiver",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("minimum", sa.Integer(), nullable=True),
        sa.Column("entry_uid", sa.Uuid(), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_granted_waiver_says_why")),
        sa.CheckConstraint("minimum >= 0", name=op.f("ck_granted_waiver_minimum_not_negative")),
        sa.CheckConstraint("until >= granted_on", name=op.f("ck_granted_waiver_dates_order")),
        sa.ForeignKeyConstraint(
            ["program_id", "granted_by"],
            ["person.program_id", "person.id"],
            name=op.f("fk_granted_waiver_program_id_granted_by"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "student_id"],
            ["student.program_id", "student.person_id"],
            name=op.f("fk_granted_waiver_program_id_student_id"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_granted_waiver_program_id")),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_granted_waiver")),
    )
    with op.batch_alter_table("granted_waiver") as batch_op:
        batch_op.create_index("ix_granted_waiver_student", ["program_id", "student_id"], unique=False)

    op.create_table(
        "logged_activity",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("activity_uid", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("hours", sa.Float(precision=53), nullable=True),
        sa.Column("units", sa.Float(precision=53), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("supervisor_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('didactic', 'wet_lab', 'simulation', 'bedside_training', 'meeting', 'course', 'research', 'other')",
            name=op.f("ck_logged_activity_kind_code"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'submitted', 'returned', 'verified', 'void')",
            name=op.f("ck_logged_activity_status_code"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'void') OR (date IS NOT NULL AND kind IS NOT NULL AND title <> '' AND supervisor_id IS NOT NULL)",
            name=op.f("ck_logged_activity_whole_when_submitted"),
        ),
        sa.CheckConstraint("hours BETWEEN 0 AND 10000", name=op.f("ck_logged_activity_hours_range")),
        sa.CheckConstraint("length(category) <= 40", name=op.f("ck_logged_activity_category_length")),
        sa.CheckConstraint("length(provider) <= 200", name=op.f("ck_logged_activity_provider_length")),
        sa.CheckConstraint("length(title) <= 200", name=op.f("ck_logged_activity_title_length")),
        sa.CheckConstraint("units BETWEEN 0 AND 10000", name=op.f("ck_logged_activity_units_range")),
        sa.ForeignKeyConstraint(
            ["program_id", "student_id"],
            ["student.program_id", "student.person_id"],
            name=op.f("fk_logged_activity_program_id_student_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "supervisor_id"],
            ["person.program_id", "person.id"],
            name=op.f("fk_logged_activity_program_id_supervisor_id"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_logged_activity_program_id")),
        sa.PrimaryKeyConstraint("program_id", "activity_uid", name=op.f("pk_logged_activity")),
    )
    with op.batch_alter_table("logged_activity") as batch_op:
        batch_op.create_index(
            "ix_logged_activity_student_date", ["program_id", "student_id", "date"], unique=False
        )
        batch_op.create_index(
            "ix_logged_activity_supervisor_status", ["program_id", "supervisor_id", "status"], unique=False
        )

    op.create_table(
        "activity_review",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_uid", sa.Uuid(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("activity_version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "decision <> 'returned' OR comment <> ''", name=op.f("ck_activity_review_return_says_why")
        ),
        sa.CheckConstraint("decision IN ('verified', 'returned')", name=op.f("ck_activity_review_decision_code")),
        sa.ForeignKeyConstraint(
            ["program_id", "activity_uid"],
            ["logged_activity.program_id", "logged_activity.activity_uid"],
            name=op.f("fk_activity_review_program_id_activity_uid"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "reviewer_id"],
            ["person.program_id", "person.id"],
            name=op.f("fk_activity_review_program_id_reviewer_id"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_activity_review_program_id")),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_activity_review")),
    )
    with op.batch_alter_table("activity_review") as batch_op:
        batch_op.create_index("ix_activity_review_activity", ["program_id", "activity_uid"], unique=False)

    with op.batch_alter_table("attestation") as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_attestation_program_id_student_id_attested"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_attestation_program_id_student_id_attested_on"),
            ["program_id", "student_id", "attested", "on"],
        )

    op.add_column("student", sa.Column("certified_on", sa.Date(), nullable=True))


def downgrade() -> None:
    # Not in a batch, which would make the table anew: other tables refer to its rows.
    op.drop_column("student", "certified_on")

    with op.batch_alter_table("attestation") as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_attestation_program_id_student_id_attested_on"), type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_attestation_program_id_student_id_attested"), ["program_id", "student_id", "attested"]
        )

    with op.batch_alter_table("activity_review") as batch_op:
        batch_op.drop_index("ix_activity_review_activity")

    op.drop_table("activity_review")
    with op.batch_alter_table("logged_activity") as batch_op:
        batch_op.drop_index("ix_logged_activity_supervisor_status")
        batch_op.drop_index("ix_logged_activity_student_date")

    op.drop_table("logged_activity")
    with op.batch_alter_table("granted_waiver") as batch_op:
        batch_op.drop_index("ix_granted_waiver_student")

    op.drop_table("granted_waiver")
    op.drop_table("program_ruleset")
