"""A valid row for every table, as plain values: for what the database itself must accept, refuse, or carry along."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, time, timedelta
from typing import Any

import sqlalchemy as sa

from caselog.domain.settings import Settings
from caselog.extensions import db
from tests.support.cast import fixed_id
from tests.support.clock import START

Row = dict[str, Any]
ONE_OF_EACH_PROGRAM = ("program", "audit_head", "program_settings")
DAY = date(2026, 3, 2)
LATER = date(2027, 5, 31)
LATE = START + timedelta(days=14)


def rows(program: str, number: int) -> dict[str, Row]:
    """One row for each table, all of `program`; those of ONE_OF_EACH_PROGRAM come with number 1 only."""

    def an_id(kind: str) -> uuid.UUID:
        return fixed_id(f"{kind}.{number}.{program}.row")

    name = f"{program}-{number}"
    tenant = {"program_id": fixed_id(f"program.{program}.row")}
    everything: dict[str, Row] = {
        "program": {
            "id": tenant["program_id"], "code": program, "name": program, "timezone": "UTC", "is_demo": False,
            "created_at": START,
        },
        "account": {
            "id": an_id("account"), "email": f"{name}@rows.example", "password_hash": None, "created_at": START,
        },
        "password_link": {"token_hash": f"link {name}", "account_id": an_id("account"), "expires_at": START},
        "sign_in_attempt": {"id": an_id("attempt"), "subject": name, "at": START},
        "cohort": tenant | {"id": an_id("cohort"), "name": name, "starts_on": DAY, "graduates_on": LATER},
        "listed_code": tenant | {
            "list": "procedures", "code": name, "position": number, "label": name, "family": "valve",
            "retired": False,
        },
        "site": tenant | {
            "id": an_id("site"), "code": name, "name": name, "country": "US", "affiliated_from": DAY,
            "affiliated_until": LATER, "shared_code": "CCN 000001",
        },
        "person": tenant | {
            "id": an_id("person"), "account_id": an_id("account"), "name": name,
            "email": f"{name}@rows.example", "position": "student", "active": True,
        },
        "sign_in_session": tenant | {
            "token_hash": f"session {name}", "account_id": an_id("account"), "person_id": an_id("person"),
            "created_at": START, "last_seen_at": START,
        },
        "audit_entry": tenant | {
            "seq": number, "at": START, "actor_id": an_id("person"), "way": "account", "action": "row.add",
            "subject": name, "about_id": an_id("person"), "digests": "{}", "previous": "0", "hash": name,
        },
        "adoption": tenant | {
            "id": an_id("adoption"), "cohort_id": an_id("cohort"), "ruleset": "abcp-pbse", "edition": "2026",
            "adopted_on": DAY,
        },
        "program_number": tenant | {
            "id": an_id("number"), "ruleset": "accredited-minimums", "requirement": name, "number": 10,
            "set_by": an_id("person"), "set_on": DAY,
        },
        "preceptor_site": tenant | {"person_id": an_id("person"), "site_id": an_id("site")},
        "student": tenant | {
            "person_id": an_id("person"), "cohort_id": an_id("cohort"), "program_start": DAY,
            "expected_graduation": LATER, "graduated_on": LATER, "certified_on": LATER, "enrolled": True,
        },
        "attestation": tenant | {
            "id": an_id("attestation"), "student_id": an_id("person"), "attested": name, "by": "a registrar",
            "on": DAY, "recorded_by": an_id("person"),
        },
        "recorded_outcome": tenant | {
            "student_id": an_id("person"), "left_on": None, "left_why": None, "pbse": "passed_first",
            "pbse_passed_on": None, "cape": "passed_later", "cape_passed_on": LATER, "placement": "employed",
            "placed_on": None, "recorded_by": an_id("person"), "recorded_at": START,
        },
        "rotation": tenant | {
            "id": an_id("rotation"), "code": name, "student_id": an_id("person"), "site_id": an_id("site"),
            "starts_on": DAY, "ends_on": LATER,
        },
        "logged_case": tenant | {
            "case_uid": an_id("case"), "student_id": an_id("person"), "case_date": DAY,
            "start_time": time(7, 30), "site_id": an_id("site"), "rotation_id": an_id("rotation"),
            "preceptor_id": an_id("person"), "activity": "cpb", "procedures": ("cabg",), "role": "primary",
            "share_percent": 80, "setting": "clinical", "age_group": "adult", "urgency": "elective",
            "redo": False, "cpb_minutes": 120, "cross_clamp_minutes": 90, "circulatory_arrest_minutes": 10,
            "support_hours": 1.5, "lowest_temp_c": 32.5, "techniques": ("heparin",), "events": (), "note": "",
            "status": "submitted", "created_at": START, "changed_at": START, "version": 1,
            "import_id": an_id("import"),
        },
        "case_review": tenant | {
            "id": an_id("review"), "case_uid": an_id("case"), "reviewer_id": an_id("person"),
            "decision": "returned", "comment": "the clamp time?", "case_version": 1, "at": START,
            "content_hash": "a digest", "way": "account", "role": None, "check_id": None,
        },
        "case_change": tenant | {
            "id": an_id("case change"), "case_uid": an_id("case"), "actor_id": an_id("person"), "act": "amend",
            "reason": "typed wrong", "version_before": 1, "version_after": 2, "fields": "{}", "at": START,
        },
        "role_check": tenant | {
            "id": an_id("role check"), "case_uid": an_id("case"), "case_version": 1,
            "reviewer_id": an_id("person"), "claimed": "primary", "picked": "first_assistant", "way": "account",
            "at": START, "kept_reason": "", "kept_at": None, "ended": "agreed", "ended_by": an_id("person"),
            "ended_at": START, "agreed_role": "primary",
        },
        "logged_activity": tenant | {
            "activity_uid": an_id("activity"), "student_id": an_id("person"), "date": DAY, "kind": "didactic",
            "title": name, "hours": 1.5, "units": 2.0, "category": "I", "provider": "a society",
            "supervisor_id": an_id("person"), "status": "submitted", "created_at": START, "changed_at": START,
            "version": 1, "import_id": an_id("import"),
        },
        "activity_review": tenant | {
            "id": an_id("activity review"), "activity_uid": an_id("activity"), "reviewer_id": an_id("person"),
            "decision": "returned", "comment": "how many hours?", "activity_version": 1, "at": START,
            "content_hash": "a digest", "way": "account",
        },
        "activity_change": tenant | {
            "id": an_id("activity change"), "activity_uid": an_id("activity"), "actor_id": an_id("person"),
            "act": "amend", "reason": "typed wrong", "version_before": 1, "version_after": 2, "fields": "{}",
            "at": START,
        },
        "program_ruleset": tenant | {
            "id": an_id("ruleset"), "ruleset": name, "edition": "2026", "title": name, "text": "id = 1",
            "published": False, "written_by": an_id("person"), "changed_at": START,
        },
        "granted_waiver": tenant | {
            "id": an_id("waiver"), "student_id": an_id("person"), "ruleset": "abcp-pbse", "requirement": "transcript",
            "reason": "on file elsewhere", "granted_by": an_id("person"), "granted_on": DAY, "until": LATER,
            "minimum": 1, "entry_uid": an_id("case"),
        },
        "restored_archive": tenant | {
            "id": an_id("restored"), "student_id": an_id("person"), "sha256": "0" * 64, "code": name,
            "from_program": tenant["program_id"], "issued_at": START, "head_seq": 1, "head_hash": name, "trail": "[]",
            "restored_at": START,
        },
        "issued_export": tenant | {
            "id": an_id("export"), "code": f"CODE {name}", "use": "application", "format": "pdf",
            "student_id": an_id("person"), "cohort_id": None, "reason": "a program abroad", "dates": "day",
            "sites": "name", "cases": 3, "activities": 1, "issued_at": START, "issued_by": an_id("person"),
            "head_seq": 1, "head_hash": "0", "sha256": "a digest", "withdrawn_at": LATE,
            "withdrawn_why": "sent to the wrong place",
        },
        "export_policy": tenant | {
            "use": ("application", "board")[number % 2], "dates": "month", "sites": "pseudonym",
        },
        "job": tenant | {
            "id": an_id("job"), "person_id": an_id("person"), "kind": "packets", "subject": None,
            "state": "running", "done": 1, "total": 3, "outcome": "", "cancel_asked": False,
            "created_at": START, "beat_at": START,
        },
        "packet_batch": tenant | {
            "id": an_id("batch"), "person_id": an_id("person"), "cohort_id": an_id("cohort"),
            "job_id": an_id("job"), "use": "board", "begun_at": START,
        },
        "made_packet": tenant | {
            "batch_id": an_id("batch"), "student_id": an_id("person"), "made_at": START, "pdf": b"%PDF",
        },
        "signal_settlement": tenant | {
            "id": an_id("settlement"), "key": f"late-{number}", "digest": "0", "outcome": "explained", "words": "",
            "settled_by": an_id("person"), "settled_at": START,
        },
        "evaluation_form": tenant | {
            "id": an_id("form"), "name": name, "definition": "{}", "source": "", "source_read_on": DAY,
            "retired": False, "written_by": an_id("person"), "changed_at": START,
        },
        "rotation_evaluation": tenant | {"rotation_id": an_id("rotation"), "form_id": an_id("form")},
        "case_evaluation": tenant | {
            "id": an_id("evaluation"), "case_uid": an_id("case"), "case_version": 1, "form_id": an_id("form"),
            "side": "self", "given_by": an_id("person"), "scores": "{}", "lowest": 3, "comment": "", "at": START,
        },
        "review_link": tenant | {
            "id": an_id("link"), "reviewer_id": an_id("person"), "email_hash": name, "token_hash": f"review {name}",
            "waiting_since": START, "created_at": START, "expires_at": LATE, "ended_at": LATE, "ended_why": "used",
        },
        "review_link_entry": tenant | {
            "link_id": an_id("link"), "kind": "case", "uid": an_id("case"), "version": 1,
        },
        "outgoing_mail": tenant | {
            "id": an_id("mail"), "person_id": an_id("person"), "cause": "student", "asked_by": an_id("person"),
            "link_id": an_id("link"), "created_at": START, "due_at": START, "attempts": 1, "claimed_until": START,
            "ended_at": LATE, "outcome": "failed", "last_error": "no such address",
        },
        "log_import": tenant | {
            "id": an_id("import"), "student_id": an_id("person"), "imported_by": an_id("person"), "kind": "case",
            "format": "csv", "added": 1, "imported_at": START, "undone_at": LATE,
        },
        "import_memory": tenant | {
            "person_id": an_id("person"), "kind": "case", "said": name, "meaning": "case_date",
        },
        "api_token": tenant | {
            "id": an_id("token"), "person_id": an_id("person"), "name": name, "scopes": ("log:read",),
            "token_hash": f"api {name}", "created_at": START, "expires_at": LATE, "last_used_at": START,
        },
        "api_answer": tenant | {
            "person_id": an_id("person"), "key_hash": name, "request_hash": name, "answer": "[]", "at": START,
        },
        "audit_head": tenant | {"seq": number, "hash": name},
        "audit_salt": tenant | {"object": name, "salt": name},
        "program_settings": tenant | asdict(Settings()),
        "counting_stamp": tenant | {"student_id": an_id("gone"), "stamp": -number},
    }  # fmt: skip
    if number > 1:
        for table in ONE_OF_EACH_PROGRAM:
            del everything[table]
    return everything


def tables() -> list[sa.Table]:
    """Every table, the ones that others refer to first."""
    return list(db.metadata.sorted_tables)


def insert(connection: Any, some: Mapping[str, Row], *, only: Iterable[str] | None = None) -> None:
    """Insert rows in the order that their references ask for. `connection` is a connection or a session."""
    wanted = set(some if only is None else only)
    for table in tables():
        if table.name in wanted and table.name in some:
            connection.execute(sa.insert(table).values(**some[table.name]))
