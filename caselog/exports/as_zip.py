"""Files in one ZIP, member by member: stored as they are, the same files in the same order as the same bytes."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

_DAY_ONE = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP knows; when a file was made stands in the file


class _Window(io.RawIOBase):
    """The end of a stream that is being written: what has left cannot be reached any more."""

    def __init__(self) -> None:
        self._left, self._here = 0, io.BytesIO()

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, chunk: Any) -> int:
        return self._here.write(chunk)

    def tell(self) -> int:
        return self._left + self._here.tell()

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET:
            raise OSError("a stream that leaves has no end")
        return self._left + self._here.seek(place - self._left)

    def take(self) -> bytes:
        """What was written since it was last taken."""
        taken = self._here.getvalue()
        self._left += len(taken)
        self._here = io.BytesIO()
        return taken


def zip_chunks(members: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """A ZIP of files with their names, a chunk for each member; only one member is in memory at a time."""
    window = _Window()
    with zipfile.ZipFile(window, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members:
            about = zipfile.ZipInfo(name, date_time=_DAY_ONE)
            about.external_attr = 0o644 << 16
            about.create_system = 3  # so that the bytes are the same on every system
            archive.writestr(about, content)
            yield window.take()
    yield window.take()


def distinct(names: Iterable[str]) -> list[str]:
    """The names, each different from those before it also where large and small letters are the same."""
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        stem, dot, ending = name.rpartition(".")
        candidate, number = name, 2
        while candidate.casefold() in taken:
            candidate, number = f"{stem}-{number}{dot}{ending}", number + 1
        taken.add(candidate.casefold())
        found.append(candidate)
    return found
