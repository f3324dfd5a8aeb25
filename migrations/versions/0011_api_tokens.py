"""personal tokens of the API, and the answers that are given again"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_api_token_dates_order")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_api_token_program_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "person_id"],
            ["person.program_id", "person.id"],
            name=op.f("fk_api_token_program_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index("ix_api_token_person", "api_token", ["program_id", "person_id"])
    op.create_table(
        "api_answer",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_api_answer_program_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "person_id"],
            ["person.program_id", "person.id"],
            name=op.f("fk_api_answer_program_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("program_id", "person_id", "key_hash", name=op.f("pk_api_answer")),
    )
    op.create_index("ix_api_answer_at", "api_answer", ["at"])


def downgrade() -> None:
    for table in ("api_answer", "api_token"):
        op.drop_table(table)
