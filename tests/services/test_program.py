"""What a director keeps in order: sites, cohorts, numbers and codes of their own program."""

import uuid
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.codes import CodeList
from caselog.extensions import db
from caselog.services import program
from caselog.services.actor import NotFoundError, RefusedError
from caselog.services.program import CodeDetails, CohortDetails, SiteDetails
from caselog.store.programs import Adoption, ProgramNumber
from tests.support.cast import Cast
from tests.support.trail import actions

SITE = SiteDetails(
    code="lake", name="Lake Test Hospital", country="CA", affiliated_from=date(2026, 1, 1), affiliated_until=None
)
COHORT = CohortDetails(
    name="Class of 2028", starts_on=date(2026, 9, 1), graduates_on=date(2028, 5, 31),
    editions={"abcp-pbse": "2026-11"},
)  # fmt: skip
CODE = CodeDetails(CodeList.PROCEDURES, "ross_procedure", "Ross procedure", "valve")


def trail() -> list[str]:
    return actions()


def test_a_site_is_added_and_changed_and_keeps_its_code(app_context: Flask, cast: Cast) -> None:
    program.save_site(cast.director.actor, SITE)
    changed = replace(SITE, code="other", name="Lakeside", country="US", affiliated_until=date(2026, 12, 31))
    program.save_site(cast.director.actor, changed, changing="lake")
    row = program.site(cast.director.actor, "lake")
    assert (row.code, row.name, row.country, row.affiliated_from, row.affiliated_until) == (
        "lake", "Lakeside", "US", date(2026, 1, 1), date(2026, 12, 31),
    )  # fmt: skip
    assert [site.name for site in program.sites(cast.director.actor)] == [
        "Harbor Test Hospital", "Hill Test Hospital", "Lakeside",
    ]  # fmt: skip
    assert trail() == ["site.add", "site.change"]


def test_a_code_of_a_site_is_taken_once_in_a_program_and_free_in_another(app_context: Flask, cast: Cast) -> None:
    with pytest.raises(RefusedError, match="a site with the code “harbor” already"):
        program.save_site(cast.director.actor, replace(SITE, code="harbor"))
    program.save_site(cast.outsider_director.actor, replace(SITE, code="harbor"))
    assert program.site(cast.director.actor, "harbor").name == "Harbor Test Hospital"


def test_a_site_of_another_program_is_not_there(app_context: Flask, cast: Cast) -> None:
    for code in ("valley", "nowhere"):
        with pytest.raises(NotFoundError):
            program.site(cast.director.actor, code)
        with pytest.raises(NotFoundError):
            program.save_site(cast.director.actor, SITE, changing=code)
    assert program.site(cast.outsider_director.actor, "valley").name == "Valley Test Hospital"


def test_a_cohort_keeps_its_editions_until_its_director_moves_it(app_context: Flask, cast: Cast) -> None:
    uid = program.save_cohort(cast.director.actor, COHORT)
    row, editions = program.cohort(cast.director.actor, uid)
    assert (row.name, row.starts_on, row.graduates_on, editions) == (
        COHORT.name, COHORT.starts_on, COHORT.graduates_on, COHORT.editions,
    )  # fmt: skip
    of_cohort = sa.select(Adoption.id).where(Adoption.cohort_id == uid)
    adopted = db.session.scalars(of_cohort).one()
    program.save_cohort(cast.director.actor, replace(COHORT, name="Class of 28"), changing=uid)
    assert db.session.scalars(of_cohort).one() == adopted
    moved = replace(COHORT, editions={"accredited-minimums": "2026-11"})
    assert program.save_cohort(cast.director.actor, moved, changing=uid) == uid
    assert program.cohort(cast.director.actor, uid)[1] == moved.editions
    assert trail() == [
        "edition.adopt", "cohort.add", "cohort.change", "edition.leave", "edition.adopt", "cohort.change",
    ]  # fmt: skip


def test_a_cohorts_name_is_its_own_in_the_program(app_context: Flask, cast: Cast) -> None:
    with pytest.raises(RefusedError, match="a cohort “Class of 2027” already"):
        program.save_cohort(cast.director.actor, replace(COHORT, name="Class of 2027"))
    uid = program.save_cohort(cast.director.actor, COHORT)
    with pytest.raises(RefusedError, match="already"):
        program.save_cohort(cast.director.actor, replace(COHORT, name="Class of 2027"), changing=uid)
    program.save_cohort(cast.director.actor, COHORT, changing=uid)
    program.save_cohort(cast.outsider_director.actor, COHORT)


