"""What a student's case may refer to: the program's own, by the names that files use."""

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.case import Case
from caselog.domain.codes import CodeList
from caselog.extensions import db
from caselog.rules.codes import load_codes as seed
from caselog.services import program
from caselog.services.program import CodeDetails
from caselog.services.references import References, load_codes, load_references
from caselog.store.people import PreceptorSite
from caselog.store.session import transaction
from tests.support.cast import Cast
from tests.support.log import CASE, put_rotation

TODAY = date(2026, 11, 21)


@pytest.fixture
def references(app_context: Flask, cast: Cast) -> References:
    with transaction() as session:
        put_rotation(session, cast.student, cast.site, "fall")
        put_rotation(session, cast.other_student, cast.site, "ben-1")
        put_rotation(session, cast.outsider_student, cast.outsider_site, "south-1")
        session.add(
            PreceptorSite(program_id=cast.program.id, person_id=cast.preceptor.id, site_id=cast.other_site.id)
        )
    return load_references(db.session(), cast.program.id, cast.student.id)


def messages(references: References, **changes: object) -> dict[str, str]:
    case = replace(CASE, **changes)  # type: ignore[arg-type]  # the values are what the test says they are
    return {fault.field: fault.message for fault in references.faults(case, today=TODAY)}


def test_only_the_programs_sites_its_preceptors_and_the_students_rotations_are_known(
    references: References, cast: Cast
) -> None:
    assert set(references.sites) == {"harbor", "hill"}
    assert set(references.rotations) == {"fall"}
    assert {each.email: each.sites for each in references.preceptors.values()} == {
        cast.preceptor.email: {"harbor", "hill"},
        cast.other_preceptor.email: {"hill"},
    }


def test_a_whole_case_has_no_fault_and_becomes_columns(references: References, cast: Cast) -> None:
    case = replace(CASE, rotation="fall", site_country=None)
    assert references.faults(case, today=TODAY) == []
    columns = references.columns(case)
    assert (columns["site_id"], columns["preceptor_id"]) == (cast.site.id, cast.preceptor.id)
    assert columns["rotation_id"] == references.rotations["fall"].id
    assert (columns["cpb_minutes"], columns["procedures"]) == (124, ("aortic_valve", "cabg"))
    assert not {"site", "site_country", "rotation", "preceptor", "case_uid"} & set(columns)


def test_a_draft_that_refers_to_nothing_becomes_empty_columns(references: References) -> None:
    columns = references.columns(Case())
    assert (columns["site_id"], columns["rotation_id"], columns["preceptor_id"]) == (None, None, None)


def test_what_is_not_known_is_named_with_what_would_do(references: References, cast: Cast) -> None:
    assert (
        messages(references, site="valley")["site"] == "“valley” is not a code for site; use one of: harbor, hill."
    )
    for field, value in (("rotation", "ben-1"), ("rotation", "south-1"), ("preceptor", cast.director.email)):
        found = messages(references, **{field: value})
        assert found[field].startswith(f"“{value}” is not a code for {field}; use one of: ")


def test_where_there_is_nothing_to_choose_the_message_says_so(app_context: Flask, cast: Cast) -> None:
    found = load_references(db.session(), cast.program.id, cast.other_student.id)
    assert messages(found, rotation="fall") == {
        "rotation": "There is no rotation to choose yet; ask the program director to add one, or leave it empty."
    }


def test_a_country_that_is_not_the_sites_is_a_fault(references: References) -> None:
    assert messages(references, site_country="CA") == {"site_country": "harbor is in US, not CA; leave it empty."}


def test_a_draft_and_a_void_case_need_not_be_whole_and_all_others_must(references: References) -> None:
    for status in ("draft", "void"):
        assert messages(references, urgency=None, status=status) == {}
    for status in ("submitted", "returned", "verified"):
        assert set(messages(references, urgency=None, status=status)) == {"urgency"}


def test_a_program_has_code_lists_of_its_own(app_context: Flask, cast: Cast) -> None:
    added = CodeDetails(CodeList.PROCEDURES, "ross_procedure", "Ross procedure", "valve")
    program.add_code(cast.director.actor, added)
    program.retire_code(cast.director.actor, CodeList.EVENTS, "other_event", retired=True)
    own, theirs = (load_codes(db.session(), house.id) for house in (cast.program, cast.outsider_program))
    assert own.family_of(CodeList.PROCEDURES, "ross_procedure") == "valve"
    assert tuple(own.codes(CodeList.PROCEDURES))[-1] == "ross_procedure"
    assert own.codes(CodeList.EVENTS)["other_event"].retired
    for name in CodeList:
        assert theirs.codes(name) == seed().codes(name)


def test_a_preceptor_without_a_site_cannot_be_named(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        session.execute(sa.delete(PreceptorSite).where(PreceptorSite.person_id == cast.preceptor.id))
    assert set(load_references(db.session(), cast.program.id, cast.student.id).preceptors) == {
        cast.other_preceptor.email
    }
