"""The database itself refuses what must not be, each constraint by its name, and any row into another program.

Every named constraint of the models is walked: one that is added to a model needs its bad row here.
"""

import math
import uuid
from datetime import date
from hashlib import sha256
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from caselog.domain import activity, settings
from caselog.domain.case import CODES_MOST, DECIMAL_FIELDS, INTEGER_FIELDS, NEEDED_TO_SUBMIT, NOTE_MOST
from caselog.domain.export import REASON_MOST
from caselog.extensions import db
from caselog.store.session import transaction
from tests.support.clock import START
from tests.support.rows import DAY, ONE_OF_EACH_PROGRAM, Row, insert, rows, tables

# Without these, minutes can be changed one by one: none is longer than the bypass.
NO_MINUTES: Row = dict.fromkeys(("cpb_minutes", "cross_clamp_minutes", "circulatory_arrest_minutes"))
RANGES: dict[str, dict[str, tuple[float, float]]] = {
    "logged_case": {**INTEGER_FIELDS, **DECIMAL_FIELDS},
    "logged_activity": dict(activity.NUMBER_FIELDS),
    "program_settings": dict(settings.RANGES),
}
WHOLE_NUMBERS = {*INTEGER_FIELDS, *settings.RANGES}
# Digests, since an index may pack what repeats itself.
LONGEST = tuple(sha256(bytes([number])).hexdigest()[:40] for number in range(CODES_MOST))
BEFORE = date(2020, 1, 1)  # before any other date of the rows

# What each check refuses: the changes that make a valid row bad. `bad_rows` adds code lists and ranges.
BAD: dict[str, list[Row]] = {
    "ck_account_email_lower": [{"email": "Upper@rows.example"}],
    "ck_person_email_lower": [{"email": "Upper@rows.example"}],
    "ck_site_country_alpha2": [{"country": "us"}, {"country": "USA"}, {"country": ""}],
    "ck_site_affiliation_order": [{"affiliated_until": BEFORE}],
    "ck_cohort_dates_order": [{"graduates_on": DAY}],
    "ck_program_number_number_not_negative": [{"number": -1}],
    "ck_rotation_dates_order": [{"ends_on": BEFORE}],
    "ck_student_expected_graduation_order": [{"expected_graduation": DAY}],
    "ck_student_graduated_on_order": [{"graduated_on": DAY}],
    "ck_logged_case_clamp_within_cpb": [{"cross_clamp_minutes": 121}],
    "ck_logged_case_arrest_within_cpb": [{"circulatory_arrest_minutes": 121}],
    "ck_logged_case_note_length": [{"note": "é" * (NOTE_MOST + 1)}],
    "ck_logged_case_whole_when_submitted": [
        {{"site": "site_id", "preceptor": "preceptor_id"}.get(field, field): None, "status": status}
        for field in NEEDED_TO_SUBMIT
        for status in ("submitted", "returned", "verified")
    ],
    "ck_issued_export_reason_length": [{"reason": "é" * (REASON_MOST + 1)}],
    "ck_issued_export_withdrawn_why_length": [{"withdrawn_why": "é" * (REASON_MOST + 1)}],
    "ck_issued_export_counts_not_negative": [{"cases": -1}, {"activities": -1}],
    "ck_issued_export_whole_when_made": [{"sha256": None}, {"cases": None}, {"activities": None}],
    "ck_issued_export_why_when_withdrawn": [{"withdrawn_at": None}],
    "ck_log_import_added_something": [{"added": 0}],
    "ck_import_memory_meaning_length": [{"meaning": "x" * 401}],
    "ck_job_counts_not_negative": [{"done": -1}, {"total": -1}],
    "ck_recorded_outcome_left_with_why": [{"left_on": DAY}, {"left_why": "personal"}],
    "ck_recorded_outcome_pbse_passed_on_with_pbse": [
        {"pbse_passed_on": DAY, "pbse": pbse} for pbse in (None, "not_passed")
    ],
    "ck_recorded_outcome_cape_passed_on_with_cape": [{"cape": None}, {"cape": "not_taken"}],
    "ck_recorded_outcome_placed_on_with_placement": [
        {"placed_on": DAY, "placement": placement} for placement in (None, "elsewhere")
    ],
    "ck_case_review_return_says_why": [{"decision": "returned", "comment": ""}],
    **{
        f"ck_logged_activity_{field}_length": [{field: "é" * (most + 1)}]
        for field, most in activity.TEXT_FIELDS.items()
    },
    "ck_logged_activity_whole_when_submitted": [
        {
            **({"title": ""} if field == "title" else {field.replace("supervisor", "supervisor_id"): None}),
            "status": status,
        }
        for field in activity.NEEDED_TO_SUBMIT
        for status in ("submitted", "returned", "verified")
    ],
    **{
        f"ck_{table}_says_why": [{"act": act, "reason": ""} for act in ("amend", "void")]
        for table in ("case_change", "activity_change")
    },
    "ck_role_check_keeping_says_why": [{"kept_at": START, "kept_reason": ""}],
    "ck_role_check_ended_at_some_time": [{"ended_at": None}, {"ended": None}],
    "ck_activity_review_return_says_why": [{"decision": "returned", "comment": ""}],
    "ck_granted_waiver_dates_order": [{"until": BEFORE}],
    "ck_granted_waiver_minimum_not_negative": [{"minimum": -1}],
    "ck_granted_waiver_says_why": [{"reason": ""}],
    "ck_signal_settlement_words_length": [{"words": "x" * 1001}],
    "ck_case_evaluation_comment_length": [{"comment": "x" * 2001}],
    "ck_restored_archive_head_not_negative": [{"head_seq": -1}],
    "ck_api_token_dates_order": [{"expires_at": START}],
    "ck_review_link_dates_order": [{"expires_at": START}],
    "ck_review_link_reason_when_ended": [{"ended_at": None}, {"ended_why": None}],
    "ck_outgoing_mail_attempts_not_negative": [{"attempts": -1}],
    "ck_outgoing_mail_outcome_when_ended": [{"ended_at": None}, {"outcome": None}],
    "ck_outgoing_mail_failure_says_why": [{"last_error": ""}],
}
# Rows on the edge of a check that must be let in.
GOOD: list[tuple[str, Row]] = [
    # What the index for counting must hold: as many codes as a case may name, each as long as a code may be.
    ("logged_case", {"activity": LONGEST[0], "procedures": LONGEST}),
    ("logged_case", {"cross_clamp_minutes": 120, "circulatory_arrest_minutes": 120}),
    ("logged_case", {"cpb_minutes": None}),
    ("logged_case", {"note": "é" * NOTE_MOST}),
    ("logged_case", dict.fromkeys(("case_date", "site_id", "activity", "role", "setting")) | {"status": "draft"}),
    ("case_review", {"decision": "verified", "comment": ""}),
    ("logged_activity", {field: "é" * most for field, most in activity.TEXT_FIELDS.items()}),
    (
        "logged_activity",
        dict.fromkeys(("date", "kind", "hours", "supervisor_id")) | {"title": "", "status": "draft"},
    ),
    ("activity_review", {"decision": "verified", "comment": ""}),
    ("case_change", {"act": "submit", "reason": ""}),
    ("role_check", dict.fromkeys(("ended", "ended_by", "ended_at", "agreed_role"))),
    ("role_check", {"kept_at": START, "kept_reason": "The whole run was mine."}),
    ("granted_waiver", {"until": DAY, "minimum": 0}),
    ("granted_waiver", {"until": None, "minimum": None, "entry_uid": None}),
    ("site", {"affiliated_until": DAY}),
    ("site", {"affiliated_from": None, "affiliated_until": None}),
    ("rotation", {"ends_on": DAY}),
    ("student", {"expected_graduation": None, "graduated_on": None}),
    ("program_number", {"number": 0}),
    ("audit_entry", {"actor_id": None}),
    ("person", {"account_id": None}),
]


