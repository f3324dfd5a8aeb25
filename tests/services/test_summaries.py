"""No number outlives what it was counted from, whichever door the change came through."""

import threading
import uuid
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.conditions import ACTIVITY_FIELDS, CASE_FIELDS, STUDENT_FIELDS
from caselog.domain.result import Evaluation
from caselog.domain.ruleset import RuleSet
from caselog.extensions import db
from caselog.rules.loader import loads
from caselog.services import cohort_standing, progress, review, summaries
from caselog.services.cohort_tally import tally_cohort
from caselog.services.review import Decision
from caselog.store.people import Student
from caselog.store.session import end_request, reading, start_request, transaction
from caselog.store.stamps import Stamps, read_stamps
from tests.support.cast import Cast, fixed_id
from tests.support.log import put_case
from tests.support.rows import DAY, LATER, Row, insert, rows, tables

AS_OF = date(2027, 3, 2)
PROGRAM = fixed_id("program.kept.row")
STUDENT = fixed_id("person.1.kept.row")

# Columns of the tables that a count reads, and to what they are changed. None of them is left out.
CHANGES: dict[str, Row] = {
    "logged_case": {
        "case_date": LATER, "site_id": fixed_id("site.2.kept.row"), "rotation_id": None,
        "preceptor_id": fixed_id("person.2.kept.row"), "activity": "vad", "procedures": ("mitral_valve",),
        "role": "observed", "share_percent": 20, "setting": "simulation", "age_group": "infant",
        "urgency": "salvage", "redo": True, "cpb_minutes": 300, "cross_clamp_minutes": 5,
        "circulatory_arrest_minutes": 5, "support_hours": 0.5, "lowest_temp_c": 18.0, "techniques": (),
        "events": ("vasoplegia",), "status": "verified", "student_id": fixed_id("person.2.kept.row"),
        "case_uid": uuid.uuid4(),
    },
    "logged_activity": {
        "date": LATER, "kind": "course", "hours": 9.0, "units": 9.0, "category": "II", "provider": "another",
        "supervisor_id": fixed_id("person.2.kept.row"), "status": "verified",
        "student_id": fixed_id("person.2.kept.row"), "activity_uid": uuid.uuid4(), "title": "Another",
    },
    "student": {
        "program_start": date(2026, 4, 4), "expected_graduation": None, "graduated_on": None, "certified_on": None,
        "enrolled": False,
    },
    "attestation": {
        "attested": "another", "by": "somebody else", "on": date(2026, 4, 4),
        "student_id": fixed_id("person.2.kept.row"),
    },
    "granted_waiver": {
        "ruleset": "nothing", "requirement": "other", "reason": "another", "granted_on": date(2026, 4, 4),
        "granted_by": fixed_id("person.2.kept.row"), "until": DAY, "minimum": 0, "entry_uid": None,
        "student_id": fixed_id("person.2.kept.row"),
    },
    "rotation": {"code": "another"},
    "site": {
        "code": "another", "country": "DE", "affiliated_from": date(2027, 1, 1), "affiliated_until": DAY,
    },
    "person": {"name": "Another Name", "email": "another@rows.example"},
    "listed_code": {"list": "techniques", "code": "another", "family": "another", "retired": True},
    "program_number": {"ruleset": "another", "requirement": "another", "number": 3},
}  # fmt: skip
# What stands in those tables and no count reads.
UNREAD: dict[str, set[str]] = {
    "logged_case": {"start_time", "note", "created_at", "changed_at", "version", "import_id"},
    "logged_activity": {"created_at", "changed_at", "version", "import_id"},
    "student": {"person_id", "cohort_id"},  # whose rows are read is the caller's to say
    "attestation": {"id", "recorded_by"},
    "granted_waiver": {"id"},
    "rotation": {"id", "student_id", "site_id", "starts_on", "ends_on"},
    "site": {"id", "name", "shared_code"},
    "person": {"id", "account_id", "position", "active"},
    "listed_code": {"position", "label"},
    "program_number": {"id", "set_by", "set_on"},
}
# What rules and what is adopted comes with the question; the other tables hold nothing that is counted.
ASKED_WITH = {"adoption", "cohort", "program", "program_ruleset"}
NOT_COUNTED = {
    "account", "activity_change", "activity_review", "api_answer", "api_token", "audit_entry", "audit_head",
    "audit_salt", "case_change",
    "case_evaluation", "case_review", "counting_stamp", "evaluation_form", "export_policy",
    "import_memory", "issued_export", "job", "log_import", "made_packet", "outgoing_mail",
    "packet_batch", "password_link", "preceptor_site",
    "program_settings", "recorded_outcome", "restored_archive", "review_link", "review_link_entry",
    "role_check",
    "rotation_evaluation", "sign_in_attempt", "sign_in_session", "signal_settlement",
}  # fmt: skip
EACH_CHANGE = [(table, column) for table, columns in CHANGES.items() for column in columns]

