"""The editions that a cohort can be judged under, and its moving from one to another."""

import uuid
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.chain import alias
from caselog.domain.result import Standing
from caselog.extensions import db
from caselog.rules import library
from caselog.rules.loader import UnknownRuleSetError
from caselog.rules.reading import RuleFileError
from caselog.services import cohort_standing, progress, rulesets
from caselog.services.actor import NotFoundError, RefusedError
from caselog.store.audit import AuditEntry
from caselog.store.session import transaction
from tests.support.cast import STARTS_ON, Cast
from tests.support.clock import TestClock
from tests.support.log import put_case
from tests.support.own_sets import ID, a_draft, own_text, published

TODAY = date(2026, 11, 21)


def editions_of(cast: Cast) -> dict[str, str]:
    """What the cast's cohort is judged under: set → edition."""
    found = progress.rulesets_of(db.session(), cast.program.id, cast.program.cohort_id)
    return {each.id: each.edition for each in found}


def told(action: str) -> list[tuple[uuid.UUID | None, str]]:
    rows = db.session.execute(
        sa.select(AuditEntry.actor_id, AuditEntry.subject)
        .where(AuditEntry.action == action)
        .order_by(AuditEntry.at)
    )
    return [(actor, subject) for actor, subject in rows]


def test_shipped_editions_and_the_programs_own_are_there_by_id(app_context: Flask, cast: Cast) -> None:
    published(cast.director.actor, "2")
    published(cast.director.actor, "1")
    found = rulesets.editions(cast.director.actor)
    names = [(each.ruleset.id, each.ruleset.edition) for each in found]
    shipped = [(each.id, each.edition) for each in library.shipped()]
    # Of one id the one published first goes first: editions are named, not numbered.
    assert names == sorted([*shipped, (ID, "2"), (ID, "1")], key=lambda each: each[0])
    assert {each.ruleset.id for each in found if each.own} == {ID}
    (own,) = [each for each in rulesets.newest(db.session(), cast.program.id) if each.id == ID]
    assert own.edition == "1"


def test_an_edition_says_who_is_judged_under_it_and_since_when(app_context: Flask, cast: Cast) -> None:
    found = rulesets.edition(cast.director.actor, "abcp-pbse", "2026-11")
    assert [(each.cohort, each.on) for each in found.adopters] == [("Class of 2027", STARTS_ON)]
    published(cast.director.actor)
    assert rulesets.edition(cast.director.actor, ID, "1").adopters == ()


