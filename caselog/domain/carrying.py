"""A table as text that a page carries from one step to the next, so that it is kept nowhere.

What comes back was in somebody's hands: it is unpacked no further than a table may be large.
"""

import base64
import binascii
import json
import re
import zlib

from caselog.domain.sheet import Sheet

UNPACKED_MOST = 30_000_000  # bytes
CARRIED_MOST = 7_000_000  # characters; the page's form takes no more
_TEXTS_MOST = 1_100_000  # cells, as many as are read of a file, with the header
_BESIDE_MOST = 2_000_000  # bytes that are in no text: what parts them, and the numbers of lines
_FORMATS = ("csv", "xlsx", "json")
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"')


class CarriedError(ValueError):
    """The text holds no table."""


def carry(sheet: Sheet) -> str:
    """The sheet as text of letters, digits, `-`, `_` and `=`."""
    said = json.dumps([sheet.format, sheet.header, sheet.rows], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(zlib.compress(said.encode("utf-8", "replace"), 6)).decode()


def carried(text: str) -> Sheet:
    """The sheet that was carried. Raises CarriedError."""
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(base64.urlsafe_b64decode(text.encode("ascii")), UNPACKED_MOST)
        if not unpacker.eof:
            raise CarriedError("unpacked, it is too large")
        _refuse_crowds(data)
        form, header, rows = json.loads(data)
        sheet = Sheet(str(form), _texts(header), tuple((int(line), _texts(cells)) for line, cells in rows))
    except (binascii.Error, zlib.error, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise CarriedError("it is no table") from error
    if form not in _FORMATS or any(len(cells) != len(sheet.header) for _, cells in sheet.rows):
        raise CarriedError("its rows are not as long as its header")
    return sheet


def _refuse_crowds(data: bytes) -> None:
    """Raise CarriedError for more things than a table has: a million empty lists take three bytes each, until read."""
    beside = len(data)
    for number, text in enumerate(_TEXT.finditer(data)):
        beside -= text.end() - text.start()
        if number > _TEXTS_MOST:
            raise CarriedError("it has too many cells")
    if beside > _BESIDE_MOST:
        raise CarriedError("it has too much between its cells")


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise CarriedError("a row holds something that is no text")
    return tuple(values)
