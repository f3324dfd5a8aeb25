"""The ledger: how things stand by the trail, and what does not fit it."""

import json
from typing import Any

from caselog.domain.chain import field_digest
from caselog.domain.vouching import Ledger

SALT = "salt"


def d(name: str, text: str | None) -> str | None:
    return field_digest(SALT, name, text)


def taken(ledger: Ledger, seq: int, **things: Any) -> list[str]:
    return [each.message for each in ledger.take(seq, json.dumps(things))]


def new(**fields: str) -> list[Any]:
    return ["new", {name: d(name, text) for name, text in fields.items()}]


def changed(**fields: tuple[str | None, str | None]) -> list[Any]:
    return ["changed", {name: [d(name, before), d(name, after)] for name, (before, after) in fields.items()}]


def held(ledger: Ledger, name: str, **fields: str | None) -> list[str]:
    return [each.message for each in ledger.check(name, SALT, fields)]


def test_a_row_that_stands_as_its_entries_say_fits() -> None:
    ledger = Ledger()
    assert taken(ledger, 1, case=new(role="primary", note="a")) == []
    assert taken(ledger, 2, case=changed(role=("primary", "observed"), note=("a", None))) == []
    assert held(ledger, "case", role="observed", note=None) == []
    assert list(ledger.left()) == []


def test_a_row_that_was_changed_past_the_trail_is_named_with_its_fields() -> None:
    ledger = Ledger()
    taken(ledger, 1, case=new(role="primary", note="a"))
    assert held(ledger, "case", role="observed", note="b") == ["case was changed without an entry: note, role."]


def test_a_change_that_a_later_one_covers_is_found_by_where_the_later_began() -> None:
    ledger = Ledger()
    taken(ledger, 1, case=new(role="observed"))
    assert taken(ledger, 2, case=changed(role=("primary", "independent"))) == [
        "Before entry 2, case had been changed without an entry: role."
    ]


def test_rows_that_come_and_go_without_an_entry_are_found() -> None:
    ledger = Ledger()
    taken(ledger, 1, one=new(role="primary"), other=new(role="primary"))
    assert held(ledger, "third", role="primary") == ["third was inserted without an entry."]
    assert held(ledger, "one", role="primary") == []
    assert [each.message for each in ledger.left()] == ["other was removed without an entry."]


def test_what_is_gone_may_come_back() -> None:
    ledger = Ledger()
    taken(ledger, 1, one=new(role="primary"))
    assert taken(ledger, 2, one=["gone", {"role": d("role", "primary")}]) == []
    assert taken(ledger, 3, one=new(role="observed")) == []
    assert taken(ledger, 4, one=new(role="observed")) == ["Entry 4 adds one, which was there."]
    assert (
        taken(ledger, 5, other=changed(role=(None, "primary")))[0]
        == "Entry 5 changes other, which no entry added."
    )


def test_after_a_redaction_the_thing_stands_as_it_was_restated() -> None:
    ledger = Ledger()
    taken(ledger, 1, case=new(note="a name", role="primary"))
    assert taken(ledger, 2, case=["anew", {"role": d("role", "primary")}]) == []
    assert held(ledger, "case", role="primary", note=None) == []


def test_without_its_salt_a_row_is_one_that_nobody_vouches_for() -> None:
    ledger = Ledger()
    taken(ledger, 1, case=new(role="primary"))
    assert [each.message for each in ledger.check("case", None, {"role": "primary"})] == [
        "case was inserted without an entry."
    ]


def test_digests_that_cannot_be_read_are_a_break() -> None:
    for wrong in ("", "[]", "{", '{"case": 1}', '{"case": ["changed", {"role": 3}]}', '{"case": ["new", []]}'):
        ledger = Ledger()
        assert [each.message for each in ledger.take(7, wrong)][-1:] == ["Entry 7: its digests cannot be read."], (
            wrong
        )
