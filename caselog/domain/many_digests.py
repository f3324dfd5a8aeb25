"""Digests of many new things of one kind at once: the same that `chain.field_digest` gives for each of their fields.

An import digests hundreds of thousands of fields, whose texts are mostly the same few in each column: how the bytes of
one end is written once for each text, and the JSON of a row is put together without a dictionary for it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from json.encoder import encode_basestring

from caselog.domain.chain import DIGEST_LENGTH

_SHORT, _REMEMBERED = 60, 2_000  # characters of a text, and texts of a field, that are remembered


class ManyDigests:
    """What makes the digests of things that have these fields."""

    def __init__(self, fields: Iterable[str]) -> None:
        self._fields = sorted(fields)
        self._names = [f"{json.dumps(name)}:" for name in self._fields]
        self._endings = [_Endings(name) for name in self._fields]

    def of(self, salts: Sequence[str], columns: Mapping[str, Sequence[str | None]]) -> list[str]:
        """For each thing the JSON text of its digests by field, without the fields that have no value.

        `columns` are the texts of each field, in the order of the salts of the things.
        """
        ends = [map(end.__getitem__, columns[name]) for name, end in zip(self._fields, self._endings, strict=True)]
        names, sha256, most = self._names, hashlib.sha256, DIGEST_LENGTH
        made = []
        for salt, *row in zip(salts, *ends, strict=True):
            begin = f"[{encode_basestring(salt)},".encode("utf-8", "surrogatepass")
            pairs = [
                f'{name}"{sha256(begin + end).hexdigest()[:most]}"'
                for name, end in zip(names, row, strict=True)
                if end is not None
            ]
            made.append(f"{{{','.join(pairs)}}}")
        return made


class _Endings(dict[str | None, bytes | None]):
    """How the bytes that are digested end, for each text of one field; None for no text."""

    def __init__(self, field: str) -> None:
        super().__init__()
        self._field = encode_basestring(field)

    def __missing__(self, text: str | None) -> bytes | None:
        if text is None:
            self[text] = None
            return None
        ending = f"{self._field},{encode_basestring(text)}]".encode("utf-8", "surrogatepass")
        if len(text) <= _SHORT and len(self) < _REMEMBERED:
            self[text] = ending
        return ending
