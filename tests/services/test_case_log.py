"""Reading the log: who sees which case, under which filter, in which order, on which page."""

import uuid
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from caselog.domain.codes import Status
from caselog.services.actor import Actor, NotFoundError
from caselog.services.case_log import LogFilter, LogPage, case_view, page_of_log
from caselog.services.entry_pages import PAGE_SIZE
from caselog.services.review import Decision, decide
from caselog.store.cases import LoggedCase
from caselog.store.session import transaction
from tests.support.cast import Cast, Member
from tests.support.log import put_case


def log(actor: Actor, student: Member = Cast.student, number: int = 1, **wanted: Any) -> LogPage:
    return page_of_log(actor, student.id, LogFilter(**wanted), number)


def uids(page: LogPage) -> list[str]:
    return [listed.case.case_uid for listed in page.cases]


def test_cases_without_a_date_stand_first_then_the_newest(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        old = put_case(session, case_date=date(2026, 1, 5))
        draft = put_case(session, case_date=None, status="draft")
        earlier_entered, later_entered = put_case(session), put_case(session)
    found = uids(log(cast.student.actor))
    assert found == [str(uid) for uid in (draft, later_entered, earlier_entered, old)]


def test_a_list_names_student_site_and_preceptor_and_a_draft_may_lack_them(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        put_case(session)
        put_case(session, status="draft", case_date=None, site_id=None, preceptor_id=None)
    draft, whole = log(cast.student.actor).cases
    assert (whole.student, whole.site_name, whole.preceptor_name) == (
        "Ann Student", "Harbor Test Hospital", "Pat Preceptor",
    )  # fmt: skip
    assert (draft.student, draft.site_name, draft.preceptor_name) == ("Ann Student", None, None)


def test_each_filter_narrows_to_what_fits_and_all_together(app_context: Flask, cast: Cast) -> None:
    plain: dict[str, Any] = {"case_date": date(2026, 5, 10)}
    special: dict[str, Any] = {
        "status": "submitted", "activity": "ecmo", "procedures": ("cabg", "heart_transplant"), "role": "observed",
        "age_group": "infant", "site_id": cast.other_site.id, "case_date": date(2026, 6, 20),
    }  # fmt: skip
    wanted: dict[str, Any] = {
        "status": "submitted", "activity": "ecmo", "procedure": "heart_transplant", "role": "observed",
        "age_group": "infant", "site": "hill", "since": date(2026, 6, 20),
    }  # fmt: skip
    with transaction() as session:
        one, other = put_case(session, **plain), put_case(session, **special)
    for name, value in wanted.items():
        assert uids(log(cast.student.actor, **{name: value})) == [str(other)], name
    assert uids(log(cast.student.actor, **wanted, until=date(2026, 6, 20))) == [str(other)]
    assert uids(log(cast.student.actor, until=date(2026, 5, 10))) == [str(one)]
    assert uids(log(cast.student.actor, since=date(2026, 5, 10), until=date(2026, 6, 20))) == [
        str(other),
        str(one),
    ]
    assert uids(log(cast.student.actor, since=date(2026, 6, 21))) == []
    assert uids(log(cast.student.actor, **wanted, until=date(2026, 6, 19))) == []


def test_a_procedure_is_looked_for_as_a_whole_code(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        put_case(session, procedures=("heart_lung_transplant",))
        uid = put_case(session, procedures=("lung_transplant", "cabg"))
    assert uids(log(cast.student.actor, procedure="lung_transplant")) == [str(uid)]
    for pattern in ("%", "_", "lung%", "lung", "transplant"):
        assert uids(log(cast.student.actor, procedure=pattern)) == [], pattern


def test_the_numbers_by_status_are_of_the_whole_log_in_the_order_of_a_cases_life(
    app_context: Flask, cast: Cast
) -> None:
    with transaction() as session:
        for status in ("verified", "draft", "verified", "returned"):
            put_case(session, status=status)
        put_case(session, cast.other_student, status="submitted")
    page = log(cast.student.actor, status="draft")
    assert list(page.by_status.items()) == [("draft", 1), ("returned", 1), ("verified", 2)]
    assert page.total == 1


def test_sixty_cases_fill_three_pages_and_each_case_stands_on_one(app_context: Flask, cast: Cast) -> None:
    assert PAGE_SIZE == 25
    with transaction() as session:
        placed = {str(put_case(session, case_date=date(2026, 1, 1) + timedelta(days=n % 7))) for n in range(60)}
    pages = [log(cast.student.actor, number=number) for number in (1, 2, 3)]
    assert [(page.number, page.pages, page.total, len(page.cases)) for page in pages] == [
        (1, 3, 60, 25), (2, 3, 60, 25), (3, 3, 60, 10),
    ]  # fmt: skip
    found = [uid for page in pages for uid in uids(page)]
    assert len(found) == 60
    assert set(found) == placed
    for beyond, last in ((4, 3), (10**6, 3), (0, 1), (-5, 1)):
        assert log(cast.student.actor, number=beyond).number == last


def test_pages_begin_anew_after_every_twenty_fifth_case(app_context: Flask, cast: Cast) -> None:
    for many in range(52):
        page = log(cast.student.actor, number=99)
        assert (page.total, page.pages) == (many, max(1, -(-many // 25)))
        assert len(page.cases) == ((many - 1) % 25 + 1 if many else 0)
        with transaction() as session:
            put_case(session)


def test_a_director_sees_a_students_whole_log_and_others_see_nothing_of_it(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        verified, draft = put_case(session), put_case(session, status="draft")
        put_case(session, cast.other_student)
        put_case(session, cast.outsider_student, cast.outsider_preceptor)
    assert set(uids(log(cast.director.actor))) == {str(verified), str(draft)}
    for who in ("other_student", "outsider_student", "outsider_director", "outsider_preceptor"):
        page = log(cast.member(who).actor)
        assert (page.total, page.by_status) == (0, {}), who


SEES = {
    "student": {"draft", "submitted", "returned", "verified", "void"},
    "director": {"draft", "submitted", "returned", "verified", "void"},
    "preceptor": {"submitted", "returned", "verified", "void"},
    "other_preceptor": set(),
    "other_student": set(),
    "outsider_student": set(),
    "outsider_preceptor": set(),
    "outsider_director": set(),
}


def test_a_case_is_seen_by_its_student_its_preceptor_and_the_director(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        placed = {put_case(session, status=status): str(status) for status in Status}
    for who, expected in SEES.items():
        seen = set()
        for uid, status in placed.items():
            with suppress(NotFoundError):
                view = case_view(cast.member(who).actor, uid)
                assert (view.listed.case.case_uid, view.student_id) == (str(uid), cast.student.id)
                seen.add(status)
        assert seen == expected, who


def test_there_is_no_view_of_a_case_that_is_not_there(app_context: Flask, cast: Cast) -> None:
    with pytest.raises(NotFoundError):
        case_view(cast.director.actor, uuid.uuid4())


def test_a_case_shows_its_reviews_newest_first(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        uid = put_case(session, status="submitted")
    decide(cast.preceptor.actor, Decision(uid, verified=False, comment="the clamp time?", version=1))
    with transaction() as session:
        session.get_one(LoggedCase, (cast.program.id, uid)).status = "submitted"
    decide(cast.preceptor.actor, Decision(uid, verified=True, comment="", version=3, role="primary"))
    view = case_view(cast.student.actor, uid)
    assert [(review.decision, review.comment, review.reviewer) for review in view.reviews] == [
        ("verified", "", "Pat Preceptor"), ("returned", "the clamp time?", "Pat Preceptor"),
    ]  # fmt: skip
    assert view.version == 4
