"""Writing a set: whatever is typed is kept, and nothing half-written is ever live."""

import tracemalloc
import uuid
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog.domain.result import Standing
from caselog.extensions import db
from caselog.services import cohort_standing, program, progress, ruleset_drafts, rulesets
from caselog.services.actor import NotFoundError, RefusedError
from caselog.services.ruleset_drafts import DraftStart, SavedMeanwhileError
from caselog.store.audit import AuditEntry
from caselog.store.rulesets import ProgramRuleset
from tests.support.cast import Cast
from tests.support.clock import TestClock
from tests.support.own_sets import ID, a_draft, own_text, published
from tests.support.trail import actions

BEGUN = DraftStart(ruleset=ID, edition="1", title="Our minimums")


def trail() -> list[str]:
    return actions()


def seen(cast: Cast, draft_id: uuid.UUID) -> datetime:
    return ruleset_drafts.draft(cast.director.actor, draft_id).changed_at


def test_a_new_draft_begins_with_a_whole_example_under_its_own_name(app_context: Flask, cast: Cast) -> None:
    director = cast.director.actor
    draft = ruleset_drafts.draft(director, ruleset_drafts.start(director, BEGUN))
    assert (draft.ruleset, draft.edition, draft.title, draft.written_by) == (
        ID,
        "1",
        "Our minimums",
        "Dana Director",
    )
    assert draft.complaint is None
    assert draft.checked is not None
    assert (draft.checked.id, draft.checked.edition, draft.checked.title) == (ID, "1", "Our minimums")
    assert "read = 2026-11-21" in draft.text


def test_a_new_draft_may_be_a_copy_with_another_name(app_context: Flask, cast: Cast) -> None:
    director = cast.director.actor
    like = DraftStart(ruleset="ours", edition="1", title="Like “the board’s”", like=("abcp-pbse", "2026-11"))
    draft = ruleset_drafts.draft(director, ruleset_drafts.start(director, like))
    assert draft.checked is not None
    assert (draft.checked.id, draft.checked.title) == ("ours", "Like “the board’s”")
    board = rulesets.edition(director, "abcp-pbse", "2026-11").ruleset
    assert [each.id for each in draft.checked.requirements] == [each.id for each in board.requirements]
    with pytest.raises(NotFoundError):
        ruleset_drafts.start(director, DraftStart(ruleset="x", edition="1", title="x", like=("nobody", "1")))


@pytest.mark.parametrize(
    ("ruleset", "edition", "says"),
    [
        ("Our Minimums", "1", "“Our Minimums” is not an id"),
        ("", "1", "is not an id"),
        ("abcp-pbse", "1", "a set that Caselog ships"),
        (ID, "11/2026", "is no name for an edition"),
        (ID, "", "is no name for an edition"),
        (ID, "..", "is no name for an edition"),
        (ID, "1", "is published already"),
        (ID, "2", "is a draft already"),
    ],
)
def test_an_id_or_edition_that_cannot_be_is_refused(
    app_context: Flask, cast: Cast, ruleset: str, edition: str, says: str
) -> None:
    director = cast.director.actor
    published(director)
    a_draft(director, own_text("2"), "2")
    with pytest.raises(RefusedError, match=says):
        ruleset_drafts.start(director, DraftStart(ruleset=ruleset, edition=edition, title="x"))


def test_another_program_may_use_the_same_names(app_context: Flask, cast: Cast) -> None:
    for director in (cast.director.actor, cast.outsider_director.actor):
        published(director)
        ruleset_drafts.start(director, DraftStart(ruleset=ID, edition="2", title="x"))
        assert [each.edition for each in ruleset_drafts.drafts(director)] == ["2"]


def test_a_wrong_text_is_kept_and_complained_of_at_its_line(app_context: Flask, cast: Cast) -> None:
    draft_id = a_draft(cast.director.actor, own_text().replace("open-heart", "open-hart"))
    draft = ruleset_drafts.draft(cast.director.actor, draft_id)
    assert draft.checked is None
    assert draft.complaint is not None
    assert (draft.complaint.line, draft.complaint.key) == (18, "requirement[1].where.is")
    assert draft.complaint.shown == 'where = { is = "open-hart" }'
    assert "Did you mean “open-heart”?" in draft.complaint.says
    assert draft.text == own_text().replace("open-heart", "open-hart")


