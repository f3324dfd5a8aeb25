"""first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_account_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
    )
    op.create_table(
        "program",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program")),
        sa.UniqueConstraint("code", name=op.f("uq_program_code")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    with op.batch_alter_table("sign_in_attempt") as batch_op:
        batch_op.create_index("ix_sign_in_attempt_subject_at", ["subject", "at"], unique=False)

    op.create_table(
        "cohort",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("graduates_on", sa.Date(), nullable=False),
        sa.CheckConstraint("graduates_on > starts_on", name=op.f("ck_cohort_dates_order")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_cohort_program_id")),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_cohort")),
        sa.UniqueConstraint("program_id", "name", name=op.f("uq_cohort_program_id_name")),
    )
    op.create_table(
        "listed_code",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "list IN ('activity', 'procedures', 'techniques', 'events')",
            name=op.f("ck_listed_code_list_code"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_listed_code_program_id")),
        sa.PrimaryKeyConstraint("program_id", "list", "code", name=op.f("pk_listed_code")),
    )
    op.create_table(
        "password_link",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_password_link_account_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_password_link")),
    )
    with op.batch_alter_table("password_link") as batch_op:
        batch_op.create_index(batch_op.f("ix_password_link_account_id"), ["account_id"], unique=False)

    op.create_table(
        "person",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "position IN ('student', 'preceptor', 'director')", name=op.f("ck_person_position_code")
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_person_email_lower")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_person_account_id")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_person_program_id")),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_person")),
        sa.UniqueConstraint("program_id", "account_id", name=op.f("uq_person_program_id_account_id")),
        sa.UniqueConstraint("program_id", "email", name=op.f("uq_person_program_id_email")),
    )
    with op.batch_alter_table("person") as batch_op:
        batch_op.create_index(batch_op.f("ix_person_account_id"), ["account_id"], unique=False)

    op.create_table(
        "site",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("affiliated_from", sa.Date(), nullable=True),
        sa.Column("affiliated_until", sa.Date(), nullable=True),
        sa.CheckConstraint("affiliated_until >= affiliated_from", name=op.f("ck_site_affiliation_order")),
        sa.CheckConstraint(
            "length(country) = 2 AND country = upper(country)", name=op.f("ck_site_country_alpha2")
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_site_program_id")),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_site")),
        sa.UniqueConstraint("program_id", "code", name=op.f("uq_site_program_id_code")),
    )
    op.create_table(
        "adoption",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("adopted_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["program_id", "cohort_id"],
            ["cohort.program_id", "cohort.id"],
            name=op.f("fk_adoption_program_id_cohort_id"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_adoption_program_id")),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_adoption")),
        sa.UniqueConstraint(
            "program_id", "cohort_id", "ruleset", name=op.f("uq_adoption_program_id_cohort_id_ruleset")
        ),
    )
    op.create_table(
        "audit_entry",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["program_id", "actor_id"],
            ["person.program_id", "person.id"],
            name=op.f("fk_audit_entry_program_id_actor_id"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_audit_entry_program_id")),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry") as batch_op:
        batch_op.create_index("ix_audit_entry_at", ["program_id", "at"], unique=False)

    op.create_table(
        "preceptor_site",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["program_id", "person_id"],
            ["person.program_id", "person.id"],
            name=op.f("fk_preceptor_site_program_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "site_id"],
            ["site.program_id", "site.id"],
            name=op.f("fk_preceptor_site_program_id_site_id"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_preceptor_site_program_id")),
        sa.PrimaryKeyConstraint("program_id", "person_id", "site_id", name=op.f("pk_preceptor_site")),
    )
    op.create_table(
        "program_number",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.CheckConstraint("number >= 0", name=op.f("ck_program_number_number_not_negative")),
        sa.ForeignKeyConstraint(
            ["program_id", "set_by"],
            ["person.program_id", "person.id"],
            name=op.f("fk_program_number_program_id_set_by"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_program_number_program_id")),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_program_number")),
        sa.UniqueConstraint(
            "program_id",
            "ruleset",
            "requirement",
            name=op.f("uq_program_number_program_id_ruleset_requirement"),
        ),
    )
    op.create_table(
        "sign_in_session",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_session_account_id")),
        sa.ForeignKeyConstraint(
            ["program_id", "person_id"],
            ["person.program_id", "person.id"],
            name=op.f("fk_sign_in_session_program_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_session")),
    )
    with op.batch_alter_table("sign_in_session") as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_session_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_sign_in_session_person", ["program_id", "person_id"], unique=False)

    op.create_table(
        "student",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("program_start", sa.Date(), nullable=False),
        sa.Column("expected_graduation", sa.Date(), nullable=True),
        sa.Column("graduated_on", sa.Date(), nullable=True),
        sa.Column("enrolled", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "expected_graduation > program_start", name=op.f("ck_student_expected_graduation_order")
        ),
        sa.CheckConstraint("graduated_on > program_start", name=op.f("ck_student_graduated_on_order")),
        sa.ForeignKeyConstraint(
            ["program_id", "cohort_id"],
            ["cohort.program_id", "cohort.id"],
            name=op.f("fk_student_program_id_cohort_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "person_id"],
            ["person.program_id", "person.id"],
            name=op.f("fk_student_program_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_student_program_id")),
        sa.PrimaryKeyConstraint("program_id", "person_id", name=op.f("pk_student")),
    )
    with op.batch_alter_table("student") as batch_op:
        batch_op.create_index("ix_student_cohort", ["program_id", "cohort_id"], unique=False)

    op.create_table(
        "attestation",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("attested", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["program_id", "recorded_by"],
            ["person.program_id", "person.id"],
            name=op.f("fk_attestation_program_id_recorded_by"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "student_id"],
            ["student.program_id", "student.person_id"],
            name=op.f("fk_attestation_program_id_student_id"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_attestation_program_id")),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_attestation")),
        sa.UniqueConstraint(
            "program_id", "student_id", "attested", name=op.f("uq_attestation_program_id_student_id_attested")
        ),
    )
    op.create_table(
        "rotation",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_rotation_dates_order")),
        sa.ForeignKeyConstraint(
            ["program_id", "site_id"],
            ["site.program_id", "site.id"],
            name=op.f("fk_rotation_program_id_site_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "student_id"],
            ["student.program_id", "student.person_id"],
            name=op.f("fk_rotation_program_id_student_id"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_rotation_program_id")),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_rotation")),
        sa.UniqueConstraint(
            "program_id", "student_id", "code", name=op.f("uq_rotation_program_id_student_id_code")
        ),
    )
    op.create_table(
        "logged_case",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("case_uid", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("case_date", sa.Date(), nullable=True),
        sa.Column("start_time", sa.Time(), nullable=True),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("rotation_id", sa.Uuid(), nullable=True),
        sa.Column("preceptor_id", sa.Uuid(), nullable=True),
        sa.Column("activity", sa.Text(), nullable=True),
        sa.Column("procedures", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("share_percent", sa.Integer(), nullable=True),
        sa.Column("setting", sa.Text(), nullable=True),
        sa.Column("age_group", sa.Text(), nullable=True),
        sa.Column("urgency", sa.Text(), nullable=True),
        sa.Column("redo", sa.Boolean(), nullable=False),
        sa.Column("cpb_minutes", sa.Integer(), nullable=True),
        sa.Column("cross_clamp_minutes", sa.Integer(), nullable=True),
        sa.Column("circulatory_arrest_minutes", sa.Integer(), nullable=True),
        sa.Column("support_hours", sa.Float(precision=53), nullable=True),
        sa.Column("lowest_temp_c", sa.Float(precision=53), nullable=True),
        sa.Column("techniques", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "age_group IN ('neonate', 'infant', 'child', 'adolescent', 'adult', 'older_adult')",
            name=op.f("ck_logged_case_age_group_code"),
        ),
        sa.CheckConstraint(
            "role IN ('observed', 'first_assistant', 'primary', 'independent', 'instructor')",
            name=op.f("ck_logged_case_role_code"),
        ),
        sa.CheckConstraint("setting IN ('clinical', 'simulation')", name=op.f("ck_logged_case_setting_code")),
        sa.CheckConstraint(
            "status IN ('draft', 'submitted', 'returned', 'verified', 'void')",
            name=op.f("ck_logged_case_status_code"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'void') OR (case_date IS NOT NULL AND site_id IS NOT NULL AND preceptor_id IS NOT NULL AND activity IS NOT NULL AND role IS NOT NULL AND setting IS NOT NULL AND age_group IS NOT NULL AND urgency IS NOT NULL)",
            name=op.f("ck_logged_case_whole_when_submitted"),
        ),
        sa.CheckConstraint(
            "urgency IN ('elective', 'urgent', 'emergent', 'salvage')",
            name=op.f("ck_logged_case_urgency_code"),
        ),
        sa.CheckConstraint(
            "circulatory_arrest_minutes <= cpb_minutes", name=op.f("ck_logged_case_arrest_within_cpb")
        ),
        sa.CheckConstraint(
            "circulatory_arrest_minutes BETWEEN 0 AND 10000",
            name=op.f("ck_logged_case_circulatory_arrest_minutes_range"),
        ),
        sa.CheckConstraint("cpb_minutes BETWEEN 0 AND 10000", name=op.f("ck_logged_case_cpb_minutes_range")),
        sa.CheckConstraint("cross_clamp_minutes <= cpb_minutes", name=op.f("ck_logged_case_clamp_within_cpb")),
        sa.CheckConstraint(
            "cross_clamp_minutes BETWEEN 0 AND 10000", name=op.f("ck_logged_case_cross_clamp_minutes_range")
        ),
        sa.CheckConstraint("length(note) <= 2000", name=op.f("ck_logged_case_note_length")),
        sa.CheckConstraint("lowest_temp_c BETWEEN 10 AND 42", name=op.f("ck_logged_case_lowest_temp_c_range")),
        sa.CheckConstraint("share_percent BETWEEN 0 AND 100", name=op.f("ck_logged_case_share_percent_range")),
        sa.CheckConstraint("support_hours BETWEEN 0 AND 10000", name=op.f("ck_logged_case_support_hours_range")),
        sa.ForeignKeyConstraint(
            ["program_id", "preceptor_id"],
            ["person.program_id", "person.id"],
            name=op.f("fk_logged_case_program_id_preceptor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "rotation_id"],
            ["rotation.program_id", "rotation.id"],
            name=op.f("fk_logged_case_program_id_rotation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "site_id"],
            ["site.program_id", "site.id"],
            name=op.f("fk_logged_case_program_id_site_id"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "student_id"],
            ["student.program_id", "student.person_id"],
            name=op.f("fk_logged_case_program_id_student_id"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_logged_case_program_id")),
        sa.PrimaryKeyConstraint("program_id", "case_uid", name=op.f("pk_logged_case")),
    )
    with op.batch_alter_table("logged_case") as batch_op:
        batch_op.create_index(
            "ix_logged_case_preceptor_status", ["program_id", "preceptor_id", "status"], unique=False
        )
        batch_op.create_index(
            "ix_logged_case_student_date", ["program_id", "student_id", "case_date"], unique=False
        )

    op.create_table(
        "case_review",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_uid", sa.Uuid(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("decision <> 'returned' OR comment <> ''", name=op.f("ck_case_review_return_says_why")),
        sa.CheckConstraint("decision IN ('verified', 'returned')", name=op.f("ck_case_review_decision_code")),
        sa.ForeignKeyConstraint(
            ["program_id", "case_uid"],
            ["logged_case.program_id", "logged_case.case_uid"],
            name=op.f("fk_case_review_program_id_case_uid"),
        ),
        sa.ForeignKeyConstraint(
            ["program_id", "reviewer_id"],
            ["person.program_id", "person.id"],
            name=op.f("fk_case_review_program_id_reviewer_id"),
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_case_review_program_id")),
        sa.PrimaryKeyConstraint("program_id", "id", name=op.f("pk_case_review")),
    )
    with op.batch_alter_table("case_review") as batch_op:
        batch_op.create_index("ix_case_review_case", ["program_id", "case_uid"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("case_review") as batch_op:
        batch_op.drop_index("ix_case_review_case")

    op.drop_table("case_review")
    with op.batch_alter_table("logged_case") as batch_op:
        batch_op.drop_index("ix_logged_case_student_date")
        batch_op.drop_index("ix_logged_case_preceptor_status")

    op.drop_table("logged_case")
    op.drop_table("rotation")
    op.drop_table("attestation")
    with op.batch_alter_table("student") as batch_op:
        batch_op.drop_index("ix_student_cohort")

    op.drop_table("student")
    with op.batch_alter_table("sign_in_session") as batch_op:
        batch_op.drop_index("ix_sign_in_session_person")
        batch_op.drop_index(batch_op.f("ix_sign_in_session_account_id"))

    op.drop_table("sign_in_session")
    op.drop_table("program_number")
    op.drop_table("preceptor_site")
    with op.batch_alter_table("audit_entry") as batch_op:
        batch_op.drop_index("ix_audit_entry_at")

    op.drop_table("audit_entry")
    op.drop_table("adoption")
    op.drop_table("site")
    with op.batch_alter_table("person") as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_account_id"))

    op.drop_table("person")
    with op.batch_alter_table("password_link") as batch_op:
        batch_op.drop_index(batch_op.f("ix_password_link_account_id"))

    op.drop_table("password_link")
    op.drop_table("listed_code")
    op.drop_table("cohort")
    with op.batch_alter_table("sign_in_attempt") as batch_op:
        batch_op.drop_index("ix_sign_in_attempt_subject_at")

    op.drop_table("sign_in_attempt")
    op.drop_table("program")
    op.drop_table("account")
