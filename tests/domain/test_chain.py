"""The hash of an entry, and what is said of a chain that is not as it was written."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselog.domain.chain import (
    START,
    Entry,
    Head,
    breaks,
    content_digest,
    entry_hash,
    field_digest,
    parse_head,
)

AT = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
SALT = "0123456789abcdef"


def a_chain(length: int) -> list[Entry]:
    found: list[Entry] = []
    for seq in range(1, length + 1):
        entry = Entry(
            program="north", seq=seq, at=AT + timedelta(minutes=seq), actor="ann", way="account",
            action="case.submit", subject=f"case {seq}", about="ann", digests="{}",
            previous=found[-1].hash if found else START,
        )  # fmt: skip
        found.append(replace(entry, hash=entry_hash(entry)))
    return found


def head_of(chain: list[Entry]) -> Head:
    return Head(chain[-1].seq, chain[-1].hash)


def said(chain: list[Entry], stored: Head | None, *noted: Head) -> list[str]:
    return [each.message for each in breaks(chain, stored, noted)]


def test_a_chain_as_it_was_written_has_no_break() -> None:
    chain = a_chain(5)
    assert said(chain, head_of(chain), head_of(chain[:3]), head_of(chain)) == []
    assert said([], None) == []


OTHERWISE: dict[str, Any] = {
    "program": "south", "seq": 30, "at": AT, "actor": None, "way": "link", "action": "case.verify", "subject": "x",
    "about": None, "digests": "[]", "previous": "f" * 64, "hash": "e" * 64,
}  # fmt: skip


def test_each_column_is_tried() -> None:
    assert set(OTHERWISE) == {each.name for each in fields(Entry)}


@pytest.mark.parametrize("name", OTHERWISE)
@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_change_of_any_column_of_any_entry_is_found(name: str, place: int) -> None:
    chain = a_chain(5)
    head = head_of(chain)
    changed = replace(chain[place], **{name: OTHERWISE[name]})
    assert said([*chain[:place], changed, *chain[place + 1 :]], head)


def test_a_changed_entry_with_a_hash_that_fits_it_is_given_away_by_the_next() -> None:
    chain = a_chain(3)
    forged = replace(chain[1], actor="ben")
    forged = replace(forged, hash=entry_hash(forged))
    assert said([chain[0], forged, chain[2]], head_of(chain)) == ["Entry 3 does not follow the one before it."]


def test_a_missing_an_inserted_and_a_swapped_entry_are_found() -> None:
    chain = a_chain(5)
    head = head_of(chain)
    assert said([*chain[:2], *chain[3:]], head)[0] == "Entry 3 is missing."
    assert said([chain[0], *chain[3:]], head)[0] == "Entries 2 to 3 are missing."
    assert "Entry 3 stands where entry 4 should." in said([*chain[:3], chain[2], *chain[3:]], head)
    swapped = [chain[0], replace(chain[2], seq=2), replace(chain[1], seq=3), *chain[3:]]
    assert said(swapped, head)


def test_a_cut_end_shows_against_the_head_and_against_one_that_was_printed() -> None:
    chain = a_chain(5)
    cut = chain[:3]
    assert said(cut, head_of(chain)) == ["The chain ends at entry 3, but the head kept beside it says 5."]
    assert said(cut, head_of(cut)) == []  # the head beside it was cut too: only a printed one tells
    assert said(cut, head_of(cut), head_of(chain)) == [
        "Entry 5 was noted on an export or backup, and is gone: the end was cut off."
    ]
    assert said([], None, head_of(chain)) != []


def test_a_chain_that_was_written_anew_is_not_the_one_whose_head_was_printed() -> None:
    chain, other = a_chain(4), a_chain(4)
    other[1:] = []
    for seq in (2, 3, 4):
        entry = replace(chain[seq - 1], actor="ben", previous=other[-1].hash)
        other.append(replace(entry, hash=entry_hash(entry)))
    assert said(other, head_of(other)) == []
    assert said(other, head_of(other), head_of(chain[:3])) == [
        "Entry 3 is not the one whose hash was noted on an export or backup."
    ]


def test_a_head_is_read_as_it_was_printed() -> None:
    head = Head(17, "ab" * 32)
    assert parse_head(f" {head}\n") == head
    for wrong in ("", "17", f"x:{head.hash}", "17:abc", f"-1:{head.hash}", f"１７:{head.hash}"):
        with pytest.raises(ValueError, match="number:hash"):
            parse_head(wrong)


def test_two_instants_that_are_one_have_one_hash() -> None:
    (entry,) = a_chain(1)
    elsewhere = entry.at.astimezone(datetime.strptime("+0530", "%z").tzinfo)
    assert entry_hash(replace(entry, at=elsewhere)) == entry.hash


@given(st.text(), st.text(), st.text(), st.text())
def test_digests_differ_where_anything_does(one: str, other: str, name: str, salt: str) -> None:
    assert (field_digest(salt, name, one) == field_digest(salt, name, other)) is (one == other)
    assert (field_digest(one, name, salt) == field_digest(other, name, salt)) is (one == other)
    assert (field_digest(salt, one, name) == field_digest(salt, other, name)) is (one == other)


def test_no_value_has_no_digest_and_an_empty_one_has() -> None:
    assert field_digest(SALT, "note", None) is None
    assert field_digest(SALT, "note", "") is not None
    assert content_digest(SALT, {"note": None}) != content_digest(SALT, {"note": ""})
    assert content_digest(SALT, {"a": "1", "b": "2"}) == content_digest(SALT, {"b": "2", "a": "1"})
