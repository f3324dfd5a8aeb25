"""What the audit trail vouches for: by its entries, how each thing stands, as digests of its fields.

Read beside the rows themselves, it tells which of them were changed, inserted or removed past the trail; and of a
change that was covered up by a later one, that the later did not begin where the trail had left off.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from caselog.domain.chain import Break, field_digests

Digests = dict[str, str]


class Ledger:
    """How things stand by the entries taken so far: for each its fields' digests, those without value left out."""

    def __init__(self) -> None:
        self.things: dict[str, Digests] = {}

    def take(self, seq: int, digests: str) -> Iterator[Break]:
        """Take an entry's changes, in the order of the chain; says where they do not fit what went before."""
        try:
            changes: Mapping[str, tuple[str, Mapping[str, Any]]] = json.loads(digests)
            for name, (how, fields) in changes.items():
                yield from self._change(seq, name, how, fields)
        except (ValueError, TypeError, AttributeError):
            yield Break(seq, f"Entry {seq}: its digests cannot be read.")

    def _change(self, seq: int, name: str, how: str, fields: Mapping[str, Any]) -> Iterator[Break]:
        stands = self.things.get(name)
        if how in ("new", "anew"):
            if how == "new" and stands is not None:
                yield Break(seq, f"Entry {seq} adds {name}, which was there.")
            self.things[name] = {field: digest for field, digest in fields.items() if digest is not None}
            return
        if stands is None:
            yield Break(seq, f"Entry {seq} changes {name}, which no entry added.")
            stands = {}
        before = fields if how == "gone" else {field: pair[0] for field, pair in fields.items()}
        astray = sorted(field for field, digest in before.items() if stands.get(field) != digest)
        if astray:
            yield Break(seq, f"Before entry {seq}, {name} had been changed without an entry: {', '.join(astray)}.")
        if how == "gone":
            self.things.pop(name, None)
            return
        after = {**stands, **{field: pair[1] for field, pair in fields.items()}}
        self.things[name] = {field: digest for field, digest in after.items() if digest is not None}

    def check(self, name: str, salt: str | None, fields: Mapping[str, str | None]) -> Iterator[Break]:
        """Hold a row against the trail; each row may be asked for once."""
        stands = self.things.pop(name, None)
        if stands is None or salt is None:
            yield Break(0, f"{name} was inserted without an entry.")
            return
        digests = field_digests(salt, ((field, text) for field, text in fields.items() if text is not None))
        astray = sorted(field for field in fields if stands.get(field) != digests.get(field))
        if astray:
            yield Break(0, f"{name} was changed without an entry: {', '.join(astray)}.")

    def left(self) -> Iterator[Break]:
        """What the trail knows of and no row was held against."""
        for name in sorted(self.things):
            yield Break(0, f"{name} was removed without an entry.")
