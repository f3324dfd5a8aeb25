"""What the records tell: each kind of signal with the least that shows it, and with the least that does not."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from caselog.domain import signals, signals_of_entry
from caselog.domain.signal import BURST_CASES, PERFECT_EVALUATIONS, Entry, Evaluator, Signal, SignalKind, WholeCase
from caselog.domain.signal_words import meanings

DAY = date(2026, 11, 2)
HALF_PAST_SEVEN = time(7, 30)
NEW_YORK = ZoneInfo("America/New_York")


def entry(uid: str, student: str = "ann", **changes: Any) -> Entry:
    usual = Entry(
        uid=uid, student=student, day=DAY, start=HALF_PAST_SEVEN, site="harbor", activity="cpb",
        procedures=("cabg",), role="primary",
    )  # fmt: skip
    return usual._replace(**changes)


def whole(uid: str, day: date = DAY, **fields: object) -> WholeCase:
    usual = {"activity": "cpb", "cpb_minutes": 124, "cross_clamp_minutes": 88, "lowest_temp_c": 32.5, "note": ""}
    return WholeCase(uid, "ann", day, tuple(sorted((usual | fields).items())))


def one(found: list[Signal]) -> Signal:
    (signal,) = found
    return signal


def test_two_students_who_are_primary_on_the_same_case_are_a_signal() -> None:
    found = one(signals.two_primaries([entry("b", "ben"), entry("a")]))
    assert found.says == "Two cases name a primary for the same site, day, start and procedure."
    assert (found.kind, found.cases, found.people, found.on) == (
        SignalKind.TWO_PRIMARIES, ("a", "b"), ("ann", "ben"), DAY,
    )  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"day": date(2026, 11, 3)}, {"start": time(7, 31)}, {"start": None}, {"site": "hill"},
        {"procedures": ("maze",)}, {"role": "first_assistant"}, {"role": "instructor"}, {"student": "ann"},
        {"procedures": ()},
    ],
)  # fmt: skip
def test_whatever_differs_makes_it_two_cases(changes: dict[str, Any]) -> None:
    assert signals.two_primaries([entry("a"), entry("b", "ben")._replace(**changes)]) == []


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (("cabg", "maze"), ("maze",), True),
        (("cabg",), ("maze",), False),
        ((), (), True),
    ],
)
def test_a_procedure_in_common_makes_it_one_case(
    first: tuple[str, ...], second: tuple[str, ...], same: bool
) -> None:
    entries = [entry("a", procedures=first), entry("b", "ben", procedures=second, role="independent")]
    assert bool(signals.two_primaries(entries)) is same


def test_without_procedures_the_activity_must_be_the_same() -> None:
    assert not signals.two_primaries(
        [entry("a", procedures=()), entry("b", "ben", procedures=(), activity="ecmo")]
    )


def test_two_rooms_at_once_are_two_groups() -> None:
    entries = [
        entry("a"), entry("b", "ben"),
        entry("c", "cleo", procedures=("maze",)), entry("d", "dan", procedures=("maze",)),
    ]  # fmt: skip
    assert [each.cases for each in signals.two_primaries(entries)] == [("a", "b"), ("c", "d")]


def test_three_that_are_linked_by_one_are_one_group() -> None:
    entries = [
        entry("a"), entry("b", "ben", procedures=("maze",)), entry("c", "cleo", procedures=("cabg", "maze")),
    ]  # fmt: skip
    assert one(signals.two_primaries(entries)).says.startswith("Three cases name")


def test_handover_shares_may_reach_the_whole_but_not_exceed_it() -> None:
    shares = [entry("a", share_percent=60), entry("b", "ben", share_percent=40)]
    assert signals.overfull_shares(shares) == []
    more = [shares[0], shares[1]._replace(share_percent=41, role="first_assistant")]
    assert one(signals.overfull_shares(more)).says == (
        "The handover shares of what reads as one case add to 101 %: 60 + 41."
    )


def test_shares_of_one_student_or_of_other_cases_do_not_add() -> None:
    assert not signals.overfull_shares([entry("a", share_percent=60), entry("b", share_percent=60)])
    assert not signals.overfull_shares(
        [entry("a", share_percent=60), entry("b", "ben", share_percent=60, site="hill")]
    )
    assert not signals.overfull_shares([entry("a", share_percent=60), entry("b", "ben")])


def test_a_primary_elsewhere_says_only_that_there_is_one() -> None:
    assert signals.primaries_elsewhere([(entry("a"), 0)]) == []
    said = one(signals.primaries_elsewhere([(entry("a"), 1)]))
    assert said.says == (
        "Another program holds a case as primary for the same place, day, start and procedures as this one."
    )
    assert "2 cases" in one(signals.primaries_elsewhere([(entry("a"), 2)])).says


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        ({"cpb_minutes": 60}, {"start": time(8, 29)}, True),
        ({"cpb_minutes": 60}, {"start": time(8, 30)}, False),
        ({}, {}, True),
        ({}, {"start": time(7, 31)}, False),
        ({"support_hours": 1.5}, {"start": time(8, 59)}, True),
        ({"support_hours": 1.5}, {"start": time(9, 0)}, False),
        ({"support_hours": 20, "cpb_minutes": 5}, {"day": date(2026, 11, 3), "start": time(3, 0)}, True),
        ({"cpb_minutes": 600}, {"student": "ben", "start": time(8, 0)}, False),
        ({"cpb_minutes": 600}, {"start": None}, False),
    ],
)
def test_cases_overlap_as_far_as_times_are_known(
    first: dict[str, Any], second: dict[str, Any], overlap: bool
) -> None:
    found = signals.overlaps([entry("b")._replace(**second), entry("a")._replace(**first)])
    assert bool(found) is overlap


def test_an_overlap_says_from_when_to_when() -> None:
    found = signals.overlaps([entry("a", cpb_minutes=165), entry("b", start=time(9, 0), cpb_minutes=120)])
    assert one(found).says == "Two cases of one student overlap on 2 Nov 2026: 07:30–10:15 and 09:00–11:00."


def test_a_long_case_reaches_over_a_short_one_to_the_next() -> None:
    entries = [
        entry("a", cpb_minutes=300), entry("b", start=time(8, 0), cpb_minutes=10), entry("c", start=time(12, 0)),
        entry("d", start=time(12, 30)),
    ]  # fmt: skip
    assert one(signals.overlaps(entries)).cases == ("a", "b", "c")


def test_a_day_holds_1440_minutes_of_bypass_and_no_more() -> None:
    day = [entry("a", cpb_minutes=720), entry("b", cpb_minutes=720)]
    assert signals.long_days(day) == []
    assert signals.long_days([*day, entry("c", "ben", cpb_minutes=1)]) == []
    assert signals.long_days([*day, entry("c", cpb_minutes=1, day=date(2026, 11, 3))]) == []
    assert one(signals.long_days([*day, entry("c", cpb_minutes=1)])).says == (
        "The bypass times of 2 Nov 2026 add to 1,441 minutes, in three cases of one student; a day holds 1,440."
    )


def test_cases_of_other_days_are_alike_when_measured_values_are() -> None:
    says = one(signals.copies([whole("a"), whole("b", date(2026, 11, 9))])).says
    assert says == (
        "Two cases of one student are alike in every field but the day, three measured or written values among them."
    )
    assert signals.copies([whole("a"), whole("b", date(2026, 11, 9), cpb_minutes=125)]) == []


def test_plain_cases_of_other_days_are_no_copies_but_those_of_one_day_are() -> None:
    plain: dict[str, Any] = {"cpb_minutes": 90, "cross_clamp_minutes": None, "lowest_temp_c": None}
    assert signals.copies([whole("a", **plain), whole("b", date(2026, 11, 9), **plain)]) == []
    again = signals.copies([whole("a", **plain), whole("b", date(2026, 11, 9), **plain), whole("c", **plain)])
    assert one(again).cases == ("a", "c")
    assert one(again).says == "Two cases of one student are alike in every field, the day included."


@pytest.mark.parametrize(("note", "figures"), [("x" * 19, 3), ("x" * 20, 4), (None, 3)])
def test_a_note_counts_as_a_value_from_twenty_characters_on(note: str | None, figures: int) -> None:
    assert signals.shared_figures(whole("a", note=note).fields) == figures


def late(uid: str, entered: datetime, **changes: Any) -> Entry:
    return entry(uid, entered=entered, **changes)


# The day ends at 05:00 UTC of the next one in New York in November.
@pytest.mark.parametrize(
    ("entered", "is_late"),
    [
        (datetime(2026, 11, 6, 5, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 6, 5, 0, 1, tzinfo=UTC), True),
        (datetime(2026, 11, 2, 15, 0, tzinfo=UTC), False),
    ],
)
def test_late_is_after_72_hours_from_the_end_of_the_day_where_the_program_is(
    entered: datetime, is_late: bool
) -> None:
    assert bool(signals_of_entry.late_entries([late("a", entered)], NEW_YORK)) is is_late


def test_the_program_sets_the_hours() -> None:
    entered = datetime(2026, 11, 4, 6, 0, tzinfo=UTC)
    assert not signals_of_entry.late_entries([late("a", entered)], NEW_YORK, 25)
    assert signals_of_entry.late_entries([late("a", entered)], NEW_YORK, 24)


def test_late_entries_are_told_by_student_and_month_of_entry() -> None:
    november = "entered in November 2026 more than 72 hours after"
    first, second = datetime(2026, 11, 10, 12, tzinfo=UTC), datetime(2026, 12, 1, 4, tzinfo=UTC)
    found = signals_of_entry.late_entries(
        [
            late("a", first),
            late("b", second),
            late("c", first, student="ben"),
            late("d", second + timedelta(hours=1)),
        ],
        NEW_YORK,
    )
    assert [(each.cases, each.says) for each in found] == [
        (("a", "b"), f"Two cases of one student were {november} their days, at most 28 days after."),
        (("c",), f"One case was {november} its day: 8 days after."),
        (("d",), "One case was entered in December 2026 more than 72 hours after its day: 29 days after."),
    ]


def burst(cases: int, gap: timedelta, after: timedelta = timedelta(days=30)) -> list[Entry]:
    end_of_day = datetime(2026, 11, 3, 5, tzinfo=UTC)
    return [late(f"{number:02}", end_of_day + after + number * gap) for number in range(cases)]


def test_ten_cases_in_a_row_long_after_are_a_burst() -> None:
    found = one(signals_of_entry.bursts(burst(BURST_CASES, timedelta(minutes=1)), NEW_YORK))
    assert found.says == (
        "10 cases of one student were entered within 9 minutes on 3 Dec 2026, 31 days after their days."
    )


@pytest.mark.parametrize(
    ("cases", "gap", "after", "is_burst"),
    [
        (BURST_CASES - 1, 1, 30, False),
        (BURST_CASES, 10, 14, True),
        (BURST_CASES, 11, 14, False),
        (BURST_CASES, 1, 13, False),
    ],
)
def test_fewer_slower_or_sooner_is_no_burst(cases: int, gap: int, after: int, is_burst: bool) -> None:
    entries = burst(cases, timedelta(minutes=gap), timedelta(days=after))
    assert bool(signals_of_entry.bursts(entries, NEW_YORK)) is is_burst


def test_two_bursts_are_two_signals_and_those_of_two_students_do_not_mix() -> None:
    first = burst(BURST_CASES, timedelta(minutes=1))
    later = [
        each._replace(uid=f"later {each.uid}", entered=each.entered + timedelta(days=1))
        for each in first
        if each.entered
    ]
    assert len(signals_of_entry.bursts([*first, *later], NEW_YORK)) == 2
    mixed = [each._replace(student="ben") if number % 2 else each for number, each in enumerate(first)]
    assert signals_of_entry.bursts(mixed, NEW_YORK) == []


def evaluator(evaluations: int, lowest: int) -> Evaluator:
    return Evaluator("pat", evaluations, lowest, DAY, ("a",))


def test_the_best_score_throughout_is_told_from_ten_evaluations_on() -> None:
    assert signals.perfect_scores([evaluator(PERFECT_EVALUATIONS - 1, 5)], 5) == []
    assert signals.perfect_scores([evaluator(PERFECT_EVALUATIONS, 4)], 5) == []
    ten, nineteen, twenty = (one(signals.perfect_scores([evaluator(each, 5)], 5)) for each in (10, 19, 20))
    assert ten.says == "All 10 evaluations by one evaluator give 5 in every graded section."
    assert ten.digest == nineteen.digest != twenty.digest
    assert ten.key == twenty.key


def test_the_key_stays_and_the_digest_changes_when_the_records_do() -> None:
    before = one(signals.overlaps([entry("a", cpb_minutes=60), entry("b", start=time(8, 0))]))
    again = one(signals.overlaps([entry("b", start=time(8, 0)), entry("a", cpb_minutes=60, role="observed")]))
    after = one(signals.overlaps([entry("a", cpb_minutes=61), entry("b", start=time(8, 0))]))
    other = one(signals.overlaps([entry("a", cpb_minutes=60), entry("c", start=time(8, 0))]))
    assert (before.key, before.digest) == (again.key, again.digest)
    assert before.key == after.key
    assert before.digest != after.digest
    assert before.key != other.key


def test_every_kind_is_explained_and_no_word_accuses() -> None:
    told = meanings(48)
    assert list(told) == list(SignalKind)
    assert "48 hours" in told[SignalKind.LATE].watches
    text = repr(told).lower()
    for word in ("fraud", "cheat", "suspicious", "fake", "falsif", "guilty", "suspect", "violation", "dishonest"):
        assert word not in text
    assert all(meaning.may_be and meaning.settle for meaning in told.values())
