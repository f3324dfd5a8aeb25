"""Names of files that leave: safe on every system, whatever somebody's name holds."""

import re
import unicodedata
from collections.abc import Iterable

LENGTH_MOST = 80  # characters of a name before its ending
_UNSAFE = re.compile(r"[^\w.-]+")
_DOTS = re.compile(r"\.{2,}")


def file_name(parts: Iterable[str], ending: str) -> str:
    """The parts joined by hyphens, only of letters, digits, `_`, `-` and single dots."""
    text = unicodedata.normalize("NFC", "-".join(parts))
    text = _DOTS.sub(".", _UNSAFE.sub("-", text)).strip("-._")
    return f"{text[:LENGTH_MOST].strip('-._') or 'export'}.{ending}"


def in_ascii(name: str) -> str:
    """The same name for what knows no other letters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return file_name([plain.rpartition(".")[0]], plain.rpartition(".")[2] or "bin")