# A rule for each field, true of the rows as they stand in tests/support/rows.py and false once they are changed.
TRUE: dict[str, str] = {
    "case_date": "{ until = 2026-12-31 }", "site": '"kept-1"', "site_country": '"US"', "rotation": '"kept-1"',
    "site_affiliated": "true", "preceptor": '"kept-1@rows.example"', "activity": '"cpb"', "procedures": '"cabg"',
    "role": '"primary"', "share_percent": "{ at_least = 80 }", "setting": '"clinical"', "age_group": '"adult"',
    "urgency": '"elective"', "redo": "false", "cpb_minutes": "{ at_most = 120 }",
    "cross_clamp_minutes": "{ at_least = 90 }", "circulatory_arrest_minutes": "{ at_least = 10 }",
    "support_hours": "{ at_least = 1 }", "lowest_temp_c": "{ at_least = 30 }", "techniques": '"heparin"',
    "events": "{ given = false }",
}  # fmt: skip
TRUE_OF_ACTIVITY: dict[str, str] = {
    "date": "{ until = 2026-12-31 }", "kind": '"didactic"', "hours": "{ at_most = 2 }", "units": "{ at_most = 2 }",
    "category": '"I"', "provider": '"a society"', "supervisor": '"kept-1@rows.example"',
}  # fmt: skip
TRUE_OF_STUDENT: dict[str, str] = {
    "program_start": "{ until = 2026-03-31 }", "expected_graduation": "{ given = true }",
    "graduated_on": "{ given = true }", "certified_on": "{ given = true }", "enrolled": "true",
}  # fmt: skip


def requirement(name: str, rest: str) -> str:
    return f'[[requirement]]\nid = "{name}"\ntitle = "{name}"\nsays = "{name}"\nsource = "book"\n{rest}\n'


def rules() -> RuleSet:
    """One requirement for each field that a rule can read, a number of the program's, a document, and a waiver."""
    dashed = {name: name.replace("_", "-") for name in (*TRUE, *TRUE_OF_ACTIVITY, *TRUE_OF_STUDENT)}
    text = """
        id = "kept"
        title = "Kept"
        edition = "1"
        about = "Every field by itself."
        eligible = { setting = { given = true } }
        [sources.book]
        title = "A book"
        address = "board.example/book"
        read = 2026-11-21
    """.replace("        ", "")
    for name, is_true in TRUE.items():
        text += requirement(f"case-{dashed[name]}", f"where = {{ {name} = {is_true} }}\nminimum = 1")
    text += requirement("family", 'where = { procedures = { family = "valve" } }\nminimum = "program"')
    for name, is_true in TRUE_OF_ACTIVITY.items():
        text += requirement(
            f"activity-{dashed[name]}", f'kind = "activities"\nwhere = {{ {name} = {is_true} }}\nminimum = 1'
        )
    for name, is_true in TRUE_OF_STUDENT.items():
        text += requirement(f"student-{dashed[name]}", f'kind = "student"\nwhere = {{ {name} = {is_true} }}')
    text += requirement("paper", 'kind = "attestation"')
    return loads(text, "kept.toml")


RULES = rules()
# Changes that a count reads but that do not alter this one: they must move the stamps all the same.
SAME = {
    ("logged_case", "case_uid"), ("logged_activity", "activity_uid"), ("logged_activity", "title"),
    ("site", "affiliated_until"), ("listed_code", "retired"),
}  # fmt: skip


