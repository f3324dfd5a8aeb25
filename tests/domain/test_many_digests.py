"""Digests of many things at once are those that each field gets by itself."""

import json

from hypothesis import given
from hypothesis import strategies as st

from caselog.domain.chain import field_digest
from caselog.domain.many_digests import ManyDigests

TEXTS = st.none() | st.text(st.characters(exclude_categories=()), max_size=70) | st.sampled_from(["", "yes", "95"])
FIELDS = st.lists(st.text(max_size=8), min_size=1, max_size=4, unique=True)
ROWS = st.lists(st.tuples(st.text(max_size=6), st.lists(TEXTS, min_size=4, max_size=4)), max_size=5)


def plainly(fields: list[str], salt: str, texts: list[str | None]) -> str:
    digests = {name: field_digest(salt, name, text) for name, text in zip(fields, texts, strict=False)}
    given_only = {name: digest for name, digest in digests.items() if digest is not None}
    return json.dumps(given_only, separators=(",", ":"), sort_keys=True)


@given(FIELDS, ROWS)
def test_digests_of_many_things_are_the_bytes_that_each_field_gets_by_itself(
    fields: list[str], rows: list[tuple[str, list[str | None]]]
) -> None:
    columns = {name: [texts[place] for _, texts in rows] for place, name in enumerate(fields)}
    digests, salts = ManyDigests(fields), [salt for salt, _ in rows]
    expected = [plainly(fields, salt, texts) for salt, texts in rows]
    assert digests.of(salts, columns) == expected
    assert digests.of(salts, columns) == expected, "also of texts that it knows by now"
