"""outgoing mail, and links for reviewers who do not sign in"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review_link",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False),
        sa.Column("email_hash", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "ended_why IN ('used', 'replaced', 'revoked')", name=op.f("ck_review_link_ended_why_code")
        ),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_review_link_dates_order")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_why IS NULL)", name=op.f("ck_review_link_reason_when_ended")
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_review_link_program_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "reviewer_id"],
            ["person.program_id", "person.id"],
            name=op.f("fk_review_link_program_id_reviewer_id"),
        ),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_review_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_review_link_token_hash")),
    )
    op.create_index("ix_review_link_reviewer", "review_link", ["program_id", "reviewer_id", "created_at"])
    op.create_table(
        "review_link_entry",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('case', 'activity')", name=op.f("ck_review_link_entry_kind_code")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_review_link_entry_program_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "link_id"],
            ["review_link.program_id", "review_link.id"],
            name=op.f("fk_review_link_entry_program_id_link_id"),
        ),
        sa.PrimaryKeyConstraint("program_id", "link_id", "kind", "uid", name=op.f("pk_review_link_entry")),
    )
    op.create_table(
        "outgoing_mail",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.CheckConstraint("cause IN ('count', 'age', 'student')", name=op.f("ck_outgoing_mail_cause_code")),
        sa.CheckConstraint("outcome IN ('sent', 'failed', 'dropped')", name=op.f("ck_outgoing_mail_outcome_code")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_outgoing_mail_attempts_not_negative")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_outgoing_mail_outcome_when_ended")
        ),
        sa.CheckConstraint(
            "outcome <> 'failed' OR last_error <> ''", name=op.f("ck_outgoing_mail_failure_says_why")
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_outgoing_mail_program_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "person_id"],
            ["person.program_id", "person.id"],
            name=op.f("fk_outgoing_mail_program_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "asked_by"],
            ["person.program_id", "person.id"],
            name=op.f("fk_outgoing_mail_program_id_asked_by"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "link_id"],
            ["review_link.program_id", "review_link.id"],
            name=op.f("fk_outgoing_mail_program_id_link_id"),
        ),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_outgoing_mail")),
    )
    op.create_index("ix_outgoing_mail_due", "outgoing_mail", ["outcome", "due_at"])
    op.create_index("ix_outgoing_mail_person", "outgoing_mail", ["program_id", "person_id", "created_at"])


def downgrade() -> None:
    op.drop_table("outgoing_mail")
    op.drop_table("review_link_entry")
    op.drop_table("review_link")