def test_nothing_half_written_is_ever_live(app_context: Flask, cast: Cast) -> None:
    director = cast.director.actor
    published(director)
    rulesets.adopt(director, ID, "1", cast.program.cohort_id, date(2026, 11, 21))

    def everything() -> tuple[object, ...]:
        student = progress.student_progress(cast.student.actor, cast.student.id).evaluations
        table = cohort_standing.cohort_table(director, cast.program.cohort_id)
        return (
            [evaluation for _, evaluation in student],
            table.rulesets,
            table.rows,
            rulesets.editions(director),
            [(each.ruleset.id, each.number.key) for each in program.settable_numbers(director)],
        )

    before = everything()
    # A new edition of the set in force, under each name that it may come by, right and wrong.
    for edition, text in (
        ("2", own_text("2", minimum=0)),
        ("3", own_text("1", minimum=0)),
        ("4", own_text("4", minimum=0).replace("minimum = 0", 'minimum = "program"')),
        ("5", "nonsense"),
    ):
        a_draft(director, text, edition)
    assert len(ruleset_drafts.drafts(director)) == 4
    assert everything() == before
    for each in "2345":
        with pytest.raises(NotFoundError):
            rulesets.edition(director, ID, each)


def test_publishing_alone_judges_nobody(app_context: Flask, cast: Cast) -> None:
    before = progress.student_progress(cast.student.actor, cast.student.id).evaluations
    published(cast.director.actor)
    assert len(progress.student_progress(cast.student.actor, cast.student.id).evaluations) == len(before)
    assert trail() == ["ruleset.start", "ruleset.save", "ruleset.publish"]
    (row,) = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "ruleset.publish"))
    assert row.actor_id == cast.director.id
    assert str(uuid.UUID(row.subject)) == row.subject


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "Not published: line 1, TOML"),
        ("", "Not published: id: is missing"),
        (own_text().replace("pump runs", "pump \\u0000 runs"), "line 15, requirement\\[1\\].says"),
        (own_text(minimum=-1), "line 16"),
        (own_text(ruleset="abcp-pbse"), "a set that Caselog ships"),
        (own_text("2"), "“2” of our-minimums is published already"),
        (own_text("3"), "“3” of our-minimums is another draft"),
    ],
)
def test_a_wrong_text_cannot_be_published(app_context: Flask, cast: Cast, text: str, says: str) -> None:
    director = cast.director.actor
    published(director, "2")
    a_draft(director, own_text("3"), "3")
    draft_id = a_draft(director, text)
    with pytest.raises(RefusedError, match=says):
        ruleset_drafts.publish(director, draft_id, seen(cast, draft_id))
    draft = ruleset_drafts.draft(director, draft_id)
    assert (draft.text, draft.checked) == (text, None)
    assert {each.ruleset.edition for each in rulesets.editions(director) if each.own} == {"2"}
    assert trail().count("ruleset.publish") == 1


def test_a_published_edition_never_changes(app_context: Flask, cast: Cast) -> None:
    director = cast.director.actor
    draft_id = a_draft(director, own_text())
    at = seen(cast, draft_id)
    ruleset_drafts.publish(director, draft_id, at)
    row = db.session.scalars(sa.select(ProgramRuleset)).one()
    now = row.changed_at
    for act in (
        lambda: ruleset_drafts.save(director, draft_id, own_text(minimum=0), at),
        lambda: ruleset_drafts.save(director, draft_id, own_text(minimum=0), now),
        lambda: ruleset_drafts.publish(director, draft_id, now),
        lambda: ruleset_drafts.discard(director, draft_id),
        lambda: ruleset_drafts.draft(director, draft_id),
    ):
        with pytest.raises(NotFoundError):
            act()
    # Nor through a draft that takes on its name.
    other = a_draft(director, own_text("1", minimum=0), "2")
    with pytest.raises(RefusedError, match="published already"):
        ruleset_drafts.publish(director, other, seen(cast, other))
    assert rulesets.text_of(director, ID, "1") == own_text()
    assert trail().count("ruleset.publish") == 1


def test_of_two_who_write_one_draft_the_later_is_told_and_overwrites_nothing(
    app_context: Flask, cast: Cast, clock: TestClock
) -> None:
    director = cast.director.actor
    draft_id = a_draft(director, own_text())
    at = seen(cast, draft_id)
    saved = ruleset_drafts.save(director, draft_id, own_text(minimum=3), at)
    with pytest.raises(SavedMeanwhileError):
        ruleset_drafts.save(director, draft_id, own_text(minimum=4), at)
    with pytest.raises(SavedMeanwhileError):  # what is published is what was seen
        ruleset_drafts.publish(director, draft_id, at)
    assert ruleset_drafts.draft(director, draft_id).text == own_text(minimum=3)
    assert saved == seen(cast, draft_id)
    ruleset_drafts.save(director, draft_id, own_text(minimum=4), saved)
    assert ruleset_drafts.draft(director, draft_id).text == own_text(minimum=4)
    with pytest.raises(SavedMeanwhileError):
        ruleset_drafts.save(director, draft_id, own_text(), clock.now() + timedelta(days=1))


