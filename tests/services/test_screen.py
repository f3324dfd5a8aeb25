"""The screen at the door of the store: no service, import or page stores what may identify somebody."""

import uuid
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.case import Case
from caselog.domain.settings import Settings
from caselog.extensions import db
from caselog.services import people, review
from caselog.services.activity_entry import log_activity
from caselog.services.actor import RefusedError
from caselog.services.case_entry import change_case, log_case, references_of
from caselog.services.confirming import confirm_texts
from caselog.services.entry import FaultsError
from caselog.services.people import AttestedDocument
from caselog.services.review import Decision
from caselog.services.screen import SCREENED, SWITCHED_OFF, IdentifiersError
from caselog.services.settings import change_settings
from caselog.store.audit import AuditEntry
from caselog.store.base import Model
from caselog.store.cases import LoggedCase
from caselog.store.session import transaction
from tests.support.activities import ACTIVITY
from tests.support.cast import STARTS_ON, Cast
from tests.support.log import CASE, put_case

STRONG = "MRN 4471902, long wean"
WEAK = "Dr. Jones wanted it colder"
# Texts that nobody types into, or that are no text at all: codes, hashes, identifiers, words of ours.
EXEMPT_TABLES = frozenset(
    {
        "account", "audit_entry", "audit_head", "audit_salt", "counting_stamp", "password_link", "sign_in_attempt",
        "sign_in_session", "api_answer", "alembic_version", "outgoing_mail", "review_link", "program_settings",
        "export_policy", "import_memory", "job", "restored_archive",
    }
)  # fmt: skip
EXEMPT_COLUMNS = {
    "code": "a code of letters and digits, checked as one",
    "list": "which list a code is in",
    "family": "a code",
    "email": "how somebody of the program is reached",
    "position": "one of three",
    "left_why": "a closed list", "pbse": "a closed list", "cape": "a closed list", "placement": "a closed list",
    "country": "two letters",
    "timezone": "an IANA name, set by the operator",
    "ruleset": "an identifier",
    "edition": "an identifier",
    "requirement": "an identifier",
    "attested": "an identifier",
    "text": "a rule set, read as TOML by a strict loader",
    "kind": "a closed list", "status": "a closed list", "decision": "a closed list", "activity": "a listed code",
    "role": "a closed list", "setting": "a closed list", "age_group": "a closed list", "urgency": "a closed list",
    "procedures": "listed codes", "techniques": "listed codes", "events": "listed codes",
    "claimed": "a closed list", "picked": "a closed list", "way": "a closed list", "act": "a closed list",
    "outcome": "a closed list", "side": "a closed list", "key": "an identifier", "digest": "a hash",
    "content_hash": "a hash", "shared_code": "a code", "scores": "numbers", "definition": "numbers and words of a form",
    "use": "a closed list", "format": "a closed list", "dates": "a closed list", "sites": "a closed list",
    "sha256": "a hash", "head_hash": "a hash", "source": "where a form was published",
    "token_hash": "a hash", "scopes": "a closed list",
    "state": "a closed list", "trail": "acts as the chain of another program had them",
    "said": "a hash",
    "meaning": "a field's name, or codes of a list",
    "agreed_role": "a closed list", "ended": "a closed list", "fields": "what was screened in the row it is about",
}  # fmt: skip


def a_case(note: str) -> Case:
    return replace(CASE, case_uid=str(uuid.uuid4()), note=note)


def stored_notes() -> list[str]:
    return list(db.session.scalars(sa.select(LoggedCase.note)))


def actions() -> list[tuple[str, str]]:
    return [
        (each.action, each.subject) for each in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.seq))
    ]


def test_every_text_that_is_stored_is_screened_or_exempt_for_a_reason() -> None:
    texts = {
        f"{table.name}.{column.name}"
        for table in Model.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.String) and table.name not in EXEMPT_TABLES
    }
    undecided = {each for each in texts if each.partition(".")[2] not in SCREENED.keys() | EXEMPT_COLUMNS.keys()}
    assert undecided == set(), "screen these in services/screen.py, or say here why not"


def test_a_case_whose_note_points_to_a_patient_is_refused_at_its_field_and_nothing_is_stored(
    app_context: Flask, cast: Cast
) -> None:
    with pytest.raises(IdentifiersError) as refused:
        log_case(cast.student.actor, a_case(STRONG), submit=True)
    assert [(fault.field, "record number" in fault.message) for fault in refused.value.faults] == [("note", True)]
    assert "4471902" not in str(refused.value)
    assert stored_notes() == []


def test_a_change_and_an_activity_are_screened_too(app_context: Flask, cast: Cast) -> None:
    case = a_case("Kept it even.")
    log_case(cast.student.actor, case, submit=False)
    with pytest.raises(FaultsError):
        change_case(cast.student.actor, replace(case, note=STRONG), version=1, submit=False)
    with pytest.raises(FaultsError):
        log_activity(
            cast.student.actor, replace(ACTIVITY, activity_uid=str(uuid.uuid4()), title=STRONG), submit=False
        )
    assert stored_notes() == ["Kept it even."]


def test_a_comment_to_a_student_is_screened(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        uid = put_case(session, status="submitted")
    with pytest.raises(RefusedError, match="record number"):
        review.decide(cast.preceptor.actor, Decision(uid, verified=False, comment=STRONG, version=1))


def test_a_doubtful_text_is_stored_once_it_is_confirmed_and_that_is_on_record_without_it(
    app_context: Flask, cast: Cast
) -> None:
    case = a_case(WEAK)
    with pytest.raises(IdentifiersError, match="confirm that it names no patient"):
        log_case(cast.student.actor, case, submit=False)
    confirm_texts()
    log_case(cast.student.actor, case, submit=False)
    assert stored_notes() == [WEAK]
    assert actions()[-2:] == [("case.draft", case.case_uid), ("text.confirm", f"{case.case_uid} name")]


def test_a_confirmation_lets_no_record_number_through(app_context: Flask, cast: Cast) -> None:
    confirm_texts()
    with pytest.raises(IdentifiersError):
        log_case(cast.student.actor, a_case(STRONG), submit=False)
    assert stored_notes() == []


def test_a_text_that_stands_is_not_asked_about_again(app_context: Flask, cast: Cast) -> None:
    case = a_case(WEAK)
    confirm_texts()
    log_case(cast.student.actor, case, submit=False)
    confirm_texts(confirmed=False)
    change_case(cast.student.actor, replace(case, cpb_minutes=130), version=1, submit=True)


def test_names_may_stand_where_names_belong_but_no_record_number(app_context: Flask, cast: Cast) -> None:
    people.attest(
        cast.director.actor, cast.student.id, AttestedDocument("transcript", "Dr. Maria Jones", STARTS_ON)
    )
    with pytest.raises(RefusedError):
        people.attest(cast.director.actor, cast.student.id, AttestedDocument("transcript", STRONG, STARTS_ON))


def test_a_program_without_free_text_takes_no_notes(app_context: Flask, cast: Cast) -> None:
    case = a_case("Kept it even.")
    log_case(cast.student.actor, case, submit=False)
    change_settings(cast.director.actor, Settings(free_text=False))
    assert not references_of(cast.student.actor).free_text
    with pytest.raises(IdentifiersError, match=SWITCHED_OFF[:20]):
        log_case(cast.student.actor, a_case("A harmless note."), submit=False)
    log_case(cast.student.actor, a_case(""), submit=False)
    change_case(cast.student.actor, replace(case, cpb_minutes=130), version=1, submit=False)  # its note stays
    assert sorted(stored_notes()) == ["", "Kept it even."]
