"""The order of a table in its address (`?sort=…&order=asc`): read forgivingly, and the links to other orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request


@dataclass(frozen=True, slots=True)
class Order:
    """By which key a table is ordered, and whether the greatest comes first."""

    key: str
    descending: bool

    def aria(self, key: str) -> str | None:
        """What `aria-sort` says of the column with this key; None if the table is not ordered by it."""
        if key != self.key:
            return None
        return "descending" if self.descending else "ascending"

    def url(self, key: str, *, greatest_first: bool = False) -> str:
        """The address of the table by this key; of the other direction if it is by this key already."""
        descending = not self.descending if key == self.key else greatest_first
        return f"{request.path}?{urlencode({'sort': key, 'order': 'desc' if descending else 'asc'}, safe='/')}"


def wanted_order(keys: Sequence[str]) -> Order:
    """The order that the address asks for; anything that is no order is the first one, ascending."""
    key = request.args.get("sort", "")
    if key not in keys:
        return Order(keys[0], descending=False)
    return Order(key, request.args.get("order") == "desc")