def test_the_lines_that_differ_are_said_with_those_around_them() -> None:
    found = list(ruleset_drafts.differences("a\nb\nc\nd\ne\nf\ng", "a\nb\nc\nD\ne\nf\ng"))
    assert found == [("…", ""), (" ", "b"), (" ", "c"), ("-", "d"), ("+", "D"), (" ", "e"), (" ", "f")]
    assert list(ruleset_drafts.differences("a", "a")) == []
    assert list(ruleset_drafts.differences("a\n" * 5_001, "b")) == []


def test_a_draft_takes_its_name_from_its_text_unless_another_has_it(app_context: Flask, cast: Cast) -> None:
    director = cast.director.actor
    a_draft(director, own_text("2"), "2")
    draft_id = a_draft(director, own_text("3", ruleset="renamed").replace("Our minimums", "Another title"))

    def named() -> tuple[str, str, str]:
        draft = ruleset_drafts.draft(director, draft_id)
        return draft.ruleset, draft.edition, draft.title

    assert named() == ("renamed", "3", "Another title")
    for text in (
        own_text("2"),
        'id = "Not An Id"\nedition = "/"\ntitle = ""',
        "id = 1\nedition = []\ntitle = 2026-11-21",
    ):
        ruleset_drafts.save(director, draft_id, text, seen(cast, draft_id))
        assert named()[:2] == ("renamed", "3")


def test_a_draft_of_another_program_is_not_there(app_context: Flask, cast: Cast) -> None:
    draft_id = a_draft(cast.director.actor, own_text())
    strange, at = cast.outsider_director.actor, seen(cast, draft_id)
    for act in (
        lambda: ruleset_drafts.draft(strange, draft_id),
        lambda: ruleset_drafts.save(strange, draft_id, "", at),
        lambda: ruleset_drafts.publish(strange, draft_id, at),
        lambda: ruleset_drafts.discard(strange, draft_id),
    ):
        with pytest.raises(NotFoundError):
            act()
    assert ruleset_drafts.drafts(strange) == []
    assert len(ruleset_drafts.drafts(cast.director.actor)) == 1


def test_a_draft_is_deleted_and_its_name_is_free_again(app_context: Flask, cast: Cast) -> None:
    director = cast.director.actor
    ruleset_drafts.discard(director, a_draft(director, own_text()))
    assert ruleset_drafts.drafts(director) == []
    assert trail()[-1] == "ruleset.discard"
    ruleset_drafts.start(director, BEGUN)


# Texts that a parser chokes on, each within the size that is taken.
BOMBS = {
    "a key of many steps": "a" + ".a" * 90_000 + " = 1",
    "a header of many steps": "[" + "a." * 60_000 + "a]",
    "keys of many steps": "x = {" + ", ".join("a." * 95 + f"b{number} = 1" for number in range(900)) + "}",
    "brackets": "a = " + "[" * 90_000,
    "tables in tables": "a = " + "{a = " * 30_000,
    "digits": "a = " + "9" * 190_000,
    "an open text": 'a = "' + "x" * 190_000,
    "quotes": '"' * 190_000,
    "tables": "".join(f"[a{number}]\n" for number in range(15_000)),
    "conditions in conditions": own_text().replace('{ is = "open-heart" }', "{ not = " * 90 + "{}" + "}" * 90),
    "an endless number": own_text().replace("minimum = 2", "minimum = 1e400"),
    "no number": own_text().replace("minimum = 2", "minimum = nan"),
    "a control character": own_text().replace("Pump", "Pump\\u001b"),
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_a_hostile_text_is_kept_and_complained_of_and_costs_little(
    app_context: Flask, cast: Cast, text: str
) -> None:
    tracemalloc.start()
    draft = ruleset_drafts.draft(cast.director.actor, a_draft(cast.director.actor, text))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert draft.text == text
    assert draft.complaint is not None
    assert len(draft.complaint.says) < 2_000
    assert most < 200_000_000


def test_a_text_of_too_many_bytes_is_refused(app_context: Flask, cast: Cast) -> None:
    draft_id = a_draft(cast.director.actor, own_text())
    with pytest.raises(RefusedError, match="has 200,002 bytes; at most 200,000 fit"):
        ruleset_drafts.save(cast.director.actor, draft_id, "ü" * 100_001, seen(cast, draft_id))
    assert ruleset_drafts.draft(cast.director.actor, draft_id).text == own_text()


def test_a_preview_is_of_a_student_who_has_logged_nothing(app_context: Flask, cast: Cast) -> None:
    director = cast.director.actor
    draft = ruleset_drafts.draft(director, a_draft(director, own_text()))
    assert draft.checked is not None
    _, found = ruleset_drafts.preview(director, draft.checked)
    assert found.standing is Standing.NOT_MET
    assert [found.requirements[0].counted, found.requirements[0].minimum] == [0, 2]
