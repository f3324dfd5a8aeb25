"""The director's review list: what the tables show, who sees it, and how it is settled and comes back."""

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from caselog import clock
from caselog.domain.signal import BURST_CASES, SignalKind
from caselog.extensions import db
from caselog.services import signals
from caselog.services.actor import NotFoundError, RefusedError
from caselog.services.signals import Outcome, SignalFilter
from caselog.store.audit import AuditEntry
from caselog.store.cases import LoggedCase
from caselog.store.people import Student
from caselog.store.programs import Cohort, Site
from caselog.store.session import transaction
from caselog.store.signals import SignalSettlement
from tests.support.cast import GRADUATES_ON, STARTS_ON, Cast, fixed_id
from tests.support.clock import TestClock
from tests.support.log import put_case

DAY = date(2026, 11, 20)  # yesterday, so that nothing is late by itself
USUAL: dict[str, Any] = {"case_date": DAY, "start_time": time(7, 30), "status": "submitted"}


def put(*cases: dict[str, Any], **same: Any) -> list[uuid.UUID]:
    with transaction() as session:
        return [put_case(session, **{**USUAL, **same, **each}) for each in cases]


def two_primaries() -> list[uuid.UUID]:
    return put({"student": Cast.student}, {"student": Cast.other_student})


def listed(cast: Cast, **wanted: Any) -> list[tuple[SignalKind, set[uuid.UUID]]]:
    page = signals.review_list(cast.director.actor, SignalFilter(**wanted), 1)
    return [(each.signal.kind, {uuid.UUID(uid) for uid in each.signal.cases}) for each in page.signals]


def key_of(cast: Cast) -> tuple[str, str]:
    (one,) = signals.review_list(cast.director.actor, SignalFilter(), 1).signals
    return one.signal.key, one.signal.digest


def test_each_kind_that_a_log_can_show_is_found_in_the_tables(app_context: Flask, cast: Cast) -> None:
    primaries = two_primaries()
    earlier = DAY - timedelta(days=1)
    overlap = put({}, {"start_time": time(9, 0)}, cpb_minutes=120, case_date=earlier)
    long = put({"start_time": None}, cpb_minutes=1_441, case_date=DAY - timedelta(days=2))
    shares = put(
        {"share_percent": 60},
        {"share_percent": 50, "role": "first_assistant", "student": cast.other_student},
        case_date=DAY,
        start_time=time(22, 0),
    )
    twice = {"cpb_minutes": 124, "cross_clamp_minutes": 88, "start_time": time(13, 0)}
    alike = put(twice, twice | {"case_date": earlier}, student=cast.other_student)
    late = put({"start_time": None}, case_date=date(2026, 11, 10))
    assert {(kind, frozenset(cases)) for kind, cases in listed(cast)} == {
        (SignalKind.TWO_PRIMARIES, frozenset(primaries)),
        (SignalKind.OVERLAP, frozenset(overlap)),
        (SignalKind.LONG_DAY, frozenset(long)),
        (SignalKind.SHARES, frozenset(shares)),
        (SignalKind.COPIES, frozenset(alike)),
        (SignalKind.LATE, frozenset(late)),
    }


def test_a_burst_is_found_and_what_was_entered_on_the_day_is_not_in_it(app_context: Flask, cast: Cast) -> None:
    with transaction() as session:
        old = [
            put_case(
                session, case_date=date(2026, 9, 1) + timedelta(days=number),
                created_at=clock.now() + timedelta(minutes=number),
            )
            for number in range(BURST_CASES)
        ]  # fmt: skip
        put_case(session, case_date=DAY, created_at=clock.now() + timedelta(minutes=5))
        put_case(session, case_date=date(2026, 9, 1), created_at=clock.now() + timedelta(hours=1))
    assert listed(cast, kind=SignalKind.BURST) == [(SignalKind.BURST, set(old))]


def test_an_overlap_reaches_over_midnight(app_context: Flask, cast: Cast) -> None:
    over = put(
        {
            "start_time": time(22, 0),
            "support_hours": 5.0,
            "activity": "ecmo",
            "case_date": DAY - timedelta(days=1),
        },
        {"start_time": time(2, 59)},
    )
    assert listed(cast) == [(SignalKind.OVERLAP, set(over))]


def test_an_overlap_is_found_behind_a_long_case_with_short_ones_between(app_context: Flask, cast: Cast) -> None:
    uids = put(
        {"cpb_minutes": 300}, {"start_time": time(8, 0), "cpb_minutes": 10}, {"start_time": time(12, 0)},
        {"start_time": time(12, 30)},
    )  # fmt: skip
    assert listed(cast) == [(SignalKind.OVERLAP, set(uids[:3]))]


@pytest.mark.parametrize("status", ["draft", "void"])
def test_drafts_and_void_cases_show_nothing(app_context: Flask, cast: Cast, status: str) -> None:
    put({}, {"student": cast.other_student}, {"share_percent": 90}, {"cpb_minutes": 2_000}, status=status)
    put({}, {}, status=status, case_date=date(2026, 9, 1))
    assert listed(cast) == []