def test_a_cohort_of_another_program_is_not_there(app_context: Flask, cast: Cast) -> None:
    for uid in (cast.outsider_program.cohort_id, uuid.uuid4()):
        with pytest.raises(NotFoundError):
            program.cohort(cast.director.actor, uid)
        with pytest.raises(NotFoundError):
            program.save_cohort(cast.director.actor, COHORT, changing=uid)
    assert trail() == []


def test_a_number_is_unset_then_set_then_changed_then_cleared(app_context: Flask, cast: Cast) -> None:
    def in_force(ruleset: str = "accredited-minimums", key: str = "pediatric") -> int | float | None:
        (found,) = [
            each
            for each in program.settable_numbers(cast.director.actor)
            if (each.ruleset.id, each.number.key) == (ruleset, key)
        ]
        return found.in_force

    before = {
        ("accredited-minimums", "pediatric"): None,
        ("accredited-minimums", "emergency"): None,
        ("accredited-minimums", "complex"): None,
        ("abcp-pbse", "ecmo-or-vad"): 5,
        ("abcp-pbse", "clinical-perfusions.ecmo-or-vad"): None,
    }
    assert {number: in_force(*number) for number in before} == before
    for number, expected in ((10, 10), (12, 12), (0, 0), (None, None), (None, None)):
        program.set_number(cast.director.actor, "accredited-minimums", "pediatric", number)
        assert in_force() == expected
    program.set_number(cast.director.actor, "abcp-pbse", "ecmo-or-vad", 8)
    assert in_force("abcp-pbse", "ecmo-or-vad") == 8
    program.set_number(cast.director.actor, "abcp-pbse", "ecmo-or-vad", None)
    assert in_force("abcp-pbse", "ecmo-or-vad") == 5
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ProgramNumber)) == 0
    assert set(trail()) == {"number.set"}


def test_a_number_is_on_record_with_who_set_it_and_when(app_context: Flask, cast: Cast) -> None:
    program.set_number(cast.director.actor, "accredited-minimums", "complex", 6)
    row = db.session.scalars(sa.select(ProgramNumber)).one()
    assert (row.program_id, row.number, row.set_by, row.set_on) == (
        cast.program.id, 6, cast.director.id, date(2026, 11, 21),
    )  # fmt: skip


def test_a_number_that_is_not_the_programs_to_set_is_not_there(app_context: Flask, cast: Cast) -> None:
    for ruleset, key in (
        ("accredited-minimums", "open-heart"), ("accredited-minimums", ""), ("", "pediatric"),
        ("abcp-pbse", "pediatric"), ("nobody", "nothing"),
    ):  # fmt: skip
        with pytest.raises(NotFoundError):
            program.set_number(cast.director.actor, ruleset, key, 1)
    assert trail() == []


def test_a_code_is_added_at_the_end_of_its_list_retired_and_offered_again(app_context: Flask, cast: Cast) -> None:
    actor = cast.director.actor
    program.add_code(actor, CODE)
    assert list(program.code_book(actor).codes(CodeList.PROCEDURES))[-1] == "ross_procedure"
    for retired in (True, False):
        program.retire_code(actor, CodeList.PROCEDURES, "ross_procedure", retired=retired)
        book = program.code_book(actor)
        assert book.codes(CodeList.PROCEDURES)["ross_procedure"].retired == retired
        assert ("ross_procedure" in book.offered("procedures")) != retired
        assert book.knows("procedures", "ross_procedure")
    assert not program.code_book(cast.outsider_director.actor).knows("procedures", "ross_procedure")
    assert trail() == ["code.add", "code.retire", "code.restore"]


def test_a_code_is_in_a_list_once_and_is_spelled_as_files_need_it(app_context: Flask, cast: Cast) -> None:
    with pytest.raises(RefusedError, match="“cabg” is in the list already"):
        program.add_code(cast.director.actor, replace(CODE, code="cabg"))
    for wrong in ("Ross", "ross procedure", "ross;cabg", "1st", "", "ross-procedure", "r" * 41, "röss"):
        for details in (replace(CODE, code=wrong), replace(CODE, family=wrong)):
            with pytest.raises(RefusedError, match="small letters, digits and underscores"):
                program.add_code(cast.director.actor, details)
    program.add_code(cast.director.actor, replace(CODE, list=CodeList.EVENTS, code="cabg", family="event"))
    assert trail() == ["code.add"]


def test_a_code_that_no_list_has_cannot_be_retired(app_context: Flask, cast: Cast) -> None:
    program.add_code(cast.outsider_director.actor, CODE)
    for name, code in ((CodeList.PROCEDURES, "ross_procedure"), (CodeList.EVENTS, "cabg")):
        with pytest.raises(NotFoundError):
            program.retire_code(cast.director.actor, name, code, retired=True)