def of_kind(table: sa.Table, *kinds: type[sa.Constraint]) -> list[sa.Constraint]:
    found = [constraint for constraint in table.constraints if isinstance(constraint, kinds)]
    return sorted(found, key=lambda constraint: str(constraint.name))


def having(*kinds: type[sa.Constraint]) -> pytest.MarkDecorator:
    """Run a test for each table that has such constraints."""
    found = [table for table in tables() if of_kind(table, *kinds)]
    return pytest.mark.parametrize("table", found, ids=lambda table: table.name)


def bad_rows(table: sa.Table, name: str) -> list[Row]:
    field = name.removeprefix(f"ck_{table.name}_").removesuffix("_code").removesuffix("_range")
    if name.endswith("_code"):
        return [{field: bad} for bad in ("nonsense", "", "Verified")]
    if name.endswith("_range"):
        least, most = RANGES[table.name][field]
        past = 1 if field in WHOLE_NUMBERS else 0.001
        free = NO_MINUTES if table.name == "logged_case" else {}
        return [free | {field: least - past}, free | {field: most + past}]
    return BAD.get(name, [])


def second(table: sa.Table) -> Row:
    """A valid row beside the one that is there already."""
    another = rows("third", 1) if table.name in ONE_OF_EACH_PROGRAM else rows("first", 2)
    return another[table.name]


def settle(table: sa.Table) -> None:
    """Two programs with a row in every table, and in the first whatever a second row of `table` refers to."""
    with transaction() as session:
        insert(session, rows("first", 1))
        insert(session, rows("second", 1))
        names = [t.name for t in tables()]
        if table.name in ONE_OF_EACH_PROGRAM and table.name != "program":
            insert(session, rows("third", 1), only=["program"])
        else:
            insert(session, rows("first", 2), only=names[: names.index(table.name)])


def add(table: sa.Table, row: Row) -> None:
    with transaction() as session:
        session.execute(sa.insert(table).values(**row))


def refused(table: sa.Table, row: Row) -> str:
    """The constraint by which the database refuses the row, as far as it says."""
    with pytest.raises(IntegrityError) as caught:
        add(table, row)
    original: Any = caught.value.orig
    diagnosis = getattr(original, "diag", None)
    return str(diagnosis.constraint_name if diagnosis else original)


