"""Engines are kept, but never longer than what they were made from."""

from datetime import date

from flask import Flask

from caselog.domain.codes import CodeList
from caselog.extensions import db
from caselog.rules import library
from caselog.services import program
from caselog.services.engines import code_book, engine_for
from caselog.services.program import CodeDetails
from caselog.services.references import load_codes
from tests.support.cast import Cast

TODAY = date(2026, 11, 21)
ROWS = (("procedures", "aortic_valve", "Aortic valve", "valve", False),)


def test_the_same_rows_make_the_same_code_book() -> None:
    assert code_book(ROWS) is code_book(tuple(tuple(row) for row in ROWS))
    assert code_book(ROWS).family(CodeList.PROCEDURES, "valve") == {"aortic_valve"}


def test_an_engine_is_found_again_on_the_same_day_only() -> None:
    ruleset = library.find("accredited-minimums")
    kept = engine_for(ruleset, code_book(ROWS), TODAY)
    assert engine_for(ruleset, code_book(ROWS), TODAY) is kept
    assert engine_for(ruleset, code_book(ROWS), date(2026, 11, 22)) is not kept
    assert engine_for(library.find("abcp-pbse"), code_book(ROWS), TODAY) is not kept


def test_a_code_that_a_program_adds_is_known_at_once(app_context: Flask, cast: Cast) -> None:
    before = load_codes(db.session(), cast.program.id)
    assert load_codes(db.session(), cast.program.id) is before
    ross = CodeDetails(list=CodeList.PROCEDURES, code="ross_procedure", label="Ross procedure", family="valve")
    program.add_code(cast.director.actor, ross)
    after = load_codes(db.session(), cast.program.id)
    assert "ross_procedure" in after.family(CodeList.PROCEDURES, "valve")
    assert "ross_procedure" not in load_codes(db.session(), cast.outsider_program.id).allowed("procedures")
    ruleset = library.find("accredited-minimums")
    assert engine_for(ruleset, after, TODAY) is not engine_for(ruleset, before, TODAY)


def test_a_code_that_is_retired_is_no_longer_offered_at_once(app_context: Flask, cast: Cast) -> None:
    program.retire_code(cast.director.actor, CodeList.PROCEDURES, "cabg", retired=True)
    assert load_codes(db.session(), cast.program.id).codes(CodeList.PROCEDURES)["cabg"].retired