def test_simulations_are_no_second_primary(app_context: Flask, cast: Cast) -> None:
    put({}, {"student": cast.other_student, "setting": "simulation"})
    assert listed(cast) == []


def test_cases_that_say_little_show_nothing(app_context: Flask, cast: Cast) -> None:
    put({"start_time": None}, {"start_time": None, "student": cast.other_student})
    assert listed(cast) == []


def test_the_list_is_narrowed_by_kind_student_and_cohort(app_context: Flask, cast: Cast) -> None:
    cohort_id = uuid.uuid4()
    with transaction() as session:
        session.add(
            Cohort(
                program_id=cast.program.id,
                id=cohort_id,
                name="Other",
                starts_on=STARTS_ON,
                graduates_on=GRADUATES_ON,
            )
        )
        session.flush()
        session.get_one(Student, (cast.program.id, cast.other_student.id)).cohort_id = cohort_id
    primaries = two_primaries()
    overlap = put({}, {"start_time": time(9, 0)}, cpb_minutes=120, case_date=DAY - timedelta(days=1))
    both = [(SignalKind.TWO_PRIMARIES, set(primaries)), (SignalKind.OVERLAP, set(overlap))]
    assert listed(cast) == both
    assert listed(cast, kind=SignalKind.OVERLAP) == both[1:]
    assert listed(cast, student=cast.other_student.id) == both[:1]
    assert listed(cast, cohort=cohort_id) == both[:1]
    assert listed(cast, cohort=cast.program.cohort_id) == both
    assert listed(cast, student=cast.outsider_student.id) == []


def test_a_page_holds_25_and_a_page_beyond_the_last_is_the_last(app_context: Flask, cast: Cast) -> None:
    for number in range(26):
        put({}, {}, case_date=DAY - timedelta(days=number), start_time=time(7, number))
    found = signals.review_list(cast.director.actor, SignalFilter(kind=SignalKind.OVERLAP), 99)
    assert (found.number, found.pages, found.total, len(found.signals)) == (2, 2, 26, 1)
    assert found.open[SignalKind.OVERLAP] == 26


def test_only_a_director_sees_and_settles_and_only_in_the_own_program(app_context: Flask, cast: Cast) -> None:
    two_primaries()
    key, digest = key_of(cast)
    for who in ("student", "preceptor", "outsider_director"):
        actor = cast.member(who).actor
        with pytest.raises(NotFoundError):
            signals.signal_view(actor, key, 1)
        with pytest.raises(NotFoundError):
            signals.settle(actor, key, digest, Outcome.NO_CONCERN, "")
    with pytest.raises(NotFoundError):
        signals.review_list(cast.preceptor.actor, SignalFilter(), 1)
    assert signals.review_list(cast.outsider_director.actor, SignalFilter(), 1).total == 0


def test_a_signal_shows_its_cases_with_names(app_context: Flask, cast: Cast) -> None:
    uids = two_primaries()
    view = signals.signal_view(cast.director.actor, key_of(cast)[0], 1)
    assert {each.case.case_uid for each in view.cases.cases} == {str(uid) for uid in uids}
    assert [name for _, name in view.listed.people] == ["Ann Student", "Ben Student"]


def test_settling_is_kept_with_who_when_how_and_is_on_the_trail(app_context: Flask, cast: Cast) -> None:
    two_primaries()
    key, digest = key_of(cast)
    signals.settle(cast.director.actor, key, digest, Outcome.EXPLAINED, "Two rooms began at once.")
    assert listed(cast) == []
    (one,) = signals.review_list(cast.director.actor, SignalFilter(settled=True), 1).signals
    assert one.settled is not None
    assert (one.settled.outcome, one.settled.words, one.settled.by) == (
        "explained", "Two rooms began at once.", "Dana Director",
    )  # fmt: skip
    told = db.session.execute(
        sa.select(AuditEntry.actor_id, AuditEntry.subject).where(AuditEntry.action == "signal.settle")
    ).all()
    assert [tuple(row) for row in told] == [(cast.director.id, f"{key} {digest} explained")]


def test_a_settled_signal_is_open_again_when_the_records_change(app_context: Flask, cast: Cast) -> None:
    uid, _ = two_primaries()
    key, digest = key_of(cast)
    signals.settle(cast.director.actor, key, digest, Outcome.NO_CONCERN, "")
    with transaction() as session:
        session.get_one(LoggedCase, (cast.program.id, uid)).note = "What I learned."
    assert listed(cast) == []
    with transaction() as session:
        session.get_one(LoggedCase, (cast.program.id, uid)).procedures = ("cabg", "maze")
    (again,) = signals.review_list(cast.director.actor, SignalFilter(), 1).signals
    assert again.signal.key == key
    assert again.settled is None
    assert again.before is not None
    assert again.before.outcome == "no_concern"


