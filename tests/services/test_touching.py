"""Entries × requirements: the same verdicts as on the progress page, for the whole log and for one entry."""

import uuid
from datetime import date

import pytest
from flask import Flask

from caselog.domain.result import Outcome
from caselog.services.actor import Actor, NotFoundError
from caselog.services.entry_pages import PAGE_SIZE
from caselog.services.progress import student_progress, student_record
from caselog.services.touching import Matrix, Shown, entry_touches, matrix
from caselog.store.session import transaction
from tests.services.test_progress import random_log
from tests.support.activities import put_activity
from tests.support.cast import Cast
from tests.support.log import put_case

pytestmark = pytest.mark.usefixtures("every_set")


def of_set(actor: Actor, ruleset: str, shown: Shown = Shown.ALL, number: int = 1) -> Matrix:
    record = student_record(actor, Cast.student.id)
    (engine,) = (each for each in record.engines if each.ruleset.id == ruleset)
    return matrix(record, engine, shown, number)


def uids(found: Matrix) -> list[str]:
    return [row.entry.uid for row in found.rows]


def test_every_cell_is_the_verdict_of_the_progress_page(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        random_log(session, 3)
    for _, evaluation in student_progress(cast.student.actor, cast.student.id).evaluations:
        first = of_set(cast.director.actor, evaluation.ruleset.id)
        pages = [of_set(cast.director.actor, evaluation.ruleset.id, number=n + 1) for n in range(first.pages)]
        rows = [row for page in pages for row in page.rows]
        assert len({row.entry.uid for row in rows}) == len(rows) == first.total
        own = [each for each in evaluation.requirements if each.counts_entries]
        for place, result in enumerate(own):
            assert first.columns[place].result == result
            of_result = {each.entry.uid: each for each in result.verdicts}
            for row in rows:
                told = row.verdicts[place]
                if row.entry.uid in of_result:
                    assert told == of_result[row.entry.uid]
                else:
                    assert told.outcome is Outcome.EXCLUDED
                    assert told.reason == f"only {first.columns[place].requirement.of} count"


def test_the_newest_stands_first_and_what_has_no_date_before_it(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        old, new = (put_case(session, case_date=date(2026, month, 1)) for month in (3, 9))
        undated = put_case(session, case_date=None, status="draft")
    assert uids(of_set(cast.student.actor, "accredited-minimums")) == [str(undated), str(new), str(old)]


def test_a_long_log_has_pages_and_the_last_stands_for_those_beyond(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        for _ in range(PAGE_SIZE + 3):
            put_case(session)
    found = of_set(cast.student.actor, "abcp-pbse", number=9)
    assert (found.number, found.pages, found.total, len(found.rows)) == (2, 2, PAGE_SIZE + 3, 3)
    assert found.columns[0].result.counted == PAGE_SIZE + 3  # the sums are of the whole log


def test_each_filter_keeps_what_it_says(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        counts = put_case(session)
        waits = put_case(session, status="submitted")
        nothing = put_case(session, role="observed")
        elsewhere = put_case(session, role="observed", age_group="infant")  # PBSE counts observed children
    kept = {
        shown: set(uids(of_set(cast.student.actor, "accredited-minimums", shown)))
        for shown in Shown
        if shown is not Shown.ALL
    }
    assert kept == {
        Shown.COUNTED: {str(counts)},
        Shown.WAITING: {str(waits)},
        Shown.NOTHING: {str(nothing), str(elsewhere)},
        Shown.NOWHERE: {str(nothing)},
    }


def test_a_set_shows_entries_of_the_kinds_that_it_counts(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        case, activity = put_case(session), put_activity(session)
    assert uids(of_set(cast.student.actor, "accredited-minimums")) == [str(case)]
    assert uids(of_set(cast.student.actor, "ecmo-specialist-wa")) == [str(activity)]


def test_what_a_set_builds_on_is_in_it_and_leads_to_the_page_of_the_requirement_that_asks_for_it(
    app_context: Flask, cast: Cast
) -> None:
    found = of_set(cast.student.actor, "ccp-eligibility")
    assert [(ruleset.id, number) for ruleset, number in found.groups] == [
        ("accredited-minimums", 5), ("abcp-pbse", 4), ("abcp-cape", 1),
    ]  # fmt: skip
    assert {column.page for column in found.columns} == {
        ("ccp-eligibility", "program-minimums"), ("ccp-eligibility", "pbse"), ("ccp-eligibility", "cape"),
    }  # fmt: skip


def test_one_entry_has_the_verdicts_of_its_row_in_every_set(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        random_log(session, 5)
        uid = put_case(session, procedures=("mitral_valve",), status="submitted")
    found = entry_touches(cast.student.actor, cast.student.id, uid)
    assert found is not None
    for each in found:
        everything = of_set(cast.student.actor, each.ruleset.id)
        pages = [of_set(cast.student.actor, each.ruleset.id, number=n + 1) for n in range(everything.pages)]
        rows = [row for page in pages for row in page.rows if row.entry.uid == str(uid)]
        assert [verdict for _, verdict in each.touches] == [verdict for row in rows for verdict in row.verdicts]
    assert {each.ruleset.id: each.otherwise for each in found}["abcp-pbse"] == (
        "Official transcript", "Competency statement", "Enrolled or graduated",
    )  # fmt: skip
    assert "Didactic sessions" in {each.ruleset.id: each.otherwise for each in found}["ecmo-specialist-wa"]


def test_an_activity_touches_what_counts_activities(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        uid = put_activity(session, hours=2.5)
    found = entry_touches(cast.student.actor, cast.student.id, uid) or ()
    (touches,) = (each.touches for each in found if each.ruleset.id == "ecmo-specialist-wa")
    counted = [(column.requirement.id, float(verdict.credit)) for column, verdict in touches if verdict.credit]
    assert counted == [("didactic-hours", 2.5)]


def test_how_an_entry_counts_is_shown_to_who_may_see_the_students_progress_only(
    app_context: Flask, cast: Cast
) -> None:
    with transaction() as session:
        uid = put_case(session)
    for who in (cast.student, cast.director):
        assert entry_touches(who.actor, cast.student.id, uid)
    for who in (cast.preceptor, cast.other_student, cast.outsider_director):
        assert entry_touches(who.actor, cast.student.id, uid) is None
    with pytest.raises(NotFoundError):
        entry_touches(cast.student.actor, cast.student.id, uuid.uuid4())