@pytest.fixture
def kept(app_context: Flask) -> Iterator[None]:
    """A program with two students, of whom the first has one of everything."""
    with transaction() as session:
        for number in (1, 2):
            some = rows("kept", number)
            some["logged_case"]["procedures"] = ("cabg", "kept-1")
            some["student"] |= {"graduated_on": date(2026, 9, 1), "certified_on": date(2026, 9, 2)}
            some["attestation"]["attested"] = "paper" if number == 1 else "other"
            some["granted_waiver"] |= {"ruleset": "kept", "requirement": "paper"}
            some["program_number"] |= {"ruleset": "kept", "requirement": "family" if number == 1 else "none"}
            insert(session, some, only=some.keys() - OF_ENTRIES)
    forget()
    yield
    forget()


# What refers to an entry, so that the entry could not be taken out or be given another identifier.
OF_ENTRIES = {"case_review", "activity_review", "case_change", "activity_change", "role_check", "case_evaluation"}


def forget() -> None:
    progress.SUMMARIES.clear()
    progress.SHARED.clear()


def look() -> dict[uuid.UUID, list[Evaluation]]:
    with reading() as session:
        students = list(session.scalars(sa.select(Student).where(Student.program_id == PROGRAM)))
        return progress.cohort_evaluations(session, PROGRAM, students, (RULES,), AS_OF)


def cold() -> dict[uuid.UUID, list[Evaluation]]:
    forget()
    return look()


def stamps() -> Stamps:
    with reading() as session:
        return read_stamps(session, PROGRAM, [STUDENT])


def change(table: str, column: str, value: Any) -> None:
    """Change the first row of the program by SQL, as somebody might by hand."""
    made = db.metadata.tables[table]
    first = rows("kept", 1)[table]
    where = [key == first[key.name] for key in made.primary_key]
    with transaction() as session:
        assert session.connection().execute(sa.update(made).where(*where).values({column: value})).rowcount == 1


def test_each_column_of_each_table_is_listed_as_read_or_not() -> None:
    assert {table.name for table in tables()} == CHANGES.keys() | ASKED_WITH | NOT_COUNTED
    for name, columns in CHANGES.items():
        assert {column.name for column in db.metadata.tables[name].columns} == (
            columns.keys() | UNREAD[name] | {"program_id"}
        ), name


def test_each_field_that_a_rule_can_read_has_its_rule() -> None:
    assert TRUE.keys() == CASE_FIELDS.keys()
    assert TRUE_OF_ACTIVITY.keys() == ACTIVITY_FIELDS.keys()
    assert TRUE_OF_STUDENT.keys() == STUDENT_FIELDS.keys()


def test_every_rule_is_met_or_pending_before_anything_changes(kept: None) -> None:
    """Otherwise a change could go unseen."""
    (evaluation,) = look()[STUDENT]
    assert [each.requirement.id for each in evaluation.requirements if not each.counted + each.pending] == []


@pytest.mark.parametrize(("table", "column"), EACH_CHANGE)
def test_no_number_survives_a_change_of_what_it_was_counted_from(kept: None, table: str, column: str) -> None:
    before, stamped = look(), stamps()
    assert look() == before
    change(table, column, CHANGES[table][column])
    after, moved = look(), stamps()
    assert after == cold()
    assert moved != stamped
    assert (after == before) is ((table, column) in SAME)


def test_nobody_is_counted_again_without_a_change(kept: None, monkeypatch: pytest.MonkeyPatch) -> None:
    before = look()
    monkeypatch.setattr("caselog.services.progress.tally_cohort", None)
    assert look() == before


def test_only_the_student_concerned_is_counted_again(kept: None, monkeypatch: pytest.MonkeyPatch) -> None:
    look()
    counted: list[uuid.UUID] = []

    def watched(session: Any, program_id: uuid.UUID, engines: Any, known: Any) -> Any:
        counted.extend(known.facts)
        return tally_cohort(session, program_id, engines, known)

    monkeypatch.setattr("caselog.services.progress.tally_cohort", watched)
    change("logged_case", "role", "observed")
    look()
    assert counted == [STUDENT]


