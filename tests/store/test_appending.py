"""Many rows at once stand in the trail as they would one by one."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from caselog.store.appending import Act, add_many_rows, add_rows, digests_of, many_digests
from caselog.store.audit import columns_of, fields_of
from caselog.store.cases import LoggedCase

CASES = cast("sa.Table", LoggedCase.__table__)
IDS = st.sampled_from([uuid.UUID(int=number) for number in range(3)])
TIMES = st.sampled_from([datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(microseconds=each) for each in range(2)])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "program_id": st.just(uuid.UUID(int=9)),
            "case_uid": st.uuids(),
            "student_id": IDS,
            "site_id": st.none() | IDS,
            "case_date": st.none() | st.dates(date(2025, 1, 1), date(2025, 1, 4)),
            "start_time": st.none() | st.just(time(7, 30)),
            "procedures": st.sampled_from([(), ("b", "a"), ("a", "b"), ("c",)]),
            "redo": st.booleans(),
            "cpb_minutes": st.none() | st.integers(0, 2),
            "share_percent": st.sampled_from([None, 0, 1, True, False]),
            "lowest_temp_c": st.sampled_from([None, 0, 0.0, -0.0, 28.5, 28]),
            "note": st.text(max_size=5),
            "status": st.sampled_from(["draft", "submitted"]),
            "created_at": TIMES,
        }
    ),
    max_size=6,
    unique_by=lambda row: row["case_uid"],
)


def act() -> Act:
    return Act(uuid.UUID(int=9), datetime(2026, 3, 1, tzinfo=UTC), None, "command", "case.import", "x", None)


@given(ROWS)
def test_many_rows_say_in_the_trail_what_each_says_by_itself(rows: Sequence[dict[str, Any]]) -> None:
    plain = add_rows(act(), CASES, rows)
    many = add_many_rows(act(), CASES, rows, many_digests(CASES))
    salts = {name: f"salt {number}" for number, name in enumerate(plain.changes)}
    assert many.inserted is not None
    assert many.inserted.names == list(plain.changes)
    assert digests_of(many.changes, salts, many.inserted) == digests_of(plain.changes, salts)


def test_a_row_that_is_changed_later_in_the_act_is_taken_out_of_the_many() -> None:
    rows = [
        {"program_id": uuid.UUID(int=9), "case_uid": uuid.UUID(int=each), "note": str(each)} for each in (1, 2)
    ]
    plain = add_rows(act(), CASES, [_whole(row) for row in rows])
    many = add_many_rows(act(), CASES, [_whole(row) for row in rows], many_digests(CASES)).inserted
    assert many is not None
    name = many.names[0]
    assert many.take_out(name) == plain.changes[name]
    assert name not in many.names
    assert many.columns["note"] == ["2"]
    assert many.take_out(name) is None


def test_the_texts_of_columns_are_those_of_the_rows() -> None:
    rows = [_whole({"redo": True, "cpb_minutes": 1}), _whole({"redo": False, "cpb_minutes": True})]
    columns = columns_of(CASES, rows)
    for place, row in enumerate(rows):
        assert {name: texts[place] for name, texts in columns.items()} == fields_of(CASES, row)


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    return {**dict.fromkeys(CASES.columns.keys()), "procedures": (), "techniques": (), "events": (), **row}