def said(constraint: sa.Constraint, *, follows: bool = True) -> str:
    """How the database in use names a constraint: SQLite names checks, the columns of a key, and no reference.

    Of an entry that does not follow the last one of its program, the trail's trigger says so before anything else.
    """
    if getattr(constraint.table, "name", "") == "audit_entry" and not follows:
        return "audit_entry_follows" if db.engine.dialect.name == "postgresql" else "only grows"
    if db.engine.dialect.name == "postgresql" or isinstance(constraint, sa.CheckConstraint):
        return str(constraint.name)
    if isinstance(constraint, sa.ForeignKeyConstraint):
        return "FOREIGN KEY constraint failed"
    return f"UNIQUE constraint failed: {', '.join(str(column) for column in columns(constraint))}"


def columns(constraint: sa.Constraint) -> list[sa.Column[Any]]:
    assert isinstance(constraint, sa.PrimaryKeyConstraint | sa.UniqueConstraint | sa.ForeignKeyConstraint)
    return list(constraint.columns)


def test_each_table_has_a_row_to_test_with() -> None:
    assert set(rows("first", 1)) == {table.name for table in tables()}


def test_each_constraint_has_a_name_and_each_check_a_bad_row() -> None:
    assert [table.name for table in tables() if not all(constraint.name for constraint in table.constraints)] == []
    checks = {str(check.name): table for table in tables() for check in of_kind(table, sa.CheckConstraint)}
    assert [name for name, table in checks.items() if not bad_rows(table, name)] == []
    assert set(BAD) <= set(checks)


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)
def test_a_second_valid_row_is_let_in(app_context: Flask, table: sa.Table) -> None:
    """Otherwise a refusal below could have another reason than the one that is tested."""
    settle(table)
    add(table, second(table))


@having(sa.CheckConstraint)
def test_each_check_refuses_by_its_name(app_context: Flask, table: sa.Table) -> None:
    settle(table)
    for check in of_kind(table, sa.CheckConstraint):
        for changes in bad_rows(table, str(check.name)):
            assert said(check) in refused(table, second(table) | changes), changes


@pytest.mark.parametrize(("name", "changes"), GOOD, ids=[f"{name}-{'-'.join(row)}" for name, row in GOOD])
def test_a_row_on_the_edge_is_let_in(app_context: Flask, name: str, changes: Row) -> None:
    table = db.metadata.tables[name]
    settle(table)
    add(table, second(table) | changes)


@pytest.mark.parametrize("name", ["logged_activity", "logged_case"])
def test_numbers_at_their_limits_are_let_in_and_what_is_no_number_is_not(app_context: Flask, name: str) -> None:
    table = db.metadata.tables[name]
    free = NO_MINUTES if name == "logged_case" else {}
    (uid,) = (column.name for column in table.primary_key if column.name != "program_id")
    settle(table)
    for field, limits in RANGES[name].items():
        for limit in limits:
            add(table, second(table) | free | {uid: uuid.uuid4(), field: limit})
        if field not in INTEGER_FIELDS:
            assert f"ck_{name}_{field}_range" in refused(table, second(table) | {field: math.inf})


@having(sa.PrimaryKeyConstraint, sa.UniqueConstraint)
def test_what_is_there_once_is_refused_a_second_time(app_context: Flask, table: sa.Table) -> None:
    settle(table)
    first = rows("first", 1)[table.name]
    for key in of_kind(table, sa.PrimaryKeyConstraint, sa.UniqueConstraint):
        same = {column.name: first[column.name] for column in columns(key)}
        assert said(key, follows=False) in refused(table, second(table) | same), key.name


@having(sa.ForeignKeyConstraint)
def test_a_row_that_refers_to_nothing_is_refused(app_context: Flask, table: sa.Table) -> None:
    settle(table)
    for reference in of_kind(table, sa.ForeignKeyConstraint):
        nothing = {columns(reference)[-1].name: uuid.uuid4()}
        follows = "program_id" not in nothing
        assert said(reference, follows=follows) in refused(table, second(table) | nothing), reference.name


@having(sa.ForeignKeyConstraint)
def test_a_row_that_points_into_another_program_is_refused(app_context: Flask, table: sa.Table) -> None:
    settle(table)
    for reference in table.foreign_key_constraints:
        if len(reference.columns) > 1:
            target = reference.elements[-1].column
            foreign = rows("second", 1)[reference.referred_table.name][target.name]
            row = second(table) | {columns(reference)[-1].name: foreign}
            assert said(reference) in refused(table, row), reference.name


def test_only_accounts_and_counted_attempts_belong_to_no_program() -> None:
    without = {table.name for table in tables() if "program_id" not in table.columns}
    assert without == {"program", "account", "password_link", "sign_in_attempt"}
    for table in tables():
        for reference in table.foreign_key_constraints:
            if {table.name, reference.referred_table.name}.isdisjoint(without):
                assert "program_id" in reference.columns, f"{reference.name} could point into another program"