def test_an_own_edition_stays_when_a_set_with_its_id_is_shipped_later(
    app_context: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(cast.director.actor)
    later = replace(library.find("abcp-pbse"), id=ID, edition="9")
    monkeypatch.setattr(library, "shipped", lambda: (later,))
    assert rulesets.find(db.session(), cast.program.id, ID, "1").title == "Our minimums"


def test_what_another_program_published_is_not_there(app_context: Flask, cast: Cast) -> None:
    published(cast.outsider_director.actor)
    here = cast.director.actor
    for name in ("edition", "text_of"):
        with pytest.raises(NotFoundError):
            getattr(rulesets, name)(here, ID, "1")
    with pytest.raises(UnknownRuleSetError):
        rulesets.find(db.session(), cast.program.id, ID, "1")
    with pytest.raises(NotFoundError):
        rulesets.adopt(here, ID, "1", cast.program.cohort_id, TODAY)
    assert ID not in {each.ruleset.id for each in rulesets.editions(here)}


def test_the_text_of_an_edition_is_as_it_was_written(app_context: Flask, cast: Cast) -> None:
    published(cast.director.actor, text=own_text() + "# a remark")
    assert rulesets.text_of(cast.director.actor, ID, "1") == own_text() + "# a remark"
    assert 'id = "abcp-pbse"' in rulesets.text_of(cast.director.actor, "abcp-pbse", "2026-11")
    for name in ((ID, "9"), ("abcp-pbse", "1999"), ("nobody", "1")):
        with pytest.raises(NotFoundError):
            rulesets.text_of(cast.director.actor, *name)


def test_an_edition_is_adopted_at_once_with_its_day_and_a_line_in_the_trail(
    app_context: Flask, cast: Cast
) -> None:
    director = cast.director.actor
    published(director)
    published(director, "2", own_text("2", minimum=1))
    with transaction() as session:
        put_case(session)
    before = editions_of(cast)
    assert ID not in before
    rulesets.adopt(director, ID, "1", cast.program.cohort_id, date(2026, 11, 2))
    assert editions_of(cast) == before | {ID: "1"}
    (adopter,) = rulesets.edition(director, ID, "1").adopters
    assert (adopter.cohort_id, adopter.on) == (cast.program.cohort_id, date(2026, 11, 2))
    assert told("edition.adopt") == [(cast.director.id, f"{cast.program.cohort_id} {alias(ID)} {alias('1')}")]
    assert standing(cast) is Standing.NOT_MET

    rulesets.adopt(director, ID, "2", cast.program.cohort_id, TODAY)
    assert editions_of(cast) == before | {ID: "2"}
    assert rulesets.edition(director, ID, "1").adopters == ()
    assert told("edition.leave") == [(cast.director.id, f"{cast.program.cohort_id} {alias(ID)} {alias('1')}")]
    assert standing(cast) is Standing.MET


def standing(cast: Cast) -> Standing:
    """Where the student stands under the program's own set, on the page and in the cohort's table alike."""
    evaluations = progress.student_progress(cast.student.actor, cast.student.id).evaluations
    (own,) = [found for _, found in evaluations if found.ruleset.id == ID]
    table = cohort_standing.cohort_table(cast.director.actor, cast.program.cohort_id)
    (row,) = [each for each in table.rows if each.student_id == cast.student.id]
    assert own.requirements[0].standing in {each.standing for each in row.results if each.requirement.id == "pump"}
    return own.standing


def test_a_cohort_keeps_its_edition_when_a_newer_one_is_published(app_context: Flask, cast: Cast) -> None:
    director = cast.director.actor
    published(director)
    rulesets.adopt(director, ID, "1", cast.program.cohort_id, TODAY)
    published(director, "2", own_text("2", minimum=0))
    assert editions_of(cast)[ID] == "1"
    assert standing(cast) is Standing.NOT_MET


@pytest.mark.parametrize(
    ("edition", "on", "says"),
    [
        ("2", date(2026, 11, 22), "2026-11-22 is in the future"),
        ("1", TODAY, "Class of 2027 is judged under edition 1 already, since 2026-11-02"),
        ("2", date(2026, 11, 1), "Edition 1 was adopted on 2026-11-02; this one comes after it"),
    ],
)
def test_an_adoption_that_makes_no_sense_is_refused(
    app_context: Flask, cast: Cast, edition: str, on: date, says: str
) -> None:
    director = cast.director.actor
    for each in "12":
        published(director, each)
    rulesets.adopt(director, ID, "1", cast.program.cohort_id, date(2026, 11, 2))
    with pytest.raises(RefusedError, match=says):
        rulesets.adopt(director, ID, edition, cast.program.cohort_id, on)
    assert editions_of(cast)[ID] == "1"
    assert len(told("edition.adopt")) == 1


def test_the_future_begins_at_the_programs_own_midnight(app_context: Flask, cast: Cast, clock: TestClock) -> None:
    published(cast.director.actor)
    clock.advance(hours=13)  # 04:00 of the 22nd in UTC, 23:00 of the 21st in New York
    with pytest.raises(RefusedError, match="2026-11-22 is in the future"):
        rulesets.adopt(cast.director.actor, ID, "1", cast.program.cohort_id, date(2026, 11, 22))


def test_neither_a_draft_nor_a_strange_cohort_can_be_adopted(app_context: Flask, cast: Cast) -> None:
    director = cast.director.actor
    a_draft(director, own_text())
    for ruleset, edition, cohort in (
        (ID, "1", cast.program.cohort_id),
        ("abcp-pbse", "1999", cast.program.cohort_id),
        ("abcp-pbse", "2026-11", cast.outsider_program.cohort_id),
        ("abcp-pbse", "2026-11", uuid.uuid4()),
    ):
        with pytest.raises(NotFoundError):
            rulesets.adopt(director, ruleset, edition, cohort, TODAY)
    assert told("edition.adopt") == []


@pytest.mark.parametrize(
    ("text", "key", "line", "says"),
    [
        (own_text(ruleset="abcp-pbse"), "id", 1, "a set that Caselog ships"),
        (own_text("11/2026"), "edition", 3, "cannot stand in an address"),
        (own_text("x" * 41), "edition", 3, "cannot stand in an address"),
        (own_text(minimum=200_000), "requirement[1].minimum", 16, "100,000"),
    ],
)
def test_what_a_program_may_not_publish_says_the_line(
    app_context: Flask, cast: Cast, text: str, key: str, line: int, says: str
) -> None:
    with pytest.raises(RuleFileError) as caught:
        rulesets.check(db.session(), cast.program.id, text)
    assert (caught.value.key, caught.value.line) == (key, line)
    assert says in str(caught.value)


def test_a_set_of_too_many_requirements_is_refused(app_context: Flask, cast: Cast) -> None:
    block = own_text().partition("[[requirement]]")[2]
    more = "".join("[[requirement]]" + block.replace('"pump"', f'"pump-{number}"') for number in range(300))
    with pytest.raises(RuleFileError, match="has 301 with those of the sets"):
        rulesets.check(db.session(), cast.program.id, own_text(more=more))


INNER = """
[[requirement]]
id = "inner"
kind = "set"
title = "The board"
says = "Everything that the board asks."
source = "handbook"
ruleset = "{}"
"""


def test_a_set_builds_on_a_published_edition_that_it_names(app_context: Flask, cast: Cast) -> None:
    director, session = cast.director.actor, db.session()
    published(director, ruleset="our-base")
    outer = own_text(more=INNER.format("our-base") + 'edition = "1"\n')
    found = rulesets.check(session, cast.program.id, outer)
    assert found.requirements[1].ruleset.id == "our-base"  # type: ignore[union-attr]  # the one above
    for text, says in (
        (own_text(more=INNER.format("abcp-pbse")), "Name its edition, too"),
        (own_text(more=INNER.format("our-base") + 'edition = "2"\n'), "our-base"),
        (own_text(more=INNER.format(ID) + 'edition = "1"\n'), "would contain itself"),
    ):
        with pytest.raises(RuleFileError, match=says):
            rulesets.check(session, cast.program.id, text)
    with pytest.raises(RuleFileError, match="our-base"):
        rulesets.check(session, cast.outsider_program.id, outer)


def test_sets_within_sets_end_before_they_are_too_deep_to_read(app_context: Flask, cast: Cast) -> None:
    director = cast.director.actor
    published(director, ruleset="set-1")
    for level in range(2, rulesets.DEEPEST + 1):
        inner = INNER.format(f"set-{level - 1}") + 'edition = "1"\n'
        published(director, text=own_text(ruleset=f"set-{level}", more=inner), ruleset=f"set-{level}")
    deeper = own_text(more=INNER.format(f"set-{rulesets.DEEPEST}") + 'edition = "1"\n')
    with pytest.raises(RuleFileError, match="At most 5 levels fit"):
        rulesets.check(db.session(), cast.program.id, deeper)


def test_a_set_that_repeats_a_long_condition_too_often_is_refused(app_context: Flask, cast: Cast) -> None:
    wide = ", ".join(f"{{ cpb_minutes = {{ at_least = {number} }} }}" for number in range(1, 901))
    named = f'[conditions.wide]\ntitle = "wide"\nwhere = {{ any = [{wide}] }}\n\n[[requirement]]'
    head, block = own_text().replace('is = "open-heart"', 'is = "wide"').split("[[requirement]]")
    more = "".join("[[requirement]]" + block.replace('"pump"', f'"pump-{number}"') for number in range(22))
    assert rulesets.check(db.session(), cast.program.id, head + named + block).id == ID
    with pytest.raises(RuleFileError, match="At most 20,000 fit"):
        rulesets.check(db.session(), cast.program.id, head + named + block + more)


def test_what_was_published_stays_when_less_may_be_published(
    app_context: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = published(cast.director.actor)
    monkeypatch.setattr(rulesets, "REQUIREMENTS_MOST", 0)
    monkeypatch.setattr(rulesets, "_read", {})
    assert rulesets.find(db.session(), cast.program.id, ID, "1") == edition
