"""Tables as one JSON document with a version, made as it is read: an object for each row, its values typed."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from caselog.exports.table import Column, FileTable, Kind, as_date, columns_of

NAME, VERSION = "caselog-rows", 1
_ROWS = 250  # in a chunk


def json_chunks(
    about: Mapping[str, Any], tables: Sequence[tuple[str, FileTable, Iterable[Sequence[Any]]]]
) -> Iterator[bytes]:
    """The document in chunks: what it is `about`, then each table under its name. Null is not given."""
    head = json.dumps({"format": NAME, "version": VERSION, **about}, ensure_ascii=False, indent=2)
    yield head.removesuffix("\n}").encode()
    for name, table, rows in tables:
        yield f",\n  {json.dumps(name)}: [".encode()
        separator = "\n    "
        for columns in columns_of(table, rows, _ROWS):
            objects = _objects(table, columns)
            yield (separator + ",\n    ".join(objects)).encode()
            separator = ",\n    "
        yield b"\n  ]"
    yield b"\n}\n"


def _objects(table: FileTable, columns: Iterable[tuple[Column, Sequence[Any]]]) -> Iterator[str]:
    names = table.names
    for values in zip(*(_values(column, each) for column, each in columns), strict=True):
        yield json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False)


def _values(column: Column, values: Sequence[Any]) -> Iterable[Any]:
    match column.kind:
        case Kind.NUMBER:
            return values
        case Kind.YES_NO:
            return [bool(value) for value in values]
        case Kind.LIST:
            return [text.split(";") if text else [] for text in column.to_texts(values)]
        case Kind.DATE:
            return [str(as_date(value)) if value is not None else None for value in values]
    return [text or None for text in column.to_texts(values)]