def test_an_entry_that_is_added_or_removed_counts_at_once(kept: None) -> None:
    look()
    for table in ("logged_case", "logged_activity", "granted_waiver", "attestation"):
        made, first = db.metadata.tables[table], rows("kept", 1)[table]
        where = [key == first[key.name] for key in made.primary_key]
        with transaction() as session:
            row = dict(session.connection().execute(sa.select(made).where(*where)).mappings().one())
            session.connection().execute(sa.delete(made).where(*where))
        without = look()
        assert without == cold()
        with transaction() as session:
            session.connection().execute(sa.insert(made).values(row))
        assert look() != without
        assert look() == cold()


def test_a_student_who_is_made_again_does_not_get_the_old_numbers(kept: None) -> None:
    third = rows("kept", 3)
    with transaction() as session:
        insert(session, third, only=("account", "cohort", "person", "student"))
    before = look()
    made = db.metadata.tables["student"]
    with transaction() as session:
        session.execute(sa.delete(made).where(made.c.person_id == third["student"]["person_id"]))
        session.execute(sa.insert(made).values(**third["student"] | {"enrolled": False}))
    assert look() != before
    assert look() == cold()


def test_a_look_during_a_write_keeps_the_old_number_until_it_is_committed(kept: None, app_context: Flask) -> None:
    before = look()
    written, looked = threading.Event(), threading.Event()

    def write() -> None:
        with app_context.app_context(), transaction() as session:
            session.execute(sa.update(db.metadata.tables["logged_case"]).values(role="observed"))
            written.set()
            looked.wait(30)

    writer = threading.Thread(target=write)
    writer.start()
    assert written.wait(30)
    during = look()
    forget()
    assert look() == during == before
    looked.set()
    writer.join()
    assert look() != before
    assert look() == cold()


def test_what_a_write_sees_of_itself_is_not_kept(kept: None) -> None:
    before = look()

    def write_look_and_fail() -> None:
        with transaction() as session:
            session.execute(sa.update(db.metadata.tables["logged_case"]).values(role="observed"))
            students = list(session.scalars(sa.select(Student).where(Student.program_id == PROGRAM)))
            assert progress.cohort_evaluations(session, PROGRAM, students, (RULES,), AS_OF) != before
            raise LookupError

    start_request(writes=True)
    with pytest.raises(LookupError):
        write_look_and_fail()
    end_request()
    assert look() == before == cold()


def test_a_case_verified_on_its_page_counts_in_the_next_table(app_context: Flask, cast: Cast) -> None:
    def counted() -> Fraction:
        table = cohort_standing.cohort_table(cast.director.actor, cast.program.cohort_id)
        (row,) = (row for row in table.rows if row.student_id == cast.student.id)
        return sum((each.counted for each in row.results), Fraction(0))

    with transaction() as session:
        case = put_case(session, status="submitted", procedures=("aortic_valve",))
    none_yet = counted()
    review.decide(cast.preceptor.actor, Decision(case, verified=True, comment="", version=1, role="primary"))
    end_request()
    assert counted() > none_yet


def test_the_longest_unused_go_when_it_becomes_too_much(kept: None) -> None:
    evaluations = look()[STUDENT]
    size = len(evaluations[0].requirements)
    memory = summaries.Summaries(2 * size)
    keys = [(uuid.uuid4(), ()) for _ in range(3)]
    for key in keys:
        memory.keep(key, Stamps(1, {STUDENT: 2}), {STUDENT: evaluations})
    assert [bool(memory.recall(key, Stamps(1, {STUDENT: 2}), [STUDENT])) for key in keys] == [False, True, True]


@pytest.mark.parametrize("without", [Stamps(None, {STUDENT: 2}), Stamps(1, {})])
def test_nothing_is_kept_without_both_stamps(without: Stamps) -> None:
    memory = summaries.Summaries()
    key = (PROGRAM, ())
    memory.keep(key, without, {STUDENT: []})
    assert memory.recall(key, without, [STUDENT]) == {}