def test_what_is_refused_leaves_nothing(app_context: Flask, cast: Cast) -> None:
    two_primaries()
    key, digest = key_of(cast)
    with pytest.raises(RefusedError, match="changed since"):
        signals.settle(cast.director.actor, key, "another", Outcome.NO_CONCERN, "")
    for outcome in (Outcome.EXPLAINED, Outcome.CORRECTED):
        with pytest.raises(RefusedError, match="few words"):
            signals.settle(cast.director.actor, key, digest, outcome, "  ")
    for unknown in ("late-0", "nothing", "", "two-primaries-"):
        with pytest.raises(NotFoundError):
            signals.settle(cast.director.actor, unknown, digest, Outcome.NO_CONCERN, "")
    assert db.session.scalars(sa.select(SignalSettlement)).all() == []
    signals.settle(cast.director.actor, key, digest, Outcome.NO_CONCERN, "")
    with pytest.raises(RefusedError, match="Dana Director settled this already"):
        signals.settle(cast.director.actor, key, digest, Outcome.NO_CONCERN, "")


def test_the_note_of_a_late_case_says_how_late_and_that_nothing_is_refused(app_context: Flask, cast: Cast) -> None:
    actor = cast.student.actor
    entered = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
    assert signals.late_note(actor, entered, None) is None
    assert signals.late_note(actor, entered, date(2026, 11, 17)) is None
    note = signals.late_note(actor, entered, date(2026, 11, 10))
    assert note is not None
    assert note.startswith("Entered 10 days after the day of the case.")
    assert "never refused" in note


CANARY = "canary"


def share_the_place(cast: Cast, code: str | None = "CCN 000001", other: str | None = "CCN 000001") -> None:
    with transaction() as session:
        session.get_one(Site, (cast.program.id, cast.site.id)).shared_code = code
        there = session.get_one(Site, (cast.outsider_program.id, cast.outsider_site.id))
        there.shared_code, there.name = other, f"{CANARY} site"


def put_elsewhere(**changes: Any) -> None:
    put({"note": f"{CANARY} note", **changes}, student=Cast.outsider_student, preceptor=Cast.outsider_preceptor)


def test_a_primary_of_another_program_at_the_same_place_is_a_conflict_without_its_record(
    app_context: Flask, cast: Cast
) -> None:
    share_the_place(cast)
    (own,) = put({})
    put_elsewhere()
    assert listed(cast) == [(SignalKind.ELSEWHERE, {own})]
    key, digest = key_of(cast)
    view = signals.signal_view(cast.director.actor, key, 1)
    signals.settle(cast.director.actor, key, digest, Outcome.CORRECTED, "The role was mended.")
    ours = sa.select(AuditEntry.subject, AuditEntry.digests).where(AuditEntry.program_id == cast.program.id)
    seen = repr(view) + repr(list(db.session.execute(ours)))
    for secret in (CANARY, "Oskar", "Otto", "South", "valley", cast.outsider_student.id, cast.outsider_program.id):
        assert str(secret) not in seen


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "observed"}, {"start_time": time(7, 31)}, {"start_time": None}, {"case_date": date(2026, 11, 19)},
        {"procedures": ("maze",)}, {"status": "draft"}, {"status": "void"}, {"setting": "simulation"},
        {"activity": "ecmo"},
    ],
)  # fmt: skip
def test_whatever_differs_elsewhere_is_no_conflict(
    app_context: Flask, cast: Cast, changes: dict[str, Any]
) -> None:
    share_the_place(cast)
    put({})
    put_elsewhere(**changes)
    assert listed(cast) == []


@pytest.mark.parametrize(("code", "other"), [(None, None), ("CCN 1", None), (None, "CCN 1"), ("CCN 1", "CCN 2")])
def test_only_sites_with_the_same_shared_code_are_the_same_place(
    app_context: Flask, cast: Cast, code: str | None, other: str | None
) -> None:
    share_the_place(cast, code, other)
    put({})
    put_elsewhere()
    assert listed(cast) == []


def test_two_primaries_at_two_sites_of_one_program_with_one_code_are_not_elsewhere(
    app_context: Flask, cast: Cast
) -> None:
    share_the_place(cast)
    with transaction() as session:
        session.get_one(Site, (cast.program.id, cast.other_site.id)).shared_code = "CCN 000001"
    put({}, {"student": cast.other_student, "preceptor": cast.other_preceptor})
    assert listed(cast) == []


def test_the_conflict_goes_away_with_the_other_record(app_context: Flask, cast: Cast, clock: TestClock) -> None:
    share_the_place(cast)
    put({})
    put_elsewhere()
    assert len(listed(cast)) == 1
    with transaction() as session:
        there = session.scalars(sa.select(LoggedCase).where(LoggedCase.program_id == fixed_id("south"))).one()
        there.role = "first_assistant"
    assert listed(cast) == []
